"""What is typed of a debt, and whose it is: `crédit bocar 3000`, `bocar m'a payé 2000`. Pure.

What is understood is written at once, as in a notebook, and can be taken back. Somebody whom several are called like is
asked for; nobody is guessed.
"""

from msgspec.structs import replace

from bot.dialogue.clients import (
    MAX_SEARCH_BYTES,
    add_rows,
    ask_which,
    called,
    exact_or_all,
    own_client,
    similar_name,
)
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.debts import noting, showing
from bot.dialogue.menu import home_row
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.debts import ON_CREDIT, is_on_credit, names_meter, parse_debt, speaks_of_several
from bot.dialogue.pending import MeterKnown
from bot.dialogue.sale_pending import DebtSaid
from bot.domain.text import fold
from bot.notices.layout import paragraphs, truncate
from bot.repositories.clients import Client
from bot.store import Script


def first(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """Several debts in one message, or one among sales: nothing is done, lest half of it is. And a debt at the counter
    of somebody else's shop: whom it trusts, the shop itself says.
    """
    yield from ()
    if not _is_free(ctx, typed) or typed.text.startswith("/"):
        return None
    if ctx.at_counter:
        is_debt = is_on_credit(typed.text) or parse_debt(ctx.shop.catalog, typed.text) is not None
        return Reply(ctx.t("debt.not_here"), (home_row(ctx),)) if is_debt else None
    if not speaks_of_several(ctx.shop.catalog, typed.text):
        return None
    return Reply(ctx.t("debt.several"), (home_row(ctx),))


def read(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A debt, or *on credit* of a sale that is on offer; None for any other text."""
    if not _is_free(ctx, typed) or vocabulary.exact(typed.folded) is not None:
        return None
    if typed.folded in ON_CREDIT and (offered := ctx.awaits(MeterKnown)) is not None:
        return (yield from _on_credit(ctx, offered))
    if is_on_credit(typed.text) and names_meter(typed.text):
        return Reply(ctx.t("debt.no_client"), (home_row(ctx),))
    said = parse_debt(ctx.shop.catalog, typed.text)
    if said is None:
        return None
    if isinstance(ctx.session.pending, DebtSaid):
        # Whoever says another one means that.
        ctx.session = ctx.afresh()
    return (yield from _about(ctx, said)) if said.name else Reply(ctx.t("debt.several"), (home_row(ctx),))


def _is_free(ctx: Context, typed: Typed) -> bool:
    """Whether somebody speaks who sells, and nearly any text is not meant for something else."""
    state = typed.state
    return ctx.person.terms is not None and not (state.free_text or state.secret or state.most_characters)


def _on_credit(ctx: Context, offered: MeterKnown) -> Deciding:
    """The sale on offer is to be paid for later."""
    quote = ctx.session.quote
    if quote is None or ctx.session.state != "quote" or quote.client_id is None:
        return Reply(ctx.t("debt.no_client"), (home_row(ctx),))
    ctx.session = replace(ctx.session, quote=replace(quote, on_credit=True))
    return (yield from ctx.flows.back_to_quote(ctx, replace(offered, on_credit=True)))


# Whose?


def _about(ctx: Context, said: DebtSaid) -> Deciding:
    page = yield from called(ctx, said.name)
    found = exact_or_all(page.clients, said.name)
    if len(found) == 1:
        return (yield from _done(ctx, found[0], said))
    if not found:
        close = yield from similar_name(ctx, said.name)
        if not close:
            return _nobody(ctx, said.name)
        said = replace(said, name=close)
    name = said.name.encode()[:MAX_SEARCH_BYTES].decode("utf-8", "ignore")
    ctx.session = replace(ctx.afresh(), pending=replace(said, name=name), greeted=True)
    return (yield from ask_whom(ctx))


def _nobody(ctx: Context, name: str) -> Answer:
    text = paragraphs(ctx.t("debt.nobody", name=truncate(name, 40)), ctx.t("clients.add_how"))
    return Reply(text, add_rows(ctx, name), separate=True)


def ask_whom(ctx: Context) -> Deciding:
    """A debt of somebody whom several are called like: whose?"""
    said = ctx.pending(DebtSaid)
    what = None if said.amount_xof is None else ctx.t("debt.what", amount=ctx.t.money(said.amount_xof))
    return (yield from ask_which(ctx, "debt_whom", said.name, what))


def choose(ctx: Context, argument: str) -> Deciding:
    """The client who was meant."""
    client, said = (yield from own_client(ctx, argument)), ctx.pending(DebtSaid)
    if client is None:
        return (yield from ctx.flows.follow(ctx, "client"))
    ctx.session = ctx.afresh()
    return (yield from _done(ctx, client, said))


def read_whom(ctx: Context, text: str) -> Script[Answer | None]:
    """More of the name was typed."""
    name = fold(text)
    if not any(c.isalpha() for c in name) or any(c.isdecimal() for c in name):
        return None
    said = ctx.pending(DebtSaid)
    asked = {one.id for one in (yield from called(ctx, said.name)).clients}
    meant = (yield from called(ctx, name)).clients
    # Another name than those that were asked about is none of this debt.
    if not meant or not asked.issuperset(one.id for one in meant):
        return None
    ctx.session = ctx.afresh()
    return (yield from _about(ctx, replace(said, name=name)))


def _done(ctx: Context, client: Client, said: DebtSaid) -> Deciding:
    match said.kind:
        case "owes" | "credit":
            return (yield from noting.owes(ctx, client, said.amount_xof))
        case "paid":
            return (yield from noting.paid(ctx, client, said.amount_xof))
        case "paid_all":
            return (yield from noting.paid(ctx, client, None, everything=True))
        case "remind":
            return (yield from showing.remind(ctx, str(client.id)))
        case _:
            return (yield from showing.page(ctx, str(client.id)))
