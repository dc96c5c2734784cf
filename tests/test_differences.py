"""What changed between two versions, sentence by sentence."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import version
from zhaiyao.differences import Changes, Kind, differences
from zhaiyao.fingerprint import text_fingerprint

LAKES = "We count the herons of four lakes."
DRY = "In dry years there are few of them on the western shore."
FROGS = "Frogs were not counted at all."


def since(old: str, new: str) -> Changes:
    return differences(version(abstract=old), version(number=2, abstract=new))


def kinds(changes: Changes) -> list[Kind]:
    return [one.kind for one in changes.segments]


def test_the_same_text_in_another_spelling_is_no_change() -> None:
    old = version(title='On K\\"onig', abstract=f"The $\\alpha$ of a lake.\n {LAKES}")
    new = version(number=2, title="On König", abstract=f"The $α$ of a lake. {LAKES}")
    changes = differences(old, new)
    assert changes.nothing
    assert (changes.since, kinds(changes), changes.news) == (1, [Kind.SAME, Kind.SAME], frozenset())


def test_another_title_alone() -> None:
    changes = differences(version(title="Herons"), version(number=2, title="Herons and frogs"))
    assert changes.title
    assert not changes.nothing


def test_a_changed_an_added_and_a_removed_sentence() -> None:
    few = DRY.replace("few", "nearly none")
    changes = since(f"{LAKES} {DRY} {FROGS}", f"We begin with the reeds. {LAKES} {few}")
    assert kinds(changes) == [Kind.ADDED, Kind.SAME, Kind.CHANGED, Kind.REMOVED]
    assert (changes.segments[2].old, changes.segments[2].new) == (DRY, few)
    assert {kind: changes.count(kind) for kind in Kind} == dict.fromkeys(Kind, 1)
    assert changes.news == {text_fingerprint("We begin with the reeds."), text_fingerprint(few)}


def test_a_rewritten_sentence_is_paired_with_the_one_most_like_it() -> None:
    changes = since(f"{FROGS} {DRY}", "In dry years there are none of them on the western shore.")
    assert kinds(changes) == [Kind.REMOVED, Kind.CHANGED]
    assert kinds(since(FROGS, LAKES)) == [Kind.REMOVED, Kind.ADDED]


@pytest.mark.parametrize(("old", "new"), [("", LAKES), (LAKES, " ")])
def test_nothing_is_said_of_an_abstract_that_is_not_known(old: str, new: str) -> None:
    changes = since(old, new)
    assert changes.segments == ()
    assert not changes.nothing
    assert differences(version(truncated=True), version(number=2)).segments == ()


def test_a_book_of_another_text_is_compared_in_no_time() -> None:
    old, new = (" ".join(f"{word} number {n} is here." for n in range(300)) for word in ("Lake", "Pond"))
    changes = since(old, new)
    assert (changes.count(Kind.REMOVED), changes.count(Kind.ADDED)) == (300, 300)


WORDS = st.sampled_from(["herons", "lakes", "frogs", "reeds", "tides", "$x$", "42", "dry", "wet"])
SENTENCES = st.lists(
    st.lists(WORDS, min_size=1, max_size=6).map(lambda words: f"We see {' '.join(words)}."), max_size=8
)


@settings(deadline=None, max_examples=100)
@given(SENTENCES, SENTENCES)
def test_both_texts_come_back_from_their_differences(old: Sequence[str], new: Sequence[str]) -> None:
    changes = since(" ".join(old), " ".join(new))
    if not old or not new:
        assert changes.segments == ()
        return
    before = [one.old for one in changes.segments if one.kind is not Kind.ADDED]
    after = [one.new for one in changes.segments if one.kind is not Kind.REMOVED]
    assert (before, after) == (list(old), list(new))
    assert changes.nothing is (list(old) == list(new))
    for one in changes.segments:
        assert bool(one.old) is (one.kind is not Kind.ADDED)
        assert bool(one.new) is (one.kind is not Kind.REMOVED)
        assert (text_fingerprint(one.old) == text_fingerprint(one.new)) is (one.kind is Kind.SAME)
