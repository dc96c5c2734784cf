"""Database addresses as people may see them: without secrets. Opens nothing."""

import re

import sqlalchemy as sa

_SECRET = re.compile(r"(?:pass|pwd|secret|token|key)\w*\s*=|://", re.IGNORECASE)
"""What a parameter looks like that had better not be shown. Rather one too many than one too few."""


def shown_address(url: str) -> str:
    """A database address fit for a message: a password shows as `***`, a parameter that may hold one is left out.

    Of what cannot be parsed with certainty nothing is shown between `://` and the last `@`, since a password may hold
    any character.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # the latter of a port that is no number
        return _unparsed(url)
    signs = 0 if parsed.username is None else 1
    if parsed.get_backend_name() != "sqlite" and url.count("@") > signs:  # the rest of a password may look like a host
        return _unparsed(url)
    secret = [name for name, value in parsed.query.items() if _SECRET.search(f"{name}={value}")]
    return parsed.difference_update_query(secret).render_as_string(hide_password=True)


def _unparsed(address: str) -> str:
    scheme, mark, rest = address.partition("://") if "://" in address else ("", "", address)
    _, at, place = rest.rpartition("@")
    if mark and not at:
        return f"{scheme}://***"  # what looks like a port may be a password whose `@` was forgotten
    secret = _SECRET.search(place)
    shown = place[: secret.start()] + "***" if secret else place
    return f"{scheme}{mark}***@{shown}" if at else shown
