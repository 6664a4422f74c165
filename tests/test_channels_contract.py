"""The contract of `bot.channels.Channel`, over every channel: the same outbounds, the same words on the screen."""

import html
import io
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import Channel
from bot.channels.telegram import render as telegram_render
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.parse import ParsedUpdate
from bot.channels.telegram.parse import parse as parse_telegram
from bot.channels.terminal import TerminalChannel, inbound_of
from bot.channels.whatsapp import render as whatsapp_render
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.parse import parse as parse_whatsapp
from bot.channels.whatsapp.templates import DEFAULT_NAMES
from bot.dialogue.flows.reports.find import MAX_BUTTONS
from bot.domain.inbound import Document, Inbound
from bot.domain.outbound import Brief, Choice, Copy, File, OpenUrl, Outbound, SendRefused, Sent
from bot.domain.people import Address
from bot.logs import masked_address
from tests import json_channel
from tests.fake_json import fake_json
from tests.fake_telegram import FakeTelegram
from tests.fake_whatsapp import FakeWhatsApp
from tests.json_channel import JsonChannel
from tests.json_channel import parse as parse_json
from tests.running import eventually

pytestmark = pytest.mark.anyio

CODE = "12345678901234567890"


class Stage:
    """One channel with a person at its other end.

    `seen` is all that the person saw, oldest first; `copied` is all that one gesture copies; `kept` is every file that
    they can open, by the name that they read; `incoming` is a message of theirs, as `Inbound.message_ref` names it.
    `gives` lets them send a file, `types` a text; both answer what the channel makes of it. `edits` says that messages
    can be changed.
    """

    def __init__(
        self,
        channel: Channel,
        address: Address,
        *,
        seen: Callable[[], str],
        copied: Callable[[], list[str]],
        opened: Callable[[], list[str]],
        kept: Callable[[], list[tuple[str, bytes]]],
        leave: Callable[[], Any],
        gives: Callable[[str, bytes], Inbound],
        types: Callable[[str], Inbound],
        incoming: str | None = None,
        edits: bool = False,
    ) -> None:
        self.channel = channel
        self.address = address
        self.seen = seen
        self.copied = copied
        self.opened = opened
        self.kept = kept
        self.leave = leave
        self.gives = gives
        self.types = types
        self.incoming = incoming
        self.edits = edits


@asynccontextmanager
async def telegram() -> AsyncIterator[Stage]:
    async with FakeTelegram() as fake:
        channel = TelegramChannel(fake.token, api_url=fake.url)
        user = fake.user(1001)

        def seen() -> str:
            return "\n".join(line for shown in user.shown for line in (shown.text, *shown.labels))

        def copied() -> list[str]:
            every = (key for shown in user.shown for row in shown.rows for key in row)
            return [key["copy_text"]["text"] for key in every if "copy_text" in key]

        def opened() -> list[str]:
            return [key["url"] for shown in user.shown for row in shown.rows for key in row if "url" in key]

        def kept() -> list[tuple[str, bytes]]:
            return [(shown.file.file_name or "", shown.file.content) for shown in user.shown if shown.file]

        def read(update_id: int) -> Inbound:
            update = parse_telegram(msgspec.json.encode(fake._pending[update_id].body))
            assert isinstance(update, ParsedUpdate)
            assert update.inbound is not None
            return update.inbound

        await channel.start()
        yield Stage(
            channel,
            Address("telegram", "1001"),
            seen=seen,
            copied=copied,
            opened=opened,
            kept=kept,
            leave=user.block,
            gives=lambda name, content: read(user.document(name, content)),
            types=lambda text: read(user.text(text)),
            edits=True,
        )
        await channel.aclose()
        assert fake.errors == []


