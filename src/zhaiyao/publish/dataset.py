"""The archive as a data set: Parquet files with a Croissant description. The only home of pyarrow and mlcroissant.

Croissant says what stands in which column, so that loaders of data sets read the files without being told (Akhtar et
al., "Croissant: A Metadata Format for ML-Ready Datasets", arXiv:2403.19546). Files are written beside their places and
moved there together at the end: what stood before stands until the whole set is there, and checked.
"""

import contextlib
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhaiyao.errors import PublishError, UsageError

if TYPE_CHECKING:
    import mlcroissant
    import pyarrow

DESCRIPTION = "croissant.json"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
ARXIV = "https://arxiv.org/"
CITATION = "arXiv.org; thank you to arXiv for use of its open access interoperability."

_TYPES = {str: "TEXT", int: "INTEGER", bool: "BOOL", date: "DATE", datetime: "DATETIME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """One paper in its newest text, with what we made of it. Empty where there is none.

    `legacy`: the Chinese texts are another system's, imported and never checked. `truncated`: the abstract is cut.
    """

    id: str
    version: int
    interface: str
    title: str
    abstract: str
    truncated: bool
    title_zh: str
    abstract_zh: str
    tldr_zh: str
    engine: str
    model: str
    legacy: bool
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    comments: str
    journal_ref: str
    doi: str
    license: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One sentence of a title or an abstract and its translation, aligned. `state`: translated, kept or imported."""

    paper_id: str
    version: int
    kind: str
    position: int
    source: str
    target: str
    state: str
    engine: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRow:
    """arXiv telling, on an announcement date, that a paper is new, cross, replace or replace-cross in a category."""

    paper_id: str
    category: str
    date: date
    type: str
    version: int


Row = PaperRow | SentenceRow | AnnouncementRow

TABLES: dict[str, tuple[type[Row], str]] = {
    "papers": (PaperRow, "Papers in their newest text, in English and Chinese."),
    "sentences": (SentenceRow, "Sentences of titles and abstracts, aligned with their translations."),
    "announcements": (AnnouncementRow, "What arXiv announced, by category and announcement date."),
}
"""Tables by name: the record of a row, and what is in it."""


class DatasetWriter:
    """Takes rows, table by table in any order; each is on the disk soon after, so that memory stays bounded."""

    def __init__(self, folder: Path, writers: "dict[str, pyarrow.parquet.ParquetWriter]") -> None:
        self._folder = folder
        self._writers = writers
        self.counts = dict.fromkeys(TABLES, 0)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Appends rows to a table as one row group."""
        if not rows:
            return
        import pyarrow

        values = [{name: _value(value) for name, value in asdict(row).items()} for row in rows]
        self._writers[table].write_table(pyarrow.Table.from_pylist(values, schema=schema(TABLES[table][0])))
        self.counts[table] += len(rows)


@contextmanager
def dataset(folder: Path, *, name: str, version: str, made_at: datetime) -> Iterator[DatasetWriter]:
    """A new data set in `folder`, which is there, described and checked, when the block ends well.

    Raises PublishError if it cannot be written, UsageError if the libraries are missing. What the folder held under
    the same names stays until then; other files of it are left alone.
    """
    _insist_on_libraries()
    staging = folder / f".export-{secrets.token_hex(6)}"
    try:
        staging.mkdir(parents=True)
        with _written(staging) as writer:
            yield writer
        text = json.dumps(_description(staging, name=name, version=version, made_at=made_at), indent=2, default=str)
        (staging / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        check(staging / DESCRIPTION)
        for file in sorted(staging.iterdir()):
            file.replace(folder / file.name)
    except OSError as error:
        hint = "Free some space, or choose another folder."
        raise PublishError(f"cannot be written: {error.strerror or error}", subject=str(folder), hint=hint) from None
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(staging)


@contextmanager
def _written(staging: Path) -> Iterator[DatasetWriter]:
    from pyarrow.parquet import ParquetWriter

    with ExitStack() as stack:
        writers = {
            table: stack.enter_context(
                ParquetWriter(staging / f"{table}.parquet", schema(row), compression="zstd", version="2.6")
            )
            for table, (row, _) in TABLES.items()
        }
        yield DatasetWriter(staging, writers)


def schema(row: type[Row]) -> "pyarrow.Schema":
    """The columns of a table, from its record."""
    import pyarrow

    types = {
        str: pyarrow.string(),
        int: pyarrow.int32(),
        bool: pyarrow.bool_(),
        date: pyarrow.date32(),
        datetime: pyarrow.timestamp("s", tz="UTC"),
    }
    columns = []
    for name, kind, repeated, optional in _columns(row):
        column = pyarrow.list_(types[kind]) if repeated else types[kind]
        columns.append(pyarrow.field(name, column, nullable=optional))
    return pyarrow.schema(columns)


def check(description: Path) -> None:
    """Has mlcroissant judge a description and the files it names. Raises PublishError with what it finds wrong."""
    import mlcroissant

    try:
        mlcroissant.Dataset(jsonld=str(description))
    except (mlcroissant.ValidationError, ValueError) as error:
        raise PublishError(f"the description is not valid: {error}", subject=str(description)) from None


def _columns(row: type[Row]) -> Iterator[tuple[str, type, bool, bool]]:
    """Name, type, whether repeated, whether optional: of each field of a row's record."""
    shapes: dict[object, tuple[type, bool, bool]] = {
        tuple[str, ...]: (str, True, False),
        datetime | None: (datetime, False, True),
    }
    for field in fields(row):
        kind = field.type
        if kind in shapes:
            yield field.name, *shapes[kind]
        else:
            assert isinstance(kind, type)
            yield field.name, kind, False, False


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _description(staging: Path, *, name: str, version: str, made_at: datetime) -> dict[str, object]:
    import mlcroissant

    files = [_file(staging / f"{table}.parquet", said) for table, (_, said) in TABLES.items()]
    metadata = mlcroissant.Metadata(
        name=name,
        description=(
            "Announcements of arXiv with their metadata, and Chinese translations of titles, abstracts and "
            "contributions. The metadata is arXiv's (CC0); the translations are machine-made, with the engine and the "
            "model of each named, and sentences that could not be translated faithfully are kept in the original."
        ),
        conforms_to="http://mlcommons.org/croissant/1.0",
        cite_as=CITATION,
        url=ARXIV,
        license=[CC0],
        version=version,
        date_published=made_at,
        creators=[mlcroissant.Organization(name="arXiv", url=ARXIV)],
        in_language=["en", "zh"],
        keywords=["arXiv", "translation", "Chinese", "scientific papers"],
        distribution=files,
        record_sets=[_record_set(table, row, said) for table, (row, said) in TABLES.items()],
    )
    if metadata.issues.errors:
        raise PublishError("the description is not valid", subject=DESCRIPTION, hint=metadata.issues.report())
    described: dict[str, object] = metadata.to_json()
    return described


def _file(path: Path, said: str) -> "mlcroissant.FileObject":
    import mlcroissant

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return mlcroissant.FileObject(
        id=path.name,
        name=path.name,
        description=said,
        content_url=path.name,
        content_size=f"{path.stat().st_size} B",
        encoding_formats=["application/x-parquet"],
        sha256=digest,
    )


def _record_set(table: str, row: type[Row], said: str) -> "mlcroissant.RecordSet":
    import mlcroissant

    key = {"papers": [f"{table}/id"]}.get(table)
    return mlcroissant.RecordSet(id=table, name=table, description=said, key=key, fields=list(_fields(table, row)))


def _fields(table: str, row: type[Row]) -> "Iterable[mlcroissant.Field]":
    import mlcroissant

    for name, kind, repeated, _ in _columns(row):
        yield mlcroissant.Field(
            id=f"{table}/{name}",
            name=name,
            data_types=[getattr(mlcroissant.DataType, _TYPES[kind])],
            repeated=repeated or None,
            source=mlcroissant.Source(file_object=f"{table}.parquet", extract=mlcroissant.Extract(column=name)),
        )


def _insist_on_libraries() -> None:
    try:
        import mlcroissant  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"data sets need a library that is not installed ({error.name})",
            subject="export",
            hint="Install it with: pip install 'zhaiyao[export]'",
        ) from None
