"""Who holds a role in a unit is asked whenever a task is opened there."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [
        migrations.AddIndex(
            "grant", models.Index(fields=["role", "org_path"], name="grant_of_role")
        ),
    ]
