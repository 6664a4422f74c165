"""The Telegram channel against the fake Bot API: what it makes of refusals, faults of the network, and its start."""

import asyncio
import html
import logging
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from telegram.request import BaseRequest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.commands import Webhook
from bot.channels.telegram.registration import SessionRequest, webhook_info
from bot.channels.telegram.secret import secret_token
from bot.domain.outbound import Choice, Copy, File, Outbound, Picture, SendLater, SendRefused, Sent
from bot.domain.people import Address
from tests.fake_telegram import FakeTelegram

pytestmark = pytest.mark.anyio

AWA = Address("telegram", "1001")
CODE = Outbound("Code : <code>1234 5678 9012 3456 7890</code>", ((Copy("Copier", "12345678901234567890"),),))
MENU = Outbound("Menu", ((Choice("Woyofal", "m:w"),),))
COMMANDS = {"fr": [("start", "Accueil"), ("aide", "Aide")], "en": [("start", "Home")]}

PNG = File("ventes.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
CSV = File("relevé.csv", "text/csv", "compteur;montant\r\n14123456789;5000\r\n".encode("utf-8-sig"))

Seen = list[tuple[str, str]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.user(1001)
        yield fake
        assert fake.errors == []


@pytest.fixture
def observed() -> Seen:
    return []


@pytest.fixture
async def channel(fake: FakeTelegram, observed: Seen) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        fake.token, api_url=f"{fake.url}/", observe=lambda method, seconds, result: observed.append((method, result))
    )
    yield channel
    await channel.aclose()


async def test_sent_names_the_message_and_is_observed(fake: FakeTelegram, channel: TelegramChannel, observed: Seen):
    result = await channel.send(AWA, CODE)
    assert result == Sent(str(fake.users[1001].shown[0].message_id))
    assert observed == [("sendMessage", "ok")]
    assert fake.users[1001].shown[0].entities == [{"type": "code", "offset": 7, "length": 24}]
    assert fake.users[1001].copied("Copier") == "12345678901234567890"


async def test_429_waits_as_long_as_telegram_says(fake: FakeTelegram, channel: TelegramChannel, observed: Seen):
    fake.fail(status=429, description="Too Many Requests: retry after 7", retry_after=7)
    assert await channel.send(AWA, CODE) == SendLater(7.0, "too many requests")
    assert isinstance(await channel.send(AWA, CODE), Sent)
    assert fake.users[1001].count("Code") == 1
    assert observed == [("sendMessage", "busy"), ("sendMessage", "ok")]


@pytest.mark.parametrize("how", ["answer", "drop before", "drop after", "garbage"])
async def test_a_failing_server_is_tried_later(fake: FakeTelegram, channel: TelegramChannel, how: str):
    fake.fail(how=how)  # type: ignore[arg-type]  # a literal that pytest hands over as a string
    result = await channel.send(AWA, CODE)
    assert isinstance(result, SendLater)
    assert result.retry_seconds == 2.0
    assert fake.token not in result.reason
    assert fake.users[1001].count("Code") == (how == "drop after")


async def test_a_server_that_is_away_is_tried_later(fake: FakeTelegram, channel: TelegramChannel, observed: Seen):
    await fake.aclose()
    result = await channel.send(AWA, CODE)
    assert isinstance(result, SendLater)
    assert fake.token not in result.reason
    assert observed == [("sendMessage", "network")]


async def test_a_blocked_bot_is_refused(fake: FakeTelegram, channel: TelegramChannel):
    fake.users[1001].block()
    assert await channel.send(AWA, CODE) == SendRefused("Forbidden: bot was blocked by the user", unreachable=True)


async def test_a_chat_that_is_gone_is_refused_even_for_an_edit(fake: FakeTelegram, channel: TelegramChannel):
    stranger = Address("telegram", "2002")
    expected = SendRefused("Bad Request: chat not found", unreachable=True)
    assert await channel.send(stranger, CODE) == expected
    assert await channel.send(stranger, Outbound("x", replaces="5")) == expected


async def test_an_address_that_is_no_id_makes_no_call(fake: FakeTelegram, channel: TelegramChannel):
    result = await channel.send(Address("telegram", "@channel"), CODE)
    assert isinstance(result, SendRefused)
    assert fake.calls == []


async def test_an_edit_takes_the_place_of_the_message(fake: FakeTelegram, channel: TelegramChannel):
    sent = await channel.send(AWA, MENU)
    assert isinstance(sent, Sent)
    assert await channel.send(AWA, Outbound("Choisi.", replaces=sent.message_ref)) == sent
    user = fake.users[1001]
    assert [shown.text for shown in user.screen.values()] == ["Choisi."]
    assert user.shown[-1].rows == []
    # The same again: Telegram says "not modified", and the person sees what they should see.
    assert await channel.send(AWA, Outbound("Choisi.", replaces=sent.message_ref)) == sent
    assert len(user.shown) == 2


@pytest.mark.parametrize("refusal", ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"])
async def test_a_refused_edit_is_sent_anew(fake: FakeTelegram, channel: TelegramChannel, refusal: str):
    fake.fail("editMessageText", status=400, description=f"Bad Request: {refusal}")
    result = await channel.send(AWA, Outbound("Choisi.", MENU.rows, replaces="1"))
    assert result == Sent(str(fake.users[1001].shown[0].message_id))
    assert fake.users[1001].shown[0].labels == ["Woyofal"]


@pytest.mark.parametrize("replaces", [None, "77"])
async def test_a_code_with_bad_tags_still_arrives(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture, replaces: str | None
):
    broken = Outbound("<b>Code <u</b> : <code>1234 5678</code> &amp; merci", CODE.rows, replaces=replaces)
    assert isinstance(await channel.send(AWA, broken), Sent)
    assert fake.users[1001].shown[0].text == "Code <u : 1234 5678 & merci"
    assert fake.users[1001].copied("Copier") == "12345678901234567890"
    assert "1234" not in caplog.text


async def test_bare_text_that_is_still_refused_for_its_tags_ends(fake: FakeTelegram, channel: TelegramChannel):
    fake.fail(status=400, description="Bad Request: can't parse entities", times=2)
    assert isinstance(await channel.send(AWA, CODE), SendRefused)


async def test_what_telegram_will_never_take_is_refused(fake: FakeTelegram, channel: TelegramChannel):
    assert await channel.send(AWA, Outbound("x", ((Choice("Vide", ""),),))) == SendRefused(
        "Bad Request: BUTTON_DATA_INVALID", unreachable=False
    )
    assert await channel.send(AWA, Outbound(" ")) == SendRefused(
        "Bad Request: message text is empty", unreachable=False
    )


async def test_a_long_text_stops_at_the_piece_that_fails(fake: FakeTelegram, channel: TelegramChannel):
    long = Outbound("\n".join(["😀" * 1100] * 3), MENU.rows)
    fake.fail(chat_id=1001, status=500)
    assert isinstance(await channel.send(AWA, long), SendLater)
    assert fake.users[1001].shown == []
    result = await channel.send(AWA, long)
    assert [shown.labels for shown in fake.users[1001].shown] == [[], [], ["Woyofal"]]
    assert result == Sent(str(fake.users[1001].shown[-1].message_id))


async def test_a_wrong_token_waits_is_loud_once_and_stays_secret(
    fake: FakeTelegram, observed: Seen, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    secret = "815:WRONG-and-secret"
    channel = TelegramChannel(
        secret, api_url=fake.url, observe=lambda method, seconds, result: observed.append((method, result))
    )
    for _ in range(2):
        assert await channel.send(AWA, CODE) == SendLater(30.0, "credentials")
    problems = await channel.register()
    await channel.aclose()
    assert observed == [("sendMessage", "credentials")] * 2
    assert len(problems) == 1
    assert problems[0].startswith("bot: InvalidToken")
    assert "refuses the bot's token" in caplog.text
    assert len([record for record in caplog.records if record.name.endswith("telegram.api")]) == 1
    assert "WRONG" not in caplog.text + "".join(problems)


async def test_no_fault_of_the_network_tells_the_token(fake: FakeTelegram, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    channels = [
        TelegramChannel("815:SECRET", api_url=url)
        for url in ("http://127.0.0.1:1", "http://127.0.0.1:1:2", "gopher://127.0.0.1", "nonsense", "")
    ]
    output = ""
    for channel in channels:
        output += repr(await channel.send(AWA, CODE)) + repr(await channel.register())
        output += repr(await webhook_info(channel.bot))
        await channel.aclose()
    assert "SECRET" not in output + caplog.text


async def test_taps_are_answered(fake: FakeTelegram, channel: TelegramChannel):
    user = fake.users[1001]
    await channel.send(AWA, MENU)
    user.tap("Woyofal")
    tap_id = next(iter(fake._queries))
    assert await channel.answer_tap(tap_id, "Un instant")
    assert user.tap_answers == ["Un instant"]
    assert not await channel.answer_tap(tap_id)


# Files.


async def test_a_file_travels_with_its_words_its_name_and_its_buttons(
    fake: FakeTelegram, channel: TelegramChannel, observed: Seen
):
    result = await channel.send(AWA, Outbound("<b>Ventes</b> &amp; frais", MENU.rows, replaces="5"), CSV)
    (shown,) = fake.users[1001].shown
    assert result == Sent(str(shown.message_id))
    assert (shown.text, shown.labels) == ("Ventes & frais", ["Woyofal"])
    assert shown.entities == [{"type": "bold", "offset": 0, "length": 6}]
    assert shown.file is not None
    assert (shown.file.name, shown.file.file_name) == ("document", "relevé.csv")
    assert (shown.file.media_type, shown.file.content) == ("text/csv", CSV.content)
    assert observed == [("sendDocument", "ok")]


async def test_a_large_file_arrives_whole(fake: FakeTelegram, channel: TelegramChannel):
    content = bytes(range(256)) * 16_384
    assert isinstance(await channel.send(AWA, MENU, File("x.xlsx", "application/pdf", content)), Sent)
    (shown,) = fake.users[1001].shown
    assert shown.file is not None
    assert shown.file.content == content


async def test_a_picture_is_shown_and_one_that_cannot_be_is_a_file(fake: FakeTelegram, channel: TelegramChannel):
    broken = File("ventes.png", "image/png", b"no picture at all")
    for file in (PNG, broken):
        assert isinstance(await channel.send(AWA, MENU, file), Sent)
    assert [shown.file and shown.file.name for shown in fake.users[1001].shown] == ["photo", "document"]
    assert [shown.labels for shown in fake.users[1001].shown] == [["Woyofal"]] * 2


async def test_the_text_that_was_too_long_for_a_caption_is_the_one_that_can_be_replaced(
    fake: FakeTelegram, channel: TelegramChannel
):
    result = await channel.send(AWA, Outbound("x" * 1500, MENU.rows), PNG)
    text, picture = fake.users[1001].shown
    assert result == Sent(str(text.message_id))
    assert (text.labels, picture.labels, picture.text) == (["Woyofal"], [], "")


@pytest.mark.parametrize("length", [10, 1500])
async def test_a_file_that_is_refused_leaves_the_words(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture, length: int
):
    fake.fail("sendDocument", status=413, description="Request Entity Too Large")
    result = await channel.send(AWA, Outbound("x" * length, MENU.rows), CSV)
    (shown,) = fake.users[1001].shown
    assert result == Sent(str(shown.message_id))
    assert (shown.text, shown.labels, shown.file) == ("x" * length, ["Woyofal"], None)
    assert "does not take a file" in caplog.text
    assert CSV.name not in caplog.text


@pytest.mark.parametrize("length", [10, 1500])
@pytest.mark.parametrize("how", ["answer", "drop before", "drop after", "garbage"])
async def test_a_file_that_fails_is_sent_later_with_its_words(
    fake: FakeTelegram, channel: TelegramChannel, how: str, length: int
):
    fake.fail("sendDocument", how=how)  # type: ignore[arg-type]  # a literal that pytest hands over as a string
    outbound = Outbound("x" * length)
    result = await channel.send(AWA, outbound, CSV)
    assert isinstance(result, SendLater)
    assert fake.token not in result.reason
    assert isinstance(await channel.send(AWA, outbound, CSV), Sent)
    assert fake.users[1001].shown[-1].file is not None


async def test_a_caption_with_bad_tags_still_arrives(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
):
    assert isinstance(await channel.send(AWA, Outbound("<b>Code <u</b> 1234 &amp; merci", MENU.rows), PNG), Sent)
    (shown,) = fake.users[1001].shown
    assert shown.text == "Code <u 1234 & merci"
    assert shown.file is not None
    assert "1234" not in caplog.text


async def test_a_photo_that_somebody_sent_is_shown_by_its_name_while_telegram_knows_it(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
):
    ref = fake.keep(PNG.content)
    proof = replace(MENU, text="<b>Preuve</b> n° 1", picture=Picture("telegram", ref))
    assert isinstance(await channel.send(AWA, proof), Sent)
    shown = fake.users[1001].shown[-1]
    assert (shown.text, shown.file.content if shown.file else b"") == ("Preuve n° 1", PNG.content)
    assert fake.users[1001].shown[-1].labels == ["Woyofal"]
    # It is gone, another channel's, or its words are too many for a caption: the words arrive.
    fake.forget_files()
    for other in (proof, replace(proof, picture=Picture("whatsapp", ref)), replace(proof, text="x" * 1_100)):
        assert isinstance(await channel.send(AWA, other), Sent)
        assert fake.users[1001].shown[-1].file is None
        assert fake.users[1001].shown[-1].labels == ["Woyofal"]
    assert "goes without it" in caplog.text
    assert ref not in caplog.text


async def test_a_file_for_somebody_who_is_gone_is_refused(fake: FakeTelegram, channel: TelegramChannel):
    fake.users[1001].block()
    for file in (PNG, CSV):
        assert await channel.send(AWA, MENU, file) == SendRefused("Forbidden: bot was blocked by the user", True)
    assert len(fake.calls) == 2


async def test_a_message_with_a_file_is_replaced_below(fake: FakeTelegram, channel: TelegramChannel):
    first = await channel.send(AWA, MENU, PNG)
    assert isinstance(first, Sent)
    result = await channel.send(AWA, Outbound("Choisi.", replaces=first.message_ref))
    assert isinstance(result, Sent)
    assert result != first
    assert fake.users[1001].count("Choisi.") == 1


# Words in passing.


async def test_progress_is_edited_in_place(fake: FakeTelegram, channel: TelegramChannel, observed: Seen):
    first = await channel.send(AWA, Outbound("0 / 200", MENU.rows))
    assert isinstance(first, Sent)
    for text in ("7 / 200", "7 / 200", "<b>8 / 200"):
        progress = Outbound(text, MENU.rows, replaces=first.message_ref, progress=True)
        assert await channel.send(AWA, progress) == first
    (shown,) = fake.users[1001].screen.values()
    assert (shown.text, shown.labels) == ("8 / 200", ["Woyofal"])
    assert {method for method, _ in observed[1:]} == {"editMessageText"}


@pytest.mark.parametrize(
    "refusal", ["message to edit not found", "message can't be edited", "can't parse entities", "chat not found"]
)
async def test_progress_that_cannot_be_shown_is_dropped(fake: FakeTelegram, channel: TelegramChannel, refusal: str):
    fake.fail("editMessageText", status=400, description=f"Bad Request: {refusal}", times=2)
    assert await channel.send(AWA, Outbound("7 / 200", replaces="1", progress=True)) == Sent()
    assert fake.users[1001].shown == []
    assert {call.method for call in fake.calls} == {"editMessageText"}


async def test_progress_waits_when_telegram_says_so(fake: FakeTelegram, channel: TelegramChannel):
    fake.fail("editMessageText", status=429, retry_after=7)
    assert await channel.send(AWA, Outbound("7 / 200", replaces="1", progress=True)) == SendLater(
        7.0, "too many requests"
    )


# What people send.


async def test_a_file_is_read_no_further_than_its_limit(fake: FakeTelegram, channel: TelegramChannel, observed: Seen):
    ref = fake.keep(CSV.content)
    assert await channel.fetch(ref, len(CSV.content)) == CSV.content
    assert observed == [("getFile", "ok"), ("file", "ok")]
    # Telegram tells the size, and then nothing is downloaded.
    assert await channel.fetch(ref, len(CSV.content) - 1) is None
    assert observed[2:] == [("getFile", "ok")]
    # Where it tells none, or another, the reading ends by itself.
    assert await channel.api.download(f"documents/{ref}", len(CSV.content) - 1) is None


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize("how", ["answer", "drop before", "garbage"])
async def test_a_file_that_cannot_be_had_is_none(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture, method: str, how: str
):
    caplog.set_level(logging.DEBUG)
    ref = fake.keep(CSV.content)
    # Twice, because a GET is asked again when a connection ends that was used before.
    fake.fail(method, how=how, status=404, times=2)  # type: ignore[arg-type]  # a literal that pytest hands over as a string
    if (method, how) == ("file", "garbage"):
        # What is downloaded is not ours to judge.
        assert await channel.fetch(ref, 1000) == b"<html>not the Bot API</html>"
    else:
        assert await channel.fetch(ref, 1000) is None
    assert fake.token not in caplog.text


async def test_a_file_that_is_gone_says_nothing_of_the_token(
    fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture, observed: Seen
):
    assert await channel.api.download("documents/gone.csv", 1000) is None
    assert observed == [("file", "rejected")]
    assert caplog.text == ""


async def test_a_message_is_taken_away(fake: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture):
    user = fake.users[1001]
    user.text("4711")
    user.text("bonjour")
    pin, greeting = user.written
    await channel.erase(AWA, str(pin))
    assert list(user.written) == [greeting]
    assert caplog.text == ""
    await channel.erase(AWA, str(pin))
    assert "did not delete a message of telegram:1001: rejected" in caplog.text
    assert "4711" not in caplog.text


async def test_commands_are_told_for_each_language_and_the_webhook_is_set(fake: FakeTelegram):
    webhook = Webhook("http://127.0.0.1:9/webhooks/telegram", secret_token(b"key"), max_connections=25)
    channel = TelegramChannel(fake.token, api_url=fake.url, commands=COMMANDS, webhook=webhook)
    assert channel.link is None
    assert await channel.register() == []
    assert channel.username == "TaalBot"
    assert channel.link == "https://t.me/TaalBot"
    assert {scope: [one["command"] for one in listed] for scope, listed in fake.commands.items()} == {
        ("all_private_chats", ""): ["start", "aide"],
        ("all_private_chats", "fr"): ["start", "aide"],
        ("all_private_chats", "en"): ["start"],
    }
    assert fake.webhook is not None
    assert fake.webhook["secret_token"] == secret_token(b"key")
    assert fake.webhook["max_connections"] == 25
    assert fake.webhook["allowed_updates"] == ["message", "edited_message", "callback_query"]
    info = await webhook_info(channel.bot)
    assert not isinstance(info, str)
    assert info.url == webhook.url
    await channel.aclose()


async def test_what_telegram_refuses_at_start_is_named(fake: FakeTelegram):
    channel = TelegramChannel(
        fake.token,
        api_url=fake.url,
        commands={"fr": [("Très long", "x")]},
        webhook=Webhook("https://elsewhere.example/", "s"),
    )
    problems = await channel.register()
    assert [problem.split(":")[0] for problem in problems] == ["commands", "webhook"]
    await channel.aclose()


def commands_by_scope(fake: FakeTelegram) -> dict[tuple[str, str], list[str]]:
    return {scope: [one["command"] for one in listed] for scope, listed in fake.commands.items()}


async def test_a_chat_may_have_commands_of_its_own(fake: FakeTelegram, caplog: pytest.LogCaptureFixture):
    own = {language: [*listed, ("credit", "Créditer")] for language, listed in COMMANDS.items()}
    many = {"fr": [(f"c{number}", "x") for number in range(120)]}
    fake.user(1001)
    fake.user(1003)
    channel = TelegramChannel(fake.token, api_url=fake.url, commands=COMMANDS)
    await channel.show_commands(Address("telegram", "1001"), own)
    await channel.show_commands(Address("telegram", "1003"), many)
    commands = commands_by_scope(fake)
    assert commands["chat 1001", "fr"] == commands["chat 1001", ""] == ["start", "aide", "credit"]
    assert commands["chat 1001", "en"] == ["start", "credit"]
    assert commands["chat 1003", "fr"] == [f"c{number}" for number in range(100)]
    assert caplog.records == []
    # Whoever is not there, and a network that fails, are a line in the log and nothing else.
    await channel.show_commands(Address("telegram", "77"), own)
    fake.fail("setMyCommands", how="drop before")
    await channel.show_commands(Address("telegram", "1001"), own)
    assert len(caplog.records) == 2
    await channel.aclose()


async def test_a_start_while_telegram_is_away_is_made_good_later(fake: FakeTelegram):
    fake.fail("getMe", how="drop before")
    channel = TelegramChannel(fake.token, api_url=fake.url, commands=COMMANDS)
    await channel.start()
    await channel.start()
    await asyncio.wait_for(channel.registered.wait(), 10)
    assert len(fake.commands) == 3
    assert [call.status for call in fake.calls if call.method == "getMe"] == [0, 200]
    await channel.aclose()


async def test_closing_does_not_wait_for_telegram(fake: FakeTelegram):
    fake.hold("getMe")
    channel = TelegramChannel(fake.token, api_url=fake.url)
    await channel.start()
    await fake.held()
    await asyncio.wait_for(channel.aclose(), 1)
    fake.release("getMe")


async def test_the_pace_keeps_sends_apart(fake: FakeTelegram):
    channel = TelegramChannel(fake.token, api_url=fake.url, rate_per_second=40.0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    # A burst of 10 is free, the other 10 take a quarter of a second at 40 a second.
    await asyncio.gather(*(channel.send(AWA, MENU) for _ in range(20)))
    assert loop.time() - began >= 0.2
    await channel.aclose()
    unpaced = TelegramChannel(fake.token, api_url=fake.url, rate_per_second=None)
    await asyncio.gather(*(unpaced.send(AWA, MENU) for _ in range(20)))
    await unpaced.aclose()
    assert len(fake.users[1001].shown) == 40


async def test_many_sends_at_once_each_arrive_once(fake: FakeTelegram):
    channel = TelegramChannel(fake.token, api_url=fake.url, rate_per_second=None)
    people = [fake.user(3000 + number) for number in range(200)]
    texts = [f"Pour {html.escape(str(user.chat_id))}" for user in people]
    results = await asyncio.gather(
        *(
            channel.send(Address("telegram", str(user.chat_id)), Outbound(text))
            for user, text in zip(people, texts, strict=True)
        )
    )
    assert all(isinstance(result, Sent) for result in results)
    assert [[shown.text for shown in user.shown] for user in people] == [[text] for text in texts]
    await channel.aclose()


async def test_the_transport_of_python_telegram_bot_reads_only_json(channel: TelegramChannel):
    request: BaseRequest = channel.bot.request
    assert isinstance(request, SessionRequest)
    assert request.read_timeout == 15.0
    with pytest.raises(Exception, match="unreadable answer"):
        request.parse_json_payload(b"<html>815:SECRET</html>")
    await request.initialize()
    await request.shutdown()
