"""What a purchase costs: the fees, each by an example. Pure."""

from typing import Final

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.menu import menu_rows
from bot.domain.catalog import Service
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import EMBLEM, SERVICE

# Of what the fee is shown: an amount that many buy, and that many owe.
EXAMPLE_XOF: Final = 5_000


def prices(ctx: Context, _: str = "") -> Answer:
    """The fee of each service, and the least that one can buy for."""
    text = paragraphs(ctx.t("prices.title"), lines(*(_line(ctx, service) for service in ctx.shop.catalog)))
    return Reply(text, menu_rows(ctx))


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
