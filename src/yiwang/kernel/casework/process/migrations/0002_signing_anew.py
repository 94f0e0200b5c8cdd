"""Signers may sign anew; timers know what they were counted from, and with which calendar."""

import django.db.models as models
from django.db import migrations

_START = "UPDATE process_timer t SET started_at = k.entered_at FROM process_token k WHERE k.id = t.token_id"


class Migration(migrations.Migration):
    dependencies = [("process", "0001_initial")]
    operations = [
        migrations.AddField(
            "taskact", "is_current", models.BooleanField("有效", default=True)
        ),
        migrations.RemoveConstraint("taskact", "task_act_once_each"),
        migrations.AddConstraint(
            "taskact",
            models.UniqueConstraint(
                fields=["task", "account_id"],
                condition=models.Q(is_current=True),
                name="task_act_one_current_each",
            ),
        ),
        migrations.AlterField(
            "token", "branch", models.CharField("分支", max_length=130, blank=True)
        ),
        migrations.AddField("timer", "started_at", models.DateTimeField("起算时间", null=True)),
        migrations.RunSQL(_START, migrations.RunSQL.noop),
        migrations.AlterField("timer", "started_at", models.DateTimeField("起算时间")),
        migrations.AddField(
            "timer", "calendar_key", models.CharField("日历", max_length=32, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "timer", "calendar_edition", models.CharField("日历版次", max_length=16, default=""),
            preserve_default=False,
        ),
    ]
