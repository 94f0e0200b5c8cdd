"""场景包: what is applied, with the bytes that it came from."""

from django.db import models
from django.db.models import Q


class PackRelease(models.Model):
    """场景包版本: one applied state of a pack. ``digest`` covers every file."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=40)
    digest = models.CharField("摘要", max_length=64)
    manifest = models.JSONField("清单")
    object_keys = models.JSONField("对象的键", default=dict)
    is_current = models.BooleanField("现行", default=True)
    is_enabled = models.BooleanField("启用", default=True)
    applied_at = models.DateTimeField("应用时间")
    applied_by_id = models.BigIntegerField("应用人")

    class Meta:
        verbose_name = verbose_name_plural = "场景包版本"
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="pack_one_current"
            ),
        ]


class PackFile(models.Model):
    """场景包文件: the source bytes, so that export gives back what was applied."""

    release = models.ForeignKey(PackRelease, on_delete=models.CASCADE, related_name="files")
    path = models.CharField("路径", max_length=200)
    content = models.BinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "场景包文件"
        constraints = [models.UniqueConstraint(fields=["release", "path"], name="pack_file_once")]
