"""机构、岗位、任职: who does the government's work, and in which seat."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yiwang.kernel.base.divisions.models import Division


class Organization(models.Model):
    """机构: a unit of government with the functions that it is competent for.

    ``path`` holds the codes from the top unit down, joined and closed by ``/``. ``functions`` are
    pack-defined keys (``market_supervision``): an item names a function and a level, and the unit
    that has it in the applicant's place is found by them.
    """

    class Kind(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", "政府"
        DEPARTMENT = "DEPARTMENT", "部门"
        GRASSROOTS = "GRASSROOTS", "镇村机构"
        HALL = "HALL", "政务服务大厅"

    code = models.CharField("机构编码", max_length=60, primary_key=True)
    name = models.CharField("机构全称", max_length=120)
    short_name = models.CharField("简称", max_length=60)
    paper_prefix = models.CharField("文书机关代字", max_length=20)
    pinyin = models.CharField("拼音排序键", max_length=300, db_index=True)
    kind = models.CharField("性质", max_length=20, choices=Kind.choices)
    division = models.ForeignKey(
        Division, verbose_name="所属区划", on_delete=models.PROTECT, related_name="+"
    )
    parent = models.ForeignKey(
        "self", verbose_name="上级机构", null=True, on_delete=models.PROTECT, related_name="+"
    )
    path = models.TextField("机构路径")
    functions = ArrayField(models.CharField(max_length=60), verbose_name="职能", default=list)
    phone = models.CharField("咨询电话", max_length=40, blank=True)
    address = models.CharField("办公地址", max_length=200, blank=True)
    hours = models.CharField("办公时间", max_length=200, blank=True)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        indexes = [
            models.Index(fields=["path"], name="org_path_like", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """角色: the permissions that a seat carries. Defined by packs, never named in code."""

    key = models.CharField("角色键", max_length=60, primary_key=True)
    title = models.CharField("名称", max_length=60)
    title_en = models.CharField("英文名称", max_length=60)
    permissions = ArrayField(models.CharField(max_length=80), verbose_name="权限", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "角色"


class Post(models.Model):
    """岗位: a seat in a unit with its roles.

    ``scope`` says which places it reaches, ``unit_scope`` which units: a window of the hall takes
    papers for every department of its government, so its seat reaches the government's subtree.
    """

    key = models.CharField("岗位键", max_length=120, primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="posts")
    title = models.CharField("岗位名称", max_length=60)
    roles = models.ManyToManyField(Role, verbose_name="角色", related_name="+")
    scope = models.ForeignKey(
        Division, verbose_name="管辖区划", on_delete=models.PROTECT, related_name="+"
    )
    unit_scope = models.ForeignKey(
        Organization, verbose_name="管辖机构", on_delete=models.PROTECT, related_name="+"
    )
    is_leader = models.BooleanField("负责人岗位", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "岗位"


class PostHolding(models.Model):
    """任职: a person in a seat from one day to another. One person may hold several."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    account_id = models.BigIntegerField("账号", db_index=True)
    valid_from = models.DateField("任职日期")
    valid_to = models.DateField("免职日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="holding_period",
            ),
            models.UniqueConstraint(
                fields=["post", "account_id"], condition=Q(valid_to=None), name="holding_once"
            ),
        ]
