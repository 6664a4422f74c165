"""One person, two channels: accounts that are joined and parted, over a database, with money, orders and meters."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.codes import MAX_WRONG, is_code, make
from bot.dialogue.flows.linking.joining import MAX_MADE
from bot.dialogue.tasks import AskReading
from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder
from bot.domain.inbound import Tap, Text
from bot.domain.outbound import Choice, Outbound
from bot.domain.outcome import Delivered, Processing, Refused
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.engine import events, readings
from bot.engine.event_result import EventResult
from bot.engine.events import IncomingEvent
from bot.errors import StoreConflict
from bot.i18n import NBSP, load
from bot.notices.accounts import masked
from bot.repositories import accounts, links, meters
from bot.repositories.accounts import customer_of
from bot.repositories.money import balance_of
from bot.repositories.orders import load_order
from bot.settlement.claims import claim_one
from bot.shop import ShopSettings
from bot.store import Script
from bot.store.together import in_turn
from bot.transactions import housekeeping
from bot.transactions import links as linking
from bot.transactions.installation import Budget, Installation
from bot.transactions.money import fund
from bot.transactions.orders import settle
from bot.transactions.purchases import place
from bot.transactions.unit import Unit
from tests.dialogue_world import fresh_id
from tests.sync_store import Killed, SyncStore

NOW = 1_800_000_000_000
MINUTE_MS = 60_000
HERE, THERE = Address("telegram", "700011122"), Address("whatsapp", "221771234567")
THIRD, FOURTH = Address("telegram", "700033344"), Address("whatsapp", "221779876543")
ADMIN = HERE
CODE = "48213377901245560931"
INSTALLATION = Installation("one", ShopSettings(load()), (ADMIN,), Budget.of(100))
_CODE = re.compile(r"<code>([A-Z0-9]{6})</code>")
_outbound = decoder(Outbound).decode


class Talk:
    """People who speak with the bot, each event in one transaction."""

    def __init__(self) -> None:
        self.store = SyncStore()
        self.now = NOW
        self.numbers = count(1)

    def fresh(self) -> str:
        return f"{next(self.numbers) * 7919 % 32**4:04d}{next(self.numbers):08d}"

    def hear(self, address: Address, event: Text | Tap, sent_at: int | None = None) -> EventResult:
        incoming = IncomingEvent(address, event, self.now, (self.fresh(), self.fresh()), sent_at=sent_at)
        result = self.store.run(events.handle_event, INSTALLATION, incoming)
        for task in result.tasks:
            if isinstance(task, AskReading):
                answered = self.store.run(readings.answer, INSTALLATION, address, task, self.now)
                self.store.run(
                    events.handle_event,
                    INSTALLATION,
                    IncomingEvent(address, answered, self.now, (self.fresh(), self.fresh())),
                )
        return result

    def say(self, address: Address, text: str) -> str:
        """What the person who speaks reads last."""
        self.hear(address, Text(text))
        return self.last(address)

    def tap(self, address: Address, label: str, sent_at: int | None = None) -> str:
        for shown in reversed(self.screen(address)):
            for button in (button for row in shown.rows for button in row):
                if isinstance(button, Choice) and label in button.label:
                    self.hear(address, Tap(button.data), sent_at)
                    return self.last(address)
        raise AssertionError(f"no button {label!r}")

    def screen(self, address: Address) -> list[Outbound]:
        rows = self.store.rows("SELECT body FROM outbox WHERE address = ? ORDER BY id", str(address))
        return [_outbound(row["body"]) for row in rows]

    def last(self, address: Address) -> str:
        return self.screen(address)[-1].text.replace(NBSP, " ")

    def code(self, address: Address = HERE) -> str:
        match = _CODE.search(self.say(address, "/link"))
        assert match is not None
        return match[1]

    def asked(self, here: Address = HERE, there: Address = THERE) -> str:
        """A code that was made here and typed there."""
        code = self.code(here)
        self.say(there, f"/link {code}")
        if "Confirmez seulement" in self.last(there):
            self.say(there, "oui")
        return code

    def join(self, here: Address = HERE, there: Address = THERE) -> str:
        self.asked(here, there)
        return self.say(here, "/link oui")

    # Money and orders, past the dialogue.

    def customer(self, address: Address) -> str:
        return self.store.run(customer_of, str(address))

    def balance(self, address: Address) -> int:
        return self.store.run(balance_of, self.customer(address), 0).available_xof

    def fund(self, address: Address, amount_xof: int) -> None:
        self.store.run(fund, address, amount_xof, f"fund:{next(self.numbers)}", "fr", self.now)

    def place(self, address: Address, amount_xof: int = 5_000, reference: str = "14123456789") -> str:
        quote = Quote(
            f"Q{next(self.numbers):011}", "woyofal", reference, "AWA", amount_xof, 75, self.now, self.now + 600_000
        )
        self.store.run(self._places, address, quote)
        return quote.id

    def _places(self, address: Address, quote: Quote) -> Script[None]:
        customer = yield from customer_of(str(address))
        yield from place(Unit(INSTALLATION, address, customer, "fr", self.now), quote)

    def save(self, address: Address, reference: str, nickname: str, service: ServiceName = "woyofal") -> None:
        self.store.run(self._saves, address, reference, nickname, service)

    def _saves(self, address: Address, reference: str, nickname: str, service: ServiceName) -> Script[None]:
        customer = yield from customer_of(str(address))
        yield from meters.save(customer, service, reference, "AWA", nickname, self.now)

    def settle(self, order_id: str, outcome: Any) -> None:
        self.store.run(claim_one, INSTALLATION, order_id, self.now)
        self.store.run(settle, INSTALLATION, order_id, Processing(), "pay", self.now, leased=True)
        self.store.run(settle, INSTALLATION, order_id, outcome, "look_up", self.now)


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    talk.say(HERE, "/start")
    yield talk
    talk.store.close()


def dump(talk: Talk) -> list[str]:
    return list(talk.store.connection.iterdump())


# The code.


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=12, max_size=12))
def test_a_code_has_six_signs_that_are_not_mistaken_for_one_another(fresh: str):
    code = make(fresh)
    assert len(code) == 6
    assert is_code(code)
    assert is_code(f" {code.lower()} ")
    assert not set(code) & set("0O1ILB8S5Z2U")
    assert code[0].isalpha()
    assert code[1].isdigit()


def test_codes_of_fresh_ids_differ():
    assert len({make(fresh_id(number)) for number in range(1_000)}) > 995


def test_an_address_is_masked():
    assert masked(THERE) == "whatsapp:…4567"
    assert masked(Address("telegram", "123")) == "telegram:…3"
    assert masked(Address("telegram", "1")) == "telegram:…"


def test_a_code_expires(talk: Talk):
    code = talk.code()
    talk.now += 10 * MINUTE_MS
    assert "a expiré" in talk.say(THERE, f"/link {code}")
    talk.now -= 15 * MINUTE_MS
    assert "a expiré" in talk.say(THERE, f"/link {code}"), "the clock was set back"
    assert "n’est plus valable" in talk.say(HERE, f"/link {code}")


def test_a_code_is_good_for_one_address(talk: Talk):
    code = talk.asked()
    assert "déjà servi" in talk.say(FOURTH, f"/link {code}")
    assert "J’attends la confirmation" in talk.say(THERE, f"/link {code}")
    newer = talk.code()
    assert newer != code
    assert "déjà servi" in talk.say(FOURTH, f"/link {code}"), "replaced by a newer one"


def test_the_old_request_of_a_replaced_code_confirms_nothing(talk: Talk):
    talk.asked()
    old = talk.screen(HERE)[-1].rows[0][0]
    assert isinstance(old, Choice)
    talk.code()
    talk.hear(HERE, Tap(old.data))
    assert "n’est plus valable" in talk.last(HERE)
    assert talk.customer(THERE) == str(THERE)


def test_a_code_joins_two_channels(talk: Talk):
    code = talk.code()
    assert "pas ici" in talk.say(HERE, code)
    assert "vient de la même" in talk.say(THIRD, f"/link {code}")
    assert "Un code a 6" in talk.say(THERE, "/link hello world")
    assert "Confirmez maintenant" in talk.say(THERE, f"/link {code[:3]}-{code[3:].lower()}")
    # Typed again where it was made, it shows the request again and confirms nothing.
    assert "Relier" in talk.say(HERE, code)
    assert talk.customer(THERE) == str(THERE)


def test_a_bare_code_interrupts_no_question_and_no_meters_name(talk: Talk):
    code = talk.code()
    talk.say(THERE, "woyofal")
    assert "Je n’y ai pas trouvé" in talk.say(THERE, code)
    talk.say(THERE, "/cancel")
    talk.save(THERE, "14123456789", code)
    result = talk.hear(THERE, Text(code))
    assert result.inquiry is not None, "it is what they call their meter"


def test_wrong_codes_are_counted(talk: Talk):
    code = talk.code()
    for number in range(MAX_WRONG):
        typed = "A3AAAA" if number % 2 else "/link ZZZZZ2"
        assert "ne connais pas ce code" in talk.say(THERE, typed)
    assert "Trop de codes inexacts" in talk.say(THERE, f"/link {code}")
    assert "Trop de codes inexacts" in talk.say(THERE, code)
    assert "Confirmez maintenant" in talk.say(FOURTH, f"/link {code}"), "each address for itself"
    talk.now += 60 * MINUTE_MS
    assert "Confirmez maintenant" in talk.say(THERE, f"/link {talk.code()}")


def test_codes_are_not_made_without_end(talk: Talk):
    for _ in range(MAX_MADE):
        talk.code()
        talk.now += MINUTE_MS
    assert "beaucoup de codes" in talk.say(HERE, "/link")
    talk.now += 60 * MINUTE_MS
    talk.code()


# The Confirm.


def test_nobody_learns_anything_before_the_confirm(talk: Talk):
    talk.fund(HERE, 11_111)
    talk.fund(THERE, 22_222)
    talk.save(THERE, "14123456789", "Maison")
    talk.asked()
    for address, foreign in ((HERE, ("22 222", THERE.id, "Maison")), (THERE, ("11 111", HERE.id))):
        for shown in talk.screen(address):
            assert not any(word in shown.text.replace(NBSP, " ") for word in foreign)
    assert (talk.balance(HERE), talk.balance(THERE)) == (11_111, 22_222)


def test_only_the_maker_confirms(talk: Talk):
    assert "Aucune demande" in talk.say(HERE, "/link oui")
    code = talk.code()
    assert "Aucune demande" in talk.say(HERE, "/link oui")
    talk.say(THERE, f"/link {code}")
    assert "J’attends la confirmation" in talk.say(THERE, "/link oui")
    talk.hear(THERE, Tap(f"-.join.{code}"))
    assert "n’est plus valable" in talk.last(THERE)
    talk.hear(FOURTH, Tap(f"-.unjoin.{code}"))
    assert talk.customer(THERE) == str(THERE)
    assert "est relié" in talk.tap(HERE, "Confirmer")
    assert talk.customer(THERE) == str(HERE)
    assert "C’est déjà fait" in talk.tap(HERE, "Confirmer")
    assert "n’est plus valable" in talk.tap(HERE, "Refuser")
    assert "déjà le même compte" in talk.say(THERE, f"/link {code}")


def test_a_request_expires_and_a_late_confirm_does_nothing(talk: Talk):
    talk.asked()
    asked_at = talk.now
    talk.now += 16 * MINUTE_MS
    talk.hear(HERE, Text("/start"))
    talk.tap(HERE, "Confirmer", sent_at=asked_at)
    assert "Êtes-vous toujours là" in talk.last(HERE)
    assert "n’est plus valable" in talk.tap(HERE, "Confirmer")
    assert talk.customer(THERE) == str(THERE)


@pytest.mark.parametrize("who", [HERE, THERE])
def test_either_side_may_refuse(talk: Talk, who: Address):
    talk.asked()
    assert "rien n’a été relié" in talk.say(who, "/link non")
    other = THERE if who == HERE else HERE
    assert "a refusé" in talk.last(other) or "y a renoncé" in talk.last(other)
    assert "Aucune demande" in talk.say(HERE, "/link oui")
    assert talk.customer(THERE) == str(THERE)


def test_a_code_that_nobody_typed_is_called_back(talk: Talk):
    code = talk.code()
    before = len(talk.screen(THERE))
    assert "rien n’a été relié" in talk.say(HERE, "/link non")
    assert len(talk.screen(THERE)) == before
    assert "déjà servi" in talk.say(THERE, f"/link {code}")


def test_who_has_something_is_asked_before_they_give_it(talk: Talk):
    talk.fund(THERE, 5_000)
    code = talk.code()
    before = len(talk.screen(HERE))
    assert "5 000 F CFA" in talk.say(THERE, f"/link {code}")
    assert "Je n’ai pas compris" in talk.say(THERE, "quoi donc")
    assert "on en reste là" in talk.say(THERE, "n")
    assert len(talk.screen(HERE)) == before
    talk.say(THERE, f"/link {code}")
    talk.now += 11 * MINUTE_MS
    assert "a expiré" in talk.say(THERE, "oui")
    talk.say(THERE, f"/link {talk.code()}")
    talk.store.connection.execute("DELETE FROM link")
    assert "ne connais pas" in talk.say(THERE, "oui")


def test_the_question_is_put_again_only_while_it_stands(talk: Talk):
    talk.fund(THERE, 5_000)
    talk.say(THERE, f"/link {talk.code()}")
    talk.store.connection.execute("DELETE FROM link")
    assert "Que voulez-vous faire" in talk.say(THERE, "hein")


def test_an_account_below_zero_is_not_joined(talk: Talk):
    talk.say(THERE, "/start")
    code = talk.code()
    talk.store.connection.execute("INSERT INTO credit_limit VALUES (?, 10000)", (str(THERE),))
    order_id = talk.place(THERE)
    assert talk.balance(THERE) == -5_075
    assert "en dessous de zéro" in talk.say(THERE, f"/link {code}")
    # Below zero only after they were asked: said to them, not to the other.
    talk.fund(THERE, 5_075)
    talk.asked()
    talk.place(THERE)
    assert "Ce n’est pas possible pour l’instant" in talk.say(HERE, "/link oui")
    assert "zéro" not in talk.last(HERE)
    assert "en dessous de zéro" in talk.last(THERE)
    order = talk.store.run(load_order, order_id)
    assert order is not None
    assert order.customer == str(THERE)


def test_two_that_were_joined_meanwhile_are_not_joined_again(talk: Talk):
    """Here and there are asked about each other, crosswise."""
    talk.asked(HERE, THERE)
    talk.asked(THERE, HERE)
    assert "est relié" in talk.say(THERE, "/link oui")
    assert talk.customer(HERE) == str(THERE)
    assert "déjà le même compte" in talk.say(HERE, "/link oui")


# What is joined.


def test_everything_is_joined(talk: Talk):
    talk.fund(HERE, 20_000)
    talk.fund(THERE, 30_000)
    for address, reference, nickname in (
        (HERE, "14000000001", "Maison"),
        (THERE, "14000000001", "Home"),
        (THERE, "14000000002", "Boutique"),
    ):
        talk.save(address, reference, nickname)
    bought, open_order = talk.place(THERE), talk.place(THERE, 10_000)
    talk.settle(bought, Delivered((CODE,)))
    text = talk.join()
    assert "Solde commun : <b>34 850 F CFA</b>" in text
    assert "14 850 F CFA viennent" in text
    assert "34 850 F CFA" in talk.last(THERE)
    assert talk.balance(HERE) == talk.balance(THERE) == 34_850
    assert messages_sum(talk) == 0
    for address in (HERE, THERE):
        assert "4821 3377 9012 4556 0931" in talk.say(address, "/code")
        assert "10 000" in talk.say(address, "/history")
        assert "14000000001" in (meters := talk.say(address, "/meters"))
        assert "Maison" in meters
        assert "Boutique" in meters
        assert "Home" not in meters
        assert "Mis de côté pour vos commandes en cours : 10 075" in talk.say(address, "/balance")
    assert "solde d’un compte relié" in talk.last(HERE)
    # The news of an order goes to where it was bought; its money to the account.
    before = len(talk.screen(HERE))
    talk.settle(open_order, Refused("failed"))
    assert len(talk.screen(HERE)) == before
    assert "10 075 F CFA sont revenus" in talk.last(THERE)
    assert "Solde : 44 925 F CFA" in talk.last(THERE)
    assert talk.balance(HERE) == 44_925


def messages_sum(talk: Talk) -> int:
    return sum(talk.store.run(housekeeping.accounts).values())


def test_a_late_success_takes_the_money_from_the_account(talk: Talk):
    talk.fund(THERE, 5_075)
    order_id = talk.place(THERE)
    talk.settle(order_id, Refused("failed"))
    talk.join()
    talk.store.run(settle, INSTALLATION, order_id, Delivered((CODE,)), "look_up", talk.now)
    assert talk.balance(HERE) == 0
    assert messages_sum(talk) == 0


def test_a_pay_call_in_flight_is_settled_to_the_account(talk: Talk):
    talk.fund(THERE, 5_075)
    order_id = talk.place(THERE)
    (job,) = talk.store.run(claim_one, INSTALLATION, order_id, talk.now).jobs
    assert job.order.customer == str(THERE)
    talk.join()
    talk.store.run(settle, INSTALLATION, order_id, Refused("invalid"), "pay", talk.now, leased=True)
    assert talk.balance(HERE) == 5_075
    assert talk.store.one("SELECT count(*) FROM orders WHERE lease_owner IS NOT NULL") == 0


def test_an_admins_other_address_is_no_admin(talk: Talk):
    talk.join(HERE, THERE)
    assert "Aucune commande" in talk.say(HERE, "/stuck")
    assert "Je n’ai pas compris" in talk.say(THERE, "/stuck")


def test_a_third_address_and_the_account_of_an_account(talk: Talk):
    talk.fund(HERE, 1_000)
    talk.fund(THIRD, 2_000)
    talk.join(HERE, THERE)
    assert "whatsapp:…4567" in talk.say(HERE, "/link")
    # The account of two goes over to a third, whole, after its owner said so.
    code = talk.code(FOURTH)
    assert "suivront : <code>whatsapp:…4567</code>" in talk.say(HERE, f"/link {code}")
    talk.say(HERE, "oui")
    talk.say(FOURTH, "/link oui")
    assert {talk.customer(address) for address in (HERE, THERE, FOURTH)} == {str(FOURTH)}
    assert "partagez le compte" in talk.last(THERE)
    talk.join(THERE, THIRD)
    assert talk.customer(THIRD) == str(FOURTH)
    assert talk.balance(THIRD) == 3_000


# Parting.


def test_who_leaves_has_their_own_account_again_and_it_is_empty(talk: Talk):
    talk.fund(THERE, 30_000)
    talk.save(THERE, "14000000002", "Boutique")
    talk.join()
    order_id = talk.place(THERE)
    assert "commandes en cours (5 075 F CFA)" in talk.say(THERE, "/unlink")
    assert "Je n’ai pas compris" in talk.say(THERE, "?!")
    assert "votre propre compte, vide" in talk.say(THERE, "oui")
    assert "a quitté ce compte" in talk.last(HERE)
    assert (talk.balance(HERE), talk.balance(THERE)) == (24_925, 0)
    assert "pas encore de compteur" in talk.say(THERE, "/meters")
    assert "pas encore fait d’achat" in talk.say(THERE, "/history")
    # They bought it, so they read what became of it, but no longer what the account holds.
    talk.settle(order_id, Delivered((CODE,)))
    assert "4821 3377" in talk.last(THERE)
    assert "Solde" not in talk.last(THERE)
    assert "reliée à aucune autre" in talk.say(THERE, "/unlink")


def test_the_address_that_an_account_is_named_after_stays(talk: Talk):
    talk.fund(HERE, 1_000)
    talk.join(HERE, THERE)
    talk.join(THERE, THIRD)
    assert "whatsapp:…4567" in talk.say(HERE, "/unlink")
    talk.tap(HERE, "Oui, séparer")
    assert [talk.customer(a) for a in (HERE, THERE, THIRD)] == [str(HERE), str(THERE), str(THIRD)]
    assert [talk.balance(a) for a in (HERE, THERE, THIRD)] == [1_000, 0, 0]
    assert "ne partage plus son compte" in talk.last(THIRD)
    talk.join(HERE, THERE)
    assert talk.balance(THERE) == 1_000


def test_parting_what_was_parted_meanwhile(talk: Talk):
    talk.join()
    talk.say(HERE, "/unlink")
    talk.say(THERE, "/unlink")
    talk.say(THERE, "oui")
    assert "reliée à aucune autre" in talk.say(HERE, "oui")


def test_a_confirm_of_an_order_and_a_join_do_not_cross(talk: Talk):
    """Another replica joins the accounts while a quote is being confirmed: the confirmation is decided again."""
    talk.fund(THERE, 30_000)
    talk.asked()

    def overtaken() -> Script[None]:
        incoming = IncomingEvent(THERE, Text("/balance"), talk.now, ("A" * 12, "B" * 12))
        script = in_turn(events.handle_event(INSTALLATION, incoming))
        rows: Any = None
        while True:
            name, parameters = script.send(rows)
            if name == "session_save":
                join = linking.join(INSTALLATION, 1, talk.now)
                inner: Any = None
                try:
                    while True:
                        inner = yield join.send(inner)
                except StopIteration:
                    pass
            rows = yield name, parameters

    with pytest.raises(StoreConflict):
        talk.store.run(overtaken)


# What the scripts refuse.


def test_what_moved_is_a_conflict(talk: Talk):
    talk.asked()
    link_id = talk.store.one("SELECT id FROM link")

    def refused(script: Any, *arguments: Any) -> None:
        with pytest.raises(StoreConflict):
            talk.store.run(script, *arguments)

    refused(links.ask, link_id, str(HERE), talk.now)
    refused(accounts.part, str(HERE), (THERE,), str(HERE))
    refused(linking.join, INSTALLATION, link_id + 1, talk.now)
    refused(links.end, link_id + 1)
    refused(links.ask, 99, str(HERE), 1)
    talk.store.run(linking.join, INSTALLATION, link_id, talk.now)
    refused(linking.join, INSTALLATION, link_id, talk.now)
    refused(links.end, link_id)
    # A person who has one account already, and one who is below zero, by the time that it is written.
    talk.store.connection.execute("UPDATE link SET state = 'asked'")
    refused(linking.join, INSTALLATION, link_id, talk.now)
    talk.store.run(accounts.part, str(HERE), (THERE,), str(THERE))
    talk.store.connection.execute("INSERT INTO credit_limit VALUES (?, 10000)", (str(THERE),))
    talk.place(THERE)
    refused(linking.join, INSTALLATION, link_id, talk.now)
    # A customer who has no address, which cannot be.
    talk.store.run(links.make, str(HERE), "A3AAAA", talk.now, talk.now + 1)
    talk.store.connection.execute("UPDATE link SET state = 'asked', other = 'x:1' WHERE code = 'A3AAAA'")
    refused(linking.join, INSTALLATION, talk.store.one("SELECT max(id) FROM link"), talk.now)


def test_a_kill_leaves_all_or_nothing(talk: Talk):
    talk.fund(HERE, 20_000)
    talk.fund(THERE, 30_000)
    talk.save(THERE, "14000000002", "Boutique")
    talk.place(THERE)
    talk.asked()
    for text, address in (("/link oui", HERE), ("/unlink", THERE), ("oui", THERE)):
        before = dump(talk)
        for statement in range(60):
            talk.store.kill_after = statement
            try:
                talk.say(address, text)
            except Killed:
                assert dump(talk) == before, (text, statement)
            else:
                break
        assert 5 < statement < 60, text
        talk.store.kill_after = None
    assert (talk.balance(HERE), talk.balance(THERE)) == (44_925, 0)


# Whatever happens.

PEOPLE = (HERE, THERE, THIRD, FOURTH)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fund", "buy", "save", "join", "join", "part", "refuse", "deliver", "late"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=8,
    max_size=25,
)


@given(STEPS)
def test_nothing_is_lost_and_nothing_appears(steps: list[tuple[str, int, int]]):
    talk, funded, spent_xof = Talk(), 0, 0
    orders: list[str] = []
    meters: set[tuple[str, str]] = set()
    for address in PEOPLE:
        talk.say(address, "/start")
        talk.fund(address, 10_000)
        funded += 10_000
    for number, (what, one, two) in enumerate(steps):
        here, there = PEOPLE[one], PEOPLE[two]
        talk.now += 15 * MINUTE_MS
        if what == "fund":
            talk.fund(here, 10_000)
            funded += 10_000
        elif what == "buy" and talk.balance(here) >= 5_075:
            orders.append(talk.place(here))
        elif what == "save":
            talk.save(here, f"1400000000{two}", f"m{number}")
            meters.add(("woyofal", f"1400000000{two}"))
        elif what == "join" and here.channel != there.channel:
            talk.join(here, there)
            assert talk.customer(here) == talk.customer(there)
        elif what == "part" and "aucune autre" not in talk.say(here, "/unlink"):
            talk.say(here, "oui")
            assert {talk.customer(here), *(talk.customer(a) for a in PEOPLE)} >= {str(here)}
        elif what in ("refuse", "deliver", "late") and orders:
            order_id = orders[one % len(orders)]
            order = talk.store.run(load_order, order_id)
            assert order is not None
            if what == "late" or not order.is_final:
                talk.settle(order_id, Refused("failed") if what == "refuse" else Delivered((CODE,)))
        accounts = talk.store.run(housekeeping.accounts)
        owners = {address: talk.customer(address) for address in PEOPLE}
        # Every account has the address that it is named after, and every entry, order and meter has an account.
        assert all(owners[Address.parse(owner)] == owner for owner in owners.values())
        own = {account.removeprefix("customer:"): xof for account, xof in accounts.items() if ":" in account}
        assert all(xof >= 0 for xof in own.values())
        assert all(xof == 0 for owner, xof in own.items() if owner not in owners.values())
        assert sum(accounts.values()) == 0
        assert accounts.get("funding", 0) == -funded
        held = sum(talk.store.run(balance_of, owner, 0).held_xof for owner in set(owners.values()))
        assert held == accounts.get("hold", 0)
        rows = talk.store.rows("SELECT id, customer FROM orders")
        assert {row["id"] for row in rows} == set(orders)
        assert {row["customer"] for row in rows} <= set(owners.values())
        rows = talk.store.rows("SELECT customer, service, reference FROM meter")
        assert {(row["service"], row["reference"]) for row in rows} == meters
        assert {row["customer"] for row in rows} <= set(owners.values())
        spent_xof = funded - sum(own.values()) - held
        assert spent_xof == sum(accounts.get(name, 0) for name in ("float", "fees", "corrections"))
    talk.store.close()
