"""Runs one paper through the ladder of `translating` with an engine. Decides nothing; writes nothing."""

from dataclasses import dataclass

from zhaiyao.asking import Job, Reply, Translation
from zhaiyao.ports import Engine, EngineSpec
from zhaiyao.translating import translate


class Translator:
    """A worker: a job in, what came of it out. Thread-safe if its engine is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, job: Job) -> Translation:
        """Raises EngineError if the engine cannot work at all; a bad reply is an attempt in the result."""
        ladder = translate(job, self._engine.traits)
        replies: list[Reply] = []
        try:
            requests = next(ladder)
            while True:
                replies = self._engine.ask(requests)
                requests = ladder.send(replies)
        except StopIteration as end:
            result: Translation = end.value
            return result

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()


@dataclass(frozen=True, slots=True)
class TranslatorSpec:
    """A picklable recipe of a `Translator`."""

    engine: EngineSpec

    def build(self) -> Translator:
        """Opens the engine. Raises EngineError if it cannot work here."""
        return Translator(self.engine.open())
