"""Several tasks for one token, what put a token where it is, calls outside and child cases."""

import django.db.models as models
from django.db import migrations

_LEFT_BY = """
UPDATE process_token k SET act = t.act
FROM process_task t
WHERE t.token_id = k.id AND t.status = 'DONE' AND k.status = 'LEFT'
"""

_STATUSES = [
    ("OPEN", "待办"),
    ("WAITING", "待前一位办理"),
    ("SUSPENDED", "已挂起"),
    ("DONE", "已办"),
    ("CANCELLED", "已取消"),
]
_CLOSINGS = [
    ("DECIDED", "结果已定，不再需要"),
    ("RETURNED", "已退回"),
    ("RECALLED", "上一步已撤回"),
    ("REMOVED", "已减签"),
    ("TERMINATED", "流程已终止"),
    ("TIMER", "到时自动处理"),
    ("ENDED", "流程已结束"),
    ("BESIDE", "并行的其他分支已退回"),
]
_CALLS = [
    ("WAITING", "待调用"),
    ("ANSWERED", "已答复"),
    ("FAILED", "已失败"),
    ("CANCELLED", "已取消"),
]


def _key() -> models.BigAutoField:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("process", "0003_no_reverse_names"),
        ("cases", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            "token",
            "act",
            models.CharField("离开方式", max_length=60, blank=True, default=""),
        ),
        migrations.AddField("token", "cause_id", models.BigIntegerField("来自", null=True)),
        migrations.AddField(
            "token",
            "back_to",
            models.CharField("直送", max_length=250, blank=True, default=""),
        ),
        migrations.RunSQL(_LEFT_BY, migrations.RunSQL.noop),
        migrations.AlterField(
            "task", "status", models.CharField("状态", max_length=10, choices=_STATUSES)
        ),
        migrations.AddField(
            "task",
            "instance",
            models.CharField("会签单位", max_length=80, blank=True, default=""),
        ),
        migrations.AddField("task", "turn", models.PositiveSmallIntegerField("次序", default=0)),
        migrations.AddField("task", "weight", models.PositiveSmallIntegerField("权重", default=1)),
        migrations.AddField("task", "is_joint", models.BooleanField("多人办理", default=False)),
        migrations.AddField("task", "added_by_id", models.BigIntegerField("加签人", null=True)),
        migrations.AddField(
            "task",
            "fallback_role",
            models.CharField("原定角色", max_length=60, blank=True, default=""),
        ),
        migrations.AddField(
            "task",
            "closing",
            models.CharField("结束原因", max_length=12, choices=_CLOSINGS, blank=True, default=""),
        ),
        migrations.AddField("task", "version", models.PositiveIntegerField("版本", default=0)),
        migrations.RemoveConstraint("task", "task_one_open_per_token"),
        migrations.AddConstraint(
            "task",
            models.UniqueConstraint(
                fields=["token", "instance"],
                condition=models.Q(status__in=["OPEN", "WAITING", "SUSPENDED"]),
                name="task_one_pending_each",
            ),
        ),
        migrations.CreateModel(
            "ExternalCall",
            [
                ("id", _key()),
                ("key", models.UUIDField("幂等键", unique=True)),
                ("connector", models.CharField("连接器", max_length=80)),
                ("request", models.JSONField("请求")),
                ("status", models.CharField("状态", max_length=10, choices=_CALLS)),
                ("attempts", models.PositiveSmallIntegerField("已试次数", default=0)),
                ("next_at", models.DateTimeField("下次调用")),
                ("answer", models.JSONField("答复", default=dict)),
                ("error_code", models.CharField("错误代码", max_length=60, blank=True)),
                ("ended_at", models.DateTimeField("结束时间", null=True)),
                (
                    "case",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="+", to="cases.case"),
                ),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=models.CASCADE, related_name="call", to="process.token"
                    ),
                ),
            ],
            {"verbose_name": "外部调用", "verbose_name_plural": "外部调用"},
        ),
        migrations.AddIndex(
            "externalcall",
            models.Index(
                fields=["next_at"],
                name="call_waiting",
                condition=models.Q(status="WAITING"),
            ),
        ),
        migrations.CreateModel(
            "Subcase",
            [
                ("id", _key()),
                ("outcome", models.CharField("结果", max_length=12, blank=True)),
                ("concluded_at", models.DateTimeField("办结时间", null=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=models.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="subcases", to="process.token"
                    ),
                ),
            ],
            {"verbose_name": "子办件", "verbose_name_plural": "子办件"},
        ),
    ]
