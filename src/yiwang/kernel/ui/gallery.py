"""What the gallery shows: one small template per component, and invented data for whole pages."""

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template import loader
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yiwang.kernel.ui import formats
from yiwang.kernel.ui.templatetags.ui import register

# Whole pages, and what their frame needs to know.
SAMPLES: dict[str, dict[str, str]] = {
    "home": {"section": "home"},
    "item": {},
    "form": {},
    "case": {"section": "me"},
    "large": {"edition": "large"},
    "desk": {"panes": "list main side"},
    "inbox": {"panes": "main"},
    "verify": {},
    "paper": {},
}

SWATCHES = (
    "ink", "muted", "line", "line-strong", "paper", "ground", "primary", "primary-hover",
    "primary-tint", "red", "red-tint", "good", "good-tint", "warn", "warn-tint", "hold",
    "hold-tint", "brand-ground", "data-1", "data-2", "data-3", "data-4", "data-5", "data-6",
    "data-7",
)  # fmt: skip

# Section: (anchor, title, examples). An example may show several tags of one family.
SECTIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("tokens", gettext_lazy("颜色、字号、间距"), ("tokens",)),
    ("acts", gettext_lazy("按钮与动作"), ("button", "helpers", "dialog", "disclosure")),
    ("status", gettext_lazy("状态与提示"), ("lamp", "tag", "notice", "banner", "verdict")),
    ("time", gettext_lazy("时限与经过"), ("clock_sentence", "timeline", "steps")),
    ("waiting", gettext_lazy("空、等待与保存"), ("empty", "loading", "saved_state")),
    (
        "forms",
        gettext_lazy("表单"),
        ("error_summary", "field", "choices", "conditional", "fact", "transaction_id"),
    ),
    ("materials", gettext_lazy("材料与文件"), ("material_row", "file_drop")),
    ("voice", gettext_lazy("评价与意见"), ("rating", "stars", "opinion_bar")),
    ("find", gettext_lazy("查找与导航"), ("search_box", "tile", "breadcrumbs", "tabs", "pager")),
    ("data", gettext_lazy("数据"), ("definitions", "data_table", "stat", "list_row", "card")),
    ("papers", gettext_lazy("文书与证照"), ("paper", "licence_card", "seal")),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One piece of the gallery: how it looks, how it is written, what its tags take."""

    name: str
    html: SafeString
    source: str
    tags: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A group of examples."""

    anchor: str
    title: str
    examples: tuple[Example, ...]


def tag_functions() -> dict[str, Any]:
    """Return every tag of the library with the function that defines it."""
    return {name: inspect.unwrap(compiled) for name, compiled in register.tags.items()}


def used_tags(source: str) -> tuple[tuple[str, str, str], ...]:
    """Return name, parameters and first line of the documentation of each tag in a source."""
    found = []
    for name, function in tag_functions().items():
        if f"{{% {name} " not in source and f"{{% {name} %}}" not in source:
            continue
        parameters = [
            str(parameter.replace(annotation=inspect.Parameter.empty))
            for parameter in inspect.signature(function).parameters.values()
            if parameter.name not in ("content", "context")
        ]
        found.append((name, ", ".join(parameters), inspect.getdoc(function) or ""))
    return tuple(found)


def example(name: str, request: HttpRequest) -> Example:
    template = loader.get_template(f"ui/gallery/{name}.html")
    source = str(template.template.source).strip()  # type: ignore[attr-defined]
    return Example(
        name=name,
        html=template.render({"sample": demonstration(), "swatches": SWATCHES}, request),  # type: ignore[arg-type]
        source=source.removeprefix("{% load ui %}").strip(),
        tags=used_tags(source),
    )


def sections(request: HttpRequest) -> list[Section]:
    """Return the whole gallery, rendered for this request."""
    return [
        Section(anchor, str(title), tuple(example(name, request) for name in names))
        for anchor, title, names in SECTIONS
    ]


