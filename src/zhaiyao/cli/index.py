"""`zhaiyao index`: the search index, kept up with the store or built anew; and how other commands keep it up."""

from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, complain, json_option, opened_store, print_json, print_table, progress, say

if TYPE_CHECKING:
    from zhaiyao.finding import Index
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Progress, Store
    from zhaiyao.settings import Places, Settings
    from zhaiyao.usecases.index import Followed
    from zhaiyao.usecases.saved_searches import News


@click.command("index")
@click.option("--rebuild", "anew", is_flag=True, help="Build it anew from the store, whatever it holds.")
@json_option
@click.pass_obj
def command(call: Call, anew: bool, as_json: bool) -> int:  # noqa: FBT001
    """Bring the search index up to date, and tell how it stands.

    It is kept up by the other commands, too. What is damaged, or belongs to another store, is built anew.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.index import follow, pay_owed, rebuild, relearn, status
    from zhaiyao.usecases.saved_searches import news

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places) as store, wiring.index(settings, places) as index:
        damage = status(store, index).damage
        with progress(texts) as bar:
            if anew or damage:
                followed = rebuild(store, index, why=damage, progress=bar)
            else:
                followed = follow(store, index, progress=bar)
                followed = relearn(store, index, progress=bar) or followed
            paid = pay_owed(store, index, progress=bar)
        tell_owed(paid, texts)
        tell_followed(followed, texts, always=True)
        tell_news(news(store, index, now=wiring.clock()), texts)
        stands = status(store, index, verify=False)
    if as_json:
        print_json(stands)
        return 0
    size = stands.size
    rows = (size.papers, size.vectors, f"{size.bytes / 1e6:.1f} MB", stands.reached, stands.behind)
    print_table([texts.text(f"column.index_{name}") for name in COLUMNS], [rows])
    return 0


COLUMNS = ("papers", "vectors", "bytes", "reached", "behind")


def keep_up(store: "Store", settings: "Settings", places: "Places") -> None:
    """Brings the index up to date at the end of a command that changed the store, and tells what saved searches found.

    The command has done its work by then: an index that cannot be written is complained of and fails nothing.
    """
    from zhaiyao import wiring
    from zhaiyao.errors import SearchError
    from zhaiyao.usecases.index import Followed, pay_owed, relearn

    texts = wiring.messages(settings)
    try:
        with wiring.index(settings, places) as index, progress(texts) as bar:
            follow_and_tell(store, index, texts, bar)
            tell_followed(relearn(store, index, progress=bar) or Followed(), texts)
            tell_owed(pay_owed(store, index, progress=bar), texts)
    except SearchError as error:
        complain(error)


def follow_and_tell(store: "Store", index: "Index", texts: "Messages", bar: "Progress") -> None:
    """Follows the store, waiting for nobody, and tells what is worth telling."""
    from zhaiyao import wiring
    from zhaiyao.usecases.index import follow
    from zhaiyao.usecases.saved_searches import news

    tell_followed(follow(store, index, progress=bar, wait=0), texts)
    tell_news(news(store, index, now=wiring.clock()), texts)


def tell_followed(followed: "Followed", texts: "Messages", *, always: bool = False) -> None:
    """A rebuilt index and its reason; with `always`, also how much was taken in, and who else is at it."""
    if followed.rebuilt:
        say(texts.text("index.rebuilt", why=followed.rebuilt))
    if always and followed.busy:
        say(texts.text("index.busy"))
    elif always:
        say(texts.text("index.updated", count=followed.papers))


def tell_owed(paid: "Followed", texts: "Messages") -> None:
    """How many papers are found by their words only, for want of an embedder's answer."""
    if paid.behind:
        say(texts.text("index.owed", count=paid.behind))


def tell_news(found: "tuple[News, ...]", texts: "Messages") -> None:
    """What each saved search newly found."""
    for one in found:
        say(texts.text("search.news", name=one.name, count=len(one.papers)))
        say(f"  {' '.join(one.papers[:MOST_TOLD])}{' …' if len(one.papers) > MOST_TOLD else ''}")


MOST_TOLD = 10
