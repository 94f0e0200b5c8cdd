"""待办流转: how tasks change hands, who stands in for whom, what is told and said beside an act."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.process.models import Task, TaskAct


class Passing(models.Model):
    """流转记录: a task came into other hands; appended. Without ``to_id`` it went to the pool."""

    class Verb(models.TextChoices):
        CLAIM = "CLAIM", "抢办"
        GIVE_BACK = "GIVE_BACK", "放回待领"
        TRANSFER = "TRANSFER", "转办"
        DELEGATE = "DELEGATE", "委派"
        ANSWER = "ANSWER", "答复交回"
        TAKE_BACK = "TAKE_BACK", "收回委派"
        HAND_OVER = "HAND_OVER", "交接"
        FALL_BACK = "FALL_BACK", "自动退回"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField("方式", max_length=12, choices=Verb.choices)
    from_id = models.BigIntegerField("原承办人", null=True)
    from_name = models.CharField("原承办人姓名", max_length=80, blank=True)
    to_id = models.BigIntegerField("承办人", null=True)
    to_name = models.CharField("承办人姓名", max_length=80, blank=True)
    reason = models.CharField("理由", max_length=500, blank=True)
    by_id = models.BigIntegerField("办理人")
    by_name = models.CharField("办理人姓名", max_length=80)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "流转记录"
        indexes = [models.Index(fields=["task", "id"], name="passing_of_task")]


class Delegation(models.Model):
    """委派: the delegate answers a question; then who asked has the task again and acts."""

    class Status(models.TextChoices):
        OPEN = "OPEN", "待答复"
        ANSWERED = "ANSWERED", "已答复"
        TAKEN_BACK = "TAKEN_BACK", "已收回"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    delegator_id = models.BigIntegerField("委派人")
    delegator_name = models.CharField("委派人姓名", max_length=80)
    delegate_id = models.BigIntegerField("受委派人")
    delegate_name = models.CharField("受委派人姓名", max_length=80)
    question = models.CharField("委派事由", max_length=1000)
    answer = models.CharField("答复", max_length=2000, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    at = models.DateTimeField("委派时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "委派"
        indexes = [
            models.Index(fields=["delegator_id", "-id"], name="delegation_mine"),
            models.Index(fields=["delegate_id", "-id"], name="delegation_asked"),
            models.Index(fields=["task", "id"], name="delegation_of_task"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(status="OPEN"), name="delegation_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", ended_at=None)
                | (~Q(status="OPEN") & Q(ended_at__isnull=False)),
                name="delegation_ended_has_time",
            ),
        ]


class Deputyship(models.Model):
    """代理: while the principal is away, the deputy acts for it. Both days are included.

    ``item_keys`` narrows it to some items (事项); none means everything.
    """

    principal_id = models.BigIntegerField("被代理人")
    principal_name = models.CharField("被代理人姓名", max_length=80)
    deputy_id = models.BigIntegerField("代理人")
    deputy_name = models.CharField("代理人姓名", max_length=80)
    from_date = models.DateField("起始日期")
    to_date = models.DateField("终止日期")
    item_keys = ArrayField(models.CharField(max_length=80), verbose_name="事项", default=list)
    reason = models.CharField("事由", max_length=200, blank=True)
    by_id = models.BigIntegerField("登记人")
    at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("提前结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "代理"
        indexes = [
            models.Index(
                fields=["deputy_id", "to_date"], name="deputyship_of", condition=Q(ended_at=None)
            ),
            models.Index(
                fields=["principal_id", "to_date"],
                name="deputyship_for",
                condition=Q(ended_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date__gte=F("from_date")), name="deputyship_period"
            ),
            models.CheckConstraint(
                condition=~Q(principal_id=F("deputy_id")), name="deputyship_of_another"
            ),
        ]


class HandOver(models.Model):
    """交接: everything that one official holds goes to another at a change of job."""

    from_id = models.BigIntegerField("移交人")
    from_name = models.CharField("移交人姓名", max_length=80)
    to_id = models.BigIntegerField("接收人")
    to_name = models.CharField("接收人姓名", max_length=80)
    reason = models.CharField("事由", max_length=200)
    by_id = models.BigIntegerField("办理人")
    by_name = models.CharField("办理人姓名", max_length=80)
    moved = models.PositiveIntegerField("已移交", default=0)
    to_others = models.PositiveIntegerField("交其他人", default=0)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "交接"
        constraints = [
            models.UniqueConstraint(
                fields=["from_id"], condition=Q(finished_at=None), name="hand_over_one_open"
            )
        ]


class Circulation(models.Model):
    """抄送、传阅: an official is shown a case, with a receipt of reading. It gives no act."""

    class Kind(models.TextChoices):
        COPY = "COPY", "抄送"
        CIRCULATE = "CIRCULATE", "传阅"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    case_id = models.BigIntegerField("办件")
    kind = models.CharField("方式", max_length=10, choices=Kind.choices)
    reader_id = models.BigIntegerField("收阅人")
    reader_name = models.CharField("收阅人姓名", max_length=80)
    by_id = models.BigIntegerField("发送人")
    by_name = models.CharField("发送人姓名", max_length=80)
    note = models.CharField("附言", max_length=500, blank=True)
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True)
    remark = models.CharField("阅后意见", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "抄送与传阅"
        indexes = [
            models.Index(fields=["reader_id", "-id"], name="circulation_mine"),
            models.Index(fields=["case_id", "reader_id"], name="circulation_sight"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "kind", "reader_id"], name="circulation_once_each"
            )
        ]


class Urge(models.Model):
    """催办: somebody asked for haste; at most once an hour for each task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    by_id = models.BigIntegerField("催办人")
    by_name = models.CharField("催办人姓名", max_length=80)
    words = models.CharField("催办内容", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "催办"
        indexes = [models.Index(fields=["task", "id"], name="urge_of_task")]


class Phrase(models.Model):
    """常用语: words that an official, or everyone of a unit, uses again and again."""

    account_id = models.BigIntegerField("本人", null=True)
    organization = models.ForeignKey(
        Organization, verbose_name="单位", null=True, on_delete=models.CASCADE, related_name="+"
    )
    text = models.CharField("常用语", max_length=200)
    added_at = models.DateTimeField("添加时间")

    class Meta:
        verbose_name = verbose_name_plural = "常用语"
        constraints = [
            models.CheckConstraint(
                condition=Q(account_id=None, organization__isnull=False)
                | Q(account_id__isnull=False, organization=None),
                name="phrase_of_one",
            ),
            models.UniqueConstraint(
                fields=["account_id", "organization", "text"],
                name="phrase_once",
                nulls_distinct=False,
            ),
        ]


class InkSignature(models.Model):
    """手写签名: the picture that an official drew, and the digest of what it was drawn under."""

    act = models.OneToOneField(TaskAct, on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    signed_digest = models.CharField("所签内容的 SHA-256 摘要", max_length=64)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "手写签名"


class BulkRun(models.Model):
    """批量办理: one act for many tasks; each row is checked and done on its own."""

    by_id = models.BigIntegerField("办理人")
    act = models.CharField("动作", max_length=60)
    opinion = models.TextField("意见", blank=True)
    started_at = models.DateTimeField("开始时间")

    class Meta:
        verbose_name = verbose_name_plural = "批量办理"


class BulkRow(models.Model):
    """批量办理结果: what became of one task of the run."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "待处理"
        DONE = "DONE", "已办理"
        SIGNED = "SIGNED", "已确认，等另一人"
        REFUSED = "REFUSED", "未办理"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField("序号")
    task_id = models.BigIntegerField("待办")
    case_number = models.CharField("办件编号", max_length=32, blank=True)
    case_title = models.CharField("办件", max_length=200, blank=True)
    status = models.CharField("结果", max_length=10, choices=Status.choices)
    code = models.CharField("错误码", max_length=60, blank=True)
    reason_zh = models.CharField("原因", max_length=500, blank=True)
    reason_en = models.CharField("英文原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量办理结果"
        constraints = [
            models.UniqueConstraint(fields=["run", "task_id"], name="bulk_row_once"),
        ]
