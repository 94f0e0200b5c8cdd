"""非税支付: what a person owes the treasury for an act, and what became of it."""

from django.db import models
from django.db.models import F, Q

from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party


class Bill(models.Model):
    """缴款单: an amount owed for a case, in yuan with two decimals.

    ``payment_code`` and ``pay_url`` come from the bank and are empty until it has the bill.
    ``refunded_yuan`` counts only what the bank has sent back.
    """

    class Status(models.TextChoices):
        UNPAID = "UNPAID", "待缴款"
        PAID = "PAID", "已缴款"
        PART_REFUNDED = "PART_REFUNDED", "已部分退款"
        REFUNDED = "REFUNDED", "已退款"
        CANCELLED = "CANCELLED", "已作废"

    number = models.CharField("缴款单号", max_length=20, unique=True)
    case = models.ForeignKey(
        "cases.Case", verbose_name="办件", on_delete=models.PROTECT, related_name="+"
    )
    party = models.ForeignKey(
        Party, verbose_name="缴款人", on_delete=models.PROTECT, related_name="+"
    )
    organization = models.ForeignKey(
        Organization, verbose_name="执收单位", on_delete=models.PROTECT, related_name="+"
    )
    items = models.JSONField("收费明细")
    amount_yuan = models.DecimalField("应缴金额（元）", max_digits=14, decimal_places=2)
    refunded_yuan = models.DecimalField(
        "已退金额（元）", max_digits=14, decimal_places=2, default=0
    )
    status = models.CharField("状态", max_length=14, choices=Status.choices, default=Status.UNPAID)
    gateway = models.CharField("收款渠道", max_length=40)
    payment_code = models.CharField("缴款码", max_length=40, blank=True)
    pay_url = models.CharField("缴款地址", max_length=300, blank=True)
    due_date = models.DateField("缴款期限", null=True)
    issued_at = models.DateTimeField("开单时间")
    paid_at = models.DateTimeField("缴款时间", null=True)
    bank_ref = models.CharField("银行流水号", max_length=80, blank=True)
    cancelled_at = models.DateTimeField("作废时间", null=True)
    cancel_reason = models.CharField("作废原因", max_length=200, blank=True)
    bank_attempts = models.PositiveIntegerField("银行往来次数", default=0)
    next_bank_call_at = models.DateTimeField("下次银行往来", null=True)
    awaits_closing = models.BooleanField("待银行关闭", default=False)
    last_error = models.CharField("最近错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "缴款单"
        constraints = [
            models.CheckConstraint(condition=Q(amount_yuan__gt=0), name="bill_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_yuan__gte=0) & Q(refunded_yuan__lte=F("amount_yuan")),
                name="bill_refund_within_amount",
            ),
            models.UniqueConstraint(
                fields=["gateway", "payment_code"],
                condition=~Q(payment_code=""),
                name="bill_payment_code_once",
            ),
            models.CheckConstraint(
                condition=Q(paid_at=None, status__in=["UNPAID", "CANCELLED"])
                | Q(paid_at__isnull=False, status__in=["PAID", "PART_REFUNDED", "REFUNDED"]),
                name="bill_paid_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="bill_to_register",
                condition=Q(payment_code="", status="UNPAID"),
            ),
            models.Index(fields=["id"], name="bill_to_close", condition=Q(awaits_closing=True)),
        ]

    def __str__(self) -> str:
        return self.number


class PaymentNotice(models.Model):
    """到账通知: what the bank told us, kept as it came. Only a rightly signed one is kept."""

    class Outcome(models.TextChoices):
        ACCEPTED = "ACCEPTED", "已入账"
        WRONG_AMOUNT = "WRONG_AMOUNT", "金额不符"
        ALREADY_PAID = "ALREADY_PAID", "重复缴款"
        CANCELLED_BILL = "CANCELLED_BILL", "缴款单已作废"
        UNKNOWN_BILL = "UNKNOWN_BILL", "查无缴款单"

    gateway = models.CharField("收款渠道", max_length=40)
    transaction_id = models.CharField("银行流水号", max_length=80)
    bill = models.ForeignKey(
        Bill, verbose_name="缴款单", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    amount_yuan = models.DecimalField("到账金额（元）", max_digits=14, decimal_places=2)
    outcome = models.CharField("处理结果", max_length=16, choices=Outcome.choices)
    bank_time = models.DateTimeField("银行入账时间")
    raw = models.TextField("原文")
    signature = models.CharField("签名", max_length=200)
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "到账通知"
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "transaction_id"], name="bank_transaction_once"
            )
        ]


class Refund(models.Model):
    """退款: money on its way back, of one bank transaction.

    REFUND gives back part or all of a paid bill. RETURN gives back money that was never owed (a
    second payment, a wrong amount, a payment after cancellation) and leaves the bill as it is.
    """

    class Kind(models.TextChoices):
        REFUND = "REFUND", "退费"
        RETURN = "RETURN", "错缴退回"

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "退款中"
        DONE = "DONE", "已退款"
        FAILED = "FAILED", "退款失败"

    number = models.CharField("退款单号", max_length=20, unique=True)
    bill = models.ForeignKey(
        Bill, verbose_name="缴款单", on_delete=models.PROTECT, related_name="refunds"
    )
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    transaction_id = models.CharField("原银行流水号", max_length=80)
    amount_yuan = models.DecimalField("退款金额（元）", max_digits=14, decimal_places=2)
    reason = models.CharField("退款原因", max_length=200)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    bank_ref = models.CharField("退款流水号", max_length=80, blank=True)
    requested_by_id = models.BigIntegerField("申请账号")
    requested_at = models.DateTimeField("申请时间")
    done_at = models.DateTimeField("退款时间", null=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "退款"
        constraints = [
            models.CheckConstraint(condition=Q(amount_yuan__gt=0), name="refund_amount_positive")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="refund_to_send", condition=Q(status="REQUESTED")
            ),
        ]


class Reconciliation(models.Model):
    """对账: one day of one gateway compared with our books; a repeat is a new row."""

    gateway = models.CharField("收款渠道", max_length=40)
    day = models.DateField("对账日")
    bank_count = models.PositiveIntegerField("银行笔数")
    bank_yuan = models.DecimalField("银行金额（元）", max_digits=16, decimal_places=2)
    our_count = models.PositiveIntegerField("本地笔数")
    our_yuan = models.DecimalField("本地金额（元）", max_digits=16, decimal_places=2)
    differences = models.JSONField("差异", default=list)
    at = models.DateTimeField("时间")
    account_id = models.BigIntegerField("操作账号")

    class Meta:
        verbose_name = verbose_name_plural = "对账"
        indexes = [models.Index(fields=["gateway", "-day"], name="reconciliation_of_day")]
