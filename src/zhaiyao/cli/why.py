"""`zhaiyao why`: one paper's whole story."""

from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, show
from zhaiyao.cli.tell import incident_line

if TYPE_CHECKING:
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
    told = [f"{story.paper.id}  {latest.title if latest else ''}".rstrip(), "  " + " ".join(story.paper.categories)]
    told += [
        texts.text(
            "why.announced",
            date=one.date,
            category=one.category,
            type=one.type,
            version=one.version or "?",
            interface=one.interface,
        )
        for one in story.announcements
    ]
    told += [incident_line(one, "why.incident", texts) for one in story.incidents]
    told += [
        texts.text("why.seen", version=one.number or "?", interface=one.interface, characters=len(one.abstract))
        for one in story.versions
    ]
    told += [
        texts.text(
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
        for one in story.renditions
    ]
    told += [
        texts.text(
            "why.attempt",
            kind=texts.text(f"kind.{one.kind}"),
            step=one.step,
            outcome=one.outcome,
            fault=one.fault,
            detail=one.detail,
        )
        for one in story.attempts
        if one.fault
    ]
    told += [
        texts.text("why.edition", id=edition_id, position=entry.position, of=papers, why=_reasons(entry))
        for edition_id, entry, papers in story.editions
    ]
    if story.missing:
        told.append(texts.text("why.missing", kinds=", ".join(texts.text(f"kind.{kind}") for kind in story.missing)))
    told += [
        texts.text("why.waiting", when=item.not_before.isoformat(timespec="seconds"), tries=item.tries)
        if item.not_before
        else texts.text("why.waiting_now", tries=item.tries)
        for item in story.waiting
    ]
    return told


def _reasons(entry: "EditionEntry") -> str:
    reasons = entry.score.reasons if entry.score else ()
    return "; ".join(f"{name} {weight:+g}" for name, weight in reasons) or "-"
