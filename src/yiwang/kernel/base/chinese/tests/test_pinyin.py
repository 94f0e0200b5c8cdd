import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.base.chinese import pinyin_initial, pinyin_initials, pinyin_key


@pytest.mark.parametrize(
    ("name", "key", "initial", "initials"),
    [
        ("阳江市", "yang2 jiang1 shi4", "Y", "yjs"),
        ("闸坡镇", "zha2 po1 zhen4", "Z", "zpz"),
        ("重庆", "chong2 qing4", "C", "cq"),
        ("厦门", "xia4 men2", "X", "xm"),
        ("ＧＢ／Ｔ 33190号", "gb/t33190 hao4", "G", "gbt33190h"),
        ("", "", "#", ""),
        ("12345热线", "12345 re4 xian4", "#", "12345rx"),
    ],
)
def test_keys_of_names(name, key, initial, initials):
    assert pinyin_key(name) == key
    assert pinyin_initial(name) == initial
    assert pinyin_initials(name) == initials


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("曾大文", "zeng1 da4 wen2"),
        ("单于明", "chan2 yu2 ming2"),
        ("单明", "shan4 ming2"),
        ("尉迟明", "yu4 chi2 ming2"),
        ("欧阳明", "ou1 yang2 ming2"),
        ("区大明", "ou1 da4 ming2"),
        ("Smith", "smith"),
    ],
)
def test_surnames_have_their_own_reading(name, key):
    assert pinyin_key(name, is_person=True) == key


def test_names_sort_by_syllable_then_tone():
    names = ["先锋村", "西安村", "阳西县", "阳江市", "阳春市", "江城区", "A村", "阳东区"]
    assert sorted(names, key=pinyin_key) == [
        "A村",
        "江城区",
        "西安村",
        "先锋村",
        "阳春市",
        "阳东区",
        "阳江市",
        "阳西县",
    ]


@settings(deadline=None)
@given(st.text(max_size=80), st.booleans())
def test_any_text_has_a_key_that_fits(text, is_person):
    key = pinyin_key(text, is_person=is_person, max_length=60)
    assert len(key) <= 60
    assert key == key.strip()
    assert pinyin_initial(text) in "#ABCDEFGHIJKLMNOPQRSTUVWXYZ"
