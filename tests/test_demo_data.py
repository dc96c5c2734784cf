"""The bundled sample day: is in arXiv's real feed format, and holds the cases that a demonstration has to show."""

import re
from collections import Counter
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.records import AnnounceType, Author, Interface, Withdrawal
from zhaiyao.sources.arxiv_feed import parse

DEMO = files("zhaiyao").joinpath("data", "demo", "rss.xml").read_bytes()
CHANNEL = etree.fromstring(DEMO)[0]
ITEMS = CHANNEL.findall("item")
NAMESPACES = {"arxiv": "http://arxiv.org/schemas/atom", "dc": "http://purl.org/dc/elements/1.1/"}
DESCRIPTION = re.compile(
    r"arXiv:(?P<id>\S+)v(?P<version>\d+) Announce Type: (?P<type>new|cross|replace|replace-cross) \n"
    r"Abstract: (?P<text>.*)",
    re.DOTALL,
)
DAY = "Wed, 14 Jan 2026 00:00:00 -0500"
LONGEST_ABSTRACT = 1920  # arXiv's own limit


def text_of(element: etree._Element, path: str) -> str:
    """The text at a path; an element that is not there, or is empty, fails the test."""
    text = element.findtext(path, namespaces=NAMESPACES)
    assert text, f"no {path}"
    return text


def described(item: etree._Element) -> re.Match[str]:
    found = DESCRIPTION.fullmatch(text_of(item, "description"))
    assert found, text_of(item, "description")
    return found


ABSTRACTS = tuple(described(item)["text"] for item in ITEMS)
TITLES = tuple(text_of(item, "title") for item in ITEMS)
CREATORS = tuple(text_of(item, "dc:creator") for item in ITEMS)


