"""Where the money of a refused order is, as its page tells it, where none is kept on a balance."""

from bot.i18n import NBSP
from tests import paying_world
from tests.dialogue_world import World
from tests.test_transcripts import outcome_of

# What the page says while the pay-back is in a state.
SAYS = {
    "held": "dès qu’un gérant l’a confirmé",
    "waiting": "repartent vers le 77 ••• •• 67",
    "sending": "repartent vers le 77 ••• •• 67",
    "processing": "repartent vers le 77 ••• •• 67",
    "unknown": "la réponse s’est perdue",
    "refused": "n’a pas accepté",
    "done": "sont revenus sur le 77 ••• •• 67",
    "kept": "restent sur votre compte",
}


def page(world: World) -> str:
    world.say("voir la commande")
    return world.last().text.replace(NBSP, " ")


def test_the_page_of_a_refused_order_follows_its_money() -> None:
    world = World("fr")
    paying_world.collects(world)
    world.say("w 14123456789 5000")
    world.say("wave")
    for words in (["link"], ["came", "5175"]):
        paying_world.happens(world, words)
    world.outcome(outcome_of(["failed"]))
    for state, said in SAYS.items():
        world.store.connection.execute("UPDATE payback SET state = ?", (state,))
        read = page(world)
        assert said in read, state
        assert "sont revenus sur le solde" not in read
    # Of an account that was parted since, the pay-back is somebody else's.
    world.store.connection.execute("UPDATE payback SET customer = 'telegram:9', state = 'done'")
    assert "77 •••" not in page(world)
