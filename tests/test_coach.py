"""Help at a meter that refuses a code: every way through it ends, and nobody reads another's code by it."""

import re
from html import unescape

import pytest

from bot.dialogue.context import Context, Reply
from bot.dialogue.flows import REGISTRY
from bot.dialogue.flows.coach.steps import ask_coach
from bot.dialogue.help_pending import Coached
from bot.dialogue.session import Person, Transition
from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from bot.domain.outcome import Delivered
from bot.domain.people import Address
from tests.dialogue_world import AWA, WORDS, World
from tests.trade_world import CLIENT, RESELLER, Town
from tests.units import a_unit

CODE = "90700724866189374516"
METER = "14123456789"
STRANGER = Address("telegram", "999")


@pytest.fixture
def world() -> World:
    """Awa has a code that she has not typed yet."""
    return bought(World())


def bought(world: World, tokens: tuple[str, ...] = (CODE,)) -> World:
    world.meet(AWA)
    world.fund(20_000)
    world.say(f"woyofal {METER} 5000")
    world.tap("✅ Confirmer")
    world.outcome(Delivered(tokens))
    return world


def said(world: World, address: Address = AWA) -> str:
    return unescape(re.sub("<[^>]+>", "", world.last(address).text)).replace("\u00a0", " ")


def order_id(world: World) -> str:
    return str(world.store.one("SELECT id FROM orders ORDER BY confirmed_at DESC"))


def orders(world: World) -> int:
    return int(world.store.one("SELECT count(*) FROM orders"))


def ways(world: World, address: Address = AWA) -> list[str]:
    return [button.data for row in world.last(address).rows for button in row if isinstance(button, Choice)]


@pytest.mark.parametrize("first", ["REJECT", "USED", "OLD", "LOCK", "Autre chose"])
def test_whatever_the_meter_shows_it_ends_with_a_person_who_is_told_the_order(world: World, first: str) -> None:
    world.tap("🆘 Code refusé")
    world.tap(first)
    for _ in range(4):
        if f"-.contact.{order_id(world)}" in ways(world):
            break
        world.say("oui" if "Est-ce bien" in said(world) else "non")
    assert f"-.contact.{order_id(world)}" in ways(world)
    world.tap("💬")
    world.say("le compteur refuse toujours")
    assert world.store.one("SELECT order_id FROM conversation") == order_id(world)


@pytest.mark.parametrize("first", ["REJECT", "USED", "OLD", "LOCK", "Autre chose"])
@pytest.mark.parametrize("word", ["ça marche", "c'est bon"])
def test_it_works_ends_it_at_any_step(world: World, first: str, word: str) -> None:
    world.say("le code ne marche pas")
    world.tap(first)
    world.say(word)
    assert said(world).startswith("Parfait")
    world.say("non")
    assert "coach" not in world.sessions[AWA].state


def test_nothing_that_is_said_at_the_meter_buys_anything(world: World) -> None:
    for word in (
        "oui",
        "ok",
        "waaw",
        "pareil",
        "encore",
        "payer",
        "deux fois",
        "non",
        "d'accord",
        "j'essaie",
        "oui oui",
    ):
        world.hear(AWA, Tap(f"~.refused.{order_id(world)}.rejected.1"))
        world.say(word)
        assert orders(world) == 1
        assert world.sessions[AWA].state in ("coach", "idle"), word


def test_who_tries_is_given_the_time(world: World) -> None:
    world.hear(AWA, Tap(f"~.refused.{order_id(world)}.rejected.1"))
    for word in ("ok j'essaie", "ok", "attendez"):
        world.say(word)
        assert said(world).startswith("Prenez votre temps"), word
    assert world.sessions[AWA].pending == Coached(order_id(world), "rejected", 1)
    world.say("toujours refusé")
    assert "25 minutes" in said(world)


def test_the_meter_shows_another_word_meanwhile(world: World) -> None:
    world.say("error 30")
    assert "Est-ce bien le numéro" in said(world)
    world.say("il affiche USED")
    assert "déjà été tapé" in said(world)
    world.say("used")
    assert "déjà été tapé" in said(world)


@pytest.mark.parametrize("word", ["non", "un autre"])
def test_a_code_for_another_meter_ends_at_once(world: World, word: str) -> None:
    world.say("mauvais compteur")
    world.say(word)
    assert "n’ouvrira pas cet autre compteur" in said(world)
    assert f"-.contact.{order_id(world)}" in ways(world)


