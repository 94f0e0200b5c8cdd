"""电子证照: types, licences, status, consent and use."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.ordered_json import OrderedJSONField


class LicenceType(models.Model):
    """证照类型: one immutable version of a catalogue entry."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=80)
    title_zh = models.CharField("名称", max_length=120)
    title_en = models.CharField("英文名称", max_length=120)
    content = OrderedJSONField("内容")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "证照类型"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="licence_type_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="licence_type_one_current"
            ),
        ]


class Licence(models.Model):
    """电子证照: the signed record is the licence; its sealed PDF is drawn when first asked for."""

    class Status(models.TextChoices):
        VALID = "VALID", "有效"
        SUSPENDED = "SUSPENDED", "暂扣"
        RECALLED = "RECALLED", "撤回"
        ANNULLED = "ANNULLED", "撤销"
        REVOKED = "REVOKED", "吊销"
        DEREGISTERED = "DEREGISTERED", "注销"
        REPLACED = "REPLACED", "已换发"

    number = models.CharField("证照编号", max_length=60)
    version = models.PositiveSmallIntegerField("第几版", default=1)
    predecessor = models.ForeignKey(
        "self", verbose_name="前一版", null=True, on_delete=models.PROTECT, related_name="+"
    )
    type = models.ForeignKey(LicenceType, on_delete=models.PROTECT, related_name="+")
    type_key = models.CharField("类型键", max_length=80)
    holder = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        Party,
        verbose_name="持证主体的经营者",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    holder_name = models.CharField("持证主体", max_length=120)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField("状态", max_length=14, choices=Status.choices)
    issued_at = models.DateTimeField("颁发时间")
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True)
    record = models.JSONField("签名的记录")
    signed = models.TextField("签名后的记录")
    signing_key_id = models.CharField("签名密钥", max_length=64)
    verification_code = models.CharField("核验码", max_length=32, unique=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "电子证照"
        constraints = [
            models.UniqueConstraint(
                fields=["type_key", "number", "version"], name="licence_number_once"
            ),
            models.UniqueConstraint(fields=["predecessor"], name="licence_one_successor"),
        ]
        indexes = [
            models.Index(fields=["holder", "type_key"], name="licence_of_holder"),
            models.Index(fields=["owner"], name="licence_of_owner", condition=~Q(owner=None)),
        ]


class LicenceStatusChange(models.Model):
    """状态变更: appended; the four different ends are kept apart."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="status_changes")
    status = models.CharField("状态", max_length=14, choices=Licence.Status.choices)
    reason = models.TextField("原因")
    legal_basis = models.CharField("依据", max_length=200)
    at = models.DateTimeField("时间")
    account_id = models.BigIntegerField("办理人")

    class Meta:
        verbose_name = verbose_name_plural = "证照状态变更"


class LicenceConsent(models.Model):
    """用证授权: who may use which licence for which purpose, until when."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField("用途", max_length=200)
    subject = models.CharField("对象", max_length=120)
    granted_by_id = models.BigIntegerField("授权人")
    granted_at = models.DateTimeField("授权时间")
    valid_until = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "用证授权"


class LicenceUse(models.Model):
    """用证记录: every use, shown to the holder."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="uses")
    consent = models.ForeignKey(
        LicenceConsent, null=True, on_delete=models.PROTECT, related_name="+"
    )
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    account_id = models.BigIntegerField("使用人")
    organization_name = models.CharField("使用机构", max_length=120, blank=True)
    purpose = models.CharField("用途", max_length=200)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "用证记录"
        indexes = [models.Index(fields=["licence", "-id"], name="licence_use_trace")]
