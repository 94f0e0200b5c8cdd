"""Clocks with an effect on expiry were started by the Licensing Law alone, which is their source."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def name_the_law(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    clocks = apps.get_model("clocks", "Clock").objects
    clocks.exclude(effect_on_expiry="NONE").filter(effect_source="").update(
        effect_source=F("source")
    )


class Migration(migrations.Migration):

    dependencies = [("clocks", "0002_whose_time_and_by_which_law")]

    operations = [migrations.RunPython(name_the_law, migrations.RunPython.noop)]
