"""A channel is its package, its settings and one line: one of JSON over HTTP is plugged in, and bought through."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import channels_of, check_channels, shop_of, wall_clock
from bot.app.channels import CHANNELS
from bot.app.serving import Built, build
from bot.channels.adapter import ChannelAdapter
from bot.domain.people import Address, Language
from bot.errors import SettingsError
from bot.gateway.simulator import Simulator
from bot.logs import masked_address
from bot.settings import load, noted, variables
from bot.store.sqlite import SqliteStore
from bot.transactions.money import fund
from tests.fake_json import FakeJson, fake_json
from tests.json_channel import JsonAdapter, JsonEndpoint
from tests.provider_server import served
from tests.running import SECRET_KEY, eventually, text_of

pytestmark = pytest.mark.anyio

# The one line.
WITH_JSON: tuple[type[ChannelAdapter], ...] = (*CHANNELS, JsonAdapter)
AWA = Address("json", "awa")
ROOT = Path(__file__).parent.parent
TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
HEADERS = {"X-Json-Secret": "open sesame"}


@dataclass
class Bought:
    """A bot that is served in this process, and a person in the new channel."""

    built: Built
    fake: FakeJson
    client: httpx.AsyncClient

    async def say(self, **more: Any) -> int:
        """Awa does something; answers the status."""
        body = self.fake.says(AWA.id, **more)
        answer = await self.client.post("/json/inbound", content=body, headers=HEADERS)
        return answer.status_code

    async def sees(self, text: str) -> None:
        """Wait until Awa has seen it."""
        await eventually(lambda: text in self.fake.seen(AWA.id), lambda: f"{text!r} in\n{self.fake.seen(AWA.id)}")

    def button(self, label: str) -> str:
        """What the newest button with that label says."""
        taps: list[str] = [
            button["tap"]
            for message in self.fake.shown
            for row in message["buttons"]
            for button in row
            if "tap" in button and label in button["label"]
        ]
        return taps[-1]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bought]:
    async with contextlib.AsyncExitStack() as open_now:
        fake = await open_now.enter_async_context(fake_json())
        port = await open_now.enter_async_context(served(Simulator(pace=0.02)))
        env = {
            "JSON_URL": fake.url,
            "JSON_SECRET": "open sesame",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'taal.db'}",
            "DEXCHANGE_API_KEY": "dx-live-4f9a1c",
            "DEXCHANGE_API_URL": f"http://127.0.0.1:{port}",
        }
        settings = load(env, None, needs=("channel", "provider"), channels=WITH_JSON)
        store = await SqliteStore.open(str(settings.database_path))
        open_now.push_async_callback(store.aclose)
        await store.migrate()
        language: Language = "fr"
        await store.run(fund, AWA, 50_000, "test", language, wall_clock())
        built = build(settings, store, SECRET_KEY.encode())
        await built.start()
        open_now.push_async_callback(built.taal.stop, 1.0)
        transport = httpx.ASGITransport(built.web)
        yield Bought(
            built,
            fake,
            await open_now.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://test")),
        )


async def test_a_purchase_by_words_in_the_new_channel(bot: Bought) -> None:
    assert await bot.say(text="woyofal 14123456789 5000") == 200
    await bot.sees(text_of("quote.title"))
    assert await bot.say(text="oui") == 200
    await eventually(lambda: bot.fake.copied(AWA.id), "a code")
    (code,) = bot.fake.copied(AWA.id)
    assert re.fullmatch(r"\d{20}", code)
    assert code in re.sub(r"\D", "", bot.fake.seen(AWA.id))


async def test_a_purchase_by_buttons_in_the_new_channel(bot: Bought) -> None:
    await bot.say(text="w 14123456789 2000")
    await bot.sees(text_of("quote.title"))
    confirm = bot.button("✅")
    assert await bot.say(tap=confirm) == 200
    assert await bot.say(tap=confirm) == 200
    await eventually(lambda: bot.fake.copied(AWA.id), "a code")
    assert len(bot.fake.copied(AWA.id)) == 1


async def test_only_the_channels_own_server_is_let_in(bot: Bought) -> None:
    body = bot.fake.says(AWA.id, text="/start")
    assert (await bot.client.post("/json/inbound", content=body)).status_code == 401
    assert (await bot.client.post("/json/inbound", content=b"{", headers=HEADERS)).status_code == 200
    assert bot.fake.shown == []


async def test_people_read_its_name_where_channels_are_named(bot: Bought) -> None:
    assert bot.built.taal.installation.shop.channels == {"json": JsonAdapter.abilities}
    assert masked_address(AWA) == "json:awa"


# These may: adapters and who plugs them in, what is written for an operator, and migrations, which stay as they were.
_MAY = {"__main__", "app", "channels", "demo", "doctor", "logs", "settings", "store"}
NAMES = re.compile("|".join((*(channel.channel for channel in CHANNELS), "terminal")), re.IGNORECASE)
ROOMS = sorted({path.stem for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")} - _MAY)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_above_names_a_channel(room: str) -> None:
    home = ROOT / "bot" / room
    files = [*home.rglob("*.py"), *home.rglob("*.sql")] if home.is_dir() else [home.with_suffix(".py")]
    assert files
    assert [f"{file.name}: {match[0]}" for file in files if (match := NAMES.search(file.read_text("utf-8")))] == []


def test_no_channel_knows_another() -> None:
    homes = [path for path in (ROOT / "bot" / "channels").iterdir() if (path / "__init__.py").exists()]
    assert {home.name for home in homes} == {*(channel.channel for channel in CHANNELS), "terminal"}
    for home in homes:
        others = [f"bot.channels.{other.name}" for other in homes if other != home]
        assert [file.name for file in home.rglob("*.py") for other in others if other in file.read_text("utf-8")] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_people_read_names_channels_by_what_they_declare(language: str) -> None:
    """An address in an example may name one."""
    text = (ROOT / "locales" / language / "LC_MESSAGES" / "taal.po").read_text("utf-8")
    assert NAMES.findall(re.sub(r"<code>.*?</code>", "", text)) == []


@pytest.mark.parametrize(("public_url", "receives"), [("", "polled"), ("https://bot.example.org", "at an endpoint")])
async def test_every_channel_that_is_set_up_receives(public_url: str, receives: str) -> None:
    env = {"TELEGRAM_BOT_TOKEN": TOKEN, "WHATSAPP_ACCESS_TOKEN": "x", "WHATSAPP_PHONE_NUMBER_ID": "1"}
    settings = load({**env, "PUBLIC_URL": public_url}, None, needs=("channel",), channels=WITH_JSON)
    channels = channels_of(settings, SECRET_KEY.encode(), shop_of(settings))
    assert {name: of.channel.name for name, of in channels.items()} == {"telegram": "telegram", "whatsapp": "whatsapp"}
    assert channels["whatsapp"].endpoint is not None
    assert (
        (channels["telegram"].endpoint is None) == (channels["telegram"].poller is not None) == (receives == "polled")
    )
    for of in channels.values():
        await of.channel.aclose()


def test_without_any_channel_the_first_one_is_recommended() -> None:
    with pytest.raises(SettingsError, match=r"^TELEGRAM_BOT_TOKEN is missing: .* \(or set up WhatsApp or JSON, see"):
        load({}, None, needs=("channel",), channels=WITH_JSON)
    settings = load({}, None, channels=WITH_JSON)
    with pytest.raises(SettingsError, match=r"^TELEGRAM_BOT_TOKEN is missing: .* for one$"):
        channels_of(settings, SECRET_KEY.encode(), shop_of(settings))


async def test_its_settings_are_read_checked_and_spelt_like_all_others(tmp_path: Path) -> None:
    assert {"JSON_URL", "JSON_SECRET"} <= set(variables(WITH_JSON))
    assert not {"JSON_URL", "JSON_SECRET"} & set(variables(CHANNELS))
    with pytest.raises(SettingsError, match=r"^JSON_URL must be a URL"):
        load({"JSON_URL": "nowhere"}, None, channels=WITH_JSON)
    with pytest.raises(SettingsError, match=r"^JSON_SECRET is missing"):
        load({"JSON_URL": "https://here.example"}, None, channels=WITH_JSON)
    assert JsonEndpoint("").proof({}) == "none"
    file = tmp_path / ".env"
    file.write_text("JSON_SECRETS=x\n")
    with pytest.raises(SettingsError, match="did you mean JSON_SECRET"):
        load({}, file, channels=WITH_JSON)
    assert noted({"JSON_COLOUR": "red"}, None, channels=WITH_JSON)
    settings = load({"JSON_URL": "https://here.example", "JSON_SECRET": "open sesame"}, None, channels=WITH_JSON)
    assert "open sesame" in settings.secrets
    assert [name for name, well, _ in await check_channels(settings) if well] == ["json"]
