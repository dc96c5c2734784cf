"""Claim: the embedded engine is at least 0.9 times as fast as a bare xllamacpp loop over the same prompts.

    python bench/local.py [--sentences 24] [--rounds 3] [--slots 8] [--model packaged] [--papers 2]

Both use the same loaded model, slots and prompts, and each prompt has its own number of tokens to write. They take
turns at beginning; the ratio of their rates (tokens a second of wall time) is taken round by round, and its median
counts. Exits with 1 below 0.9. Then some papers go through the ladder, and what it costs is told apart: its own time
(masking, checking, rounds), and the requests that the first round of each paper did not have. Texts: the bundled
sample day.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from platformdirs import user_cache_dir

from zhaiyao.asking import EngineTraits, Job, Reply, Request
from zhaiyao.engines.local import SENTENCE_CONTEXT, Llama, LocalEngine, LocalSpec, load, traits_of
from zhaiyao.engines.models import PACKAGED, locate
from zhaiyao.records import RenditionKind, Version
from zhaiyao.segmenting import sentences
from zhaiyao.sources.arxiv_feed import parse
from zhaiyao.worker import TranslatorSpec

LIMIT = 0.9
FOLDER = Path(user_cache_dir("zhaiyao")) / "bench"


def sample_day() -> tuple[Version, ...]:
    """The papers of the bundled sample day."""
    page = parse((files("zhaiyao") / "data" / "demo" / "rss.xml").read_bytes())
    return tuple(sighting.version for sighting in page.sightings)


def prompts(count: int) -> list[Request]:
    """Requests for so many sentences, each with its own length of answer."""
    texts = [text for paper in sample_day() for text in (paper.title, *(one.text for one in sentences(paper.abstract)))]
    return [
        Request(
            kind=RenditionKind.ABSTRACT,
            system="",
            prompt=f"English: {text}\nChinese:",
            sources=(text,),
            max_tokens=8 + 2 * len(text.split()),
        )
        for text in islice(cycle(texts), count)
    ]


def bare(llama: Llama, requests: Sequence[Request], slots: int) -> int:
    """The shortest loop that keeps all slots busy. Returns the tokens that were written."""

    def one(request: Request) -> int:
        written = 0

        def hear(chunk: Mapping[str, object]) -> bool:
            nonlocal written
            usage = chunk.get("usage")
            if isinstance(usage, dict):
                written = int(usage["completion_tokens"])
            return False

        body = {
            "prompt": request.prompt,
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        llama.handle_completions(body, hear)
        return written

    with ThreadPoolExecutor(slots) as pool:
        return sum(pool.map(one, requests))


def ours(engine: LocalEngine, requests: Sequence[Request]) -> int:
    """The engine over the same requests. Returns the tokens that were written."""
    replies = engine.ask(requests)
    assert not any(reply.fault for reply in replies), replies
    return sum(reply.completion_tokens for reply in replies)


def rate(run: Callable[[], int]) -> float:
    """Tokens a second."""
    started = time.perf_counter()
    written = run()
    return written / (time.perf_counter() - started)


def compared(llama: Llama, engine: LocalEngine, requests: Sequence[Request], *, slots: int, rounds: int) -> float:
    """The median of the engine's rate in the bare loop's, round by round."""
    contestants = {"bare": lambda: bare(llama, requests, slots), "engine": lambda: ours(engine, requests)}
    for run in contestants.values():
        run()  # both warm
    ratios = []
    for number in range(rounds):
        order = list(contestants) if number % 2 else list(reversed(contestants))
        rates = {name: rate(contestants[name]) for name in order}
        ratios.append(rates["engine"] / rates["bare"])
        print(
            f"round {number + 1}: bare {rates['bare']:6.1f} tokens/s, engine {rates['engine']:6.1f}, {ratios[-1]:.3f}"
        )
    return median(ratios)


@dataclass(slots=True)
class Watched:
    """An engine whose time and requests are counted; the recipe of itself. One caller at a time."""

    engine: LocalEngine
    seconds: float = 0.0
    rounds: list[int] = field(default_factory=list)

    @property
    def traits(self) -> EngineTraits:
        return self.engine.traits

    def open(self) -> "Watched":
        return self

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        started = time.perf_counter()
        try:
            return self.engine.ask(requests)
        finally:
            self.seconds += time.perf_counter() - started
            self.rounds.append(len(requests))

    def close(self) -> None:
        """Leaves the engine open: it is not its own."""


def ladder(engine: LocalEngine, count: int) -> None:
    """Prints what the ladder adds, over some papers."""
    watched = Watched(engine)
    worker = TranslatorSpec((watched,)).build()
    first = total = 0
    started = time.perf_counter()
    for paper in sample_day()[:count]:
        job = Job(
            paper_id=paper.paper_id,
            version=paper.number,
            title=paper.title,
            abstract=paper.abstract,
            kinds=tuple(RenditionKind),
        )
        watched.rounds.clear()
        worker((job,))
        first += watched.rounds[0]
        total += sum(watched.rounds)
    wall = time.perf_counter() - started
    own = wall - watched.seconds
    print(f"ladder: {count} papers in {wall:.1f} s, {1000 * own / count:.0f} ms a paper of its own ({own / wall:.1%});")
    print(f"        {total} requests, {total - first} of them beyond the first round ({(total - first) / total:.0%})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slots", type=int, default=LocalSpec(models=FOLDER).slots)
    parser.add_argument("--papers", type=int, default=2)
    parser.add_argument("--model", default=PACKAGED)
    parser.add_argument("--models", type=Path, default=FOLDER, help="folder of model files (default: %(default)s)")
    told = parser.parse_args()
    spec = LocalSpec(models=told.models, model=told.model, slots=told.slots)
    file = locate(told.model, told.models)
    if not file.is_trained:
        parser.error("only the packaged models complete prompts of single sentences")
    llama = load(file, spec, SENTENCE_CONTEXT)
    with closing(LocalEngine(llama, traits_of(file), slots=told.slots)) as engine:
        print(f"{file.name}, {told.slots} slots, {told.sentences} sentences")
        found = compared(llama, engine, prompts(told.sentences), slots=told.slots, rounds=told.rounds)
        print(f"engine / bare: {found:.3f}, at least {LIMIT}{'' if found >= LIMIT else '  MISSED'}")
        if told.papers:
            ladder(engine, told.papers)
    return 0 if found >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
