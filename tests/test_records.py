"""The words of the project: frozen, keyword-only, hashable; keys that follow the content and never drift."""

import dataclasses
import inspect
import types
import typing
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao import asking, bookkeeping, finding
from zhaiyao.records import (
    Author,
    DigestEntry,
    Edition,
    EditionEntry,
    Interface,
    Paper,
    Rendition,
    RenditionKind,
    Segment,
    SegmentState,
    Version,
    Withdrawal,
    editions,
    facts,
    renditions,
)

RECORDS = [
    kind
    for module in (facts, renditions, editions, asking, bookkeeping, finding)
    for kind in vars(module).values()
    if inspect.isclass(kind) and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind)
]

NOON = datetime(2026, 8, 14, 12, tzinfo=UTC)


def plain(kind: object) -> typing.Iterator[object]:
    """A type and all types inside it."""
    yield typing.get_origin(kind) or kind
    for inner in typing.get_args(kind):
        yield from plain(inner)


@pytest.mark.parametrize("kind", RECORDS)
def test_records_are_frozen_slotted_and_keyword_only(kind: type) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
    assert all(field.kw_only for field in dataclasses.fields(kind))
    assert kind.__doc__


@pytest.mark.parametrize("kind", RECORDS)
def test_records_hold_nothing_that_can_change_in_place(kind: type) -> None:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        inside = set(plain(hints[field.name]))
        assert not inside & {list, set, dict, bytearray, typing.Any}, f"{kind.__name__}.{field.name}"
        for one in inside - {types.UnionType, types.NoneType}:
            assert getattr(one, "__dataclass_params__", None) is None or one.__dataclass_params__.frozen


def test_the_walk_finds_the_records() -> None:
    assert {"Paper", "Version", "Rendition", "Edition", "Job", "WorkItem"} <= {kind.__name__ for kind in RECORDS}


def version(**changes: object) -> Version:
    told: dict[str, object] = {
        "paper_id": "2608.00001",
        "number": 2,
        "interface": Interface.FEED,
        "title": "On Quiet Lattices",
        "abstract": "We count them.",
    }
    return Version(**(told | changes))  # type: ignore[arg-type]


def rendition(**changes: object) -> Rendition:
    told: dict[str, object] = {
        "paper_id": "2608.00001",
        "version": 2,
        "kind": RenditionKind.ABSTRACT,
        "segments": (Segment(source="We count them.", target="我们对其计数。"),),
        "engine": "scripted",
        "model": "echo-1",
        "source_fingerprint": "1:00",
        "made_at": NOON,
    }
    return Rendition(**(told | changes))  # type: ignore[arg-type]


def test_golden_keys_never_drift() -> None:
    assert version().key == "59f6b94d321fa65454f95f676ccf94f9"
    told = version(authors=(Author(name="Ada Example", affiliations=("Inst. A",)),), doi="10.1/x")
    assert told.key == "236135c29dc1a910c9041fc62ecf9a2d"
    assert rendition().key == "36c8b2419563a121500a155395b8601e"


VERSION_CHANGES = {
    "paper_id": "2608.00002",
    "number": 3,
    "interface": Interface.LISTING,
    "title": "On Quiet Lattices ",
    "abstract": "We count them..",
    "authors": (Author(name="Ada Example"),),
    "comments": "9 pages",
    "journal_ref": "J. Quiet 1",
    "doi": "10.1/x",
    "license": "http://creativecommons.org/licenses/by/4.0/",
}


@pytest.mark.parametrize("field", VERSION_CHANGES)
def test_a_version_of_other_content_has_another_key(field: str) -> None:
    assert version(**{field: VERSION_CHANGES[field]}).key != version().key


def test_what_a_version_says_about_itself_does_not_count() -> None:
    same = version(submitted_at=NOON, withdrawal=Withdrawal.PERHAPS, comments="", authors=())
    assert same.key == version().key


def test_affiliations_count_and_optional_texts_do_not_run_together() -> None:
    told = version(authors=(Author(name="Ada Example", affiliations=("Inst. A",)),))
    assert told.key != version(authors=(Author(name="Ada Example"),)).key
    assert version(comments="x").key != version(journal_ref="x").key


texts = st.text(max_size=6)


