"""A word on progress waits a moment where every message costs something: for the news that says more, or its time."""

import pytest
from msgspec.structs import replace

from bot.channels.whatsapp.abilities import ABILITIES as WHATSAPP
from bot.domain.outcome import Delivered, Processing, ProviderDetails, Refused
from bot.outbox.messages import claim_outbox
from bot.repositories.outbox import HOLD_MS
from bot.settlement.claims import claim_one
from bot.transactions import orders
from tests.dialogue_world import OTHER, World

CODE = "48213377901245560931"
METER = "14123456789"


def bought(*, amount: int = 5_000) -> World:
    """Somebody on WhatsApp has just confirmed, and reads of it nothing yet."""
    world = World()
    world.fund(50_000, OTHER)
    world.say(f"woyofal {METER} {amount}", OTHER)
    assert world.say("oui", OTHER).is_held
    assert not said(world, "Paiement envoyé")
    return world


def said(world: World, words: str) -> int:
    return sum(words in shown.outbound.text for shown in world.screen if shown.address == OTHER)


def texts(world: World) -> list[str]:
    return [shown.outbound.text.splitlines()[0] for shown in world.screen if shown.address == OTHER]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(Delivered((CODE,), ProviderDetails()), "Voici votre code"), (Refused("failed"), "n’est pas passé")],
)
def test_a_quick_outcome_takes_its_place(outcome: Delivered | Refused, words: str):
    world = bought()
    world.now += HOLD_MS - 1
    world.outcome(outcome)
    assert said(world, words) == 1
    world.now += 60_000
    world.deliver()
    assert not said(world, "Paiement envoyé")
    assert world.store.rows("SELECT 1 FROM outbox WHERE given_up_at IS NULL") == []


def test_it_goes_by_itself_when_nothing_came():
    world = bought()
    world.outcome(Processing(ProviderDetails()))
    world.now += HOLD_MS
    world.deliver()
    assert said(world, "Paiement envoyé") == 1
    world.outcome(Delivered((CODE,), ProviderDetails()), "look_up")
    assert said(world, "Voici votre code") == 1


def test_whatever_else_is_said_comes_behind_it():
    world = bought()
    world.say("solde", OTHER)
    first, second = texts(world)[-2:]
    assert "Paiement envoyé" in first
    assert "Solde" in second or "solde" in second
    world.outcome(Delivered((CODE,), ProviderDetails()))
    assert said(world, "Voici votre code") == 1


def test_what_is_being_sent_is_not_taken_back_and_stays_first():
    world = bought()
    order_id = world.newest().id
    world.now += HOLD_MS
    (held,) = world.store.run(claim_outbox, world.installation, world.now, 10)
    # The outcome comes while it is on its way.
    world.store.run(claim_one, world.installation, order_id, world.now)
    outcome = Delivered((CODE,), ProviderDetails())
    world.store.run(orders.settle, world.installation, order_id, outcome, "pay", world.now, leased=True)
    rows = world.store.rows("SELECT id, held_for FROM outbox ORDER BY id")
    assert (rows[0]["id"], rows[0]["held_for"]) == (held.id, order_id)
    assert len(rows) == 2


def test_a_process_that_dies_leaves_it_to_the_next_one():
    world = bought()
    world.install(owner="another")
    assert world.store.run(claim_outbox, world.installation, world.now, 10) == []
    world.now += HOLD_MS
    (held,) = world.store.run(claim_outbox, world.installation, world.now, 10)
    assert "Paiement envoyé" in held.outbound.text


def test_two_purchases_of_a_chat_each_wait_for_their_own_news():
    world = bought()
    world.say(f"{METER} 3000", OTHER)
    world.say("oui", OTHER)
    assert said(world, "Paiement envoyé") == 1
    first, second = world.orders
    world.outcome(Delivered((CODE,), ProviderDetails()), order_id=second)
    assert said(world, "Paiement envoyé") == 1
    world.outcome(Refused("failed"), order_id=first)
    assert said(world, "Voici votre code") == said(world, "n’est pas passé") == 1


def test_where_a_message_takes_anothers_place_nothing_is_held():
    world = World()
    world.fund(50_000)
    world.say(f"woyofal {METER} 5000")
    assert not world.say("oui").is_held
    assert "Paiement envoyé" in world.screen[-1].outbound.text


def test_a_channel_that_is_set_so_holds_nothing():
    world = World()
    world.under(channels={**world.shop.channels, "whatsapp": replace(WHATSAPP, holds=False)})
    world.fund(50_000, OTHER)
    world.say(f"woyofal {METER} 5000", OTHER)
    assert not world.say("oui", OTHER).is_held
    assert said(world, "Paiement envoyé") == 1
    world.outcome(Delivered((CODE,), ProviderDetails()))
    assert said(world, "Voici votre code") == 1
