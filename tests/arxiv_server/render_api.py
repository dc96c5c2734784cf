"""Answers of the query API as of 2025-11: Atom with accents and Greek in UTF-8. Pure values in, bytes out."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from tests.arxiv_server import tex
from tests.arxiv_server.authors import Author, authors_of
from tests.arxiv_server.postings import Entry

_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
    ' xmlns="http://www.w3.org/2005/Atom">\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What was asked, as the server understood it."""

    search: str
    ids: str
    start: int
    size: int


def feed(query: Query, found: Sequence[tuple[Entry, datetime]], total: int, now: datetime) -> bytes:
    """A page of results; each entry comes with the instant of its first version."""
    title = f"search_query={query.search}&id_list={query.ids}&start={query.start}&max_results={query.size}"
    link = f"search_query={query.search}&start={query.start}&max_results={query.size}&id_list={query.ids}"
    key = b64encode(hashlib.sha1(title.encode()).digest()).decode().rstrip("=")
    lines = (
        f"  <id>https://arxiv.org/api/{key}</id>",
        f"  <title>arXiv Query: {escape(title)}</title>",
        f"  <updated>{_instant(now)}</updated>",
        f'  <link href={quoteattr(f"https://arxiv.org/api/query?{link}")} type="application/atom+xml"/>',
        *_counts(query.size, total, query.start),
        *(_entry(entry, first) for entry, first in found),
    )
    return (_HEAD + "\n".join(lines) + "\n</feed>\n").encode()


def error(message: str, now: datetime) -> bytes:
    """What comes with status 400 and 500: a feed with one entry titled `Error`."""
    anchor = "#" + message.replace(" ", "_") if message.startswith("incorrect id") else ""
    address = escape(f"https://arxiv.org/api/errors{anchor}")
    lines = (
        "  <id>https://arxiv.org/</id>",
        "  <title>arXiv Search Results</title>",
        f"  <updated>{_instant(now)}</updated>",
        *_counts(1, 1, 0),
        "  <entry>",
        f"    <id>{address}</id>",
        "    <title>Error</title>",
        f"    <updated>{_instant(now)}</updated>",
        f'    <link href="{address}" rel="alternate" type="text/html"/>',
        f"    <summary>{escape(message)}</summary>",
        "    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>",
    )
    return (_HEAD + "\n".join(lines) + "\n</feed>\n").encode()


def _counts(size: int, total: int, start: int) -> tuple[str, ...]:
    return (
        f"  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>",
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>",
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>",
    )


@lru_cache(maxsize=2**13)
def _entry(entry: Entry, first: datetime) -> str:
    name = f"{entry.id}v{entry.version}"
    assert entry.submitted is not None, entry.id
    lines = (
        "  <entry>",
        f"    <id>http://arxiv.org/abs/{name}</id>",
        f"    <title>{_text(entry.title)}</title>",
        f"    <updated>{_instant(entry.submitted)}</updated>",
        f'    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>',
        f"    <summary>{_text(entry.abstract)}</summary>",
        *(f'    <category term="{category}" scheme="http://arxiv.org/schemas/atom"/>' for category in entry.categories),
        f"    <published>{_instant(first)}</published>",
        *([f"    <arxiv:comment>{_text(entry.comments)}</arxiv:comment>"] if entry.comments else []),
        f'    <arxiv:primary_category term="{entry.categories[0]}"/>',
        *([f"    <arxiv:journal_ref>{_text(entry.journal_ref)}</arxiv:journal_ref>"] if entry.journal_ref else []),
        *(line for author in authors_of(entry.authors) for line in _author(author)),
        *(line for doi in entry.doi.split() for line in _doi(doi)),
        "  </entry>",
    )
    return "\n".join(lines)


def _author(author: Author) -> tuple[str, ...]:
    places = f"      <arxiv:affiliation>{escape(author.places)}</arxiv:affiliation>"
    name = f"      <name>{escape(author.name)}</name>"
    return ("    <author>", name, *([places] if author.places else []), "    </author>")


def _doi(doi: str) -> tuple[str, str]:
    address = quoteattr(f"https://doi.org/{doi}")
    return f"    <arxiv:doi>{escape(doi)}</arxiv:doi>", f'    <link rel="related" href={address} title="doi"/>'


def _text(told: str) -> str:
    return escape(tex.accents_and_greek(told))


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