@asynccontextmanager
async def whatsapp(person: str = "221770001122") -> AsyncIterator[Stage]:
    async with FakeWhatsApp() as fake:
        channel = WhatsAppChannel(fake.token, fake.phone_number_id, api_url=fake.url)
        user = fake.user(person)

        def seen() -> str:
            return "\n".join(line for shown in user.shown for line in (shown.text, *shown.labels))

        def copied() -> list[str]:
            return [shown.code for shown in user.shown if shown.code is not None]

        def opened() -> list[str]:
            return [key["url"] for shown in user.shown for row in shown.rows for key in row if "url" in key]

        def kept() -> list[tuple[str, bytes]]:
            return [(shown.file.file_name or "", shown.file.content) for shown in user.shown if shown.file]

        def read(message_id: str) -> Inbound:
            batch = parse_whatsapp(fake.webhook_body([fake._events[message_id]]), fake.phone_number_id)
            return batch.inbounds[0]

        await channel.start()
        yield Stage(
            channel,
            Address("whatsapp", person),
            seen=seen,
            copied=copied,
            opened=opened,
            kept=kept,
            leave=user.block,
            gives=lambda name, content: read(user.document(name, content)),
            types=lambda text: read(user.text(text)),
            incoming=user.text("bonjour"),
        )
        await channel.aclose()
        assert fake.errors == []


@asynccontextmanager
async def terminal(colour: bool = False) -> AsyncIterator[Stage]:
    out = io.StringIO()
    address = Address("terminal", "local")
    with TemporaryDirectory() as folder:
        channel = TerminalChannel(out, colour=colour, width=10_000, folder=Path(folder, "kept"))

        def copied() -> list[str]:
            return re.findall(r"\[copy\] .*: (\d+)", out.getvalue())

        def opened() -> list[str]:
            return re.findall(r"\[open\] .*: (\S+)", re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()))

        def kept() -> list[tuple[str, bytes]]:
            paths = [Path(path) for path in re.findall(r"\[file\] ([^\x1b\n]+)", out.getvalue())]
            return [(path.name, path.read_bytes()) for path in paths]

        def gives(name: str, content: bytes) -> Inbound:
            path = Path(folder, name)
            path.write_bytes(content)
            return inbound_of(f"/file {path}", "terminal:1", address=address)

        await channel.start()
        yield Stage(
            channel,
            address,
            seen=out.getvalue,
            copied=copied,
            opened=opened,
            kept=kept,
            leave=out.close,
            gives=gives,
            types=lambda text: inbound_of(text, "terminal:2", address=address),
        )
        await channel.aclose()


@asynccontextmanager
async def json_over_http() -> AsyncIterator[Stage]:
    async with fake_json() as fake:
        channel = JsonChannel(fake.url)

        def gives(name: str, content: bytes) -> Inbound:
            fake.files["f/1"] = content
            return parse_json(fake.says("awa", file={"id": "f/1", "name": name, "type": "text/csv"}))

        await channel.start()
        yield Stage(
            channel,
            Address("json", "awa"),
            seen=lambda: fake.seen("awa"),
            copied=lambda: fake.copied("awa"),
            opened=lambda: fake.opened("awa"),
            kept=fake.kept,
            leave=lambda: fake.gone.add("awa"),
            gives=gives,
            types=lambda text: parse_json(fake.says("awa", text=text)),
        )
        await channel.aclose()


STAGES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "telegram": telegram,
    "whatsapp": whatsapp,
    "whatsapp without a number": lambda: whatsapp("SN.13491208655302741918"),
    "terminal": terminal,
    "terminal in colour": lambda: terminal(colour=True),
    "json": json_over_http,
}


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with STAGES[request.param]() as stage:
        yield stage


PLAIN = Outbound("Bonjour Awa.")
BUTTONS = Outbound("Que faire ?", ((Choice("Woyofal", "m:w"), Choice("Aide", "m:h")), (Choice("Non", "n"),)))
COPY = Outbound("Votre <b>code</b> :\n<code>1234 5678 9012 3456 7890</code>", ((Copy("Copier", CODE),),), durable=True)
ESCAPED = Outbound(f"Titulaire : {html.escape('<b>Fall & Fils</b> [bold]x[/bold] :smile:')}")
EMOJI = Outbound("⚡ Woyofal 👍🏿 — “ça marche” 🇸🇳")
LONG = Outbound("\n".join(f"{number:04d} " + "😀" * 60 for number in range(60)))

