"""The ladder for engines that take a title and an abstract at once. Builds requests and judges replies; asks nothing.

Up to three rungs: the whole document in one request; again what did not pass, each item with its fault named; what is
left in small groups. A failed request is made once more. An engine that refuses the schema gets tagged text instead.
Requests of several papers may be packed into one on their way (`packing`); where such a one failed as a whole, the
next one is to hold half as many papers, so that one paper spoils no other's chances; a paper of which only a part
came back, or nothing while others came, is asked for alone.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from zhaiyao.asking import Job, Reply, Request, Sheet
from zhaiyao.glossary import mended, missing
from zhaiyao.masking import unmask
from zhaiyao.prompts import text
from zhaiyao.records import RenditionKind
from zhaiyao.translating.drafts import STOPPED, TOO_LONG, Book, Draft, Maker, one_line, terms_of, to_ask
from zhaiyao.translating.polishing import polish
from zhaiyao.translating.sheets import Form, answers, request
from zhaiyao.validating import FAULTS, check, check_tldr, describe, is_mild

PROMPT = "document-2"
"""The instructions of an engine that is given no others."""

SCHEMA_REFUSED = "schema-unsupported"
"""The fault of a reply whose engine cannot be held to a JSON schema after all."""

_GROUP = 3
_ORDER = (RenditionKind.ABSTRACT, RenditionKind.TITLE, RenditionKind.TLDR)

Exchange = Generator[tuple[Request, ...], Sequence[Reply], bool]


def climb_document(
    wanted: Sequence[Draft], context: Sequence[Draft], book: Book, engine: int
) -> Generator[tuple[Request, ...], Sequence[Reply], None]:
    """Yields requests for the wanted drafts and takes the replies, until each is translated or given up.

    `context` is all of the paper; it is shown whole where a TL;DR is asked for. `engine` is the place of the book's
    present maker in the policy.
    """
    assert book.maker is not None
    assert book.maker.traits is not None
    traits = book.maker.traits
    desk = _Desk(
        job=book.job,
        context=context,
        book=book,
        maker=book.maker,
        instructions=traits.instructions_text or text(traits.instructions or PROMPT),
        engine=engine,
        is_structured=traits.structured,
    )
    for step, size in (("document", 0), ("repair", 0), ("parts", _GROUP)):
        open_drafts = [draft for draft in to_ask(wanted) if step != "parts" or draft.spare is None]
        if not open_drafts or not (yield from desk.ask_for(_groups(open_drafts, size), step)):
            return


def _groups(drafts: list[Draft], size: int) -> list[list[Draft]]:
    size = size or len(drafts)
    return [drafts[start : start + size] for start in range(0, len(drafts), size)]


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What is asked of one engine for one paper. `company` is how many papers a request may hold, 0 = any number."""

    job: Job
    context: Sequence[Draft]
    book: Book
    maker: Maker
    instructions: str
    engine: int
    is_structured: bool
    company: int = 0

    def ask_for(self, groups: list[list[Draft]], step: str) -> Exchange:
        """Asks for each group, and again where the request failed; returns whether it is worth going on."""
        is_alive = may_repeat = False
        if len(groups) > 1:
            self.company = 1  # smaller parts are what is wanted now
        while groups:
            requests = tuple(self._request(group) for group in groups)
            replies = yield requests
            for group, asked, reply in zip(groups, requests, replies, strict=True):
                faults = self._hear(group, asked, reply)
                self.book.note(asked, reply, step=step, faults=faults, detail=_detail(group))
            faulty = [reply.fault for reply in replies]
            is_alive = is_alive or "" in faulty or TOO_LONG in faulty
            failed = [(group, reply) for group, reply in zip(groups, replies, strict=True) if _is_failed(reply)]
            is_shared = any(reply.shared_by > 1 for _, reply in failed)
            groups = [group for group, _ in failed]
            if STOPPED in faulty:
                break
            if self.is_structured and SCHEMA_REFUSED in faulty:
                self.is_structured = False
            elif not may_repeat:
                may_repeat = True
            elif not is_shared:
                break
        return is_alive

    def _hear(self, group: Sequence[Draft], asked: Request, reply: Reply) -> tuple[str, ...]:
        """Takes a reply to a group; returns its faults, worst first."""
        told = {} if reply.fault else answers(reply.text, asked.sheets)[0]
        is_shared = reply.shared_by > 1
        is_there = bool(told) or (is_shared and bool(reply.text))
        absent = reply.fault or ("missing" if is_there else "truncated" if reply.truncated else _unreadable(reply.text))
        for draft in group:
            if draft.label in told:
                self._judge(draft, told[draft.label])
            else:
                draft.fail((absent,))
        if len(told) < len(group) and is_shared:
            self.company = 1 if is_there else max(1, reply.shared_by // 2)
        still_open = sorted((draft for draft in group if draft.target is None), key=lambda draft: not draft.is_fatal)
        return tuple(dict.fromkeys(fault for draft in still_open for fault in draft.faults))

    def _judge(self, draft: Draft, answer: str) -> None:
        """Judges one answer; without a fault it becomes the draft's target."""
        terms = draft.terms
        if draft.kind is RenditionKind.TLDR:
            spans = [span for one in self.context for span in one.masked.spans]
            target = mended(self.job.abstract, unmask(polish(answer, "."), spans).text, terms)
            faults = check_tldr(self.job.title, self.job.abstract, target, instructions=self.instructions, terms=terms)
        else:
            unmasked = unmask(polish(answer, draft.source), draft.masked.spans, first=draft.first)
            target = mended(draft.source, unmasked.text, terms) if terms else unmasked.text
            faults = check(draft.source, target, instructions=self.instructions, terms=terms)
            faults = faults if unmasked.intact or not all(map(is_mild, faults)) else ("mask",)
        draft.judge(target, faults, self.maker)

    def _request(self, group: Sequence[Draft]) -> Request:
        shown = self.context if any(draft.kind is RenditionKind.TLDR for draft in group) else group
        lines = tuple((one.label, one_line(one.masked.text)) for one in shown)
        sheet = Sheet(
            lines=lines,
            asked=tuple(draft.label for draft in group),
            notes=tuple(self._notes(group)),
            terms=terms_of(shown),
        )
        return request(
            [sheet],
            kind=next(kind for kind in _ORDER if any(draft.kind is kind for draft in group)),
            system=Form(instructions=self.instructions, is_structured=self.is_structured).system,
            is_structured=self.is_structured,
            engine=self.engine,
            company=self.company,
        )

    def _notes(self, group: Sequence[Draft]) -> list[tuple[str, str]]:
        """What was wrong with an earlier answer, in our own words only: nothing of the paper stands outside its
        block."""
        noted = []
        for draft in group:
            known = [self._described(fault, draft) for fault in draft.faults if fault in FAULTS]
            noted += [(draft.label, ", ".join(known))] if known else []
        return noted

    def _described(self, fault: str, draft: Draft) -> str:
        if fault != "term":
            return describe(fault)
        terms = missing(draft.source, draft.spare[0], draft.terms) if draft.spare else draft.terms
        wanted = ", ".join(f"{term.source} is {term.target}" for term in terms)
        return one_line(f"{describe(fault)}: {wanted}")


def _is_failed(reply: Reply) -> bool:
    """Whether the request itself failed, or several papers shared one that was bad as a whole, or cut off before."""
    is_lost = reply.shared_by > 1 and not reply.text
    return reply.fault not in ("", TOO_LONG) or (is_lost and reply.fault in ("", TOO_LONG))


def _unreadable(reply: str) -> str:
    return "unreadable" if reply.strip() else "empty"


def _detail(group: Sequence[Draft]) -> str:
    """What became of a group, for people: `2 of 9 open: 3 number, 5 mask`."""
    still_open = [draft for draft in group if draft.target is None]
    if not still_open:
        return ""
    named = ", ".join(f"{draft.label} {'+'.join(draft.faults)}" for draft in still_open)
    return f"{len(still_open)} of {len(group)} open: {named}"
