"""一件事: several items under one theme, one application, one whole case with its parts."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.ordered_json import OrderedJSONField

KIND = "theme"
"""The kind of a case that is the whole of a theme."""


class Theme(models.Model):
    """一件事: the stable thing that people know by name."""

    key = models.CharField("键", max_length=80, unique=True)
    pack_key = models.CharField("场景包", max_length=80)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "一件事"

    def __str__(self) -> str:
        return self.key


class ThemeVersion(models.Model):
    """一件事版本: the theme merged with the items as they stood; a case keeps its version."""

    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField("版本", max_length=80)
    title_zh = models.CharField("名称", max_length=160)
    title_en = models.CharField("英文名称", max_length=200)
    content = OrderedJSONField("内容")
    source = OrderedJSONField("场景包原文")
    form = models.ForeignKey(FormDefinition, on_delete=models.PROTECT, related_name="+")
    is_current = models.BooleanField("现行", default=True)
    published_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "一件事版本"
        constraints = [
            models.UniqueConstraint(fields=["theme", "version"], name="theme_version_once"),
            models.UniqueConstraint(
                fields=["theme"], condition=Q(is_current=True), name="theme_one_current"
            ),
        ]


class ThemeApplication(models.Model):
    """一件事申请: what was asked as a whole, answered once, signed once.

    Data class: personal. Retention: as the longest of the items' archive rules.
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="theme_application"
    )
    version = models.ForeignKey(ThemeVersion, on_delete=models.PROTECT, related_name="+")
    theme_key = models.CharField("一件事键", max_length=80, db_index=True)
    client_id = models.UUIDField("提交号", unique=True)
    circumstances = models.JSONField("情形", default=dict)
    form_data = models.JSONField("表单", default=dict)
    checks = models.JSONField("核验结果", default=dict)
    received_at = models.DateTimeField("收件时间")
    accepted_at = models.DateTimeField("统一受理时间", null=True)
    correction_told_at = models.DateTimeField("告知补正时间", null=True)
    delivery = models.CharField("取件方式", max_length=12, default="ELECTRONIC")
    delivered_at = models.DateTimeField("统一出件时间", null=True)
    delivery_receipt = models.CharField("出件凭据", max_length=200, blank=True)
    signed_digest = models.CharField("签名内容摘要", max_length=64)
    signature = models.TextField("申请人电子签名")
    signer_level = models.PositiveSmallIntegerField("签名时认证级别")

    class Meta:
        verbose_name = verbose_name_plural = "一件事申请"


class ThemePart(models.Model):
    """一件事的一部分: one item of the theme, handled by its own unit as a part of the whole."""

    application = models.ForeignKey(
        ThemeApplication, on_delete=models.CASCADE, related_name="parts"
    )
    key = models.CharField("部分键", max_length=60)
    position = models.PositiveSmallIntegerField("顺序")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    after = models.JSONField("先办的部分", default=list)
    results = models.JSONField("用到的办理结果", default=dict)
    begun_at = models.DateTimeField("开始办理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "一件事的部分"
        constraints = [
            models.UniqueConstraint(fields=["application", "key"], name="theme_part_once")
        ]
