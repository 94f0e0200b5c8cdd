"""An official's opinion has no length at which it may be cut off."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("licences", "0002_licence_number")]
    operations = [
        migrations.AlterField("licencestatuschange", "reason", models.TextField("原因")),
    ]
