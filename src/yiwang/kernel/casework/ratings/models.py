"""好差评: what those who were served thought of each contact."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party


class Contact(models.TextChoices):
    """评价环节: the contact that is rated (一次一评), or the case as a whole (一事一评)."""

    RECEIVE = "RECEIVE", "收件"
    ACCEPT = "ACCEPT", "受理"
    CORRECT = "CORRECT", "补正"
    CHECK = "CHECK", "现场核查"
    DECIDE = "DECIDE", "决定"
    DELIVER = "DELIVER", "送达取证"
    CASE = "CASE", "整件事"


class Grade(models.TextChoices):
    """评价等级: the five grades; the last two are a bad rating (差评)."""

    VERY_SATISFIED = "VERY_SATISFIED", "非常满意"
    SATISFIED = "SATISFIED", "满意"
    MOSTLY_SATISFIED = "MOSTLY_SATISFIED", "基本满意"
    DISSATISFIED = "DISSATISFIED", "不满意"
    VERY_DISSATISFIED = "VERY_DISSATISFIED", "非常不满意"


class Channel(models.TextChoices):
    """评价渠道: where the rating was given. WINDOW and VILLAGE: typed in for the person."""

    ONLINE = "ONLINE", "网上"
    WINDOW = "WINDOW", "窗口"
    KIOSK = "KIOSK", "自助终端"
    VILLAGE = "VILLAGE", "村级代办点"
    API = "API", "接口"


class Rating(models.Model):
    """评价: one version of one party's grade for one contact of one case.

    A second thought is a new version; the first stays. ``is_current`` marks the version that
    counts. A DEFAULT rating is one that the rules made because nobody rated: it is counted apart
    and this release makes none.
    """

    class Source(models.TextChoices):
        REAL = "REAL", "本人评价"
        DEFAULT = "DEFAULT", "默认评价"

    case = models.ForeignKey(
        "cases.Case", verbose_name="办件", on_delete=models.PROTECT, related_name="+"
    )
    party = models.ForeignKey(
        Party, verbose_name="评价人", on_delete=models.PROTECT, related_name="+"
    )
    contact = models.CharField("评价环节", max_length=10, choices=Contact.choices)
    version = models.PositiveSmallIntegerField("版本", default=1)
    is_current = models.BooleanField("有效版本", default=True)
    grade = models.CharField("等级", max_length=20, choices=Grade.choices)
    tags = models.JSONField("评价标签", default=list)
    comment = models.CharField("评价内容", max_length=1000, blank=True)
    channel = models.CharField("渠道", max_length=12, choices=Channel.choices)
    source = models.CharField("来源", max_length=8, choices=Source.choices, default=Source.REAL)
    organization = models.ForeignKey(
        Organization, verbose_name="被评单位", on_delete=models.PROTECT, related_name="+"
    )
    org_path = models.TextField("机构路径")
    division_path = models.TextField("区划路径")
    item_key = models.CharField("事项", max_length=120)
    account_id = models.BigIntegerField("录入账号")
    at = models.DateTimeField("评价时间")

    class Meta:
        verbose_name = verbose_name_plural = "评价"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "contact", "party", "version"], name="rating_version_once"
            ),
            models.UniqueConstraint(
                fields=["case", "contact", "party"],
                condition=Q(is_current=True),
                name="rating_one_current",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="rating_period", condition=Q(is_current=True)),
            models.Index(
                fields=["org_path"], name="rating_org_path", opclasses=["text_pattern_ops"]
            ),
        ]
