"""The table of docs/interfaces.md against the records and the parsers."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from tests.arxiv_documents import feed, records, whole
from tests.arxiv_server import render_feed
from tests.arxiv_server.world import Entry
from tests.build import NOW
from zhaiyao.records import Interface, Sighting, Version, Withdrawal
from zhaiyao.sources import api_formats, archive, arxiv_feed, arxiv_listing, listing_formats, oai_formats, snapshot

PAGE = Path(__file__).resolve().parent.parent / "docs" / "interfaces.md"
TOLD = [one for one in Interface if one is not Interface.JOINED]
WITHDRAWN = "This paper has been withdrawn by the author"


def table() -> dict[str, dict[str, str]]:
    """The first table of the page: per row (without its remark) and interface one word."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    (_, *names), _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found: dict[str, dict[str, str]] = {}
    for field, *words in rows:
        if len(words) != len(names):
            return found
        found[field.split(" (")[0]] = {name.strip("`"): word for name, word in zip(names, words, strict=True)}
    raise AssertionError("the page has one table only")


ROWS = table()
FIELDS = {name.strip("`"): words for name, words in ROWS.items() if name.startswith("`")}


def test_every_interface_has_a_column_in_the_order_of_trust() -> None:
    for words in ROWS.values():
        assert list(words) == [str(one) for one in TOLD]
        assert set(words.values()) <= {"yes", "part", "no"}


def test_every_field_of_a_version_has_a_row() -> None:
    named = {field.name for field in fields(Version)} - {"interface"}
    assert named | {"categories"} == set(FIELDS)


def told_by(interface: Interface, payloads: Path) -> Sequence[Sighting]:
    """What a parser makes of a document with everything in it."""
    paper = whole()
    match interface:
        case Interface.API:
            data = feed(paper).replace(b"12 pages, in French", WITHDRAWN.encode())
            return api_formats.read(data).sightings
        case Interface.OAI_RAW:
            data = records(paper).replace(b"<source_type>D<", b"<source_type>I<")
            return oai_formats.read(data).sightings
        case Interface.OAI:
            data = records(paper, form="arXiv").replace(b"12 pages, in French", WITHDRAWN.encode())
            return oai_formats.read(data).sightings
        case Interface.FEED:
            item = Entry(
                id="2603.90010",
                title="A title",
                abstract=WITHDRAWN,
                authors="Ada Lacewing (Inst. A)",
                categories=("cs.LG",),
                doi="10.9999/x",
                journal_ref="J. X 1",
            )
            return arxiv_feed.parse(render_feed.rss(("cs.LG",), date(2026, 3, 4), [("new", item)])).sightings
        case Interface.LISTING | Interface.CATCHUP:
            names = {Interface.LISTING: "list_new_cs.LG.html", Interface.CATCHUP: "catchup_cs.LG_2025-08-20_abs.html"}
            page = listing_formats.read((payloads / names[interface]).read_bytes())
            return arxiv_listing.day_page([page], category="cs.LG", interface=interface).sightings
        case Interface.SNAPSHOT:
            line = {
                "id": "2603.90010",
                "title": "A title",
                "abstract": "An abstract.",
                "authors": "Ada Lacewing",
                "authors_parsed": [["Lacewing", "Ada", "", "Inst. A"]],
                "categories": "cs.LG",
                "comments": WITHDRAWN,
                "journal-ref": "J. X 1",
                "doi": "10.9999/x",
                "license": "http://creativecommons.org/licenses/by/4.0/",
                "versions": [{"version": "v1", "created": "Mon, 2 Mar 2026 18:01:02 GMT"}],
            }
            return (snapshot.parse_line(json.dumps(line).encode()),)
        case _:
            record = {
                "title": "A title (arXiv:2311.00502v1 [cs.LG])",
                "abstract": "word " * 199 + "words",
                "link": "http://arxiv.org/abs/2311.00502",
            }
            filed = archive.parse(json.dumps(record).encode(), made_at=NOW)
            return (Sighting(paper=filed.paper, version=filed.version),)


@pytest.mark.parametrize("interface", [one for one in TOLD if one is not Interface.DIGEST])
def test_the_parsers_give_what_the_table_says(shared: Path, interface: Interface) -> None:
    shown = told_by(interface, shared / "reference" / "payloads")
    assert shown
    assert {one.version.interface for one in shown} == {interface}
    for field, words in FIELDS.items():
        values = [getattr(one.paper if field == "categories" else one.version, field) for one in shown]
        given = [value for value in values if value and value is not Withdrawal.NO]
        word = words[interface]
        if field == "truncated" and word == "part" and interface is not Interface.ARCHIVE:
            continue  # of pages without abstracts only, which these are not
        assert bool(given) == (word != "no"), f"{interface} gives {field}: {values[:3]}, but the page says {word}"
    announced = any(one.announcement for one in shown)
    assert announced == (ROWS["announcement"][interface] == "yes")


def test_only_oai_raw_is_certain_of_a_withdrawal(shared: Path) -> None:
    for interface in TOLD:
        if interface is Interface.DIGEST:
            continue
        said = {one.version.withdrawal for one in told_by(interface, shared / "reference" / "payloads")}
        assert (Withdrawal.YES in said) == (FIELDS["withdrawal"][interface] == "yes")
