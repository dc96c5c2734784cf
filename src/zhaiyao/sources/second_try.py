"""Asks once more when an answer came whole but cannot be read, for a cache or an overloaded server may have cut it.

Refusals and broken connections are `http`'s business, which has its own patience with them.
"""

from collections.abc import Callable
from typing import TypeVar

from zhaiyao.errors import ParseError
from zhaiyao.http import Response

Parsed = TypeVar("Parsed")


def ask(get: Callable[[], Response], parse: Callable[[bytes], Parsed]) -> Parsed:
    """What `parse` makes of the answer's body, at the second try at most. Raises ParseError, with the answer's address,
    and whatever `get` raises."""
    answer = get()
    try:
        return answer.read(parse)
    except ParseError as error:
        answer.suspect(error)
    return get().read(parse)