def test_the_code_stands_in_large_groups(world: World) -> None:
    world.hear(AWA, Tap(f"~.refused.{order_id(world)}.rejected.1"))
    assert "\n".join(CODE[at : at + 4] for at in range(0, 20, 4)) in said(world)


@pytest.mark.parametrize("tokens", [("11112222333344445555", "66667777888899990000", CODE), ("AB12-CD34",)])
def test_several_codes_and_one_that_is_no_number_stand_as_they_were_sent(tokens: tuple[str, ...]) -> None:
    world = bought(World(), tokens)
    world.say("le compteur refuse")
    world.say("old")
    if len(tokens) == 1:
        world.hear(AWA, Tap(f"~.refused.{order_id(world)}.lock"))
        assert tokens[0] in said(world)
    else:
        # A newer one was typed before an older one: their order is what counts.
        assert "1. 1111 2222 3333 4444 5555\n2. 6666 7777 8888 9999 0000" in said(world)
        assert "dans l’ordre" in said(world)


@pytest.mark.parametrize("argument", ["", ".rejected.1", ".used", ".nonsense", ".lock.99", ".old.x", ".rejected.-1"])
def test_a_stranger_learns_nothing_by_anothers_button(world: World, argument: str) -> None:
    world.meet(STRANGER)
    for act in ("refused", "works", "elsewhere"):
        world.hear(STRANGER, Tap(f"-.{act}.{order_id(world)}{argument}"))
        assert METER not in said(world, STRANGER)
        assert CODE[:4] not in said(world, STRANGER)
    # Their own ends in something to do, however it was made up.
    world.hear(AWA, Tap(f"-.refused.{order_id(world)}{argument}"))
    assert ways(world)


def test_who_has_no_code_is_told_so_or_what_their_order_waits_for() -> None:
    world = World()
    world.meet(AWA)
    world.say("le compteur refuse le code bizarrement")
    assert said(world).startswith("Aucun code")
    for other in ("ça marche pas", "used", "erreur", "mauvais compteur"):
        world.say(other)
        assert not said(world).startswith(("Aucun code", "Code de")), other
        assert world.sessions[AWA].state == "idle"
    world.fund(20_000)
    world.say(f"woyofal {METER} 5000")
    world.tap("✅ Confirmer")
    world.say("ça marche pas du tout")
    assert "État" in said(world)
    world.say("le compteur refuse")
    assert "État" in said(world)


def test_an_order_that_is_gone_meanwhile_ends_the_help(world: World) -> None:
    world.say("le compteur refuse")
    gone = order_id(world)
    world.store.connection.execute("UPDATE orders SET customer = 'telegram:7'")
    world.say("ça marche")
    assert world.sessions[AWA].state == "idle"
    world.hear(AWA, Tap(f"-.elsewhere.{gone}"))
    assert said(world) == str(WORDS["fr"]("order.none"))


def test_the_step_that_was_shown_can_be_put_again(world: World) -> None:
    world.hear(AWA, Tap(f"-.refused.{order_id(world)}.used"))
    session, shown = world.sessions[AWA], world.last().text
    person = Person(str(AWA), ("A", "B"), world.now, customer=str(AWA))
    ctx = Context(session, person, world.shop, a_unit(person, world.shop), REGISTRY)
    again = world.store.run(ask_coach, ctx)
    assert isinstance(again, Transition)
    assert again.messages[-1].text == shown
    world.store.connection.execute("UPDATE orders SET customer = 'telegram:7'")
    assert isinstance(world.store.run(ask_coach, ctx), Reply)


def test_a_client_to_whom_the_code_was_sent_is_helped_too() -> None:
    town = Town()
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, ?)", (str(RESELLER), town.now)
    )
    town.fund(50_000, RESELLER)
    town.say(f"/addclient Awa Diop; {METER}")
    town.say("awa")
    town.tap("📲")
    town.say(str(town.store.one("SELECT code FROM invitation")), CLIENT)
    town.say("oui", CLIENT)
    town.say("awa 5000")
    town.tap("✅ Vendre")
    town.outcome(Delivered((CODE,)))
    town.say("le compteur refuse", CLIENT)
    assert said(town, CLIENT).startswith("Code de 5 000 F CFA")
    town.say("LOCK", CLIENT)
    assert "9070\n0724" in said(town, CLIENT)
