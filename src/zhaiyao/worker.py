"""Runs papers through the ladders of `translating` with the engines of a policy. Decides nothing; writes nothing.

A batch climbs together: in every round what its papers ask of an engine goes out as few requests, packed. An engine
that cannot work, or that cannot be reached, rests from then on, and the next one of the policy goes on in its place.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from zhaiyao.asking import Batch, EngineTraits, Job, Reply, Request, Translation
from zhaiyao.errors import EngineError
from zhaiyao.ports import Engine, EngineSpec
from zhaiyao.translating import STOPPED, Ladder, pack, translate, unpack

UNREACHABLE = "connection"
"""The fault of a request whose engine could not be reached."""

_THINKING = threading.Lock()
"""One ladder of a process climbs at a time. Side by side they would be no faster, for the interpreter runs one thread
at a time, and what should come first, driver and connections, would wait for each of them in turn."""

MOST_BROKEN = 2
"""How often in a row nothing comes through to an engine before it rests: one reset is no outage."""


@dataclass(frozen=True, slots=True)
class TranslatorSpec:
    """A picklable recipe of a `Translator`: the engines of a policy, in the order in which they are asked."""

    engines: tuple[EngineSpec, ...]

    def build(self) -> "Translator":
        """Opens the first engine that works here. Raises EngineError if none does."""
        translator = Translator(self.engines)
        translator.open()
        return translator


class Translator:
    """A worker: a batch in, what came of each paper out. Thread-safe if its engines are."""

    def __init__(self, specs: Sequence[EngineSpec]) -> None:
        self._roster = [_Place(spec) for spec in specs]

    def open(self) -> None:
        """Opens the first engine that works here, so that it is known early if there is none. Raises EngineError."""
        if any(place.engine() is not None for place in self._roster):
            return
        errors = self._errors()
        if not errors:
            raise EngineError("the policy names no engine", hint="Set translation.policy.")
        raise errors[-1]

    def __call__(self, jobs: Batch) -> tuple[Translation, ...]:
        """What came of each job, in order. An engine that stops working on the way is told in the result, with what
        had been answered before, since that is paid for."""
        climbs = [_Climb(job) for job in jobs]
        for climb in climbs:
            climb.begin(self._policy(climb), self._resting())
        while active := [climb for climb in climbs if climb.requests]:
            self._round(active)
        return tuple(self._result(climb) for climb in climbs)

    def close(self) -> None:
        """Closes the engines that are open. Idempotent."""
        for place in self._roster:
            place.close()

    def _policy(self, climb: "_Climb") -> Iterator[EngineTraits]:
        """The engines that work, as the ladder comes to them; the climb notes which ones those are."""
        for place in self._roster:
            engine = place.engine()
            if engine is not None:
                climb.places.append(place)
                yield engine.traits

    def _resting(self) -> list[EngineTraits]:
        """The engines that worked once and rest now."""
        return [place.traits for place in self._roster if place.error is not None and place.traits is not None]

    def _round(self, climbs: Sequence["_Climb"]) -> None:
        """Asks each engine what the climbs ask of it, and sends them the replies."""
        asked = [(climb, at, request) for climb in climbs for at, request in enumerate(climb.requests)]
        for climb in climbs:
            climb.replies = [None] * len(climb.requests)
        for place in self._roster:
            own = [one for one in asked if one[0].places[one[2].engine] is place]
            if own:
                replies = place.ask([request for _, _, request in own])
                for (climb, at, _), reply in zip(own, replies, strict=True):
                    climb.replies[at] = reply
        for climb in climbs:
            climb.go_on()

    def _result(self, climb: "_Climb") -> Translation:
        """With the engines that rest: as what stopped it, if none is left; as setbacks, if others went on."""
        result = climb.result
        assert result is not None
        errors = self._errors()
        if not errors:
            return result
        if len(errors) == len(self._roster) and (result.missing or climb.met_a_stop):
            return replace(result, stopped=errors[-1], setbacks=tuple(errors[:-1]))
        return replace(result, setbacks=tuple(errors))

    def _errors(self) -> list[EngineError]:
        return [place.error for place in self._roster if place.error is not None]


class _Place:
    """A place in the policy: its engine, opened when it is first needed, or why it rests."""

    def __init__(self, spec: EngineSpec) -> None:
        self.error: EngineError | None = None
        self.traits: EngineTraits | None = None
        self._broken = 0
        self._spec = spec
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def engine(self) -> Engine | None:
        """The engine; None if it rests."""
        with self._lock:
            if self._engine is None and self.error is None:
                try:
                    self._engine = self._spec.open()
                    self.traits = self._engine.traits
                except EngineError as error:
                    self.error = error
            return self._engine if self.error is None else None

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """A reply to each request, packed on their way. From an engine that rests, that it stopped."""
        engine = self.engine()
        if engine is None:
            return [self._unanswered()] * len(requests)
        parcels = pack(requests, engine.traits)
        try:
            told = engine.ask([parcel.request for parcel in parcels])
        except EngineError as error:
            self._rest(error)
            return [self._unanswered()] * len(requests)
        self._notice(engine.traits, told)
        parts = {
            at: part
            for parcel, reply in zip(parcels, told, strict=True)
            for at, part in zip(parcel.places, unpack(parcel, reply), strict=True)
        }
        return [parts[at] for at in range(len(requests))]

    def close(self) -> None:
        """Closes the engine if it is open; opened anew when it is needed again."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
            self._engine = None

    def _notice(self, traits: EngineTraits, told: Sequence[Reply]) -> None:
        """Counts how often in a row nothing came through, and has the engine rest after the last of them."""
        with self._lock:
            self._broken = self._broken + 1 if all(reply.fault == UNREACHABLE for reply in told) else 0
            is_broken = self._broken >= MOST_BROKEN
        if is_broken:
            self._rest(_unreachable(traits, told[-1]))

    def _rest(self, error: EngineError) -> None:
        """Asks it nothing more; the first error is the one that is told."""
        with self._lock:
            self.error = self.error or error

    def _unanswered(self) -> Reply:
        said = self.error.what if self.error is not None else ""
        return Reply(text="", finished_at=datetime.now(UTC), fault=STOPPED, detail=said)


@dataclass(slots=True)
class _Climb:
    """A paper on its ladder: what it asks for now, of which of the engines in `places`, and at last the result."""

    job: Job
    places: list[_Place] = field(default_factory=list)
    requests: tuple[Request, ...] = ()
    replies: list[Reply | None] = field(default_factory=list)
    result: Translation | None = None
    met_a_stop: bool = False
    _ladder: Ladder | None = None

    def begin(self, policy: Iterator[EngineTraits], resting: Sequence[EngineTraits]) -> None:
        """To the first requests."""
        self._ladder = translate(self.job, policy, resting=resting)
        self._step(None)

    def go_on(self) -> None:
        """To the next requests, with the replies to the last ones."""
        replies = [reply for reply in self.replies if reply is not None]
        self.met_a_stop = self.met_a_stop or any(reply.fault in (STOPPED, UNREACHABLE) for reply in replies)
        self._step(replies)

    def _step(self, replies: list[Reply] | None) -> None:
        assert self._ladder is not None
        with _THINKING:
            try:
                self.requests = next(self._ladder) if replies is None else self._ladder.send(replies)
            except StopIteration as end:
                self.requests, self.result = (), end.value


def _unreachable(traits: EngineTraits, reply: Reply) -> EngineError:
    return EngineError(
        f"cannot be reached: {reply.detail or 'no connection'}",
        subject=f"{traits.name} {traits.model}",
        hint="Check that the server runs, and its address (base_url).",
    )
