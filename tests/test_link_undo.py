"""Nobody is let into an account by a minute with its telephone, and whatever a link did can be undone within a day:
over a database, with money, orders and meters, against theft in both directions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.codes import MAX_WRONG
from bot.dialogue.tasks import CheckPin, PinAnswered
from bot.domain.inbound import Tap, Text
from bot.domain.outcome import Delivered, Refused
from bot.domain.people import Address
from bot.domain.pin import Pin
from bot.engine import events
from bot.engine.events import IncomingEvent
from bot.errors import StoreConflict
from bot.monitoring.audits import audit_steps
from bot.repositories.links import MAX_ALL_WRONG
from bot.transactions import links, undo_link
from bot.transactions.unit import Unit
from tests.sync_store import Killed
from tests.test_link import (
    ADMIN,
    CODE,
    FOURTH,
    HERE,
    INSTALLATION,
    MINUTE_MS,
    NOW,
    THERE,
    THIRD,
    Talk,
    dump,
    messages_sum,
)
from tests.trade_world import _cheap_hash

pytestmark = pytest.mark.twins

DAY = 24 * 60 * MINUTE_MS
PIN, WRONG = "947163", "305817"


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    talk.say(HERE, "/start")
    yield talk
    talk.store.close()


def unit(talk: Talk, address: Address) -> Unit:
    """What somebody does, past the dialogue."""
    return Unit(INSTALLATION, address, talk.customer(address), "fr", talk.now)


def undo(talk: Talk, who: Address = HERE) -> str:
    talk.say(who, "/link undo")
    return talk.say(who, "oui")


def audited(talk: Talk) -> list[str]:
    """What the nightly audit has to say of money (the provider's own words are not played here)."""
    day = datetime.fromtimestamp(NOW / 1000, UTC).strftime("%Y-%m-%d")
    steps = audit_steps(INSTALLATION, day, day, talk.now)
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            return [finding.kind for finding in end.value.findings]
        answer = talk.store.run(step)


# The PIN.


def with_pin(talk: Talk) -> None:
    talk.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Fatou', '{}', NULL, ?, 50000, 0, 0, 0)",
        (str(HERE), _cheap_hash(Pin(PIN))),
    )


def types_pin(talk: Talk, pin: str) -> str:
    result = talk.hear(HERE, Text(pin))
    for task in result.tasks:
        if isinstance(task, CheckPin):
            right = _cheap_hash(task.pin) == task.pin_hash
            event = PinAnswered(task.nonce, right, task.pin_hash, task.number)
            talk.store.run(
                events.handle_event, INSTALLATION, IncomingEvent(HERE, event, talk.now, (talk.fresh(), talk.fresh()))
            )
    return talk.last(HERE)


def test_an_account_with_a_pin_is_entered_only_by_who_knows_it(talk: Talk) -> None:
    with_pin(talk)
    talk.asked()
    assert "tapez le PIN du compte" in talk.say(HERE, "/link oui")
    assert talk.customer(THERE) == str(THERE)
    assert "tentative" in types_pin(talk, WRONG) or "essai" in talk.last(HERE)
    assert talk.store.one("SELECT pin_tries FROM reseller") == 1, "it counts like any other"
    assert talk.customer(THERE) == str(THERE)
    assert "est relié" in types_pin(talk, PIN)
    assert talk.customer(THERE) == str(HERE)


def test_back_from_the_pin_joins_nothing(talk: Talk) -> None:
    with_pin(talk)
    talk.asked()
    talk.say(HERE, "/link oui")
    talk.tap(HERE, "Retour")
    assert talk.customer(THERE) == str(THERE)
    assert "Aucune demande" not in talk.say(HERE, "/link oui"), "the request still stands"


def test_a_locked_pin_lets_nobody_in(talk: Talk) -> None:
    with_pin(talk)
    talk.store.connection.execute("UPDATE reseller SET pin_locked_until = ?", (talk.now + 5 * MINUTE_MS,))
    talk.asked()
    talk.say(HERE, "/link oui")
    types_pin(talk, PIN)
    assert talk.customer(THERE) == str(THERE)


# Everybody is told.


def test_every_address_on_either_side_is_told_and_can_undo(talk: Talk) -> None:
    talk.join(HERE, FOURTH)
    talk.join(THIRD, THERE)
    talk.asked(HERE, THERE)
    talk.say(HERE, "/link oui")
    for address in (HERE, FOURTH, THIRD, THERE):
        assert "/link undo" in talk.last(address), address
        assert any("Défaire" in button.label for row in talk.screen(address)[-1].rows for button in row), address


