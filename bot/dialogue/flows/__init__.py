"""Every flow, by name: the one place that lists them. Pure.

    idle ─▶ reference ─▶ inquiring ─▶ amount ─▶ quote ─▶ (order)
      │          ▲           │  ╲──▶ bill ──────▲
      │     which│unusual    └─▶ unanswered ─▶ inquiring
      ├─▶ meters ─▶ meter ─▶ rename | forget | inquiring
      ├─▶ history ─▶ order
      ├─▶ nickname
      └─▶ link_give | link_undo | unlink

A button that a state does not name is looked for among those that are valid anywhere; one that is found nowhere, or
that somebody may not use, changes nothing. `describe` writes the states out for people (`docs/dialogue.md`).
"""

from collections.abc import Callable
from typing import Final

from bot.dialogue import listing
from bot.dialogue.flows import (
    account,
    accounts,
    batches,
    broadcasts,
    clients,
    coach,
    consents,
    contact,
    debts,
    linking,
    meters,
    money,
    monitoring,
    news,
    order_admin,
    payins,
    payments,
    pin,
    proofs,
    purchase,
    reports,
    sales,
    sales_reports,
    sellers,
    shop_rules,
    start,
    undo,
)
from bot.dialogue.registry import Registry
from bot.domain.people import Language, Role
from bot.shop import ShopSettings

REGISTRY: Final = Registry(
    each.FLOW
    for each in (
        # Before all others, for what is typed to a person is read by nobody else.
        contact,
        start,
        purchase,
        payments,
        account,
        coach,
        meters,
        consents,
        sellers,
        linking,
        news,
        # Before sales: what is owed is no sale.
        debts,
        clients,
        sales,
        batches,
        pin,
        sales_reports,
        broadcasts,
        reports,
        order_admin,
        payins,
        accounts,
        money,
        proofs,
        shop_rules,
        monitoring,
        undo,
    )
)


def commands(shop: ShopSettings) -> dict[Language, list[tuple[str, str]]]:
    """The commands to register with a channel for everybody, per language, with their descriptions."""
    return listing.for_everybody(shop, REGISTRY.commands)


def shown(shop: ShopSettings, role: Role | None, reseller: bool) -> dict[str, list[tuple[str, str]]]:
    """The commands for the chat of one person, per language: everybody's, then those that are theirs besides."""
    return listing.shown(shop, REGISTRY.commands, role, reseller)


def describe() -> str:
    """The states as Markdown, a row each: what it asks, its buttons, what may be typed, where Back leads."""
    rows = ["| flow | state | what it says | its buttons | typed | Back |", "|---|---|---|---|---|---|"]
    for flow in REGISTRY.flows:
        for name, state in flow.states.items():
            buttons = ", ".join(f"`{act}`" for act in state.buttons) or "—"
            typed = _first_line(state.parse_text) if state.parse_text is not None else "—"
            back = "menu" if state.back is None else state.back.__name__.removeprefix("ask_").lstrip("_")
            cells = (flow.name, f"`{name}`", _first_line(state.ask), buttons, typed, back.replace("_", " "))
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").partition("\n")[0]
