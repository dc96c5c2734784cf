"""The packaged terms, and terms as files."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.glossary import FORMATS, Glossary, checked, defaults, dump_terms, mended, missing, read_terms, wordings
from zhaiyao.glossary.rules import LONGEST, MOST_WORDINGS
from zhaiyao.records import Term

WORDING = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="⟦⟧") | st.just(" "), min_size=1, max_size=20
).map(lambda text: " ".join(text.split()))


def usable(source: str, target: str, accept: list[str], avoid: list[str]) -> Term | None:
    try:
        term = Term(source=source, target=target, accept=tuple(accept), avoid=tuple(avoid), origin="reader")
        return checked(term)
    except UsageError:
        return None


TERMS = st.builds(
    usable,
    st.builds("{}a {}".format, st.sampled_from(("", "#", "# ")), WORDING).map(str.strip),
    WORDING,
    st.lists(WORDING, max_size=3),
    st.lists(WORDING, max_size=3),
).filter(bool)


def test_there_are_about_three_hundred_and_each_can_be_a_term() -> None:
    terms = defaults()
    assert 280 <= len(terms) <= 350
    assert [checked(term) for term in terms] == list(terms)
    assert {term.origin for term in terms} == {"default"}
    assert defaults("de") == ()


def test_no_packaged_term_hides_another() -> None:
    assert set(Glossary(defaults()).terms) == set(defaults())


def test_every_packaged_term_is_found_and_satisfied_by_each_of_its_translations() -> None:
    for term in defaults():
        sentence = f"we study the {term.source} here."
        assert Glossary(defaults()).occurring(sentence) == (term,)
        for wording in wordings(term):
            assert missing(sentence, f"我们在此研究{wording}。", defaults()) == ()


def test_every_avoided_wording_of_the_packaged_terms_is_missed_and_mended() -> None:
    for term in defaults():
        for wording in term.avoid:
            sentence, target = f"we study the {term.source} here.", f"我们在此研究{wording}。"
            assert missing(sentence, target, defaults()) == (term,), wording
            assert mended(sentence, target, defaults()) == f"我们在此研究{term.target}。", wording


def test_no_packaged_translation_is_avoided_by_its_own_term() -> None:
    for term in defaults():
        assert not {one for one in term.avoid for wording in wordings(term) if one in wording}, term.source


@settings(max_examples=60, deadline=None)
@given(st.lists(TERMS, max_size=5), st.sampled_from(FORMATS))
def test_what_is_exported_is_imported_again(terms: list[Term], form: str) -> None:
    told = list({term.source: term for term in terms}.values())
    assert list(read_terms(dump_terms(told, form), form)) == told


def test_columns_may_stand_in_any_order_and_some_be_absent() -> None:
    text = "\ufeff# mine\n\navoid,target,source\n错译,译名,some word\n"
    assert read_terms(text, "csv") == (Term(source="some word", target="译名", avoid=("错译",), origin="reader"),)
    assert read_terms("some word\t译名\n", "tsv") == (Term(source="some word", target="译名", origin="reader"),)


def test_toml_tells_a_term_in_a_line_or_in_a_table() -> None:
    text = 'tide = "潮"\n["rip current"]\ntarget = "离岸流"\naccept = ["裂流"]\navoid = "撕裂电流"\n'
    tide, rip = read_terms(text, "toml")
    assert (tide.source, tide.target) == ("tide", "潮")
    assert (rip.accept, rip.avoid) == (("裂流",), ("撕裂电流",))


@pytest.mark.parametrize(
    ("form", "text", "place", "told"),
    [
        ("tsv", "tide\t潮\nebb\n", "line 2", "no translation"),
        ("tsv", "tide\t潮\t\t\t\tmore\n", "line 1", "6 columns"),
        ("csv", 'tide,潮\nebb,"退\n潮"\n', "line 3", "control character U+000A"),
        ("csv", 'tide,"潮', "line 1", "unexpected end of data"),
        ("tsv", "tide\t\x1b[31m潮\n", "line 1", "control character U+001B"),
        ("tsv", "tide\t潮\u202e\n", "line 1", "control character U+202E"),
        ("tsv", f"tide\t{'潮' * (LONGEST + 1)}\n", "line 1", "longer than"),
        ("tsv", f"tide\t潮\t{'|'.join(map(str, range(MOST_WORDINGS + 1)))}\n", "line 1", "wordings"),
        ("tsv", "潮\ttide\n", "line 1", "no Latin letter"),
        ("tsv", "tide\t潮\t\t潮\n", "line 1", "both the target and avoided"),
        ("tsv", "tide\t⟦1⟧\n", "line 1", "formulas"),
        ("tsv", "tide\t  \n", "line 1", "empty"),
        ("toml", "[tide]\ntarget = '潮'\naccept = '潮|汐'", "tide", "parts wordings"),
        ("toml", "tide = 3", "tide", "no target"),
        ("toml", "[tide]\ntarget = '潮'\ntone = 'x'", "tide", "unknown key tone"),
        ("toml", "[tide]\ntarget = '潮'\navoid = [1]", "tide", "neither"),
        ("toml", "tide = ", "TOML", "Invalid value"),
    ],
)
def test_what_cannot_be_a_term_is_refused_with_its_place(form: str, text: str, place: str, told: str) -> None:
    with pytest.raises(ParseError, match=re.escape(told)) as caught:
        read_terms(text, form)
    assert caught.value.subject == place


def test_a_file_has_a_most() -> None:
    rows = "".join(f"word {number}\t词\n" for number in range(20_001))
    with pytest.raises(ParseError, match="more than 20000 terms") as caught:
        read_terms(rows, "tsv")
    assert caught.value.subject == "line 20001"


def test_wordings_are_trimmed_and_stand_once() -> None:
    term = checked(Term(source=" tide  pool", target="潮池 ", accept=("潮池", " 潭", "潭", " ")))
    assert term == Term(source="tide pool", target="潮池", accept=("潭",))
