"""A recharge code that is typed here instead of on the meter. Pure.

Only a person's own codes are known to them. What is said of any other is the same whether somebody has it or nobody.
"""

from typing import Final

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.mistaken import pasted_codes
from bot.notices.orders import refused_button
from bot.repositories import own_orders
from bot.store import Script

# Among so many of the person's newest purchases a code is looked for.
MOST_LOOKED_AT: Final = 50


def code_typed_here(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """Recharge codes belong on the meter; None for a text that is none."""
    if typed.state.free_text or typed.state.secret or typed.text.startswith("/"):
        return None
    typed_codes = pasted_codes(typed.text)
    if not typed_codes:
        return None
    known = yield from own_orders.codes_of(ctx.person.whose, MOST_LOOKED_AT)
    order = next((each for each in known if typed_codes[0] in each.tokens), None)
    if order is None:
        return Reply(ctx.t("pasted.code"), (home_row(ctx),))
    moment = ctx.t.short_moment(order.confirmed_at)
    text = ctx.t("pasted.own_code", moment=moment, reference=order.reference)
    return Reply(text, ((refused_button(ctx.t, order), *home_row(ctx)),))
