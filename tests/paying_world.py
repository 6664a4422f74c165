"""Customers who pay for themselves, in the world of the dialogue: what the collector says is played here."""

from typing import Literal, cast

from msgspec.structs import replace

from bot.domain.collecting import (
    CodeRefused,
    CodeResult,
    Collected,
    CreateResult,
    LookUpResult,
    LookUpUnknown,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    Payment,
    Way,
)
from bot.domain.collection import Collection, begin
from bot.repositories import collections
from bot.shop import CollectingTerms
from bot.transactions.collections import settle
from tests.collecting_world import TERMS
from tests.dialogue_world import World

PAYER = "771234567"
LINK = "https://pay.example.sn/c/wv_1"


def collects(world: World, *words: str) -> None:
    """The shop collects: `allowed` keeps advances, `cannot-end` says that the collector ends nothing, `link-alone` and
    `no-way` leave Wave, or nothing; `wizall` sends a code to the payer.
    """
    abilities, methods = TERMS.abilities, TERMS.methods
    if "cannot-end" in words:
        abilities = replace(abilities, expires=False)
    if "link-alone" in words:
        methods = ("wave",)
    if "wizall" in words:
        abilities = replace(abilities, ways=(*abilities.ways, Way("wizall", "code", 200, needs_number=True)))
        methods = (*methods, "wizall")
    terms: CollectingTerms = replace(TERMS, abilities=abilities, methods=methods)
    world.under(collecting=terms, advances="allowed" if "allowed" in words else "none")


def newest(world: World) -> Collection:
    """The collection that was begun last."""
    row = world.store.rows("SELECT id FROM collection ORDER BY created_at DESC, rowid DESC LIMIT 1")[0]
    collection = world.store.run(collections.load, row["id"])
    assert collection is not None
    return collection


def named(world: World, text: str) -> str:
    """A line of a script with the ids of the newest payment and of the newest pay-back."""
    if "PAYIN" in text:
        text = text.replace("PAYIN", newest(world).id)
    if "PAYBACK" in text:
        row = world.store.rows("SELECT id FROM payback ORDER BY created_at DESC, rowid DESC LIMIT 1")[0]
        text = text.replace("PAYBACK", row["id"])
    return text


CODE_ANSWERS: dict[str, CodeResult] = {
    "right": Open("P-1"),
    "wrong": CodeRefused("OTP invalide"),
    "lost": LookUpUnknown("unreadable", "ReadTimeout"),
}
remember = collections.remember_payer


def leaves(world: World) -> None:
    """The newest collection is being asked for at the collector."""
    world.store.run(collections.save, begin(newest(world), world.now))


def says(world: World, said: CreateResult | LookUpResult, by: Literal["create", "look_up"]) -> None:
    """The collector says something of the newest collection."""
    result = world.store.run(settle, world.installation, newest(world).id, said, by, world.now)
    assert result is not None
    world.wake(result.orders)
    world.deliver()


def happens(world: World, words: list[str]) -> None:
    """A `* payment …` line of a script."""
    what, *rest = words
    if what == "leaves":
        leaves(world)
    elif what == "link":
        leaves(world)
        says(world, Opened("P-1", rest[0] if rest else LINK), "create")
    elif what == "prompt":
        leaves(world)
        says(world, Opened("P-1"), "create")
    elif what == "refused-to-open":
        leaves(world)
        says(world, NotOpened("invalid"), "create")
    elif what == "code":
        world.code_answer = CODE_ANSWERS[rest[0]]
    elif what == "came":
        payments = tuple(Payment(int(xof), f"{newest(world).id}-{at}", 50, PAYER, None) for at, xof in enumerate(rest))
        says(world, Collected(payments), "look_up")
    else:
        cause = cast(Literal["refused", "cancelled", "expired"], what)
        says(world, NotPaid(cause), "look_up")
