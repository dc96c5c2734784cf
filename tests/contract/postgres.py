"""A throw-away PostgreSQL cluster: made, started, asked for empty databases, stopped. Never as root, on no port.

The driver is imported late, because without the `[postgres]` extra the other tests must run all the same.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path

SETTINGS = {
    "listen_addresses": "",  # a socket in the cluster's own folder, and nothing else
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
}


def programs() -> Path | None:
    """The folder of the newest `initdb` of this machine, None if it or the driver is not installed."""
    if find_spec("psycopg") is None:
        return None
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = packaged[-1] if packaged else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A running server. `database` makes databases in it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._user = _unprivileged()
        self._numbers = count()
        self._home = Path(tempfile.mkdtemp(prefix="zhaiyao-pg-"))
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._home, account.pw_uid, account.pw_gid)
        self._log = (self._home / "log").open("wb")
        data = str(self._home / "data")
        options = ["-U", "zhaiyao", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", data]
        made = self._run("initdb", *options).wait()
        assert made == 0, (self._home / "log").read_text()
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self._server = self._run("postgres", "-D", data, "-k", str(self._home), *settings)

    def wait(self) -> None:
        """Returns when the server answers."""
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._server.poll() is None, f"PostgreSQL stopped: {(self._home / 'log').read_text()}"
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [str(self._programs / program), *arguments]
        account = {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}
        return subprocess.Popen(
            command,
            stdout=self._log,
            stderr=self._log,
            cwd=self._home,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            **(account if self._user else {}),
        )

    def _answers(self) -> bool:
        import psycopg

        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def execute(self, statement: str) -> None:
        """Runs a statement outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def url(self, name: str) -> str:
        """The address of a database in this cluster."""
        return f"postgresql://zhaiyao@/{name}?host={self._home}"

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def empty(self, url: str, *, but: str) -> None:
        """Removes all rows of all tables but one, which is much faster than making a new database."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            names = ", ".join(name for (name,) in found if name != but)
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY")  # type: ignore[arg-type]

    def stop(self) -> None:
        """Stops the server at once, whoever is still connected, and removes all."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)
        self._log.close()
        shutil.rmtree(self._home)


def _unprivileged() -> str:
    """Whom to run as: PostgreSQL refuses to run as root. Empty = as we are."""
    if os.geteuid() != 0:
        return ""
    known = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
