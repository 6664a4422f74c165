"""A real browser without a screen, as wide as a small telephone, driven over two pipes.

    with Browser(program()) as browser:
        shown = browser.open("http://127.0.0.1:8080/pay/done", language="fr")
        shown.problems          # what its console says, what its policy refused, whom else it asked
        browser.tap("button")   # with a finger, where the first such element is

One process and one page for all: to start it is most of what it costs. It can reach this machine alone, and whatever it
asks for is listed.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell")
WIDTH, HEIGHT = 360, 640
DEADLINE_SECONDS = 30.0

_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    # As root, in a container, it has no sandbox; it opens our own pages alone.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_LOOK = """(() => {
  const box = each => { const b = each.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  return {
    width: document.scrollingElement.scrollWidth,
    wide: [...document.querySelectorAll('body *')]
      .filter(each => each.getBoundingClientRect().right > innerWidth + .5 || each.scrollWidth > each.clientWidth + 1)
      .filter(each => !each.closest('svg') && getComputedStyle(each).display !== 'inline')
      .map(each => each.outerHTML.slice(0, 80)),
    text: document.body.innerText,
    language: document.documentElement.lang,
    links: [...document.querySelectorAll('a')].map(each => [each.href, each.innerText, ...box(each)]),
    buttons: [...document.querySelectorAll('button')].map(each => [each.value, each.innerText, ...box(each)]),
  };
})()"""


def program() -> str | None:
    """The browser of this machine, by the names that it usually has; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Shown:
    """What stands on the screen. A link or a button is its address or value, its words, and its left, top, right and
    bottom edge.
    """

    url: str
    status: int
    text: str
    language: str
    width: float
    wide: list[str]
    links: list[list[Any]]
    buttons: list[list[Any]]
    problems: list[str] = field(default_factory=list)


class Browser:
    """One browser with one page. Closing it ends the process and takes its profile away."""

    def __init__(self, program: str) -> None:
        self._profile = TemporaryDirectory(prefix="taal-browser-", ignore_cleanup_errors=True)
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        # It reads from descriptor 3 and writes to 4: out of their way first.
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (theirs_in, theirs_out)]

        def place() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(3, 4),
            preexec_fn=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in (theirs_in, theirs_out, *high):
            os.close(each)
        self._came = b""
        self._calls = 0
        self._session: str | None = None
        self._seen: list[dict[str, Any]] = []
        target = self._page()
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setTouchEmulationEnabled", enabled=True)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        # Its children end with it when it is asked; when it is killed some stay behind.
        self._session = None
        with contextlib.suppress(AssertionError, OSError):  # It has ended already.
            self.call("Browser.close")
        try:
            self._process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def open(self, url: str, *, language: str, width: int = WIDTH) -> Shown:
        """Open an address as somebody who reads `language`, on a screen so wide."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=2, mobile=True)
        agent = self.call("Browser.getVersion")["userAgent"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self._seen.clear()
        self.call("Page.navigate", url=url)
        return self._loaded()

    def tap(self, selector: str) -> Shown:
        """Tap the first such element with a finger, and wait for the page that it leads to."""
        where = self.evaluate(
            f"(() => {{const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2]})()"
        )
        self._seen.clear()
        point = {"x": where[0], "y": where[1]}
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        return self._loaded()

    def picture(self) -> bytes:
        """The screen as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def evaluate(self, expression: str) -> Any:
        """What an expression has for value in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call the browser and answer what it says; what happens meanwhile is kept."""
        self._calls += 1
        number = self._calls
        session = {} if self._session is None else {"sessionId": self._session}
        asked = json.dumps({"id": number, "method": method, "params": parameters, **session}).encode() + b"\0"
        while asked:
            asked = asked[os.write(self._to, asked) :]
        while True:
            said = self._next()
            if said.get("id") == number:
                assert "error" not in said, f"{method}: {said['error']}"
                result: dict[str, Any] = said["result"]
                return result
            self._seen.append(said)

    def _page(self) -> str:
        return next(
            str(each["targetId"]) for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page"
        )

    def _loaded(self) -> Shown:
        until = time.monotonic() + DEADLINE_SECONDS
        while not any(said.get("method") == "Page.loadEventFired" for said in self._seen):
            assert time.monotonic() < until, self._seen
            self._seen.append(self._next())
        look = self.evaluate(_LOOK)
        answers = [said["params"] for said in self._seen if said.get("method") == "Network.responseReceived"]
        status = next((each["response"]["status"] for each in reversed(answers) if each["type"] == "Document"), 0)
        url = self.evaluate("location.href")
        return Shown(url=url, status=status, problems=self._problems(), **look)

    def _problems(self) -> list[str]:
        problems = []
        for said in self._seen:
            at = said.get("params", {})
            match said.get("method"):
                case "Log.entryAdded":
                    problems.append(f"log: {at['entry']['text']}")
                case "Runtime.consoleAPICalled":
                    problems.append(f"console: {at['args']}")
                case "Runtime.exceptionThrown":
                    problems.append(f"exception: {at['exceptionDetails']}")
                case "Network.loadingFailed":
                    problems.append(f"not loaded: {at['errorText']} {at.get('blockedReason', '')}")
                case "Network.requestWillBeSent" if urlsplit(at["request"]["url"]).hostname != "127.0.0.1":
                    problems.append(f"asked another host: {at['request']['url']}")
        return problems

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._came:
            ready, _, _ = select.select((self._from,), (), (), DEADLINE_SECONDS)
            assert ready, f"the browser says nothing more; before: {self._problems()}"
            piece = os.read(self._from, 65536)
            assert piece, "the browser has ended"
            self._came += piece
        said, _, self._came = self._came.partition(b"\0")
        decoded: dict[str, Any] = json.loads(said)
        return decoded


def save(picture: bytes, file: Path, colours: int = 24) -> None:
    """Write a picture, small enough for a repository."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(colours).save(file, optimize=True)
