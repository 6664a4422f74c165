"""An owner makes somebody a reseller, agrees terms with them, and ends it. Pure."""

import re
from collections.abc import Mapping

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, Undoing, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.acts.second import where_two_are
from bot.dialogue.acts.terms import (
    DEFAULT,
    commission_examples,
    commission_warning,
    commission_words,
    most_commission,
    service_in,
)
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person, tell
from bot.domain.acts import AgreeTerms, ChangeReseller, EndReseller, MakeReseller
from bot.domain.catalog import Commission, ServiceName
from bot.domain.people import Address
from bot.errors import ModelError
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories import resellers
from bot.repositories.acts import Standing, Touched
from bot.store import Script
from bot.transactions.people import standing_at

MAX_NAME_CHARACTERS = 60


def reseller(ctx: Context, rest: str) -> Deciding:
    """`/reseller ADDRESS [SHOP NAME]`, `… SERVICE COMMISSION` (or `default`), `… off`."""
    address_text, _, more = " ".join(rest.split()).partition(" ")
    address = address_in(address_text, ctx.shop.channels)
    if address is None:
        return Reply(ctx.t("admin.reseller.usage"))
    if more.lower() == "off":
        return (yield from begin(ctx, ChangeReseller(address, EndReseller())))
    word, _, rule = more.partition(" ")
    service, rule = service_in(ctx, word), rule.lower()
    # A shop may be called after what it sells: only figures are meant for terms.
    if service is not None and (rule == DEFAULT or re.search(r"\d", rule)):
        if rule != DEFAULT and _commission(rule) is None:
            return Reply(ctx.t("admin.reseller.usage"))
        terms = AgreeTerms(service.name, None if rule == DEFAULT else rule)
        return (yield from begin(ctx, ChangeReseller(address, terms)))
    return (yield from begin(ctx, ChangeReseller(address, MakeReseller(more[:MAX_NAME_CHARACTERS]))))


def _commission(rule: str) -> Commission | None:
    try:
        return Commission.parse(rule)
    except ModelError:
        return None


def _whom(ctx: Context, act: ChangeReseller) -> Script[Reply | Standing]:
    """Whom an act is about; or why it cannot be."""
    t, change, address = ctx.t, act.change, str(act.address)
    standing = yield from person(ctx, act.address)
    if isinstance(standing, Reply):
        return standing
    terms = standing.reseller
    if not isinstance(change, MakeReseller) and terms is None:
        return Reply(t("admin.reseller.is_none", address=address))
    if isinstance(change, AgreeTerms) and change.rule is not None:
        allowed = ctx.shop.bounds.allow_commission(Commission.parse(change.rule))
        if not allowed:
            return Reply(t("admin.commission.beyond", most=str(most_commission(ctx))))
    if isinstance(change, MakeReseller) and terms is not None and change.shop_name in ("", terms.shop_name):
        return Reply(t("admin.reseller.already", address=address, shop=terms.shop_name or "—"))
    return standing


def _own_terms(standing: Standing) -> Mapping[ServiceName, Commission]:
    """The terms of a reseller's own."""
    return {} if standing.reseller is None else standing.reseller.commissions


def _agreed(ctx: Context, change: AgreeTerms) -> Commission:
    """What a sale earns then: by the terms of an act, or by the shop's."""
    return ctx.shop.catalog[change.service].commission if change.rule is None else Commission.parse(change.rule)


def ask_reseller(ctx: Context, act: ChangeReseller, why: str) -> Deciding:
    """What changes for them."""
    t, change = ctx.t, act.change
    standing = yield from _whom(ctx, act)
    if isinstance(standing, Reply):
        return standing
    named = {"address": str(act.address)}
    balance = t("admin.limit.balance", balance=t.money(standing.balance.available_xof))
    if isinstance(change, EndReseller):
        text = paragraphs(t("admin.reseller.ask_off", **named), lines(balance, t("admin.reseller.keeps")))
        return ask(ctx, text, act, why)
    if isinstance(change, AgreeTerms):
        service, rule = ctx.shop.catalog[change.service], _agreed(ctx, change)
        before = _own_terms(standing).get(service.name, service.commission)
        text = paragraphs(
            t(
                "admin.reseller.ask_terms",
                service=t(SERVICE[service.name]),
                before=commission_words(t, service, before),
                after=commission_words(t, service, rule),
                **named,
            ),
            commission_examples(ctx, service, before, rule),
            commission_warning(ctx, service, rule),
        )
        return ask(ctx, text, act, why)
    shop = t("admin.reseller.shop", shop=change.shop_name) if change.shop_name else None
    if standing.reseller is not None:
        return ask(ctx, lines(t("admin.reseller.ask_name", **named), shop), act, why)
    rules = (
        t(
            "admin.reseller.earns",
            service=t(SERVICE[service.name]),
            rule=commission_words(t, service, service.commission),
        )
        for service in ctx.shop.catalog
    )
    text = paragraphs(
        lines(t("admin.reseller.ask_make", **named), shop, balance), lines(*rules), t("admin.reseller.then", **named)
    )
    return ask(ctx, text, act, why)


