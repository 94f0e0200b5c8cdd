"""申请: the services detail of a case, with its materials and legal moments."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.items.models import ImplementationItem, ItemVersion


class Application(models.Model):
    """申请: what was asked, on which version of the item, and each legal moment.

    Data class: personal. Retention: as the item's archive rule says, never less than the case.
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="application"
    )
    implementation = models.ForeignKey(
        ImplementationItem, on_delete=models.PROTECT, related_name="+"
    )
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField("事项键", max_length=80, db_index=True)
    client_id = models.UUIDField("提交号", unique=True)
    circumstances = models.JSONField("情形", default=dict)
    form_data = models.JSONField("表单", default=dict)
    checks = models.JSONField("核验结果", default=dict)
    received_at = models.DateTimeField("收件时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    is_deemed_accepted = models.BooleanField("逾期视为受理", default=False)
    decided_at = models.DateTimeField("决定时间", null=True)
    decision = models.CharField("决定", max_length=12, blank=True)
    decision_reason = models.TextField("理由", blank=True)
    is_automatic = models.BooleanField("秒批", default=False)
    signed_digest = models.CharField("签名内容摘要", max_length=64)
    signature = models.TextField("申请人电子签名")
    signer_level = models.PositiveSmallIntegerField("签名时认证级别")
    delivery = models.CharField("取件方式", max_length=12, default="ELECTRONIC")

    class Meta:
        verbose_name = verbose_name_plural = "申请"


class ApplicationMaterial(models.Model):
    """申请材料: one asked material and what stands for it."""

    class Source(models.TextChoices):
        LICENCE = "LICENCE", "电子证照"
        DATA = "DATA", "数据共享"
        PROMISE = "PROMISE", "告知承诺"
        UPLOAD = "UPLOAD", "上传"
        PAPER = "PAPER", "窗口收取"
        DEFERRED = "DEFERRED", "承诺容缺后补"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="materials")
    key = models.CharField("材料键", max_length=60)
    title_zh = models.CharField("材料", max_length=160)
    title_en = models.CharField("英文名称", max_length=200)
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    licence = models.ForeignKey(Licence, null=True, on_delete=models.PROTECT, related_name="+")
    promise_text = models.TextField("承诺内容", blank=True)
    round = models.PositiveSmallIntegerField("第几次提交", default=0)
    is_current = models.BooleanField("现行", default=True)
    added_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "申请材料"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "key"],
                condition=Q(is_current=True),
                name="material_one_current",
            )
        ]


class CorrectionRequest(models.Model):
    """补正: all points at once, asked once (行政许可法 第三十二条)."""

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="correction"
    )
    points = models.JSONField("补正内容")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("告知时间")
    supplied_at = models.DateTimeField("补正时间", null=True)
    signed_digest = models.CharField("补正后内容摘要", max_length=64, blank=True)
    signature = models.TextField("补正人电子签名", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正"


class SiteCheck(models.Model):
    """现场核查: who looked, what they found (行政许可法 第三十四条: two officers or more)."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="site_checks"
    )
    officers = models.JSONField("核查人员")
    findings = models.JSONField("核查情况")
    passed = models.BooleanField("符合要求")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "现场核查"


class BreachRecord(models.Model):
    """失信承诺: a false promise; the party may promise no more (告知承诺)."""

    party_id = models.BigIntegerField("主体", db_index=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=40)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "失信承诺记录"


class ThirdParty(models.Model):
    """利害关系人: told before the decision, and what they said (行政许可法 第三十六条).

    Data class: personal. Retention: as the case.
    """

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="third_parties"
    )
    name = models.CharField("姓名或者名称", max_length=120)
    interest = models.TextField("涉及的重大利益")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField("告知时间")
    answer_by = models.DateField("提出意见截止日期")
    view = models.TextField("意见", blank=True)
    view_at = models.DateTimeField("提出意见时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "利害关系人"
        constraints = [
            models.UniqueConstraint(fields=["application", "name"], name="third_party_once"),
        ]


class Hearing(models.Model):
    """听证: the right told, the request, the day, the record (行政许可法 第四十七、四十八条)."""

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="hearing"
    )
    told_at = models.DateTimeField("告知时间")
    requested_at = models.DateTimeField("申请时间", null=True)
    request_reason = models.TextField("申请理由", blank=True)
    is_waived = models.BooleanField("逾期未申请", default=False)
    held_at = models.DateTimeField("举行时间", null=True)
    place = models.CharField("地点", max_length=200, blank=True)
    recorded_at = models.DateTimeField("笔录时间", null=True)
    record = models.TextField("笔录摘要", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "听证"


class PromiseRecord(models.Model):
    """告知承诺: what was promised, on which paper, and what the check afterwards found."""

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="promise"
    )
    text = models.TextField("承诺内容")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    promised_at = models.DateTimeField("承诺时间")
    checked_at = models.DateTimeField("核查时间", null=True)
    is_kept = models.BooleanField("承诺属实", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "告知承诺"
