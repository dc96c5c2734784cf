"""`zhaiyao glossary`: how terms are translated, and a reader's corrections."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, say, show

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.records import Term
    from zhaiyao.usecases.applying import Applied, Holder
    from zhaiyao.usecases.correcting import Fixed

FORMATS = click.Choice(["tsv", "csv", "toml"])
MOST_BYTES = 10_000_000
"""The largest file that is read."""

MOST_SHOWN = 20
"""Papers named one by one; `--json` names all."""


@click.group("glossary")
def command() -> None:
    """Say how terms are to be translated, and correct translations.

    Your terms win over the packaged ones. A term is sent to an engine where it occurs, and checked.
    """


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="The packaged terms, too.")
@click.option("--find", metavar="TEXT", default="", help="Only terms with this in a wording, either language.")
@json_option
@click.pass_obj
def list_(call: Call, everything: bool, find: str, as_json: bool) -> int:  # noqa: FBT001
    """List your terms."""
    from zhaiyao import wiring
    from zhaiyao.usecases.glossary import listed

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places) as store:
        terms = listed(store, find=find, everything=everything)
    if as_json:
        print_json(terms)
    elif terms:
        _print_terms(terms, texts)
    else:
        say(texts.text("glossary.none"))
    return 0


@command.command("add")
@click.argument("source")
@click.argument("target")
@click.option("--accept", metavar="WORDING", multiple=True, help="A translation that is as good; may be repeated.")
@click.option("--avoid", metavar="WORDING", multiple=True, help="A translation to replace; may be repeated.")
@click.pass_obj
def add(call: Call, source: str, target: str, accept: tuple[str, ...], avoid: tuple[str, ...]) -> int:
    """Have SOURCE translated as TARGET from now on."""
    from zhaiyao import wiring
    from zhaiyao.records import Term
    from zhaiyao.usecases import glossary

    settings, places = call.settings()
    term = Term(source=source, target=target, accept=accept, avoid=avoid, origin="reader")
    with opened_store(places) as store:
        glossary.add(store, [term])
    say(wiring.messages(settings).text("glossary.added", count=1))
    return 0


@command.command("remove")
@click.argument("source")
@click.pass_obj
def remove(call: Call, source: str) -> int:
    """Forget your term SOURCE; what it changed stays."""
    from zhaiyao.usecases import glossary

    _, places = call.settings()
    with opened_store(places) as store:
        glossary.remove(store, source)
    return 0


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "form", type=FORMATS, help="Without it, by the file's ending.")
@click.pass_obj
def import_(call: Call, file: Path, form: str | None) -> int:
    """Add the terms of a file: all of them, or none if one is wrong.

    TSV and CSV have the columns source, target, accept, avoid; wordings in one column are parted by |, lines that
    begin with # are comments. TOML has a table for each source, or just its target.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases import glossary

    settings, places = call.settings()
    terms = glossary.read(_bytes(file), form or file.suffix.removeprefix(".").lower(), name=str(file))
    with opened_store(places) as store:
        kept = glossary.add(store, terms)
    say(wiring.messages(settings).text("glossary.added", count=len(kept)))
    return 0


@command.command("export")
@click.option("--format", "form", type=FORMATS, default="tsv", show_default=True)
@click.option("--all", "everything", is_flag=True, help="The packaged terms, too.")
@click.pass_obj
def export(call: Call, form: str, everything: bool) -> int:  # noqa: FBT001
    """Print your terms as a file that `import` reads."""
    from zhaiyao.usecases import glossary

    _, places = call.settings()
    with opened_store(places) as store:
        click.echo(glossary.written(store, form, everything=everything), nl=False)
    return 0


@command.command("check")
@json_option
@click.pass_obj
def check(call: Call, as_json: bool) -> int:  # noqa: FBT001
    """Tell which stored translations miss one of your terms."""
    from zhaiyao import wiring
    from zhaiyao.usecases import glossary

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places) as store:
        found = glossary.check(store)
    if as_json:
        print_json(found)
        return 0
    for one in found.missed:
        ids = _some(one.papers)
        show(
            texts.text("glossary.missed", source=one.term.source, target=one.term.target, count=one.sentences, ids=ids)
        )
    say(texts.text("glossary.checked", terms=found.terms, papers=found.papers, imported=found.imported))
    return 0


