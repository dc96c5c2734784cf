"""`zhaiyao search`: Chinese or English, over everything stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

from zhaiyao.cli.common import (
    Call,
    is_terminal,
    json_option,
    opened_store,
    plain,
    print_json,
    print_table,
    progress,
    say,
)
from zhaiyao.cli.index import follow_and_tell, tell_followed

if TYPE_CHECKING:
    from rich.text import Text

    from zhaiyao.finding import Index, Mode, Note, Snippet
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Store
    from zhaiyao.usecases.search import Answer, Card


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a call asks for: a query, papers to be like, or a text to be like."""

    query: str
    like: tuple[str, ...]
    text: str | None
    limit: int
    fuzzy: bool

    def of(self, store: "Store", index: "Index", mode: "Mode | None") -> "Answer":
        """Its answer, in this mode or the best there is."""
        from zhaiyao.usecases.search import like_papers, like_text, search

        if self.text is not None:
            return like_text(store, index, self.text, limit=self.limit, mode=mode)
        if self.like:
            return like_papers(store, index, self.like, limit=self.limit, mode=mode)
        return search(store, index, self.query, limit=self.limit, mode=mode, fuzzy=self.fuzzy)


MOST_SAVED, MOST_COUNTED = 20, 10_000
"""Papers of one saved search that are listed, and of each that are counted."""


