"""A reseller sells to a client of the book. Pure."""

from bot.dialogue.context import Answer, Context, State
from bot.dialogue.flow import Anywhere, Flow, Reader, Typed
from bot.dialogue.flows.sales import forward, sale, terms
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.services import named_service
from bot.dialogue.pending import NumberWanted
from bot.dialogue.sale_pending import SaleToClient, SaleToName
from bot.store import Script


def _client(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A client by name, where a purchase may be typed. A known word is no name; a slip of one may be.

    In the middle of a purchase a whole line begins another one: its figure must never become the amount of this one.
    """
    wanted = ctx.awaits(NumberWanted)
    asked = None if wanted is None else wanted.service
    whole = typed.state.buying and asked is None
    if ctx.person.terms is None or not (typed.state.read_only or asked or whole):
        return None
    if vocabulary.exact(typed.folded) is not None or named_service(ctx.shop.catalog, typed.folded) is not None:
        return None
    answer = yield from sale.read_line(ctx, typed.text, asked, whole=whole)
    return sale.unknown_client(ctx, typed.text) if answer is None and whole else answer


def _line(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A client by name, in a line that names a service."""
    return (yield from sale.read_line(ctx, typed.text, typed.service))


def _unknown(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A sale to somebody whom nobody knows."""
    yield from ()
    return sale.unknown_client(ctx, typed.text)


FLOW = Flow(
    name="sales",
    quote_terms=terms.quote_terms,
    spending_limit_xof=terms.spending_limit_xof,
    quote_lapsed=terms.quote_lapsed,
    has_float=lambda ctx: ctx.person.terms is not None,
    order_rows=forward.order_rows,
    states={
        "sale_whom": State(
            sale.ask_whom,
            "unclear.sale_whom",
            {"client": sale.choose_client},
            sale.read_whom,
            permission="seller",
            pending=SaleToName,
        ),
        "sale_meter": State(
            sale.ask_meter, "unclear.which", {"meter": sale.choose_meter}, permission="seller", pending=SaleToClient
        ),
    },
    readers=(Reader("name", _client), Reader("line", _line), Reader("unknown", _unknown)),
    buttons=(
        Anywhere("sell", sale.sell, "seller"),
        Anywhere("forward", forward.forward_again, "seller"),
    ),
)
