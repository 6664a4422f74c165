"""A reseller's PIN: asked where it must be, never kept in clear, and not to be guessed, whatever comes in parallel."""

import asyncio
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.dialogue import Person, Session
from bot.dialogue.context import Context
from bot.dialogue.flows import REGISTRY
from bot.dialogue.flows.pin.asking import ask_pin, digits_in
from bot.dialogue.flows.pin.setting import weak
from bot.dialogue.pending import Guarded, Pending
from bot.dialogue.pin_pending import NewPin, RepeatPin
from bot.dialogue.tasks import CheckPin, HashPin, PinAnswered, PinHashed
from bot.domain.inbound import Inbound, Text
from bot.domain.people import Address
from bot.domain.pin import Pin
from bot.errors import StoreConflict
from bot.i18n import load
from bot.logs import Redactor
from bot.pins import Pins
from bot.repositories.people import Terms
from bot.repositories.pins import PinHolder, count_try
from bot.shop import ShopSettings
from tests.in_process import AWA, MOUSSA, Room, room
from tests.running import eventually, town
from tests.trade_world import CLIENT, PEOPLE, RESELLER, Town
from tests.units import a_unit

PIN, WRONG = "947163", "305817"
METER = "14123456789"
WORDS = load()["fr"]


def become_reseller(town: Town, pin: str | None = PIN, above_xof: int = 0, address: Address = RESELLER) -> None:
    town.fund(100_000, address)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Fatou', '{}', NULL, ?, ?, 0, 0, 0)",
        (str(address), None if pin is None else hash_of(pin), above_xof),
    )


def hash_of(pin: str) -> str:
    from tests.trade_world import _cheap_hash

    return _cheap_hash(Pin(pin))


def asked(town: Town, amount_xof: int = 5_000) -> None:
    """A quote, confirmed: the PIN is asked for."""
    town.say(f"w {METER} {amount_xof}")
    town.tap("✅")


def orders(town: Town) -> int:
    return int(town.store.one("SELECT count(*) FROM orders"))


def last(town: Town) -> str:
    return town.last(RESELLER).text


def state(town: Town, address: Address = RESELLER) -> str:
    body = town.store.one("SELECT body FROM session WHERE address = ?", str(address))
    return str(msgspec.json.decode(body).get("state", "idle"))


@pytest.fixture
def fatou() -> Iterator[Town]:
    """A reseller with a PIN for every sale."""
    made = Town()
    become_reseller(made)
    yield made
    made.store.close()


# A PIN is written nowhere.


def test_a_pin_cannot_be_printed_or_encoded() -> None:
    pin = Pin(PIN)
    holders = (CheckPin("N", pin, "HASH"), HashPin("N", pin), PinAnswered("N", True, "HASH"))
    for each in (pin, *holders, PinHashed("N", "HASH"), (pin,), {"pin": pin}):
        for shown in (repr(each), str(each), f"{each!r}", f"{each}"):
            assert PIN not in shown
            assert "HASH" not in shown
    for write in (msgspec.json.encode, msgspec.msgpack.encode, pickle.dumps):
        with pytest.raises(TypeError):
            write(CheckPin("N", pin, "HASH"))
    assert (pin == Pin(PIN), pin == Pin(WRONG), pin == PIN, len({pin, Pin(PIN)})) == (True, False, False, 1)


def test_an_exception_around_a_pin_does_not_log_it() -> None:
    task = CheckPin("N", Pin(PIN), "no hash at all")
    try:
        asyncio.run(Pins().right(task.pin, task.pin_hash))
    except Exception as error:
        event = {"event": "it failed", "exc_info": error, "task": task, "nested": {"pins": [Pin(PIN)]}}
    written = str(Redactor()(None, "error", structlog.processors.format_exc_info(None, "error", event)))
    assert "InvalidHash" in written
    assert "Pin(" in written
    assert PIN not in written


async def _through_the_whole_flow(here: Room) -> None:
    await here.says(AWA, "/start")
    store = here.taal.store
    await here.rows("SELECT 1")
    await store._connection.execute(  # type: ignore[attr-defined]
        "INSERT INTO reseller VALUES (?, 'S', '{}', NULL, NULL, 0, 0, 0, 0)", (str(AWA),)
    )
    await store._connection.commit()  # type: ignore[attr-defined]
    for text in ("/pin set", PIN, PIN, "/pin above 0"):
        await here.says(AWA, text)
    assert here.saw(AWA, "pin.saved") == 1
    await here.taps(AWA, await here.quotes(AWA, METER))
    await here.says(AWA, WRONG)
    await here.says(AWA, PIN)


