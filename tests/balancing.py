"""The balancer of `compose.yaml`, run as it stands there in front of two replicas that are played."""

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CADDY = Path(sys.executable).with_name("caddy")
CADDYFILE = Path(__file__).parent.parent / "deploy" / "caddy" / "Caddyfile"
# As the file of compose names them, and as operators are told to.
REPLICAS = r"taal:8080 replica:8080|127\.0\.0\.1:808\d(?: 127\.0\.0\.1:808\d)?"
DIES = "/webhooks/dies"


class Replica(ThreadingHTTPServer):
    """A replica that keeps what reaches it. While it is not `ready` it says so; of `DIES` it reads all, and is gone."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.ready = True
        self.paths: list[str] = []
        self.body_bytes: list[int] = []
        self.unready_told = threading.Event()
        self.connections: list[socket.socket] = []
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:  # as its base says
        self.connections.append(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        """Be gone: whoever is connected is cut off, and whoever connects from now on is refused."""
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Replica

    def do_GET(self) -> None:
        if self.path != "/readyz":
            self.server.paths.append(self.path)
        self._answer(200 if self.server.ready else 503)
        if self.path == "/readyz" and not self.server.ready:
            self.server.unready_told.set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.append(self.path)
        self.server.body_bytes.append(len(body))
        if self.path == DIES:
            self.close_connection = True
        else:
            self._answer(200)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


class Balancer:
    """The balancer in front of two replicas, at a port of its own."""

    def __init__(self, port: int, replicas: tuple[Replica, Replica]) -> None:
        self.port = port
        self.replicas = replicas

    @property
    def paths(self) -> list[str]:
        """What has reached any replica."""
        return [path for replica in self.replicas for path in replica.paths]

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str | None]:
        """The status of an answer, and its Retry-After."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("retry-after")
        finally:
            connection.close()


@contextmanager
def balancer(folder: Path, port: int, file: Path = CADDYFILE, **seconds: float) -> Iterator[Balancer]:
    """Run the balancer in front of two replicas that are played."""
    replicas = Replica(), Replica()
    try:
        with balancing(folder, port, [replica.port for replica in replicas], file, **seconds):
            yield Balancer(port, replicas)
    finally:
        for replica in replicas:
            replica.stop()


@contextmanager
def balancing(
    folder: Path, port: int, replicas: Iterable[int], file: Path = CADDYFILE, **seconds: float
) -> Iterator[None]:
    """Run the balancer with its own file, in which only the replicas' names differ, and the times that are given."""
    text = file.read_text()
    text, replaced = re.subn(REPLICAS, " ".join(f"127.0.0.1:{each}" for each in replicas), text)
    assert replaced == 1
    for name, value in seconds.items():
        text, replaced = re.subn(rf"(?m)^(\s+{name}) \d+s$", rf"\1 {value}s", text)
        assert replaced == 1, name
    config = folder / "Caddyfile"
    config.write_text(text)
    process = subprocess.Popen(
        [CADDY, "run", "--config", config, "--adapter", "caddyfile"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PUBLIC_URL": f"http://127.0.0.1:{port}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "serving initial configuration" in line:
                break
        else:
            raise AssertionError("the balancer did not start")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield
    finally:
        process.kill()
        process.wait()
