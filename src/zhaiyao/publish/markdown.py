"""The `rich` layout: a digest as Markdown to be read, without raw HTML. What is shown is `view`'s, how it is said
`wording`'s; every text passes `escape.markdown`.

An overview of all papers (title, TL;DR), then each paper: facts, TL;DR, and the abstract sentence by sentence with
the original quoted beneath.
"""

from collections.abc import Iterator

from zhaiyao.messages import DEFAULT_LANGUAGE, Messages
from zhaiyao.publish import wording
from zhaiyao.publish.escape import markdown, markdown_code_block
from zhaiyao.publish.view import DigestView, PaperView, Passage, Section, State, VerbatimView, view
from zhaiyao.records import Digest


def rich(digest: Digest, *, language: str = DEFAULT_LANGUAGE) -> bytes:
    """The digest as a Markdown document (UTF-8). `language` is that of the words around the papers."""
    say, page = Messages(language), view(digest)
    return ("\n\n".join(_blocks(page, say)) + "\n").encode()


def _blocks(page: DigestView, say: Messages) -> Iterator[str]:
    yield f"# {markdown(wording.page_title(page, say))}"
    yield markdown(wording.edition_line(page, say))
    yield "\n".join(f"- {markdown(line)}" for line in _summary(page, say))
    if page.size:
        yield f"## {markdown(say.text('page.contents'))}"
    for section in page.sections:
        yield f"**{markdown(wording.section_title(section, say))}**"
        yield "\n".join(_overview(section, say))
    for section in page.sections:
        yield f"## {markdown(wording.section_title(section, say))}"
        for paper in section.papers:
            yield from _verbatim(paper, say) if isinstance(paper, VerbatimView) else _paper(paper, say)
    yield "---"
    yield from (markdown(line) for line in wording.acknowledgements(page, say))


def _summary(page: DigestView, say: Messages) -> Iterator[str]:
    yield wording.counts(page, say)
    yield from wording.ledger_lines(page.ledger, say)


def _overview(section: Section, say: Messages) -> Iterator[str]:
    """One item per paper. The link's text is the id, since brackets in a title would end it."""
    for paper in section.papers:
        if isinstance(paper, VerbatimView):
            yield f"{paper.number}. {_bracketed(say.text('mark.verbatim'), say)}"
            continue
        tldr = _marked(paper.tldr, say) if paper.tldr.state is not State.ABSENT else ""
        parts = [_heading(paper, say), *([tldr] if tldr else []), f"[{paper.label}]({paper.arxiv_id.abs_url})"]
        yield f"{paper.number}. {' — '.join(parts)}"


def _verbatim(entry: VerbatimView, say: Messages) -> Iterator[str]:
    yield f"### {entry.number}. {_bracketed(say.text('mark.verbatim'), say)}"
    yield markdown_code_block(entry.text)


def _paper(paper: PaperView, say: Messages) -> Iterator[str]:
    yield f"### {paper.number}. {_heading(paper, say)}"
    if paper.title.body and paper.title.text != paper.original_title:
        yield markdown(paper.original_title)
    links = " · ".join(f"[{markdown(name)}]({url})" for name, url in wording.links(paper, say))
    facts = [(markdown(name), markdown(value)) for name, value in wording.facts(paper, say)]
    yield "\n".join(
        f"- {say.text('phrase.field', name=name, value=value)}"
        for name, value in [*facts, (markdown(say.text("paper.links")), links)]
    )
    if paper.tldr.state is not State.ABSENT:
        label = say.text("phrase.label", name=say.text("paper.tldr"))
        yield f"**{markdown(label)}** {_marked(paper.tldr, say)}"
    yield from _abstract(paper.abstract, say)


def _heading(paper: PaperView, say: Messages) -> str:
    marks = (_bracketed(mark, say) for mark in wording.marks(paper, say))
    return " ".join([*marks, _marked(paper.title, say)])


def _marked(passage: Passage, say: Messages) -> str:
    """A short text on one line, behind what is unusual about it."""
    mark = wording.passage_mark(passage, say) or (say.text("mark.kept") if passage.kept else "")
    marks = [_bracketed(mark, say)] if mark else []
    return " ".join([*marks, *([markdown(passage.text)] if passage.text else [])])


def _abstract(abstract: Passage, say: Messages) -> Iterator[str]:
    """The sentences, each with its original quoted beneath; where there is no rendition, the original alone."""
    mark = wording.passage_mark(abstract, say)
    heading = f"**{markdown(say.text('paper.abstract'))}**"
    yield f"{heading} {_bracketed(mark, say)}" if mark else heading
    for paragraph in abstract.body:
        for sentence in paragraph:
            marks = [name for name in ("changed", "kept") if getattr(sentence, name)]
            yield " ".join([*(_bracketed(say.text(f"mark.{name}"), say) for name in marks), markdown(sentence.text)])
            if sentence.source:
                yield f"> {markdown(sentence.source)}"
    for original in abstract.original:
        yield f"> {markdown(original)}" if abstract.body else markdown(original)


def _bracketed(mark: str, say: Messages) -> str:
    return markdown(say.text("phrase.bracketed", mark=mark))
