"""办件: everything that government owes someone by a date."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party


class Case(models.Model):
    """办件: one thin row. Each net keeps its own details in a one-to-one table.

    ``org_path`` and ``division_path`` are copied at opening so that one predicate decides who may
    see the row; ``due_at`` is copied from the running clock so that lists need no join.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "办理中"
        CONCLUDED = "CONCLUDED", "已办结"

    class Phase(models.TextChoices):
        SUBMITTED = "SUBMITTED", "已提交"
        RECEIVED = "RECEIVED", "已收件"
        CORRECTING = "CORRECTING", "待补正"
        ACCEPTED = "ACCEPTED", "已受理"
        REVIEWING = "REVIEWING", "审查中"
        SITE_CHECK = "SITE_CHECK", "现场核查"
        DECIDING = "DECIDING", "待决定"
        PAYING = "PAYING", "待缴费"
        CONCLUDED = "CONCLUDED", "已办结"
        POST_CHECK = "POST_CHECK", "事后核查"

    class Outcome(models.TextChoices):
        GRANTED = "GRANTED", "准予"
        REFUSED = "REFUSED", "不予许可"
        DECLINED = "DECLINED", "不予受理"
        WITHDRAWN = "WITHDRAWN", "已撤件"
        PARTIAL = "PARTIAL", "部分办成"
        LAPSED = "LAPSED", "前置未准予，不再办理"

    number = models.CharField("办件编号", max_length=32, unique=True)
    kind = models.CharField("类别", max_length=24)
    title = models.CharField("标题", max_length=200)
    title_en = models.CharField("英文标题", max_length=200)
    status = models.CharField("状态", max_length=12, choices=Status.choices)
    phase = models.CharField("阶段", max_length=12, choices=Phase.choices)
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, blank=True)
    organization = models.ForeignKey(
        Organization, verbose_name="办理机构", on_delete=models.PROTECT, related_name="+"
    )
    org_path = models.TextField("机构路径")
    division = models.ForeignKey(
        Division, verbose_name="事项所在地", on_delete=models.PROTECT, related_name="+"
    )
    division_path = models.TextField("区划路径")
    party = models.ForeignKey(
        Party, verbose_name="申请人", on_delete=models.PROTECT, related_name="+"
    )
    agent = models.ForeignKey(
        Party, verbose_name="代办人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField("渠道", max_length=12)
    opened_at = models.DateTimeField("收件时间")
    due_at = models.DateTimeField("最迟办结时间", null=True)
    concluded_at = models.DateTimeField("办结时间", null=True)
    parent = models.ForeignKey(
        "self", verbose_name="主办件", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        indexes = [
            models.Index(fields=["party", "-id"], name="case_of_party"),
            models.Index(fields=["organization", "status", "-id"], name="case_of_unit"),
            models.Index(fields=["due_at", "id"], name="case_due", condition=Q(status="OPEN")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="OPEN", concluded_at=None)
                | Q(status="CONCLUDED", concluded_at__isnull=False),
                name="case_concluded_has_time",
            )
        ]

    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """办件过程: one line of the timeline, appended."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField("时间")
    kind = models.CharField("类别", max_length=60)
    title_zh = models.CharField("说明", max_length=200)
    title_en = models.CharField("英文说明", max_length=200)
    actor_name = models.CharField("办理人", max_length=80)
    organization_name = models.CharField("办理机构", max_length=120, blank=True)
    is_public = models.BooleanField("申请人可见", default=True)
    details = models.JSONField("详情", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "办件过程"
        indexes = [models.Index(fields=["case", "id"], name="case_timeline")]


class CaseFile(models.Model):
    """办件附件: a stored file that belongs to the case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    label = models.CharField("名称", max_length=120)
    added_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "办件附件"
