"""What the tags promise: labels, ties, errors, states; and that text stays text."""

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.ui import icons


class Reader(HTMLParser):
    """Collects tags, their attributes and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(source: str, **context: Any) -> Reader:
    reader = Reader()
    reader.feed(shown(source, **context))
    return reader


def shown(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def one(reader: Reader, tag: str, **attributes: str) -> dict[str, str | None]:
    found = [
        attrs
        for name, attrs in reader.tags
        if name == tag and all(attrs.get(key) == value for key, value in attributes.items())
    ]
    assert len(found) == 1, found
    return found[0]


# One call for each tag that takes text from people, with that text in every place.
PLACES = [
    "{% button t name=t value=t busy=t %}",
    "{% link_button t href=t %}",
    "{% copy_button t label=t %}",
    "{% open_dialog t id=t %}{% dialog id=t title=t %}{{ t }}{% enddialog %}",
    "{% disclosure t id=t %}{{ t }}{% enddisclosure %}",
    "{% call_button t label=t %}",
    "{% transaction_id t %}",
    "{% tag t %}{% lamp 'near' t %}",
    "{% field t t value=t hint=t error=t source=t unit=t placeholder=t %}",
    "{% field t t kind='textarea' value=t %}",
    "{% field t t kind='select' options=pairs value=t %}",
    "{% field t t kind='radio' options=triples value=t hint=t error=e %}",
    "{% field t t kind='checkbox' hint=t show_when=rule %}",
    "{% error_summary errors title=t %}",
    "{% facts label=t %}{% fact t t source=t change_href=t change_label=t %}{% endfacts %}",
    "{% materials label=t %}{% material_row t note=t source=t status=t %}{{ t }}"
    "{% endmaterial_row %}{% endmaterials %}",
    "{% file_drop t t accept=t hint=t upload_url=t error=t files=files %}",
    "{% search_box action=t name=t value=t label=t placeholder=t live_url=t id=t button=t %}",
    "{% rating name=t label=t tags=pairs error=t %}",
    "{% stars average=2 count=3 %}{% opinion_bar name=t label=t value=t phrases=words error=t %}",
    "{% notice title=t %}{{ t }}{% endnotice %}{% banner %}{{ t }}{% endbanner %}",
    "{% empty t t action_label=t action_href=t %}{% loading t t %}",
    "{% steps steps current=1 label=t %}",
    "{% clock_sentence 3 due lamp='suspended' reason=t %}",
    "{% timeline entries label=t %}",
    "{% stat t t unit=t note=t href=t %}{% verdict 'valid' t t %}",
    "{% card title=t action_label=t action_href=t id=t %}{{ t }}{% endcard %}",
    "{% tile t t 'baby' text=t %}{% definitions terms %}",
    "{% data_table columns rows caption=t %}{% data_table columns none empty_title=t %}",
    "{% list_row t t meta=t state='near' state_label=t when=t %}",
    "{% pager next_href=t previous_href=t note=t %}{% tabs items current=t label=t %}",
    "{% breadcrumbs terms %}",
    "{% paper issuer=t title=t number=t %}{{ t }}{% endpaper %}",
    "{% licence_card t t t t href=t state_label=t %}{% seal t special=t %}",
]
MARKER = "zq9"


def context_of(text: str) -> dict[str, Any]:
    from datetime import date

    return {
        "t": text,
        "e": {"reason": text, "mend": text},
        "pairs": [(text, text)],
        "triples": [(text, text, text)],
        "words": [text],
        "terms": [(text, text)],
        "steps": [{"label": text, "href": text}],
        "items": [{"key": text, "label": text, "href": text, "count": 1}],
        "entries": [
            {"title": text, "actor": text, "text": text, "href": text, "link": text},
        ],
        "errors": [{"field": text, "reason": text, "mend": text}],
        "files": [{"name": text, "size_bytes": 1, "href": text, "remove_url": text}],
        "columns": [
            {"key": "a", "label": text, "href": "b"},
            {"key": "b", "label": text, "kind": "tag"},
        ],
        "rows": [{"a": text, "b": text}],
        "none": [],
        "rule": {"field": text, "equals": text},
        "due": date(2026, 12, 8),
    }


@pytest.mark.parametrize("source", PLACES)
@given(
    around=st.text(max_size=12),
    attack=st.sampled_from(
        [
            f"<{MARKER}>",
            f'"><{MARKER} x="',
            f"'><{MARKER} x='",
            f"</textarea><{MARKER}>",
            f"</script><{MARKER}>",
            f'" {MARKER}="1',
            f"' {MARKER}='1",
            f"--><{MARKER}>",
            f"&lt;{MARKER}&gt;<{MARKER}>",
        ]
    ),
)
@settings(max_examples=25, deadline=None)
def test_text_from_people_stays_text(source: str, around: str, attack: str) -> None:
    reader = read(source, **context_of(around + attack + around))
    assert all(tag != MARKER and MARKER not in attrs for tag, attrs in reader.tags)


@pytest.mark.parametrize("name", ["onclick", "ONCLICK", "style", "hx_on_click"])
def test_inline_script_and_style_are_refused(name: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="inline"):
        shown(f'{{% button "提交申请" {name}="x" %}}')


@pytest.mark.parametrize(
    "source",
    [
        "{% button '提交' kind='big' %}",
        "{% tag '即办' tone='pink' %}",
        "{% lamp 'red' %}",
        "{% notice tone='loud' %}x{% endnotice %}",
        "{% field 'a' '甲' kind='colour' %}",
        "{% field 'a' '甲' kind='select' %}",
        "{% verdict 'maybe' '也许' %}",
        "{% saved_state 'lost' %}",
    ],
)
def test_misspelled_words_raise(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        shown(source)


@pytest.mark.parametrize("name", ["no-such-icon", "../../settings", "", "UPPER", "a/b"])
def test_unknown_icons_raise(name: str) -> None:
    with pytest.raises(icons.UnknownIconError):
        icons.svg(name)


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in icons.svg("search")
    assert 'role="img" aria-label="搜索"' in icons.svg("search", label="搜索")


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    reader = read(
        "{% field 'phone' '手机号' kind='phone' value='138' hint='打得通的' error=e %}",
        e={"reason": "少了几位", "mend": "请填 11 位。"},
    )
    control = one(reader, "input")
    assert control["id"] == "id_phone"
    assert control["aria-describedby"] == "id_phone-hint id_phone-error"
    assert (control["aria-invalid"], control["aria-required"]) == ("true", "true")
    assert (control["type"], control["value"]) == ("tel", "138")
    assert one(reader, "label")["for"] == "id_phone"
    assert one(reader, "p", id="id_phone-hint")
    assert one(reader, "p", id="id_phone-error")
    assert "少了几位" in "".join(reader.text)
    assert "请填 11 位。" in "".join(reader.text)


def test_optional_fields_say_so_and_required_ones_do_not() -> None:
    assert "（选填）" in shown("{% field 'a' '甲' required=False %}")
    assert "（选填）" not in shown("{% field 'a' '甲' %}")


def test_values_come_back_as_typed() -> None:
    radio = read(
        "{% field 'a' '甲' kind='radio' options=o value=2 %}", o=[(1, "一"), (2, "二"), (3, "三")]
    )
    assert [("checked" in attrs) for tag, attrs in radio.tags if tag == "input"] == [
        False,
        True,
        False,
    ]
    boxes = read(
        "{% field 'a' '甲' kind='checkboxes' options=o value=v %}",
        o=[("x", "一"), ("y", "二"), ("z", "三")],
        v=["x", "z"],
    )
    assert [("checked" in attrs) for tag, attrs in boxes.tags if tag == "input"] == [
        True,
        False,
        True,
    ]
    assert "\n\n首行空着</textarea>" in shown(
        "{% field 'a' '甲' kind='textarea' value=v %}", v="\n首行空着"
    )
    assert 'value="0"' in shown("{% field 'a' '甲' kind='number' value=0 %}")


def test_the_summary_links_to_the_fields_it_names() -> None:
    errors = [
        {"field": "phone", "reason": "少一位", "mend": "补上"},
        SimpleNamespace(field="place", reason="没选", mend=""),
        {"field": "", "reason": "今天已经交过一次"},
    ]
    reader = read("{% error_summary errors %}", errors=errors)
    links = [attrs["href"] for tag, attrs in reader.tags if tag == "a"]
    assert links == ["#id_phone", "#id_place"]
    assert "今天已经交过一次" in "".join(reader.text)
    # The first choice of a group carries the id that the summary links to.
    group = read("{% field 'place' '场所' kind='radio' options=o %}", o=[("1", "一"), ("2", "二")])
    assert one(group, "input", id="id_place")["value"] == "1"
    assert shown("{% error_summary none %}", none=[]).strip() == ""


def test_lamps_carry_shape_and_word() -> None:
    drawings = {state: shown(f"{{% lamp '{state}' %}}") for state in ("normal", "near", "overdue")}
    assert "正常" in drawings["normal"]
    assert "<circle" in drawings["normal"]
    assert "临期" in drawings["near"]
    assert "超期" in drawings["overdue"]
    assert len({drawing.split("<svg")[1].split("</svg>")[0] for drawing in drawings.values()}) == 3


@pytest.mark.parametrize(
    ("source", "words", "english"),
    [
        (
            "3 due today=today",
            "今天是第 3 个工作日，最迟 12月8日办结",
            "Today is working day 3; done by 8 December at the latest",
        ),
        (
            "23 due lamp='overdue' unit='calendar_day' today=today",
            "今天是第 23 天，已超过最迟办结日 12月8日",
            "Today is day 23; it was due by 8 December",
        ),
        (
            "9 due lamp='suspended' reason='听证'",
            "期限依法暂停计算（听证），恢复后会告诉您新的最迟办结日",
            "The time limit is paused by law (听证). We will tell you the new date when it runs "
            "again",
        ),
        (
            "9 due concluded_on=today days_early=11 today=today",
            "已于 11月23日办结，比最迟期限提前 11 个工作日",
            "Concluded on 23 November, 11 working days before the limit",
        ),
    ],
)
def test_the_clock_speaks_in_sentences(source: str, words: str, english: str) -> None:
    from datetime import date

    context = {"due": date(2026, 12, 8), "today": date(2026, 11, 23)}
    assert words in shown("{% clock_sentence " + source + " %}", **context)
    with translation.override("en"):
        assert english in shown("{% clock_sentence " + source + " %}", **context)


def test_the_year_is_written_when_it_is_not_this_one() -> None:
    from datetime import date

    sentence = shown(
        "{% clock_sentence 3 due today=today assumed=True %}",
        due=date(2027, 1, 6),
        today=date(2026, 12, 28),
    )
    assert "最迟 2027年1月6日办结" in sentence
    assert "先按周末推算" in sentence


@given(elapsed=st.integers(-5, 400), limit=st.integers(1, 90))
def test_the_bar_of_a_clock_stays_inside(elapsed: int, limit: int) -> None:
    from datetime import date

    reader = read(
        "{% clock_sentence n due limit_days=l %}", n=elapsed, l=limit, due=date(2026, 12, 8)
    )
    width = next(attrs["width"] for tag, attrs in reader.tags if tag == "rect" and "width" in attrs)
    assert 0 <= int(width or "-1") <= 100


def test_five_grades_are_one_radio_group() -> None:
    reader = read("{% rating value='fair' %}")
    radios = [attrs for tag, attrs in reader.tags if tag == "input"]
    assert [radio["value"] for radio in radios] == [
        "very_satisfied",
        "satisfied",
        "fair",
        "dissatisfied",
        "very_dissatisfied",
    ]
    assert {radio["name"] for radio in radios} == {"grade"}
    assert [("checked" in radio) for radio in radios] == [False, False, True, False, False]


def test_a_table_labels_its_cells_for_the_phone() -> None:
    from datetime import date
    from decimal import Decimal

    reader = read(
        "{% data_table columns rows %}",
        columns=[
            {"key": "name", "label": "事项", "href": "href"},
            {"key": "fee", "label": "费用", "kind": "money"},
            {"key": "due", "label": "最迟", "kind": "date"},
            {"key": "state", "label": "时限", "kind": "lamp"},
            {"key": "left", "label": "剩余", "kind": "number"},
        ],
        rows=[
            SimpleNamespace(
                name="占道",
                href="/c/1/",
                fee=Decimal("1280"),
                due=date(2026, 12, 8),
                state="near",
                left=0,
            )
        ],
    )
    assert one(reader, "th", scope="row")
    assert [attrs["data-label"] for tag, attrs in reader.tags if tag == "td"] == [
        "费用",
        "最迟",
        "时限",
        "剩余",
    ]
    text = "".join(reader.text)
    for words in ("¥1,280.00", "2026年12月8日", "临期", "0"):
        assert words in text
    assert one(reader, "a")["href"] == "/c/1/"


def test_messages_keep_their_tone_and_escape() -> None:
    class Message(str):
        level_tag = "error"

    class Good(str):
        level_tag = "success"

    reader = read("{% toasts %}", messages=[Message("<b>没有保存</b>"), Good("已撤回")])
    classes = [
        attrs["class"] for tag, attrs in reader.tags if "toast" in (attrs.get("class") or "")
    ]
    assert [name for name in classes if name and "notice-" in name] == [
        "notice notice-danger toast",
        "notice notice-good toast",
    ]
    assert "<b>没有保存</b>" in "".join(reader.text)
    assert all(tag != "b" for tag, _ in reader.tags)


def test_paging_shows_nothing_when_there_is_one_page() -> None:
    assert shown("{% pager %}").strip() == ""
    assert 'rel="next"' in shown("{% pager next_href='?after=9' %}")


@pytest.mark.parametrize("length", [1, 2, 7, 13, 22, 40])
def test_a_seal_keeps_its_name_inside_the_rim(length: int) -> None:
    reader = read("{% seal name %}", name="阳" * length)
    characters = [attrs["transform"] for tag, attrs in reader.tags if tag == "text"]
    assert len(characters) == length
    assert len(set(characters)) == length


def test_transaction_ids_differ_unless_given() -> None:
    first, second = (one(read("{% transaction_id %}"), "input")["value"] for _ in range(2))
    assert first != second
    assert one(read("{% transaction_id v %}", v="abc"), "input")["value"] == "abc"