@command.command("fix")
@click.argument("paper", metavar="ID")
@click.argument("words", metavar="CORRECTION")
@click.option("--term", metavar="SOURCE", default="", help="The English term meant; without it, it is looked for.")
@click.option("--sentence", metavar="N", type=click.IntRange(1), help="The number of the sentence to replace.")
@click.option("--force", is_flag=True, help="Take the correction although the checks object.")
@click.option("--apply", "everywhere", is_flag=True, help="Mend earlier papers, too, where that is certain.")
@json_option
@click.pass_obj
def fix(
    call: Call,
    paper: str,
    words: str,
    term: str,
    sentence: int | None,
    force: bool,  # noqa: FBT001
    everywhere: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Correct the translation of paper ID, and remember it.

    \b
    zhaiyao glossary fix 2404.00466 "代理 -> 智能体"     this wording, throughout the paper
    zhaiyao glossary fix 2404.00466 "我们证明了……。"      the sentence most like this one

    The sentences are remembered for later papers and versions. Where the English term behind a wording is known, it
    becomes a term of yours. Earlier papers that have the old wording, or the same sentence, are listed; --apply mends
    them.
    """
    from zhaiyao import wiring
    from zhaiyao.arxiv_ids import ArxivId
    from zhaiyao.usecases import applying, correcting

    ArxivId.parse(paper)  # what is no id makes no store
    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places) as store:
        fixed = correcting.fix(store, paper, words, now=wiring.clock(), term=term, sentence=sentence or 0, force=force)
        applied: list[applying.Applied] = []
        if everywhere and fixed.term:
            applied.append(applying.apply(store, fixed.term.source, now=wiring.clock()))
        if everywhere and fixed.repeated:
            applied.append(applying.apply_sentences(store, now=wiring.clock()))
    if as_json:
        print_json({"fixed": fixed, "applied": applied})
        return 0
    _tell_fixed(fixed, texts)
    for one in applied:
        _tell_applied(one, texts)
    if fixed.term and fixed.earlier and not everywhere:
        _tell_earlier("glossary.earlier", fixed.earlier, texts, source=fixed.term.source)
    if fixed.repeated and not everywhere:
        _tell_earlier("glossary.repeated", fixed.repeated, texts)
    return 0


@command.command("apply")
@click.argument("source", required=False, default="")
@click.option("--sentences", is_flag=True, help="The sentences that you corrected, wherever they stand.")
@json_option
@click.pass_obj
def apply(call: Call, source: str, sentences: bool, as_json: bool) -> int:  # noqa: FBT001
    """Replace what your term SOURCE avoids in stored translations, where that is certain.

    With --sentences instead: put the sentences that you corrected into all papers that have the same ones.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases import applying

    if bool(source) == sentences:
        raise click.UsageError("Give a SOURCE or --sentences.")
    settings, places = call.settings()
    with opened_store(places) as store:
        now = wiring.clock()
        applied = applying.apply_sentences(store, now=now) if sentences else applying.apply(store, source, now=now)
    if as_json:
        print_json(applied)
    else:
        _tell_applied(applied, wiring.messages(settings))
    return 0


def _bytes(file: Path) -> bytes:
    from zhaiyao.errors import UsageError

    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError(f"is larger than {MOST_BYTES} bytes", subject=str(file))
    return data


def _print_terms(terms: "tuple[Term, ...]", texts: "Messages") -> None:
    heads = [texts.text(f"glossary.head.{name}") for name in ("source", "target", "accept", "avoid", "origin")]
    rows = ((one.source, one.target, "|".join(one.accept), "|".join(one.avoid), one.origin) for one in terms)
    print_table(heads, rows)


def _tell_fixed(fixed: "Fixed", texts: "Messages") -> None:
    for one in fixed.changes:
        show(f"- {one.before.target}")
        show(f"+ {one.after.target}")
    say(texts.text("glossary.fixed", count=len(fixed.changes), paper=fixed.paper_id))
    if fixed.term:
        say(texts.text("glossary.termed", source=fixed.term.source, target=fixed.term.target))
    else:
        say(texts.text("glossary.termless"))


def _tell_earlier(message: str, earlier: "tuple[Holder, ...]", texts: "Messages", **told: str) -> None:
    say(texts.text(message, count=len(earlier), **told))
    for one in earlier[:MOST_SHOWN]:
        say(f"  {one.paper_id}  {one.title}")
    if len(earlier) > MOST_SHOWN:
        say("  …")


def _tell_applied(applied: "Applied", texts: "Messages") -> None:
    say(texts.text("glossary.applied", papers=len(applied.papers), sentences=applied.sentences))
    if applied.uncertain:
        say(texts.text("glossary.uncertain", count=len(applied.uncertain), ids=_some(applied.uncertain)))
    if applied.imported:
        say(texts.text("glossary.imported", count=applied.imported))


def _some(ids: tuple[str, ...]) -> str:
    return " ".join((*ids[:MOST_SHOWN], *(["…"] if len(ids) > MOST_SHOWN else [])))
