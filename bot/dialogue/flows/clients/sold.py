"""What a client bought, and their codes once more: `code fatou`. Pure.

"I deleted the code" is what a counter hears most after "how much". The newest code comes as the message that the client
gets, ready to be passed on; the ones before are a tap away.
"""

from typing import Final

from bot.dialogue.clients import called, exact_or_all, label, own_client
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.clients.book import no_such_client
from bot.dialogue.menu import home_row
from bot.dialogue.parsing import vocabulary
from bot.domain.order import Order
from bot.domain.outbound import Choice, Outbound
from bot.languages import answers
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import list_label, list_line
from bot.notices.sales import for_client
from bot.repositories import clients as book
from bot.repositories import sellers
from bot.repositories.clients import Client
from bot.store import Script

MAX_SHOWN = 5
# Bills and refusals stand between codes.
MAX_LOOKED_AT = 20
# The longest first: "le code de fatou" is no code of "de fatou".
_CODE_OF: Final = sorted(answers("client_code"), key=len, reverse=True)


def read_codes(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """`code fatou`, `le code de fatou`; None where it names nobody of the book."""
    if ctx.person.terms is None or not typed.state.read_only or vocabulary.exact(typed.folded) is not None:
        return None
    opening = next((said for said in _CODE_OF if typed.folded.startswith(f"{said} ")), "")
    name = typed.folded.removeprefix(f"{opening} ") if opening else ""
    page = None if not any(c.isalpha() for c in name) else (yield from called(ctx, name))
    found = () if page is None else exact_or_all(page.clients, name)
    if not found:
        return None
    if len(found) == 1:
        return (yield from _codes(ctx, found[0]))
    rows: Rows = tuple((free(truncate(label(one), 60), "clientcodes", str(one.id)),) for one in found)
    return Reply(ctx.t("sale.whom", name=name), (*rows, home_row(ctx)))


def codes(ctx: Context, argument: str) -> Deciding:
    """A client's last codes."""
    client = yield from own_client(ctx, argument)
    return (yield from no_such_client(ctx)) if client is None else (yield from _codes(ctx, client))


def _codes(ctx: Context, client: Client) -> Deciding:
    t, terms = ctx.t, ctx.person.terms
    sold = yield from _sold_to(ctx, client)
    coded = [order for order in sold if order.state == "delivered" and order.tokens][:MAX_SHOWN]
    back = (ctx.link("button.client_see", "client", str(client.id)), *home_row(ctx))
    if not coded or terms is None:
        return Reply(t("client.no_codes", name=truncate(client.name, 40)), (back,))
    older: Rows = tuple((_message_of(ctx, order),) for order in coded[1:])
    ctx.replaces = None
    # A message of its own without buttons, so that it can be passed on as it stands.
    ctx.send(Outbound(for_client(t, coded[0], terms.shop_name)))
    return Reply(t("client.codes", name=truncate(client.name, 40)), (*older, back), no_question=True)


def _sold_to(ctx: Context, client: Client) -> Script[tuple[Order, ...]]:
    """What they bought last; a seller sees what they sold themselves."""
    selling = ctx.person.selling
    if selling is None:
        return (yield from book.sales_to(ctx.customer, client.id, MAX_LOOKED_AT))
    return (yield from sellers.sales_to(selling.shop, selling.id, client.id, MAX_LOOKED_AT))


def history(ctx: Context, argument: str) -> Deciding:
    """What a client bought, newest first, with the message of each purchase."""
    client = yield from own_client(ctx, argument)
    if client is None:
        return (yield from no_such_client(ctx))
    t = ctx.t
    sold = yield from book.sales_to(ctx.customer, client.id, MAX_SHOWN)
    back = (ctx.link("button.client_see", "client", str(client.id)), *home_row(ctx))
    if not sold:
        return Reply(t("client.no_sales", name=truncate(client.name, 40)), (back,))
    listed = lines(*(list_line(t, number, order) for number, order in enumerate(sold, 1)))
    rows: Rows = tuple((_message_of(ctx, order),) for order in sold if order.state == "delivered")
    return Reply(paragraphs(t("client.sales", name=truncate(client.name, 40)), listed), (*rows, back))


def _message_of(ctx: Context, order: Order) -> Choice:
    return free(f"📤 {list_label(ctx.t, order)}", "forward", order.id, STAYS)
