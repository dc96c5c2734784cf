"""Documents that would drift are generated or checked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from zhaiyao import __version__
from zhaiyao.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def test_the_commands_page_is_what_the_program_says() -> None:
    code = "import runpy, sys; sys.stdout.write(runpy.run_path('docs/generate.py')['page']())"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), "run: make docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    from click import Context

    from zhaiyao.cli import commands

    command = commands.get_command(Context(commands), name)
    assert command is not None
    assert command.help
    assert f"zhaiyao {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_hold(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert f"\n{target}:" in makefile