@pytest.mark.anyio
async def test_no_pin_stands_in_the_database_or_the_log(tmp_path: Path) -> None:
    """The whole flow with the real argon2: set, sale, a wrong one, the right one."""
    erased: list[tuple[str, str]] = []
    with capture_logs() as lines:
        async with room(tmp_path) as here:

            async def erase(address: Address, own_ref: str) -> None:
                erased.append((str(address), own_ref))

            here.mailbox.erase = erase  # type: ignore[method-assign]
            here.hears = lambda who, event, key=None, language="fr": here.taal.engine.hear(  # type: ignore[method-assign]
                Inbound(key or f"telegram:update:{next(here.keys)}", who, event, language, own_ref="7001")
            )
            await _through_the_whole_flow(here)
            assert len(await here.rows("SELECT id FROM orders")) == 1
            assert (await here.rows("SELECT pin_tries FROM reseller"))[0]["pin_tries"] == 0
            # Nor is it said back to the person.
            assert all(PIN not in out.text and WRONG not in out.text for _, out in here.mailbox.sent)
    assert len(erased) == 4, "each message that held a PIN is taken away"
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert files
    for path in files:
        for pin in (PIN, WRONG):
            assert pin.encode() not in path.read_bytes(), path
    assert len(lines) > 5
    for pin in (PIN, WRONG):
        assert pin not in repr(lines)


# It cannot be guessed.


@pytest.mark.anyio
@pytest.mark.parametrize("right_at", [4, 5])
async def test_guesses_in_flight_do_not_outrun_the_counter(tmp_path: Path, right_at: int) -> None:
    """Two chats of one account send a dozen guesses at once: five are checked, not one more."""
    checked: list[str] = []
    async with room(tmp_path) as here:
        for who in (AWA, MOUSSA):
            await here.says(who, "/start")
        store = here.taal.store
        pin_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
        connection = store._connection  # type: ignore[attr-defined]
        await connection.execute("UPDATE session SET customer = ?", (str(AWA),))
        await connection.execute(
            "INSERT INTO reseller VALUES (?, 'S', '{}', NULL, ?, 0, 0, 0, 0)", (str(AWA), pin_hash)
        )
        await connection.commit()
        right = here.taal.engine._tasks._pins.right

        async def counted(pin: Pin, known: str) -> bool:
            checked.append(pin.digits)
            return await right(pin, known)

        here.taal.engine._tasks._pins.right = counted  # type: ignore[method-assign, assignment]
        for who in (AWA, MOUSSA):
            await here.taps(who, await here.quotes(who, METER))
        guesses = [f"77{number:02}3{number}" if number != right_at else PIN for number in range(9)]
        await asyncio.gather(*(here.hears((AWA, MOUSSA)[n % 2], Text(guess)) for n, guess in enumerate(guesses)))
        await here.quiet()
        (row,) = await here.rows("SELECT pin_tries, pin_locked_until FROM reseller")
        if right_at == 5:
            assert len(checked) == 5
            assert PIN not in checked, "the sixth guess was right, and nobody looked at it"
            assert row == {"pin_tries": 5, "pin_locked_until": here.clock.now + 900_000}
            assert await here.rows("SELECT id FROM orders") == []
            # Everybody of the account has read that it is locked.
            for who in (AWA, MOUSSA):
                assert here.saw(who, "pin.locked_advice") >= 1
            # The right one is not looked at for a quarter of an hour, to the second.
            here.clock.move(899)
            await here.taps(AWA, await here.quotes(AWA, METER))
            await here.says(AWA, PIN)
            assert len(checked) == 5
            assert await here.rows("SELECT id FROM orders") == []
            here.clock.move(1)
            await here.taps(AWA, await here.quotes(AWA, METER))
            await here.says(AWA, PIN)
            assert len(await here.rows("SELECT id FROM orders")) == 1
            assert (await here.rows("SELECT pin_tries FROM reseller"))[0]["pin_tries"] == 0
        else:
            # The fifth was right: it was counted like the others, and ended the pause that it began.
            assert PIN in checked[:5]
            assert row["pin_locked_until"] == 0


