"""Rows of 时限: one clock of one case, and the intervals that the law takes out of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yiwang.kernel.casework.clocks.rules import limits
from yiwang.kernel.casework.clocks.rules.exclusions import Exclusion


class ClockUnit(models.TextChoices):
    """期限单位."""

    WORKING_DAY = limits.Unit.WORKING_DAY.value, _("工作日")
    CALENDAR_DAY = limits.Unit.CALENDAR_DAY.value, _("自然日")
    WORKING_HOUR = limits.Unit.WORKING_HOUR.value, _("工作时")
    URGENT_HOUR = limits.Unit.URGENT_HOUR.value, _("紧急工作时")
    MONTH = limits.Unit.MONTH.value, _("月")
    YEAR = limits.Unit.YEAR.value, _("年")


class ClockBasis(models.TextChoices):
    """时限性质."""

    STATUTORY = limits.Basis.STATUTORY.value, _("法定时限")
    PROMISED = limits.Basis.PROMISED.value, _("承诺时限")


class ClockOwedBy(models.TextChoices):
    """期限义务人."""

    ORGAN = limits.OwedBy.ORGAN.value, _("行政机关")
    PARTY = limits.OwedBy.PARTY.value, _("当事人")
    THIRD_PARTY = limits.OwedBy.THIRD_PARTY.value, _("第三方")


class ClockOutcome(models.TextChoices):
    """时限结果."""

    MET = "MET", _("按期")
    MISSED = "MISSED", _("超期")
    CANCELLED = "CANCELLED", _("终止计时")


class Clock(models.Model):
    """时限: from when to when something is owed, why, and whether it was done in time.

    A clock is running until ``stopped_at``; it does not stop by expiring. ``due_at`` is the last
    good instant. While ``suspended_at`` is set (only art. 45 allows that) ``due_at`` is
    provisional. ``calendar_edition`` tells which calendar the date was computed with. ``subject``
    names the thing within the case that it is about, such as ``paper:12``.
    """

    case = models.ForeignKey(
        "cases.Case", verbose_name=_("办件"), related_name="clocks", on_delete=models.CASCADE
    )
    kind = models.CharField(_("事由"), max_length=40)
    subject = models.CharField(_("所涉事项"), max_length=60, blank=True)
    owed_by = models.CharField(
        _("义务人"), max_length=12, choices=ClockOwedBy.choices, default=ClockOwedBy.ORGAN
    )
    basis = models.CharField(_("性质"), max_length=12, choices=ClockBasis.choices)
    amount = models.PositiveIntegerField(_("期限"))
    unit = models.CharField(_("单位"), max_length=16, choices=ClockUnit.choices)
    source = models.CharField(_("依据"), max_length=200)
    edition = models.CharField(_("依据版本"), max_length=40, blank=True)
    valid_from = models.DateField(_("依据生效日期"), null=True, blank=True)
    confirmed = models.BooleanField(_("依据已核对"), default=True)
    calendar_key = models.CharField(_("日历"), max_length=32, blank=True)
    calendar_edition = models.CharField(_("日历版次"), max_length=16)
    started_at = models.DateTimeField(_("起算时间"))
    start_rule = models.CharField(_("起算规则"), max_length=12)
    roll_rule = models.CharField(
        _("末日规则"), max_length=20, default=limits.RollRule.NEXT_WORKING_DAY.value
    )
    due_at = models.DateTimeField(_("截止时间"))
    assumed = models.BooleanField(_("暂定"), default=False)
    suspended_at = models.DateTimeField(_("暂停计时时间"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("停止时间"), null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=ClockOutcome.choices, blank=True)
    extension_allowed = models.PositiveIntegerField(_("可延长"), default=0)
    extension_rank = models.CharField(_("延长批准人层级"), max_length=20, blank=True)
    extension_source = models.CharField(_("延长依据"), max_length=200, blank=True)
    extended_amount = models.PositiveIntegerField(_("已延长"), default=0)
    extension_reason = models.CharField(_("延长理由"), max_length=500, blank=True)
    extension_approver = models.CharField(_("延长批准人"), max_length=80, blank=True)
    extended_at = models.DateTimeField(_("延长时间"), null=True, blank=True)
    effect_on_expiry = models.CharField(
        _("期满效力"), max_length=20, default=limits.EffectOnExpiry.NONE.value
    )
    effect_source = models.CharField(_("期满效力依据"), max_length=200, blank=True)
    expired_at = models.DateTimeField(_("期满处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("时限")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="clocks_to_expire",
                condition=Q(stopped_at=None, suspended_at=None, expired_at=None),
            ),
            models.Index(
                fields=["calendar_key", "id"],
                name="clocks_to_recompute",
                condition=Q(stopped_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "basis", "subject"],
                condition=Q(stopped_at=None),
                name="clocks_one_running_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(unit__in=ClockUnit.values), name="clocks_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(basis__in=ClockBasis.values), name="clocks_basis_known"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="clocks_have_a_source"),
            models.CheckConstraint(
                condition=Q(owed_by__in=ClockOwedBy.values), name="clocks_owed_by_known"
            ),
            models.CheckConstraint(
                condition=Q(effect_on_expiry="NONE") | ~Q(effect_source=""),
                name="clocks_effect_has_a_law",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="clocks_end_after_they_start"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None, outcome="")
                | Q(stopped_at__isnull=False, outcome__in=ClockOutcome.values),
                name="clocks_stop_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(suspended_at=None),
                name="clocks_stopped_are_not_suspended",
            ),
            models.CheckConstraint(
                condition=Q(extended_amount=0)
                | (
                    Q(extended_amount__lte=F("extension_allowed"), extended_at__isnull=False)
                    & ~Q(extension_reason="")
                    & ~Q(extension_approver="")
                ),
                name="clocks_extension_has_reason_and_approver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.basis} {self.due_at:%Y-%m-%d %H:%M}"


class ExclusionKind(models.TextChoices):
    """不计入期限的事由. Source: 行政许可法 45, 2019."""

    HEARING = Exclusion.HEARING.value, _("听证")
    TENDER = Exclusion.TENDER.value, _("招标")
    AUCTION = Exclusion.AUCTION.value, _("拍卖")
    INSPECTION_OF_GOODS = Exclusion.INSPECTION_OF_GOODS.value, _("检验")
    TESTING = Exclusion.TESTING.value, _("检测")
    QUARANTINE = Exclusion.QUARANTINE.value, _("检疫")
    APPRAISAL = Exclusion.APPRAISAL.value, _("鉴定")
    EXPERT_REVIEW = Exclusion.EXPERT_REVIEW.value, _("专家评审")


class ClockExclusion(models.Model):
    """不计入期限的期间: open while ``ends_at`` is empty."""

    clock = models.ForeignKey(
        Clock, verbose_name=_("时限"), related_name="exclusions", on_delete=models.CASCADE
    )
    kind = models.CharField(_("事由"), max_length=24, choices=ExclusionKind.choices)
    legal_source = models.CharField(_("依据"), max_length=200)
    begins_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("不计入期限的期间")
        ordering = ["clock_id", "begins_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=Q(ends_at=None), name="clocks_one_open_exclusion"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ExclusionKind.values), name="clocks_exclusion_kind_lawful"
            ),
            models.CheckConstraint(
                condition=~Q(legal_source=""), name="clocks_exclusion_has_a_source"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("begins_at")),
                name="clocks_exclusion_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.begins_at:%Y-%m-%d}"