def sentences(text: str) -> list[str]:
    """A rough cut that is good enough for texts that we wrote ourselves."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z])", text)


def shape(channel: etree._Element) -> tuple[list[str], list[str]]:
    """Names of what a channel holds before its first item, and of what an item with every element holds, in order."""
    items = channel.findall("item")
    head = [child.tag for child in channel if child.tag != "item"]
    fullest = max(items, key=lambda item: len({child.tag for child in item}))
    return head, list(dict.fromkeys(child.tag for child in fullest))


# The format


def test_has_the_shape_of_a_real_feed(shared: Path) -> None:
    real = etree.parse(shared / "reference/payloads/rss2_2024plus_four_types.xml").getroot()
    assert etree.fromstring(DEMO).nsmap == real.nsmap
    assert shape(CHANNEL) == shape(real[0])


def test_is_ascii_as_arxiv_takes_it() -> None:
    DEMO.decode("ascii")


def test_has_at_least_twelve_papers_of_all_four_types_in_the_order_of_a_feed() -> None:
    told = [(list(AnnounceType).index(AnnounceType(described(item)["type"])), described(item)["id"]) for item in ITEMS]
    assert len(told) >= 12
    assert {place for place, _ in told} == set(range(4))
    assert all(earlier < later for earlier, later in pairwise(told)), "types in order, ids ascending inside each"


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: text_of(item, "guid"))
def test_says_the_same_everywhere_in_an_item(item: etree._Element) -> None:
    said = described(item)
    assert text_of(item, "guid") == f"oai:arXiv.org:{said['id']}v{said['version']}"
    assert text_of(item, "link") == f"https://arxiv.org/abs/{said['id']}"
    assert text_of(item, "arxiv:announce_type") == said["type"]
    assert text_of(item, "pubDate") == text_of(CHANNEL, "pubDate") == DAY
    categories = [category.text for category in item.findall("category")]
    assert "cs.LG" in categories
    own = said["type"] in ("new", "replace")
    assert (categories[0] == "cs.LG") is own, "new and replace are for papers whose primary category was asked for"
    assert (int(said["version"]) > 1) is said["type"].startswith("replace")
    assert int(said["version"]) < 6, "a feed lists no sixth version"


def test_names_no_real_paper() -> None:
    ids = [ArxivId.parse(described(item)["id"]).paper for item in ITEMS]
    assert len(set(ids)) == len(ids)
    assert all(re.search(r"(\.999\d\d|/\d{4}999)$", paper) for paper in ids)


@pytest.mark.parametrize("text", ABSTRACTS, ids=lambda text: text[:30])
def test_abstract_is_whole_and_as_long_as_arxiv_allows(text: str) -> None:
    assert len(text) <= LONGEST_ABSTRACT
    assert 5 <= len(sentences(text)) <= 13
    assert text == text.strip()
    assert "  " not in text.replace("\n  ", "\n")
    assert text.count("\n") == text.count("\n  "), "a feed has line breaks only where paragraphs begin"


# What it has to show


@pytest.mark.parametrize(
    ("what", "pattern", "least"),
    [
        ("inline math", r"\$[^$]+\$", 4),
        ("math as \\(…\\)", r"\\\([^)]+\\\)", 1),
        ("a fraction", r"\$[^$]*\\frac", 2),
        ("bare units in math mode", r"W m\$\^\{-2\}\$", 1),
        ("`<` in math", r"\$[^$]*<[^$]*\$", 2),
        ("`<` in prose", r"\(<5 transcripts", 1),
        ("`<` and `>` before a number", r"\(T>0 .*\(T<0 ", 1),
        ("a literal that looks like a tag", r"<sep>", 1),
        ("an ampersand", r" & |Q&A", 2),
        ("a TeX accent in the text", r"\\[\"'H]", 3),
        ("emphasis", r"\\emph\{[^}]+\}", 1),
        ("italics", r"\\textit\{[^}]+\}", 1),
        ("TeX quotes", r"``[^']+''", 2),
        ("a URL of code or data", r"https://example\.org/[\w/-]+", 4),
        ("a URL with `?` and `&`", r"https://example\.org/\S+\?\S+&\S+", 1),
        ("a percentage", r"\d%", 8),
        ("a number with a unit", r"\d (?:kN/m|kg|Hz|ms|km|GB|degrees)\b", 3),
        ("a p-value", r"\bp (?:=|<) (?:0|10)", 2),
        ("escaped dollars", r"\\\$\d", 1),
        ("a bare dollar amount", r"(?<!\\)\$5 million", 1),
        ("a quoted prompt injection", r"``Ignore all previous instructions", 1),
        ("two paragraphs", r"\n  \S", 3),
        ("a French version behind the English one", r"[a-z]\.\n  R\\'esum\\'e : ", 1),
        ("a withdrawal", r"^This paper has been withdrawn by the author due to ", 1),
    ],
)
def test_abstracts_show(what: str, pattern: str, least: int) -> None:
    found = sum(bool(re.search(pattern, text, re.DOTALL)) for text in ABSTRACTS)
    assert found >= least, what


def test_the_bare_dollar_has_no_partner() -> None:
    (text,) = (text for text in ABSTRACTS if "$5 million" in text)
    assert text.count("$") == 1


def test_two_abstracts_come_near_the_limit_of_length() -> None:
    assert sum(len(text) > 1800 for text in ABSTRACTS) >= 2


def test_sentences_are_mostly_of_moderate_length() -> None:
    lengths = sorted(len(sentence.split()) for text in ABSTRACTS for sentence in sentences(text))
    assert lengths[len(lengths) * 9 // 10] <= 35
    assert lengths[-1] > 40, "a long one belongs to real life"


def test_titles_show_math_accents_questions_and_extremes_of_length() -> None:
    assert min(map(len, TITLES)) <= 12
    assert max(map(len, TITLES)) >= 180
    assert any(title.endswith("?") for title in TITLES)
    assert any(re.search(r"\$[^$]+\$", title) for title in TITLES)
    assert any(r"Erd\H{o}s" in title for title in TITLES)
    assert any("&" in title for title in TITLES)


@pytest.mark.parametrize(
    "needle", [r"Andr\'e", r"Erd\H{o}", r"{\L}", r"\v{", r"{\o}", r"\c{", "for the ", ",  Sukarta"]
)
def test_authors_show_accents_a_collaboration_and_a_mononym(needle: str) -> None:
    assert any(needle in creator for creator in CREATORS)


# As the pipeline sees it


def test_feed_parses_whole() -> None:
    page = parse(DEMO, category="cs.LG")
    assert (page.category, page.date, page.interface) == ("cs.LG", date(2026, 1, 14), Interface.FEED)
    told = [(said["id"], int(said["version"]), said["type"]) for said in map(described, ITEMS)]
    assert [(s.paper.id, s.version.number, s.announcement and s.announcement.type) for s in page.sightings] == told
    for sighting, item in zip(page.sightings, ITEMS, strict=True):
        assert list(sighting.paper.categories) == [category.text for category in item.findall("category")]
        assert "Announce Type" not in sighting.version.abstract


def test_facts_of_single_papers_come_through() -> None:
    papers = {sighting.paper.id: sighting.version for sighting in parse(DEMO).sightings}
    assert Counter(paper.withdrawal for paper in papers.values())[Withdrawal.PERHAPS] == 1
    assert papers["2311.99921"].withdrawal is Withdrawal.PERHAPS
    assert papers["2311.99921"].title.startswith("Convergence of Message Passing on Sparse Erdős--Rényi Graphs")
    assert papers["2601.99901"].authors[0] == Author(name="André Vasseln")
    assert papers["2601.99902"].authors[0].affiliations == ("Baltic Institute of Informatics",)
    assert papers["2601.99913"].authors[-1].name == "Sukarta"
    assert "a special token <sep> marks the position" in papers["2601.99913"].abstract
    assert "\n\nRésumé : Les registres" in papers["2601.99910"].abstract
    assert papers["2509.99906"].journal_ref.startswith("Revue Boréale")
    assert papers["2509.99906"].doi.startswith("10.5555/")
    assert "which cost $5 million in total" in papers["2601.99911"].abstract
    assert r"$1 - \alpha - 2/\sqrt{n_b}$" in papers["2601.99905"].abstract
