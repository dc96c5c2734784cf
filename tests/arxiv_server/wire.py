"""Answers, and how they go wrong on the way: single troubles that a test or a plan puts between server and client."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came; names of headers are in lower case. `at` is the server's time."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back. The rest of the fields is how it goes wrong on the way.

    `delay` is in seconds, before the first byte; `drip` in seconds after each byte; of `body`, `cut` bytes are sent
    although more are promised; `flood` bytes of blanks follow the body, without a promised length.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    flood: int = 0


Trouble = Callable[[Answer], Answer]


def refused(status: int, *, retry_after: str = "", text: str = "Rate exceeded.") -> Trouble:
    """A status with a line of plain text, as arXiv's 429 and 503."""
    headers = {"Content-Type": "text/plain"} | ({"Retry-After": retry_after} if retry_after else {})
    return lambda _: Answer(status=status, body=text.encode(), headers=headers)


def html_page(title: str = "Log in to the campus network") -> Trouble:
    """A page for people, with status 200."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><p>Welcome.</body></html>\n"
    return lambda _: Answer(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def replaced(body: bytes) -> Trouble:
    """Other bytes under the same headers; none at all for `b""`."""
    return lambda answer: replace(answer, body=body)


def shortened(to: int) -> Trouble:
    """The beginning of the document, properly sent: what a server does that was cut off itself."""
    return lambda answer: replace(answer, body=answer.body[:to])


def broken_off(after: int) -> Trouble:
    """The connection ends although more bytes were promised."""
    return lambda answer: replace(answer, cut=after)


def slow(seconds: float) -> Trouble:
    """Nothing comes for so long, then the answer."""
    return lambda answer: replace(answer, delay=seconds)


def dripping(seconds: float) -> Trouble:
    """So long after each byte: never silent, never done."""
    return lambda answer: replace(answer, drip=seconds)


def zipped(answer: Answer) -> Answer:
    """The same, compressed."""
    return replace(
        answer, body=gzip.compress(answer.body, mtime=0), headers={**answer.headers, "Content-Encoding": "gzip"}
    )


def bomb(size: int) -> Trouble:
    """A few bytes that unpack to so many."""
    return lambda answer: zipped(replace(answer, body=b" " * size))


def flooding(size: int) -> Trouble:
    """So many bytes more, without saying so before."""
    return lambda answer: replace(answer, flood=size)


def announcing(size: int) -> Trouble:
    """A promise of so many bytes, none of which come."""
    return lambda answer: replace(answer, headers={**answer.headers, "Content-Length": str(size)}, cut=0)


def redirected(to: str, status: int = 302) -> Trouble:
    """Sends on to another address."""
    return lambda _: Answer(status=status, headers={"Location": to})


def garbled(answer: Answer) -> Answer:
    """Said to be compressed, and is not."""
    return replace(answer, body=b"\x1f\x8b\x08" + answer.body, headers={**answer.headers, "Content-Encoding": "gzip"})
