"""One entry of a listing page as arxiv.org prints it. Pure text in, text out.

Attributes, quotes and white space are those of real pages; a test holds them to it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote

from tests.arxiv_server import tex
from tests.arxiv_server.authors import Author, authors_of
from tests.arxiv_server.postings import Entry
from tests.arxiv_server.taxonomy import archive_of, canonical, name_of

MOST_AUTHORS = 100

_LINKED = re.compile(
    r"(?P<url>https?://[^\s<>]+?)(?=[.,:)\]]*(?:\s|$))"
    r"|(?P<arxiv>arXiv:(?P<id>\d{4}\.\d{4,5}(?:v\d+)?))"
    r"|(?<![\w./])(?P<doi>10\.\d{4,9}/[^\s<>]+?)(?=[.,)\]]*(?:\s|$))"
)


def item(entry: Entry, number: int, mark: str, *, abstract: bool) -> str:
    shown = f"    {mark}\n\n" if mark else "\n"
    return (
        f"    <dt>\n      <a name='item{number}'>[{number}]</a>\n{_head(entry)}      {shown}        [{_files(entry)}]\n"
        f"    </dt>\n{_meta(entry)}{_abstract(entry) if abstract else ''}      </div>\n    </dd>\n"
    )


def _head(entry: Entry) -> str:
    return f'      <a href ="/abs/{entry.id}" title="Abstract" id="{entry.id}">\n        arXiv:{entry.id}\n      </a>\n'


def _files(entry: Entry) -> str:
    name = entry.id
    html = (
        f', <a href="https://arxiv.org/html/{name}v{entry.version}" title="View HTML" id="html-{name}"'
        f' aria-labelledby="html-{name}" rel="noopener noreferrer" target="_blank">html</a>'
    )
    return (
        f'<a href="/pdf/{name}" title="Download PDF" id="pdf-{name}" aria-labelledby="pdf-{name}">pdf</a>'
        f"{html if entry.html and not entry.withdrawn else ''}"
        f', <a href="/format/{name}" title="Other formats" id="oth-{name}" aria-labelledby="oth-{name}">other</a>'
    )


@lru_cache(maxsize=2**14)
def _meta(entry: Entry) -> str:
    """All about a paper but its abstract."""
    return "\n".join(
        (
            "    <dd>\n      <div class='meta'>",
            "        <div class='list-title mathjax'><span class='descriptor'>Title:</span>",
            f"          {escaped(tex.accents_and_greek(entry.title))}\n        </div>",
            f"        <div class='list-authors'>{_authors(entry)}</div>\n",
            *_field("comments mathjax", "Comments", _linked(tex.accents_and_greek(entry.comments))),
            "",
            *_field("journal-ref", "Journal-ref", escaped(entry.journal_ref)),
            "",
            "        <div class='list-subjects'><span class='descriptor'>Subjects:</span>",
            f"          {_subjects(entry.categories)}\n        </div>\n\n",
        )
    )


def _field(style: str, word: str, text: str) -> tuple[str, ...]:
    if not text:
        return ()
    return (
        f"        <div class='list-{style}'><span class='descriptor'>{word}:</span>",
        f"          {text}\n        </div>",
    )


@lru_cache(maxsize=2**14)
def _abstract(entry: Entry) -> str:
    text = "\n<br>".join(map(_linked, tex.accents(entry.abstract).strip().split("\n  ")))
    return f"        <p class='mathjax'>\n          {text}\n        </p>\n"


def _subjects(categories: Iterable[str]) -> str:
    primary, *others = dict.fromkeys(map(canonical, categories))
    named = [f"{escaped(name_of(category))} ({category})" for category in (primary, *sorted(others))]
    return "; ".join((f'<span class="primary-subject">{named[0]}</span>', *named[1:]))


def _authors(entry: Entry) -> str:
    """Names in links; who comes after the hundredth is left out without a word."""
    authors = authors_of(entry.authors)
    if len(authors) > MOST_AUTHORS + 1:
        authors = authors[:MOST_AUTHORS]
    return ", ".join(_author(author, archive_of(entry.categories[0])) for author in authors)


def _author(author: Author, archive: str) -> str:
    asked = f"{author.key}, {author.initials}" if author.initials else author.key
    query = quote(asked, safe=",'").replace("%20", "+")
    address = f"https://arxiv.org/search/{archive}?searchtype=author&query={query}"
    places = f" ({escaped(author.places)})" if author.places else ""
    return f'{author.before}<a href="{escaped(address)}">{escaped(author.name)}</a>{places}'


def _linked(text: str) -> str:
    """Escaped, with addresses, DOIs and arXiv ids made into links."""
    done, at = "", 0
    for match in _LINKED.finditer(text):
        done += escaped(text[at : match.start()]) + _link(match)
        at = match.end()
    return done + escaped(text[at:])


def _link(match: re.Match[str]) -> str:
    if match["arxiv"]:
        name = match["id"]
        address = f'https://arxiv.org/abs/{name}" data-arxiv-id="{name}'
        return f'<a href="{address}" class="link-https">arXiv:{name}</a>'
    if match["doi"]:
        doi = match["doi"]
        address = escaped("https://doi.org/" + quote(doi, safe="/()"))
        tail = f'data-doi="{escaped(doi)}" class="link-https link-external" rel="external noopener nofollow"'
        return f'<a href="{address}" {tail}>{address}</a>'
    url = match["url"]
    scheme = url.partition(":")[0]
    style = f'rel="external noopener nofollow" class="link-external link-{scheme}"'
    return f'<a href="{escaped(url)}" {style}>this {scheme} URL</a>'


def escaped(text: str) -> str:
    """arXiv writes quotes by number."""
    return escape(text, quote=False).replace("'", "&#39;").replace('"', "&#34;")
