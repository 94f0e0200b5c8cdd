"""A release knows the keys of its objects, so that no other pack takes one of them."""

import django.db.models as models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("packs", "0001_initial")]
    operations = [
        migrations.AddField("packrelease", "object_keys", models.JSONField("对象的键", default=dict)),
    ]
