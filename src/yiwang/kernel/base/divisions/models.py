"""行政区划: the tree of places, and who runs whom."""

from django.db import models
from django.db.models import F, Q

from yiwang.kernel.base.divisions.querysets import DivisionQuerySet


class Division(models.Model):
    """行政区划: a place with a 12-digit code, statutory or local.

    ``path`` is the stored ancestry over ``managed_by``: codes joined and closed by ``/``. A town
    whose code lies under one county may be run by a functional zone; the path follows who runs it.
    """

    class Level(models.TextChoices):
        CITY = "CITY", "市"
        COUNTY = "COUNTY", "县（市、区）"
        TOWN = "TOWN", "镇（街道）"
        VILLAGE = "VILLAGE", "村（社区）"

    class Kind(models.TextChoices):
        STATUTORY = "STATUTORY", "法定行政区划"
        FUNCTIONAL_ZONE = "FUNCTIONAL_ZONE", "功能区"
        FARM = "FARM", "农林场"
        PRISON = "PRISON", "监狱"
        OTHER = "OTHER", "其他类似乡级单位"

    code = models.CharField("行政区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=80)
    pinyin = models.CharField("拼音排序键", max_length=200, db_index=True)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    kind = models.CharField("性质", max_length=20, choices=Kind.choices)
    code_source = models.CharField("代码来源", max_length=80)
    is_local_code = models.BooleanField("地方扩展代码", default=False)
    parent = models.ForeignKey(
        "self", verbose_name="代码上级", null=True, on_delete=models.PROTECT, related_name="+"
    )
    managed_by = models.ForeignKey(
        "self", verbose_name="管理上级", null=True, on_delete=models.PROTECT, related_name="+"
    )
    path = models.TextField("管理路径")
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True)
    successor = models.ForeignKey(
        "self", verbose_name="承继区划", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        indexes = [
            models.Index(fields=["path"], name="division_path_like", opclasses=["text_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class DivisionManagement(models.Model):
    """管理关系: which place ran this one, from when to when."""

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="managements")
    manager = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True)
    source = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "区划管理关系"
        constraints = [
            models.UniqueConstraint(
                fields=["division"], condition=Q(valid_to=None), name="division_one_manager"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="division_management_period",
            ),
        ]
