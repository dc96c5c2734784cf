"""/api/query: what a request asks for, and the page of results that answers it."""

import re
from datetime import datetime

from tests.arxiv_server import render_api
from tests.arxiv_server.postings import Entry
from tests.arxiv_server.search_words import BadQuery, Parsed, parse
from tests.arxiv_server.view import Params, View
from tests.arxiv_server.wire import Answer

WINDOW = 10_000
_ID = re.compile(
    r"(?:arXiv:)?(?P<id>\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]{2,})?(?:\.[a-zA-Z-]{2,})?/\d{7})(?:v(?P<v>[1-9]\d*))?"
)
_SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
_INTERNAL = (
    "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application."
)

Found = tuple[Entry, datetime]


class _Refusal(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def search(view: View, query: Params) -> Answer:
    """`/api/query`."""
    try:
        asked, found = _found(view, query)
    except (_Refusal, BadQuery) as refusal:
        status = getattr(refusal, "status", 400)
        return _answer(render_api.error(str(refusal), view.now), status)
    shown = found[asked.start : asked.start + asked.size]
    if "api-empty-first" in view.faults or ("api-empty-page" in view.faults and asked.start):
        shown = []
    return _answer(render_api.feed(asked, shown, len(found), view.now))


def _found(view: View, query: Params) -> tuple[render_api.Query, list[Found]]:
    words, ids = query.get("search_query", ""), query.get("id_list", "")
    start, size = _number(query, "start", 0), _number(query, "max_results", 10)
    if not words and not ids:
        raise _Refusal("Either a search_query or id_list must be specified for the classic API.")
    order, by = query.get("sortOrder", "descending"), query.get("sortBy", "relevance")
    if by not in _SORTS:
        raise _Refusal(f"sortBy must be in: {', '.join(_SORTS)}")
    if not size or 1 + round(start / size) > WINDOW / size:
        raise _Refusal(_INTERNAL, 500)
    parsed = parse(words) if words else None
    found = _by_id(view, ids) if ids else _everything(view)
    if parsed:
        found = [one for one in found if parsed.test(*one)]
    found.sort(key=lambda one: one[0].id[::-1])  # equal scores come in no order that means anything
    if by != "relevance":
        at = 0 if by == "lastUpdatedDate" else 1
        found.sort(key=lambda one: (one[0].submitted or one[1], one[1])[at], reverse=order == "descending")
    return render_api.Query(search=_echo(parsed), ids=ids, start=start, size=size), found


def _echo(parsed: Parsed | None) -> str:
    return parsed.echo if parsed else ""


def _by_id(view: View, ids: str) -> list[Found]:
    found: dict[str, Found] = {}
    for told in filter(None, map(str.strip, ids.split(","))):
        match = _ID.fullmatch(told)
        if match is None:
            raise _Refusal(f"incorrect id format for {told}")
        versions = view.world.versions(match["id"], on=view.api_day) if view.api_day else ()
        number = int(match["v"] or len(versions))
        if 0 < number <= len(versions):
            entry = versions[number - 1]
            found[f"{entry.id}v{number}"] = entry, versions[0].submitted or view.now
    return list(found.values())


def _everything(view: View) -> list[Found]:
    return view.world.library(view.api_day) if view.api_day else []


def _number(query: Params, name: str, default: int) -> int:
    told = query.get(name, str(default))
    try:
        number = int(told)
    except ValueError:
        raise _Refusal(f"{name} must be an integer") from None
    if number < 0:
        raise _Refusal(f"{name} must be non-negative")
    return number


def _answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, body=body, headers={"Content-Type": "application/atom+xml; charset=utf-8"})
