"""规则: versioned decision tables."""

from django.db import models
from django.db.models import Q

from yiwang.kernel.ordered_json import OrderedJSONField


class RuleDefinition(models.Model):
    """规则定义: one immutable version of a decision table, as its pack brought it."""

    key = models.CharField("键", max_length=80)
    version = models.CharField("版本", max_length=80)
    content = OrderedJSONField("内容")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则定义"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="rule_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_current=True), name="rule_one_current"
            ),
        ]
