"""The prompts, as files: `NAME-VERSION.txt` in this folder. Reads them, and fills in nothing itself.

A published version is never edited, because renditions name the version that made them; a better one gets the next
number. Places to fill are `string.Template`'s (`$name`), so that braces and dollar signs in a paper's text are safe.
"""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def load(name: str) -> Template:
    """The prompt of this name and version, without its last line break. KeyError if there is none."""
    file = files(__name__) / f"{name}.txt"
    if not file.is_file():
        raise KeyError(name)
    return Template(file.read_text(encoding="utf-8").removesuffix("\n"))


def text(name: str) -> str:
    """A prompt that has no places to fill."""
    return load(name).substitute()
