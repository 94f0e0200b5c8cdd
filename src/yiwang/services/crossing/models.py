"""跨域通办: who held an application's papers and when, and who may help whom."""

from django.db import models
from django.db.models import F, Q

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case


class CustodyLeg(models.Model):
    """交接记录: one passing of a case's file package between two units, appended and then taken.

    ``manifest`` lists what is in the package with the digest of each; ``digest`` is over all of
    it, so that whoever takes it can tell that nothing was lost or changed on the way. An internal
    limit (``due_at``) presses the units; the legal clock of the case never waits for it.
    """

    class Way(models.TextChoices):
        OUT = "OUT", "收件转办"
        BACK = "BACK", "结果送回"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    way = models.CharField("方向", max_length=4, choices=Way.choices)
    sender = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    manifest = models.JSONField("清单")
    digest = models.CharField("清单摘要", max_length=64)
    sent_at = models.DateTimeField("送出时间")
    sent_by = models.CharField("送出人", max_length=80)
    due_at = models.DateTimeField("应接收时间")
    taken_at = models.DateTimeField("接收时间", null=True)
    taken_by = models.CharField("接收人", max_length=80, blank=True)
    receipt = models.CharField("签收", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "交接记录"
        constraints = [
            models.UniqueConstraint(fields=["case", "way"], name="custody_leg_once"),
            models.CheckConstraint(
                condition=~Q(sender=F("receiver")), name="custody_between_two_units"
            ),
        ]
        indexes = [
            models.Index(
                fields=["receiver", "due_at"], name="custody_waiting", condition=Q(taken_at=None)
            ),
            models.Index(fields=["sender", "-id"], name="custody_of_sender"),
        ]


class HelpMandate(models.Model):
    """帮代办授权: a person lets an agent of a village or a window act for them, on record.

    Data class: personal. Retention: as the cases that were applied for under it.
    """

    class Form(models.TextChoices):
        SIGNED = "SIGNED", "书面签名"
        RECORDED = "RECORDED", "录音录像"

    principal = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    agent_account_id = models.BigIntegerField("代办员账号")
    agent_name = models.CharField("代办员", max_length=80)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    item_keys = models.JSONField("事项范围", default=list)
    form = models.CharField("授权形式", max_length=10, choices=Form.choices)
    evidence = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止")
    recorded_at = models.DateTimeField("登记时间")
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "帮代办授权"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="help_mandate_in_order"
            )
        ]
        indexes = [
            models.Index(fields=["agent_account_id", "principal"], name="help_mandate_of_agent")
        ]
