"""A credit goes to who was meant, once, and as much as was meant: strangers, twins, references, sums in words."""

from collections.abc import Iterator

import pytest

from bot.dialogue.acts.naming import address_in
from bot.dialogue.parsing.payment_references import take_reference
from bot.domain.inquiry import FloatUnavailable
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.i18n import NBSP
from bot.transactions.money import move_money
from bot.transactions.unit import Unit
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, PEOPLE, Town
from tests.world_books import CHANNELS

SECOND = PEOPLE["second"]
STRANGER = Address("whatsapp", "221771234567")


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    town.fund(50_000, CUSTOMER)
    yield town
    town.store.close()


def last_text(town: Town, address: Address = ADMIN) -> str:
    return town.last(address).text.replace(NBSP, " ")


def act(town: Town, command: str, word: str = "confirmer", who: Address = ADMIN) -> None:
    """Ask for it and confirm it, where it is asked about at all."""
    town.say(command, who)
    if "admin_confirm" in str(town.store.one("SELECT body FROM session WHERE address = ?", str(who))):
        town.say(word, who)


def own(town: Town, address: Address, role: str = "owner") -> None:
    town.fund(0, address)
    town.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)


# Whom.


@pytest.mark.parametrize("typed", ["whatsapp:771234567", "whatsapp:+221771234567", "whatsapp:00221771234567"])
def test_a_stranger_gets_nothing_and_the_whole_number_is_read_back(town: Town, typed: str) -> None:
    act(town, f"/credit {typed} 5000 caisse")
    assert f"/credit {STRANGER} 5000 nouveau motif" in last_text(town)
    assert "n’a jamais écrit ici" in last_text(town)
    assert town.store.rows("SELECT * FROM audit") == []


@pytest.mark.parametrize("word", ["nouveau", "new", "Nouvelle"])
def test_unless_it_is_said_so(town: Town, word: str) -> None:
    town.say(f"/credit whatsapp:771234567 5000 {word} sœur de Modou", ADMIN)
    assert str(STRANGER) in last_text(town)
    assert "Quelqu’un de nouveau" in last_text(town)
    assert "Motif : sœur de Modou" in last_text(town)
    town.say("créditer", ADMIN)
    assert town.balance(STRANGER) == 5_000
    # From now on somebody is there.
    act(town, "/credit whatsapp:771234567 700 encore")
    assert town.balance(STRANGER) == 5_700


def test_a_known_number_without_its_country_is_completed(town: Town) -> None:
    town.fund(0, STRANGER)
    act(town, "/credit whatsapp:771234567 5000 caisse")
    assert town.balance(STRANGER) == 5_000


