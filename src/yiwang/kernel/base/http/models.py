"""幂等键: the first answer to a write, given again when the write is repeated."""

from django.db import models


class IdempotentRequest(models.Model):
    """幂等请求: key of the client, digest of what it sent, and what it was answered."""

    account_id = models.BigIntegerField("账号")
    key = models.CharField("幂等键", max_length=80)
    operation = models.CharField("操作", max_length=120)
    body_digest = models.CharField("内容摘要", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", null=True)
    response = models.JSONField("回答", null=True)
    created_at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "幂等请求"
        constraints = [
            models.UniqueConstraint(fields=["account_id", "key"], name="idempotency_key_once")
        ]
