"""A provider's Batch API in OpenAI's form: cheaper answers within a day. Speaks no other dialect.

All requests of an `ask` go into one batch, and `ask` waits for it, for hours if need be; what a provider finds too
large goes in halves, one after the other. Which requests those are is in a journal on the disk before the provider
begins: after a kill an `ask` that holds some of the same requests takes their answers from there, and nothing is paid
twice. A batch whose beginning was not confirmed is looked for among the provider's before another one is begun.
"""

import asyncio
import json
import re
import time
import uuid
from collections import deque
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urlsplit

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines import wire
from zhaiyao.engines.background import Background
from zhaiyao.engines.correspondence import Correspondence, ServerSpec, utc_now
from zhaiyao.engines.journal import Entry, Journal, key_of
from zhaiyao.engines.refusals import TOO_LONG, end_of
from zhaiyao.engines.sending import MEGABYTE, Answer, Call, Silence
from zhaiyao.errors import EngineError
from zhaiyao.ports import Clock

MOST = 5_000
"""Requests in one batch; providers take 50,000 or 200 MB, which as many requests of one paper do not reach."""

LARGEST = 512 * MEGABYTE
"""Of the answers to a batch."""

HALF = Decimal("0.5")
"""What OpenAI, DashScope and Zhipu take of their price for a token in a batch."""

MISSED_POLLS = 10
"""How often in a row a provider may say nothing of a batch before a waiting caller is told; the batch goes on."""

LONGEST_WAIT = timedelta(hours=48)
"""How long after its beginning a batch is waited for: a provider ends each within its window, but who knows."""

_PAGES = 10
_FINAL = frozenset({"completed", "failed", "expired", "cancelled"})
_UNKNOWN = 404
_TOO_LARGE = re.compile(r"limit|exceed|too (large|many|big)|more than", re.IGNORECASE)
"""What a provider says of a batch that smaller ones may escape: tokens in its queue, requests or bytes in a file."""

Replies = dict[str, Reply]
Bodies = dict[str, wire.Body]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSpec(ServerSpec):
    """A picklable recipe. `folder` keeps the journal; `poll` is in seconds; `window` is within what time the provider
    is to answer, as it wants it told. `share` is the part of the `price` that a token of a batch costs."""

    folder: Path
    poll: float = 60.0
    window: str = "24h"
    share: Decimal = HALF

    def open(self) -> "BatchEngine":
        """Connects to nobody yet. Raises EngineError if it is clear already that this cannot work."""
        self.check()
        if self.dialect != "openai":
            hint = "Switch it off, or use a provider with OpenAI's Batch API."
            what = f"batches are not spoken in the dialect {self.dialect}"
            raise EngineError(what, subject=f"{self.section}.deferred", hint=hint)
        return BatchEngine(self)


