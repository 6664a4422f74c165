"""Broadcasts and the news that a service is back: told once to each, paced, stoppable, whatever is killed."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.flows.broadcasts.writing import MAX_CHARACTERS
from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder
from bot.domain.inbound import Tap, Text
from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.i18n import load
from bot.outbox import messages
from bot.repositories import broadcasts
from bot.repositories.outbox import OutboxMessage
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.broadcasts import PACE_MS, SHOWN_MS, start, stop, tell_back, tell_some
from bot.transactions.installation import Budget, Installation
from bot.transactions.people import make_known
from bot.transactions.unit import Unit
from tests.in_process import ADMIN, AWA, room
from tests.sync_store import Killed, SyncStore
from tests.trade_world import CLIENT, CUSTOMER, PEOPLE, Town

WORDS = load()
NOW = 1_800_000_000_000
DAY_MS = 86_400_000
BOSS = Address("telegram", "9")
INSTALLATION = Installation("one", ShopSettings(WORDS), (BOSS,), Budget.of(100))
_read = decoder(Outbound).decode


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def do(
    store: SyncStore, act: Callable[..., Script[None]], *args: object, address: Address = BOSS
) -> list[OutboxMessage]:
    """What an admin sets going, in a unit of work of theirs; answers what was posted."""
    unit = Unit(INSTALLATION, address, str(address), "fr", NOW)
    store.run(act, unit, *args)
    return unit.posted


def mute(store: SyncStore, address: str, customer: str = "") -> None:
    store.run(broadcasts.mute, address, customer or address, NOW)


def await_back(store: SyncStore, address: str, service: ServiceName = "woyofal") -> None:
    store.run(broadcasts.await_back, address, service, NOW)


def people(store: SyncStore, count: int) -> list[str]:
    """So many sessions, every third in English, half of them in WhatsApp."""
    addresses = [Address(("telegram", "whatsapp")[n % 2], f"7{n:05}") for n in range(count)]
    for number, address in enumerate(addresses):
        store.run(make_known, address, "en" if number % 3 == 0 else "fr", NOW)
    return [str(address) for address in addresses]


def begin(store: SyncStore, total: int = 0, fr: str = "Bonne année", en: str = "Happy new year", **more: str) -> None:
    audience, ref = more.get("audience", "everybody"), more.get("message_ref")
    do(store, start, more.get("id", "B1"), audience, fr, en, total, ref)


def messages_to(store: SyncStore, text: str = "") -> Counter[str]:
    """How often each address was told; what was sent is still in the outbox here."""
    rows = store.rows("SELECT address, body FROM outbox")
    return Counter(row["address"] for row in rows if text in _read(row["body"].encode()).text)


def state(store: SyncStore, broadcast_id: str = "B1") -> dict[str, object]:
    return dict(store.rows("SELECT * FROM broadcast WHERE id = ?", broadcast_id)[0])


def run_out(store: SyncStore, now: int = NOW, count: int = 20) -> int:
    """Sweep until nothing is under way; answers how many sweeps it took."""
    sweeps = 0
    while store.one("SELECT count(*) FROM broadcast WHERE state = 'running'"):
        now += 1_000
        store.run(tell_some, INSTALLATION, now, count)
        sweeps += 1
        assert sweeps < 1_000
    return sweeps


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=40), st.integers(1, 30))
def test_whatever_is_killed_each_of_a_thousand_is_told_exactly_once(deaths: list[int], count: int) -> None:
    """A kill at any statement of any sweep undoes that sweep alone; two processes sweep by turns."""
    store = SyncStore()
    addresses = people(store, 1_000)
    mute(store, addresses[7])
    store.connection.execute("UPDATE session SET unreachable_at = 1 WHERE address = ?", (addresses[8],))
    begin(store, 1_000)
    now, left, other = (
        NOW,
        list(deaths),
        Installation("two", INSTALLATION.shop, INSTALLATION.admins, INSTALLATION.budget),
    )
    while state(store)["state"] == "running":
        now += 1_000
        assert now < NOW + 1_100_000, "it comes to no end"
        for installation in (INSTALLATION, other):
            store.kill_after = left.pop() if left else None
            try:
                store.run(tell_some, installation, now, count)
            except Killed:
                pass
            finally:
                store.kill_after = None
    done = state(store)
    assert (done["sent"], done["muted"], done["skipped"]) == (998, 1, 1)
    received = messages_to(store, "Taal")
    assert set(received) == set(addresses) - {addresses[7], addresses[8]}
    assert set(received.values()) == {1}
    assert messages_to(store, "Bonne année")[addresses[1]] == 1
    assert messages_to(store, "Happy new year")[addresses[0]] == 1
    # The summary: once, to the admin alone.
    assert messages_to(store, "998") == Counter({str(BOSS): 1})
    store.close()


def test_the_pace_is_kept_over_all_processes_and_clocks(store: SyncStore) -> None:
    people(store, 100)
    begin(store, 100)
    two = Installation("two", INSTALLATION.shop, INSTALLATION.admins, INSTALLATION.budget)
    assert len(store.run(tell_some, INSTALLATION, NOW, 20)) == 20
    assert store.run(tell_some, two, NOW + PACE_MS - 1, 20) == []
    assert len(store.run(tell_some, two, NOW + PACE_MS, 20)) == 20
    # The clock is set back by an hour: it goes on.
    assert len(store.run(tell_some, INSTALLATION, NOW - 3_600_000, 20)) == 20
    assert run_out(store) == 3


def test_what_is_told_stands_behind_what_the_chat_waits_for_and_is_not_kept(store: SyncStore) -> None:
    (address,) = people(store, 1)
    begin(store, 1)
    (posted, *_) = store.run(tell_some, INSTALLATION, NOW, 20)
    assert (posted.address, posted.leased, posted.outbound.durable) == (address, True, False)
    store.run(messages.given_up, posted.id, posted.lease, address, NOW, True)
    assert messages_to(store, "Taal") == Counter()


def test_stopped_in_the_middle_the_rest_hear_nothing(store: SyncStore) -> None:
    people(store, 50)
    begin(store, 50)
    store.run(tell_some, INSTALLATION, NOW, 20)
    (posted,) = do(store, stop, "B1", address=Address("telegram", "3"))
    assert posted.address == str(BOSS)
    assert "20" in posted.outbound.text
    assert "30" in posted.outbound.text
    assert store.run(tell_some, INSTALLATION, NOW + 5_000, 20) == []
    assert len(messages_to(store, "Taal")) == 20
    # Stopping it again changes nothing and is told to nobody.
    assert do(store, stop, "B1") == []


def test_one_at_a_time(store: SyncStore) -> None:
    people(store, 30)
    begin(store, 30)
    with pytest.raises(StoreConflict):
        begin(store, 30, id="B2")
    running = store.run(broadcasts.under_way)
    assert running is not None
    assert (running.id, running.address, running.total) == ("B1", BOSS, 30)
    run_out(store)
    assert store.run(broadcasts.under_way) is None
    begin(store, 30, id="B2")


def test_the_admin_sees_how_far_it_is_in_one_message(store: SyncStore) -> None:
    people(store, 100)
    begin(store, 100, message_ref="77")
    seen: list[tuple[int, Outbound]] = []
    for second in range(1, 8):
        posted = store.run(tell_some, INSTALLATION, NOW + second * 1_000, 20)
        seen += [(second, one.outbound) for one in posted if one.address == str(BOSS)]
    assert {(out.replaces, out.progress) for _, out in seen[:-1]} == {("77", True)}
    assert [second for second, _ in seen] == [4, 6, 6]
    assert SHOWN_MS == 4_000
    assert [bool(out.rows) for _, out in seen] == [True, False, False]
    # The summary is a message of its own, and is kept for an admin who cannot be reached.
    assert (seen[-1][1].replaces, seen[-1][1].durable) == (None, True)


def test_one_language_only(store: SyncStore) -> None:
    addresses = people(store, 9)
    begin(store, 3, fr="")
    run_out(store)
    assert set(messages_to(store, "Happy")) == {addresses[0], addresses[3], addresses[6]}
    assert state(store)["sent"] == 3


def test_whoever_reads_another_language_gets_the_french_text(store: SyncStore) -> None:
    addresses = people(store, 3)
    store.run(make_known, Address("telegram", "800"), "wo", NOW)
    counted = {group.language: group.people for group in store.run(broadcasts.audience_of, "everybody", NOW, {})}
    assert set(counted) == {"fr", "en"}
    begin(store, 3)
    run_out(store)
    assert set(messages_to(store, "Bonne année")) == {*addresses[1:], "telegram:800"}


AN_ORDER = """
INSERT INTO orders (
    id, address, customer, language, service, reference, holder, amount_xof, fee_xof, confirmed_at, updated_at, state,
    version, pay_attempts, replays, polls, tokens, facts, hint_tries, reason, reopened, borne_xof
) VALUES (?, ?, ?, 'fr', ?, '1', '', 1000, 0, ?, 0, ?, 1, 0, 0, 0, '[]', '{}', 0, '', 0, 0)
"""


@pytest.mark.parametrize(
    ("audience", "heard_by"),
    [("everybody", {0, 1, 2, 3, 4, 5}), ("resellers", {0}), ("recent", {1, 2}), ("senelec", {2, 3}), ("seneau", set())],
)
def test_audiences(store: SyncStore, audience: str, heard_by: set[int]) -> None:
    addresses = people(store, 6)
    store.connection.execute("INSERT INTO reseller VALUES (?, 'S', '{}', NULL, NULL, 0, 0, 0, 0)", (addresses[0],))
    for number, service, days, became in (
        (1, "woyofal", 1, "delivered"),
        (2, "senelec", 29, "delivered"),
        (3, "senelec", 31, "delivered"),
        (4, "seneau", 1, "refused"),
    ):
        order = (str(number), addresses[number], addresses[number], service, NOW - days * DAY_MS, became)
        store.connection.execute(AN_ORDER, order)
    begin(store, audience=audience)
    run_out(store)
    assert set(messages_to(store, "Taal")) == {addresses[number] for number in heard_by}


def test_who_wants_none_says_so_for_every_address_of_the_account(store: SyncStore) -> None:
    addresses = people(store, 4)
    store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (addresses[0], addresses[1]))
    mute(store, addresses[1], addresses[0])
    for _ in range(2):
        mute(store, "telegram:4242")
    begin(store)
    run_out(store)
    assert set(messages_to(store, "Taal")) == set(addresses[2:])
    store.run(broadcasts.unmute, addresses[0], addresses[0])
    begin(store, id="B2")
    run_out(store)
    assert set(messages_to(store, "Taal")) == set(addresses)


# A service is back.


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=20))
def test_whoever_waits_for_a_service_is_told_once(deaths: list[int]) -> None:
    store = SyncStore()
    addresses = people(store, 60)
    for address in addresses:
        for _ in range(2):
            await_back(store, address)
    await_back(store, str(AWA), "senelec")
    for number, service in enumerate(("woyofal", "woyofal", "seneau"), 1):
        do(store, tell_back, f"T{number}", service)
    now, left = NOW, list(deaths)
    while store.one("SELECT count(*) FROM broadcast WHERE state = 'running'"):
        now += 1_000
        store.kill_after = left.pop() if left else None
        try:
            store.run(tell_some, INSTALLATION, now, 20)
        except Killed:
            pass
        finally:
            store.kill_after = None
    assert messages_to(store, "Woyofal") == Counter([*addresses, str(BOSS)])
    assert [row["service"] for row in store.rows("SELECT service FROM awaiting")] == ["senelec"]
    store.close()


def test_a_service_that_closes_again_keeps_its_people_waiting(store: SyncStore) -> None:
    for address in people(store, 30):
        await_back(store, address)
    do(store, tell_back, "T1", "woyofal")
    store.run(tell_some, INSTALLATION, NOW, 20)
    store.connection.execute("INSERT INTO rule VALUES ('maintenance:woyofal', '')")
    store.run(tell_some, INSTALLATION, NOW + 1_000, 20)
    assert state(store, "T1")["state"] == "done"
    assert store.one("SELECT count(*) FROM awaiting") == 10
    # When it is back for good, the others hear of it.
    store.connection.execute("DELETE FROM rule")
    do(store, tell_back, "T2", "woyofal")
    run_out(store)
    received = messages_to(store, "Woyofal")
    assert received.pop(str(BOSS)) == 2
    assert set(received.values()) == {1}
    assert len(received) == 30


def test_a_service_that_closes_before_anybody_was_told_is_no_news(store: SyncStore) -> None:
    await_back(store, str(AWA))
    do(store, tell_back, "T1", "woyofal")
    store.connection.execute("INSERT INTO rule VALUES ('maintenance:woyofal', '')")
    store.run(tell_some, INSTALLATION, NOW, 20)
    assert messages_to(store) == Counter()
    assert store.one("SELECT count(*) FROM awaiting") == 1


# The conversation.


def a_town() -> Town:
    town = Town()
    for who in ("operator", "second"):
        town.store.connection.execute("INSERT INTO admin VALUES (?, 'operator', '', 0)", (str(PEOPLE[who]),))
    for address in (CUSTOMER, CLIENT, PEOPLE["operator"], PEOPLE["second"]):
        town.say("bonjour", address)
    return town


def to_confirm(town: Town, who: Address, text: str = "Bonne année !") -> None:
    for typed in ("/broadcast", text, "=", "1"):
        town.say(typed, who)


def test_two_who_confirm_at_once_begin_one() -> None:
    town, first, second = a_town(), PEOPLE["operator"], PEOPLE["second"]
    to_confirm(town, first)
    to_confirm(town, second)
    town.say("oui", first)
    town.say("oui", second)
    assert town.store.one("SELECT count(*) FROM broadcast") == 1
    assert str(first) in town.last(second).text
    assert town.store.one("SELECT count(*) FROM audit WHERE what = 'broadcast'") == 1


def test_it_says_who_will_not_get_it() -> None:
    town, operator = a_town(), PEOPLE["operator"]
    town.say("STOP", CUSTOMER)
    town.store.connection.execute("UPDATE session SET unreachable_at = 1 WHERE address = ?", (str(PEOPLE["second"]),))
    town.now += 25 * 3_600_000
    to_confirm(town, operator)
    asked = town.last(operator).text
    for key in ("broadcast.muted", "broadcast.unreachable", "broadcast.quiet"):
        assert WORDS["fr"].plural(key, 1, channel="WhatsApp") in asked


def test_nobody_to_tell() -> None:
    town, operator = a_town(), PEOPLE["operator"]
    for text in ("/broadcast", "Bonjour", "=", "resellers"):
        town.say(text, operator)
    town.tap(WORDS["fr"].label("audience.resellers"), operator)
    assert WORDS["fr"]("broadcast.nobody") in town.last(operator).text
    assert WORDS["fr"]("broadcast.ask_audience") in town.last(operator).text
    # The text is still there.
    town.tap(WORDS["fr"].label("audience.everybody"), operator)
    town.say("oui", operator)
    assert told_in(town, "Bonjour") >= {CUSTOMER}


def told_in(town: Town, text: str) -> set[Address]:
    title = str(WORDS["fr"]("news.title"))
    return {one.address for one in town.screen if text in one.outbound.text and title in one.outbound.text}


def test_a_text_that_is_too_long_is_refused_in_both_languages() -> None:
    town, operator = a_town(), PEOPLE["operator"]
    town.say("/broadcast", operator)
    long = "&" * (MAX_CHARACTERS // 2)
    too_long = WORDS["fr"]("broadcast.long", most=MAX_CHARACTERS)
    town.say(long, operator)
    assert too_long in town.last(operator).text
    town.say("a" * MAX_CHARACTERS, operator)
    assert WORDS["fr"]("broadcast.ask_en") in town.last(operator).text
    town.say(long, operator)
    assert too_long in town.last(operator).text
    town.say("=", operator)
    town.say("1", operator)
    assert (
        WORDS["fr"].plural("broadcast.group", 4, language="Français", channels="Telegram 3, WhatsApp 1")
        in town.last(operator).text
    )


def test_whoever_lost_their_role_in_the_middle_tells_nobody() -> None:
    town, operator = a_town(), PEOPLE["operator"]
    town.say("/broadcast", operator)
    town.store.connection.execute("DELETE FROM admin")
    town.tap(WORDS["fr"].label("button.skip"), operator)
    town.say("Hello", operator)
    town.say("1", operator)
    town.say("oui", operator)
    assert town.store.one("SELECT count(*) FROM broadcast") == 0


def test_buttons_of_yesterday() -> None:
    town, operator = a_town(), PEOPLE["operator"]
    to_confirm(town, operator)
    town.say("oui", operator)
    for _ in range(5):
        town.now += 5_000
        town.settle_down()
    assert town.store.one("SELECT state FROM broadcast") == "done"
    town.tap(WORDS["fr"].label("button.stop_broadcast"), operator, gone=True)
    assert town.last(operator).text == WORDS["fr"]("broadcast.none")
    # A service that is not sold here.
    town.hear(CUSTOMER, Tap("-.tellme.gas"))
    assert town.last(CUSTOMER).text == WORDS["fr"]("menu.title")


def test_encoded_texts_survive(store: SyncStore) -> None:
    """What an admin types reaches people as it is, whatever is in it."""
    people(store, 2)
    begin(store, fr='"é\n<b>{x}</b> \\ 😀')
    run_out(store)
    bodies = [row["body"] for row in store.rows("SELECT body FROM outbox")]
    assert any("&lt;b&gt;{x}&lt;/b&gt;" in _read(body.encode()).text for body in bodies)


@pytest.mark.anyio
async def test_the_engine_tells_them_by_itself(tmp_path) -> None:
    async with room(tmp_path) as here:
        for number in range(45):
            await here.hears(Address("telegram", f"5{number:03}"), Text("/start"))
        await here.quiet()
        for text in ("/broadcast", "Bonne année !", "=", "1", "oui"):
            await here.says(ADMIN, text)
        for _ in range(4):
            await here.turn(1.0)
        received = Counter(str(to) for to, out in here.mailbox.sent if "Bonne année" in out.text and to != ADMIN)
        assert len(received) == 45
        assert set(received.values()) == {1}
        assert here.saw(ADMIN, "broadcast.done") == 1
