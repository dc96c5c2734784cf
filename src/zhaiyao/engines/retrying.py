"""When to ask a server again, and after how long. Pure: headers, counts and chance in, seconds out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from zhaiyao.http.answers import retry_after

TOO_MANY = 429
PASSING = frozenset({408, 409, 425, TOO_MANY})
"""Refusals that may pass; so may every 5xx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a request is sent at most, and how long it pauses in between, in seconds.

    Without a word from the server the pause is `first`, doubled from try to try as far as `longest`, of which chance
    takes up to half away, so that those that failed together do not come back together. A server that wants more than
    `limit` is not waited for. Silence costs a whole time-out each time, so it is borne only `silences` times.
    """

    tries: int = 5
    silences: int = 3
    first: float = 1.0
    longest: float = 30.0
    limit: float = 120.0

    def pause(self, tried: int, *, told: float = 0.0, chance: float) -> float | None:
        """Seconds until the next try after `tried` ones; None if there shall be none. `chance` is from 0 to 1."""
        if tried >= self.tries or told > self.limit:
            return None
        if told > 0:
            return told
        whole = min(self.longest, self.first * 2.0 ** (tried - 1))
        return whole * (1 - chance / 2)


def may_pass(status: int) -> bool:
    """Whether a refusal may be another one next time."""
    return status in PASSING or status >= 500


def told_pause(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that a server wants a client to wait, 0.0 if it does not say; names of headers are in lower case.

    `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), the same in milliseconds as OpenAI and Azure send
    it, or else when the used-up one of the limits that a server counts is reset (`x-ratelimit-reset…`).
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds > 0:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value) or retry_after(value, now)
    return seconds if seconds > 0 else max(_resets(headers, now), default=0.0)


def _resets(headers: Mapping[str, str], now: datetime) -> Iterator[float]:
    for name, value in headers.items():
        kind = name.removeprefix("x-ratelimit-reset")
        if kind != name and headers.get(f"x-ratelimit-remaining{kind}", "0").strip() in ("0", ""):
            yield _until(value.strip(), now)


def _until(value: str, now: datetime) -> float:
    """Of a duration (`90`, `1.5`, `6m0s`, `20ms`), or of an instant in seconds or milliseconds since 1970."""
    number = _number(value)
    if number > _THE_YEAR_2001:
        instant = number / 1000 if number > _THE_YEAR_2001 * 1000 else number
        return max(0.0, instant - now.timestamp())
    return number or _duration(value)


def _duration(value: str) -> float:
    """Of `1h2m3.5s` and `20ms`; 0.0 if it is none."""
    total, digits = 0.0, ""
    rest = value.replace("ms", "!")
    for sign in rest:
        if sign.isdecimal() or sign == ".":
            digits += sign
            continue
        if sign not in _UNITS:
            return 0.0
        total += _number(digits) * _UNITS[sign]
        digits = ""
    return 0.0 if digits else total


def _number(value: str) -> float:
    """Of plain digits, with a point; 0.0 of anything else (so no `inf`, no `nan`, no sign)."""
    value = value.strip()[:20]
    plain = value.isascii() and value.replace(".", "", 1).isdecimal()
    return float(value) if plain else 0.0


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "!": 0.001}
_THE_YEAR_2001 = 1e9
