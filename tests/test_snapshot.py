import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.errors import ParseError
from zhaiyao.records import Author, Interface, Withdrawal
from zhaiyao.sources.containers import Piece
from zhaiyao.sources.snapshot import parse, parse_line
from zhaiyao.sources.snapshot_reader import Reader

LINE: dict[str, object] = {
    "id": "0704.99901",
    "submitter": "Mina Novák",
    "authors": "Mina Nov\\'ak (Pond Institute), Bo Li",
    "title": "On the tides of high-\n  energy ponds and\n  what they carry",
    "comments": "12 pages,\n  3 figures",
    "journal-ref": None,
    "doi": "10.9999/pond.1\n  10.9999/pond.2",
    "report-no": None,
    "categories": "physics.flu-dyn cs.LG",
    "license": None,
    "abstract": (
        "  We measure the long-\nrange tides of ponds. They are\nsmall, as Erd\\H{o}s --\nonce more -- said.\n"
        "  A second part follows, with\n$p<1/2$ and\n  $\\alpha$.\n"
    ),
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v3", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Novák", "Mina", "", "Pond Institute"], ["Li", "Bo", "Jr."], ["Pond Collaboration", "", ""]],
}


def line(**changes: object) -> bytes:
    told = {**LINE, "id": "0704.0001", **changes}
    return json.dumps({name: value for name, value in told.items() if value is not ...}).encode()


def abstract(told: str) -> str:
    return parse_line(line(abstract=told)).version.abstract


def test_a_line_is_a_paper_and_its_newest_version() -> None:
    told = parse_line(line())
    assert told.announcement is None
    assert (told.paper.id, told.paper.categories) == ("0704.0001", ("physics.flu-dyn", "cs.LG"))
    version = told.version
    assert (version.paper_id, version.number, version.interface) == ("0704.0001", 3, Interface.SNAPSHOT)
    assert version.submitted_at == datetime(2007, 7, 24, 20, 10, 27, tzinfo=UTC)
    assert version.title == "On the tides of high-energy ponds and what they carry"
    assert version.comments == "12 pages, 3 figures"
    assert (version.doi, version.journal_ref, version.license) == ("10.9999/pond.1 10.9999/pond.2", "", "")
    assert version.authors == (
        Author(name="Mina Novák", affiliations=("Pond Institute",)),
        Author(name="Bo Li Jr."),
        Author(name="Pond Collaboration"),
    )


def test_wraps_are_undone_and_paragraphs_stay() -> None:
    assert parse_line(line()).version.abstract == (
        "We measure the long-range tides of ponds. They are small, as Erdős -- once more -- said.\n\n"
        "A second part follows, with $p<1/2$ and\n\n$\\alpha$."
    )


@pytest.mark.parametrize(
    ("wrapped", "flat"),
    [
        ("high-\nenergy", "high-energy"),
        ("a $3$-\ndimensional pond", "a $3$-dimensional pond"),
        ("pre-\nand post-tidal", "pre- and post-tidal"),
        ("a dash -\nand more", "a dash - and more"),
        ("a dash --\nmore", "a dash -- more"),
        ("ends in a hyphen-\n  Begins anew", "ends in a hyphen-\n\nBegins anew"),
        ("x-\r\ny", "x- y"),
        ("two  blanks\tand a tab", "two blanks and a tab"),
    ],
)
def test_hyphens_at_line_ends(wrapped: str, flat: str) -> None:
    assert abstract(f"  {wrapped}\n") == flat


def test_without_parsed_authors_the_free_text_is_read() -> None:
    told = parse_line(line(authors_parsed=...)).version.authors
    assert told == (Author(name="Mina Novák", affiliations=("Pond Institute",)), Author(name="Bo Li"))


def test_old_ids_stay_strings() -> None:
    assert parse_line(line(id="math.GT/0309136")).paper.id == "math/0309136"
    assert parse_line(line(id="2101.10000")).paper.id == "2101.10000"


def test_a_withdrawal_is_perhaps_one() -> None:
    assert parse_line(line(comments="This paper has been withdrawn")).version.withdrawal is Withdrawal.PERHAPS
    assert parse_line(line()).version.withdrawal is Withdrawal.NO


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{", "not a line"),
        (b"[]", "not a line"),
        (b'{"id": "0704.0001"}', "title"),
        (b"\xff", "not a line"),
        (line(id=704.0001), "not a line"),
        (line(id="0704.1"), "no arXiv identifier"),
        (line(title=" \n "), "no title"),
        (line(categories=""), "no category"),
        (line(categories="cs.LG; drop"), "is no category"),
        (line(versions=[]), "no version"),
        (line(versions=[{"version": "w1"}]), "is no version"),
        (line(versions=[{"version": "v1", "created": "Mon, 32 Apr 2007 19:18:42 GMT"}]), "is no date"),
        (line(versions=[{"version": "v1", "created": "yesterday"}]), "is no date"),
        (line(abstract="nul \0 inside"), "U+0000"),
        (line(abstract=...), "abstract"),
        (line().replace(b"Li", b"\\ud800"), "not a line"),
    ],
)
def test_what_is_no_line_is_refused_with_the_reason(bad: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why.replace("+", r"\+")):
        parse_line(bad)


def test_the_letters_of_an_escaped_backslash_are_no_nul() -> None:
    assert "u0000" in abstract("a \\u0000 b")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_lines_raise_nothing_but_parse_error(data: st.DataObject) -> None:
    raw = bytearray(line())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert len(parse([Piece(name="1", data=bytes(raw))]).told) <= 1


def test_the_real_lines_are_all_read(shared: Path) -> None:
    raw = (shared / "reference/payloads/kaggle_arxiv-metadata-oai-snapshot.sample.jsonl").read_bytes().splitlines()
    told = parse(Piece(name=str(number), data=one) for number, one in enumerate(raw))
    assert (len(told.told), told.refused) == (11, ())
    by_id = {one.paper.id: one.version for one in told.told}
    assert by_id["0704.0001"].authors[0].name == "C. Balázs"
    assert by_id["0712.3217"].authors[0].affiliations == ("PMA",)
    assert "\n" not in by_id["2101.11408"].comments
    assert not any("\n" in one.title or "  " in one.abstract for one in by_id.values())


def test_a_reader_says_the_same_in_another_process_or_without_one() -> None:
    pieces = [Piece(name="1", data=line()), Piece(name="2", data=b"{}"), Piece(name="3", fault="longer than 8 MB")]
    reader, expected = Reader(), parse(pieces)
    assert [reader(pieces) for _ in range(3)] == [expected] * 3
    reader.close()
    assert reader(pieces) == expected
    reader.close()
    assert [name for name, _ in expected.refused] == ["2", "3"]