def demonstration() -> dict[str, Any]:
    """Return invented people, cases and papers; no page outside the gallery uses them."""
    due = date(2026, 12, 8)
    return {
        "due": due,
        "today": date(2026, 11, 23),
        "as_of": date(2026, 10, 9),
        "fee": Decimal("1280.00"),
        "at": datetime(2026, 11, 23, 6, 5, tzinfo=UTC),
        "valid_from": date(2026, 3, 2),
        "valid_until": date(2031, 3, 1),
        "errors": [
            {
                "field": "phone",
                "reason": _("手机号少了一位"),
                "mend": _("请填 11 位数字，例如 138 0000 0000。"),
            },
            {
                "field": "premises",
                "reason": _("没有选经营场所的来源"),
                "mend": _("请在三种里选一种。"),
            },
        ],
        "phone_error": {
            "reason": _("手机号少了一位"),
            "mend": _("请填 11 位数字，例如 138 0000 0000。"),
        },
        "premises": [
            ("owned", _("自有房屋"), _("不动产权证会自动核对，不用上传")),
            ("rented", _("租赁"), _("需要租赁合同的照片")),
            ("market", _("集贸市场摊位"), _("由市场开办者盖章的证明")),
        ],
        "yes_no": [("yes", _("有")), ("no", _("没有"))],
        "banks": [("icbc", _("中国工商银行")), ("abc", _("中国农业银行")), ("psbc", _("邮储银行"))],
        "rule": {"field": "signboard", "equals": "yes"},
        "business": [
            ("catering", _("餐饮服务")),
            ("retail", _("零售")),
            ("repair", _("修理"), _("不含机动车维修")),
        ],
        "breadcrumbs": [(_("首页"), "#home"), (_("开店办企业"), "#shop")],
        "tabs": [
            {"key": "guide", "label": _("办事指南"), "href": "#guide"},
            {"key": "materials", "label": _("申请材料"), "href": "#materials", "count": 5},
            {"key": "questions", "label": _("常见问题"), "href": "#questions"},
        ],
        "steps": [
            {"label": _("选情形"), "href": "#1"},
            {"label": _("核对信息"), "href": "#2"},
            _("填经营信息"),
            _("交材料"),
            _("核对并签名"),
        ],
        "timeline": timeline(),
        "facts": [
            (_("申请人"), _("陈小满")),
            (_("联系电话"), "138 **** 5678"),
            (_("经营场所"), _("滨海路 18 号一层")),
            (_("经营范围"), _("热食类食品制售")),
        ],
        "columns": [
            {"key": "number", "label": _("办件编号"), "href": "href"},
            {"key": "item", "label": _("事项")},
            {"key": "state", "label": _("时限"), "kind": "lamp"},
            {"key": "due", "label": _("最迟办结"), "kind": "date"},
            {"key": "fee", "label": _("费用"), "kind": "money"},
        ],
        "cases": cases(),
        "rating_tags": [("fast", _("办得快")), ("clear", _("讲得清楚")), ("polite", _("态度好"))],
        "phrases": [_("材料齐全，同意受理。"), _("经现场核查，符合条件。"), _("请补正以下材料：")],
        "premises_error": {
            "reason": _("没有选经营场所的来源"),
            "mend": _("请在三种里选一种。"),
        },
        "brief": [
            (_("多久"), _("8 个工作日（法定 20 个）")),
            (_("费用"), _("不收费")),
            (_("在哪办"), _("网上，或任一政务服务大厅")),
            (_("办给谁"), _("个体户、企业、单位食堂")),
        ],
        "contact": [
            (_("经办人"), _("林科员")),
            (_("单位"), _("市场监督管理局")),
            (_("监督电话"), "12345"),
        ],
        "licence_facts": [
            (_("持证人"), _("陈小满")),
            (_("证照编号"), "92440000MA0000000X"),
            (_("发证机关"), _("市场监督管理局")),
            (_("发证日期"), formats.day(date(2026, 3, 2))),
            (_("有效期"), _("长期")),
        ],
        "target": _("目标 95%"),
        "case_trail": [(_("首页"), "#home"), (_("我的办件"), "#cases")],
        "queues": [
            {"key": "mine", "label": _("我的"), "href": "#mine", "count": 4},
            {"key": "unit", "label": _("本单位"), "href": "#unit", "count": 37},
            {"key": "watch", "label": _("关注"), "href": "#watch"},
        ],
        "desk_columns": [
            {"key": "item", "label": _("事项"), "href": "href"},
            {"key": "who", "label": _("申请人")},
            {"key": "number", "label": _("办件编号")},
            {"key": "state", "label": _("时限"), "kind": "lamp"},
            {"key": "due", "label": _("最迟办结"), "kind": "date"},
        ],
        "spec": {"name": "applicant", "label": _("申请人姓名"), "maxlength": 50},
        "files": [
            {"name": _("租赁合同.pdf"), "size_bytes": 1_482_300, "href": "#f", "remove_url": "#r"}
        ],
    }


def timeline() -> list[dict[str, Any]]:
    return [
        {
            "title": _("申请已提交"),
            "at": datetime(2026, 11, 19, 1, 12, tzinfo=UTC),
            "actor": _("陈小满"),
        },
        {
            "title": _("已受理"),
            "at": datetime(2026, 11, 20, 2, 30, tzinfo=UTC),
            "actor": _("市场监督管理局 林科员"),
            "text": _("材料齐全，符合法定形式。"),
            "href": "#paper",
            "link": _("查看受理通知书"),
        },
        {
            "title": _("现场核查"),
            "state": "current",
            "text": _("两名工作人员将在 11月25日 上午到店，请留人开门。"),
        },
        {"title": _("作出决定"), "state": "future"},
        {"title": _("领取证照"), "state": "future"},
    ]


def cases() -> list[dict[str, Any]]:
    kinds = (
        (_("食品经营许可"), "normal", date(2026, 12, 8), "0", _("陈小满")),
        (_("临时占用城市道路审批"), "near", date(2026, 11, 25), "1280", _("海风装饰工程部")),
        (_("公共场所卫生许可"), "overdue", date(2026, 11, 20), "0", _("潮汐理发店")),
        (_("生育登记"), "suspended", date(2026, 12, 1), "0", _("李家宝")),
    )
    return [
        {
            "number": f"20261123{place:06d}",
            "item": item,
            "state": state,
            "due": due,
            "fee": Decimal(fee),
            "who": who,
            "href": f"#case-{place}",
        }
        for place, (item, state, due, fee, who) in enumerate(kinds, start=1)
    ]
