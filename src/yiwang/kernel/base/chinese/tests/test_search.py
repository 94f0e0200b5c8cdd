import json

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.kernel.base.chinese import (
    as_search_query,
    as_search_vector,
    bigrams,
    search_query,
    search_vector_text,
)

HAN = st.text(st.sampled_from("阳江市政大桥食品经营许可证个体工商户〇䶮𬭳"), min_size=1, max_size=8)
WORDS = st.from_regex(r"[A-Za-z0-9]{2,8}", fullmatch=True).filter(str.isascii)
on_database = pytest.mark.django_db
several_examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def finds(text: str, words: str, match: str = "all") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_tsvector('simple', %s) @@ to_tsquery('simple', %s)",
            [search_vector_text(text), search_query(words, match)],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("市政大桥", ["市政", "政大", "大桥"]),
        ("桥", ["桥"]),
        ("阳江，市", ["阳江", "市"]),
        ("GB/T 33190—2016 版式文档", ["gb", "t", "33190", "2016", "版式", "式文", "文档"]),
        ("３Ｄ打印", ["3d", "打印"]),
        ("…！", []),
        ("阳江৴½市", ["阳江", "1", "2", "市"]),
        ("", []),
    ],
)
def test_bigrams(text, tokens):
    assert bigrams(text) == tokens


@given(HAN)
def test_pairs_rebuild_the_run(run):
    pairs = bigrams(run)
    assert pairs[0] + "".join(pair[-1] for pair in pairs[1:]) == run


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("食品 许可", "'食品' & '许可'"),
        ("许可证", "'许可' & '可证'"),
        ("桥", "'桥':*"),
        ("licen", "'licen':*"),
        ("B12 a", "'b12' & 'a'"),
        ("阳江阳江", "'阳江' & '江阳'"),
        ("a' | !b:* <-> (c", "'a' & 'b' & 'c'"),
        ("， 。", ""),
    ],
)
def test_query_text(words, query):
    assert search_query(words) == query


@on_database
@several_examples
@given(HAN, HAN, HAN)
def test_every_part_of_a_text_finds_it(before, part, after):
    assert finds(f"{before}{part}{after}", part)


@on_database
@several_examples
@given(HAN, WORDS, HAN)
def test_latin_words_between_chinese_ones_are_found(before, word, after):
    assert finds(f"{before}{word}{after}", word)
    assert finds(f"{before}{word}{after}", word[:-1]) or len(word) == 2
    assert finds(f"{before} {word} {after}", f"{word.upper()} {before}")


@on_database
@several_examples
@given(st.text(max_size=120), st.text(max_size=120))
def test_nothing_that_people_type_breaks_the_query(text, words):
    found = finds(text.replace("\0", ""), words)
    if not search_query(words):
        assert found is False


@on_database
@several_examples
@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_letters_of_any_script_find_themselves(text):
    if search_query(text):
        assert finds(text, text)


@on_database
@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("临时占用城市道路审批", "道路", True),
        ("临时占用城市道路审批", "路", True),
        ("临时占用城市道路审批", "批", True),
        ("临时占用城市道路审批", "路道", False),
        ("临时占用城市道路审批", "道路 桥梁", False),
        ("食品经营许可证", "食品 许可证", True),
        ("李𬭳", "𬭳", True),
        ("办件 YJ2026112300012", "yj20261123", True),
        ("办件 YJ2026112300012", "00012", False),
        ("GB/T 33190-2016", "33190", True),
        ("x" * 5000, "x" * 5000, True),
    ],
)
def test_what_is_found(text, words, found):
    assert finds(text, words) is found


@on_database
def test_any_finds_what_shares_some_words():
    assert not finds("食品经营许可证", "食品 桥梁")
    assert finds("食品经营许可证", "食品 桥梁", "any")


@on_database
def test_expressions_for_the_orm_mean_the_same():
    from django.contrib.contenttypes.models import ContentType

    rows = ContentType.objects.annotate(found=as_search_vector("食品经营许可证", weight="A"))
    assert rows.filter(found=as_search_query("许可")).exists()
    assert not rows.filter(found=as_search_query("桥梁")).exists()


@on_database
def test_words_of_one_and_two_characters_go_through_the_index():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE sought (id int, search tsvector)")
        texts = [
            search_vector_text(
                f"{'城乡水电路桥文卫'[n % 8]}类事项第{n}号{'道路' if n % 997 == 0 else ''}"
            )
            for n in range(20_000)
        ]
        cursor.execute(
            "INSERT INTO sought SELECT n, to_tsvector('simple', t)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS given(t, n)",
            [texts],
        )
        cursor.execute("CREATE INDEX ON sought USING gin (search)")
        cursor.execute("ANALYZE sought")
        for words, expected in (("道路", 21), ("道", 21)):
            cursor.execute(
                "EXPLAIN (ANALYZE, FORMAT JSON)"
                " SELECT id FROM sought WHERE search @@ to_tsquery('simple', %s)",
                [search_query(words)],
            )
            answer = cursor.fetchone()[0]
            plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]
            assert "Bitmap Index Scan" in json.dumps(plan)
            assert plan["Plan"]["Actual Rows"] == expected
            assert plan["Execution Time"] < 50
