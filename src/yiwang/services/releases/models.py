"""规则草稿、试算、秒批路径与抽查."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.ordered_json import OrderedJSONField


class RuleDraft(models.Model):
    """规则草稿: one table as it is being changed. ``editors`` are all who ever saved it.

    ``revision`` counts the saves: a page that shows an older one cannot overwrite a newer.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "起草中"
        RELEASED = "RELEASED", "已放行"
        DISCARDED = "DISCARDED", "已作废"

    key = models.CharField("规则表", max_length=80, db_index=True)
    base_version = models.CharField("起草所依据的版本", max_length=80)
    content = OrderedJSONField("内容")
    reason = models.TextField("修改理由", blank=True)
    revision = models.PositiveIntegerField("修订次数", default=0)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    editors = models.JSONField("修改人", default=list)
    drafted_by_id = models.BigIntegerField("起草人账号")
    drafted_by_name = models.CharField("起草人", max_length=80)
    drafted_at = models.DateTimeField("起草时间")
    changed_at = models.DateTimeField("最近修改时间")
    closed_by_id = models.BigIntegerField("放行或作废人账号", null=True)
    closed_by_name = models.CharField("放行或作废人", max_length=80, blank=True)
    closed_at = models.DateTimeField("放行或作废时间", null=True)
    released_version = models.CharField("放行的版本", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则草稿"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(status="OPEN"), name="rule_draft_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at=None)
                | (~Q(status="OPEN") & Q(closed_at__isnull=False)),
                name="rule_draft_closed_has_time",
            ),
        ]


class Replay(models.Model):
    """试算: past decisions decided again under one revision of a draft.

    ``tokens`` are the decisions to look at, newest first, ``done`` how many were. ``differences``
    names each that comes out differently; ``incomparable`` counts those whose facts have changed
    since, so that even the version that decided then gives something else now.
    """

    draft = models.ForeignKey(RuleDraft, on_delete=models.CASCADE, related_name="replays")
    revision = models.PositiveIntegerField("修订次数")
    tokens = models.JSONField("决定", default=list)
    done = models.PositiveIntegerField("已试算", default=0)
    same = models.PositiveIntegerField("结果相同", default=0)
    incomparable = models.PositiveIntegerField("无法比较", default=0)
    differences = models.JSONField("结果不同", default=list)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "试算"
        constraints = [
            models.UniqueConstraint(fields=["draft", "revision"], name="replay_once_per_revision")
        ]

    @property
    def total(self) -> int:
        return len(self.tokens)


class InstantPath(models.Model):
    """秒批路径: whether an item may be decided without a person, and how that is watched.

    ``sample_share`` (0 to 1) of its instant decisions is drawn for review. When more than
    ``errors_allowed`` of the last ``window`` reviews found an error, the path stops by itself.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "待第二人放行"
        OPEN = "OPEN", "已放行"
        STOPPED = "STOPPED", "已停止"

    item_key = models.CharField("事项", max_length=80, unique=True)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    sample_share = models.DecimalField("抽查比例", max_digits=5, decimal_places=4)
    errors_allowed = models.PositiveSmallIntegerField("允许的差错数")
    window = models.PositiveSmallIntegerField("按最近多少次抽查计")
    proposed_by_id = models.BigIntegerField("提出人账号")
    proposed_by_name = models.CharField("提出人", max_length=80)
    proposed_at = models.DateTimeField("提出时间")
    released_by_name = models.CharField("放行人", max_length=80, blank=True)
    released_at = models.DateTimeField("放行时间", null=True)
    stopped_by_name = models.CharField("停止人", max_length=80, blank=True)
    stopped_at = models.DateTimeField("停止时间", null=True)
    stop_reason_zh = models.CharField("停止原因", max_length=300, blank=True)
    stop_reason_en = models.CharField("停止原因（英文）", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "秒批路径"


class InstantReview(models.Model):
    """秒批抽查: one instant decision drawn for a person to look at afterwards.

    ``draw`` is the number from 0 to 1 that the case number gave under the keyed hash; it was below
    ``share``. Whoever holds the key can draw again and gets the same.
    """

    class Verdict(models.TextChoices):
        OPEN = "OPEN", "待抽查"
        RIGHT = "RIGHT", "决定正确"
        WRONG = "WRONG", "决定有误"

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField("事项", max_length=80)
    org_path = models.TextField("机构路径")
    division_path = models.TextField("区划路径")
    draw = models.DecimalField("抽取值", max_digits=9, decimal_places=8)
    share = models.DecimalField("抽查比例", max_digits=5, decimal_places=4)
    drawn_at = models.DateTimeField("抽取时间")
    verdict = models.CharField("结论", max_length=6, choices=Verdict.choices)
    note = models.TextField("说明", blank=True)
    judged_by_id = models.BigIntegerField("抽查人账号", null=True)
    judged_by_name = models.CharField("抽查人", max_length=80, blank=True)
    judged_at = models.DateTimeField("抽查时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "秒批抽查"
        indexes = [
            models.Index(fields=["item_key", "-judged_at"], name="instant_review_of_item"),
            models.Index(fields=["id"], name="instant_review_open", condition=Q(verdict="OPEN")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="OPEN", judged_at=None)
                | (~Q(verdict="OPEN") & Q(judged_at__isnull=False)),
                name="instant_review_judged_has_time",
            )
        ]
