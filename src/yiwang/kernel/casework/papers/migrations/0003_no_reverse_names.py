"""A case does not know who hangs on it: no reverse name leads from one app into another."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("papers", "0002_books_by_prefix")]
    operations = [
        migrations.AlterField(
            "paper",
            "case",
            models.ForeignKey(
                on_delete=models.CASCADE, related_name="+", to="cases.case"
            ),
        ),
    ]
