"""A place may say of an item what differs there; each such place has a version of its own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import yiwang.kernel.ordered_json


class Migration(migrations.Migration):
    dependencies = [("divisions", "0001_initial"), ("items", "0001_initial")]
    operations = [
        migrations.AddField(
            "itemversion",
            "place",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="divisions.division",
                verbose_name="叠加区划",
            ),
        ),
        migrations.CreateModel(
            name="ItemOverlay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pack_key", models.CharField(max_length=80, verbose_name="场景包")),
                ("item_key", models.CharField(max_length=80, verbose_name="事项")),
                ("pack_version", models.CharField(max_length=40, verbose_name="版本")),
                ("content", yiwang.kernel.ordered_json.OrderedJSONField(verbose_name="内容")),
                ("is_on", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="divisions.division",
                    ),
                ),
            ],
            options={
                "verbose_name": "事项叠加",
                "verbose_name_plural": "事项叠加",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["pack_key", "item_key"], name="overlay_once_per_pack"
                    ),
                    models.UniqueConstraint(
                        fields=["item_key", "place"],
                        condition=Q(is_on=True),
                        name="overlay_once_per_place",
                    ),
                ],
            },
        ),
    ]