def do_reseller(ctx: Context, act: ChangeReseller, why: str) -> Deciding:
    """Do it, and tell them."""
    standing = yield from _whom(ctx, act)
    if isinstance(standing, Reply):
        return standing
    if isinstance(act.change, EndReseller):
        return (yield from _end(ctx, act.address, standing, why))
    if isinstance(act.change, AgreeTerms):
        return (yield from _agree(ctx, act.address, standing, act.change, why))
    return (yield from _make(ctx, act.address, standing, act.change.shop_name, why))


def _end(ctx: Context, address: Address, standing: Standing, why: str) -> Deciding:
    yield from audit(ctx, "reseller off", str(address), why)
    yield from ctx.write(resellers.end(standing.customer, ctx.now))
    yield from tell(ctx, standing.members, lambda voice, _: voice("reseller.ended"))
    return done(ctx, ctx.t("admin.reseller.ended", address=str(address)))


def _agree(ctx: Context, address: Address, standing: Standing, change: AgreeTerms, why: str) -> Deciding:
    name, rule = change.service, _agreed(ctx, change)
    agreed = {service: own for service, own in _own_terms(standing).items() if service != name}
    if change.rule is not None:
        agreed[name] = rule
    why = " · ".join(filter(None, (DEFAULT if change.rule is None else str(rule), why)))
    yield from audit(ctx, f"reseller {name}", str(address), why)
    yield from ctx.write(resellers.agree(standing.customer, agreed))
    yield from tell(
        ctx,
        standing.members,
        lambda voice, _: voice(
            "reseller.terms",
            service=voice(SERVICE[name]),
            rule=commission_words(voice, ctx.shop.catalog[name], rule),
        ),
    )
    return done(ctx, ctx.t("admin.reseller.agreed", address=str(address)))


def _make(ctx: Context, address: Address, standing: Standing, shop: str, why: str) -> Deciding:
    target = str(address)
    yield from audit(ctx, "reseller", target, " · ".join(filter(None, (shop, why))))
    yield from ctx.write(resellers.make(standing.customer, shop, ctx.now))
    if standing.reseller is not None:
        return done(ctx, ctx.t("admin.reseller.named", address=target, shop=shop))
    yield from tell(
        ctx,
        standing.members,
        lambda voice, _: paragraphs(
            voice("reseller.made"), voice("reseller.shop", shop=shop) if shop else None, voice("reseller.start")
        ),
    )
    return done(ctx, ctx.t("admin.reseller.made", address=target))


def _terms(ctx: Context, act: ChangeReseller) -> Script[Two | None]:
    """Terms of a reseller's own give money with every sale."""
    return (yield from _two(ctx, act)) if isinstance(act.change, AgreeTerms) else None


def _before(ctx: Context, act: ChangeReseller) -> Script[tuple[ChangeReseller, ...]]:
    """What puts back what there is. Whoever is no reseller any more has lost their terms and their PIN."""
    standing = yield from standing_at(act.address, ctx.unit.installation)
    terms, change = standing.reseller, act.change
    if isinstance(change, AgreeTerms):
        own = _own_terms(standing).get(change.service)
        return (ChangeReseller(act.address, AgreeTerms(change.service, None if own is None else str(own))),)
    if isinstance(change, EndReseller) or (terms is not None and not terms.shop_name):
        return ()
    back = EndReseller() if terms is None else MakeReseller(terms.shop_name)
    return (ChangeReseller(act.address, back),)


def _now(ctx: Context, act: ChangeReseller) -> Script[str]:
    standing = yield from standing_at(act.address, ctx.unit.installation)
    if isinstance(act.change, AgreeTerms):
        return str(_own_terms(standing).get(act.change.service))
    return "" if standing.reseller is None else f"={standing.reseller.shop_name}"


def _sets(act: ChangeReseller) -> frozenset[str]:
    what = act.change.service if isinstance(act.change, AgreeTerms) else ""
    return frozenset({f"reseller:{act.address}:{what}"})


_two = where_two_are("admin.two.terms")
RESELLER = ActKind(
    ask=ask_reseller,
    do=do_reseller,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="two",
    because="terms of a reseller's own give money with every sale: within bounds, and by two; the shop's own terms are "
    "in force already",
    two=_terms,
    own_words=("word.reseller",),
    undoing=Undoing(inverse=_before, value=_now, sets=_sets),
)
