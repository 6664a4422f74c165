"""What a purchase costs: the fees, each by an example. Pure."""

import re
from typing import Final

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.menu import menu_rows
from bot.domain.catalog import Service
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import EMBLEM, SERVICE
from bot.store import Script

# Of what the fee is shown: an amount that many buy, and that many owe.
EXAMPLE_XOF: Final = 5_000
_UNITS: Final = re.compile(r"\b(?:[0-9]+ ?)?(?:kwh|kw h|kilowatts?)\b")


def prices(ctx: Context, _: str = "") -> Answer:
    """The fee of each service, and the least that one can buy for."""
    text = paragraphs(ctx.t("prices.title"), lines(*(_line(ctx, service) for service in ctx.shop.catalog)))
    return Reply(text, menu_rows(ctx))


def units(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """How many kWh an amount gives: what is known of it, and since when; None for any other text."""
    asks = not typed.state.free_text and not typed.text.startswith("/") and _UNITS.search(typed.folded) is not None
    yield from ()
    return Reply(ctx.t("prices.units"), menu_rows(ctx)) if asks else None


def _line(ctx: Context, service: Service) -> Safe:
    t = ctx.t
    amount_xof = max(EXAMPLE_XOF, service.minimum_xof)
    fee_xof = service.fee.fee_xof(amount_xof)
    named = Safe(f"{EMBLEM[service.name]} <b>{t(SERVICE[service.name])}</b> · ")
    if service.prepaid:
        least = t.money(service.minimum_xof)
        return Safe(
            named + t("prices.prepaid", amount=t.money(amount_xof), total=t.money(amount_xof + fee_xof), smallest=least)
        )
    return Safe(named + t("prices.bill", amount=t.money(amount_xof), total=t.money(amount_xof + fee_xof)))
