"""审计: acts and reads of personal data, appended and never changed."""

from django.db import models


class AuditEntry(models.Model):
    """审计记录: one act or one read. The database refuses update, delete and truncate."""

    class Kind(models.TextChoices):
        ACT = "ACT", "办理"
        READ = "READ", "查阅"
        DENIED = "DENIED", "拒绝"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    action = models.CharField("动作", max_length=80)
    account_id = models.BigIntegerField("账号")
    acting_for_id = models.BigIntegerField("被代理人", null=True)
    organization_code = models.CharField("机构", max_length=60, blank=True)
    channel = models.CharField("渠道", max_length=12)
    address = models.CharField("来源地址", max_length=45, blank=True)
    object_kind = models.CharField("对象类别", max_length=60)
    object_id = models.CharField("对象", max_length=80)
    case_id = models.BigIntegerField("办件", null=True, db_index=True)
    details = models.JSONField("摘要", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
