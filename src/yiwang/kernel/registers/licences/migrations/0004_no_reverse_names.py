"""A case does not know who hangs on it: no reverse name leads from one app into another."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("licences", "0003_reason_of_any_length")]
    operations = [
        migrations.AlterField(
            "licence",
            "case",
            models.ForeignKey(
                null=True, on_delete=models.PROTECT, related_name="+", to="cases.case"
            ),
        ),
    ]
