"""The pages on which a payer's browser lands: small, bilingual, without a script, and promising nothing."""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from bot.app import load_settings
from bot.app.serving import build
from bot.gateway.wire import read_webhook_claim
from bot.i18n import Words, load
from bot.store.sqlite import SqliteStore
from bot.web import WebApp, pay_pages
from bot.web.pay_pages import Chat, Page, first_language
from tests.fake_telegram import TOKEN, FakeTelegram
from tests.fake_whatsapp import FakeWhatsApp
from tests.running import eventually
from tests.running_whatsapp import settings as whatsapp_settings

pytestmark = pytest.mark.anyio

WORDS = load()
CHATS = (Chat("Telegram", "https://t.me/TaalBot"), Chat("WhatsApp", "https://wa.me/221330001122"))
PAGES = pay_pages.pages(WORDS, lambda: CHATS)


class Reader(HTMLParser):
    """What a page says in each language, and which tags it has."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.said: dict[str, str] = {}
        self._language = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag == "section":
            self._language = dict(attrs)["lang"] or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._language = ""

    def handle_data(self, data: str) -> None:
        if self._language:
            self.said[self._language] = self.said.get(self._language, "") + data


async def opened(path: str, pages: Mapping[str, Page], languages: str = "") -> httpx.Response:
    asked = {"externalTransactionId": "<script>alert(1)</script>", "url": "https://evil.example", "next": "//evil"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web_app(pages)), base_url="http://taal") as client:
        return await client.get(path, params=asked, headers={"accept-language": languages})


def web_app(pages: Mapping[str, Page]) -> WebApp:
    """The web application with these pages, and nothing behind it."""

    def nothing(*what: Any) -> Any:  # Whatever is asked of it.
        raise AssertionError(what)

    return WebApp(
        endpoints=[],
        hear=nothing,
        is_news=nothing,
        report=nothing,
        take_webhook_claim=nothing,
        read_webhook_claim=read_webhook_claim,
        secret_key=b"",
        ready=nothing,
        gauge=nothing,
        pages=pages,
    )


@pytest.mark.parametrize("path", [pay_pages.DONE, pay_pages.FAILED])
async def test_a_page_is_small_bilingual_and_asks_for_nothing_more(path: str) -> None:
    answer = await opened(path, PAGES)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(answer.content) < 20_000
    read = Reader(answer.content)
    assert set(read.said) == {"fr", "en"}
    assert "conversation" in read.said["fr"]
    assert "conversation" in read.said["en"]
    assert not {"script", "img", "link", "iframe", "form", "input"} & set(read.tags)
    assert "alert(1)" not in answer.text
    assert "evil" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [pay_pages.DONE, pay_pages.FAILED])
@pytest.mark.parametrize(
    ("languages", "first", "back"),
    [
        ("", "fr", "Revenir sur Telegram"),
        ("fr-SN,fr;q=0.9,en;q=0.8", "fr", "Revenir sur WhatsApp"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en", "Back to WhatsApp"),
        ("de,EN;q=0.5", "en", "Back to Telegram"),
        ("x" * 300 + ",en", "fr", "Revenir sur Telegram"),
        ('"><script>,en', "en", "Back to Telegram"),
    ],
)
async def test_the_readers_language_comes_first_and_leads_back(
    path: str, languages: str, first: str, back: str
) -> None:
    answer = await opened(path, PAGES, languages)
    read = Reader(answer.content)
    assert next(iter(read.said)) == first
    assert f'<html lang="{first}">' in answer.text
    assert back in read.said[first]
    assert read.links == [chat.link for chat in CHATS], "no other link, and each once"
    assert answer.headers["vary"] == "Accept-Language"


def test_only_what_is_known_at_the_time_leads_back() -> None:
    known: list[Chat] = []
    page = pay_pages.pages(WORDS, lambda: known)[pay_pages.DONE]
    assert Reader(page("fr")).links == []
    assert "Revenir sur" not in page("fr").decode()
    known.append(CHATS[1])
    assert Reader(page("fr")).links == ["https://wa.me/221330001122"]


def test_a_name_cannot_write_into_a_page() -> None:
    page = pay_pages.pages(WORDS, lambda: [Chat("<b>x", 'https://t.me/"onclick="x')])[pay_pages.DONE]("fr").decode()
    assert "<b>x" not in page
    assert '"onclick' not in page


def test_a_language_of_ours_without_a_catalog_here_is_not_chosen() -> None:
    assert first_language("en", Words({"fr": WORDS["fr"]})) == "fr"


async def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    answer = await opened(pay_pages.DONE, PAGES)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text)
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["style-src"] == f"'sha256-{allowed}'"
    assert {name for name, value in policy.items() if value != "'none'"} == {"style-src"}


def test_no_page_calls_anything_paid_or_lost() -> None:
    """A browser that lands somewhere proves nothing about money."""
    done, failed = (Reader(PAGES[path]("")).said for path in (pay_pages.DONE, pay_pages.FAILED))
    assert "Dès qu’il est confirmé" in done["fr"]
    assert "As soon as it is confirmed" in done["en"]
    assert "pas perdu" in failed["fr"]
    assert "not lost" in failed["en"]


@pytest.mark.parametrize("path", [pay_pages.DONE, pay_pages.FAILED])
async def test_without_collecting_there_is_no_such_page(path: str) -> None:
    assert (await opened(path, {})).status_code == 404


async def test_the_pages_lead_to_the_channels_that_run() -> None:
    """Each channel has learnt its own link from its server; without collecting there are no pages."""
    async with FakeTelegram() as telegram, FakeWhatsApp() as whatsapp:
        env = {
            "PROVIDER": "simulator",
            "COLLECT_WITH": "simulator",
            "PUBLIC_URL": "https://bot.example.org",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            **whatsapp_settings(whatsapp),
        }
        store = await SqliteStore.open(":memory:")
        await store.migrate()
        built = build(load_settings(env, None), store, b"key")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(built.web), base_url="http://taal") as browser:
            before = await browser.get(pay_pages.DONE)
            assert (before.status_code, Reader(before.content).links) == (200, [])
            await built.start()
            channels = built.taal.channels.values()
            await eventually(lambda: all(channel.link for channel in channels), "the links")
            for path in (pay_pages.DONE, pay_pages.FAILED):
                links = Reader((await browser.get(path)).content).links
                assert links == ["https://t.me/TaalBot", "https://wa.me/221330001122"]
        await built.taal.stop(1.0)
        await store.aclose()
