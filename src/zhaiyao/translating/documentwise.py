"""The ladder for engines that take a title and an abstract at once. Builds requests and judges replies; asks nothing.

Up to three rungs: the whole document in one request; again what did not pass, each item with its fault named; what is
left in small groups. A failed request is made once more. An engine that refuses the schema gets tagged text instead.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhaiyao.asking import EngineTraits, Job, Reply, Request
from zhaiyao.fingerprint import content_key
from zhaiyao.masking import unmask
from zhaiyao.prompts import load, text
from zhaiyao.records import RenditionKind
from zhaiyao.translating.drafts import TOO_LONG, Book, Draft, one_line, to_ask
from zhaiyao.translating.polishing import polish
from zhaiyao.translating.replies import read_json, read_tagged
from zhaiyao.validating import FAULTS, check, check_tldr, describe

PROMPT = "document-1"
SCHEMA_REFUSED = "schema-unsupported"
"""The fault of a reply whose engine cannot be held to a JSON schema after all."""

_GROUP = 3
_ORDER = (RenditionKind.ABSTRACT, RenditionKind.TITLE, RenditionKind.TLDR)

Exchange = Generator[tuple[Request, ...], Sequence[Reply], bool]


def climb_document(
    wanted: Sequence[Draft], context: Sequence[Draft], job: Job, traits: EngineTraits, book: Book
) -> Generator[tuple[Request, ...], Sequence[Reply], None]:
    """Yields requests for the wanted drafts and takes the replies, until each is translated or given up.

    `context` is all of the paper; it is shown whole where a TL;DR is asked for.
    """
    desk = _Desk(job=job, context=context, book=book, is_structured=traits.structured)
    for step, size in (("document", 0), ("repair", 0), ("parts", _GROUP)):
        open_drafts = to_ask(wanted)
        if not open_drafts or not (yield from desk.ask_for(_groups(open_drafts, size), step)):
            return


def _groups(drafts: list[Draft], size: int) -> list[list[Draft]]:
    size = size or len(drafts)
    return [drafts[start : start + size] for start in range(0, len(drafts), size)]


@dataclass(slots=True, kw_only=True)
class _Desk:
    job: Job
    context: Sequence[Draft]
    book: Book
    is_structured: bool

    def ask_for(self, groups: list[list[Draft]], step: str) -> Exchange:
        """Asks for each group, and once more where the request failed; returns whether it is worth going on."""
        is_alive = may_repeat = False
        while groups:
            requests = tuple(self._request(group) for group in groups)
            replies = yield requests
            for group, request, reply in zip(groups, requests, replies, strict=True):
                faults = self._hear(group, reply)
                self.book.note(request, reply, step=step, faults=faults, detail=_detail(group))
            faulty = [reply.fault for reply in replies]
            is_alive = is_alive or "" in faulty or TOO_LONG in faulty
            groups = [group for group, fault in zip(groups, faulty, strict=True) if fault not in ("", TOO_LONG)]
            if self.is_structured and SCHEMA_REFUSED in faulty:
                self.is_structured = False
            elif may_repeat:
                break
            else:
                may_repeat = True
        return is_alive

    def _hear(self, group: Sequence[Draft], reply: Reply) -> tuple[str, ...]:
        """Takes a reply to a group; returns its faults, worst first."""
        if reply.fault:
            answers: Mapping[str, str] = {}
            absent = reply.fault
        else:
            answers = read_json(reply.text) if self.is_structured else read_tagged(reply.text)
            answers = answers or read_tagged(reply.text) or read_json(reply.text)
            absent = "missing" if answers else "truncated" if reply.truncated else _unreadable(reply.text)
        for draft in group:
            faults = self._judge(draft, answers[draft.label]) if draft.label in answers else (absent,)
            if faults:
                draft.fail(faults)
        still_open = sorted((draft for draft in group if draft.target is None), key=lambda draft: not draft.is_fatal)
        return tuple(dict.fromkeys(fault for draft in still_open for fault in draft.faults))

    def _judge(self, draft: Draft, answer: str) -> tuple[str, ...]:
        """The faults of one answer; without any it becomes the draft's target."""
        if draft.kind is RenditionKind.TLDR:
            spans = [span for one in self.context for span in one.masked.spans]
            target = unmask(polish(answer, "."), spans).text
            faults = check_tldr(self.job.title, self.job.abstract, target, instructions=text(PROMPT))
        else:
            unmasked = unmask(polish(answer, draft.source), draft.masked.spans, first=draft.first)
            target = unmasked.text
            faults = check(draft.source, target, instructions=text(PROMPT))
            faults = faults or (() if unmasked.intact else ("mask",))
        if not faults:
            draft.target = target
        return faults

    def _request(self, group: Sequence[Draft]) -> Request:
        shown = self.context if any(draft.kind is RenditionKind.TLDR for draft in group) else group
        form = "reply-json-1" if self.is_structured else "reply-tagged-1"
        sources = tuple(one_line(draft.masked.text) for draft in shown)
        return Request(
            kind=next(kind for kind in _ORDER if any(draft.kind is kind for draft in group)),
            system=f"{text(PROMPT)}\n\n{text(form)}",
            prompt=load("paper-1").substitute(
                items=", ".join(draft.label for draft in group),
                notes=_notes(group),
                mark=f"paper {content_key(*sources)[:12]}",
                lines="\n".join(f"[[{one.label}]] {line}" for one, line in zip(shown, sources, strict=True)),
            ),
            sources=sources,
            max_tokens=400 + sum(len(draft.masked.text) for draft in group),
            schema=_schema(group) if self.is_structured else None,
        )


def _unreadable(reply: str) -> str:
    return "unreadable" if reply.strip() else "empty"


def _notes(group: Iterable[Draft]) -> str:
    """What was wrong with an earlier answer, in our own words only: nothing of the paper stands outside its block."""
    lines = []
    for draft in group:
        known = [describe(fault) for fault in draft.faults if fault in FAULTS]
        lines += [f"{draft.label}: {'; '.join(known)}\n"] if known else []
    return "".join(("In your last answer:\n", *lines)) if lines else ""


def _detail(group: Sequence[Draft]) -> str:
    """What became of a group, for people: `2 of 9 open: 3 number, 5 mask`."""
    still_open = [draft for draft in group if draft.target is None]
    if not still_open:
        return ""
    named = ", ".join(f"{draft.label} {'+'.join(draft.faults)}" for draft in still_open)
    return f"{len(still_open)} of {len(group)} open: {named}"


def _schema(group: Sequence[Draft]) -> dict[str, object]:
    """The JSON schema of the answer to a group, in the strict form (all keys required, no others)."""
    kinds = {draft.kind for draft in group}
    properties: dict[str, object] = {}
    if RenditionKind.TITLE in kinds:
        properties["title"] = {"type": "string"}
    if RenditionKind.ABSTRACT in kinds:
        properties["segments"] = {"type": "array", "items": _SEGMENT_SCHEMA}
    if RenditionKind.TLDR in kinds:
        properties["tldr"] = {"type": "string"}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_SEGMENT_SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "zh": {"type": "string"}},
    "required": ["id", "zh"],
    "additionalProperties": False,
}
