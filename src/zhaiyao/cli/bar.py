"""The one progress bar, on stderr, drawn by rich."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zhaiyao.messages import Messages


class Bar:
    """Shows the step under way. Implements `ports.Progress`."""

    def __init__(self, texts: Messages) -> None:
        self._texts = texts
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, what: str, total: int | None) -> None:
        """A step begins."""
        self._bar.reset(self._task, description=self._texts.text(what), total=total, visible=True)

    def advance(self, steps: int = 1) -> None:
        """Some of it is done."""
        self._bar.advance(self._task, steps)

    def finish(self) -> None:
        """The step is over."""
        self._bar.update(self._task, visible=False)
