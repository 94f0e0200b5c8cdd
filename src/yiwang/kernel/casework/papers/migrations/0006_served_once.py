from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [("papers", "0005_the_first_service_counts")]

    operations = [
        migrations.AlterField("paperservice", "begun_at", models.DateTimeField("发出时间")),
        migrations.AddConstraint(
            "paperservice",
            models.UniqueConstraint(
                fields=["paper"], condition=Q(state="SERVED"), name="paper_served_once"
            ),
        ),
        migrations.AddConstraint(
            "paperservice",
            models.UniqueConstraint(
                fields=["paper", "method"],
                condition=Q(state="ON_THE_WAY"),
                name="paper_on_the_way_once",
            ),
        ),
        migrations.AddConstraint(
            "paperservice",
            models.CheckConstraint(
                condition=Q(state="SERVED", served_at__isnull=False)
                | (~Q(state="SERVED") & Q(served_at=None)),
                name="paper_served_has_time",
            ),
        ),
    ]
