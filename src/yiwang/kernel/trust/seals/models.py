"""电子印章: the register of seals and of every use."""

from django.db import models

from yiwang.kernel.base.crypto.models import Certificate


class Seal(models.Model):
    """电子印章: the seal of one unit, with its picture and the certificate it signs with."""

    class Kind(models.TextChoices):
        """印章种类: the unit's own seal, or a seal for one purpose whose name stands on it."""

        OFFICIAL = "OFFICIAL", "公章"
        APPROVAL = "APPROVAL", "行政审批专用章"
        LICENCE = "LICENCE", "电子证照专用章"
        CHARGE = "CHARGE", "收费专用章"
        SERVICE = "SERVICE", "政务服务专用章"

    class Status(models.TextChoices):
        """印章状态."""

        APPLIED = "APPLIED", "已申请"
        ACTIVE = "ACTIVE", "使用中"
        SUSPENDED = "SUSPENDED", "已停用"
        DESTROYED = "DESTROYED", "已销毁"

    unit_code = models.CharField("单位代码", max_length=60)
    unit_name = models.CharField("单位名称", max_length=200)
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    status = models.CharField("状态", max_length=12, choices=Status.choices)
    certificate = models.OneToOneField(
        Certificate, models.PROTECT, related_name="+", verbose_name="印章证书"
    )
    picture_svg = models.TextField("印模")
    picture_pdf = models.BinaryField("印模（用印）")
    valid_from = models.DateTimeField("启用时间")
    valid_until = models.DateTimeField("到期时间")
    custodian = models.CharField("保管人", max_length=80, blank=True)
    applied_at = models.DateTimeField("申请时间")
    destroyed_at = models.DateTimeField("销毁时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "电子印章"
        constraints = [
            models.UniqueConstraint(
                fields=["unit_code", "kind"],
                condition=~models.Q(status="DESTROYED"),
                name="seals_seal_one_of_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")),
                name="seals_seal_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(status="DESTROYED", destroyed_at__isnull=False)
                | (~models.Q(status="DESTROYED") & models.Q(destroyed_at__isnull=True)),
                name="seals_seal_destroyed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_name}{self.get_kind_display()}"

    @property
    def caption(self) -> str:
        """The words below the star: none on the unit's own seal."""
        return "" if self.kind == self.Kind.OFFICIAL else str(self.get_kind_display())


class SealUse(models.Model):
    """用印记录: one sealed document. The database refuses update and delete."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="+", verbose_name="印章")
    document_key = models.CharField("文件", max_length=120)
    document_digest = models.CharField(
        "文件摘要", max_length=64, help_text="SHA-256 of the sealed file, hexadecimal"
    )
    account_id = models.BigIntegerField("用印人")
    actor_name = models.CharField("用印人姓名", max_length=80)
    case_number = models.CharField("办件编号", max_length=40, blank=True)
    used_at = models.DateTimeField("用印时间")

    class Meta:
        verbose_name = verbose_name_plural = "用印记录"
        indexes = [
            models.Index(fields=["document_digest"], name="seals_use_digest"),
            models.Index(fields=["document_key"], name="seals_use_key"),
            models.Index(fields=["seal", "used_at"], name="seals_use_by_seal"),
        ]

    def __str__(self) -> str:
        return self.document_key
