"""`/abs/ID[vN]` of arxiv.org, as much of it as holds data. Pure text out."""

from collections.abc import Sequence

from tests.arxiv_server import tex
from tests.arxiv_server.authors import authors_of
from tests.arxiv_server.postings import Entry
from tests.arxiv_server.render_entry import escaped
from tests.arxiv_server.render_listing import framed


def abs_page(entry: Entry, versions: Sequence[Entry]) -> str:
    """One version of a paper; `versions` are all of them."""
    title = escaped(tex.accents_and_greek(entry.title))
    names = ", ".join(escaped(author.name) for author in authors_of(entry.authors))
    banner = "This paper" if entry.withdrawn else "A newer version of this paper"
    told = escaped(entry.comments)
    gone = versions[-1].withdrawn
    notice = f'    <span class="error">{banner} has been withdrawn by {names.split(", ")[0]}</span>\n' if gone else ""
    comments = f'          <td class="tablecell comments mathjax">{told}</td>\n' if told else ""
    body = (
        f'<div id="content-inner">\n  <div id="abs">\n{notice}'
        f'    <div class="dateline">\n  [{_dateline(entry, versions)}]</div>\n'
        f'    <h1 class="title mathjax"><span class="descriptor">Title:</span>{title}</h1>\n'
        f'    <div class="authors"><span class="descriptor">Authors:</span>{names}</div>\n'
        f'    <blockquote class="abstract mathjax">\n            <span class="descriptor">Abstract:</span>'
        f"{escaped(tex.accents(entry.abstract))}\n    </blockquote>\n"
        f'    <table summary="Additional metadata"><tr>\n{comments}        </tr></table>\n'
        f'    <div class="submission-history">\n      <h2>Submission history</h2>\n{_history(entry, versions)}</div>\n'
        f"  </div>\n{'<li>Withdrawn</li>' if entry.withdrawn else ''}</div>\n"
    )
    return framed(f"[{entry.id}] {title}", body)


def _dateline(entry: Entry, versions: Sequence[Entry]) -> str:
    first, last = versions[0], versions[-1]
    told = f"Submitted on {_day(first)}"
    if len(versions) == 1:
        return told
    link = f'<a href="https://arxiv.org/abs/{entry.id}v1">v1</a>'
    which = "this version" if entry.version == last.version else "latest version"
    return f"{told} ({link}), last revised {_day(last)} ({which}, v{last.version})"


def _history(entry: Entry, versions: Sequence[Entry]) -> str:
    return "".join(_line(entry, version) for version in versions)


def _line(entry: Entry, version: Entry) -> str:
    name = f"[v{version.version}]"
    link = f'<a href="/abs/{entry.id}v{version.version}" rel="nofollow">{name}</a>'
    shown = name if version.version == entry.version else link
    tail = "(1 KB) <em>(withdrawn)</em>" if version.withdrawn else f"({version.size:,} KB)"
    when = f"{version.submitted:%a}, {_day(version)} {version.submitted:%H:%M:%S}"
    return f"    <strong>{shown}</strong>\n{when} UTC {tail}<br/>\n"


def _day(version: Entry) -> str:
    assert version.submitted is not None, version.id
    return f"{version.submitted.day} {version.submitted:%b %Y}"
