"""政务服务事项: the catalogue, with item and item version apart."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.ordered_json import OrderedJSONField


class BaseItem(models.Model):
    """基本目录: the name and kind under which a power or service is known to all levels."""

    class ItemKind(models.TextChoices):
        ADMINISTRATIVE_LICENSING = "ADMINISTRATIVE_LICENSING", "行政许可"
        ADMINISTRATIVE_CONFIRMATION = "ADMINISTRATIVE_CONFIRMATION", "行政确认"
        PUBLIC_SERVICE = "PUBLIC_SERVICE", "公共服务"
        OTHER_POWER = "OTHER_POWER", "其他行政权力"

    code = models.CharField("基本编码", max_length=40, primary_key=True)
    name = models.CharField("名称", max_length=120)
    item_kind = models.CharField("事项类型", max_length=30, choices=ItemKind.choices)
    is_confirmed = models.BooleanField("已核实", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "基本目录"


class ServiceItem(models.Model):
    """政务服务事项: the stable thing that citizens know by name."""

    key = models.CharField("键", max_length=80, unique=True)
    base = models.ForeignKey(BaseItem, on_delete=models.PROTECT, related_name="+")
    pack_key = models.CharField("场景包", max_length=80)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "政务服务事项"

    def __str__(self) -> str:
        return self.key


class ItemVersion(models.Model):
    """事项版本: every element as it stood; a case keeps the version that it began with.

    The one in force is ``is_current``. A place with overlays has versions of its own (``place``);
    which of them holds there says the implementation row.
    """

    item = models.ForeignKey(ServiceItem, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField("版本", max_length=80)
    title_zh = models.CharField("名称", max_length=160)
    title_en = models.CharField("英文名称", max_length=200)
    content = OrderedJSONField("要素")
    form = models.ForeignKey(FormDefinition, null=True, on_delete=models.PROTECT, related_name="+")
    process = models.ForeignKey(
        ProcessDefinition, null=True, on_delete=models.PROTECT, related_name="+"
    )
    rules = models.JSONField("规则版本", default=dict)
    place = models.ForeignKey(
        Division, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="叠加区划"
    )
    is_current = models.BooleanField("现行", default=True)
    published_at = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = verbose_name_plural = "事项版本"
        constraints = [
            models.UniqueConstraint(fields=["item", "version"], name="item_version_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(is_current=True), name="item_one_current"
            ),
        ]


class ItemOverlay(models.Model):
    """事项叠加: what a place says of an item over what the pack below it says, by key."""

    pack_key = models.CharField("场景包", max_length=80)
    item_key = models.CharField("事项", max_length=80)
    place = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    pack_version = models.CharField("版本", max_length=40)
    content = OrderedJSONField("内容")
    is_on = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "事项叠加"
        constraints = [
            models.UniqueConstraint(fields=["pack_key", "item_key"], name="overlay_once_per_pack"),
            models.UniqueConstraint(
                fields=["item_key", "place"],
                condition=Q(is_on=True),
                name="overlay_once_per_place",
            ),
        ]


class ImplementationItem(models.Model):
    """实施清单: an item as one competent unit offers it. Search reads only this row."""

    code = models.CharField("实施编码", max_length=80, unique=True)
    item = models.ForeignKey(ServiceItem, on_delete=models.PROTECT, related_name="implementations")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    division_path = models.TextField("区划路径")
    level = models.CharField("层级", max_length=10)
    title_zh = models.CharField("名称", max_length=160)
    title_en = models.CharField("英文名称", max_length=200)
    organization_name = models.CharField("实施主体", max_length=120)
    pinyin = models.CharField("拼音排序键", max_length=400)
    item_kind = models.CharField("事项类型", max_length=30)
    audience = ArrayField(models.CharField(max_length=12), verbose_name="服务对象", default=list)
    life_events = ArrayField(models.CharField(max_length=24), verbose_name="人生事件", default=list)
    is_instant = models.BooleanField("即办", default=False)
    online_depth = models.CharField("网办深度", max_length=8)
    promised_days = models.PositiveSmallIntegerField("承诺工作日", null=True)
    uses = models.PositiveIntegerField("办理量", default=0)
    search = SearchVectorField("检索", null=True)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "实施清单"
        indexes = [
            GinIndex(fields=["search"], name="implementation_search"),
            GinIndex(fields=["life_events"], name="implementation_life_event"),
            models.Index(fields=["organization", "pinyin", "id"], name="implementation_of_unit"),
            models.Index(
                fields=["division_path"],
                name="implementation_place",
                opclasses=["text_pattern_ops"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "organization"], name="implementation_once_per_unit"
            )
        ]
