"""Whose meter? From a service to the provider's inquiry. Pure.

There is no purchase without an inquiry: seeing the holder's name is what protects people from paying for somebody
else's meter.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row, menu
from bot.dialogue.parsing.mistaken import is_like_phone
from bot.dialogue.pending import BeingLookedUp, MeterKnown, NumberGiven, NumberWanted, Purchase
from bot.dialogue.session import LookedUp, Transition
from bot.dialogue.tasks import Inquire
from bot.domain.catalog import Service, ServiceName
from bot.domain.inquiry import Inquiry
from bot.domain.outbound import Attachment, Outbound
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, REFERENCE, SERVICE
from bot.repositories import meters
from bot.store import Script
from bot.store.together import together

# A look-up that has not answered for so long was probably lost with its process: it is asked again.
LOST_INQUIRY_SECONDS = 30
# For so long a meter that was looked up is offered again.
LOOKED_UP_HOURS = 24
WHERE: Final = answers("where")
# A name of so many characters stands on a small button with the end of its number.
MAX_SHORT_CHARACTERS = 12


class Known(Struct, frozen=True):
    """A number that can be picked: what stands before its name, the name, which may be empty, and the number."""

    emblem: str
    name: str
    reference: str


def sold(ctx: Context) -> Service:
    """The service that is being bought."""
    return ctx.shop.catalog[ctx.pending(Purchase).service]


def buy(ctx: Context, name: str) -> Deciding:
    """A service was chosen: ask for the meter number or the reference."""
    service = next((service for service in ctx.shop.catalog if service.name == name), None)
    if service is None:
        return menu(ctx)
    if (closed := purchase_blocked(ctx, service.name)) is not None:
        return closed
    return (yield from begin(ctx, service.name))


def begin(ctx: Context, service: ServiceName, amount_xof: int | None = None) -> Deciding:
    """Begin a purchase: ask for the number."""
    ctx.session = replace(ctx.afresh(), pending=NumberWanted(service=service, amount_xof=amount_xof), greeted=True)
    return (yield from ask_reference(ctx))


def begin_keeping(ctx: Context, name: str) -> Deciding:
    """A number is to be kept under a name, without a purchase: ask for it. Whose it is, is looked up all the same."""
    service = next((service for service in ctx.shop.catalog if service.name == name), None)
    if service is None:
        return menu(ctx)
    ctx.session = replace(ctx.afresh(), pending=NumberWanted(service=service.name, keeps=True), greeted=True)
    return (yield from ask_reference(ctx))


def ask_reference(ctx: Context) -> Deciding:
    """The number, typed or picked among saved and recent ones."""
    t, purchase = ctx.t, ctx.pending(Purchase)
    if isinstance(purchase, MeterKnown):
        # It is another one that is wanted.
        ctx.session = replace(ctx.session, looked_up=None)
    service, amount = purchase.service, purchase.amount_xof
    saved, recent = yield from _known(ctx, service)
    known = [Known("⭐ ", meter.nickname, meter.reference) for meter in saved[:5]]
    known += [Known("", meter.holder, meter.reference) for meter in recent[:3]]
    seen = ctx.session.looked_up
    is_today = seen is not None and 0 <= ctx.now - seen.at < LOOKED_UP_HOURS * 3_600_000
    references = {one.reference for one in known}
    if seen is not None and is_today and seen.service == service and seen.reference not in references:
        known.insert(0, Known("", seen.holder, seen.reference))
    if purchase.keeps:
        kept = {meter.reference for meter in saved}
        known = [one for one in known if one.reference not in kept]
    short = ctx.channel.buttons is not None and len(known) < ctx.channel.buttons and all(map(_is_short, known))
    rows: Rows = (*((ctx.choice(_label(one, short=short), "use", one.reference),) for one in known),)
    text = paragraphs(
        lines(
            Safe(
                f"{EMBLEM[service]} <b>{t(SERVICE[service])}</b>" + ("" if amount is None else f" · {t.money(amount)}")
            ),
            t(f"reference.ask.{service}"),
        ),
        t("reference.or_pick") if known else None,
    )
    wanted = NumberWanted(service=service, amount_xof=amount, keeps=purchase.keeps)
    # Somebody new may not know where to look.
    where_to_look = () if known else (ctx.button("button.where", "where"),)
    last = (*where_to_look, ctx.button("button.cancel", "cancel"))
    return ctx.ask("reference", text, (*rows, last), pending=wanted)


def where(ctx: Context, _: str = "") -> Answer:
    """Where the number is written: a sentence, with a picture on channels that show one. The question stands."""
    purchase, idle = ctx.session.pending, ctx.flows.state_of(ctx.session).read_only
    if not (idle or isinstance(purchase, Purchase)):
        # Another number is asked for, such as that of a telephone: its question says it all.
        return Reply(Safe(""))
    service = ctx.shop.catalog[purchase.service] if isinstance(purchase, Purchase) else ctx.shop.catalog.woyofal
    text, drawn = (ctx.t("where.meter"), "meter") if service.prepaid else (ctx.t("where.bill"), "bill")
    rows = (home_row(ctx),) if idle else ()
    ctx.send(Outbound(text, rows, attachment=Attachment("where_number", ctx.t.language, (drawn,))))
    return ctx.become(replace(ctx.session, greeted=True, updated_at=ctx.now))


def read_where(ctx: Context, text: str) -> Answer | None:
    """The same, asked in so few words that they mean it here alone: “c'est où ?”."""
    return where(ctx) if fold(text) in WHERE else None