def test_a_reason_may_begin_with_another_word_and_a_debit_takes_nothing_from_a_stranger(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 1000 nouveau compteur")
    assert town.store.one("SELECT why FROM audit") == "nouveau compteur"
    act(town, "/debit whatsapp:771234567 5000 retour")
    assert "n’a jamais écrit ici" in last_text(town)


def test_numbers_that_are_whole_stay_as_they_are() -> None:
    for text in (
        "whatsapp:33612345678",
        "whatsapp:221771234567",
        "telegram:771234567",
        "whatsapp:US.13491208655302741918",
    ):
        assert str(address_in(text, CHANNELS)) == text
    assert str(address_in("whatsapp:338601234", CHANNELS)) == "whatsapp:221338601234"
    assert address_in("whatsapp:00", CHANNELS) == Address("whatsapp", "00")
    assert address_in("771234567", CHANNELS) is None


# How often.


def test_the_same_twice_in_a_row_is_asked_about_in_other_words(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 5000 caisse")
    town.now += 60_000
    for word in ("créditer", "oui", "confirmer"):
        act(town, f"/credit {CUSTOMER} 5000 caisse", word)
        assert town.balance(CUSTOMER) == 55_000, word
    assert "C’est déjà fait" in last_text(town)
    assert "<b>deux fois</b>" in last_text(town)
    for word in ("deux fois", "twice", "Une 2e fois", "1"):
        act(town, f"/credit {CUSTOMER} 5000 caisse", word)
    assert town.balance(CUSTOMER) == 75_000


def test_what_makes_it_another_one(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 5000 caisse")
    for command in (
        f"/credit {CUSTOMER} 5001 caisse",
        f"/debit {CUSTOMER} 5000 retour",
        f"/credit {CLIENT} 5000 new x",
    ):
        act(town, command)
        assert "C’est déjà fait" not in last_text(town), command
    town.now += 600_000
    act(town, f"/credit {CUSTOMER} 5000 caisse")
    assert town.balance(CUSTOMER) == 60_001


def test_a_linked_address_is_the_same_person(town: Town) -> None:
    town.fund(0, CLIENT)
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(CUSTOMER), str(CLIENT))
    act(town, f"/credit {CUSTOMER} 5000 caisse")
    town.say(f"/credit {CLIENT} 5000 caisse", ADMIN)
    assert "C’est déjà fait" in last_text(town)


def test_somebody_who_was_quicker_with_the_same(town: Town) -> None:
    own(town, SECOND)
    town.say(f"/credit {CUSTOMER} 5000 caisse", ADMIN)
    act(town, f"/credit {CUSTOMER} 5000 caisse", who=SECOND)
    town.say("créditer", ADMIN)
    assert "C’est déjà fait" in last_text(town)
    assert str(SECOND) in last_text(town)
    assert town.balance(CUSTOMER) == 55_000
    town.say("deux fois", ADMIN)
    assert town.balance(CUSTOMER) == 60_000


# Which payment.


@pytest.mark.parametrize("typed", ["ref:tx-12345", "Réf:TX-12345", "ref=TX-12345"])
def test_a_payment_is_counted_once(town: Town, typed: str) -> None:
    act(town, f"/credit {CUSTOMER} 5000 {typed} dépôt Wave")
    assert town.store.one("SELECT why FROM audit") == "dépôt Wave · TX-12345"
    town.now += 3_600_000
    act(town, f"/credit {CLIENT} 7000 nouveau dépôt Wave ref:TX-12345")
    text = last_text(town)
    assert "La référence <code>TX-12345</code> a déjà servi" in text
    for part in ("5 000 F CFA", "24/11/2026", str(ADMIN), str(CUSTOMER)):
        assert part in text
    assert town.balance(CLIENT) == 0


@pytest.mark.parametrize(
    ("typed", "rest", "number"),
    [
        ("Wave TXN123", "Wave", "TXN123"),
        ("dépôt om mp240311.1234.a56789, merci", "dépôt om merci", "MP240311.1234.A56789"),
        ("TX-99887766", "", "TX-99887766"),
        ("reçu ref:wave-1", "reçu", "WAVE-1"),
        # A telephone number, a year, a sum, a word, a number of nothing that is known, what is too short.
        ("wave 771234567", "wave 771234567", ""),
        ("wave +221771234567", "wave +221771234567", ""),
        ("wave 24/11", "wave 24/11", ""),
        ("wave du 24/11/2026", "wave du 24/11/2026", ""),
        ("wave dépôt", "wave dépôt", ""),
        ("orange money 50000F", "orange money 50000F", ""),
        ("wave 100000", "wave 100000", ""),
        ("wave 123456789012", "wave", "123456789012"),
        ("caisse 20261124", "caisse 20261124", ""),
        ("TX12", "TX12", ""),
        ("", "", ""),
    ],
)
def test_where_the_number_of_a_payment_stands(typed: str, rest: str, number: str) -> None:
    assert take_reference(typed) == (rest, number)


def test_a_payments_own_number_is_reason_enough(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 5000 ref:TX-9")
    assert town.store.one("SELECT why FROM audit") == "TX-9"
    assert town.balance(CUSTOMER) == 55_000


def test_two_who_count_the_same_payment_at_once(town: Town) -> None:
    own(town, SECOND)
    for who in (ADMIN, SECOND):
        town.say(f"/credit {CUSTOMER} 5000 ref:TX1 dépôt", who)
    for who in (ADMIN, SECOND):
        town.say("créditer", who)
    assert "a déjà servi" in last_text(town, SECOND)
    assert town.balance(CUSTOMER) == 55_000
    unit = Unit(town.installation, ADMIN, str(ADMIN), "fr", town.now)
    with pytest.raises(StoreConflict):
        town.store.run(move_money, unit, "admin:Z", CUSTOMER, 5_000, "x", "TX1")
    assert town.balance(CUSTOMER) == 55_000, "not even a script can"


def test_what_looks_like_no_reference_is_the_reason(town: Town) -> None:
    for at, reason in enumerate(("ref: ", "préf:abc", "ref:é", "voir ref:a")):
        act(town, f"/credit {CUSTOMER} {at + 1} {reason} x")
    assert town.store.rows("SELECT * FROM payment_reference") == []


# How much.


def test_a_zero_too_many_is_read_in_words(town: Town) -> None:
    town.say(f"/credit {CUSTOMER} 50000000 caisse", ADMIN)
    assert "cinquante millions de francs CFA" in last_text(town)
    town.say("/language en", ADMIN)
    town.say(f"/debit {CUSTOMER} 50000 x", ADMIN)
    assert "In words" not in last_text(town), "small ones are read at a glance"


def test_one_owner_is_warned_with_the_float_and_two_are_not(town: Town) -> None:
    town.say("/float", ADMIN)
    assert any("Un seul propriétaire" in shown.outbound.text for shown in town.screen)
    own(town, SECOND)
    before = len(town.screen)
    town.float_answer = FloatUnavailable("timeout")
    town.say("/float", ADMIN)
    assert not any("Un seul propriétaire" in shown.outbound.text for shown in town.screen[before:])