def test_the_lockout_is_exact(fatou: Town) -> None:
    asked(fatou)
    for left in (4, 3, 2, 1):
        fatou.say(WRONG)
        assert WORDS.plural("pin.wrong", left) in last(fatou)
    fatou.say(WRONG)
    assert WORDS("pin.locked_now", clock=WORDS.clock(fatou.now + 900_000)) in last(fatou)
    fatou.now += 900_000 - 1
    asked(fatou)
    assert state(fatou) == "quote"
    fatou.say(PIN)
    assert orders(fatou) == 0
    fatou.now += 1
    fatou.say(f"w {METER} 5000")
    fatou.tap("✅")
    # Five again, not one.
    fatou.say(WRONG)
    assert WORDS.plural("pin.wrong", 4) in last(fatou)
    fatou.say(PIN)
    assert orders(fatou) == 1
    assert fatou.store.one("SELECT pin_tries FROM reseller") == 0


def test_locked_in_the_middle_of_a_question(fatou: Town) -> None:
    asked(fatou)
    fatou.store.connection.execute("UPDATE reseller SET pin_tries = 5, pin_locked_until = ?", (fatou.now + 900_000,))
    fatou.say(PIN)
    assert WORDS("pin.locked", clock=WORDS.clock(fatou.now + 900_000)) in last(fatou)
    assert orders(fatou) == 0
    # A pause that ends beyond the longest was begun before the clock was set back.
    fatou.now -= 3_600_000
    asked(fatou)
    fatou.say(PIN)
    assert orders(fatou) == 1


def test_a_counter_that_moved_is_a_conflict(fatou: Town) -> None:
    fatou.store.run(count_try, PinHolder(str(RESELLER)), 0, 1, 0)
    with pytest.raises(StoreConflict):
        fatou.store.run(count_try, PinHolder(str(RESELLER)), 0, 1, 0)


# A stale answer places nothing.


def held(town: Town) -> list[CheckPin]:
    """Keep the checks of a town back, as those of a slow machine."""
    kept: list[CheckPin] = []
    town.tasks[CheckPin] = lambda task: kept.append(task)
    return kept


def answer(town: Town, task: CheckPin, right: bool = True) -> None:
    town.hear(RESELLER, PinAnswered(task.nonce, right, task.pin_hash, task.number))


def leave(town: Town) -> None:
    town.say("menu")


def type_again(town: Town) -> None:
    town.say(WRONG)


def expire(town: Town) -> None:
    town.now += 11 * 60_000


def spend(town: Town) -> None:
    town.fund(-99_000)


def another_pin(town: Town) -> None:
    town.store.connection.execute("UPDATE reseller SET pin_hash = ?", (hash_of("864209"),))


def another_quote(town: Town) -> None:
    town.say("menu")
    asked(town, 7_000)


def no_reseller(town: Town) -> None:
    town.store.connection.execute("DELETE FROM reseller")


@pytest.mark.parametrize(
    "meanwhile",
    [leave, type_again, expire, spend, another_pin, another_quote, no_reseller],
    ids=lambda each: each.__name__,
)
def test_a_stale_answer_places_nothing(fatou: Town, meanwhile: object) -> None:
    asked(fatou)
    checks = held(fatou)
    fatou.say(PIN)
    assert len(checks) == 1
    meanwhile(fatou)  # type: ignore[operator]
    answer(fatou, checks[0])
    assert orders(fatou) == 0


def test_a_wrong_pin_of_somebody_who_is_no_reseller_any_more(fatou: Town) -> None:
    asked(fatou)
    checks = held(fatou)
    fatou.say(WRONG)
    no_reseller(fatou)
    answer(fatou, checks[0], right=False)
    assert state(fatou) == "idle"
    assert orders(fatou) == 0


def test_a_pin_for_a_second_sale_of_the_same_thing(fatou: Town) -> None:
    """What waits for the PIN is that second sale; Back leads to its quote, and a plain yes buys nothing."""
    asked(fatou)
    fatou.say(PIN)
    assert orders(fatou) == 1
    fatou.say(f"w {METER} 5000")
    fatou.say("oui")
    assert state(fatou) == "quote"
    fatou.say("deux fois")
    assert state(fatou) == "pin"
    fatou.say("retour")
    assert state(fatou) == "quote"
    fatou.say("deux fois")
    fatou.say(PIN)
    assert orders(fatou) == 2