@pytest.mark.parametrize("who", [HERE, THERE])
def test_everybody_has_again_exactly_what_was_theirs(talk: Talk, who: Address) -> None:
    talk.fund(HERE, 20_000)
    talk.fund(THERE, 30_000)
    for address, reference, nickname in (
        (HERE, "14000000001", "Maison"),
        (THERE, "14000000001", "Home"),
        (THERE, "14000000002", "Boutique"),
    ):
        talk.save(address, reference, nickname)
    bought, still_open = talk.place(THERE), talk.place(THERE, 10_000)
    talk.settle(bought, Delivered((CODE,)))
    talk.join()
    talk.now += 60 * MINUTE_MS
    later = talk.place(THERE, 2_000)
    shown = talk.say(who, "/link undo")
    assert "12 775 F CFA" in shown
    assert talk.customer(THERE) == str(HERE), "what is only asked is not done"
    assert "défait" in talk.tap(who, "Défaire")
    assert "défait" in talk.last(THERE if who == HERE else HERE)
    assert (talk.balance(HERE), talk.balance(THERE)) == (20_000, 12_775)
    assert "4821 3377 9012 4556 0931" in talk.say(THERE, "/code")
    assert "4821" not in talk.say(HERE, "/code")
    assert "Home" in (meters := talk.say(THERE, "/meters"))
    assert "Boutique" in meters
    assert "Maison" in (meters := talk.say(HERE, "/meters"))
    assert "Boutique" not in meters
    # What is still open is theirs, too.
    for order_id, xof in ((still_open, 10_075), (later, 2_075)):
        before = talk.balance(THERE)
        talk.settle(order_id, Refused("failed"))
        assert talk.balance(THERE) == before + xof
    assert talk.balance(HERE) == 20_000
    assert messages_sum(talk) == 0
    assert audited(talk) == []
    assert "lien défait" in talk.say(THERE, "/balance")
    assert "rien à défaire" in talk.say(who, "/link undo")


def test_whoever_got_into_an_account_takes_nothing_out_of_it(talk: Talk) -> None:
    """The thief brings a little, spends much, and undoes it as well."""
    talk.fund(HERE, 50_000)
    talk.fund(THERE, 1_000)
    talk.join()
    talk.place(THERE, 20_000)
    undo(talk, THERE)
    assert talk.balance(THERE) == 0
    assert talk.balance(HERE) == 51_000 - 20_075


def test_whoever_talked_somebody_into_giving_theirs_keeps_nothing_of_it(talk: Talk) -> None:
    """The thief made the code, spends, and parts from the other one, who undoes it all the same."""
    talk.fund(HERE, 1_000)
    talk.fund(THERE, 50_000)
    talk.join()
    talk.place(HERE, 20_000)
    talk.say(HERE, "/unlink")
    talk.say(HERE, "oui")
    assert talk.balance(THERE) == 0
    shown = talk.say(THERE, "/link undo")
    assert "Il manque 19 075 F CFA" in shown
    talk.say(THERE, "oui")
    assert (talk.balance(HERE), talk.balance(THERE)) == (0, 30_925)
    assert any("il manque" in shown.text for shown in talk.screen(ADMIN))


def test_a_client_book_goes_back_and_only_admins_who_can_act_are_told(talk: Talk) -> None:
    """Somebody who sold once has clients still."""
    talk.say(THIRD, "/start")
    talk.store.connection.execute("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", (str(THIRD),))
    talk.say(THERE, "/start")
    talk.store.connection.execute(
        "INSERT INTO client (customer, name, nickname, phone, found_by, added_at) VALUES (?, 'Awa', '', '', '', 1)",
        (str(THERE),),
    )
    talk.store.connection.execute(
        "INSERT INTO client_meter (client_id, customer, service, reference, holder) VALUES (1, ?, 'woyofal', '1', '')",
        (str(THERE),),
    )
    talk.fund(THERE, 5_000)
    talk.join()
    assert talk.store.one("SELECT customer FROM client") == str(HERE)
    talk.place(HERE, 4_000)
    undo(talk)
    assert (
        talk.store.one("SELECT customer FROM client")
        == talk.store.one("SELECT customer FROM client_meter")
        == str(THERE)
    )
    assert not any("manque" in shown.text for shown in talk.screen(THIRD))


def test_an_account_without_its_own_address_is_not_parted(talk: Talk) -> None:
    talk.join()
    link_id = talk.store.one("SELECT link_id FROM link_undo")
    talk.store.connection.execute("UPDATE link_undo SET addresses = replace(addresses, ?, 'whatsapp:1')", (str(THERE),))
    with pytest.raises(StoreConflict):
        talk.store.run(undo_link.undo, unit(talk, HERE), link_id)


def test_after_a_day_it_stands(talk: Talk) -> None:
    talk.fund(THERE, 5_000)
    talk.join()
    talk.now += DAY
    assert "rien à défaire" in talk.say(THERE, "/link undo")
    talk.hear(THERE, Tap("-.undolink."))
    assert talk.customer(THERE) == str(HERE)
    assert "rien à défaire" in talk.say(FOURTH, "/link undo")


def test_a_paused_account_is_not_parted(talk: Talk) -> None:
    talk.fund(THERE, 5_000)
    talk.join()
    talk.say(THERE, "/link undo")
    talk.store.connection.execute("INSERT INTO frozen VALUES (?, 1)", (str(HERE),))
    assert "pause" in talk.say(THERE, "oui")
    assert "pause" in talk.say(THERE, "/link undo")
    assert talk.customer(THERE) == str(HERE)


