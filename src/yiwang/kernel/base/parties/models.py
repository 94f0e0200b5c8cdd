"""自然人与法人: those whom the government serves."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yiwang.kernel.base.crypto.fields import EncryptedTextField
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.parties.querysets import PartyQuerySet, RepresentationQuerySet


class Party(models.Model):
    """服务对象: a person, an individual business or an organisation.

    Identity numbers, phone and address are encrypted; look-up goes through keyed blind indexes.
    """

    class Kind(models.TextChoices):
        PERSON = "PERSON", "自然人"
        INDIVIDUAL_BUSINESS = "INDIVIDUAL_BUSINESS", "个体工商户"
        LEGAL_PERSON = "LEGAL_PERSON", "法人"
        UNINCORPORATED = "UNINCORPORATED", "非法人组织"

    kind = models.CharField("类别", max_length=24, choices=Kind.choices)
    name = models.CharField("姓名或名称", max_length=120)
    pinyin = models.CharField("拼音排序键", max_length=300, db_index=True)
    citizen_id_no = EncryptedTextField("公民身份号码", purpose="citizen_id_no", null=True)
    citizen_id_no_index = models.BinaryField(
        "身份号码盲索引", max_length=32, null=True, unique=True
    )
    other_id_kind = models.CharField("其他证件种类", max_length=40, blank=True)
    other_id_no = EncryptedTextField("其他证件号码", purpose="other_id_no", null=True)
    other_id_no_index = models.BinaryField("其他证件盲索引", max_length=32, null=True, unique=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, null=True, unique=True)
    phone = EncryptedTextField("手机号", purpose="phone", null=True)
    phone_index = models.BinaryField("手机号盲索引", max_length=32, null=True, db_index=True)
    address = EncryptedTextField("住址", purpose="address", null=True)
    birth_date = models.DateField("出生日期", null=True)
    sex = models.CharField("性别", max_length=6, blank=True)
    household_division = models.ForeignKey(
        Division, verbose_name="户籍地", null=True, on_delete=models.PROTECT, related_name="+"
    )
    residence_division = models.ForeignKey(
        Division, verbose_name="居住地", null=True, on_delete=models.PROTECT, related_name="+"
    )
    operator = models.ForeignKey(
        "self",
        verbose_name="经营者或法定代表人",
        null=True,
        on_delete=models.PROTECT,
        related_name="operated",
    )
    died_on = models.DateField("死亡日期", null=True)
    created_at = models.DateTimeField("建档时间")

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务对象"
        constraints = [
            models.CheckConstraint(
                condition=Q(citizen_id_no_index=None) | Q(kind="PERSON"),
                name="party_id_no_is_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Representation(models.Model):
    """授权代办: a recorded authority to act for another party."""

    class Kind(models.TextChoices):
        PROXY = "PROXY", _("授权代办")
        GUARDIAN = "GUARDIAN", _("监护")
        OPERATOR = "OPERATOR", _("经营者或法定代表人")
        VILLAGE_AGENT = "VILLAGE_AGENT", _("村级代办")

    principal = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="representations")
    agent = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="mandates")
    kind = models.CharField("类别", max_length=20, choices=Kind.choices)
    item_keys = models.JSONField("限于事项", default=list)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True)
    revoked_at = models.DateTimeField("撤销时间", null=True)
    evidence = models.CharField("依据", max_length=200)
    created_at = models.DateTimeField("登记时间")

    objects = RepresentationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "授权代办"
        indexes = [
            models.Index(fields=["agent", "principal"], name="representation_look_up"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="representation_period",
            ),
            models.CheckConstraint(
                condition=~Q(principal=F("agent")), name="representation_of_another"
            ),
        ]