@click.command("search", context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="QUERY...", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Papers at most.")
@click.option(
    "--mode",
    type=click.Choice(["lexical", "semantic", "fused"]),
    help="By words, by meaning, or both; without it, the best there is.",
)
@click.option("--fuzzy", is_flag=True, help="Allow typing errors in every word.")
@click.option("--like", "like", metavar="ID", multiple=True, help="Papers like this one; may be repeated.")
@click.option(
    "--like-text", type=click.File(encoding="utf-8", errors="replace"), help="Papers like this text; - = stdin."
)
@click.option("--save", "name", metavar="NAME", help="Save the query; what comes in later and matches is told.")
@click.option("--saved", is_flag=True, help="List saved searches, or what the one named QUERY has found.")
@click.option("--drop", metavar="NAME", help="Forget a saved search.")
@json_option
@click.pass_obj
def command(
    call: Call,
    words: tuple[str, ...],
    limit: int,
    mode: str | None,
    fuzzy: bool,  # noqa: FBT001
    like: tuple[str, ...],
    like_text: TextIO | None,
    name: str | None,
    saved: bool,  # noqa: FBT001
    drop: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Find papers, in Chinese or English.

    \b
    protein diffusion 蛋白质       all of these words, in any text, either language
    "score matching"              side by side (the shell wants '"score matching"')
    -survey   GAN OR VAE   (…)    not; either; brackets
    au:hinton  ti:graph  abs:…    only authors, title, abstract
    cat:cs.LG  cat:math           category or archive
    date:2024-01..2024-03         announced then; date:2024, date:2024-05..
    is:starred                    starred, liked, disliked, hidden, translated
    difusion~                     with typing errors
    2404.00466                    an id, or the address of a paper
    """
    query = _query(words)
    _refuse_mixtures(query=bool(query), like=bool(like), like_text=like_text is not None, saved=saved, drop=bool(drop))
    from zhaiyao import wiring
    from zhaiyao.usecases import saved_searches
    from zhaiyao.usecases.search import LONGEST_TEXT

    settings, places = call.settings(search__mode=mode)
    texts = wiring.messages(settings)
    with opened_store(places) as store:
        if drop:
            saved_searches.drop(store, drop)
            return 0
        if saved:
            return _tell_saved(store, query, texts, as_json=as_json)
        asked = _Asked(query, like, like_text.read(LONGEST_TEXT) if like_text else None, limit=limit, fuzzy=fuzzy)
        with wiring.index(settings, places) as index:
            with progress(texts) as bar:
                follow_and_tell(store, index, texts, bar)
            if name:
                kept = saved_searches.save(store, index, name, query, now=wiring.clock(), fuzzy=fuzzy)
                say(texts.text("search.saved", name=kept.name, query=kept.query))
            answer = _answer(store, index, asked, wiring.search_mode(settings), texts)
    if as_json:
        print_json(answer)
    else:
        tell_answer(answer, texts)
    return 0


def _query(words: Sequence[str]) -> str:
    """The words as one query. An argument with two dashes is an option that there is not."""
    wrong = next((word for word in words if word.startswith("--")), None)
    if wrong is not None:
        raise click.NoSuchOption(wrong.partition("=")[0])
    return " ".join(words)


def _refuse_mixtures(*, query: bool, like: bool, like_text: bool, saved: bool, drop: bool) -> None:
    told = [like, like_text, drop, saved or query]
    if sum(told) > 1:
        raise click.UsageError("Give one of QUERY, --like, --like-text, --saved and --drop.")
    if not any(told):
        raise click.UsageError("Nothing to look for: give QUERY, --like, --like-text, --saved or --drop.")


def _answer(store: "Store", index: "Index", asked: _Asked, mode: "Mode | None", texts: "Messages") -> "Answer":
    """Asks; if the index proves to be damaged only then, builds it anew and asks again."""
    from zhaiyao.errors import IndexDamaged
    from zhaiyao.usecases.index import rebuild

    try:
        return asked.of(store, index, mode)
    except IndexDamaged as error:
        with progress(texts) as bar:
            tell_followed(rebuild(store, index, why=error.what, progress=bar), texts)
        return asked.of(store, index, mode)


def _tell_saved(store: "Store", name: str, texts: "Messages", *, as_json: bool) -> int:
    """Saved searches with how much they found, or one with the papers."""
    from zhaiyao.usecases.saved_searches import kept

    found = kept(store, name or None, limit=MOST_SAVED if name else MOST_COUNTED)
    if as_json:
        print_json(found)
    elif name:
        heads = [texts.text(f"column.{column}") for column in ("id", "found_at")]
        print_table(heads, [(paper, at.isoformat(timespec="seconds")) for one in found for paper, at in one.papers])
    else:
        heads = [texts.text(f"column.{column}") for column in ("name", "query", "papers")]
        print_table(heads, [(one.search.name, one.search.query, len(one.papers)) for one in found])
    return 0


def tell_answer(answer: "Answer", texts: "Messages") -> None:
    """The found papers on stdout; how many there are, or why there are none, on stderr."""
    from rich.console import Console

    for note in answer.notes:
        say(_told(note, texts))
    if answer.fuzzy:
        say(texts.text("search.fuzzy", words=" ".join(map(plain, answer.fuzzy))))
    if not answer.cards:
        say(texts.text("search.nothing", searched=answer.searched))
        say(texts.text("search.nothing_hint" if answer.searched else "search.empty_hint"))
        return
    if answer.total:
        say(texts.text("search.found", total=answer.total, shown=len(answer.cards)))
    elif answer.total == 0:
        say(texts.text("search.near"))
    console = Console(highlight=False, soft_wrap=not is_terminal())
    for card in answer.cards:
        for line in _lines(card, texts):
            console.print(line)


def _told(note: "Note", texts: "Messages") -> str:
    """A note in the reader's language, with what to do."""
    return texts.text(f"search.note_{note.remark}", count=note.count, detail=plain(note.detail))


def _lines(card: "Card", texts: "Messages") -> list["Text | str"]:
    """A paper in two to five lines: id, date and categories; both titles; the piece that matches."""
    from rich.text import Text

    day = card.announced.isoformat() if card.announced else ""
    marks = " ".join(texts.label("mark", mark) for mark in card.marks if mark != "translated")
    head = Text("  ".join(filter(None, (plain(card.paper_id), day, plain(" ".join(card.categories)), marks))))
    head.stylize("bold cyan", 0, len(card.paper_id))
    marked = {snippet.name: snippet for snippet in card.snippets}
    lines: list[Text | str] = [head]
    for name in ("title_zh", "title"):
        text = getattr(card, name)
        if text:
            lines.append(_highlighted(marked.get(name), text, "bold" if name == "title_zh" else ""))
    lines += [
        _highlighted(piece, piece.text, "dim") for name, piece in marked.items() if name not in ("title_zh", "title")
    ]
    return [*lines, ""]


def _highlighted(snippet: "Snippet | None", text: str, style: str) -> "Text":
    """A text with what matches in colour, indented; what would make the terminal act is shown as an escape."""
    from rich.text import Text

    line = Text("  ", style=style)
    end = 0
    for start, stop in snippet.marked if snippet else ():
        line.append(plain(text[end:start]))
        line.append(plain(text[start:stop]), style="not dim bold yellow")
        end = stop
    line.append(plain(text[end:]))
    return line
