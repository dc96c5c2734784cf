"""arXiv's taxonomy: complete, folded, and helpful with a typing error."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao import categories
from zhaiyao.errors import UnknownCategory

ALIASES = {
    "cs.NA": "math.NA",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "q-fin.EC": "econ.GN",
    "cs.SY": "eess.SY",
}


def test_the_table_is_complete_and_named_in_chinese() -> None:
    all_categories = categories.categories()
    assert len(all_categories) == 176
    assert sum(found.active for found in all_categories) == 155
    assert sum(archive.active for archive in categories.archives()) == 20
    for named in (*all_categories, *categories.archives()):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in named.name_zh), named.id
        assert named.name_zh == named.name_zh.strip()


def test_the_table_agrees_with_arxiv(shared: Path) -> None:
    told = json.loads((shared / "reference" / "payloads" / "taxonomy.json").read_text(encoding="utf-8"))
    ours = {found.id: found for found in categories.categories()}
    assert set(ours) == {row["id"] for row in told}
    for row in told:
        found = ours[row["id"]]
        assert (found.name, found.archive, found.active) == (row["name"], row["archive"], row["active"])
        assert found.group == row["group"]
        if row["alias_of"]:
            assert categories.canonical(row["id"]) == categories.canonical(row["alias_of"])


def test_aliases_lead_to_canonical_active_categories() -> None:
    aliases = {found.id: found.alias_of for found in categories.categories() if found.alias_of and found.active}
    assert aliases == ALIASES
    for found in categories.categories():
        if found.alias_of:
            target = categories.category(found.alias_of)
            assert target.active
            assert not target.alias_of


@settings(max_examples=200, deadline=None)
@given(found=st.sampled_from(categories.categories()), upper=st.booleans())
def test_lookup_ignores_case_and_canonical_is_idempotent(found: categories.Category, upper: bool) -> None:
    typed = found.id.upper() if upper else f" {found.id.lower()} "
    assert categories.category(typed) == found
    assert categories.canonical(typed) == categories.canonical(found.id)
    assert categories.canonical(categories.canonical(typed)) == categories.canonical(typed)


def test_old_archives_fold_into_their_heirs_and_unknown_names_stay() -> None:
    assert categories.canonical("cmp-lg") == "cs.CL"
    assert categories.canonical("supr-con") == "cond-mat.supr-con"
    assert categories.canonical("cs.ZZ") == "cs.ZZ"
    assert categories.canonical("68T05") == "68T05"


@pytest.mark.parametrize(
    ("typed", "subscribed"),
    [
        ("cs.LG", "cs.LG"),
        ("CS.lg", "cs.LG"),
        ("econ", "econ"),
        ("Q-Fin", "q-fin"),
        ("quant-ph", "quant-ph"),
        (" cs ", "cs"),
        ("cs.NA", "math.NA"),
        ("math.mp", "math-ph"),
        ("astro-ph", "astro-ph"),
        ("cond-mat.mes-hall", "cond-mat.mes-hall"),
        ("cmp-lg", "cs.CL"),
    ],
)
def test_subscriptions(typed: str, subscribed: str) -> None:
    assert categories.subscription(typed) == subscribed
    assert categories.subscription(subscribed) == subscribed


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("cs.LGG", "cs.LG (Machine Learning)"),
        ("cs.ML", "stat.ML (Machine Learning)"),
        ("physic", "physics (Physics)"),
        ("LG", "cs.LG (Machine Learning)"),
        ("quantph", "quant-ph (Quantum Physics)"),
        ("Machine learning", "cs.LG (Machine Learning) or stat.ML (Machine Learning)"),
        ("cs.AI+cs.LG", "cs."),
    ],
)
def test_an_unknown_name_gets_its_nearest_ones(typed: str, near: str) -> None:
    with pytest.raises(UnknownCategory) as caught:
        categories.subscription(typed)
    assert caught.value.subject == typed
    assert near in caught.value.hint


@pytest.mark.parametrize("typed", ["", "请检索", "x" * 1000, "cs.", "all", "../cs", "cs/LG"])
def test_what_is_near_nothing_still_gets_a_next_step(typed: str) -> None:
    with pytest.raises(UnknownCategory) as caught:
        categories.subscription(typed)
    assert caught.value.hint
    assert len(caught.value.subject) <= 80


def test_archives() -> None:
    assert categories.is_archive("cs")
    assert categories.is_archive("Quant-ph")
    assert not categories.is_archive("cs.LG")
    assert not categories.is_archive("acc-phys")
    assert not categories.is_archive("")


@pytest.mark.parametrize(
    ("names", "subscribed", "expected"),
    [
        (("cs.LG", "stat.ML"), "stat.ML", True),
        (("cs.LG", "stat.ML"), "cs", True),
        (("cs.LG",), "cs.AI", False),
        (("math.NA",), "cs.NA", True),
        (("math.NA",), "cs", True),
        (("math-ph",), "math", True),
        (("q-fin.EC",), "econ", True),
        (("hep-th",), "physics", False),
        (("cmp-lg",), "cs", True),
        (("cmp-lg",), "cmp-lg", True),
        (("cs.ZZ",), "cs", True),
        (("cs.ZZ",), "cs.ZZ", True),
        (("css.LG", "68T05"), "cs", False),
        ((), "cs", False),
    ],
)
def test_scope(names: tuple[str, ...], subscribed: str, expected: bool) -> None:
    assert categories.in_scope(names, subscribed) is expected


def test_labels() -> None:
    assert categories.label("cs.LG") == "机器学习"
    assert categories.label("cs.lg", language="en") == "Machine Learning"
    assert categories.label("cs") == "计算机科学"
    assert categories.label("cs.ZZ") == "cs.ZZ"
