"""What goes wrong, when, and for whom: by hand, or drawn from a seed. Decides; changes and sends nothing itself.

Everything depends on (plan, world, virtual time, request) alone, so that a run can be repeated.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from hashlib import blake2b

from tests.arxiv_server import dress, wire
from tests.arxiv_server.cycle import feed_at, listed_at
from tests.arxiv_server.mailings import World
from tests.arxiv_server.months import CATEGORIES

EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
HALF_A_MINUTE = 30
FEEDS = ("feed",)
PAGES = ("new", "recent", "catchup")
INTERFACES = ("feed", "new", "recent", "month", "catchup", "api", "oai", "abs")

# Kinds of the data, and the interfaces that they can happen to.
DATA: Mapping[str, tuple[str, ...]] = {
    "stale-feed": FEEDS,
    "stale-feed-redated": FEEDS,
    "late-date": FEEDS,
    "empty-feed": FEEDS,
    "half-listing": ("new", "catchup"),
    "empty-listing": PAGES,
    "missing-ids": (*FEEDS, *PAGES),
    "api-behind": ("api",),
    "api-empty-page": ("api",),
    "api-empty-first": ("api",),
    "oai-token-expired": ("oai",),
    "oai-skip": ("oai",),
}
_DRESSED = {"new-dress": dress.otherwise, "new-format": dress.foreign}
_TIMEOUT = (
    '<?xml version="1.0" encoding="utf-8"?>\n<html>\n  <head>\n    <title>503 first byte timeout</title>\n  </head>\n'
    "  <body>\n    <h1>Error 503 first byte timeout</h1>\n    <hr>\n  </body>\n</html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """A kind of fault from `since` (included) to `until` (excluded), at an interface, for a category; empty means any.

    `times` bounds how often it is served. For `missing-ids`, `day` is the announcement day (None: all) and `part` which
    of its ids are missing, as fractions of the sorted list.
    """

    kind: str
    interface: str = ""
    category: str = ""
    since: datetime = EVER[0]
    until: datetime = EVER[1]
    times: int | None = None
    day: date | None = None
    part: tuple[float, float] = (0.3, 0.6)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault; there are {', '.join(KINDS)}")
        if self.interface and self.interface not in INTERFACES:
            raise ValueError(f"{self.interface!r} is no interface; there are {', '.join(INTERFACES)}")

    def meets(self, interface: str, names: Collection[str], now: datetime) -> bool:
        """Whether it is about for a request."""
        return (
            self.since <= now < self.until
            and interface in ((self.interface,) if self.interface else DATA.get(self.kind, INTERFACES))
            and (not self.category or self.category in names)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A fault that was really served: when (virtual), where, for which category (or spec), and of which day if any."""

    at: datetime
    interface: str
    category: str
    kind: str
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All faults of a run. `rates`: the chance of each wire kind, drawn anew for each request and half minute."""

    mishaps: Sequence[Mishap] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        if strange := set(self.rates) - set(WIRE):
            raise ValueError(f"rates are for {', '.join(WIRE)}, not for {', '.join(sorted(strange))}")

    @classmethod
    def random(
        cls,
        world: World,
        *,
        seed: int = 0,
        categories: Sequence[str] = CATEGORIES,
        chances: Mapping[str, float] | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> "Plan":
        """Spells of each kind over the days of a world, each at least once, and flaky wires.

        `chances` (per day, and per category where the kind has one) and `rates` replace single defaults.
        """
        chance = random.Random(f"{seed}/{world.first}/{world.last}")
        days = [day for day in world.dates if day >= world.first]
        drawn: list[Mishap] = []
        for kind, rate in {**_CHANCES, **(chances or {})}.items():
            begin = 1 if kind.startswith("stale") and len(days) > 1 else 0  # the mailing before is one of the world's
            slots = [(day, name) for day in days[begin:] for name in (("",) if kind in _OF_ALL else categories)]
            hit = [slot for slot in slots if chance.random() < rate] or ([chance.choice(slots)] if rate else [])
            drawn += [_spell(kind, day, name, chance) for day, name in hit]
        drawn.sort(key=lambda mishap: (mishap.since, mishap.kind, mishap.category))
        return cls(mishaps=tuple(drawn), rates={**_RATES, **(rates or {})}, seed=seed)

    def about(self, interface: str, names: Collection[str], now: datetime) -> list[Mishap]:
        """The faults that are about for a request, in the order of the plan."""
        return [mishap for mishap in self.mishaps if mishap.meets(interface, names, now)]

    def flaky(self, interface: str, what: str, now: datetime) -> str | None:
        """The wire kind that chance has for a request, if any."""
        for kind, rate in self.rates.items():
            if _draw(self.seed, kind, interface, what, int(now.timestamp()) // HALF_A_MINUTE) < rate:
                return kind
        return None


def hidden(world: World, mishaps: Sequence[Mishap]) -> Callable[[date, str], bool]:
    """Whether a paper is not out yet, for the `missing-ids` among the mishaps."""
    spells = [mishap for mishap in mishaps if mishap.kind == "missing-ids"]

    @cache
    def missing(day: date) -> frozenset[str]:
        return frozenset(name for spell in spells if spell.day in (None, day) for name in _part(world, day, spell.part))

    return lambda day, paper_id: paper_id in missing(day)


def _part(world: World, day: date, part: tuple[float, float]) -> list[str]:
    ids = sorted(posting.entry.id for posting in world.days.get(day, ()) if posting.action == "new")
    low, high = (int(len(ids) * at) for at in part)
    return ids[low:high]


def trouble(kind: str, interface: str, now: datetime, seed: int) -> wire.Trouble:
    """What a kind of the wire or of the format does to an answer."""
    if kind in _DRESSED:
        return lambda answer: _changed(answer, _DRESSED[kind])
    if kind == "503" and interface == "oai":
        headers = {"Content-Type": "text/html", "Retry-After": "0"}
        return lambda _: wire.Answer(status=503, body=_TIMEOUT.encode(), headers=headers)
    if kind.endswith("-retry-after"):
        return wire.refused(int(kind[:3]), retry_after=_retry_after(now, seed), text="Rate exceeded.")
    return WIRE[kind]


def _retry_after(now: datetime, seed: int) -> str:
    """Seconds, or a date: both are allowed."""
    seconds = 20 + 10 * int(_draw(seed, "wait", now) * 5)
    if _draw(seed, "form", now) < 0.5:
        return str(seconds)
    when = (now + timedelta(seconds=seconds + 1)).astimezone(UTC)
    return format_datetime(when, usegmt=True)


def _changed(answer: wire.Answer, change: Callable[[bytes], bytes]) -> wire.Answer:
    return wire.replaced(change(answer.body))(answer) if answer.status == 200 else answer


def _cut(answer: wire.Answer) -> wire.Answer:
    return wire.shortened(len(answer.body) * 6 // 10)(answer)


def _broken(answer: wire.Answer) -> wire.Answer:
    return wire.broken_off(len(answer.body) * 6 // 10)(answer)


WIRE: Mapping[str, wire.Trouble] = {
    "429": wire.refused(429),
    "429-retry-after": wire.refused(429),
    "406": wire.refused(406, text="Not Acceptable"),
    "503": wire.refused(503, text="Service Unavailable"),
    "503-retry-after": wire.refused(503),
    "520": wire.refused(520, text="Web server returned an unknown error"),
    "zero-byte": wire.replaced(b""),
    "truncated": _cut,
    "broken-off": _broken,
    "gzip-garbage": wire.garbled,
    "html": wire.html_page(),
}
KINDS = (*DATA, *WIRE, *_DRESSED)

_RATES = {
    **{"429": 0.01, "429-retry-after": 0.006, "406": 0.004, "503": 0.01, "503-retry-after": 0.006, "520": 0.003},
    **{"zero-byte": 0.006, "truncated": 0.006, "broken-off": 0.006, "gzip-garbage": 0.004, "html": 0.006},
}
_CHANCES = {
    **{"stale-feed": 0.03, "stale-feed-redated": 0.02, "late-date": 0.03, "empty-feed": 0.02},
    **{"half-listing": 0.05, "empty-listing": 0.015, "missing-ids": 0.06, "new-dress": 0.03, "new-format": 0.02},
    **{"api-behind": 0.08, "api-empty-page": 0.1, "api-empty-first": 0.03, "oai-token-expired": 0.1, "oai-skip": 0.1},
}
_OF_ALL = frozenset(("missing-ids", "api-behind", "api-empty-page", "api-empty-first", "oai-token-expired", "oai-skip"))


def _spell(kind: str, day: date, category: str, chance: random.Random) -> Mishap:
    """One spell, as long as such spells are: feeds are wrong for most of a day, listings for some hours."""
    begins, hours = listed_at(day), chance.uniform(1, 10)
    interface, part = "", (0.3, 0.6)
    if DATA.get(kind) == FEEDS:
        begins, hours = feed_at(day), 24.0 if kind == "late-date" else chance.uniform(8, 24)
    elif kind == "missing-ids":
        hours, low = 48.0, chance.uniform(0, 0.6)
        part = (low, low + chance.uniform(0.1, 0.4))
    elif kind in ("oai-token-expired", "oai-skip", "api-behind"):
        hours = 24.0
    elif kind in _DRESSED:
        interface = chance.choice(("feed", "new", "recent", "catchup"))
    until = begins + timedelta(hours=hours)
    of = day if kind == "missing-ids" else None
    return Mishap(kind=kind, interface=interface, category=category, since=begins, until=until, day=of, part=part)


def _draw(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its words."""
    digest = blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
