"""Documents that would drift are generated or checked."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from zhaiyao import __version__
from zhaiyao.cli import COMMANDS
from zhaiyao.settings import names, variable

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def test_the_generated_pages_are_what_the_program_says() -> None:
    code = (
        "import json, runpy; pages = runpy.run_path('docs/generate.py')['PAGES'];"
        "print(json.dumps({name: page() for name, page in pages.items()}))"
    )
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    pages = json.loads(made.stdout)
    assert set(pages) == {"cli.md", "settings.md"}
    assert {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in pages} == pages, "run: make docs"


def test_every_setting_is_on_its_page() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in names():
        assert f"| `{name}` | `{variable(name)}` |" in page


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
