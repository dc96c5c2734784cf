"""The terms that come with Zhaiyao. Reads the packaged file, once."""

from functools import cache
from importlib.resources import files

from zhaiyao.glossary.files import read_terms
from zhaiyao.records import Term


@cache
def defaults(language: str = "zh") -> tuple[Term, ...]:
    """The packaged terms of a language, about 300; none for a language without a file."""
    file = files(__package__) / f"terms-{language}.tsv"
    if not file.is_file():
        return ()
    return read_terms(file.read_text(encoding="utf-8"), "tsv", language=language, origin="default")
