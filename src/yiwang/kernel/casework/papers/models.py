"""文书: numbered, sealed legal papers, and the proof that they were served."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case


class PaperNumberBook(models.Model):
    """文号簿: the last number given in one book (unit, kind, year). Its row lock orders papers."""

    book = models.CharField("文号簿", max_length=120, primary_key=True)
    last = models.PositiveIntegerField("最末号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号簿"


class Paper(models.Model):
    """文书: what was told to whom, by whom, under which number. Content never changes.

    ``starts`` names the receiver's own periods that run from its service (``review``).
    """

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", "收件凭证"
        CORRECTION = "CORRECTION", "补正材料告知书"
        ACCEPTANCE = "ACCEPTANCE", "受理通知书"
        DEFERRED_ACCEPTANCE = "DEFERRED_ACCEPTANCE", "容缺受理通知书"
        NON_ACCEPTANCE = "NON_ACCEPTANCE", "不予受理通知书"
        SPECIAL_PROCEDURE = "SPECIAL_PROCEDURE", "特别程序告知书"
        EXTENSION = "EXTENSION", "延长办理期限告知书"
        THIRD_PARTY_NOTICE = "THIRD_PARTY_NOTICE", "利害关系人告知书"
        HEARING_RIGHT = "HEARING_RIGHT", "听证权利告知书"
        HEARING_NOTICE = "HEARING_NOTICE", "听证通知书"
        PROMISE = "PROMISE", "告知承诺书"
        GRANT = "GRANT", "准予决定书"
        REFUSAL = "REFUSAL", "不予许可决定书"
        PAYMENT = "PAYMENT", "缴费通知书"
        ANNULMENT = "ANNULMENT", "撤销决定书"
        DEREGISTRATION = "DEREGISTRATION", "注销决定书"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    number = models.CharField("文号", max_length=60, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    addressee = models.CharField("受送达人", max_length=120)
    addressee_party = models.ForeignKey(
        Party, verbose_name="受送达主体", null=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField("内容")
    starts = models.JSONField("送达后起算", default=list)
    seal_kind = models.CharField("用印", max_length=20)
    issued_at = models.DateTimeField("制发时间")
    issued_by_id = models.BigIntegerField("制发人")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        indexes = [
            models.Index(fields=["case", "id"], name="paper_of_case"),
            models.Index(fields=["organization", "-id"], name="paper_of_unit"),
        ]


class PaperService(models.Model):
    """送达: one way in which a paper was brought to the person, with its proof.

    What is on its way (posted, published) has no ``served_at`` yet. A paper is served once: that
    date starts the receiver's own periods, and no later service moves it.
    """

    class Method(models.TextChoices):
        ELECTRONIC = "ELECTRONIC", "电子送达"
        IN_PERSON = "IN_PERSON", "直接送达"
        POST = "POST", "邮寄送达"
        LEFT = "LEFT", "留置送达"
        PUBLIC_NOTICE = "PUBLIC_NOTICE", "公告送达"

    class State(models.TextChoices):
        ON_THE_WAY = "ON_THE_WAY", "送达中"
        SERVED = "SERVED", "已送达"
        RETURNED = "RETURNED", "未送达"

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="services")
    method = models.CharField("方式", max_length=16, choices=Method.choices)
    state = models.CharField("状态", max_length=12, choices=State.choices)
    begun_at = models.DateTimeField("发出时间")
    served_at = models.DateTimeField("送达时间", null=True)
    proof = models.JSONField("凭证", default=dict)
    recorded_by_id = models.BigIntegerField("登记人")

    class Meta:
        verbose_name = verbose_name_plural = "送达"
        constraints = [
            models.UniqueConstraint(
                fields=["paper"], condition=Q(state="SERVED"), name="paper_served_once"
            ),
            models.UniqueConstraint(
                fields=["paper", "method"],
                condition=Q(state="ON_THE_WAY"),
                name="paper_on_the_way_once",
            ),
            models.CheckConstraint(
                condition=Q(state="SERVED", served_at__isnull=False)
                | (~Q(state="SERVED") & Q(served_at=None)),
                name="paper_served_has_time",
            ),
        ]


class PaperServiceFile(models.Model):
    """送达凭证文件: a signed receipt, a photograph, the page of a notice."""

    service = models.ForeignKey(PaperService, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "送达凭证文件"
        constraints = [models.UniqueConstraint(fields=["service", "file"], name="paper_proof_once")]
