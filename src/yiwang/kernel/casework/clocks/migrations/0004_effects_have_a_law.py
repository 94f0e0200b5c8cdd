from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("clocks", "0003_effects_name_their_law")]

    operations = [
        migrations.AddConstraint(
            "clock",
            models.CheckConstraint(
                condition=models.Q(owed_by__in=["ORGAN", "PARTY", "THIRD_PARTY"]),
                name="clocks_owed_by_known",
            ),
        ),
        migrations.AddConstraint(
            "clock",
            models.CheckConstraint(
                condition=models.Q(effect_on_expiry="NONE") | ~models.Q(effect_source=""),
                name="clocks_effect_has_a_law",
            ),
        ),
    ]
