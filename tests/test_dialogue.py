"""The dialogue's promises, one by one: what changes nothing, what happens once, what is never shown to whom."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.dialogue import Session, Transition
from bot.dialogue.context import Context, Reply
from bot.dialogue.flows import REGISTRY
from bot.dialogue.flows.meters.steps import clean_nickname
from bot.dialogue.flows.purchase.quote import ask_quote
from bot.dialogue.pending import OneMeter, OneOrder
from bot.dialogue.session import Person
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited, ShowCommands
from bot.domain.catalog import WOYOFAL, Catalog
from bot.domain.inbound import Tap, Text
from bot.domain.inquiry import Bill, FloatUnavailable, Inquiry, InquiryUnavailable
from bot.domain.outbound import MAX_TEXT_CHARACTERS, Choice
from bot.domain.outcome import Delivered, NotSent, Processing, Refused, Unknown
from bot.domain.people import Address
from bot.engine.event_result import EventResult
from bot.notices.layout import fit
from bot.repositories.orders import note
from bot.repositories.outbox import OutboxMessage
from bot.repositories.people import Terms
from bot.shop import ShopSettings
from bot.transactions.allowances import Allowance, Limits
from tests.dialogue_world import ADMIN, AWA, START, WORDS, World, buttons, copies
from tests.units import PENDING, a_unit

CODE = "48213377901245560931"
METER = "14123456789"
X = Person("telegram:1", ("A", "B"), START)
SHOP = ShopSettings(words=WORDS)


@pytest.fixture
def world() -> World:
    world = World()
    world.fund(20_000)
    return world


def last_text(world: World, address: Address = AWA) -> str:
    return world.last(address).text


def bought(world: World, line: str = f"woyofal {METER} 5000") -> str:
    """Buy and confirm; the order's id."""
    world.say(line)
    world.say("oui")
    world.now += 1_000
    return world.newest().id


def leads_to(result: EventResult) -> list[object]:
    """What is said and asked because of an event; which commands a channel lists is no part of that."""
    tasks = [task for task in result.tasks if not isinstance(task, ShowCommands)]
    return [*result.posted, *tasks, *([result.inquiry] if result.inquiry else [])]


def only_says(result: EventResult) -> bool:
    """Whether an event led to one message and to nothing else after its commit."""
    return [type(one) for one in leads_to(result)] == [OutboxMessage] and not result.wake


# Once, and only once.


