"""Answers of arXiv's query API and OAI-PMH in their real forms, with invented papers; and the same in other clothes.

`clothes` are what must not matter: order of attributes, prefixes of namespaces, encoding. `damaged` is what may happen
to bytes on their way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st
from lxml import etree


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A paper as an interface tells it: `versions` are (date, source type) pairs, oldest first."""

    id: str = "2603.90010"
    title: str = "On the gait of paper tigers"
    abstract: str = "We walk. They follow."
    authors: str = "Ada Lacewing (Inst. A), Bo Teasel"
    categories: tuple[str, ...] = ("cs.LG", "stat.ML")
    comments: str = ""
    journal_ref: str = ""
    dois: tuple[str, ...] = ()
    license: str = "http://creativecommons.org/licenses/by/4.0/"
    versions: tuple[tuple[str, str], ...] = (("Mon, 02 Mar 2026 18:01:02 GMT", ""),)
    updated: str = "2026-03-02T18:01:02Z"
    changed_on: str = "2026-03-04"
    deleted: bool = False

    @property
    def number(self) -> int:
        """The current version's."""
        return len(self.versions)


def whole() -> Told:
    """A paper with every field told."""
    return Told(
        id="math/0402999",
        title=r"Erd\H{o}s trees of $\alpha<\beta$",
        abstract="Let $p<1/2$ & more.\n  A second paragraph.",
        authors=r"Zs\'ofia K\H{o}halmi (Pest), Suparman",
        categories=("math.NA", "cs.NA"),
        comments="12 pages, in French",
        journal_ref=r"Ann. f\"ur X 3 (2026)",
        dois=("10.9999/one", "10.9999/two(3)4:5<6::7;8"),
        versions=(("Tue, 3 Feb 2004 01:02:03 GMT", ""), ("Mon, 02 Mar 2026 18:01:02 GMT", "D")),
    )


# --- query API ------------------------------------------------------------------------------------------------------


def feed(*papers: Told, total: int | None = None, start: int = 0) -> bytes:
    """A page of results, as the service of November 2025 prints it."""
    entries = "".join(_entry(paper) for paper in papers)
    return _feed(entries, len(papers) if total is None else total, start)


def refused(reason: str) -> bytes:
    """What comes with status 400 or 500."""
    address = f"https://arxiv.org/api/errors#{reason.replace(' ', '_')}"
    entry = (
        f"<entry><id>{escape(address)}</id><title>Error</title><updated>2026-03-04T01:02:03Z</updated>"
        f'<link href={quoteattr(address)} rel="alternate" type="text/html"/><summary>{escape(reason)}</summary>'
        "<author><name>arXiv api core</name></author></entry>"
    )
    return _feed(entry, 1, 0)


def _feed(entries: str, total: int, start: int) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
        ' xmlns="http://www.w3.org/2005/Atom">\n  <id>https://arxiv.org/api/x+y/z</id>\n'
        "  <title>arXiv Query: search_query=&amp;id_list=</title>\n  <updated>2026-03-04T01:02:03Z</updated>\n"
        f"  <opensearch:itemsPerPage>100</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n{entries}</feed>\n"
    ).encode()


def _entry(paper: Told) -> str:
    address = f"arxiv.org/abs/{paper.id}v{paper.number}"
    optional = (("comment", paper.comments), ("journal_ref", paper.journal_ref))
    terms = (f'<category term="{name}" scheme="http://arxiv.org/schemas/atom"/>' for name in paper.categories)
    dois = (
        f'<arxiv:doi>{escape(doi)}</arxiv:doi><link href={quoteattr(f"https://doi.org/{doi}")} rel="related"/>'
        for doi in paper.dois
    )
    return (
        f"<entry>\n<id>http://{address}</id>\n<title>{escape(paper.title)}</title>\n<updated>{paper.updated}</updated>"
        f'<link href="https://{address}" rel="alternate" type="text/html"/><summary>{escape(paper.abstract)}</summary>'
        f"{''.join(terms)}<published>2004-02-03T01:02:03Z</published>"
        + "".join(f"<arxiv:{name}>{escape(text)}</arxiv:{name}>" for name, text in optional if text)
        + f'<arxiv:primary_category term="{paper.categories[0]}"/>'
        + "".join(_author(name) for name in paper.authors.split(", "))
        + f"{''.join(dois)}</entry>\n"
    )


def _author(told: str) -> str:
    name, _, place = told.rstrip(")").partition(" (")
    affiliation = f"<arxiv:affiliation>{escape(place)}</arxiv:affiliation>" if place else ""
    return f"<author><name>{escape(name)}</name>{affiliation}</author>"


# --- OAI-PMH --------------------------------------------------------------------------------------------------------


def records(*papers: Told, token: str | None = None, form: str = "arXivRaw", verb: str = "ListRecords") -> bytes:
    """A page of records; an empty `token` ends a list of several pages, none (None) stands on the only page of one."""
    return _answer(verb, "".join(_record(paper, form) for paper in papers) + _token(token))


def identifiers(*papers: Told, token: str | None = None) -> bytes:
    """A page of headers, which name but the first of a category's two names."""
    return _answer("ListIdentifiers", "".join(_header(paper, paper.categories[:1]) for paper in papers) + _token(token))


def oai_error(code: str, reason: str = "No.") -> bytes:
    """An error, which comes with status 200."""
    return _document(f"<error code='{code}'>{escape(reason)}</error>")


def sets(*specs: str) -> bytes:
    """The list of sets."""
    told = (f"<set><setSpec>{spec}</setSpec><setName>Science of {spec}</setName></set>" for spec in specs)
    return _answer("ListSets", "".join(told))


