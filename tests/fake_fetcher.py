"""A `Fetcher` without a network: a function answers, and every request is remembered."""

from collections.abc import Callable, Collection, Mapping

from zhaiyao.http import Response, refusal

Answer = bytes | tuple[int, bytes]
"""A body, or a status and a body."""


class FakeFetcher:
    """Asks `respond` with the parameters; refuses what `expect` does not allow, as the client does at its last try."""

    def __init__(self, respond: Callable[[dict[str, str]], Answer]) -> None:
        self._respond = respond
        self.asked: list[dict[str, str]] = []
        self.urls: list[str] = []

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        self.urls.append(url)
        self.asked.append(dict(params or {}))
        told = self._respond(dict(params or {}))
        status, content = told if isinstance(told, tuple) else (200, told)
        answer = Response(url=url, status=status, headers={"content-type": "text/xml"}, content=content)
        if status != 200 and status not in expect:
            raise refusal(answer)
        return answer


def in_turn(*answers: Answer) -> FakeFetcher:
    """Gives these answers one after the other, and the last one again and again."""
    waiting = list(answers)
    return FakeFetcher(lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0])
