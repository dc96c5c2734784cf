"""Runs one paper through the ladder of `translating` with an engine. Decides nothing; writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from zhaiyao.asking import Batch, Job, Reply, Translation
from zhaiyao.errors import EngineError
from zhaiyao.ports import Engine, EngineSpec
from zhaiyao.translating import translate

STOPPED = "stopped"
"""The fault of a request that the engine never answered because it stopped working."""


class Translator:
    """A worker: a job in, what came of it out. Thread-safe if its engine is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, jobs: Batch) -> tuple[Translation, ...]:
        """What came of each job, in order."""
        return tuple(map(self._translated, jobs))

    def _translated(self, job: Job) -> Translation:
        """What came of the job. An engine that stops working on the way is told in the result, with what it had
        answered before, since that is paid for."""
        ladder = translate(job, self._engine.traits)
        stopped: EngineError | None = None
        try:
            requests = next(ladder)
            while True:
                if stopped is None:
                    try:
                        replies: Sequence[Reply] = self._engine.ask(requests)
                    except EngineError as error:
                        stopped = error
                if stopped is not None:
                    replies = [_unanswered(stopped) for _ in requests]
                requests = ladder.send(replies)
        except StopIteration as end:
            result: Translation = end.value
            return replace(result, stopped=stopped)

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()


def _unanswered(error: EngineError) -> Reply:
    return Reply(text="", finished_at=datetime.now(UTC), fault=STOPPED, detail=error.what)


@dataclass(frozen=True, slots=True)
class TranslatorSpec:
    """A picklable recipe of a `Translator`: the engines of a policy, in the order in which they are asked."""

    engines: tuple[EngineSpec, ...]

    def build(self) -> Translator:
        """Opens the first engine. Raises EngineError if it cannot work here."""
        return Translator(self.engines[0].open())
