"""Atom feeds (RFC 4287) of digests. The same digests give the same bytes: no clock is read.

Ids are `urn:uuid:` names (UUIDv5, RFC 9562) of what they name, so they need no domain of ours and never change: a
feed's of its profile; an entry's of paper, version and announcement date, whatever the revision of the edition.
An entry is published at the beginning of its announcement date and updated when its newest text was made.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from uuid import NAMESPACE_DNS, uuid5

from lxml import etree

from zhaiyao.messages import DEFAULT_LANGUAGE, Messages, language_tag
from zhaiyao.publish import wording
from zhaiyao.publish.escape import one_line
from zhaiyao.publish.html import fragment
from zhaiyao.publish.view import DigestView, PaperView, VerbatimView, view
from zhaiyao.records import Digest

ATOM = "http://www.w3.org/2005/Atom"
FEED_NAME = "feed.xml"
PAGE_NAME = "index.html"

_CATEGORY_SCHEME = "http://arxiv.org/schemas/atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# lxml's stubs know no default namespace.
_DEFAULT_NAMESPACE: dict[str, str] = {None: ATOM}  # type: ignore[dict-item]
_NAMES = uuid5(NAMESPACE_DNS, "zhaiyao")


def atom(
    digests: Sequence[Digest], *, profile: str = "", language: str = DEFAULT_LANGUAGE, site_url: str = ""
) -> bytes:
    """A feed of these editions of a profile, newest first, as an XML document (UTF-8).

    `site_url` is the address of the folder that this feed and the page are served from; without it the feed names
    no address of its own. At least one digest is needed, because a feed without a date is not valid.
    """
    say, pages = Messages(language), [view(digest) for digest in digests]
    feed = etree.Element(_name("feed"), {_XML_LANG: say.tag}, nsmap=_DEFAULT_NAMESPACE)
    _add(feed, "id", _urn("feed", profile or pages[0].edition_id))
    _add(feed, "title", _feed_title(profile, pages[0], say))
    _add(feed, "subtitle", _subtitle(pages[0], say))
    _add(feed, "updated", _stamp(max(page.made_at for page in pages)))
    _add(etree.SubElement(feed, _name("author")), "name", "Zhaiyao")
    _add(feed, "generator", "Zhaiyao")
    _add(
        feed, "rights", "\n".join(dict.fromkeys(line for page in pages for line in wording.acknowledgements(page, say)))
    )
    if site_url:
        root = site_url.rstrip("/")
        _link(feed, "self", f"{root}/{FEED_NAME}", "application/atom+xml")
        _link(feed, "alternate", f"{root}/{PAGE_NAME}", "text/html")
    for page in pages:
        for section in page.sections:
            for paper in section.papers:
                _entry(feed, page, paper, say)
    return etree.tostring(feed, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _feed_title(profile: str, page: DigestView, say: Messages) -> str:
    if profile:
        return say.text("feed.title", profile=one_line(profile))
    return say.text("page.title.imported", document=page.edition_id)


def _subtitle(newest: DigestView, say: Messages) -> str:
    """What the feed is, and how complete its newest day is."""
    complete = wording.ledger_total(newest.ledger, say)
    return " · ".join((say.text("feed.subtitle"), *([complete] if complete else ())))


def _entry(feed: etree._Element, page: DigestView, paper: PaperView | VerbatimView, say: Messages) -> None:
    entry = etree.SubElement(feed, _name("entry"))
    published = _published(page)
    _add(entry, "id", _urn("entry", *_identity(page, paper)))
    _add(entry, "published", _stamp(published))
    if isinstance(paper, VerbatimView):
        _add(entry, "title", say.text("mark.verbatim"))
        _add(entry, "updated", _stamp(published))
    else:
        marks = [*wording.marks(paper, say), *([say.text("mark.kept")] if paper.title.kept else [])]
        title = [say.text("phrase.bracketed", mark=mark) for mark in marks]
        shown = " ".join([*title, paper.title.text or paper.label])
        _add(entry, "title", shown).set(_XML_LANG, language_tag(paper.title.language))
        _add(entry, "updated", _stamp(max(published, paper.rendered_at or published)))
        _facts(entry, paper)
    _add(entry, "content", fragment(paper, say)).set("type", "html")


def _facts(entry: etree._Element, paper: PaperView) -> None:
    for name in paper.authors:
        _add(etree.SubElement(entry, _name("author")), "name", name)
    for category in paper.categories:
        etree.SubElement(entry, _name("category"), term=category, scheme=_CATEGORY_SCHEME)
    _link(entry, "alternate", paper.arxiv_id.abs_url, "text/html")
    _link(entry, "related", paper.arxiv_id.pdf_url, "application/pdf")
    if paper.license:
        _add(entry, "rights", paper.license)
    if paper.tldr.body:
        _add(entry, "summary", paper.tldr.text).set(_XML_LANG, language_tag(paper.tldr.language))


def _identity(page: DigestView, paper: PaperView | VerbatimView) -> Iterator[str]:
    """What makes an entry itself: the paper's version, and the day or the document that showed it."""
    yield paper.anchor
    yield "" if isinstance(paper, VerbatimView) else str(paper.arxiv_id.version)
    yield page.date.isoformat() if page.date else page.edition_id


def _published(page: DigestView) -> datetime:
    """The beginning of the announcement date, which is when arXiv mails; of a document, when it was imported."""
    return datetime.combine(page.date, time(), UTC) if page.date else page.made_at


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _urn(*parts: str) -> str:
    return uuid5(_NAMES, "\x1f".join(parts)).urn


def _name(local: str) -> str:
    return f"{{{ATOM}}}{local}"


def _add(parent: etree._Element, local: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, _name(local))
    element.text = text
    return element


def _link(parent: etree._Element, rel: str, href: str, media_type: str) -> None:
    etree.SubElement(parent, _name("link"), rel=rel, href=href, type=media_type)