def _is_short(known: Known) -> bool:
    return 0 < len(known.name) <= MAX_SHORT_CHARACTERS


def _label(known: Known, *, short: bool) -> str:
    """A number on a button. The quote tells all of it; a small button has room for a name and its end."""
    if short:
        return f"{known.emblem}{known.name} …{known.reference[-4:]}"
    if known.emblem:
        return f"{known.emblem}{known.name} · {known.reference}"
    return f"{known.reference} · {truncate(known.name, 24)}"


def use(ctx: Context, reference: str) -> Answer:
    """A saved or recent meter was picked."""
    wanted = ctx.pending(NumberWanted)
    return inquire(ctx, wanted.service, reference, wanted.amount_xof, keeps=wanted.keeps)


def ask_first(
    ctx: Context, service: Service, reference: str, amount_xof: int | None = None, *, keeps: bool = False
) -> Deciding:
    """A number was typed: inquire, unless its length is unusual. A wrong number may be somebody else's meter, and a
    name that looks right is easily confirmed; so it is asked about before the provider is. A meter that is known
    already was asked about then.
    """
    if service.is_usual(reference) or (yield from _is_known(ctx, service, reference)):
        return inquire(ctx, service.name, reference, amount_xof, keeps=keeps)
    given = NumberGiven(service=service.name, reference=reference, amount_xof=amount_xof, keeps=keeps)
    ctx.session = replace(ctx.afresh(), pending=given, greeted=True)
    return ask_unusual(ctx)


def _known(
    ctx: Context, service: ServiceName
) -> Script[tuple[tuple[meters.SavedMeter, ...], tuple[meters.RecentMeter, ...]]]:
    return together(meters.saved_by(ctx.customer, service), meters.paid_lately_by(ctx.customer, service))


def _is_known(ctx: Context, service: Service, reference: str) -> Script[bool]:
    saved, recent = yield from _known(ctx, service.name)
    return reference in {*(meter.reference for meter in saved), *(meter.reference for meter in recent)}


def ask_unusual(ctx: Context) -> Answer:
    """A number of an unusual length: is it right?"""
    t, service, reference = ctx.t, sold(ctx), ctx.pending(NumberGiven).reference
    low, high = service.usual_digits
    missing = low - len(reference)
    usual = str(high) if low == high else t("reference.usual_range", low=low, high=high)
    key, count = ("reference.missing", missing) if missing > 0 else ("reference.extra", len(reference) - high)
    text = lines(
        t(REFERENCE[service.name], reference=reference),
        t.plural(key, count, digits=len(reference), usual=usual),
        t("phone.maybe") if service.prepaid and is_like_phone(reference) else None,
        t("reference.retype"),
    )
    rows = ((ctx.button("button.number_right", "asis"),), (ctx.button("button.cancel", "cancel"),))
    return ctx.ask("unusual", text, rows)


