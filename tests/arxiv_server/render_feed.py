"""arXiv's feeds as it prints them: RSS 2.0, Atom, and both with an error in them. Pure text in, bytes out.

Form and order of the elements are those of real documents, to the byte; a test holds them to it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from tests.arxiv_server.world import Entry

NEW_YORK = ZoneInfo("America/New_York")

_RSS_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">'
)
_ATOM_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">'
)
_SKIP_DAYS = ("    <skipDays>", "      <day>Sunday</day>", "      <day>Saturday</day>", "    </skipDays>")


def midnight(day: date) -> datetime:
    """When a day begins in New York, which is when its feeds are built."""
    return datetime.combine(day, time(), NEW_YORK)


def built_at(day: date) -> datetime:
    """The instant that a feed gives as its making: seconds after midnight in New York, in UTC."""
    return midnight(day).astimezone(UTC).replace(second=2, microsecond=512345)


def rss(names: tuple[str, ...], day: date, shown: Iterable[tuple[str, Entry]], *, built: date | None = None) -> bytes:
    """The RSS 2.0 feed of a day of these archives and categories; `built` on that day unless something is wrong."""
    listed, joined = ", ".join(names), "+".join(names)
    head = _rss_channel(
        f"{listed} updates on arXiv.org",
        f"http://rss.arxiv.org/rss/{joined}",
        f"{listed} updates on the arXiv.org e-print archive.",
        day,
        built or day,
    )
    items = [line for kind, entry in shown for line in _rss_item(kind, entry, day)]
    return _joined(_RSS_HEAD, "  <channel>", *head, *_SKIP_DAYS, *items, "  </channel>", "</rss>")


def rss_error(spec: str, reason: str, day: date) -> bytes:
    """What comes with status 400: a feed whose title and description hold the error."""
    address = f"http://rss.arxiv.org/rss/{spec}"
    lines = _rss_channel(f"Feed error for query: {address}", address, reason, day, day)
    lines = [line.replace("rss-help@arxiv.org", "rss-help.arxiv.org") for line in lines]
    return _joined(_RSS_HEAD, "  <channel>", *lines, "  </channel>", "</rss>")


def atom(names: tuple[str, ...], day: date, shown: Iterable[tuple[str, Entry]], *, built: date | None = None) -> bytes:
    """As `rss`, in Atom."""
    listed, joined = ", ".join(names), "+".join(names)
    head = _atom_head(
        f"{listed} updates on arXiv.org",
        f"http://rss.arxiv.org/atom/{joined}",
        f"{listed} updates on the arXiv.org e-print archive.",
        built or day,
    )
    entries = [line for kind, entry in shown for line in _atom_entry(kind, entry, day, built or day)]
    return _joined(_ATOM_HEAD, *head, *entries, "</feed>")


def atom_error(spec: str, reason: str, day: date) -> bytes:
    """As `rss_error`."""
    address = f"http://rss.arxiv.org/atom/{spec}"
    return _joined(_ATOM_HEAD, *_atom_head(f"Feed error for query: {address}", address, reason, day), "</feed>")


def _rss_channel(title: str, link: str, description: str, day: date, built: date) -> list[str]:
    return [
        f"    <title>{escape(title)}</title>",
        f"    <link>{escape(link)}</link>",
        f"    <description>{escape(description)}</description>",
        f'    <atom:link href={quoteattr(link)} rel="self" type="application/rss+xml"/>',
        "    <docs>http://www.rssboard.org/rss-specification</docs>",
        "    <language>en-us</language>",
        f"    <lastBuildDate>{format_datetime(built_at(built))}</lastBuildDate>",
        "    <managingEditor>rss-help@arxiv.org</managingEditor>",
        f"    <pubDate>{format_datetime(midnight(day))}</pubDate>",
    ]


def _rss_item(kind: str, entry: Entry, day: date) -> list[str]:
    return [
        "    <item>",
        f"      <title>{escape(entry.title)}</title>",
        f"      <link>https://arxiv.org/abs/{entry.id}</link>",
        f"      <description>{_description(kind, entry)}</description>",
        f'      <guid isPermaLink="false">oai:arXiv.org:{entry.id}v{entry.version}</guid>',
        *(f"      <category>{name}</category>" for name in entry.categories),
        f"      <pubDate>{format_datetime(midnight(day))}</pubDate>",
        f"      <arxiv:announce_type>{kind}</arxiv:announce_type>",
        f"      <dc:rights>{entry.license}</dc:rights>",
        *_optional("      ", "arxiv:DOI", entry.doi),
        *_optional("      ", "arxiv:journal_reference", entry.journal_ref),
        f"      <dc:creator>{escape(entry.authors)}</dc:creator>",
        "    </item>",
    ]


def _atom_head(title: str, address: str, subtitle: str, day: date) -> list[str]:
    return [
        f"  <id>{escape(address)}</id>",
        f"  <title>{escape(title)}</title>",
        f"  <updated>{built_at(day).isoformat()}</updated>",
        f'  <link href={quoteattr(address)} rel="self" type="application/atom+xml"/>',
        f"  <subtitle>{escape(subtitle)}</subtitle>",
    ]


def _atom_entry(kind: str, entry: Entry, day: date, built: date) -> list[str]:
    return [
        "  <entry>",
        f"    <id>oai:arXiv.org:{entry.id}v{entry.version}</id>",
        f"    <title>{escape(entry.title)}</title>",
        f"    <updated>{built_at(built).isoformat()}</updated>",
        f'    <link href="https://arxiv.org/abs/{entry.id}" rel="alternate" type="text/html"/>',
        f"    <summary>{_description(kind, entry)}</summary>",
        *(f'    <category term="{name}"/>' for name in entry.categories),
        f"    <published>{midnight(day).isoformat()}</published>",
        f"    <arxiv:announce_type>{kind}</arxiv:announce_type>",
        f"    <dc:rights>{entry.license}</dc:rights>",
        *_optional("    ", "arxiv:journal_reference", entry.journal_ref),
        *_optional("    ", "arxiv:DOI", entry.doi),
        f"    <dc:creator>{escape(entry.authors)}</dc:creator>",
        "  </entry>",
    ]


def _description(kind: str, entry: Entry) -> str:
    return escape(f"arXiv:{entry.id}v{entry.version} Announce Type: {kind} \nAbstract: {entry.abstract}")


def _optional(indent: str, tag: str, value: str) -> list[str]:
    return [f"{indent}<{tag}>{escape(value)}</{tag}>"] if value else []


def _joined(*lines: str) -> bytes:
    return "\n".join((*lines, "")).encode()
