"""The one progress bar, on stderr, drawn by rich."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from zhaiyao.messages import Messages

REMEMBERED = 600.0
"""Seconds of which the speed is taken: the embedded model takes half a minute for a paper."""


class Bar:
    """Shows the step under way, with the time that is left by its steps so far. Implements `ports.Progress`."""

    def __init__(self, texts: Messages) -> None:
        self._texts = texts
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _HowFar(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            speed_estimate_period=REMEMBERED,
        )
        self._task = self._bar.add_task("", visible=False, note="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, what: str, total: int | None) -> None:
        """A step begins."""
        self._bar.reset(self._task, description=self._texts.text(what), total=total, visible=True, note="")

    def advance(self, steps: int = 1) -> None:
        """Some of it is done."""
        self._bar.advance(self._task, steps)

    def note(self, what: str, **values: object) -> None:
        """How far it is, in words instead of the count of steps."""
        self._bar.update(self._task, note=self._texts.text(what, **values))

    def finish(self) -> None:
        """The step is over."""
        self._bar.update(self._task, visible=False)


class _HowFar(ProgressColumn):
    """What the step says of itself, or the count of its steps."""

    def render(self, task: Task) -> Text:
        """The words for a task."""
        total = "?" if task.total is None else f"{task.total:.0f}"
        return Text(task.fields["note"] or f"{task.completed:.0f}/{total}")
