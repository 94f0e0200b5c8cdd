"""What is supplied later is signed too."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_initial")]
    operations = [
        migrations.AddField(
            "correctionrequest",
            "signed_digest",
            models.CharField("补正后内容摘要", max_length=64, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "correctionrequest",
            "signature",
            models.TextField("补正人电子签名", blank=True, default=""),
            preserve_default=False,
        ),
    ]
