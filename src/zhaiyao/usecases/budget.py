"""A day's money: what is spent, what is under way, and whether one more paper fits. Spends nothing, writes nothing.

A request is paid when its answer comes, so what is under way is reserved for before it is sent: by the price of the
dearest engine that may be asked, the length of the text, and what papers of this pass have shown to cost. Two things
can pass a cap: papers that are under way and cost more than was reserved, and other processes on the same store, of
which only what they have written is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from zhaiyao.bookkeeping import Owner
from zhaiyao.ports import UnitOfWork
from zhaiyao.prices import Price, cost_micros

LONGEST = 2_200
"""Characters of a title and an abstract: arXiv takes 1,920 of an abstract (https://info.arxiv.org/help/prep)."""

STALE = timedelta(seconds=2)
"""How long the store's sum is trusted: other processes spend the same day's money."""

_INSTRUCTIONS = 900
_CHARACTERS_PER_TOKEN = 2.5
"""Of English in a prompt, and of English that becomes Chinese in an answer: fewer than any model's tokeniser needs."""

_MARGIN = 1.5
"""For sentences that are asked for again."""

UNPROVEN = 4
"""Of what would fit, such a part is sent before the first answer shows what a paper costs: a model that thinks aloud
costs many times the estimate, and with 64 requests under way that is known too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What a UTC day may cost, in millionths of the currency; what the dearest engine of the policy takes, and how many
    tokens one may think about a paper."""

    micros: int
    price: Price
    thinking: int = 0


def dearest(prices: Iterable[Price]) -> Price:
    """A price that none of these exceeds in anything."""
    told = tuple(prices)
    highest = max(max(price.input, price.written or price.input) for price in told)
    return Price(input=highest, cached=highest, output=max(price.output for price in told))


def next_day(now: datetime) -> datetime:
    """When the next UTC day begins."""
    return midnight(now.astimezone(UTC).date() + timedelta(days=1))


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def estimate(cap: Cap, characters: int) -> int:
    """What a text of this length costs at most, in millionths, if it is asked for once."""
    tokens = round(characters / _CHARACTERS_PER_TOKEN)
    return cost_micros(cap.price, prompt=_INSTRUCTIONS + tokens, cached=0, completion=tokens + 100 + cap.thinking)


def reserved(cap: Cap, characters: int) -> int:
    """What is set aside for a text of this length, in millionths, as long as nothing is known of what texts cost."""
    return round(estimate(cap, characters) * _MARGIN)


class Budget:
    """What is left of a cap. Of one thread: the driver's."""

    def __init__(self, cap: Cap) -> None:
        self._cap = cap
        self._read_at: datetime | None = None
        self._spent = self._elsewhere = 0
        self._reserved: dict[int, int] = {}
        self._estimated = self._cost = 0

    def look(self, tx: UnitOfWork, owner: Owner, now: datetime) -> None:
        """Reads what the day has cost and how many papers others than this owner have under way, if a new day began or
        what is known may no longer be true."""
        known = self._read_at
        if known is not None and now - known < STALE and known.date() == now.date():
            return
        today = midnight(now.astimezone(UTC).date())
        self._spent = sum(one.cost_micros for one in tx.renditions.spent(since=today))
        self._elsewhere = tx.work.held(besides=owner, now=now)
        self._read_at = now

    @property
    def room(self) -> int:
        """How many papers may be sent, however long they are."""
        each = max(1, self._price_of(LONGEST))
        unspent = self._cap.micros - self._spent - self._elsewhere * each
        room = (unspent - sum(self._reserved.values())) // each
        if not self._estimated:
            room = min(room, max(1, unspent // each // UNPROVEN) - len(self._reserved))
        return max(0, room)

    def reserve(self, claim: int, characters: int) -> None:
        """A text is sent."""
        self._reserved[claim] = self._price_of(characters)

    def settle(self, claim: int, characters: int, cost: int) -> None:
        """It came back, and cost this much."""
        if self._reserved.pop(claim, None) is not None:
            self._estimated += estimate(self._cap, characters)
            self._cost += cost
        self._spent += cost

    def _price_of(self, characters: int) -> int:
        """The estimate, and more where this pass has shown it to be too small (a model that thinks aloud, say)."""
        shown = self._cost / self._estimated if self._estimated else 0.0
        return round(reserved(self._cap, characters) * max(1.0, shown))