CASES: dict[str, tuple[Outbound, list[str]]] = {
    "plain": (PLAIN, ["Bonjour Awa."]),
    "buttons": (BUTTONS, ["Que faire ?", "Woyofal", "Aide", "Non"]),
    "escaped user text": (ESCAPED, ["Titulaire : <b>Fall & Fils</b> [bold]x[/bold] :smile:"]),
    "emoji": (EMOJI, ["⚡ Woyofal 👍🏿 — “ça marche” 🇸🇳"]),
    "long": (LONG, [f"{number:04d} " + "😀" * 60 for number in range(60)]),
    "a reference from elsewhere": (Outbound("Encore.", replaces="999999"), ["Encore."]),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_outbound_is_sent_and_all_of_it_is_seen(stage: Stage, case: str):
    outbound, expected = CASES[case]
    assert isinstance(await stage.channel.send(stage.address, outbound), Sent)
    seen = stage.seen()
    at = 0
    for words in expected:
        assert words in seen[at:]
        at = seen.index(words, at) + len(words)


async def test_a_code_is_seen_in_groups_and_copied_by_one_gesture(stage: Stage):
    assert isinstance(await stage.channel.send(stage.address, COPY), Sent)
    assert "1234 5678 9012 3456 7890" in stage.seen()
    assert "Votre " in stage.seen()
    assert stage.copied() == [CODE]


PAGE = "https://pay.example.sn/c_1?amount=5150&cur=XOF"


@pytest.mark.parametrize("rows", [(), ((Choice("Annuler", "n"),),)], ids=["alone", "beside choices"])
async def test_a_page_is_opened_by_one_gesture(stage: Stage, rows: tuple[tuple[Choice, ...], ...]):
    outbound = Outbound("Payez <b>5 150 F</b>.", ((OpenUrl("Ouvrir Wave", PAGE),), *rows))
    assert isinstance(await stage.channel.send(stage.address, outbound), Sent)
    assert stage.opened() == [PAGE]
    words = ["5 150 F", "Ouvrir Wave", *(button.label for row in rows for button in row)]
    assert [each for each in words if each not in stage.seen()] == []


async def test_every_choice_of_a_long_menu_is_seen(stage: Stage):
    labels = [f"Choix {number}" for number in range(1, 14)]
    menu = Outbound("Lequel ?", tuple((Choice(label, f"c:{label}"),) for label in labels))
    assert isinstance(await stage.channel.send(stage.address, menu), Sent)
    assert [label for label in labels if label not in stage.seen()] == []


async def test_being_at_work_shows_nothing_that_stays(stage: Stage):
    for message_ref in (stage.incoming, None, "of another channel"):
        await stage.channel.working(stage.address, message_ref)
    assert stage.seen() == ""
    assert isinstance(await stage.channel.send(stage.address, PLAIN), Sent)


async def test_a_replacement_is_seen_whether_it_edits_or_not(stage: Stage):
    first = await stage.channel.send(stage.address, BUTTONS)
    assert isinstance(first, Sent)
    for text in ("Vous avez choisi Woyofal.", "Vous avez choisi Woyofal."):
        again = await stage.channel.send(stage.address, Outbound(text, replaces=first.message_ref))
        assert isinstance(again, Sent)
    assert "Vous avez choisi Woyofal." in stage.seen()


# What it declares.


async def test_what_a_channel_says_of_itself_is_true(stage: Stage):
    abilities = stage.channel.abilities
    assert stage.channel.name == stage.address.channel
    assert abilities.label
    assert abilities.edits == stage.edits
    assert abilities.erases == (stage.types("4711").own_ref is not None)
    sent = await stage.channel.send(stage.address, PLAIN)
    assert isinstance(sent, Sent)
    assert abilities.confirms == (not sent.confirmed)
    assert (not abilities.ids_are_numbers) or masked_address(stage.address) != str(stage.address)


async def test_the_longest_list_of_buttons_fits_one_list(stage: Stage):
    rows = stage.channel.abilities.list_rows
    assert rows is None or rows > MAX_BUTTONS, "and the way home"


# Files.

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {
    "a picture": File("ventes.png", "image/png", PNG),
    "a table": File("relevé-juin.csv", "text/csv", "compteur;montant\r\n14123456789;5000\r\n".encode("utf-8-sig")),
    "a workbook": File("batch.xlsx", XLSX, b"PK\x03\x04\r\n--\r\n\0\xff" * 400),
}


def is_of(file: File, shown: tuple[str, bytes]) -> bool:
    """Whether what a person can open is this file. A picture need not tell its name."""
    name, content = shown
    return content == file.content and (name == file.name or file.media_type.startswith("image/"))


@pytest.mark.parametrize("rows", [(), BUTTONS.rows], ids=["alone", "with buttons"])
@pytest.mark.parametrize("kind", FILES)
async def test_a_file_comes_with_its_words_and_can_be_opened(
    stage: Stage, kind: str, rows: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    file = FILES[kind]
    sent = await stage.channel.send(stage.address, Outbound("Vos <b>ventes</b> &amp; frais.", rows), file)
    assert isinstance(sent, Sent)
    assert "ventes" in stage.seen()
    assert " & frais." in stage.seen()
    assert [label for row in rows for label in (button.label for button in row) if label not in stage.seen()] == []
    (shown,) = stage.kept()
    assert is_of(file, shown)
    assert file.name not in caplog.text
    assert "14123456789" not in caplog.text


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_follows_a_text_that_is_too_long_for_a_caption(stage: Stage, kind: str):
    lines = [f"{number:04d} " + "😀" * 20 for number in range(60)]
    sent = await stage.channel.send(stage.address, Outbound("\n".join(lines), BUTTONS.rows), FILES[kind])
    assert isinstance(sent, Sent)
    assert [line for line in lines if line not in stage.seen()] == []
    assert [label for label in ("Woyofal", "Aide", "Non") if label not in stage.seen()] == []
    (shown,) = stage.kept()
    assert is_of(FILES[kind], shown)


async def test_two_files_of_one_name_are_two(stage: Stage):
    for content in (b"un", b"deux"):
        file = File("lot.csv", "text/csv", content)
        assert isinstance(await stage.channel.send(stage.address, PLAIN, file), Sent)
    assert [content for _, content in stage.kept()] == [b"un", b"deux"]


async def test_a_code_and_a_file_both_arrive(stage: Stage):
    assert isinstance(await stage.channel.send(stage.address, COPY, FILES["a table"]), Sent)
    assert stage.copied() == [CODE]
    assert len(stage.kept()) == 1


async def test_an_edit_with_a_file_is_seen(stage: Stage):
    first = await stage.channel.send(stage.address, BUTTONS)
    assert isinstance(first, Sent)
    outbound = Outbound("Terminé.", BUTTONS.rows, replaces=first.message_ref)
    assert isinstance(await stage.channel.send(stage.address, outbound, FILES["a table"]), Sent)
    assert "Terminé." in stage.seen()
    assert len(stage.kept()) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", 'a"b\r\nX-Evil: 1.csv', "/abs.csv", "😀.csv", ".", ""])
async def test_no_name_of_a_file_leads_anywhere(stage: Stage, name: str):
    assert isinstance(await stage.channel.send(stage.address, PLAIN, File(name, "text/csv", b"x")), Sent)
    ((shown, content),) = stage.kept()
    assert content == b"x"
    assert "/" not in shown
    assert "\n" not in shown


# Words on progress.


async def test_a_word_in_passing_is_shown_by_an_edit_or_not_at_all(stage: Stage):
    first = await stage.channel.send(stage.address, Outbound("Lot : 0 / 200"))
    assert isinstance(first, Sent)
    before = stage.seen()
    progress = Outbound("Lot : 7 / 200", replaces=first.message_ref, progress=True)
    again = await stage.channel.send(stage.address, progress)
    assert isinstance(again, Sent)
    assert again.confirmed
    assert ("Lot : 7 / 200" in stage.seen()) == stage.edits
    if not stage.edits:
        assert stage.seen() == before


@pytest.mark.parametrize("replaces", [None, "999999", "nonsense"])
async def test_a_word_in_passing_that_replaces_nothing_is_dropped(stage: Stage, replaces: str | None):
    assert await stage.channel.send(stage.address, Outbound("7 / 200", replaces=replaces, progress=True)) == Sent()
    assert stage.seen() == ""


# What people send.


async def test_a_file_that_a_person_sent_is_fetched_within_its_limit(stage: Stage):
    content = b"14123456789;5000;Awa\r\n" * 1000
    event = stage.gives("clients.csv", content).event
    assert isinstance(event, Document)
    assert (event.name, event.media_type) == ("clients.csv", "text/csv")
    assert event.size_bytes in (0, len(content))
    assert await stage.channel.fetch(event.ref, len(content)) == content
    assert await stage.channel.fetch(event.ref, len(content) - 1) is None


@pytest.mark.parametrize("ref", ["", "unknown", "../../no/such", "/", "a\0b", "12345", "x" * 5000])
async def test_a_file_that_is_not_there_is_none(stage: Stage, ref: str):
    assert await stage.channel.fetch(ref, 1_000_000) is None


async def test_taking_a_message_away_raises_nothing(stage: Stage):
    own_ref = stage.types("4711").own_ref
    assert (own_ref is not None) == stage.channel.abilities.erases
    for ref in (own_ref, own_ref, "999999", "nonsense", ""):
        if ref is not None:
            await stage.channel.erase(stage.address, ref)
    await stage.channel.erase(Address(stage.address.channel, "@nobody"), "1")


async def test_a_person_who_is_gone_is_a_value(stage: Stage):
    stage.leave()
    result = await stage.channel.send(stage.address, COPY)
    assert isinstance(result, SendRefused)
    assert result.unreachable
    assert CODE not in result.reason


LINKS = {"telegram": "https://t.me/TaalBot", "whatsapp": "https://wa.me/221330001122"}


async def test_the_link_that_opens_a_conversation_is_learnt_soon_after_the_start(stage: Stage):
    link = LINKS.get(stage.channel.name)
    await eventually(lambda: stage.channel.link == link, "its link")


async def test_it_may_be_closed_twice(stage: Stage):
    await stage.channel.aclose()
    await stage.channel.aclose()


# Whatever stands in a message.


_WORDS = st.one_of(
    st.text(min_size=1, max_size=60),
    st.lists(
        st.sampled_from(
            ["<b>", "</b>", "</i>", "<code>", "</code>", "&", "&#xD800;", "&#99999999999;", "<a href=", "\0"]
        ),
        min_size=1,
        max_size=12,
    ).map("".join),
)
_BUTTONS = st.one_of(
    st.builds(Choice, st.text(min_size=1, max_size=40), st.text("abc.:-", min_size=1, max_size=64)),
    st.builds(Copy, st.text(min_size=1, max_size=40), st.text("0123 é", min_size=1, max_size=200)),
    st.builds(OpenUrl, st.text(min_size=1, max_size=40), st.just("https://pay.example.sn/c_1?a=b&c=d")),
)
_OUTBOUNDS = st.builds(
    Outbound,
    st.one_of(_WORDS, st.integers(1, 4_096).map("é".__mul__)),
    st.lists(st.lists(_BUTTONS, max_size=4).map(tuple), max_size=14).map(tuple),
    st.one_of(st.none(), st.text(max_size=30)),
    st.booleans(),
    st.one_of(
        st.none(),
        st.builds(
            Brief,
            st.sampled_from(["codes", "news"]),
            st.sampled_from(["fr", "en"]),
            _WORDS,
            st.lists(_WORDS).map(tuple),
        ),
    ),
)


@settings(max_examples=30)
@given(st.text(max_size=30), _OUTBOUNDS)
def test_no_words_make_a_channel_raise(person: str, outbound: Outbound):
    """The outbox would try such a message a few times and set it aside; better that there is none."""
    telegram_render.render(person, outbound)
    telegram_render.render_passing(person, outbound)
    whatsapp_render.render(person, outbound, media=None)
    json_channel.render(person, outbound, None)
    if outbound.brief is not None:
        assert whatsapp_render.render_brief(person, outbound.brief, DEFAULT_NAMES)
