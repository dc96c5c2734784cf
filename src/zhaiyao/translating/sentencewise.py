"""The ladder for engines that take one sentence at a time. Builds requests and judges replies; asks nothing itself.

Such engines are small, and keep formulas and links badly, each in its own way, so a sentence is asked for in up to six
forms until one passes: with signs such as X1 for its spans; with the spans themselves; with [1]; in smaller parts; in
the pieces between its spans; a title that is all capitals in small letters, for it is taken for a name otherwise. What
has neither spans nor parts is asked for again with its full stop changed. Of 60 sentences with formulas the packaged
model kept all of them in 41, 34 and 36 by the first three forms, in 52 by any of them. What passed once is never asked
again. All of a job's sentences climb together, a batch a rung.
"""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from zhaiyao.asking import Reply, Request
from zhaiyao.glossary import mended, missing
from zhaiyao.masking import PLACEHOLDER, find_spans, is_style, mask, renumber, unmask
from zhaiyao.prompts import load
from zhaiyao.segmenting import split_long, word_count
from zhaiyao.translating.drafts import STOPPED, TOO_LONG, Book, Draft, Maker, one_line
from zhaiyao.translating.polishing import join, polish
from zhaiyao.validating import check, is_english, is_mild, is_translatable

PROMPT = "sentence-1"
MOST_FAILURES = 2
"""How often a sentence's request may fail before the sentence is given up."""

_FEWEST_WORDS_AROUND = 3
_STOP = ("\n",)
# Ways to write a placeholder (templates of `re.sub`), and how they are found again.
_LETTERS, _BRACKETS, _OWN = r"X\1", r"[\1]", r"⟦\1⟧"
_WRITTEN = {
    _LETTERS: re.compile(r"(?<![A-Za-z])[Xx](\d{1,3})(?!\d)"),
    _BRACKETS: re.compile(r"[\[［]\s?(\d{1,3})\s?[\]］]"),
    _OWN: PLACEHOLDER,
}
_CAPITALISED = re.compile(r"(?<![A-Za-z0-9\\{])[A-Z][a-z]+(?![A-Za-z0-9}])")
_SMALL = re.compile(r"(?<![A-Za-z0-9\\{])[a-z]{4,}")
_FEWEST_CAPITALS = 3
_TOUCHING = re.compile(r"[A-Za-z0-9.]X\d|X\d+(?:[A-Za-z]|\.\d)")

