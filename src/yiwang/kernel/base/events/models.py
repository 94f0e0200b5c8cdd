"""事件: the transactional outbox, the only road between nets."""

from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """待发事件: a CloudEvents 1.0 event, written in the transaction of the act that it tells of.

    Two roads lead away from a row and neither waits for the other: consumers inside the platform
    (``dispatched_at``, or ``parked_at`` after the last failed attempt) and, where a NATS address
    is set, the stream (``awaits_publishing`` until the server has stored it).
    """

    sequence = models.BigAutoField("序号", primary_key=True)
    id = models.UUIDField("事件号", unique=True)
    type = models.CharField("类型", max_length=120)
    subject = models.CharField("对象", max_length=120)
    time = models.DateTimeField("发生时间")
    data = models.JSONField("内容", default=dict)
    dispatched_at = models.DateTimeField("分发时间", null=True)
    parked_at = models.DateTimeField("搁置时间", null=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    last_error = models.TextField("最近错误", blank=True)
    awaits_publishing = models.BooleanField("待外发", default=False)
    publish_attempts = models.PositiveSmallIntegerField("外发次数", default=0)
    next_publish_at = models.DateTimeField("下次外发", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待发事件"
        indexes = [
            models.Index(
                fields=["sequence"],
                name="outbox_waiting",
                condition=Q(dispatched_at=None, parked_at=None),
            ),
            models.Index(
                fields=["subject", "sequence"],
                name="outbox_waiting_subject",
                condition=Q(dispatched_at=None, parked_at=None),
            ),
            models.Index(fields=["sequence"], name="outbox_parked", condition=~Q(parked_at=None)),
            models.Index(
                fields=["sequence"], name="outbox_unpublished", condition=Q(awaits_publishing=True)
            ),
        ]


class ConsumedEvent(models.Model):
    """已收事件: the consumer's inbox; a repeated event is recognised by it."""

    consumer = models.CharField("消费者", max_length=80)
    event_id = models.UUIDField("事件号")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "已收事件"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "consumer"], name="event_consumed_once")
        ]
