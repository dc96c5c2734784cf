"""The command line: words in, use case, words out. Holds no rule of the domain; imports nothing heavy by itself.

Data goes to stdout, talk to stderr. Exit codes: 0 done (also "nothing new", said), 1 failed, 2 usage,
3 finished but something is untranslated. Errors of the family `errors.ZhaiyaoError` become a paragraph here,
in this one place; anything else is a bug and shows its traceback.
"""

import codecs
import errno
import io
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from zhaiyao import __version__
from zhaiyao.cli.common import Call, complain
from zhaiyao.errors import ZhaiyaoError

COMMANDS = {
    "demo": "zhaiyao.cli.demo",
    "run": "zhaiyao.cli.run",
    "fetch": "zhaiyao.cli.fetch",
    "translate": "zhaiyao.cli.translate",
    "compose": "zhaiyao.cli.compose",
    "publish": "zhaiyao.cli.publish",
    "import": "zhaiyao.cli.import_",
    "export": "zhaiyao.cli.export",
    "editions": "zhaiyao.cli.editions",
    "status": "zhaiyao.cli.status",
    "why": "zhaiyao.cli.why",
    "cost": "zhaiyao.cli.cost",
    "search": "zhaiyao.cli.search",
    "glossary": "zhaiyao.cli.glossary",
    "index": "zhaiyao.cli.index",
    "evaluate": "zhaiyao.cli.evaluate",
    "tune": "zhaiyao.cli.tune",
    "paths": "zhaiyao.cli.paths",
    "doctor": "zhaiyao.cli.doctor",
}

DONE, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3

_OUTPUT_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which a reader meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command's module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML).")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of pages and messages.")
@click.version_option(__version__, prog_name="zhaiyao", message="%(prog)s %(version)s")
@click.pass_context
def commands(ctx: click.Context, config: Path | None, language: str | None) -> None:
    """摘要 Zhaiyao reads arXiv for you, in Chinese.

    Every announcement day: all that arXiv announced in your categories, faithfully translated, each paper's
    contribution in one sentence, ordered, on pages of your own. Start with `zhaiyao demo`.
    """
    ctx.obj = Call(config=config, flags={"language": language})


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. The entry point passes it to `sys.exit`."""
    _speak_any_script()
    try:
        code = commands.main(arguments, prog_name="zhaiyao", standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ZhaiyaoError as error:
        complain(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped. What was finished is kept; the same command goes on from there.", err=True)
        return FAILED
    except BrokenPipeError:
        # The reader of our output went away (`| head`); without this, Python complains once more at exit.
        sys.stdout = None
        return FAILED
    except OSError as error:
        if error.errno not in _OUTPUT_FULL:
            raise
        click.echo(f"Error: the output cannot be written: {error.strerror}\nFree some space, or use --out.", err=True)
        sys.stdout = None
        return FAILED


def _speak_any_script() -> None:
    """Lets a terminal that knows no Chinese show escapes in its place; by default Python would stop.

    ASCII means that nobody told Python the encoding (a bare `LANG=C`): then UTF-8 it is, as click does, too.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            unset = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if unset else None, errors="backslashreplace")
