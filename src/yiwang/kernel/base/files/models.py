"""Rows of stored files: who gave what, when; the bytes lie in the content-addressed store."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileStatus(models.TextChoices):
    """文件状态."""

    OK = "OK", _("可用")
    QUARANTINED = "QUARANTINED", _("已隔离")


class StoredFile(models.Model):
    """文件: one upload. Two uploads of the same bytes are two rows and one stored object."""

    digest = models.CharField(_("SHA-256 摘要"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("字节数"))
    media_type = models.CharField(
        _("媒体类型"), max_length=100, help_text=_("按内容识别，不信任文件名")
    )
    name = models.CharField(_("文件名"), max_length=200)
    uploaded_by_id = models.BigIntegerField(_("上传人账号"), null=True, blank=True)
    created_at = models.DateTimeField(_("上传时间"))
    status = models.CharField(
        _("状态"), max_length=20, choices=FileStatus.choices, default=FileStatus.OK
    )
    reason = models.CharField(_("隔离原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("文件")
        ordering = ["-id"]
        indexes = [models.Index(fields=["digest"], name="files_by_digest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"), name="files_digest_is_sha256"
            ),
            models.CheckConstraint(
                condition=models.Q(size_bytes__gt=0), name="files_are_not_empty"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=FileStatus.values), name="files_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status=FileStatus.OK, reason="")
                | (models.Q(status=FileStatus.QUARANTINED) & ~models.Q(reason="")),
                name="files_quarantine_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.media_type})"
