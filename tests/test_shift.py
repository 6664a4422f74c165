"""What whoever takes over reads, and what is in force: all that may wait at once, and no code or secret in it."""

from collections.abc import Iterator

import pytest

from bot.domain.acts import ResolveOrder
from bot.domain.catalog import FeeRule
from bot.domain.encoding import encode
from bot.i18n import NBSP
from tests import paying_world
from tests.dialogue_world import ADMIN, World
from tests.test_paying_admin import asked_back, topped_up
from tests.test_transcripts import begun

CODE = "48213377901245560931"


@pytest.fixture
def world() -> Iterator[World]:
    world = begun("fr")
    paying_world.collects(world, "allowed")
    yield world
    world.store.close()


def read(world: World, command: str) -> str:
    world.say(command, ADMIN)
    return world.last(ADMIN).text.replace(NBSP, " ")


def test_all_that_may_wait_is_counted_and_a_code_is_not_shown(world: World) -> None:
    topped_up(world)
    asked_back(world)
    rows = world.store.connection
    rows.execute("UPDATE payback SET state = 'held'")
    rows.execute("UPDATE collection SET stuck_at = 1")
    resolved = encode(ResolveOrder("0123456789AB", "delivered", (CODE,))).decode()
    for at in range(7):
        rows.execute(
            "INSERT INTO approval (id, draft, why, address, amount_xof, asked_at, expires_at, alone_at, state) "
            "VALUES (?, ?, 'lu', 'telegram:2', 0, 0, ?, NULL, 'asked')",
            (f"APPROVAL{at}", resolved, world.now + at),
        )
    rows.execute(
        "INSERT INTO account_move (address, customer, into_address, state, asked_by, approved_by, asked_at, due_at) "
        "VALUES ('telegram:5', 'telegram:5', 'telegram:6', 'waiting', 'telegram:1', '', 0, 1)"
    )
    rows.execute(
        "INSERT INTO identity_case (chat, other, value, kind, state, froze, at) "
        "VALUES ('telegram:5', 'telegram:6', '77', 'taken', 'open', 0, 0)"
    )
    rows.execute(
        "INSERT INTO proof (address, picture, reference, words, state, handed_at) "
        "VALUES ('telegram:5', '', 'T1', '', 'open', 0)"
    )
    text = read(world, "/shift")
    for part in (
        "1 somme à rendre : 10 000",
        "1 paiement à vérifier",
        "1 preuve de paiement",
        "7 demandes attendent",
        "/approve APPROVAL4</code> · /resolve 0123456789AB delivered · lu",
        "et 2 de plus",
        "/move",
        "/identity",
    ):
        assert part in text, (part, text)
    assert "APPROVAL5" not in text
    assert CODE[:6] not in text


def test_what_is_in_force_and_who_changed_it(world: World) -> None:
    """Also where nobody knows who: a log may be younger than a rule."""
    text = read(world, "/settings")
    assert "Les clients paient eux-mêmes : Wave" in text
    assert "Un propriétaire seul" in text
    woyofal = world.shop.catalog.woyofal
    for rule, said in (("0", "frais : 0 F CFA ·"), ("1% + 50, max 900", "frais : 1 % + 50 F CFA, au plus 900 F CFA ·")):
        world.store.connection.execute("INSERT OR REPLACE INTO rule VALUES ('fee:woyofal', ?)", (rule,))
        assert FeeRule.parse(rule) != woyofal.fee
        assert said in read(world, "/settings")
    world.store.connection.execute("INSERT INTO rule VALUES ('advances', 'allowed')")
    world.store.connection.execute("INSERT INTO rule VALUES ('maintenance:seneau', '')")
    text = read(world, "/settings")
    assert "— fee woyofal : date inconnue" in text
    assert "— maintenance seneau : date inconnue" in text
    assert "advances" not in text
