"""Who owes what, one client's page of it, and the words to ask for it. Pure."""

from bot.dialogue.clients import own_client
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.domain.outbound import Outbound
from bot.domain.period import day_of
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.repositories import consents, debts
from bot.repositories.debts import DebtLine

MAX_SHOWN = 10
MAX_LINES = 6


def owing(ctx: Context, _: str = "") -> Deciding:
    """Who owes something, the oldest debt first."""
    t = ctx.t
    every = yield from debts.debtors(ctx.customer)
    if not every:
        return Reply(paragraphs(t("debts.none"), t("debts.how")), (home_row(ctx, "~"),), separate=True)
    shown, rest = every[:MAX_SHOWN], every[MAX_SHOWN:]
    listed = (
        t(
            "debts.line",
            number=at,
            name=truncate(one.name, 40),
            owed=t.money(one.owed_xof),
            day=t.short_day(day_of(one.since_at)),
        )
        for at, one in enumerate(shown, 1)
    )
    more = t.plural("debts.others", len(rest), owed=t.money(sum(one.owed_xof for one in rest))) if rest else None
    text = paragraphs(
        t.plural("debts.title", len(every), total=t.money(sum(one.owed_xof for one in every))),
        lines(*listed, more),
        t("debts.how"),
    )
    rows: Rows = tuple(
        (free(f"📒 {truncate(one.name, 30)} · {t.short_money(one.owed_xof)}", "debt", str(one.client_id)),)
        for one in shown
    )
    return Reply(text, (*rows, home_row(ctx, "~")), separate=True)


def page(ctx: Context, argument: str) -> Deciding:
    """What a client owes, with the newest lines."""
    client = yield from own_client(ctx, argument)
    if client is None:
        return (yield from ctx.flows.follow(ctx, "client"))
    t, client_id, name = ctx.t, str(client.id), truncate(client.name, 40)
    owed_xof = yield from debts.owed_by(client.id)
    written = yield from debts.lines_of(ctx.customer, client.id, MAX_LINES)
    text = paragraphs(
        ctx.prefix,
        t("debt.owes", name=name, owed=t.money(owed_xof)) if owed_xof > 0 else t("debt.owes_nothing", name=name),
        lines(*(_line(ctx, one) for one in reversed(written))) or None,
        t("debt.how", name=name) if owed_xof > 0 else t("debts.how"),
    )
    ctx.prefix = None
    rows: Rows = ()
    if owed_xof > 0:
        rows += (
            (ctx.link("button.debt_remind", "debtremind", client_id, STAYS),),
            (ctx.link("button.debt_paid", "debtpaid", f"{client_id} {owed_xof}"),),
        )
    if written:
        rows += ((ctx.link("button.debt_undo", "debtundo", f"{client_id} {written[0].id}"),),)
    rows += (
        (ctx.link("button.debts", "debts"),),
        (ctx.link("button.client_see", "client", client_id), *home_row(ctx, "~")),
    )
    # Where few buttons stand below a message the rest is typed: the client's name, "who owes me".
    return Reply(text, rows[: ctx.channel.buttons], separate=True)


def _line(ctx: Context, line: DebtLine) -> Safe:
    t = ctx.t
    key = "debt.line.paid" if line.amount_xof < 0 else "debt.line.owes" if line.order_id is None else "debt.line.sale"
    return t(
        key if line.counts else "debt.line.waits",
        moment=t.short_moment(line.at),
        amount=t.money(abs(line.amount_xof)),
    )


def remind(ctx: Context, argument: str) -> Deciding:
    """A kind word to pass on to a client who owes something."""
    client, terms = (yield from own_client(ctx, argument)), ctx.person.reseller
    if client is None or terms is None:
        return (yield from ctx.flows.follow(ctx, "client"))
    t, name = ctx.t, truncate(client.name, 40)
    debtor = next((one for one in (yield from debts.debtors(ctx.customer)) if one.client_id == client.id), None)
    if debtor is None:
        return reply_beside(ctx, t("debt.owes_nothing", name=name))
    consent = yield from consents.newest_of(ctx.customer, client.id)
    words = t if consent is None else ctx.shop.words[consent.language]
    ctx.replaces = None
    # A message of its own without buttons, so that it can be passed on as it stands.
    ctx.send(
        Outbound(
            words(
                "debt.reminder",
                name=name,
                shop=terms.shop_name,
                owed=words.money(debtor.owed_xof),
                day=words.short_day(day_of(debtor.since_at)),
            )
        )
    )
    back = (ctx.link("button.debt_page", "debt", str(client.id)), *home_row(ctx))
    return Reply(t("debt.forward", name=name), (back,), separate=True)
