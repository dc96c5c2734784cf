from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import DAY, NOW, rendition, version
from tests.classic_files import GOLDEN, read, resolved, written
from tests.test_digest_file import odd_texts
from zhaiyao.errors import PublishError
from zhaiyao.publish.classic import UNTRANSLATED, classic
from zhaiyao.records import (
    AnnounceType,
    Digest,
    DigestEntry,
    Edition,
    EditionEntry,
    Paper,
    RenditionKind,
    Version,
)

NEW = (("cs.LG", AnnounceType.NEW),)
TRANSLATED = {
    RenditionKind.TITLE: "池塘的潮汐",
    RenditionKind.ABSTRACT: "我们测量池塘的潮汐。它们很小。",
    RenditionKind.TLDR: "池塘有潮汐。",
}
POND = version(
    "2601.99901", title="Ponds | Tides", abstract="We measure $P(a|b)$.\n\nTides are small.", authors=(), number=2
)


def own(
    text: Version,
    made: Mapping[RenditionKind, str] = TRANSLATED,
    announced: tuple[tuple[str, AnnounceType], ...] = NEW,
) -> DigestEntry:
    """An entry of an own edition."""
    renditions = {kind: rendition(text, kind, target) for kind, target in made.items()}
    entry = EditionEntry(
        position=1,
        paper_id=text.paper_id,
        version_key=text.key,
        rendition_keys=tuple(one.key for one in renditions.values()),
        announced=announced,
    )
    return DigestEntry(entry=entry, paper=Paper(id=text.paper_id), version=text, renditions=renditions)


def digest(*entries: DigestEntry) -> Digest:
    """An own edition."""
    placed = tuple(replace(one.entry, position=position) for position, one in enumerate(entries, start=1))
    edition = Edition(id="e", made_at=NOW, entries=placed, cause="first", profile="cs.LG", date=DAY, revision=1)
    return Digest(edition=edition, entries=entries)


@pytest.mark.parametrize("name", ["mixed.md", "empty.md"])
def test_an_imported_edition_comes_back(name: str) -> None:
    data = (GOLDEN / name).read_bytes()
    assert classic(resolved(read(data))) == data


def test_an_own_edition() -> None:
    moss = version("2601.99902", title="Moss", abstract="Moss grows.")
    old = version("hep-th/9901999", 3, title="Strings", abstract="Strings vibrate.")
    printed = classic(
        digest(
            own(POND),
            own(moss, {}, (("cs.LG", AnnounceType.CROSS), ("stat.ML", AnnounceType.NEW))),
            own(old, announced=(("cs.LG", AnnounceType.REPLACE_CROSS),)),
        )
    )
    assert printed == (GOLDEN / "own.md").read_bytes()


def test_an_own_edition_reads_back_as_records() -> None:
    data = classic(digest(own(POND)))
    file = read(data)
    (text,) = file.versions
    assert (text.paper_id, text.number, text.title) == ("2601.99901", 2, "Ponds | Tides")
    assert text.abstract == "We measure $P(a|b)$. Tides are small."
    assert [how for _, how in file.entries[0].announced] == [AnnounceType.NEW]
    assert {one.kind: one.text for one in file.renditions} == TRANSLATED


def test_an_empty_own_edition_is_an_empty_digest() -> None:
    assert classic(digest()) == written([])


def test_rows_have_three_cells_whatever_the_texts() -> None:
    text = version(title=r"a | b \| c || d", abstract="x | y")
    row = classic(digest(own(text, {RenditionKind.TLDR: "甲 | 乙"}))).decode().split("\n")[4]
    assert row.replace(r"\|", "").count("|") == 4


def test_nothing_is_cut() -> None:
    text = version(abstract="Ponds have tides. " * 400)
    assert text.abstract in classic(digest(own(text))).decode()


@pytest.mark.parametrize("missing", RenditionKind)
def test_a_missing_rendition_is_marked_in_the_tldr(missing: RenditionKind) -> None:
    made = {kind: text for kind, text in TRANSLATED.items() if kind is not missing}
    (entry,) = read(classic(digest(own(version(), made)))).entries
    assert entry.shape is not None
    assert entry.shape.tldr == UNTRANSLATED + made.get(RenditionKind.TLDR, "")


def test_an_untranslated_title_stands_in_the_original_and_the_mark_can_be_chosen() -> None:
    printed = classic(digest(own(version(title="Ponds"), {})), untranslated="(untranslated)").decode()
    assert "[^1]: Ponds\n\n    Ponds\n\n" in printed
    assert "| [Ponds](https://arxiv.org/abs/2601.99901) | (untranslated) |" in printed


def test_without_an_announcement_there_is_no_prefix() -> None:
    printed = classic(digest(own(version(abstract="Bare."), announced=()))).decode()
    assert "\n    Bare.\n    \n\n" in printed
    assert "Announce Type" not in printed


def test_an_entry_without_text_cannot_be_printed() -> None:
    bare = DigestEntry(
        entry=EditionEntry(position=1, paper_id="2601.99901", version_key=""), paper=Paper(id=""), version=None
    )
    with pytest.raises(PublishError, match=r"entry 1 \(2601\.99901\)"):
        classic(digest(bare))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(*[odd_texts] * 5), max_size=3), st.sampled_from([NEW, ()]))
def test_any_own_edition_reads_back(
    days: list[tuple[str, ...]], announced: tuple[tuple[str, AnnounceType], ...]
) -> None:
    entries = []
    for number, (title, abstract, *made) in enumerate(days, start=1):
        text = version(f"2601.9990{number}", title=title, abstract=abstract)
        entries.append(own(text, dict(zip(RenditionKind, made, strict=True)), announced))
    data = classic(digest(*entries))
    file = read(data)
    assert file.verbatim == 0
    assert classic(resolved(file)) == data
    for before, after in zip(entries, file.versions, strict=True):
        assert before.version is not None
        assert "".join(after.title.split()) == "".join(before.version.title.split())


def test_real_digests(shared: Path) -> None:
    for path in sorted((shared / "seeds").glob("*.txt")):
        assert classic(resolved(read(path.read_bytes()))) == path.read_bytes()