def test_an_answer_that_comes_twice_places_one_order(fatou: Town) -> None:
    asked(fatou)
    checks = held(fatou)
    fatou.say(PIN)
    answer(fatou, checks[0])
    answer(fatou, checks[0])
    assert orders(fatou) == 1


def test_a_right_one_that_came_too_late_still_counts_as_right(fatou: Town) -> None:
    asked(fatou)
    checks = held(fatou)
    fatou.say(PIN)
    fatou.say("menu")
    answer(fatou, checks[0])
    assert fatou.store.one("SELECT pin_tries FROM reseller") == 0


def test_a_check_that_nobody_finished_is_begun_again(fatou: Town) -> None:
    """The process died with the PIN in its hands: typing it again works, and counts."""
    asked(fatou)
    checks = held(fatou)
    fatou.say(PIN)
    fatou.say(PIN)
    answer(fatou, checks[1])
    assert orders(fatou) == 1


def test_below_the_amount_and_without_a_pin_nobody_is_asked() -> None:
    town = Town()
    become_reseller(town, above_xof=5_060)
    asked(town, 4_900)
    assert orders(town) == 1
    # 5 000 and its fee of 75, less the commission of 15: just as much.
    asked(town, 5_000)
    assert (orders(town), state(town)) == (1, "pin")
    town.store.connection.execute("UPDATE reseller SET pin_hash = NULL")
    town.say(PIN)
    assert (orders(town), state(town)) == (1, "idle")
    asked(town, 6_000)
    assert orders(town) == 2


# Choosing one.


@pytest.mark.parametrize("pin", ["0000", "1111", "1234", "4321", "987654", "7890", "0987", "1212", "123123", "890123"])
def test_weak_ones(pin: str) -> None:
    assert weak(pin)


@pytest.mark.parametrize("pin", ["4711", "0815", "12343", "947163", "1221"])
def test_others_are_fine(pin: str) -> None:
    assert not weak(pin)


def test_how_a_pin_is_typed() -> None:
    for text in ("4711", " 47 11 ", "4711.", "mon pin : 4711", "٤٧١١"):
        assert digits_in(text) == "4711", text
    for text in ("", "oui", "4711 ou 4712"):
        assert digits_in(text) == "", text


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_without_a_fault(text: str) -> None:
    assert digits_in(text).isdecimal() or digits_in(text) == ""


def choosing(town: Town) -> list[HashPin]:
    """Keep the hashes of new PINs back."""
    kept: list[HashPin] = []
    town.tasks[HashPin] = lambda task: kept.append(task)
    return kept


def test_an_old_hash_asks_nothing() -> None:
    town = Town()
    become_reseller(town, None)
    town.say("/pin set")
    hashes = choosing(town)
    town.say("4711")
    town.say("4712")
    town.hear(RESELLER, PinHashed(hashes[0].nonce, "old"))
    assert state(town) == "pin_new"
    town.hear(RESELLER, PinHashed(hashes[1].nonce, hash_of("4712")))
    assert state(town) == "pin_again"
    town.hear(RESELLER, PinHashed(hashes[1].nonce, hash_of("4712")))
    town.say("rien")
    assert state(town) == "pin_again"
    town.tap("⬅️")
    assert state(town) == "pin_new"
    town.say("quoi")
    assert state(town) == "pin_new"


def test_a_pin_that_was_set_meanwhile_is_not_written_over() -> None:
    town = Town()
    become_reseller(town, None)
    town.say("/pin set")
    town.say("4711")
    town.store.connection.execute("UPDATE reseller SET pin_hash = 'another'")
    town.say("4711")
    assert WORDS("pin.changed_meanwhile") in last(town)
    assert town.store.one("SELECT pin_hash FROM reseller") == "another"


def test_who_is_no_reseller_any_more_sets_nothing() -> None:
    town = Town()
    become_reseller(town, None)
    town.say("/pin set")
    town.say("4711")
    checks = held(town)
    town.say("4711")
    town.store.connection.execute("DELETE FROM reseller")
    answer(town, checks[0])
    assert state(town) == "idle"
    # From now on it is a number like any other.
    town.say("4711")
    assert not state(town).startswith("pin")
    assert town.store.one("SELECT count(*) FROM reseller") == 0


