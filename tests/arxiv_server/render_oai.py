"""OAI-PMH answers as arXiv prints them: envelopes, errors, and records as `arXivRaw`, `arXiv` and `oai_dc`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tests.arxiv_server import tex
from tests.arxiv_server.authors import Author, authors_of
from tests.arxiv_server.postings import Entry
from tests.arxiv_server.render_entry import escaped
from tests.arxiv_server.taxonomy import ALIASES, name_of, oai_sets, set_of

BASE = "https://oaipmh.arxiv.org/oai"
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_SCHEMAS = {
    "oai_dc": ("https://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    "arXiv": ("https://oaipmh.arxiv.org/OAI/arXiv.xsd", "http://arxiv.org/OAI/arXiv/"),
    "arXivOld": ("https://oaipmh.arxiv.org/OAI/arXivOld.xsd", "http://arxiv.org/OAI/arXivOld/"),
    "arXivRaw": ("https://oaipmh.arxiv.org/OAI/arXivRaw.xsd", "http://arxiv.org/OAI/arXivRaw/"),
}
FORMATS = tuple(_SCHEMAS)

_ERRORS = {
    "badArgument": (
        "The request includes illegal arguments, is missing required arguments, includes a repeated argument, "
        "or values for arguments have an illegal syntax."
    ),
    "badResumptionToken": "The value of the resumptionToken argument is invalid or expired.",
    "badVerb": "Value of the verb argument is not a legal OAI-PMH verb, the verb argument is missing, or is repeated.",
    "cannotDisseminateFormat": (
        "The metadata format identified by the value given for the metadataPrefix argument is not supported by the "
        "item or by the repository."
    ),
    "idDoesNotExist": "The value of the identifier argument is unknown or illegal in this repository.",
    "noRecordsMatch": (
        "The combination of the values of the from, until, set and metadataPrefix arguments results in an empty list."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A paper as OAI has it: all versions, oldest first, and the date of its last change."""

    versions: tuple[Entry, ...]
    stamp: date

    @property
    def current(self) -> Entry:
        """The newest version."""
        return self.versions[-1]


