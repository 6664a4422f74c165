"""The pages that payers open, in a real browser as wide as a small telephone: what it shows, and what it complains of.

One browser for all. Where this machine has none, these tests are skipped and say so; `make pages` runs them alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import anyio.to_thread
import pytest

from bot.app.listening import Config, Server
from bot.app.ports import take_port
from bot.collectors.simulator.page import payment
from bot.i18n import NBSP, load
from bot.payer_page import page
from bot.web import pay_pages
from bot.web.pay_pages import Chat
from tests.browser import HEIGHT, WIDTH, Browser, Shown, program, save
from tests.demo_process import Keyboard
from tests.running import ROOT
from tests.test_pay_pages import web_app

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(program() is None, reason="no browser on this machine: install the package chromium"),
]

CHATS = (Chat("WhatsApp", "https://wa.me/221330001122"), Chat("Telegram", "https://t.me/TaalBot"))
# A finger needs so much (WCAG 2.5.5).
FINGER = 44
T = TypeVar("T")


def wrong(accepted: str) -> bytes:
    """All that a page must not do."""
    table = "<section><div>" + "x" * 80 + '</div><img src="https://elsewhere.example/x.png" alt=""></section>'
    return page("Wrong", "Wrong", f'{table}<script>console.log("x")</script><p style="width:700px">x</p>')


def dear(accepted: str) -> bytes:
    """The largest sum that is collected, on the simulated payment page."""
    return payment(10_000_000, "Taal VJ6QFJESH47E", "EXPIRED", "https://bot.example/pay/failed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(program() or "") as browser:
        yield browser


@pytest.fixture(scope="module")
async def root() -> AsyncIterator[str]:
    """The web server as operators run it, with the pages."""
    app = web_app({**pay_pages.pages(load(), lambda: CHATS), "/wrong": wrong, "/dear": dear})
    sockets = take_port("127.0.0.1", 0)
    server = Server(Config(app, post=app.post, drain_seconds=1))
    serving = asyncio.create_task(server.serve(sockets))
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def beside(work: Callable[..., T], *arguments: Any) -> T:  # the work's own
    """Let the browser wait for us in a thread, for we serve it."""
    return await anyio.to_thread.run_sync(work, *arguments)


async def opened(browser: Browser, url: str, language: str = "fr", width: int = WIDTH) -> Shown:
    return await beside(lambda: browser.open(url, language=language, width=width))


def check(shown: Shown) -> None:
    assert shown.status == 200
    assert shown.problems == []
    assert (shown.wide, shown.width) == ([], WIDTH)
    for _, words, left, top, right, bottom in (*shown.links, *shown.buttons):
        assert 0 <= left < right <= WIDTH, words
        assert bottom <= HEIGHT, f"{words} is below the fold"
        assert bottom - top >= FINGER, f"{words} is too small for a finger"


def keep(request: pytest.FixtureRequest, browser: Browser, name: str) -> None:
    """With `--regenerate`, the picture that the documentation shows."""
    if request.config.getoption("regenerate"):
        save(browser.picture(), ROOT / "docs" / f"{name}.png")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", [pay_pages.DONE, pay_pages.FAILED])
async def test_a_page_leads_back_at_first_sight(
    request: pytest.FixtureRequest, browser: Browser, root: str, path: str, language: str
):
    shown = await opened(browser, f"{root}{path}?externalTransactionId=C1", language)
    check(shown)
    assert shown.language == language
    backs = [f"{'Revenir sur' if language == 'fr' else 'Back to'} {chat.label}" for chat in CHATS]
    assert [(link[0].rstrip("/"), link[1]) for link in shown.links] == [
        (chat.link, back) for chat, back in zip(CHATS, backs, strict=True)
    ]
    narrow = await opened(browser, f"{root}{path}", language, 320)
    assert (narrow.wide, narrow.width) == ([], 320)
    await opened(browser, f"{root}{path}", language)
    if (path, language) == (pay_pages.DONE, "fr"):
        keep(request, browser, "pay-done")


@pytest.mark.parametrize("width", [WIDTH, 320])
async def test_a_large_sum_fits(browser: Browser, root: str, width: int):
    shown = await opened(browser, f"{root}/dear", width=width)
    assert f"10{NBSP}000{NBSP}000{NBSP}F{NBSP}CFA" in shown.text
    assert (shown.wide, shown.width, shown.problems) == ([], width, [])


async def test_what_a_page_does_wrong_is_seen(browser: Browser, root: str):
    shown = await opened(browser, f"{root}/wrong")
    assert len([each for each in shown.problems if "Content Security Policy" in each]) == 3, shown.problems
    assert any("xxx" in each for each in shown.wide)
    assert shown.width > WIDTH
    assert (await opened(browser, f"{root}/nowhere")).status == 404


async def test_a_payer_pays_in_the_demonstration_with_a_finger(request: pytest.FixtureRequest, browser: Browser):
    async with Keyboard() as demo:
        link = await demo.to_the_link()
        shown = await opened(browser, link)
        check(shown)
        assert f"2{NBSP}050{NBSP}F{NBSP}CFA" in shown.text
        assert [button[0] for button in shown.buttons] == ["pay", "refuse", "cancel"]
        assert "aucun argent ne bouge" in shown.text
        assert "no money moves" in shown.text
        keep(request, browser, "pay-simulated")
        paid = await beside(browser.tap, "button[value=pay]")
        check(paid)
        assert paid.url == link, "to load it again pays nothing again"
        assert "C’est payé · Paid" in paid.text
        back = await beside(browser.tap, "a.button")
        check(back)
        assert back.url.endswith(pay_pages.DONE)
        assert "Revenez à la conversation" in back.text
        await demo.reads("2 050 F CFA reçus par Wave, merci")


def test_the_pictures_in_the_documentation_are_small_and_shown() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for name in ("pay-done", "pay-simulated"):
        assert f'<img src="{name}.png"' in text
        assert (ROOT / "docs" / f"{name}.png").stat().st_size < 40_000