@pytest.mark.parametrize("pending", [NewPin("HASH", "N"), RepeatPin("HASH", "HASH", "N")])
def test_a_session_prints_without_the_hash_of_a_pin(pending: Pending) -> None:
    for shown in (repr(pending), str(pending), repr(Session(state="pin_new", pending=pending))):
        assert "HASH" not in shown
        assert "•••" in shown


def test_a_step_that_stands_without_what_it_is_about_is_a_mistake_of_the_program() -> None:
    """The router lets nobody in there, so it is no case to be answered."""
    person = Person("telegram:1", ("A", "B"), 0, reseller=Terms(pin_hash="HASH"))
    shop = ShopSettings(words=load())
    ctx = Context(Session(state="pin"), person, shop, a_unit(person, shop), REGISTRY)
    with pytest.raises(TypeError, match="pin without AwaitsPin"):
        ask_pin(ctx)


def test_a_pin_that_is_gone_is_not_taken_away_again() -> None:
    made, owner = Town(), PEOPLE["admin"]
    become_reseller(made)
    made.say(f"/unpin {RESELLER} he called", owner)
    made.store.connection.execute("UPDATE reseller SET pin_hash = NULL")
    made.say("débloquer", owner)
    assert made.last(owner).text.startswith(WORDS("admin.unpin.none", address=str(RESELLER)))
    assert made.store.one("SELECT count(*) FROM audit") == 0


def test_from_which_amount() -> None:
    town = Town()
    become_reseller(town, None)
    for text in ("/pin above 5000", "/pin set", "/pin change", "/pin remove"):
        town.say(text)
        assert state(town) == "pin_new", text
    for text in ("4711", "4711", "/pin au-dessus de 20 000 F", "4711"):
        town.say(text)
    assert town.store.one("SELECT pin_above_xof FROM reseller") == 20_000
    for text in ("/pin above", "99999999999999", "5000"):
        town.say(text)
    assert town.store.one("SELECT pin_above_xof FROM reseller") == 5_000
    town.say("/pin above beaucoup")
    assert state(town) == "pin_above"
    town.tap(WORDS.label("button.pin_always"))
    assert town.store.one("SELECT pin_above_xof FROM reseller") == 0
    # A button of the menu, while another question stands.
    town.say("/pin remove")
    town.tap("⬅️")
    assert state(town) == "pin_menu"


# The real process.


@pytest.mark.anyio
async def test_killed_between_the_pin_and_its_answer(tmp_path: Path) -> None:
    """Nothing is placed; typing the PIN again works, and the bot's log has seen none of it."""
    slow = PasswordHasher(time_cost=40).hash(PIN)
    quick = PasswordHasher(time_cost=1).hash(PIN)
    async with town(tmp_path) as (place, bot):
        awa = place.customer(1001)
        awa.user.text("/start")
        await awa.expect("welcome")
        bot.rows("INSERT INTO reseller VALUES ('telegram:1001', 'S', '{}', NULL, ?, 0, 0, 0, 0)", slow)
        await awa.buy("14123456799")
        await awa.expect("pin.ask")
        awa.user.text(PIN)
        await eventually(lambda: bot.rows("SELECT 1 FROM reseller WHERE pin_tries = 1"), "the try is counted")
        await bot.kill()
        assert bot.rows("SELECT id FROM orders") == []
        bot.rows("UPDATE reseller SET pin_hash = ?", quick)
        await bot.start()
        await awa.settled()
        assert bot.rows("SELECT id FROM orders") == []
        awa.user.text(PIN)
        await awa.expect("sent.title")
        await eventually(lambda: bot.rows("SELECT 1 FROM orders WHERE state = 'delivered'"), "the order is delivered")
        await awa.settled()
        assert len(bot.rows("SELECT id FROM orders")) == 1
        assert bot.rows("SELECT pin_tries FROM reseller")[0]["pin_tries"] == 0
        for path in bot.folder.iterdir():
            assert PIN.encode() not in path.read_bytes(), path
        place.check(PIN)


# Three pauses within a day.