def _answer(verb: str, inner: str) -> bytes:
    return _document(f"<{verb}>\n{inner}\n</{verb}>")


def _document(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" \n'
        '         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n         xsi:schemaLocation='
        '"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"<responseDate>2026-03-05T01:02:03Z</responseDate>\n<request>https://oaipmh.arxiv.org/oai</request>\n{inner}\n"
        "</OAI-PMH>"
    ).encode()


def _token(token: str | None) -> str:
    if token is None:
        return ""
    return f"<resumptionToken expirationDate='2026-03-06T00:00:00Z'>{token}</resumptionToken>" if token else _END


_END = "<resumptionToken/>"


def _header(paper: Told, categories: Iterable[str]) -> str:
    gone = ' status="deleted"' if paper.deleted else ""
    specs = (name.partition(".") for name in categories)
    names = (f"<setSpec>{archive}:{archive}:{inner}</setSpec>" for archive, _, inner in specs)
    return (
        f"<header{gone}>\n<identifier>oai:arXiv.org:{paper.id}</identifier>\n"
        f"<datestamp>{paper.changed_on}</datestamp>\n{''.join(names)}</header>\n"
    )


def _record(paper: Told, form: str) -> str:
    header = _header(paper, paper.categories)
    if paper.deleted:
        return f"<record>{header}</record>"
    body = _raw(paper) if form == "arXivRaw" else _arxiv(paper)
    space = f'xmlns="http://arxiv.org/OAI/{form}/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return f"<record>{header}<metadata>\n<{form} {space}>{body}</{form}></metadata></record>\n"


def _raw(paper: Told) -> str:
    history = "".join(
        f'<version version="v{number}"><date>{date}</date><size>{0 if kind == "I" else 9}kb</size>'
        + (f"<source_type>{kind}</source_type>" if kind else "")
        + "</version>"
        for number, (date, kind) in enumerate(paper.versions, 1)
    )
    return f"<id>{paper.id}</id><submitter>A</submitter>{history}{_shared(paper, _element('authors', paper.authors))}"


def _arxiv(paper: Told) -> str:
    names = (told.partition(" (")[0].rpartition(" ") for told in paper.authors.split(", "))
    authors = (
        f"<author><keyname>{escape(last)}</keyname>{_element('forenames', first)}</author>" for first, _, last in names
    )
    dates = f"<created>{paper.updated[:10]}</created><updated>{paper.changed_on}</updated>"
    return f"<id>{paper.id}</id>{dates}{_shared(paper, '<authors>' + ''.join(authors) + '</authors>')}"


def _shared(paper: Told, authors: str) -> str:
    told = {
        "title": paper.title,
        "categories": " ".join(paper.categories),
        "comments": paper.comments,
        "acm-class": "None",
        "journal-ref": paper.journal_ref,
        "doi": " ".join(paper.dois),
        "license": paper.license,
        "abstract": f"  {paper.abstract}\n",
    }
    return authors + "".join(_element(name, text) for name, text in told.items())


def _element(name: str, text: str) -> str:
    shown = escape(text, {"'": "&#39;", '"': "&#34;"})
    return f"<{name}>{shown}</{name}>" if text else ""


# --- other clothes --------------------------------------------------------------------------------------------------


def _other_prefixes(root: etree._Element) -> bytes:
    """Every namespace under a prefix of its own, the default one too."""

    def dressed(element: etree._Element, parent: etree._Element | None) -> etree._Element:
        spaces = dict.fromkeys(etree.QName(one).namespace or "" for one in root.iter("*"))
        names = {f"n{number}": space for number, space in enumerate(spaces)}
        copy = etree.Element(element.tag, nsmap=names) if parent is None else etree.SubElement(parent, element.tag)
        copy.text, copy.tail = element.text, element.tail
        for name, value in element.attrib.items():
            copy.set(name, value)
        for child in element:
            dressed(child, copy)
        return copy

    return etree.tostring(dressed(root, None))


def _other_order(root: etree._Element) -> bytes:
    """Attributes the other way round."""
    for element in root.iter("*"):
        told = list(element.attrib.items())
        element.attrib.clear()
        for name, value in reversed(told):
            element.set(name, value)
    return etree.tostring(root)


def _encoded(name: str) -> Callable[[etree._Element], bytes]:
    return lambda root: etree.tostring(root, encoding=name, xml_declaration=True)


CLOTHES: dict[str, Callable[[etree._Element], bytes]] = {
    "prefixes": _other_prefixes,
    "attribute order": _other_order,
    "utf-16": _encoded("UTF-16"),
    "latin-1": _encoded("ISO-8859-1"),
    "ascii": _encoded("US-ASCII"),
}


def clothed(data: bytes, how: str) -> bytes:
    """The same document in one of the CLOTHES."""
    return CLOTHES[how](etree.fromstring(data))


@st.composite
def damaged(draw: st.DrawFn, documents: list[bytes]) -> bytes:
    """One of the documents after up to three accidents."""
    data = bytearray(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 80)))
        piece = draw(st.one_of(st.binary(max_size=8), st.sampled_from(_PIECES)))
        data[start:end] = piece
    return bytes(data)


_PIECES = [
    b"", b"<", b">", b"&", b"&amp;", b"&nbsp;", b"]]>", b"<![CDATA[", b"\x00", b"\xff\xfe", b"<entry/>", b"<record/>",
    b"<id>", b"</id>", b"99999999999999999999", b"v0", b"-1", "\u0661\u0662".encode(), b"0001-01-01T00:00:00+23:59",
    b"Mon, 99 Foo 2026", b"<error code='x'/>", b"<resumptionToken>",
]  # fmt: skip
