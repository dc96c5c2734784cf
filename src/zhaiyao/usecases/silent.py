"""Progress that nobody watches."""


class Silent:
    """See `ports.Progress`. Shows nothing."""

    def start(self, what: str, total: int | None) -> None:
        """Shows nothing."""

    def advance(self, steps: int = 1) -> None:
        """Shows nothing."""

    def note(self, what: str, **values: object) -> None:
        """Shows nothing."""

    def finish(self) -> None:
        """Shows nothing."""
