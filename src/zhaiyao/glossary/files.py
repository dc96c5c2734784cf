"""Terms as files: tab-separated, comma-separated, TOML. Text to terms and back; opens no file.

The columns are `source`, `target`, `accept`, `avoid`; several wordings in a column stand side by side with `|`. A first
line of these names may change their order; lines that begin with `#` and empty ones do not count, so a source such as
`#P-complete` stands behind a blank. In TOML each term is a table under its source, or just its target:
`agent = "智能体"`, `[agent]` with `target`, `accept`, `avoid`.
"""

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.glossary.rules import MOST_TERMS, checked
from zhaiyao.records import Term

FORMATS = ("tsv", "csv", "toml")
"""The names of the formats, which are the endings of their files."""

_COLUMNS = ("source", "target", "accept", "avoid")
_DELIMITERS = {"tsv": "\t", "csv": ","}


def read_terms(text: str, form: str, *, language: str = "zh", origin: str = "reader") -> tuple[Term, ...]:
    """The terms of a file's text. Raises ParseError that names the line (in TOML the term) if one cannot be used."""
    rows = _toml_rows(text) if form == "toml" else _table_rows(text, _DELIMITERS[form])
    terms: list[Term] = []
    for place, source, target, accept, avoid in rows:
        if len(terms) == MOST_TERMS:
            raise ParseError(f"holds more than {MOST_TERMS} terms", subject=place)
        term = Term(source=source, target=target, language=language, accept=accept, avoid=avoid, origin=origin)
        try:
            terms.append(checked(term))
        except UsageError as error:
            raise ParseError(f"{error.subject} {error.what}", subject=place) from error
    return tuple(terms)


def dump_terms(terms: Iterable[Term], form: str) -> str:
    """The terms as the text of a file that `read_terms` reads back."""
    rows = [(term.source, term.target, "|".join(term.accept), "|".join(term.avoid)) for term in terms]
    if form == "toml":
        return "\n".join(map(_toml_table, rows))
    cells = [(_uncommented(source), *others) for source, *others in rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_DELIMITERS[form], lineterminator="\n")
    writer.writerows((_COLUMNS, *cells))
    return out.getvalue()


def _uncommented(source: str) -> str:
    """A source that does not make its line a comment: blanks around it do not count."""
    return f" {source}" if source.startswith("#") else source


Row = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]
"""Place, source, target, accepted and avoided wordings."""


def _table_rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter, strict=True)
    columns: Sequence[str] = _COLUMNS
    is_first = True
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
                continue
            named = [cell.strip().lower() for cell in cells]
            if is_first and {"source", "target"} <= set(named):
                columns = named
            else:
                yield _row(f"line {reader.line_num}", cells, columns)
            is_first = False
    except csv.Error as error:
        raise ParseError(str(error), subject=f"line {reader.line_num}") from error


def _row(place: str, cells: Sequence[str], columns: Sequence[str]) -> Row:
    held = dict(zip(columns, cells, strict=False))
    if len(cells) < 2:
        raise ParseError("holds no translation: source and target stand in two columns", subject=place)
    if len(cells) > len(columns):
        raise ParseError(f"has {len(cells)} columns; {len(columns)} are expected", subject=place)
    return place, held["source"], held.get("target", ""), _split(held.get("accept", "")), _split(held.get("avoid", ""))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(wording for wording in cell.split("|") if wording.strip())


def _toml_rows(text: str) -> Iterator[Row]:
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ParseError(str(error) or "nested too deep", subject="TOML") from error
    for source, told in data.items():
        table = {"target": told} if isinstance(told, str) else told
        if not isinstance(table, Mapping) or not isinstance(table.get("target"), str):
            raise ParseError("has no target", subject=source)
        if unknown := set(table) - set(_COLUMNS[1:]):
            raise ParseError(f"unknown key {min(unknown)}", subject=source)
        yield source, source, table["target"], _strings(source, table, "accept"), _strings(source, table, "avoid")


def _strings(source: str, table: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = table.get(name, ())
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise ParseError(f"{name} is neither a string nor a list of strings", subject=source)
    return tuple(values)


def _toml_table(row: tuple[str, str, str, str]) -> str:
    source, target, accept, avoid = row
    lines = [f"[{_quoted(source)}]", f"target = {_quoted(target)}"]
    for name, wordings in (("accept", _split(accept)), ("avoid", _split(avoid))):
        if wordings:
            lines.append(f"{name} = [{', '.join(map(_quoted, wordings))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; control characters are not in terms."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
