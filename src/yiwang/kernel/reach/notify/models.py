"""消息通知: templates, messages, and what became of each."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.crypto.fields import EncryptedTextField
from yiwang.kernel.base.parties.models import Party


class Channel(models.TextChoices):
    """通知渠道."""

    IN_APP = "IN_APP", "站内消息"
    SMS = "SMS", "短信"


class Template(models.Model):
    """通知模板: words with ``{placeholders}`` for one key and channel, in both languages.

    ``is_mandatory``: a notice with legal or security effect; the person cannot opt out of it and
    quiet hours do not hold it back.
    """

    key = models.CharField("模板键", max_length=120)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    title_zh = models.CharField("标题", max_length=120)
    title_en = models.CharField("英文标题", max_length=200)
    body_zh = models.TextField("正文")
    body_en = models.TextField("英文正文")
    link = models.CharField("链接", max_length=200, blank=True)
    is_mandatory = models.BooleanField("必达", default=False)
    pack_key = models.CharField("场景包", max_length=120, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知模板"
        constraints = [
            models.UniqueConstraint(fields=["key", "channel"], name="notice_template_once")
        ]


class Binding(models.Model):
    """通知绑定: which event sends which template, for all cases or for those of its own pack.

    ``step.<key>`` stands for a case that has come to rest at the step of that key.
    """

    event_type = models.CharField("事件类型", max_length=120, db_index=True)
    template_key = models.CharField("模板键", max_length=120)
    for_all = models.BooleanField("适用于所有办件", default=False)
    pack_key = models.CharField("场景包", max_length=120, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知绑定"
        constraints = [
            models.UniqueConstraint(
                fields=["event_type", "template_key"], name="notice_binding_once"
            )
        ]


class OptOut(models.Model):
    """退订: a party that does not want a channel (for what may be opted out of)."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "退订"
        constraints = [models.UniqueConstraint(fields=["party", "channel"], name="opt_out_once")]


class Message(models.Model):
    """消息: one notice to one party on one channel, its words as they were sent.

    A text message goes out in ``language``; an in-app message is read in either.
    ``client_id`` names the message for the gateway, so that a repeated sending is one message.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "待发送"
        SENT = "SENT", "已发送"
        DELIVERED = "DELIVERED", "已送达"
        FAILED = "FAILED", "发送失败"

    party = models.ForeignKey(
        Party, verbose_name="接收人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    account_id = models.BigIntegerField("账号", null=True)
    phone = EncryptedTextField("接收号码", purpose="message_phone", null=True)
    channel = models.CharField("渠道", max_length=8, choices=Channel.choices)
    template_key = models.CharField("模板键", max_length=120)
    title = models.CharField("标题", max_length=200)
    title_en = models.CharField("英文标题", max_length=200)
    body = EncryptedTextField("正文", purpose="message_body")
    body_en = EncryptedTextField("英文正文", purpose="message_body")
    link = models.CharField("链接", max_length=200, blank=True)
    language = models.CharField("语言", max_length=8)
    case = models.ForeignKey(
        "cases.Case", verbose_name="办件", null=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    client_id = models.CharField("客户端编号", max_length=120, unique=True)
    created_at = models.DateTimeField("生成时间")
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    send_before = models.DateTimeField("有效至", null=True)
    gateway = models.CharField("发送渠道商", max_length=40, blank=True)
    provider_ref = models.CharField("渠道商编号", max_length=80, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False) | Q(phone__isnull=False),
                name="message_has_a_receiver",
            ),
            models.UniqueConstraint(
                fields=["gateway", "provider_ref"],
                condition=~Q(provider_ref=""),
                name="message_provider_ref_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["party", "-created_at", "-id"],
                name="message_in_app",
                condition=Q(channel="IN_APP"),
            ),
            models.Index(
                fields=["party"],
                name="message_unread",
                condition=Q(channel="IN_APP", read_at=None),
            ),
            models.Index(
                fields=["next_attempt_at"], name="message_to_send", condition=Q(status="QUEUED")
            ),
        ]


class DeliveryAttempt(models.Model):
    """发送尝试: one call to one gateway; several rows tell how a message fell over to another."""

    class Outcome(models.TextChoices):
        SENT = "SENT", "已接收"
        RETRY = "RETRY", "稍后重试"
        REFUSED = "REFUSED", "被拒绝"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="delivery_attempts")
    gateway = models.CharField("发送渠道商", max_length=40)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    error = models.CharField("错误", max_length=300, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "发送尝试"


class Receipt(models.Model):
    """回执: what the gateway said about a message afterwards. The same receipt counts once."""

    class Status(models.TextChoices):
        DELIVERED = "DELIVERED", "已送达"
        UNDELIVERED = "UNDELIVERED", "未送达"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    status = models.CharField("状态", max_length=12, choices=Status.choices)
    reason = models.CharField("原因", max_length=120, blank=True)
    provider_time = models.DateTimeField("渠道商时间")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "回执"
        constraints = [
            models.UniqueConstraint(fields=["message", "status"], name="receipt_counts_once")
        ]
