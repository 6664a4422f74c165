"""Starts the program as a process without paying for a start of Python and its imports each time.

Theory of operation. Two thirds of what a start costs are imports, which are the same for every bot. A nursery, one for
each process of tests, imports them once; then each bot is a fork of it, which takes over the environment, folder,
standard streams and arguments that it is given and runs `python -m bot` from there. It is a process like any other: it
can be killed, stopped and waited for, and ends as it would by itself. What a start from nothing costs and imports is
asked in tests/test_starting.py, where Python is started.

A request is one message with three file descriptors on a connection of its own, over which the nursery answers with
the process's id and, once it has ended, its status. The nursery ends with the process of tests, whose end of its
standard input is closed then.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parent.parent
REQUEST_BYTES = 256 * 1024
STREAMS = 3
# Through these, all that `serve` imports by the time that it is ready. What is heavy and only some serve with is
# imported by those.
IMPORTED = (
    "uvloop",
    "bot.app.serving",
    "bot.channels.telegram.channel",
    "bot.channels.whatsapp.channel",
    "bot.gateway.client",
    "bot.store.postgres",
    "encodings.idna",
)


class Process(Protocol):
    """What tests use of a process; asyncio's own has it too."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def send_signal(self, signal: int, /) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


class _Forked:
    """A fork of the nursery's, which alone can ask how it ended."""

    def __init__(self, pid: int, connection: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._wait(connection, writer))

    def send_signal(self, signal: int, /) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def _wait(self, connection: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        line = await connection.readline()
        writer.close()
        assert line, "the nursery is gone"
        self.returncode = int(line)
        return self.returncode


async def start(
    arguments: tuple[str, ...], *, folder: Path, env: Mapping[str, str]
) -> tuple[Process, asyncio.StreamReader, asyncio.StreamReader]:
    """Start `python -m bot` with these arguments; answers the process, its output and its errors."""
    if not hasattr(os, "pidfd_open"):  # Elsewhere than on Linux a start costs what it costs.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=folder,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        return process, process.stdout, process.stderr
    (output, its_output), (errors, its_errors) = await _pipe(), await _pipe()
    wanted = {"arguments": arguments, "folder": str(folder), "env": dict(env)}
    with open(os.devnull, "rb") as nothing:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(_nursery())
        socket.send_fds(connection, [json.dumps(wanted).encode() + b"\n"], [nothing.fileno(), its_output, its_errors])
    os.close(its_output)
    os.close(its_errors)
    reader, writer = await asyncio.open_connection(sock=connection)
    return _Forked(int(await reader.readline()), reader, writer), output, errors


async def _pipe() -> tuple[asyncio.StreamReader, int]:
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
    )
    return reader, theirs


@cache
def _nursery() -> str:
    """Where this process's nursery listens; it is started when it is wanted first."""
    folder = tempfile.TemporaryDirectory(prefix="nursery")
    at = f"{folder.name}/socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(at)
    listener.listen(16)
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.forking", str(listener.fileno())],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        pass_fds=[listener.fileno()],
    )
    listener.close()

    def end() -> None:
        nursery.communicate()
        folder.cleanup()

    atexit.register(end)
    return at


def serve(listener: socket.socket) -> None:
    """Fork for whoever asks, until standard input is closed. It returns in each fork too, to run the program there."""
    for name in IMPORTED:
        importlib.import_module(name)

    gc.freeze()
    waiting: dict[int, tuple[int, socket.socket]] = {}
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                os._exit(0)
            elif key.fileobj is listener:
                connection, _ = listener.accept()
                asked, streams, _, _ = socket.recv_fds(connection, REQUEST_BYTES, STREAMS)
                while not asked.endswith(b"\n"):
                    asked += connection.recv(REQUEST_BYTES)
                if (pid := os.fork()) == 0:
                    selector.close()
                    for each in (connection, listener, *(theirs for _, theirs in waiting.values())):
                        each.detach()
                    return _become(json.loads(asked), streams)
                for stream in streams:
                    os.close(stream)
                connection.sendall(b"%d\n" % pid)
                ended = os.pidfd_open(pid)
                waiting[ended] = pid, connection
                selector.register(ended, selectors.EVENT_READ)
            else:
                selector.unregister(key.fd)
                os.close(key.fd)
                pid, connection = waiting.pop(key.fd)
                _, status = os.waitpid(pid, 0)
                with contextlib.suppress(OSError):  # Whoever asked may be gone.
                    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
                connection.close()


def _become(wanted: dict[str, Any], streams: list[int]) -> None:
    """Be the process that was asked for, as if Python had been started for it."""
    for stream, own in zip(streams, (0, 1, 2), strict=True):
        os.dup2(stream, own)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["folder"])
    sys.argv = ["bot", *wanted["arguments"]]


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    serve(listener)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
