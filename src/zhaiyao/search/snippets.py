"""Shows why a paper was found: pieces of its texts with the words that match. Looks nothing up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhaiyao.finding import Document, Phrase, Query, Scope, Snippet, Words
from zhaiyao.search import words
from zhaiyao.search.querying import wanted

TITLES = ("title_zh", "title")
BODIES = ("abstract_zh", "tldr_zh", "abstract", "comments")
"""Texts that a piece is taken from; of equally good pieces the one of the first."""

WIDTH = 200
"""Columns of a terminal that a piece fills at most; a Chinese character fills two."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to look for in one kind of text: single words, words with typing errors, and sequences of words."""

    single: frozenset[str]
    fuzzy: frozenset[str]
    sequences: tuple[tuple[str, ...], ...]

    @property
    def all(self) -> frozenset[str]:
        return self.single | frozenset(word for sequence in self.sequences for word in sequence)


def snippets(document: Document, query: Query | None, *, width: int = WIDTH) -> tuple[Snippet, ...]:
    """Titles that match, whole, and the best piece of the other texts, Chinese before English.

    Where no other text matches (found by its title, by its meaning or its authors), the piece is how the TL;DR or
    abstract begins, with nothing marked. Without a query nothing is marked anywhere.
    """
    parts = list(wanted(query)) if query is not None else []
    titles = _asked(part for part in parts if part.scope in (Scope.ALL, Scope.TITLE))
    bodies = _asked(part for part in parts if part.scope in (Scope.ALL, Scope.ABSTRACT))
    found = []
    for name in TITLES:
        text = getattr(document, name)
        marked = _marked(text, titles)
        if marked:
            found.append(Snippet(name=name, text=text, marked=tuple((start, end) for start, end, _ in marked)))
    piece = _best(document, bodies, width)
    return (*found, piece) if piece else tuple(found)


def _asked(parts: Iterable[Words | Phrase]) -> _Asked:
    single: set[str] = set()
    fuzzy: set[str] = set()
    sequences: list[tuple[str, ...]] = []
    for part in parts:
        chunks = list(words.chunks(part.text))
        if isinstance(part, Phrase):
            sequences.append(tuple(token.text for chunk in chunks for token in chunk.parts))
            continue
        for chunk in chunks:
            texts = tuple(token.text for token in chunk.parts)
            if part.fuzzy:
                fuzzy.update(texts)
            elif chunk.is_han or len(texts) == 1:
                single.update(text for text, plain in zip(texts, chunk.plain, strict=True) if plain not in words.EMPTY)
            else:
                sequences.append(texts)
                single.update(filter(None, [chunk.whole]))
    return _Asked(frozenset(single), frozenset(fuzzy), tuple(sequences))


def _marked(text: str, asked: _Asked) -> list[tuple[int, int, str]]:
    """(start, end, word) of everything in a text that matches, in order; what touches or overlaps is one."""
    if not text:
        return []
    single = asked.single | _near(text, asked.fuzzy)
    looked_for = single | asked.all
    spots = words.spots(text, looked_for) if looked_for else []
    hits = [(spot.start, spot.end, spot.text) for spot in spots if spot.text in single]
    for sequence in asked.sequences:
        hits += _in_sequence(spots, sequence)
    return _joined(sorted(hits))


def _in_sequence(spots: Sequence[words.Spot], sequence: tuple[str, ...]) -> Iterable[tuple[int, int, str]]:
    """Where these words stand side by side."""
    placed = {spot.place: spot for spot in spots if spot.place is not None}
    for place, spot in placed.items():
        run = [placed.get(place + number) for number in range(len(sequence))]
        if all(other is not None and other.text == word for other, word in zip(run, sequence, strict=True)):
            last = run[-1]
            assert last is not None
            yield spot.start, last.end, " ".join(sequence)


def _joined(hits: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    joined: list[tuple[int, int, str]] = []
    for start, end, word in hits:
        if joined and start <= joined[-1][1]:
            before = joined.pop()
            joined.append((before[0], max(end, before[1]), f"{before[2]} {word}"))
        else:
            joined.append((start, end, word))
    return joined


def _best(document: Document, asked: _Asked, width: int) -> Snippet | None:
    """The piece with the most different words in it, or a beginning where none matches."""
    best: tuple[int, Snippet] | None = None
    for name in BODIES:
        text = getattr(document, name)
        marked = _marked(text, asked)
        if marked:
            start, count = _densest(text, marked, width)
            if best is None or count > best[0]:
                best = count, _piece(name, text, marked, start, width)
    if best is not None:
        return best[1]
    name = next((name for name in ("tldr_zh", "abstract_zh", "abstract") if getattr(document, name)), "")
    return _piece(name, getattr(document, name), [], 0, width) if name else None


def _densest(text: str, marked: Sequence[tuple[int, int, str]], width: int) -> tuple[int, int]:
    """The match to begin near, so that most different words fit in, and how many these are."""
    best = marked[0][0], 0
    for number, (start, _, _) in enumerate(marked):
        until = _reach(text, start, width)
        held = {word for _, end, joined in marked[number:] if end <= until for word in joined.split()}
        if len(held) > best[1]:
            best = start, len(held)
    return best


def _piece(name: str, text: str, marked: Sequence[tuple[int, int, str]], near: int, width: int) -> Snippet:
    """A piece that begins a little before `near`, at the beginning of a sentence or word, with … where it is cut."""
    start = _start(text, near, width // 5)
    end = _reach(text, start, width)
    if end < len(text):
        space = text.rfind(" ", start + 1, end + 1)
        if space > end - 20 and not text[end - 1 : end + 1].isspace() and text[end - 1].isascii():
            end = space
    head = "…" if start else ""
    shown = text[start:end].replace("\n", " ")
    inside = tuple(
        (max(first, start) - start + len(head), min(last, end) - start + len(head))
        for first, last, _ in marked
        if first < end and last > start
    )
    return Snippet(name=name, text=f"{head}{shown}{'…' if end < len(text) else ''}", marked=inside)


def _start(text: str, near: int, before: int) -> int:
    """Where a sentence begins not too far before, else a word."""
    earliest = max(0, near - before)
    if earliest == 0:
        return 0
    for stop in ("。", "；", ". ", "，", ", "):
        found = text.rfind(stop, earliest, near)
        if found >= 0:
            return found + len(stop)
    space = text.find(" ", earliest, near)
    return space + 1 if space >= 0 else (near if text[near].isascii() else earliest)


def _reach(text: str, start: int, width: int) -> int:
    """How far a text goes in so many columns."""
    columns = 0
    for at in range(start, len(text)):
        columns += 2 if text[at] >= "\u1100" else 1
        if columns > width:
            return at
    return len(text)


def _near(text: str, fuzzy: frozenset[str]) -> frozenset[str]:
    """The words of a text that are one of these but for typing errors."""
    if not fuzzy:
        return frozenset()
    held = set(words.stream(text)[0].split())
    return frozenset(
        word for word in held if any(_errors(word, other) <= words.errors_allowed(other) for other in fuzzy)
    )


def _errors(one: str, other: str) -> int:
    """Letters added, left out, changed or swapped between two words (optimal string alignment distance); 3 = more."""
    if abs(len(one) - len(other)) > 2:
        return 3
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return min(rows[-1][-1], 3)