class NoAnswer(Exception):  # a signal within this module, never seen outside
    """That a provider could not be asked; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.detail)
        self.reply = reply


class BatchEngine:
    """Answers through a provider's batches. Thread-safe; each call has batches of its own."""

    def __init__(self, spec: BatchSpec, *, clock: Clock = utc_now) -> None:
        price = spec.price and spec.price.times(spec.share)
        self._spec = spec
        self._clock = clock
        self._letters = Correspondence(replace(spec, price=price), clock)
        self._sender = self._letters.sender()
        self._background = Background("zhaiyao-batch", subject=self._letters.where)
        self._journal = Journal(spec.folder)
        self._server = f"{spec.address} {spec.model}"
        self._counted: set[str] = set()

    @property
    def traits(self) -> EngineTraits:
        """What it can do, as far as the provider has shown."""
        return self._letters.traits

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order. Raises EngineError if the provider will not work with us at all."""
        return self._background.run(lambda: self._ask(requests))

    def close(self) -> None:
        """Drops all connections; callers that wait get an EngineError, and their batches go on. Idempotent."""
        self._background.close(self._sender.close)

    async def _ask(self, requests: Sequence[Request]) -> list[Reply]:
        started = time.monotonic()
        bodies = [self._letters.body(request) for request in requests]
        asked = {key_of(body): body for body in bodies if body is not None}
        entries = self._journal.entries(self._server, self._clock())
        before = {key for entry in entries for key in entry.keys}
        old, new = ({key: asked[key] for key in asked if (key in before) == is_old} for is_old in (True, False))
        replies = await _merged(self._earlier(entries, old), self._answered(new))
        replies |= await self._answered({key: body for key, body in asked.items() if key not in replies})
        no_schema = self._letters.failure("schema-unsupported", "the provider takes no JSON schema")
        found = [no_schema if body is None else replies[key_of(body)] for body in bodies]
        seconds = time.monotonic() - started
        return [replace(reply, seconds=seconds) for reply in found]

    async def _earlier(self, entries: Sequence[Entry], asked: Bodies) -> Replies:
        """Good answers from batches that were begun before, perhaps by a process that was killed."""
        found: Replies = {}
        for entry in entries:
            wanted = {key: asked[key] for key in entry.keys if key in asked and key not in found}
            if not wanted:
                continue
            try:
                status, lines = await self._ended(await self._confirmed(entry))
            except NoAnswer as error:
                found |= dict.fromkeys(wanted, error.reply)  # another batch of them would be paid, too
                continue
            replies = self._replies(wanted, lines, status)
            found |= {key: reply for key, reply in replies.items() if not reply.fault}
        return found

    async def _answered(self, bodies: Bodies) -> Replies:
        """Answers from batches of their own, one after the other."""
        replies: Replies = {}
        waiting = deque(_parts(bodies, MOST))
        while waiting:
            part = waiting.popleft()
            found = await self._of_a_batch(part)
            if found is None:
                waiting.extendleft(reversed(list(_parts(part, -(-len(part) // 2)))))
            else:
                replies |= found
        return replies

    async def _of_a_batch(self, part: Bodies) -> Replies | None:
        """Answers from one batch; None if it is too large and can be smaller. Raises EngineError."""
        try:
            status, lines = await self._ended(await self._begun(part))
        except NoAnswer as error:
            is_too_large = error.reply.fault == TOO_LONG and len(part) > 1
            return None if is_too_large else dict.fromkeys(part, error.reply)
        if lines or not status.startswith("failed"):
            return self._replies(part, lines, status)
        if len(part) > 1 and _TOO_LARGE.search(status):
            return None
        hint = f"Check whether the model is offered in batches, or switch {self._spec.section}.deferred off."
        said = self._letters.clean(status)
        raise EngineError(f"the provider refused the batch: {said}", subject=self._letters.where, hint=hint)

    async def _begun(self, part: Bodies) -> Entry:
        """Uploads requests, writes them down, and has them begun."""
        lines = "".join(json.dumps(self._line(key, body), ensure_ascii=False) + "\n" for key, body in part.items())
        content, kind = _form(lines.encode("utf-8", "replace"))
        call = Call(path="/files", content=content, headers={"Content-Type": kind})
        file = wire.text((await self._told(call)).get("id"))
        if not file:
            raise NoAnswer(self._letters.failure("bad-reply", "the provider gave the uploaded file no number"))
        entry = Entry(server=self._server, file=file, keys=tuple(part), at=self._clock())
        self._journal.write(entry)
        return await self._created(entry)

    def _line(self, key: str, body: wire.Body) -> wire.Body:
        return {"custom_id": key, "method": "POST", "url": self._endpoint, "body": body}

    @property
    def _endpoint(self) -> str:
        """As the provider calls it: its version, as in the end of its address, and the path."""
        version = urlsplit(self._spec.address).path.rstrip("/").rpartition("/")[2] or "v1"
        return f"/{version}{self._letters.path}"

    async def _created(self, entry: Entry) -> Entry:
        """Has a batch begun. What is not confirmed is looked for before it is tried again."""
        told = {"input_file_id": entry.file, "endpoint": self._endpoint, "completion_window": self._spec.window}
        call = Call(path="/batches", content=json.dumps(told).encode())
        tried = 0
        while True:
            tried += 1
            sent = await self._sender.send(call, once=True)
            match sent.outcome:
                case Answer(is_good=True, text=text):
                    if batch := wire.text(wire.parsed(text).get("id")):
                        return self._confirm(entry, batch)
                case Answer(status=status, text=text) if status < 500 and status not in (408, 409, 429):
                    self._journal.forget(entry)
                    raise self._refused(status, text)
            if found := await self._looked_for(entry):
                return self._confirm(entry, found)
            pause = self._spec.patience.pause(tried, chance=0.0)
            if pause is None:
                raise NoAnswer(self._unreached(sent.outcome))
            await asyncio.sleep(pause)

    async def _confirmed(self, entry: Entry) -> Entry:
        """An entry of the journal with its batch, which is begun if that had not happened."""
        if entry.batch:
            return entry
        found = await self._looked_for(entry)
        return self._confirm(entry, found) if found else await self._created(entry)

    def _confirm(self, entry: Entry, batch: str) -> Entry:
        confirmed = replace(entry, batch=batch)
        with suppress(EngineError):  # as long as the unconfirmed one is there, its batch is found
            self._journal.write(confirmed)
        return confirmed

    async def _looked_for(self, entry: Entry) -> str:
        """The number of a provider's batch of the entry's file; `""` if it has none. Raises EngineError if the
        provider does not say."""
        after = ""
        for _ in range(_PAGES):
            sent = await self._sender.send(Call(method="GET", path=f"/batches?limit=100{after}"))
            if not (isinstance(sent.outcome, Answer) and sent.outcome.is_good):
                hint = (
                    f"Look there whether one of the file {entry.file} runs; if not, delete {self._journal.path(entry)}."
                )
                raise EngineError("the provider does not tell its batches", subject=self._letters.where, hint=hint)
            page = wire.parsed(sent.outcome.text)
            for batch in wire.mappings(page.get("data")):
                if batch.get("input_file_id") == entry.file:
                    return wire.text(batch.get("id"))
            if not page.get("has_more"):
                break
            after = f"&after={_quoted(wire.text(page.get('last_id')))}"
        return ""

    async def _ended(self, entry: Entry) -> tuple[str, dict[str, wire.Heard]]:
        """How a batch ended, and the lines of its answers. One that nothing can be had from is forgotten."""
        batch = await self._waited_for(entry)
        lines: dict[str, wire.Heard] = {}
        for name in ("error_file_id", "output_file_id"):
            if file := wire.text(batch.get(name)):
                sent = await self._sender.send(
                    Call(method="GET", path=f"/files/{_quoted(file)}/content", largest=LARGEST)
                )
                if not (isinstance(sent.outcome, Answer) and sent.outcome.is_good):
                    raise NoAnswer(self._unreached(sent.outcome, sent.history))
                lines |= _lines(sent.outcome.text)
        if not lines:
            self._journal.forget(entry)
        errors = wire.mappings(wire.mapping(batch.get("errors")).get("data"))
        why = "; ".join(wire.text(error.get("message")) for error in errors)
        return f"{wire.text(batch.get('status'))}: {why}" if why else wire.text(batch.get("status")), lines

    async def _waited_for(self, entry: Entry) -> wire.Heard:
        """The provider's batch, once it has ended."""
        call = Call(method="GET", path=f"/batches/{_quoted(entry.batch)}")
        missed = 0
        while True:
            sent = await self._sender.send(call)
            batch: wire.Heard = {}
            match sent.outcome:
                case Answer(is_good=True, text=text):
                    batch = wire.parsed(text)
                case Answer(status=status, text=text) if status != _UNKNOWN and end_of(status, text):
                    raise self._refused(status, text)
            status_told = wire.text(batch.get("status"))
            if status_told in _FINAL:
                return batch
            missed = 0 if status_told else missed + 1
            if missed >= MISSED_POLLS:
                if isinstance(sent.outcome, Answer) and sent.outcome.status == _UNKNOWN:
                    return {"status": "no longer known"}
                raise NoAnswer(self._unreached(sent.outcome, sent.history))
            if self._clock() - entry.at > LONGEST_WAIT:
                raise NoAnswer(self._letters.failure("timeout", f"the provider has not ended {entry.batch}"))
            await asyncio.sleep(self._spec.poll)

    def _replies(self, part: Bodies, lines: Mapping[str, wire.Heard], status: str) -> Replies:
        return {key: self._reply(key, lines.get(key), body, status) for key, body in part.items()}

    def _reply(self, key: str, line: wire.Heard | None, body: wire.Body, status: str) -> Reply:
        """What a line of the answers says. However often it is read, it is paid once (another process counts it anew:
        a cap may hold early, never late)."""
        if line is None:
            return self._letters.failure("no-answer", f"the batch ended without an answer to it ({status})")
        response = wire.mapping(line.get("response"))
        code = wire.count(response, "status_code")
        document = json.dumps(response.get("body") or line.get("error") or {}, ensure_ascii=False)
        if code == 200:
            reply = self._letters.read(document, body, cost=key not in self._counted)
            self._counted.add(key)
            return reply
        if self._letters.learn(code, document, body):
            return self._letters.failure("bad-request", "a parameter was refused; it is not sent again")
        refusal = self._letters.refusal(code, document)
        return refusal if isinstance(refusal, Reply) else self._letters.failure("stopped", refusal.what)

    async def _told(self, call: Call) -> wire.Heard:
        """The JSON that a provider answers. Raises NoAnswer, or EngineError for what every request would meet."""
        sent = await self._sender.send(call)
        match sent.outcome:
            case Answer(is_good=True, text=text):
                return wire.parsed(text)
            case Answer(status=status, text=text):
                raise self._refused(status, text, sent.history)
        raise NoAnswer(self._unreached(sent.outcome, sent.history))

    def _refused(self, status: int, document: str, history: str = "") -> EngineError | NoAnswer:
        refusal = self._letters.refusal(status, document, history)
        return NoAnswer(refusal) if isinstance(refusal, Reply) else refusal

    def _unreached(self, outcome: Answer | Silence, history: str = "") -> Reply:
        if isinstance(outcome, Answer):
            return self._letters.failure("server-error", f"{outcome.status}: {outcome.text}", history)
        return self._letters.failure(outcome.fault, outcome.detail, history)


async def _merged(*some: Coroutine[object, object, Replies]) -> Replies:
    """All replies of coroutines that run side by side; the first error of one stops the others."""
    tasks = [asyncio.ensure_future(one) for one in some]
    try:
        found = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return {key: reply for replies in found for key, reply in replies.items()}


def _parts(bodies: Bodies, most: int) -> Iterator[Bodies]:
    left = iter(bodies.items())
    while part := dict(islice(left, most)):
        yield part


def _quoted(number: str) -> str:
    """What a provider calls something, as a part of a path, whatever it holds."""
    return quote(number, safe="")


def _form(lines: bytes) -> tuple[bytes, str]:
    """A file to upload as a form (RFC 7578), and the form's type."""
    border = uuid.uuid4().hex
    head = (
        f'--{border}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="requests.jsonl"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    return b"%s%s\r\n--%s--\r\n" % (head.encode(), lines, border.encode()), f"multipart/form-data; boundary={border}"


def _lines(document: str) -> dict[str, wire.Heard]:
    """The lines of an answer by the request that they answer; what is no JSON is left out."""
    told = (wire.parsed(line) for line in document.split("\n") if line.strip())
    return {wire.text(line.get("custom_id")): line for line in told}
