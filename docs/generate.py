"""Writes `docs/cli.md` from the commands themselves, so that it cannot drift. `tests/test_docs.py` holds it to that."""

from pathlib import Path

import click

from zhaiyao.cli import COMMANDS, commands

PAGE = Path(__file__).with_name("cli.md")

HEAD = """# Commands

Written by `make docs` from the program itself. Data goes to stdout, talk to stderr.

| exit code | meaning |
| --- | --- |
| 0 | done; also "nothing new", which is said |
| 1 | failed, or stopped by Ctrl-C |
| 2 | the call, a setting or an id is wrong; nothing was done |
| 3 | finished, but something is still untranslated |
"""


def text_of(command: click.Command, name: str) -> str:
    """A command's help as it prints it, on 100 columns."""
    context = click.Context(
        command, info_name=name, terminal_width=100, max_content_width=100, help_option_names=["-h", "--help"]
    )
    return command.get_help(context).rstrip()


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## zhaiyao", "```text\n" + text_of(commands, "zhaiyao") + "\n```"]
    context = click.Context(commands, info_name="zhaiyao")
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        parts += [f"## {name}", "```text\n" + text_of(command, f"zhaiyao {name}") + "\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
