"""Rows of 工作日历: what the installed holiday data does not say, or says otherwise."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NATIONAL = "cn"
"""Key of the calendar that holds everywhere; a regional one lies on top of it."""


class DayKind(models.TextChoices):
    """日期类型."""

    WORKING = "WORKING", _("工作日")
    OFF = "OFF", _("休息日")
    STATUTORY_HOLIDAY = "STATUTORY_HOLIDAY", _("法定节假日")


class CalendarDay(models.Model):
    """日历例外: a day that differs from the plain week or from the installed data."""

    calendar_key = models.CharField(_("日历"), max_length=32, default=NATIONAL)
    day = models.DateField(_("日期"))
    kind = models.CharField(_("日期类型"), max_length=20, choices=DayKind.choices)
    name = models.CharField(_("名称"), max_length=100, blank=True)
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("日历例外")
        ordering = ["calendar_key", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_key", "day"], name="calendars_day_once_per_calendar"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=DayKind.values), name="calendars_day_kind_known"
            ),
            models.CheckConstraint(condition=~models.Q(source=""), name="calendars_day_has_source"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_key} {self.day} {self.kind}"


class PublishedYear(models.Model):
    """已公布年度: a year whose arrangement was entered here before the installed data had it."""

    calendar_key = models.CharField(_("日历"), max_length=32, default=NATIONAL)
    year = models.PositiveSmallIntegerField(_("年度"))
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("已公布年度")
        ordering = ["calendar_key", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_key", "year"], name="calendars_year_once_per_calendar"
            ),
            models.CheckConstraint(
                condition=~models.Q(source=""), name="calendars_year_has_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_key} {self.year}"


class BusinessPeriod(models.Model):
    """业务时间: one stretch of the office day of a region."""

    calendar_key = models.CharField(_("日历"), max_length=32, default=NATIONAL)
    opens = models.TimeField(_("开始"))
    closes = models.TimeField(_("结束"))
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("业务时间")
        ordering = ["calendar_key", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_key", "opens"], name="calendars_period_once_per_calendar"
            ),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")),
                name="calendars_period_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_key} {self.opens}-{self.closes}"


class CalendarRevision(models.Model):
    """日历版次: changes with every write, so that each process knows when to load again.

    The token is random rather than counted: a rolled-back write must not leave behind a number
    that a later, different write takes again.
    """

    calendar_key = models.CharField(_("日历"), max_length=32, primary_key=True)
    token = models.UUIDField(_("版次"))
    changed_at = models.DateTimeField(_("变更时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("日历版次")

    def __str__(self) -> str:
        return f"{self.calendar_key} {self.token}"