def test_a_confirm_in_parallel_meets_the_order(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    before = world.sessions[AWA]
    world.tap("✅ Confirmer")
    # The second tap was read against the session as it was before the first one.
    world.put_session(before)
    books = world.books()
    world.tap("✅ Confirmer", gone=True)
    assert world.books() == books
    assert "déjà confirmé" in last_text(world)
    assert world.sessions[AWA].state == "idle"


def test_an_old_confirm_of_another_order_leaves_the_new_quote_alone(world: World) -> None:
    world.say(f"woyofal {METER} 2000")
    old = world.sessions[AWA].choices[0].data
    world.say("oui")
    world.say(f"woyofal {METER} 3000")
    quote = world.sessions[AWA].quote
    world.hear(AWA, Tap(old))
    assert last_text(world).startswith("C’est déjà confirmé")
    assert world.sessions[AWA].quote == quote
    assert world.sessions[AWA].state == "quote"
    world.say("oui")
    assert len(world.orders) == 2


def test_a_quote_left_for_the_menu_is_renewed_not_confirmed(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.say("menu")
    world.tap("✅ Confirmer", gone=True)
    assert "Ce bouton était ancien" in last_text(world)
    assert not world.orders
    world.tap("✅ Confirmer")
    assert len(world.orders) == 1


def test_money_that_went_away_between_quote_and_confirm(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.fund(-19_000)
    world.say("oui")
    assert not world.orders
    assert "il manque" in last_text(world)


def test_a_credit_limit_may_be_used(world: World) -> None:
    world.install(default_credit_limit_xof=30_000)
    world.say(f"woyofal {METER} 40000")
    world.say("oui")
    assert world.balance() == 20_000 - 40_600
    world.say("solde")
    assert "Crédit accordé" in last_text(world)


def test_a_quote_from_the_future_has_expired(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.now -= 3_600_000
    world.say("oui")
    assert not world.orders
    assert "expiré" in last_text(world)
    world.now -= 30_000
    world.say("oui")
    assert len(world.orders) == 1, "a second of drift is no reason"


def test_a_yes_after_a_long_pause_renews_the_quote(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.now += 3_600_000
    world.say("oui")
    assert not world.orders
    assert "expiré" in last_text(world)
    world.say("changer")
    assert "Awa DIOP" in last_text(world), "the holder is known from the quote"


def test_the_question_of_a_lost_quote_is_the_menu() -> None:
    here = Context(Session(state="quote"), X, SHOP, a_unit(X, SHOP), REGISTRY)
    talk = ask_quote(here)
    with pytest.raises(StopIteration) as end:
        next(talk)
    assert end.value.value.session.state == "idle"


# The inquiry.


def test_a_stale_answer_says_nothing(world: World) -> None:
    world.holding = True
    world.say(f"woyofal {METER}")
    assert world.held_inquiry is not None
    answer = world.provider("woyofal", METER)
    before, count = world.sessions[AWA], len(world.screen)
    result = world.hear(AWA, InquiryAnswered("another", answer))
    assert not leads_to(result)
    world.hear(AWA, InquiryLimited("another", START))
    assert (world.sessions[AWA], len(world.screen)) == (before, count)
    world.say("annuler")
    count = len(world.screen)
    world.answer_held()
    assert len(world.screen) == count
    assert world.sessions[AWA].state == "idle"


def test_a_lost_inquiry_is_asked_again(world: World) -> None:
    world.holding = True
    world.say(f"woyofal {METER} 5000")
    assert world.held_inquiry is not None
    first = world.held_inquiry[1].inquiry_id
    world.now += 31_000
    again = world.say("alors ?").inquiry
    assert again is not None
    assert again.inquiry_id != first
    assert again.reference == METER
    world.answer_held()
    assert world.sessions[AWA].state == "quote"


def test_back_while_looking_up(world: World) -> None:
    world.holding = True
    world.say(f"woyofal {METER} 5000")
    world.say("retour")
    assert world.sessions[AWA].state == "reference"


def test_causes_of_silence_have_their_words(world: World) -> None:
    world.next_answer = InquiryUnavailable("credentials")
    world.say(f"woyofal {METER}")
    assert "ne répond pas" in last_text(world)
    assert world.sessions[AWA].state == "unanswered"


def test_bills_that_cannot_be_paid_are_left_out(world: World) -> None:
    bills = (Bill("A", 0), Bill("B", 2_000_000_000), *(Bill(f"F{n}", 1_000 + n) for n in range(10)))
    world.next_answer = Inquiry("senelec", "210278816", "X" * 200, "", "", bills)
    world.say("senelec 210278816")
    assert "10 factures à payer" in last_text(world)
    assert "Les autres apparaîtront" in last_text(world)
    assert len(buttons(world.last())) == 8 + 2
    world.say("3")
    world.say("12345678")
    assert "je n’ai pas compris".lower() in last_text(world).lower()
    world.say("retour")
    assert world.sessions[AWA].state == "bill"


def test_back_from_a_single_bill_asks_the_reference(world: World) -> None:
    world.say("senelec 210278816")
    world.say("retour")
    assert world.sessions[AWA].state == "reference"


def test_a_meter_number_typed_as_an_amount_is_looked_up(world: World) -> None:
    world.say(f"woyofal {METER}")
    world.say("14555666777")
    assert "NDIAYE &amp; Fils" in last_text(world)


def test_a_small_figure_is_an_amount_where_it_can_be_one() -> None:
    cheap = Catalog().replaced(replace(WOYOFAL, minimum_xof=1, suggestions_xof=(1, 2_000)))
    world = World(shop=ShopSettings(words=WORDS, catalog=cheap))
    world.fund(5_000)
    world.say(f"woyofal {METER}")
    world.say("2")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert quote.amount_xof == 2


def test_a_meter_without_holder_or_services_words() -> None:
    world = World()
    world.next_answer = Inquiry("woyofal", METER, "", "", "")
    world.say(f"woyofal {METER} 5000")
    assert "Titulaire" not in last_text(world)
    world.next_answer = Inquiry("woyofal", METER, "", "", "")
    world.say(f"woyofal {METER}")
    world.say("100")
    assert "Titulaire" not in last_text(world)


def test_an_amount_first_then_the_meter(world: World) -> None:
    world.say("5000")
    assert world.sessions[AWA].state == "reference"
    world.say(METER)
    assert world.sessions[AWA].state == "quote"


def test_a_service_without_a_number(world: World) -> None:
    world.say("woyofal 12")
    assert "pas le numéro" in last_text(world)
    world.say("woyofal compteur 14123456789")
    assert "Awa DIOP" in last_text(world)
    world.say("woyofal nimporte")
    assert "pas le numéro" in last_text(world)


def test_a_number_and_its_amount_where_the_number_was_asked(world: World) -> None:
    world.say("woyofal")
    world.say("14 1234 567 89 5000")
    assert world.sessions[AWA].state == "quote"
    world.say("woyofal")
    world.say("1412345678 5000")
    assert world.sessions[AWA].state == "unusual"
    world.say("eux")
    assert "pas trouvé de numéro" in last_text(world)
    world.say("14123456789 14555666777 5000")
    assert world.sessions[AWA].state == "which"
    world.say("eux")
    assert "tapez 1, 2" in last_text(world)
    world.say("mon numero 14123456789")
    assert world.sessions[AWA].state == "amount"


def test_a_one_line_order_interrupts_a_question(world: World) -> None:
    world.say(f"woyofal {METER}")
    world.say("senelec 210278816")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert quote.reference_facture == "F2026110042"


# Buttons.


@pytest.mark.parametrize(
    "data", ["", ".", "~", "~.", "~.nothing.1", "-.inspect.x", "1.amount.9", "x.y.z", "99.confirm.NOPE", "~.buy.gold"]
)
def test_no_button_breaks_or_buys_anything(world: World, data: str) -> None:
    world.say(f"woyofal {METER}")
    books = world.books()
    result = world.hear(AWA, Tap(data))
    assert only_says(result)
    assert world.books() == books
    assert not world.orders


@given(st.text(max_size=64), st.sampled_from(sorted(REGISTRY.states)))
def test_any_tap_in_any_state_is_answered(data: str, state: str) -> None:
    world = World()
    world.put_session(Session(state=state, updated_at=START, step=3))
    result = world.hear(AWA, Tap(data))
    assert len(leads_to(result)) == 1 or state == "inquiring"
    assert not world.orders


@given(st.text(max_size=200), st.sampled_from(sorted(REGISTRY.states)))
def test_any_text_in_any_state_is_answered(text: str, state: str) -> None:
    world = World()
    world.put_session(Session(state=state, updated_at=START, step=3, greeted=True))
    assert leads_to(world.say(text))
    assert not world.orders


def test_an_unknown_state_of_an_older_version_is_idle(world: World) -> None:
    world.put_session(Session(state="gone", updated_at=START, greeted=True))
    world.say("hmm")
    assert world.sessions[AWA].state == "idle"
    world.put_session(Session(state="gone", updated_at=START, greeted=True))
    world.say("retour")
    assert world.sessions[AWA].state == "idle"


def test_a_tap_replaces_its_message_but_never_a_code_or_a_receipt(world: World) -> None:
    world.say("/start")
    world.tap("💡 Woyofal")
    assert world.screen[-1].edited
    bought(world)
    world.outcome(Delivered((CODE,)))
    for label in ("⭐ Garder", "🔁 Racheter", "🏠 Menu"):
        shown = [message for message in world.screen if CODE in str(message.outbound.rows)][-1]
        world.tap(label)
        assert not world.screen[-1].edited, label
        assert shown in world.screen
    world.say("/history")
    world.tap("✅ Woyofal")
    assert world.screen[-1].edited
    world.tap("Revoir le code")
    assert not world.screen[-1].edited


def test_the_data_of_every_button_fits_and_says_its_step(world: World) -> None:
    bought(world)
    world.outcome(Delivered((CODE,)))
    for line in ("/start", "woyofal", METER, "5000", "/history", "1", "/meters", "/language"):
        world.say(line)
        session = world.sessions[AWA]
        for choice in session.choices:
            mark = choice.data.split(".")[0]
            assert mark in ("~", "-", str(session.step))


# What is one's own.


def test_nobody_opens_the_order_of_another(world: World) -> None:
    order_id = bought(world)
    world.outcome(Delivered((CODE,)))
    other = Address("telegram", "5")
    world.say("/start", other)
    for act in ("order", "code", "recall", "ask", "again", "save", "inspect", "askany"):
        count = len(world.screen)
        world.hear(other, Tap(f"-.{act}.{order_id}"))
        for shown in world.screen[count:]:
            assert CODE[:4] not in shown.outbound.text
            assert METER not in shown.outbound.text
    assert world.woken == [order_id], "at its Confirm"


def test_an_order_is_opened_by_its_number(world: World) -> None:
    order_id = bought(world)
    world.say(f"{order_id[:4]}-{order_id[4:8]}-{order_id[8:]}".lower())
    assert f"<code>{order_id[:4]}-" in last_text(world)
    world.say("ABCDEFGHJKM9")
    assert "Je ne trouve pas" in last_text(world)


def test_asking_now_and_calling_back(world: World) -> None:
    order_id = bought(world)
    assert world.woken == [order_id]
    world.hear(AWA, Tap(f"-.ask.{order_id}"))
    assert world.woken == [order_id] * 2
    world.outcome(Processing())
    world.hear(AWA, Tap(f"-.recall.{order_id}"))
    assert "Trop tard" in last_text(world)
    world.outcome(Delivered((CODE,)), "look_up")
    world.hear(AWA, Tap(f"-.ask.{order_id}"))
    assert world.woken == [order_id] * 2
    world.say("annuler la commande")
    assert "déjà terminée" in last_text(world)


def test_words_about_orders_when_there_are_none(world: World) -> None:
    for line in ("voir la commande", "annuler la commande", "racheter", "garder", "/history", "/code", "réessayer"):
        world.say("menu")
        world.say(line)
        assert world.sessions[AWA].state == "idle", line
        assert buttons(world.last())


def test_an_order_view_that_is_gone(world: World) -> None:
    world.put_session(Session(state="order", pending=OneOrder("NOPE", 0), updated_at=START, greeted=True))
    world.say("retour")
    assert "pas encore fait d’achat" in last_text(world)


def test_history_in_the_middle_of_nowhere(world: World) -> None:
    bought(world)
    world.hear(AWA, Tap("~.history.junk"))
    assert "Vos achats" in last_text(world)
    world.hear(AWA, Tap("~.history.500"))
    assert "pas encore fait d’achat" in last_text(world)


def test_a_stuck_order_says_that_a_person_is_on_it(world: World) -> None:
    order_id = bought(world)
    world.outcome(Unknown("timeout", conflict=True))
    world.change_order(order_id, due_at=world.now + 7_200_000)
    world.say("voir la commande")
    assert "une personne s’en occupe" in last_text(world)
    world.change_order(order_id, stuck_at=None)
    world.say("voir la commande")
    assert "Prochaine vérification à 11:00" in last_text(world)
    world.change_order(order_id, due_at=world.now + 80_000_000)
    world.say("voir la commande")
    assert "Prochaine vérification le 25/11" in last_text(world)
    world.change_order(order_id, due_at=None)
    world.say("voir la commande")
    assert "une personne s’en occupe" in last_text(world)
    world.change_order(order_id, state="sending")
    world.say("voir la commande")
    assert "en train de partir" in last_text(world)


def test_what_the_provider_took_is_told(world: World) -> None:
    bought(world, "senelec 210278816")
    world.outcome(Delivered((), Processing().details))
    order = world.newest()
    world.change_order(order.id, details=replace(order.details, amount_xof=20_000))
    world.say("voir la commande")
    assert "vous n’avez payé que le total confirmé" in last_text(world)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Maison", "Maison"),
        ("  chez   maman\n", "chez maman"),
        ("a" * 31, None),
        ("👍", None),
        ("", None),
        ("<b>x</b>", "<b>x</b>"),
        ("x\u202ey", "x y"),
    ],
)
def test_nicknames(typed: str, kept: str | None) -> None:
    assert clean_nickname(typed) == kept


def saved(world: World, name: str = "Maison") -> None:
    bought(world)
    world.outcome(Delivered((CODE,)))
    world.say("garder ce compteur")
    world.say(name)


def test_a_nickname_is_escaped_and_never_a_command(world: World) -> None:
    saved(world, "<b>Oui")
    assert "&lt;b&gt;Oui" in last_text(world)
    world.say("/meters")
    assert "&lt;b&gt;Oui" in last_text(world)
    world.say("1")
    world.say("renommer")
    world.say("solde")
    assert "autre chose ici" in last_text(world), "a name may not be a word of the bot"
    world.say("chez maman")
    assert "C’est fait" in last_text(world)
    world.say("/meters")
    world.say("solde")
    world.say("renommer")
    world.say("annuler")
    assert world.sessions[AWA].state == "idle"


def test_a_nickname_that_is_nearly_a_word_is_a_name(world: World) -> None:
    saved(world, "Bach")
    assert "Bach" in last_text(world)
    world.say("/meters")
    world.say("1")
    world.say("renommer")
    world.say("Home")
    assert "Home" in last_text(world)


def test_a_bare_number_begins_nothing_where_something_else_is_asked(world: World) -> None:
    world.say("senelec 310000003")
    world.say("5000")
    assert world.sessions[AWA].state == "bill"
    world.say(f"/credit {AWA} 5000", ADMIN)
    world.say("14123456789", ADMIN)
    assert world.sessions[ADMIN].state == "admin_confirm"


def test_a_bad_nickname_is_asked_again(world: World) -> None:
    bought(world)
    world.outcome(Delivered((CODE,)))
    world.tap("⭐ Garder")
    world.say("👍")
    assert world.sessions[AWA].state == "nickname"
    world.say("/xyz")
    assert "Écrivez simplement le nom" in last_text(world)
    world.say("retour")
    assert world.sessions[AWA].state == "idle"


def test_a_saved_bill_is_bought_by_its_name(world: World) -> None:
    bought(world, "senelec 210278816")
    world.outcome(Delivered(()))
    world.say("garder")
    world.say("Facture maman")
    assert "Facture maman</code>" in last_text(world)
    world.say("facture maman 5000")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert quote.amount_xof == 18_450
    world.say("/meters")
    world.tap("⚡ Facture maman")
    world.say("5000")
    assert "Touchez un bouton" in last_text(world)
    world.tap("Voir les factures")
    assert world.sessions[AWA].state == "quote"


def test_a_saved_meter_is_offered_and_found_by_name(world: World) -> None:
    saved(world)
    world.say("woyofal")
    assert "⭐ Maison · 14123456789" in buttons(world.last())
    world.say("maison")
    assert world.sessions[AWA].state == "amount"
    world.say("woyofal maison 2000")
    assert world.sessions[AWA].state == "quote"
    world.say("/meters")
    world.tap("💡 Maison")
    world.tap("Autre montant")
    assert world.sessions[AWA].state == "amount"


@pytest.mark.parametrize("line", ["2000", "renommer", "supprimer", "retour"])
def test_a_meter_that_vanished_meanwhile(world: World, line: str) -> None:
    saved(world)
    world.say("/meters")
    world.say("1")
    world.forget("meter")
    world.say(line)
    assert world.sessions[AWA].state in ("idle", "meters")


@pytest.mark.parametrize(("label", "state"), [("[2 000", "meter"), ("Renommer", "rename"), ("Supprimer", "forget")])
def test_a_meter_that_vanished_under_a_question(world: World, label: str, state: str) -> None:
    saved(world)
    world.say("/meters")
    world.say("1")
    if state != "meter":
        world.tap(label)
    world.forget("meter")
    for line in ("autre nom", "oui", "hein"):
        world.put_session(replace(world.sessions[AWA], state=state, pending=OneMeter(1)))
        world.say(line)
    world.put_session(Session(state="meter", pending=OneMeter(1), updated_at=world.now, greeted=True))
    world.hear(AWA, Text("???"))
    assert "pas encore de compteur" in last_text(world)


def test_buying_for_a_meter_that_vanished(world: World) -> None:
    saved(world)
    world.say("/meters")
    world.say("1")
    world.forget("meter")
    world.tap("2 000 F")
    assert "pas encore de compteur" in last_text(world)


# Words that are understood anywhere.


def test_commands_in_other_words(world: World) -> None:
    world.say("/start@taal_bot")
    for line, wanted in [
        ("/solde", "Solde"),
        ("/aide", "Comment ça marche"),
        ("/menu", "Que voulez-vous faire"),
        ("/senelec", "contrat"),
        ("/seneau 450123", "Vérifiez"),
        # The question of the purchase stands below the one about the language.
        ("/language", "Vérifiez"),
        ("/oui", "je n’ai pas compris"),
        ("/", "je n’ai pas compris"),
        ("/help\nme", "Comment ça marche"),
    ]:
        world.say(line)
        assert wanted.lower() in last_text(world).lower(), line
    assert any("Quelle langue" in shown.outbound.text and shown.outbound.rows for shown in world.screen)


def test_a_greeting_keeps_the_place(world: World) -> None:
    world.say("/start")
    world.say(f"woyofal {METER}")
    world.say("bonjour")
    assert last_text(world).startswith("Bonjour")
    assert world.sessions[AWA].state == "amount"


def test_money_in_the_admins_own_words() -> None:
    shop = ShopSettings(words=WORDS, pay_in={"fr": "Wave au 77 <000> & co"})
    world = World(shop=shop)
    world.say("solde")
    assert "Wave au 77 &lt;000&gt; &amp; co" in last_text(world)
    world.say("english")
    world.say("balance")
    assert "give it to the manager" in last_text(world)


def test_help_tells_an_admin_more(world: World) -> None:
    world.say("/help", ADMIN)
    assert "/resolve" in last_text(world, ADMIN)
    world.say("/help")
    assert "/resolve" not in last_text(world)


# Admins.


@pytest.mark.parametrize(
    "line",
    [
        "/credit",
        "/credit nobody 5000",
        "/credit telegram:5",
        "/credit telegram:5 zero",
        "/credit telegram:5 0",
        "/credit telegram:5 9999999999",
        "/debit telegram:5 -1",
    ],
)
def test_a_credit_that_makes_no_sense(world: World, line: str) -> None:
    books = world.books()
    result = world.say(line, ADMIN)
    assert "/credit telegram:123456" in last_text(world, ADMIN)
    assert only_says(result)
    assert world.books() == books


def test_a_debit_never_takes_more_than_there_is(world: World) -> None:
    world.install(default_credit_limit_xof=50_000)
    world.say(f"/debit {AWA} 20000 caisse", ADMIN)
    world.say(f"woyofal {METER} 5000")
    world.say("oui")
    world.say("confirmer", ADMIN)
    assert "Impossible" in last_text(world, ADMIN)
    assert world.balance() == 20_000 - 5_075
    world.say(f"/debit {AWA} 14 925 F solde rendu", ADMIN)
    world.say("confirmer", ADMIN)
    assert world.balance() == 0
    assert "retirés de votre solde" in last_text(world)
    assert "was taken from your balance" not in last_text(world), "they read French"


def test_who_is_no_admin_any_more_decides_nothing(world: World) -> None:
    world.say(f"/credit {AWA} 5000", ADMIN)
    world.install(admins=())
    books = world.books()
    result = world.say("confirmer", ADMIN)
    assert only_says(result)
    assert world.books() == books
    assert world.sessions[ADMIN].state == "idle"


def test_orders_that_an_admin_names_badly(world: World) -> None:
    for line in ("/order", "/order é", "/order NOPE", "/resolve NOPE refused", "/resolve", "/resolve é refused"):
        world.say(line, ADMIN)
        assert (
            "/resolve ORD" in last_text(world, ADMIN)
            or "Je ne trouve pas" in last_text(world, ADMIN)
            or "Écrivez" in last_text(world, ADMIN)
        )
    order_id = bought(world)
    world.say(f"/resolve {order_id} refused 1234", ADMIN)
    assert "Écrivez" in last_text(world, ADMIN)
    world.hear(ADMIN, Tap("-.askany.NOPE"))
    assert "Je ne trouve pas" in last_text(world, ADMIN)


def test_an_order_is_told_to_an_admin_without_its_codes(world: World) -> None:
    order_id = bought(world)
    world.outcome(Delivered((CODE,), Processing().details))
    details = replace(world.newest().details, message="merci <b>", transaction_id="TX")
    world.change_order(order_id, details=details, reason="x")
    world.store.run(note, order_id, world.now, "look_up: Delivered", "delivered", "late")
    world.say(f"/order {order_id[:5]}", ADMIN)
    text = last_text(world, ADMIN)
    assert "finissant par …0931" in text
    assert CODE not in text
    assert "merci &lt;b&gt;" in text
    assert "(late)" in text
    assert copies(world.last(ADMIN)) == []


def test_a_code_of_odd_length_is_pointed_at(world: World) -> None:
    order_id = bought(world)
    world.outcome(Unknown("timeout"))
    world.say(f"/resolve {order_id} delivered 1234", ADMIN)
    assert "n’a pas 20 chiffres" in last_text(world, ADMIN)
    world.say("hmm", ADMIN)
    assert "Motif : hmm" in last_text(world, ADMIN).replace("\u00a0", " ")
    world.forget("orders")
    world.say("hmm", ADMIN)
    assert "Je ne trouve pas" in last_text(world, ADMIN)


def test_an_order_that_went_away_before_the_confirm(world: World) -> None:
    order_id = bought(world)
    world.outcome(Unknown("timeout"))
    world.say(f"/resolve {order_id} refused", ADMIN)
    world.forget("orders")
    books = world.books()
    world.say("confirmer", ADMIN)
    assert world.books() == books


def test_a_bill_is_resolved_without_a_code(world: World) -> None:
    order_id = bought(world, "senelec 210278816")
    world.outcome(Unknown("timeout"))
    world.say(f"/resolve {order_id} delivered", ADMIN)
    world.say("confirmer", ADMIN)
    assert world.orders[order_id].state == "delivered"


def test_asking_about_an_order_keeps_an_admins_own_purchase(world: World) -> None:
    world.fund(10_000, ADMIN)
    order_id = bought(world)
    world.say(f"woyofal {METER} 2000", ADMIN)
    world.say(f"/order {order_id}", ADMIN)
    assert world.sessions[ADMIN].state == "quote"
    world.say("confirmer", ADMIN)
    assert len(world.orders) == 2


def test_a_float_that_is_not_told(world: World) -> None:
    world.float_answer = FloatUnavailable("maintenance")
    world.say("/float", ADMIN)
    assert "(maintenance)" in last_text(world, ADMIN)


# The machine itself.


# They ask nothing, they only show.
VIEWS = {"idle", "history", "order", "meters", "clients", "client", "admin_orders", "batch_view", "pin_menu"}
VIEWS |= {"inbox", "conversation", "coach", "sellers", "seller", "proofs"}


def test_the_table_names_what_exists() -> None:
    known = WORDS["fr"]
    for name, state in REGISTRY.states.items():
        assert known(state.unclear), name
        assert state.read_only == (name in VIEWS), name


def test_a_message_that_is_too_long_ends_at_a_line(world: World) -> None:
    assert fit("short") == "short"
    long = fit("<b>one</b>\n" * 600)
    assert len(long) <= MAX_TEXT_CHARACTERS
    assert long.endswith("<b>one</b>\n…")
    world.next_answer = Inquiry("woyofal", METER, "&" * 500, "<" * 500, ">" * 500)
    world.say(f"woyofal {METER}")
    assert len(last_text(world)) <= MAX_TEXT_CHARACTERS


def test_refusals_say_why(world: World) -> None:
    for reason, wanted in [("invalid", "a refusé"), ("float", "n’a pas pu partir"), ("admin", "n’est pas passé")]:
        bought(world)
        world.outcome(Refused(reason))  # type: ignore[arg-type]  # The model's reasons.
        assert wanted in last_text(world)
        assert "Vous n’avez rien payé" in last_text(world)


def test_an_order_that_waits_is_told_once(world: World) -> None:
    bought(world)
    world.outcome(NotSent("unreachable"))
    assert "Votre paiement attend" in last_text(world)
    count = len(world.screen)
    world.outcome(NotSent("unreachable"))
    assert len(world.screen) == count


def test_services_can_be_renamed_in_the_catalog() -> None:
    catalog = Catalog().replaced(replace(WOYOFAL, words=("prepaye",)))
    world = World(shop=ShopSettings(words=WORDS, catalog=catalog))
    world.say("prepaye 14123456789")
    assert "Awa DIOP" in last_text(world)


def test_a_step_is_quick(world: World) -> None:
    """The whole of a purchase: its events and the inquiry's answer, each in a transaction of a database in memory."""
    rounds = 60
    world.install(limits=Limits(inquiries=Allowance(rounds, 600, 150)))
    world.fund(10_000_000)
    started = time.thread_time()
    for _ in range(rounds):
        world.say("menu")
        world.say("woyofal")
        world.say(METER)
        world.tap("5 000 F")
        world.say("non")
    spent = (time.thread_time() - started) / (rounds * 6)
    # About a third of a millisecond; so much more that a slow machine under coverage does not fail it.
    assert spent < 3e-3, f"{spent * 1e6:.0f} µs"


def test_no_text_of_the_dialogue_shows_a_key(world: World) -> None:
    bought(world)
    world.outcome(Delivered((CODE,)))
    for shown in world.screen:
        assert not re.search(r"\{[a-z_]+\}", shown.outbound.text)


@pytest.mark.parametrize("name", sorted(REGISTRY.states))
def test_every_states_question_can_be_put(world: World, name: str) -> None:
    bought(world)
    person = Person("telegram:1", ("A", "B"), START, role="owner", reseller=Terms())
    kind = REGISTRY.states[name].pending
    pending = None if kind is None else PENDING[kind]
    session = Session(state=name, updated_at=START, pending=pending)
    here = Context(session, person, SHOP, a_unit(person, SHOP), REGISTRY)
    question = REGISTRY.states[name].ask(here)
    if not isinstance(question, Transition | Reply):
        question = world.store.run(lambda asked: asked, question)
    assert isinstance(question, Transition | Reply)


def test_somebody_new_who_says_something_odd_is_welcomed(world: World) -> None:
    world.say("hmm")
    assert "Bienvenue" in last_text(world)
    world.say("hmm")
    assert "pas compris" in last_text(world)


def test_an_admin_types_the_number_of_a_stuck_order(world: World) -> None:
    bought(world)
    world.outcome(Unknown("timeout"))
    world.say("/stuck", ADMIN)
    world.say("1", ADMIN)
    assert "Journal" in last_text(world, ADMIN)
    world.install(admins=())
    world.put_session(replace(world.sessions[ADMIN], choices=(Choice("x", f"-.inspect.{world.newest().id}"),)), ADMIN)
    world.say("1", ADMIN)
    assert "Journal" not in last_text(world, ADMIN)


def test_a_confirm_on_offer_for_another_quote(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    session = world.sessions[AWA]
    world.put_session(replace(session, choices=(Choice("oui", f"{session.step}.confirm.OTHER"),)))
    world.say("oui")
    assert not world.orders


def test_more_ways_to_say_it(world: World) -> None:
    world.say("/language english")
    assert "English" in last_text(world)
    bought(world)
    world.outcome(Processing())
    world.say("/cancel")
    assert "nothing to cancel" in last_text(world), "an order that has left is not offered"
    world.outcome(Delivered((CODE,)), "look_up")
    world.say("keep this meter")
    world.say("Home")
    bought(world, "woyofal 14555666777 2000")
    world.outcome(Delivered((CODE,)))
    world.say("keep")
    assert "What shall we call" in last_text(world)
    world.say("Shop")
    world.say("/meters")
    world.tap("💡 Shop")
    world.tap("Delete")
    world.forget("meter")
    world.tap("Yes, delete")
    assert "no saved meter" in last_text(world)


def test_a_name_that_nobody_saved(world: World) -> None:
    saved(world)
    world.say("boutique 2000")
    assert "pas compris" in last_text(world)


@pytest.mark.parametrize("typed", ["5k", "5000", "18 000 F"])
def test_a_bill_sets_its_own_amount(world: World, typed: str) -> None:
    world.say("senelec 210278816")
    world.say(typed)
    assert "C’est la facture qui fixe le montant" in last_text(world)
    assert "Total" in last_text(world)
    world.say("o")
    assert world.newest().amount_xof == 18_450


@pytest.mark.parametrize(("yes", "no"), [("o", "n"), ("y", "N"), ("O", "n"), ("Y !", "n.")])
def test_one_letter_is_an_answer(world: World, yes: str, no: str) -> None:
    world.say(f"woyofal {METER} 5000")
    world.say(no)
    assert not world.orders
    world.say(f"woyofal {METER} 5000")
    world.say(yes)
    assert len(world.orders) == 1


# Messages that were under way for long.

STALE_MS = 600_000


@pytest.mark.parametrize("act", ["text", "tap"])
def test_a_stale_confirm_pays_nothing(world: World, act: str) -> None:
    world.say(f"woyofal {METER} 5000")
    quote = world.sessions[AWA].quote
    late = world.now - STALE_MS - 1
    if act == "text":
        world.say("oui", sent_at=late)
    else:
        world.tap("✅ Confirmer", sent_at=late)
    assert not world.orders
    assert "Êtes-vous toujours là" in last_text(world)
    assert buttons(world.last())[0] == "💡 Woyofal"
    session = world.sessions[AWA]
    assert (session.state, session.quote) == ("idle", quote)
    # The old button, pressed now: a new offer for the same thing.
    world.tap("✅ Confirmer", gone=True)
    assert not world.orders
    assert world.sessions[AWA].quote != quote
    world.say("oui")
    assert [order.amount_xof for order in world.orders.values()] == [5_000]


def test_a_message_that_is_just_young_enough_is_followed(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.now += STALE_MS - 1_000
    world.say("oui", sent_at=world.now - STALE_MS + 2_000)
    assert len(world.orders) == 1
    world.say("/balance", sent_at=world.now + 60_000)
    assert "Solde" in last_text(world), "a clock that runs ahead makes nothing stale"


def test_stale_messages_in_a_row_are_asked_about_once(world: World) -> None:
    late = world.now - STALE_MS - 1
    world.say("/start")
    for text in ("woyofal", METER, "5000", "oui"):
        world.say(text, sent_at=late)
    assert [shown.outbound.text.count("toujours là") for shown in world.screen] == [0, 1]
    # After a long while, or after something fresh, it is asked again.
    world.now += 31 * 60_000
    world.say("oui", sent_at=late)
    assert len(world.screen) == 3
    world.say("merci")
    world.say("oui", sent_at=late)
    assert "toujours là" in last_text(world)
    assert not world.orders


def test_a_stale_confirm_of_an_admin_moves_nothing(world: World) -> None:
    world.say(f"/credit {AWA} 5000 caisse", ADMIN)
    before = world.balance()
    world.say("oui", ADMIN, sent_at=world.now - STALE_MS - 1)
    world.say("confirmer", ADMIN)
    world.tap("✅ Confirmer", ADMIN, gone=True)
    assert world.balance() == before


def test_a_stale_message_of_somebody_new(world: World) -> None:
    world.say("x" * 300 + "\n<b>", sent_at=world.now - 6 * 86_400_000)
    assert "xxx…" in last_text(world)
    world.say("oui")
    assert "Que voulez-vous faire" in last_text(world)


def test_a_stale_answer_to_an_inquiry_that_was_left(world: World) -> None:
    world.holding = True
    world.say(f"woyofal {METER} 5000")
    world.say("5000", sent_at=world.now - STALE_MS - 1)
    count = len(world.screen)
    world.answer_held()
    assert len(world.screen) == count, "nobody waits for it any more"


def test_a_word_after_a_slash_is_that_word(world: World) -> None:
    world.say("/menu")
    world.say("solde")
    typed = last_text(world)
    world.say("/solde")
    assert last_text(world) == typed


def test_a_service_after_a_slash_is_a_purchase_by_whichever_of_its_words(world: World) -> None:
    world.say(f"/courant {METER} 5000")
    assert "Awa DIOP" in last_text(world)
