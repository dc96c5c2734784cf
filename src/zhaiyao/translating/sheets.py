"""What a document engine is shown of papers, and what it answers to them: sheets to prompts, replies to texts by label.

A paper has a letter, from A on. The block of data holds a line `# A title` and a line `7 sentence` for each of its
sentences; nothing of a paper stands outside the block, and as every line in it begins with a label of ours and no text
has a line break, none can forge a line or the block's end. An answer is named by letter and item: `AT`, `A7`, and `AS`
for the TL;DR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from zhaiyao.asking import Request, Sheet
from zhaiyao.fingerprint import content_key
from zhaiyao.prompts import load, text
from zhaiyao.records import RenditionKind, Term
from zhaiyao.translating.replies import TITLE, TLDR, read

LETTERS = ascii_uppercase
"""Names of papers in a request: no request holds more papers than these."""

MOST_TOKENS = 8192
"""Of a reply to several papers: more is refused by some servers."""

_SUMMARY = "S"
_REPLY_FORMS = {True: "reply-json-2", False: "reply-tagged-2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How an engine is told what to do: the instructions, and whether its replies are held to a JSON schema."""

    instructions: str
    is_structured: bool

    @property
    def system(self) -> str:
        """The constant first part of every request."""
        return f"{self.instructions}\n{text(_REPLY_FORMS[self.is_structured])}"


def request(
    sheets: Sequence[Sheet], *, kind: RenditionKind, system: str, is_structured: bool, engine: int, company: int = 0
) -> Request:
    """One request for these papers."""
    lines = "\n".join(_lines(letter, sheet) for letter, sheet in zip(LETTERS, sheets, strict=False))
    sources = tuple(line for sheet in sheets for _, line in sheet.lines)
    return Request(
        kind=kind,
        system=system,
        prompt=load("paper-2").substitute(notes=_told(sheets), mark=content_key(lines)[:12], lines=lines),
        sources=sources,
        max_tokens=min(sum(map(_most_tokens, sheets)), MOST_TOKENS if len(sheets) > 1 else _most_tokens(sheets[0])),
        schema=_SCHEMA if is_structured else None,
        engine=engine,
        sheets=tuple(sheets),
        company=company,
    )


def answers(reply: str, sheets: Sequence[Sheet]) -> tuple[dict[str, str], ...]:
    """What a reply says to each of the papers, by label. What was not asked for or is told in two ways is not there.

    A reply that names what it was not shown may have slipped by a line or by a paper: of a paper with a sentence too
    many no sentence is believed, and nothing at all where a paper too many came while another is not whole.
    """
    told = read(reply, alone=len(sheets) == 1)
    lettered = tuple(zip(LETTERS, sheets, strict=False))
    parts = tuple(_own(letter, sheet, told) for letter, sheet in lettered)
    is_whole = all(len(part) == len({*sheet.asked}) for part, (_, sheet) in zip(parts, lettered, strict=True))
    if not is_whole and not {name[:1] for name in told} <= {letter for letter, _ in lettered}:
        return tuple({} for _ in sheets)
    return parts


def size(sheet: Sheet) -> int:
    """Characters of a paper's lines."""
    return sum(len(line) for _, line in sheet.lines)


def item(label: str) -> str:
    """A label as replies tell it, behind the paper's letter."""
    return _SUMMARY if label == TLDR else label


def _own(letter: str, sheet: Sheet, told: Mapping[str, str]) -> dict[str, str]:
    shown = {label for label, _ in sheet.lines}
    numbers = {name[1:] for name in told if name[:1] == letter and name[1:].isdecimal()}
    named = {label: told.get(_name(letter, label)) for label in sheet.asked}
    return {
        label: answer
        for label, answer in named.items()
        if answer is not None and (numbers <= shown or not label.isdecimal())
    }


def _name(letter: str, label: str) -> str:
    return f"{letter}{item(label)}"


def _lines(letter: str, sheet: Sheet) -> str:
    title = next((line for label, line in sheet.lines if label == TITLE), "")
    numbered = (f"{label} {line}" for label, line in sheet.lines if label != TITLE)
    return "\n".join((f"# {letter} {title}".rstrip(), *numbered))


def _told(sheets: Sequence[Sheet]) -> str:
    """What is said before the block, in our own words and the glossary's."""
    lettered = list(zip(LETTERS, sheets, strict=False))
    lines = []
    if not all(map(_is_all_asked, sheets)):
        asked = [name for letter, sheet in lettered for name in _asked(letter, sheet)]
        lines.append(f"Answer only: {', '.join(asked)}.")
    terms = dict.fromkeys(term for sheet in sheets for term in sheet.terms)
    if terms:
        readers_first = sorted(terms, key=lambda term: term.origin != "reader")
        lines.append(f"Terms: {'; '.join(map(_term, readers_first))}.")
    wrong: dict[str, list[str]] = {}
    for letter, sheet in lettered:
        for label, note in sheet.notes:
            wrong.setdefault(note, []).append(_name(letter, label))
    if wrong:
        told = (f"{', '.join(names)} ({note})" for note, names in wrong.items())
        lines.append(f"Wrong in your last answer: {'; '.join(told)}.")
    return "".join(f"{line}\n" for line in lines)


def _asked(letter: str, sheet: Sheet) -> list[str]:
    if _is_all_asked(sheet):
        return [f"all of {letter}"]
    return [_name(letter, label) for label in sheet.asked]


def _is_all_asked(sheet: Sheet) -> bool:
    return {*sheet.asked} == {*(label for label, _ in sheet.lines), TLDR}


def _term(term: Term) -> str:
    return " ".join(f"{term.source} {term.target}".split())


def _most_tokens(sheet: Sheet) -> int:
    """Room for an answer: a Chinese text has about a third of the characters of the English one, a character at most
    1.5 tokens; and an item is some ten tokens of JSON."""
    return 60 + 12 * len(sheet.asked) + size(sheet) // 2


_ITEM = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "zh": {"type": "string"}},
    "required": ["id", "zh"],
    "additionalProperties": False,
}
_SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": _ITEM}},
    "required": ["items"],
    "additionalProperties": False,
}
