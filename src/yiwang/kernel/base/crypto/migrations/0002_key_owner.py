"""A database knows whose keys seal it, so that no other installation writes into it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crypto", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="KeyOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, verbose_name="主密钥指纹")),
            ],
            options={
                "verbose_name": "密钥归属",
                "verbose_name_plural": "密钥归属",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(id=1), name="crypto_key_owner_one"),
                ],
            },
        ),
    ]
