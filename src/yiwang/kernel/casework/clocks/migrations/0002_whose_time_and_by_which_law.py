from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("clocks", "0001_initial")]

    operations = [
        migrations.AddField(
            "clock", "subject", models.CharField("所涉事项", max_length=60, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "clock",
            "owed_by",
            models.CharField(
                "义务人",
                max_length=12,
                choices=[("ORGAN", "行政机关"), ("PARTY", "当事人"), ("THIRD_PARTY", "第三方")],
                default="ORGAN",
            ),
        ),
        migrations.AddField(
            "clock", "valid_from", models.DateField("依据生效日期", null=True, blank=True)
        ),
        migrations.AddField(
            "clock",
            "roll_rule",
            models.CharField("末日规则", max_length=20, default="NEXT_WORKING_DAY"),
        ),
        migrations.AddField(
            "clock",
            "effect_source",
            models.CharField("期满效力依据", max_length=200, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("clock", "clocks_one_running_per_kind"),
        migrations.AddConstraint(
            "clock",
            models.UniqueConstraint(
                fields=["case", "kind", "basis", "subject"],
                condition=models.Q(stopped_at=None),
                name="clocks_one_running_per_kind",
            ),
        ),
    ]
