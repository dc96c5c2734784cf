"""What the commands share: settings of a call, talk, tables, JSON, progress. Holds no rule of the domain."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from zhaiyao.errors import ZhaiyaoError

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Progress, Store
    from zhaiyao.settings import Places, Settings

Command = TypeVar("Command", bound=Callable[..., object])

# Controls (C0, DEL, C1), marks and overrides of direction, line separators, lone surrogates: what makes a terminal
# act, or shows text in another order than it has.
_ACTING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(slots=True)
class Call:
    """One call of the program: where its settings come from. Reads them when they are first needed."""

    config: Path | None = None
    flags: dict[str, object] = field(default_factory=dict)

    def settings(self, sealed: Sequence[str] = (), /, **flags: object) -> "tuple[Settings, Places]":
        """Settings and places, with a command's own flags on top (`engine__model` means `engine.model`).

        The sections `sealed` are changed by flags only.
        """
        from zhaiyao.settings import load

        dotted = {name.replace("__", "."): value for name, value in flags.items()}
        return load(config=self.config, flags={**self.flags, **dotted}, sealed=sealed)


def json_option(command: Command) -> Command:
    """`--json`, wherever there is a list."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)


def engine_options(command: Command) -> Command:
    """Who translates."""
    for option in (
        click.option("--concurrency", "engine__concurrency", type=int, help="Requests under way at once."),
        click.option("--model", "engine__model", help="Model: a path, hf:owner/repo/file, or the endpoint's name."),
        click.option("--preset", "engine__preset", help="A known provider: deepseek, qwen, openai, ollama …"),
        click.option(
            "--engine", "engine__name", type=click.Choice(["local", "chat", "scripted"]), help="Who translates, alone."
        ),
        click.option(
            "--policy", "translation__policy", metavar="NAMES", help='Who is asked, in order: "deepseek local".'
        ),
    ):
        command = option(command)
    return command


def base_url_option(command: Command) -> Command:
    """`--base-url`, which moves every arXiv interface under one root."""
    return click.option("--base-url", "arxiv__base_url", metavar="ROOT", help="Ask this server instead of arXiv.")(
        command
    )


@contextmanager
def opened_store(places: "Places", categories: Sequence[str] = ()) -> "Iterator[Store]":
    """The store, closed at the end whatever happens.

    A call that names an unknown category makes no store: `categories` are looked up first. Raises UnknownCategory.
    """
    from zhaiyao.categories import subscription
    from zhaiyao.wiring import open_store

    for name in categories:
        subscription(name)
    store = open_store(places)
    try:
        yield store
    finally:
        store.close()


def plain(text: object, *, lines: bool = False) -> str:
    """Text that a terminal only shows: what would make it act stands there as an escape (`\\x1b`).

    With `lines`, line breaks and tabs of the text are kept; otherwise it stays on one line.
    """
    kept = "\n\t" if lines else ""
    return _ACTING.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], str(text))


def show(text: str) -> None:
    """One line of data: to stdout."""
    click.echo(plain(text))


def say(text: str = "") -> None:
    """Talk: to stderr."""
    click.echo(plain(text, lines=True), err=True)


def complain(error: ZhaiyaoError) -> None:
    """An error of the family as a paragraph: what happened, to what, and what to do next."""
    head = f"{plain(error.subject)}: {plain(error.what)}" if error.subject else plain(error.what)
    say(f"Error: {head}\n{error.hint}" if error.hint else f"Error: {head}")


def print_json(value: object) -> None:
    """A record, or a collection of them, as JSON on stdout. Instants are RFC 3339."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
    encoding = getattr(sys.stdout, "encoding", None) or ""  # none where a shell closed stdout
    acting = _ACTING if "utf" in encoding.lower() else re.compile(r"[^\x00-\x7e]")
    click.echo(acting.sub(lambda found: found[0] if found[0] == "\n" else _json_escape(found[0]), text))


def _json_escape(character: str) -> str:
    """Everything outside ASCII stands within strings, where JSON has an escape for it."""
    import json

    return json.dumps(character)[1:-1]


def is_terminal() -> bool:
    """Whether somebody looks at stdout. There is none at all where a shell closed it (`>&-`)."""
    return bool(sys.stdout and sys.stdout.isatty())


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; cells are plain text, whatever they hold."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*(Text("" if cell is None else plain(cell)) for cell in row))
    console = Console(width=None if is_terminal() else 200, highlight=False)
    console.print(table)


class Silent:
    """Progress for a stderr that is no terminal: shows nothing."""

    def start(self, what: str, total: int | None) -> None:
        """Shows nothing."""

    def advance(self, steps: int = 1) -> None:
        """Shows nothing."""

    def note(self, what: str, **values: object) -> None:
        """Shows nothing."""

    def finish(self) -> None:
        """Shows nothing."""


@contextmanager
def progress(texts: "Messages") -> "Iterator[Progress]":
    """One progress bar on stderr, with time left; none when stderr is no terminal. `texts` names the steps."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield Silent()
        return
    from zhaiyao.cli.bar import Bar

    with Bar(texts) as bar:
        yield bar
