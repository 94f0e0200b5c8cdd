"""Rows of 项目: kinds from packs, dossiers, and which case belongs to which stage."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.ordered_json import OrderedJSONField


class DossierKind(models.Model):
    """项目类别: one immutable version; a dossier stays on the one it was opened with."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=80)
    content = OrderedJSONField("内容")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目类别"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="dossier_kind_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="dossier_kind_one_current"
            ),
        ]


class Dossier(models.Model):
    """项目: an undertaking of one party at one place. ``code`` is the national project code."""

    code = models.CharField("项目代码", max_length=40, unique=True)
    name = models.CharField("项目名称", max_length=200)
    kind = models.ForeignKey(DossierKind, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, verbose_name="建设单位", on_delete=models.PROTECT, related_name="+"
    )
    organization = models.ForeignKey(
        Organization, verbose_name="牵头单位", on_delete=models.PROTECT, related_name="+"
    )
    org_path = models.TextField("机构路径")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    division_path = models.TextField("区划路径")
    opened_at = models.DateTimeField("建档时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        indexes = [models.Index(fields=["organization", "-id"], name="dossier_of_unit")]

    def __str__(self) -> str:
        return self.code


class DossierCase(models.Model):
    """项目办件: a case in a stage of one dossier."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="filed")
    stage = models.CharField("阶段", max_length=60)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField("归入时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目办件"
        indexes = [models.Index(fields=["dossier", "stage"], name="dossier_stage")]
