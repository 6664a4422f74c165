"""The bot as a process of its own: started on its core, watched through /proc, killed when the bench wants it."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0
STOP_SECONDS = 15.0
SECRET_KEY = "bench-secret-key-of-more-than-32-letters"


class Cores(NamedTuple):
    """Which cores are whose."""

    bot: set[int]
    bench: set[int]

    @property
    def apart(self) -> bool:
        return not self.bot & self.bench


def choose_cores() -> Cores | None:
    """The last core for the bot, the others for the bench; None where the system cannot pin."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return Cores({cores[-1]}, set(cores[:-1]) or {cores[-1]})


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Program(NamedTuple):
    """Whose bot is started: the checkout that holds it, and the Python that has what it needs."""

    root: Path = ROOT
    python: str = sys.executable


class Measured(Protocol):
    """A bot, of one process or of several, that runs are made of."""

    def start(self, channel: Mapping[str, str], provider_port: int) -> None: ...

    async def ready(self) -> None: ...

    async def stop(self) -> None: ...

    def cpu_seconds(self) -> float: ...

    def waited_seconds(self) -> float: ...

    def memory_mib(self) -> tuple[float, float]: ...

    def last_words(self) -> str: ...

    def problems(self) -> int: ...


class Bot:
    """One bot over its life of several processes: a port, a folder with a database, and the process of the moment."""

    def __init__(
        self,
        folder: Path,
        cores: Cores | None,
        *,
        log_level: str,
        profile: Path | None = None,
        rate_per_minute: int = 100_000,
        program: Program | None = None,
        database_url: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._program = program or Program()
        self.port = free_port()
        self.log_level = log_level
        self._rate_per_minute = rate_per_minute
        self._database_url = database_url or f"sqlite:///{folder / 'taal.db'}"
        self._settings = settings or {}
        self._cores = cores
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, channel: Mapping[str, str], provider_port: int) -> None:
        """Start a process with the settings of a channel; `ready` waits for it."""
        env = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(self._program.root),
            **channel,
            "PROVIDER": "dexchange",
            "DEXCHANGE_API_KEY": "bench",
            "DEXCHANGE_API_URL": f"http://127.0.0.1:{provider_port}",
            "DEXCHANGE_RATE_PER_MINUTE": str(self._rate_per_minute),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": self._database_url,
            "SECRET_KEY": SECRET_KEY,
            "DEFAULT_CREDIT_LIMIT_XOF": "100000",
            "LOG_LEVEL": self.log_level,
            **self._settings,
            # Whoever collects is where the provider is.
            **(
                {"DEXPAY_API_URL": f"http://127.0.0.1:{provider_port}/api/v1"}
                if "COLLECT_WITH" in self._settings
                else {}
            ),
        }
        profiled = [] if self._profile is None else ["-m", "cProfile", "-o", str(self._profile)]
        command = [self._program.python, *profiled, "-m", "bot"]
        # A child is born on its parent's cores, and so are all its threads.
        if self._cores is not None:
            os.sched_setaffinity(0, self._cores.bot)
        try:
            with (self.folder / "bot.log").open("ab") as log:
                self._process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=log, stderr=log)
        finally:
            if self._cores is not None:
                os.sched_setaffinity(0, self._cores.bench)

    async def ready(self) -> None:
        """Wait until the bot says that it is ready. Raises RuntimeError with its last words when it does not."""
        assert self._process is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._process.poll() is None:
                    if await self._says_ready():
                        return
                    await asyncio.sleep(0.02)
        raise RuntimeError(f"the bot did not start:\n{self.last_words()}")

    async def _says_ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return (await reader.readline()).split()[1:2] == [b"200"]
        except OSError:
            return False
        finally:
            writer.close()

    def kill(self) -> None:
        """SIGKILL: no time for anything."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and what it takes."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu_seconds(self) -> float:
        """The CPU that the process has used so far, with all its threads."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def waited_seconds(self) -> float:
        """How long its threads have been ready to run so far while the core was somebody else's (or each other's)."""
        assert self._process is not None
        waited = 0
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                waited += int((task / "schedstat").read_text().split()[1])
        return waited / 1e9

    def memory_mib(self) -> tuple[float, float]:
        """Resident memory now and at its highest, in MiB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM")))
        return int(fields["VmRSS"].split()[0]) / 1024, int(fields["VmHWM"].split()[0]) / 1024

    def last_words(self) -> str:
        """The end of the bot's log."""
        return (self.folder / "bot.log").read_text("utf-8", "replace")[-2000:]

    def problems(self) -> int:
        """How many lines of the log are errors."""
        return (self.folder / "bot.log").read_bytes().count(b'"level":"error"')


def commit_ms(folder: Path, times: int = 300) -> list[float]:
    """How long the disk takes to make a small write durable, in milliseconds: below this no durable bot can answer."""
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(times):
            began = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 4096, number * 4096)
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def filesystem_of(folder: Path) -> str:
    """The type of the filesystem that holds a folder, as /proc/mounts names it."""
    path, best = folder.resolve(), ("", "unknown")
    try:
        mounts = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return best[1]
    for line in mounts:
        _, mount, kind, *_ = line.split(" ")
        if path.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]
