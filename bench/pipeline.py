"""Claim: time goes to the endpoint. Its answers take a second, 64 are under way, one paper in each request: all papers
take <= 1.08 x ceil(papers / 64) seconds; <= 1.4 x with 5 % 429 (Retry-After 1 s), 5 % malformed, 2 % broken connections
and 1 % that never answer (time-out 3 s), and nothing that was answered well is asked again.

    python bench/pipeline.py                      640 papers, without faults and with them
    python bench/pipeline.py --papers 6400        the full run, about four minutes

The endpoint is a process of its own on a core of its own; what is measured has the other one: store on the disk,
driver, worker, ladder, checks, chat engine over HTTP, as `zhaiyao translate` wires them. Exits with 1 if a limit is
exceeded.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from zhaiyao import wiring
from zhaiyao.asking import Request
from zhaiyao.cli.common import Silent
from zhaiyao.engines.scripted import reply_text
from zhaiyao.ports import Store
from zhaiyao.records import Interface, Paper, RenditionKind, Version
from zhaiyao.settings import EngineSettings, Settings, load
from zhaiyao.usecases.translate import Translated, translate

LATENCY, AT_ONCE, TIMEOUT = 1.0, 64, 3.0
FAULTS = {"limited": 0.05, "malformed": 0.05, "reset": 0.02, "hang": 0.01}
LIMITS = {"calm": 1.08, "faulty": 1.4}

_NOUNS = ["tide", "glacier", "lantern", "orchard", "kettle", "meadow", "harbour", "violin", "windmill", "beehive"]
_VERBS = ["measure", "predict", "compress", "simulate", "classify", "estimate", "observe", "describe"]
_QUALITIES = ["robust", "sparse", "scalable", "causal", "hidden", "periodic", "slow", "uneven"]
_MARK = re.compile(r"basin (\d{5})")


def paper(number: int) -> tuple[Paper, Version]:
    """An invented paper of real length, about 1,300 characters; each of its sentences names its basin."""
    chance = random.Random(number)
    name = f"basin {number:05d}"

    def sentence() -> str:
        verb, (one, other), quality = chance.choice(_VERBS), chance.sample(_NOUNS, 2), chance.choice(_QUALITIES)
        return (
            f"We {verb} how every {one} of {name} answers to a {quality} {other}, and we find that its"
            f" $x_{{{chance.randint(1, 9)}}}$ grows by {chance.randint(2, 90)}% when the {chance.choice(_NOUNS)} is"
            f" {chance.choice(_QUALITIES)}."
        )

    title = f"A {chance.choice(_QUALITIES)} account of the {chance.choice(_NOUNS)} in {name}"
    abstract = " ".join(sentence() for _ in range(8))
    paper_id = f"26{number // 90_000 + 1:02d}.{number % 90_000 + 1:05d}"
    text = Version(paper_id=paper_id, number=1, interface=Interface.FEED, title=title, abstract=abstract)
    return Paper(id=paper_id, categories=("physics.ao-ph",)), text


def fill(store: Store, papers: int) -> None:
    """So many papers wait."""
    made = [paper(number) for number in range(papers)]
    with store.writing() as tx:
        tx.papers.put([one for one, _ in made], [text for _, text in made], [])
        tx.work.enqueue((one.id, 1, float(papers - place)) for place, (one, _) in enumerate(made))


@dataclass
class Endpoint:
    """Chat completions over raw sockets: answers after a second, and goes wrong as often as it is told."""

    faults: dict[str, float]
    chance: random.Random = field(default_factory=lambda: random.Random(4))
    counts: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    again: int = 0
    under_way: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"content-length: (\d+)", head.lower())
                body = await reader.readexactly(int(length[1]) if length else 0)
                answer = await self.answer(json.loads(body))
                if not answer:
                    writer.transport.abort()
                    return
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self, body: dict[str, object]) -> bytes:
        """The bytes that go back; none, if the connection is to break."""
        started = time.monotonic()
        text = "\n".join(message["content"] for message in body["messages"])  # type: ignore[attr-defined]
        marks = set(_MARK.findall(body["messages"][-1]["content"]))  # type: ignore[index]
        fault = self.fault()
        self.counts["requests"] += 1
        self.counts[fault or "good"] += 1
        self.again += any(self.good[mark] for mark in marks)
        self.under_way += 1
        self.counts["at once"] = max(self.counts["at once"], self.under_way)
        try:
            said = completion(body, text, malformed=fault == "malformed") if fault in ("", "malformed") else b""
            if fault == "hang":
                await asyncio.sleep(4 * TIMEOUT)
            if fault != "limited":
                await asyncio.sleep(max(0.0, LATENCY - (time.monotonic() - started)))
        finally:
            self.under_way -= 1
        if fault == "limited":
            return http("429 Too Many Requests", b'{"error":{"message":"Slow down."}}', "Retry-After: 1\r\n")
        if not fault:
            self.good.update(marks)
        return http("200 OK", said) if said else b""

    def fault(self) -> str:
        """By chance."""
        left = self.chance.random()
        for fault, share in self.faults.items():
            if (left := left - share) < 0:
                return fault
        return ""


def completion(body: dict[str, object], text: str, *, malformed: bool) -> bytes:
    """What the scripted engine says to these messages, in OpenAI's form."""
    system, prompt = (message["content"] for message in body["messages"])  # type: ignore[attr-defined]
    told = body.get("response_format")
    request = Request(
        kind=RenditionKind.ABSTRACT,
        system=system,
        prompt=prompt,
        sources=(),
        max_tokens=0,
        schema=told and told["json_schema"]["schema"],  # type: ignore[index]
    )
    said = reply_text(request, "truncated" if malformed else "")
    usage = {"prompt_tokens": len(text) // 4, "completion_tokens": len(said)}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def http(status: str, body: bytes, headers: str = "") -> bytes:
    """A response of HTTP/1.1 on a connection that stays open."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def endpoint(pipe: Connection, core: int | None, faults: dict[str, float]) -> None:
    """The endpoint's process: tells its port, serves until it is asked for its counts, tells them."""
    pin(core)

    async def run() -> None:
        told = Endpoint(faults)
        server = await asyncio.start_server(told.serve, "127.0.0.1", 0, limit=2**20)
        pipe.send(server.sockets[0].getsockname()[1])
        while not pipe.poll():
            await asyncio.sleep(0.2)
        pipe.send({**told.counts, "asked again": told.again, "papers answered": len(told.good)})
        os._exit(0)  # whoever still hangs, hangs for nobody

    asyncio.run(run())


def pin(core: int | None) -> None:
    """This process works on one core, where the system can say so."""
    if core is not None:
        os.sched_setaffinity(0, {core})


def cores() -> tuple[int | None, int | None]:
    """A core for us and one for the endpoint; none where there are not two, or the system cannot choose."""
    if not hasattr(os, "sched_setaffinity") or len(usable := sorted(os.sched_getaffinity(0))) < 2:
        return None, None
    return usable[0], usable[1]


def measured(home: Path, papers: int, port: int, timeout: float) -> tuple[Translated, float, float]:
    """What came of a pass, its seconds of wall time, and of ours on the processor."""
    settings, places = load(environment={"ZHAIYAO_HOME": str(home)})
    engine = EngineSettings(
        name="chat", model="stub", base_url=f"http://127.0.0.1:{port}/v1", concurrency=AT_ONCE, timeout=timeout
    )
    settings = msgspec.structs.replace(settings, engine=engine)
    settings = msgspec.structs.replace(settings, translation=msgspec.structs.replace(Settings().translation, batch=1))
    store = wiring.open_store(places)
    try:
        fill(store, papers)
        with wiring.crew(settings, places) as crew:
            started, busy = time.monotonic(), processor()
            report = translate(store, crew, clock=lambda: datetime.now(UTC), progress=Silent())
            return report, time.monotonic() - started, processor() - busy
    finally:
        store.close()


def processor() -> float:
    """Seconds of processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(name: str, papers: int) -> bool:
    """One pass; prints its figures. Whether they are good enough."""
    ours, theirs = cores()
    pipe, end = multiprocessing.Pipe()
    faults = FAULTS if name == "faulty" else {}
    process = multiprocessing.get_context("spawn").Process(target=endpoint, args=(end, theirs, faults), daemon=True)
    process.start()
    port = pipe.recv()
    pin(ours)
    with tempfile.TemporaryDirectory(prefix="zhaiyao-bench-") as folder:
        report, wall, busy = measured(Path(folder), papers, port, TIMEOUT if faults else 60.0)
    pipe.send("over")
    counts = pipe.recv()
    process.join()
    least = -(-papers // AT_ONCE) * LATENCY
    print(
        f"{name}: {papers} papers in {wall:.1f} s, {wall / least:.3f} x {least:.0f} s (limit {LIMITS[name]});"
        f" {1000 * busy / papers:.1f} ms of processor per paper; load {os.getloadavg()[0]:.1f}"
    )
    print(f"  complete {report.done}, incomplete {report.failed}, waiting {report.waiting}; {counts}")
    whole = report.done == papers and not (report.failed or report.waiting)
    return wall <= LIMITS[name] * least and whole and not counts["asked again"]


def main() -> int:
    """Both runs, or one."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--papers", type=int, default=640)
    options.add_argument("--only", choices=list(LIMITS))
    told = options.parse_args()
    names = [told.only] if told.only else list(LIMITS)
    passed = [run(name, told.papers) for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