def as_it_is(ctx: Context, _: str = "") -> Answer:
    """The number of an unusual length is the right one."""
    return retry(ctx)


def inquire(
    ctx: Context,
    service: ServiceName,
    reference: str,
    amount_xof: int | None = None,
    on_credit: bool = False,
    *,
    keeps: bool = False,
) -> Transition:
    """Ask the provider whose meter it is. No message is sent: the answer comes in a moment."""
    if (closed := purchase_blocked(ctx, service)) is not None:
        return closed
    session = replace(
        ctx.afresh(),
        state="inquiring",
        step=ctx.step,
        updated_at=ctx.person.now,
        pending=BeingLookedUp(
            service=service,
            reference=reference,
            amount_xof=amount_xof,
            keeps=keeps,
            on_credit=on_credit,
            inquiry_id=ctx.person.fresh[1],
            asked_at=ctx.now,
        ),
        greeted=True,
    )
    if ctx.prefix:
        ctx.send(Outbound(ctx.prefix, replaces=ctx.replaces))
    ctx.after_commit(Inquire(ctx.person.fresh[1], service, reference))
    return ctx.become(session)


def ask_inquiring(ctx: Context) -> Answer:
    """The look-up is under way and somebody asks; one that was lost is begun again."""
    purchase = ctx.pending(BeingLookedUp)
    if not 0 <= ctx.now - purchase.asked_at <= LOST_INQUIRY_SECONDS * 1000:
        purchase = replace(purchase, inquiry_id=ctx.person.fresh[1], asked_at=ctx.now)
        ctx.after_commit(Inquire(purchase.inquiry_id, purchase.service, purchase.reference))
    text = ctx.t("inquiry.pending", reference=purchase.reference)
    return ctx.ask("inquiring", text, ((ctx.button("button.cancel", "cancel"),),), pending=purchase)


def retry(ctx: Context, _: str = "") -> Answer:
    """Ask the provider once more."""
    given = ctx.pending(NumberGiven)
    return inquire(ctx, given.service, given.reference, given.amount_xof, given.on_credit, keeps=given.keeps)


def ask_retry(ctx: Context, key: str = "inquiry.unavailable") -> Answer:
    """The provider did not say: what happened, that nothing was charged, and how to go on."""
    given = ctx.pending(NumberGiven)
    text = ctx.t(key, reference=given.reference)
    rows = ((ctx.button("button.retry", "retry"),), (ctx.button("button.cancel", "cancel"),))
    pending = NumberGiven(
        service=given.service,
        reference=given.reference,
        amount_xof=given.amount_xof,
        on_credit=given.on_credit,
        keeps=given.keeps,
    )
    return ctx.ask("unanswered", text, rows, pending=pending)


def unusual(ctx: Context, reference: str) -> Safe | None:
    """A soft warning for a number of an unusual length; the provider decides, not we."""
    low, high = sold(ctx).usual_digits
    if sold(ctx).is_usual(reference):
        return None
    usual = str(high) if low == high else f"{low}–{high}"
    return ctx.t("reference.unusual", digits=len(reference), usual=usual)


def looked_up(ctx: Context, inquiry: Inquiry) -> LookedUp:
    """The meter of an inquiry, as one whose holder is shown now."""
    return LookedUp(inquiry.service, inquiry.reference, inquiry.holder, ctx.now)


def meter_lines(ctx: Context, inquiry: Inquiry) -> Safe:
    """Whose meter it is, by name alone: whoever types a stranger's number learns no address."""
    t = ctx.t
    if ctx.prefix:
        reference = t(REFERENCE[inquiry.service], reference=inquiry.reference)
        return lines(reference, t("detail.holder", holder=truncate(inquiry.holder)) if inquiry.holder else None)
    return lines(
        Safe(f"{EMBLEM[inquiry.service]} <b>{t(SERVICE[inquiry.service])}</b>"),
        t(REFERENCE[inquiry.service], reference=inquiry.reference),
        t("detail.holder", holder=truncate(inquiry.holder)) if inquiry.holder else None,
    )