Exchange = Generator[tuple[Request, ...], Sequence[Reply], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence as it is asked for: `asked` is what the engine sees, `""` if it stays as it is.

    `sign` is how its placeholders are written there; `""` if the spans stand in it themselves.
    """

    source: str
    asked: str
    spans: tuple[str, ...] = ()
    sign: str = ""

    def restore(self, reply: str) -> tuple[str, bool]:
        """The polished reply with its spans put back, and whether every one of them came back once."""
        numbered = _WRITTEN[self.sign].sub(r"⟦\1⟧", reply) if self.sign else renumber(reply, self.spans)
        unmasked = unmask(polish(numbered, self.source), self.spans)
        return unmasked.text, unmasked.intact


@dataclass(frozen=True, slots=True)
class Form:
    """One way to ask for a sentence. `is_seamless`: its pieces lie between formulas and are joined as they are."""

    step: str
    parts: tuple[Part, ...]
    is_seamless: bool = False

    def join(self, targets: Sequence[str]) -> str:
        """The parts' translations as one sentence."""
        if not self.is_seamless:
            return join([(target, part.source) for target, part in zip(targets, self.parts, strict=True)])
        masked = mask("".join(targets))
        return unmask(polish(masked.text, self.parts[-1].source), masked.spans).text


def forms(sentence: str, max_words: int) -> tuple[Form, ...]:
    """The ways to ask for a sentence, in the order in which they are tried."""
    whole = [piece.text for piece in split_long(sentence, max_words)]
    smaller = [piece.text for piece in split_long(sentence, max(6, word_count(sentence) // (len(whole) + 1)))]
    made = [Form("sentence", tuple(map(_best, whole)))]
    if find_spans(sentence):
        made.append(Form("verbatim", tuple(map(_part, whole))))
        made.append(Form("bracketed", tuple(_part(piece, _BRACKETS) for piece in whole)))
    if len(smaller) > len(whole):
        made.append(Form("parts", tuple(map(_best, smaller))))
    around = _around(sentence)
    if around:
        made.append(Form("around", around, is_seamless=True))
    if len(made) == 1:
        made.append(Form("restopped", tuple(_restopped(part) for part in made[0].parts)))
    if _is_capitalised(sentence):
        made.append(Form("lowered", tuple(_lowered(part) for part in made[0].parts)))
    return tuple(made)


def climb_sentences(drafts: Iterable[Draft], book: Book, engine: int) -> Exchange:
    """Yields batches of requests for these drafts and takes the replies, until each is translated or given up.

    `engine` is the place of the book's present maker in the policy. Terms are put right in what comes, where that is
    certain: such an engine cannot be told of them.
    """
    maker = book.maker
    assert maker is not None
    assert maker.traits is not None
    longest = maker.traits.max_words
    climbs = [_Climb(draft, list(forms(draft.source, longest)), maker) for draft in _english(drafts)]
    while batch := [(climb, part) for climb in climbs for part in climb.wanted()]:
        requests = tuple(_request(climb.draft, part, engine) for climb, part in batch)
        replies = yield requests
        for (climb, part), request, reply in zip(batch, requests, replies, strict=True):
            book.note(request, reply, step=climb.form.step, faults=climb.hear(part, reply))
        for climb in climbs:
            climb.go_on()


def _english(drafts: Iterable[Draft]) -> list[Draft]:
    """Those that such an engine can read. Of the rest it would make up something that looks like a translation."""
    readable = []
    for draft in drafts:
        if is_english(draft.source):
            readable.append(draft)
        else:
            draft.fail(("language",))
    return readable


@dataclass(slots=True)
class _Climb:
    """A sentence on the ladder. `forms[0]` is the rung it stands on; `answers` holds what passed, by source, and
    `spares` what has mild faults only."""

    draft: Draft
    forms: list[Form]
    maker: Maker
    spares: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    failures: int = 0
    has_failed: bool = False

    @property
    def form(self) -> Form:
        return self.forms[0]

    def wanted(self) -> list[Part]:
        """The parts to ask for now: those of this rung that have no answer yet."""
        parts = self.form.parts if self.forms else ()
        return list({part.source: part for part in parts if part.asked and part.source not in self.answers}.values())

    def hear(self, part: Part, reply: Reply) -> tuple[str, ...]:
        """Takes a reply; returns its faults."""
        faults: tuple[str, ...] = (reply.fault,)
        if reply.fault and reply.fault != TOO_LONG:
            self.has_failed = True
            self.failures += MOST_FAILURES * (reply.fault == STOPPED)
        else:
            self.tried.add(part.asked)
            faults = self._judge(part, reply) if not reply.fault else faults
        if faults:
            self.draft.fail(faults)
        return faults

    def go_on(self) -> None:
        """To the next rung, unless this one is to be tried again or the sentence is done."""
        self.failures += self.has_failed
        if self.has_failed and self.failures < MOST_FAILURES:
            self.has_failed = False
            return
        while self.forms and not self._settle():
            had_spare = self.draft.spare is not None
            self._spare()
            is_over = self.has_failed or had_spare  # a mild fault is worth one more try, and no more
            self.forms = [] if is_over else self.forms[1:]
            if self.wanted() and not any(part.asked in self.tried for part in self.wanted()):
                return

    def _judge(self, part: Part, reply: Reply) -> tuple[str, ...]:
        text, is_intact = part.restore(reply.text)
        terms = self.draft.terms
        text = mended(part.source, text, terms) if terms else text
        faults = ("truncated",) if reply.truncated else check(part.source, text)
        if all(map(is_mild, faults)) and not is_intact:
            faults = ("mask",)
        if not faults:
            self.answers[part.source] = text
        elif all(map(is_mild, faults)):
            self.spares.setdefault(part.source, text)
        return faults

    def _settle(self) -> bool:
        """Whether all parts of this form are there and make a good whole; then the draft has its translation."""
        if self.wanted():
            return False
        faults = self._join(self.answers)
        if faults:
            return False
        self.forms = []
        return True

    def _spare(self) -> None:
        """Keeps what this form came to as a spare, if nothing but mild faults is in its way."""
        told = self.spares | self.answers
        if self.spares and all(part.source in told for part in self.form.parts if part.asked):
            self._join(told)

    def _join(self, told: Mapping[str, str]) -> tuple[str, ...]:
        """Judges the whole of this form's parts; returns its faults. A term said otherwise is noted, and no reason to
        ask again: such an engine cannot be told of it."""
        draft = self.draft
        target = self.form.join([told.get(part.source, part.source) for part in self.form.parts])
        faults = check(draft.source, target)
        noted = ("term",) if all(map(is_mild, faults)) and missing(draft.source, target, draft.terms) else ()
        draft.judge(target, (*faults, *noted) if faults else (), self.maker)
        draft.faults = noted if not faults else draft.faults
        return faults


def _request(draft: Draft, part: Part, engine: int) -> Request:
    return Request(
        kind=draft.kind,
        system="",
        prompt=load(PROMPT).substitute(sentence=part.asked),
        sources=(part.asked,),
        max_tokens=32 + 2 * len(part.asked) // 3,
        stop=_STOP,
        engine=engine,
    )


def _best(text: str) -> Part:
    """The part with letters for its spans, if they touch no other letter or digit; else with the spans themselves."""
    lettered = _part(text, _LETTERS)
    is_clear = not re.search(r"X\d", text) and not _TOUCHING.search(lettered.asked)
    return lettered if is_clear else _part(text)


def _part(text: str, sign: str = "") -> Part:
    """The part as it is asked for, with this sign for its spans or with the spans; style macros are left out."""
    masked = mask(text)
    if not is_translatable(text):
        return Part(text, "", masked.spans)
    bare = PLACEHOLDER.sub(lambda match: "" if is_style(masked.spans[int(match[1]) - 1]) else match[0], masked.text)
    if sign == _BRACKETS and _WRITTEN[sign].search(text):
        sign = _OWN
    asked = PLACEHOLDER.sub(sign, bare) if sign else unmask(bare, masked.spans).text
    return Part(text, one_line(asked), masked.spans, sign=sign)


def _restopped(part: Part) -> Part:
    """The part without its full stop, or with one: the least change that makes a model think again."""
    return replace(part, asked=part.asked[:-1] if part.asked.endswith(".") else f"{part.asked}." if part.asked else "")


def _is_capitalised(text: str) -> bool:
    """Whether the plain words of a text are set as in a title: three or more with a capital, and those the most."""
    capitals = len(_CAPITALISED.findall(text))
    return capitals >= _FEWEST_CAPITALS and capitals > len(_SMALL.findall(text))


def _lowered(part: Part) -> Part:
    """The part with small letters for the capitals of its plain words; acronyms and names such as `ImageNet` stay."""
    return replace(part, asked=_CAPITALISED.sub(lambda match: match[0].lower(), part.asked))


def _around(sentence: str) -> tuple[Part, ...]:
    """The pieces between a sentence's spans, and the spans; empty if a piece would be too short to make sense."""
    edges = [0, *(edge for span in find_spans(sentence) for edge in span), len(sentence)]
    pieces = [sentence[start:end] for start, end in pairwise(edges)]
    prose = [piece for piece in pieces[::2] if is_translatable(piece)]
    if len(pieces) == 1 or any(word_count(piece) < _FEWEST_WORDS_AROUND for piece in prose):
        return ()
    return tuple(Part(piece, "") if at % 2 else _part(piece) for at, piece in enumerate(pieces))