def test_it_is_undone_once_and_a_kill_leaves_all_or_nothing(talk: Talk) -> None:
    talk.fund(HERE, 20_000)
    talk.fund(THERE, 30_000)
    talk.save(THERE, "14000000002", "Boutique")
    talk.place(THERE)
    talk.join()
    link_id = talk.store.one("SELECT link_id FROM link_undo")
    talk.say(THERE, "/link undo")
    for kill_after in range(0, 40, 3):
        before = dump(talk)
        talk.store.kill_after = kill_after
        try:
            talk.say(THERE, "oui")
        except Killed:
            assert dump(talk) == before
            continue
        break
    talk.store.kill_after = None
    if talk.customer(THERE) == str(HERE):
        talk.say(THERE, "oui")
    assert (talk.balance(HERE), talk.balance(THERE)) == (20_000, 24_925)
    with pytest.raises(StoreConflict):
        talk.store.run(undo_link.undo, unit(talk, HERE), link_id)


def test_the_question_is_put_again_only_while_it_stands(talk: Talk) -> None:
    talk.fund(THERE, 5_000)
    talk.join()
    talk.say(HERE, "/link undo")
    assert "Défaire le lien" in talk.say(HERE, "hein")
    talk.now += DAY
    talk.hear(HERE, Text("oui"))
    assert talk.customer(THERE) == str(HERE)


def test_two_links_are_undone_one_after_the_other(talk: Talk) -> None:
    """Here takes in Fourth; then all of it is given into There's."""
    for address, xof in ((HERE, 1_000), (FOURTH, 2_000), (THERE, 4_000)):
        talk.say(address, "/start")
        talk.fund(address, xof)
    talk.join(HERE, FOURTH)
    talk.now += MINUTE_MS
    talk.join(THERE, HERE)
    assert talk.balance(FOURTH) == 7_000
    undo(talk, FOURTH)
    assert (talk.balance(THERE), talk.balance(HERE), talk.balance(FOURTH)) == (4_000, 3_000, 3_000)
    undo(talk, FOURTH)
    assert (talk.balance(THERE), talk.balance(HERE), talk.balance(FOURTH)) == (4_000, 1_000, 2_000)
    assert messages_sum(talk) == 0


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 30_000),
    st.integers(0, 30_000),
    st.lists(
        st.tuples(
            st.sampled_from((HERE, THERE)), st.integers(500, 9_000), st.sampled_from(("paid", "refused", "open"))
        ),
        max_size=6,
    ),
    st.sampled_from((HERE, THERE)),
)
def test_nobody_gains_by_a_link_that_is_undone(
    here_xof: int, there_xof: int, bought: list[tuple[Address, int, str]], who: Address
) -> None:
    """Each has afterwards at most what they had without it; nothing is made and nothing is lost."""
    talk = Talk()
    talk.say(HERE, "/start")
    for address, xof in ((HERE, here_xof), (THERE, there_xof)):
        if xof:
            talk.fund(address, xof)
    talk.join()
    alone = {HERE: here_xof, THERE: there_xof}
    for address, amount_xof, ending in bought:
        if talk.balance(address) < amount_xof + 75:
            continue
        order_id = talk.place(address, amount_xof)
        if ending != "open":
            talk.settle(order_id, Delivered((CODE,)) if ending == "paid" else Refused("failed"))
        alone[address] -= 0 if ending == "refused" else amount_xof + 75
    both_xof = talk.balance(HERE)
    undo(talk, who)
    after = {address: talk.balance(address) for address in (HERE, THERE)}
    assert sum(after.values()) == both_xof
    for address, other in ((HERE, THERE), (THERE, HERE)):
        assert after[address] <= max(0, alone[address]) or alone[other] < 0
        assert after[address] >= min(alone[address], max(0, both_xof)) or alone[other] < 0
    assert messages_sum(talk) == 0
    talk.store.close()


# Everybody's wrong codes together.


def test_wrong_codes_of_everybody_together_pause_linking_for_a_while(talk: Talk) -> None:
    code = talk.code()
    people = [Address("whatsapp", f"2217700{number:05}") for number in range(MAX_ALL_WRONG // MAX_WRONG)]
    for person in people:
        for _ in range(MAX_WRONG):
            talk.say(person, "/link ZZZZZ2")
    assert "en pause" in talk.say(FOURTH, f"/link {code}")
    assert "en pause" in talk.say(FOURTH, code)
    # One who was counting already goes over the limit: told once is enough.
    talk.store.run(links.miss, unit(talk, FOURTH))
    alerts = [shown.text for shown in talk.screen(ADMIN) if "codes de liaison inexacts" in shown.text]
    assert len(alerts) == 1
    talk.now += 60 * MINUTE_MS
    assert "Confirmez maintenant" in talk.say(THERE, f"/link {talk.code()}")
