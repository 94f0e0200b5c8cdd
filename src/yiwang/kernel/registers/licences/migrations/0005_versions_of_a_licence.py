"""延续、变更、补证: a licence keeps its number and gets a new version, which knows the one before."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("licences", "0004_no_reverse_names")]

    operations = [
        migrations.AddField(
            "licence", "version", models.PositiveSmallIntegerField("第几版", default=1)
        ),
        migrations.AddField(
            "licence",
            "predecessor",
            models.ForeignKey(
                to="licences.licence",
                verbose_name="前一版",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
            ),
        ),
        migrations.RemoveConstraint("licence", "licence_number_once"),
        migrations.AddConstraint(
            "licence",
            models.UniqueConstraint(
                fields=["type_key", "number", "version"], name="licence_number_once"
            ),
        ),
        migrations.AddConstraint(
            "licence",
            models.UniqueConstraint(fields=["predecessor"], name="licence_one_successor"),
        ),
    ]