def envelope(now: datetime, request: str, body: str) -> bytes:
    """What stands round every answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" \n'
        f"         {_XSI}\n"
        '         xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
        ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"    <responseDate>{now:%Y-%m-%dT%H:%M:%SZ}</responseDate>\n                {request}\n\n\n{body}\n</OAI-PMH>"
    ).encode()


def request(words: Mapping[str, str]) -> str:
    """The echo of a request."""
    said = "".join(f' {name}="{escaped(value)}"' for name, value in words.items())
    return f"<request{said}>{BASE}</request>"


def error(code: str, reason: str = "") -> str:
    """An error, which comes with status 200."""
    words = f"{_ERRORS[code]} Reason: {reason}" if reason else _ERRORS[code]
    return f"    <error code='{code}'>{words}</error>"


def listed(verb: str, items: Iterable[str], token: str | None = None) -> str:
    """A list; `token` is None for one that fits on a page, else the element itself."""
    more = f"                    {token}\n\n" if token is not None else ""
    return f"    <{verb}>\n" + "".join(f"            {item}\n" for item in items) + f"{more}    </{verb}>"


def token(words: str, expires: date) -> str:
    """A resumption token; without words, the end of a list of several pages."""
    if not words:
        return "<resumptionToken/>"
    return f"<resumptionToken expirationDate='{expires}T00:00:00Z'>{words}</resumptionToken>"


def identify() -> str:
    """Who answers."""
    return (
        "    <Identify>\n        <repositoryName>arXiv</repositoryName>\n"
        f"        <baseURL>{BASE}</baseURL>\n        <protocolVersion>2.0</protocolVersion>\n"
        "        <adminEmail>help@arxiv.org</adminEmail>\n        <earliestDatestamp>2005-09-16</earliestDatestamp>\n"
        "        <deletedRecord>persistent</deletedRecord>\n        <granularity>YYYY-MM-DD</granularity>\n"
        "    </Identify>"
    )


def formats() -> str:
    """The four metadata formats."""
    items = (
        f"    <metadataFormat>\n    <metadataPrefix>{prefix}</metadataPrefix>\n    <schema>{schema}</schema>\n"
        f"    <metadataNamespace>{space}</metadataNamespace>\n</metadataFormat>\n"
        for prefix, (schema, space) in _SCHEMAS.items()
    )
    return listed("ListMetadataFormats", items)


def sets() -> str:
    """All sets on one page."""
    items = (
        f"    <set>\n        <setSpec>{spec}</setSpec>\n        <setName>{escaped(name)}</setName>\n    </set>\n"
        for spec, name in oai_sets()
    )
    return listed("ListSets", items)


def header(record: Record, *, aliases: bool) -> str:
    """Which sets a record is in: those of its categories, in lists of records with both names of each."""
    categories = list(record.current.categories)
    if aliases:
        both = {**ALIASES, **{name: alias for alias, name in ALIASES.items()}}
        categories = [name for category in categories for name in (category, both.get(category, category))]
    specs = "".join(f"            <setSpec>{set_of(one)}</setSpec>\n" for one in dict.fromkeys(categories))
    return (
        f"    <header>\n        <identifier>oai:arXiv.org:{record.current.id}</identifier>\n"
        f"        <datestamp>{record.stamp}</datestamp>\n{specs}    </header>\n"
    )


def record(one: Record, prefix: str) -> str:
    """Header and metadata."""
    body = {"arXivRaw": _raw, "arXiv": _arxiv, "oai_dc": _dublin_core}.get(prefix, _arxiv)(one)
    head = header(one, aliases=True)
    metadata = f"            <metadata>\n{body}\n            </metadata>\n"
    return f"    <record>\n            {head}\n{metadata}        </record>\n"


def _raw(one: Record) -> str:
    entry = one.current
    fields = {
        "title": entry.title,
        "authors": entry.authors,
        "categories": " ".join(entry.categories),
        **_optional(entry),
        "abstract": entry.abstract,
    }
    versions = "".join(map(_version, one.versions))
    names = {"id": entry.id, "submitter": authors_of(entry.authors)[0].name}
    return _opened("arXivRaw") + _elements(names) + versions + _elements(fields) + "    </arXivRaw>\n"


def _version(entry: Entry) -> str:
    source = f"                    <source_type>{entry.source}</source_type>\n" if entry.source else ""
    return (
        f'            <version version="v{entry.version}">\n'
        f"                <date>{entry.submitted:%a, %d %b %Y %H:%M:%S} GMT</date>\n"
        f"                <size>{0 if entry.withdrawn else entry.size}kb</size>\n{source}            </version>\n"
    )


def _arxiv(one: Record) -> str:
    """`created` is when the current version came in, whatever the schema says."""
    entry = one.current
    updated = f"            <updated>{one.stamp}</updated>\n" if len(one.versions) > 1 else ""
    fields = {
        "title": tex.accents_and_greek(entry.title),
        "categories": " ".join(entry.categories),
        **{name: tex.accents_and_greek(text) for name, text in _optional(entry).items()},
        "abstract": "  " + tex.accents_and_greek(entry.abstract),
    }
    first = f"        <id>{entry.id}</id>\n        <created>{entry.submitted:%Y-%m-%d}</created>\n{updated}"
    people = "".join(map(_author, authors_of(entry.authors)))
    authors = f"        <authors>\n{people}        </authors>\n"
    return _opened("arXiv") + first + authors + _elements(fields) + "    </arXiv>\n"


def _author(author: Author) -> str:
    parts = {"keyname": author.key, "forenames": author.forenames, "suffix": author.suffix}
    return f"                <author>\n{_elements(parts)}                </author>\n"


def _dublin_core(one: Record) -> str:
    entry = one.current
    last_first = [", ".join(filter(None, (author.key, author.forenames))) for author in authors_of(entry.authors)]
    fields: Sequence[tuple[str, str]] = (
        ("title", tex.accents_and_greek(entry.title)),
        *(("creator", name) for name in last_first),
        *(("subject", name_of(category)) for category in entry.categories),
        ("description", "  " + tex.accents_and_greek(entry.abstract)),
        *([("description", "Comment: " + entry.comments)] if entry.comments else []),
        *(("date", f"{version.submitted:%Y-%m-%d}") for version in dict.fromkeys((one.versions[0], entry))),
        ("type", "text"),
        ("identifier", f"https://arxiv.org/abs/{entry.id}"),
        ("identifier", f"http://arxiv.org/abs/{entry.id}"),
        *([("identifier", entry.journal_ref)] if entry.journal_ref else []),
        *(("identifier", f"doi:{doi}") for doi in entry.doi.split()),
    )
    body = "".join(f"        <dc:{name}>{escaped(text)}</dc:{name}>\n" for name, text in fields)
    schema, space = _SCHEMAS["oai_dc"]
    names = f'xmlns:oai_dc="{space}" xmlns:dc="http://purl.org/dc/elements/1.1/" {_XSI}'
    return f'    <oai_dc:dc {names} xsi:schemaLocation="{space} {schema}">\n{body}    </oai_dc:dc>\n'


def _optional(entry: Entry) -> dict[str, str]:
    """In arXiv's order. Where there is an ACM class, its element holds the MSC one, or the word None."""
    return {
        "comments": entry.comments,
        "report-no": entry.report_no,
        "acm-class": (entry.msc or "None") if entry.acm else "",
        "msc-class": entry.msc,
        "journal-ref": entry.journal_ref,
        "doi": entry.doi,
        "license": entry.license,
    }


def _opened(name: str) -> str:
    schema, space = _SCHEMAS[name]
    return f'                        <{name} xmlns="{space}" {_XSI} xsi:schemaLocation="{space} {schema}">\n'


def _elements(fields: Mapping[str, str]) -> str:
    return "".join(f"        <{name}>{escaped(text)}</{name}>\n" for name, text in fields.items() if text)
