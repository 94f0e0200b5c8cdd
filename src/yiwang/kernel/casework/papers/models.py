"""文书: numbered, sealed legal papers, and the proof that they were served."""

from django.db import models

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import Case


class PaperNumberBook(models.Model):
    """文号簿: the last number given in one book (unit, kind, year). Its row lock orders papers."""

    book = models.CharField("文号簿", max_length=120, primary_key=True)
    last = models.PositiveIntegerField("最末号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号簿"


class Paper(models.Model):
    """文书: what was told to the applicant, by whom, under which number. Content never changes."""

    class Kind(models.TextChoices):
        CORRECTION = "CORRECTION", "补正材料告知书"
        ACCEPTANCE = "ACCEPTANCE", "受理通知书"
        NON_ACCEPTANCE = "NON_ACCEPTANCE", "不予受理通知书"
        GRANT = "GRANT", "准予决定书"
        REFUSAL = "REFUSAL", "不予许可决定书"
        PAYMENT = "PAYMENT", "缴费通知书"
        ANNULMENT = "ANNULMENT", "撤销决定书"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    number = models.CharField("文号", max_length=60, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    addressee = models.CharField("受送达人", max_length=120)
    content = models.JSONField("内容")
    seal_kind = models.CharField("用印", max_length=20)
    issued_at = models.DateTimeField("制发时间")
    issued_by_id = models.BigIntegerField("制发人")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "文书"


class PaperService(models.Model):
    """送达: when and how the paper reached the person; starts the receiver's own clocks."""

    class Method(models.TextChoices):
        ELECTRONIC = "ELECTRONIC", "电子送达"
        IN_PERSON = "IN_PERSON", "直接送达"
        POST = "POST", "邮寄送达"

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="services")
    method = models.CharField("方式", max_length=12, choices=Method.choices)
    served_at = models.DateTimeField("送达时间")
    proof = models.JSONField("凭证", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "送达"