def lock_out(town: Town, amount_xof: int = 5_000) -> None:
    """Five wrong ones, and the quarter of an hour after them."""
    asked(town, amount_xof)
    for _ in range(5):
        town.say(WRONG)
    town.now += 900_000


def test_the_third_pause_of_a_day_has_no_end(fatou: Town) -> None:
    """A thief with the telephone has fifteen tries, not five every quarter of an hour for ever."""
    for _ in range(2):
        lock_out(fatou)
        assert WORDS("pin.blocked") not in last(fatou)
    lock_out(fatou)
    assert last(fatou).startswith(WORDS("pin.blocked"))
    assert str(RESELLER) in last(fatou), "what to tell the manager"
    checks = held(fatou)
    for days in (0, 1, 40):
        fatou.now += days * 86_400_000
        asked(fatou)
        fatou.say(PIN)
        for command in ("/pin change", "/pin remove", "/pin above 900000"):
            fatou.say(command)
            assert WORDS("pin.blocked") in last(fatou)
        fatou.say("menu")
    assert (checks, orders(fatou)) == ([], 0), "not even the right one is looked at"
    fatou.say("/pin")
    assert WORDS("pin.blocked") in last(fatou)


def test_the_admin_is_told_what_to_check_and_then_a_new_one_is_chosen(fatou: Town) -> None:
    for _ in range(3):
        lock_out(fatou)
    owner = PEOPLE["admin"]
    fatou.say(f"/unpin {RESELLER} vue au guichet", owner)
    assert WORDS("admin.unpin.blocked") in fatou.last(owner).text
    assert WORDS("admin.unpin.check") in fatou.last(owner).text
    fatou.say("débloquer", owner)
    for text in ("/pin set", "739205", "739205"):
        fatou.say(text)
    asked(fatou)
    fatou.say("739205")
    assert orders(fatou) == 1
    assert fatou.store.one("SELECT count(*) FROM pin_lock") == 0


def test_pauses_that_are_a_day_apart_are_forgetfulness(fatou: Town) -> None:
    for _ in range(5):
        lock_out(fatou)
        fatou.now += 43_200_000
    asked(fatou)
    fatou.say(PIN)
    assert orders(fatou) == 1
    assert fatou.store.one("SELECT blocked_at FROM pin_lock") is None


def test_a_right_one_in_between_does_not_give_the_guesser_more_days(fatou: Town) -> None:
    for thousands in (5, 7):
        lock_out(fatou, thousands * 1_000)
        asked(fatou, thousands * 1_000 + 500)
        fatou.say(PIN)
    lock_out(fatou, 9_000)
    assert WORDS("pin.blocked") in last(fatou)
    assert orders(fatou) == 2


def test_a_pin_that_is_locked_for_good_in_the_middle_of_a_question(fatou: Town) -> None:
    asked(fatou)
    fatou.store.connection.execute("INSERT INTO pin_lock VALUES (?, 0, 0, 1)", (str(RESELLER),))
    checks = held(fatou)
    fatou.say(PIN)
    assert checks == []
    assert WORDS("pin.blocked") in last(fatou)
    fatou.under(contact={"fr": "Modou, 77 000 00 00"})
    asked(fatou)
    assert "Modou, 77 000 00 00" in last(fatou)


def test_everybody_of_the_account_hears_once_that_it_is_for_good(fatou: Town) -> None:
    fatou.fund(0, CLIENT)
    fatou.store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(RESELLER), str(CLIENT)))
    for _ in range(3):
        lock_out(fatou)
    asked(fatou)
    texts = [shown.outbound.text for shown in fatou.screen if shown.address == CLIENT]
    assert sum(WORDS("pin.blocked_notice") in text for text in texts) == 1
    assert len(texts) == 3


def test_who_is_no_reseller_any_more_has_no_lock_either(fatou: Town) -> None:
    fatou.store.connection.execute("INSERT INTO pin_lock VALUES (?, 0, 0, 1)", (str(RESELLER),))
    fatou.say(f"/reseller {RESELLER} off", PEOPLE["admin"])
    fatou.say("revendeur", PEOPLE["admin"])
    assert fatou.store.one("SELECT count(*) FROM pin_lock") == 0


def test_each_kind_of_guarded_act_goes_on_in_one_flow() -> None:
    assert set(REGISTRY.after_guard) == set(get_args(Guarded))
