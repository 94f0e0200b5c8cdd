"""A case does not know who hangs on it: no reverse name leads from one app into another."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("process", "0002_signing_anew")]
    operations = [
        migrations.AlterField(
            "token",
            "case",
            models.ForeignKey(
                on_delete=models.CASCADE, related_name="+", to="cases.case"
            ),
        ),
        migrations.AlterField(
            "task",
            "case",
            models.ForeignKey(
                on_delete=models.CASCADE, related_name="+", to="cases.case"
            ),
        ),
    ]
