"""表单: versioned page definitions, and drafts that are never lost."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.ordered_json import OrderedJSONField


class FormDefinition(models.Model):
    """表单定义: one immutable version of a form, as its pack brought it."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=80)
    content = OrderedJSONField("内容")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "表单定义"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="form_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="form_one_current"
            ),
        ]


class Draft(models.Model):
    """草稿: what a person has typed so far. ``client_id`` ties it to one start of one form."""

    account_id = models.BigIntegerField("账号")
    party_id = models.BigIntegerField("申请人")
    subject = models.CharField("事项", max_length=120)
    client_id = models.UUIDField("草稿号", unique=True)
    form = models.ForeignKey(FormDefinition, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField("内容", default=dict)
    revision = models.PositiveIntegerField("修订号", default=0)
    updated_at = models.DateTimeField("更新时间")
    expires_at = models.DateTimeField("到期时间")
    submitted_case_id = models.BigIntegerField("办件", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        indexes = [models.Index(fields=["account_id", "-updated_at"], name="draft_of_account")]