@settings(max_examples=200, deadline=None)
@given(one=st.tuples(texts, texts, texts), other=st.tuples(texts, texts, texts))
def test_version_keys_are_equal_only_for_equal_texts(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    keys = [version(title=title, abstract=abstract, comments=note).key for title, abstract, note in (one, other)]
    assert (keys[0] == keys[1]) is (one == other)


RENDITION_CHANGES = {
    "paper_id": "2608.00002",
    "version": 1,
    "kind": RenditionKind.TLDR,
    "segments": (Segment(source="We count them.", target="我们给它们计数。"),),
    "engine": "chat",
    "model": "echo-2",
    "source_fingerprint": "1:01",
    "language": "zh-Hant",
    "parameters": '{"temperature":0}',
    "prompt_version": "2",
    "glossary": ("lattice",),
}


@pytest.mark.parametrize("field", RENDITION_CHANGES)
def test_a_rendition_of_other_content_or_making_has_another_key(field: str) -> None:
    assert rendition(**{field: RENDITION_CHANGES[field]}).key != rendition().key


def test_when_and_for_how_much_does_not_count() -> None:
    same = rendition(
        made_at=datetime(2027, 1, 1, tzinfo=UTC),
        prompt_tokens=5,
        completion_tokens=6,
        cost_micros=7,
        checks=("numbers",),
    )
    assert same.key == rendition().key


@pytest.mark.parametrize(
    "segment",
    [
        Segment(source="We count them!", target="我们对其计数。"),
        Segment(source="We count them.", target="我们对其计数。", gap=" "),
        Segment(source="We count them.", target="我们对其计数。", state=SegmentState.KEPT),
    ],
)
def test_every_part_of_a_segment_counts(segment: Segment) -> None:
    assert rendition(segments=(segment,)).key != rendition().key


def kept(text: str, gap: str = "") -> Segment:
    return Segment(source=text, target=text, gap=gap, state=SegmentState.KEPT, faults=("number",))


def made(target: str, gap: str = "") -> Segment:
    return Segment(source="x", target=target, gap=gap)


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        ((), ""),
        ((made("一。"),), "一。"),
        ((made("一。", " "), made("二。")), "一。二。"),
        ((made("一。", " "), kept("Two.", " "), made("三。")), "一。 Two. 三。"),
        ((kept("One.", " "), kept("Two.")), "One. Two."),
        ((made("一。", "\n\n"), made("二。")), "一。\n\n二。"),
        ((made("一。"), kept("Two.")), "一。Two."),
        ((made("一。", " "),), "一。"),
        ((made("一。", "\n\n"), made("二。", "\n\n")), "一。\n\n二。"),
    ],
)
def test_running_text(segments: tuple[Segment, ...], text: str) -> None:
    assert rendition(segments=segments).text == text


def test_what_was_kept_and_what_was_imported() -> None:
    mixed = rendition(segments=(made("一。", " "), kept("Two.")))
    assert mixed.kept == (kept("Two."),)
    assert not mixed.is_legacy
    imported = Segment(source="", target="旧译文", state=SegmentState.IMPORTED)
    assert rendition(segments=(imported,)).is_legacy


def test_interfaces_stand_in_order_of_trust() -> None:
    assert [interface.rank for interface in Interface] == list(range(len(Interface)))
    assert Interface.OAI_RAW.rank < Interface.LISTING.rank < Interface.FEED.rank < Interface.API.rank
    assert {interface for interface in Interface if not interface.is_arxiv} == {
        Interface.DIGEST,
        Interface.ARCHIVE,
        Interface.JOINED,
    }


def test_a_withdrawal_counts_only_in_what_was_put_together() -> None:
    joined = version(interface=Interface.JOINED)
    assert replace(joined, withdrawal=Withdrawal.YES).key != joined.key


def test_a_paper_may_have_no_category() -> None:
    assert Paper(id="2608.00001").primary_category is None
    assert Paper(id="2608.00001", categories=("cs.LG", "stat.ML")).primary_category == "cs.LG"


def test_missing_kinds() -> None:
    entry = DigestEntry(
        entry=EditionEntry(position=0, paper_id="2608.00001", version_key=version().key),
        paper=Paper(id="2608.00001"),
        version=version(),
        renditions={RenditionKind.ABSTRACT: rendition()},
    )
    assert entry.missing == (RenditionKind.TITLE, RenditionKind.TLDR)


def test_records_hash_and_compare_by_value() -> None:
    edition = Edition(id="e", made_at=NOON, entries=(), cause="first", profile="p", date=date(2026, 8, 14), revision=1)
    assert {edition, dataclasses.replace(edition)} == {edition}
    assert len({version(), version(), rendition(), rendition()}) == 2
