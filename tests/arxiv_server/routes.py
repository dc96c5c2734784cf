"""From the address of a request to its interface, the categories it is about, and the answer of a healthy arXiv."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tests.arxiv_server import listings, oai, query_api, render_feed
from tests.arxiv_server.cycle import ONE_DAY, at_new_york
from tests.arxiv_server.render_abs import abs_page
from tests.arxiv_server.render_listing import error_page
from tests.arxiv_server.taxonomy import NAMES, BadSpec, names_of, set_of
from tests.arxiv_server.view import Params, View
from tests.arxiv_server.wire import Answer, Asked

Render = Callable[[View], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request goes. `names` are the categories it is about, `told` how it named them; `lasting`: its answer
    changes only with the day, so that it can be kept."""

    interface: str
    names: tuple[str, ...] = ()
    told: str = ""
    render: Render
    lasting: bool = False

    def day(self, view: View, asked: Asked) -> date | None:
        """The announcement day that the answer is about."""
        if self.interface == "feed":
            return view.today
        if self.interface in ("new", "recent"):
            return view.listing_day
        words = asked.path.rpartition("/")[2] if self.interface == "catchup" else asked.query.get("from", "")
        found = re.search(r"\d{4}-\d{2}-\d{2}", words or asked.query.get("resumptionToken", ""))
        try:
            return date.fromisoformat(found[0]) if found else None
        except ValueError:
            return None


def route(asked: Asked, feeds: Mapping[str, bytes]) -> Route | None:
    """None for what arXiv does not have. `feeds` are documents given for certain specs."""
    for pattern, make in _ROUTES:
        if match := pattern.fullmatch(asked.path):
            return make(match, asked, feeds)
    return None


def _feed(match: re.Match[str], asked: Asked, feeds: Mapping[str, bytes]) -> Route:
    form, spec = match["form"], match["spec"]
    given = feeds.get(spec)
    try:
        names = names_of(spec)
    except BadSpec as error:
        reason = str(error)
        return Route(interface="feed", told=spec, render=lambda view: _bad_feed(form, spec, reason, view))
    if given is not None:
        headers = {"Content-Type": f"application/{form}+xml"}
        return Route(interface="feed", names=names, told=spec, render=lambda _: Answer(body=given, headers=headers))
    if asked.query.get("version", "2.0") != "2.0":
        reason = (
            f"Unsupported feed version 'RSS {asked.query['version']}' requested. Valid options are: Atom 1.0, RSS 2.0."
        )
        return Route(interface="feed", names=names, told=spec, render=lambda view: _bad_feed(form, spec, reason, view))
    return Route(
        interface="feed", names=names, told=spec, lasting=True, render=lambda view: _good_feed(form, names, view)
    )


def _good_feed(form: str, names: tuple[str, ...], view: View) -> Answer:
    render = render_feed.rss if form == "rss" else render_feed.atom
    dated, shown = view.feed(names)
    body = render(names, dated, shown, built=view.today)
    # arXiv sends the tag without quotes.
    headers = {"Content-Type": f"application/{form}+xml", "ETag": hashlib.sha256(body).hexdigest()}
    left = int((at_new_york(view.today + ONE_DAY, 0) - view.now).total_seconds())
    return Answer(body=body, headers={**headers, "Cache-Control": f"max-age={left}"})


def _bad_feed(form: str, spec: str, reason: str, view: View) -> Answer:
    render = render_feed.rss_error if form == "rss" else render_feed.atom_error
    body = render(spec, reason, view.today)
    return Answer(status=400, body=body, headers={"Content-Type": f"application/{form}+xml"})


def _list(match: re.Match[str], asked: Asked, _: Mapping[str, bytes]) -> Route:
    subject, which = match["subject"], match["which"]
    interface = {"new": "new", "recent": "recent", "pastweek": "recent"}.get(which, "month")
    return Route(
        interface=interface,
        names=(subject,),
        told=subject,
        lasting="if-modified-since" not in asked.headers,
        render=lambda view: listings.listing(view, subject, which, asked.query, asked.headers),
    )


def _catchup(match: re.Match[str], asked: Asked, _: Mapping[str, bytes]) -> Route:
    subject, day = match["subject"], match["day"]
    return Route(
        interface="catchup",
        names=(subject,),
        told=subject,
        lasting=True,
        render=lambda view: listings.catchup(view, subject, day, asked.query),
    )


def _api(_: re.Match[str], asked: Asked, __: Mapping[str, bytes]) -> Route:
    names = tuple(re.findall(r"\bcat:([\w.-]+)", asked.query.get("search_query", "")))
    told = "+".join(names)
    return Route(interface="api", names=names, told=told, render=lambda view: query_api.search(view, asked.query))


def _oai(_: re.Match[str], asked: Asked, __: Mapping[str, bytes]) -> Route:
    wanted = asked.query.get("set", "") or _set_in_token(asked.query)
    names = tuple(name for name in NAMES if set_of(name) == wanted)
    return Route(interface="oai", names=names, told="+".join(names), render=lambda view: oai.answer(view, asked.query))


def _set_in_token(query: Params) -> str:
    found = re.search(r"&set=([^&]+)", oai.plain(query.get("resumptionToken", "")))
    return found[1] if found else ""


def _abs(match: re.Match[str], _: Asked, __: Mapping[str, bytes]) -> Route:
    name, number = match["id"], match["version"]
    return Route(interface="abs", render=lambda view: _abs_answer(name, number, view))


def _abs_answer(name: str, number: str | None, view: View) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "max-age=3600"}
    if name.startswith("arXiv:"):
        return Answer(status=301, headers={"Location": f"/abs/{name.removeprefix('arXiv:')}{number or ''}"})
    versions = view.world.versions(name, on=view.listing_day) if view.listing_day else ()
    at = int(number[1:]) if number else len(versions)
    if not 0 < at <= len(versions):
        return Answer(status=404, body=error_page(f"[{name}] Article not found").encode(), headers=headers)
    return Answer(body=abs_page(versions[at - 1], versions).encode(), headers=headers)


_ROUTES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Asked, Mapping[str, bytes]], Route]], ...] = (
    (re.compile(r"/(?P<form>rss|atom)/(?P<spec>[^/]+)"), _feed),
    (re.compile(r"/list/(?P<subject>[^/]+)/(?P<which>[^/]+)"), _list),
    (re.compile(r"/catchup/(?P<subject>[^/]+)/(?P<day>[^/]+)"), _catchup),
    (re.compile(r"/api/query"), _api),
    (re.compile(r"/oai2?"), _oai),
    (re.compile(r"/abs/(?P<id>.+?)(?P<version>v[1-9]\d*)?"), _abs),
)
