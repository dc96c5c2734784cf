"""Writes `docs/cli.md` and `docs/settings.md` from the program itself, so that they cannot drift.

`tests/test_docs.py` holds them to that.
"""

import json
from pathlib import Path

import click
import msgspec

from zhaiyao.cli import COMMANDS, commands
from zhaiyao.settings import fields, variable

HERE = Path(__file__).parent

COMMANDS_HEAD = """# Commands

Written by `make docs` from the program itself. Data goes to stdout, talk to stderr.

| exit code | meaning |
| --- | --- |
| 0 | done; also "nothing new", which is said |
| 1 | failed, or stopped by Ctrl-C |
| 2 | the call, a setting or an id is wrong; nothing was done |
| 3 | finished, but something is still untranslated |
"""

SETTINGS_HEAD = """# Settings

Written by `make docs` from the program itself. Flags win over environment variables, these over `zhaiyao.toml` (its
place is in `zhaiyao paths`), that over the defaults. `engine.model` is `model` in the section `[engine]`. An unknown
name is an error. `zhaiyao doctor` prints the present values, without keys and passwords.

| setting | environment variable | default | meaning |
| --- | --- | --- | --- |
"""

SETTINGS_FOOT = """
Two kinds of sections have names of your own and stand in the file alone:

```toml
[engines.strong]                 # all fields of [engine]; its key also as ZHAIYAO_ENGINES_STRONG_API_KEY
preset = "openai"

[prices."qwen3.5-plus"]          # per million tokens, in translation.currency; goes before the list price
input = 0.8
cached = 0.16                    # of the prompt's tokens that the provider had in its cache; as input if left out
output = 4.8

[translation]
policy = "deepseek strong local" # deepseek first, then the section above, then the embedded model
daily_cap = 2.0                  # reached: what costs nothing goes on, or the rest waits for the next day (UTC)
```

A section that is called like a preset means that preset. `--engine`, `--preset` and `--model` mean one engine alone,
whatever the policy is. A preset's key is sent to the preset's own address and to nobody else.

Two variables say where to look: `ZHAIYAO_HOME` is the directory of all state, `ZHAIYAO_CONFIG` a settings file at
another place (as does `--config`).
"""


def text_of(command: click.Command, name: str) -> str:
    """A command's help as it prints it, on 100 columns."""
    context = click.Context(
        command, info_name=name, terminal_width=100, max_content_width=100, help_option_names=["-h", "--help"]
    )
    return command.get_help(context).rstrip()


def commands_page() -> str:
    """Every command with its help."""
    parts = [COMMANDS_HEAD, "## zhaiyao", "```text\n" + text_of(commands, "zhaiyao") + "\n```"]
    context = click.Context(commands, info_name="zhaiyao")
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        parts += [f"## {name}", "```text\n" + text_of(command, f"zhaiyao {name}") + "\n```"]
        for part, told in command.commands.items() if isinstance(command, click.Group) else ():
            parts += [f"### {name} {part}", "```text\n" + text_of(told, f"zhaiyao {name} {part}") + "\n```"]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every setting with its environment variable, its default, and what it means."""
    rows = [
        f"| `{name}` | `{variable(name)}` | `{json.dumps(field.default)}` | {_explained(field)} |"
        for name, field in fields()
    ]
    return SETTINGS_HEAD + "\n".join(rows) + "\n" + SETTINGS_FOOT


def _explained(field: msgspec.structs.FieldInfo) -> str:
    told = msgspec.inspect.type_info(field.type)
    assert isinstance(told, msgspec.inspect.Metadata), f"{field.name} has no description"
    return str((told.extra_json_schema or {})["description"])


PAGES = {"cli.md": commands_page, "settings.md": settings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
