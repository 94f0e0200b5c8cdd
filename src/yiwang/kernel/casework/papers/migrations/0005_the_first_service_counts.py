"""Papers of before went to the applicant; of several services the first counts."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Min, OuterRef, Subquery


def keep_the_first(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    party = apps.get_model("cases", "Case").objects.filter(pk=OuterRef("case_id"))
    apps.get_model("papers", "Paper").objects.filter(addressee_party=None).update(
        addressee_party_id=Subquery(party.values("party_id"))
    )
    services = apps.get_model("papers", "PaperService").objects
    services.update(begun_at=F("served_at"))
    first = services.values("paper_id").annotate(first=Min("id")).values("first")
    services.exclude(pk__in=first).delete()


class Migration(migrations.Migration):

    dependencies = [("papers", "0004_ways_of_service")]

    operations = [migrations.RunPython(keep_the_first, migrations.RunPython.noop)]
