"""`zhaiyao why`: one paper's whole story."""

from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, show
from zhaiyao.cli.tell import incident_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhaiyao.messages import Messages
    from zhaiyao.records import EditionEntry
    from zhaiyao.usecases.why import Story


@click.command("why")
@click.argument("paper", metavar="ID")
@json_option
@click.pass_obj
def command(call: Call, paper: str, as_json: bool) -> int:  # noqa: FBT001
    """Tell one paper's whole story, or what it still lacks.

    ID is an arXiv id in any form, or the address of its page.
    """
    from zhaiyao import wiring
    from zhaiyao.arxiv_ids import ArxivId
    from zhaiyao.usecases.why import why

    ArxivId.parse(paper)  # what is no id makes no store
    settings, places = call.settings()
    with opened_store(places) as store:
        story = why(store, paper)
    if as_json:
        print_json(story)
        return 0
    for line in lines(story, wiring.messages(settings)):
        show(line)
    return 0


def lines(story: "Story", texts: "Messages") -> list[str]:
    """The story as lines of text, in the order in which things happened."""
    latest = story.versions[0] if story.versions else None
    head = [f"{story.paper.id}  {latest.title if latest else ''}".rstrip(), "  " + " ".join(story.paper.categories)]
    return [*head, *_told(story, texts), *_made(story, texts), *_lacking(story, texts)]


def _told(story: "Story", texts: "Messages") -> "Iterator[str]":
    """What arXiv said: where and when it was announced, what went wrong on those days, who told which text."""
    for one in story.announcements:
        yield texts.text(
            "why.announced",
            date=one.date,
            category=one.category,
            type=one.type,
            version=one.version or "?",
            interface=one.interface,
        )
    for incident in story.incidents:
        yield incident_line(incident, "why.incident", texts)
    for text in story.versions:
        yield texts.text(
            "why.seen", version=text.number or "?", interface=text.interface, characters=len(text.abstract)
        )


def _made(story: "Story", texts: "Messages") -> "Iterator[str]":
    """What we made of it: renditions, tries that failed, editions."""
    for one in story.renditions:
        yield texts.text(
            "why.rendered",
            kind=texts.text(f"kind.{one.kind}"),
            version=one.version or "?",
            engine=one.engine,
            model=one.model,
            when=one.made_at.isoformat(timespec="seconds"),
            kept=len(one.kept),
            segments=len(one.segments),
            tokens=one.prompt_tokens + one.completion_tokens,
        )
    for tried in story.attempts:
        if tried.fault:
            yield texts.text(
                "why.attempt",
                kind=texts.text(f"kind.{tried.kind}"),
                step=tried.step,
                outcome=tried.outcome,
                fault=tried.fault,
                detail=tried.detail,
            )
    for edition_id, entry, papers in story.editions:
        yield texts.text("why.edition", id=edition_id, position=entry.position, of=papers, why=_reasons(entry))


def _lacking(story: "Story", texts: "Messages") -> "Iterator[str]":
    """What is still missing, and when it is tried again."""
    if story.announcements and not story.recorded:
        yield texts.text("why.unrecorded")
    if story.missing:
        yield texts.text("why.missing", kinds=", ".join(texts.text(f"kind.{kind}") for kind in story.missing))
    for item in story.waiting:
        when = item.not_before.isoformat(timespec="seconds") if item.not_before else ""
        key = "why.waiting" if when else "why.waiting_now"
        yield texts.text(key, tries=item.tries, **({"when": when} if when else {}))


def _reasons(entry: "EditionEntry") -> str:
    reasons = entry.score.reasons if entry.score else ()
    return "; ".join(f"{name} {weight:+g}" for name, weight in reasons) or "-"
