"""What a sighting means against what is known."""

from dataclasses import replace

import pytest

from tests.build import announcement, rendition, renditions, sighting, version
from zhaiyao.intake import Novelty, merge, missing_kinds, reusable, shown, take_in
from zhaiyao.records import AnnounceType, Interface, Paper, RenditionKind, SegmentState, Withdrawal


def test_an_unknown_paper_is_new() -> None:
    assert take_in(sighting(), None, (), ()).novelty is Novelty.NEW


def test_the_same_again_is_unchanged() -> None:
    seen = sighting()
    taken = take_in(seen, seen.paper, (seen.version,), (seen.announcement,))  # type: ignore[arg-type]
    assert taken.novelty is Novelty.UNCHANGED


def test_another_spelling_of_the_same_text_is_unchanged() -> None:
    tex = sighting(title=r"The Erd\H{o}s pond at $\alpha=1$")
    told = version(title="The Erdős pond at $α=1$", interface=Interface.API)
    taken = take_in(tex, tex.paper, (told,), (announcement(),))
    assert taken.novelty is Novelty.UNCHANGED


def test_a_higher_version_is_a_revision_even_with_the_same_text() -> None:
    again = sighting(told=AnnounceType.REPLACE, number=2)
    assert take_in(again, again.paper, (version(),), ()).novelty is Novelty.REVISED


def test_a_higher_version_that_withdraws() -> None:
    gone = sighting(told=AnnounceType.REPLACE, number=2, withdrawal=Withdrawal.PERHAPS)
    assert take_in(gone, gone.paper, (version(),), ()).novelty is Novelty.WITHDRAWN


def test_a_known_paper_in_a_further_category_is_a_cross_list() -> None:
    other = sighting(told=AnnounceType.CROSS, category="stat.ML")
    assert take_in(other, other.paper, (other.version,), (announcement(),)).novelty is Novelty.CROSS


def test_an_imported_text_does_not_make_the_real_one_old() -> None:
    seen = sighting()
    cut = version(interface=Interface.DIGEST)
    assert take_in(seen, seen.paper, (cut,), (announcement(),)).novelty is Novelty.REVISED


def test_silence_removes_no_category() -> None:
    known = Paper(id="2601.99901", categories=("cs.LG", "math.PR"))
    assert merge(known, Paper(id="2601.99901")) == known
    assert merge(known, Paper(id="2601.99901", categories=("cs.AI",))).primary_category == "cs.AI"


def test_the_most_trusted_interface_is_shown() -> None:
    api, feed = version(interface=Interface.API), version()
    assert shown((api, feed), 1) is feed
    assert shown((api, feed), 2) is None


@pytest.mark.parametrize("kind", RenditionKind)
def test_only_absent_kinds_are_missing(kind: RenditionKind) -> None:
    text = version()
    held = renditions(text)
    assert missing_kinds(text, held) == ()
    del held[kind]
    assert missing_kinds(text, held) == (kind,)


def test_a_changed_abstract_asks_for_abstract_and_tldr_only() -> None:
    text = version()
    changed = replace(text, abstract=text.abstract + " They grow.")
    assert missing_kinds(changed, renditions(text)) == (RenditionKind.ABSTRACT, RenditionKind.TLDR)


def test_an_imported_rendition_never_serves() -> None:
    text = version()
    held = renditions(text) | {RenditionKind.TITLE: rendition(text, RenditionKind.TITLE, state=SegmentState.IMPORTED)}
    assert missing_kinds(text, held) == (RenditionKind.TITLE,)


def test_a_paper_without_abstract_needs_only_its_title() -> None:
    assert missing_kinds(version(abstract=""), {}) == (RenditionKind.TITLE,)


def test_what_was_made_of_the_same_text_is_taken_over_at_no_cost() -> None:
    first, second = version(), version(number=2, abstract="We measure the tides again.")
    held = [replace(one, prompt_tokens=9, cost_micros=5) for one in renditions(first).values()]
    (taken,) = reusable(second, RenditionKind, held)
    assert (taken.kind, taken.version, taken.prompt_tokens, taken.cost_micros) == (RenditionKind.TITLE, 2, 0, 0)
    assert reusable(second, [RenditionKind.ABSTRACT], held) == ()
