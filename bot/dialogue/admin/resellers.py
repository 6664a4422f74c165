"""An owner makes somebody a reseller, agrees terms with him, and ends it. Pure."""

import re

from bot.dialogue.admin.audit_log import audit
from bot.dialogue.admin.drafts import Draft, Two, ask, begin, done, whose
from bot.dialogue.admin.people import person, tell
from bot.dialogue.admin.rules import DEFAULT, commission_examples, commission_warning, most_commission, service_in
from bot.dialogue.admin.second import where_two_are
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.catalog import Commission, Service
from bot.domain.model import Address
from bot.errors import ModelError
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories import resellers
from bot.repositories.acts import Standing
from bot.store import Script

MAX_NAME_CHARACTERS = 60


def reseller(ctx: Context, rest: str) -> Deciding:
    """`/reseller ADDRESS [SHOP NAME]`, `… SERVICE COMMISSION` (or `default`), `… off`."""
    address, _, more = " ".join(rest.split()).partition(" ")
    if more.lower() == "off":
        return (yield from RESELLER.put(ctx, begin(ctx, f"reseller {address} off")))
    word, _, rule = more.partition(" ")
    service, rule = service_in(ctx, word), rule.lower()
    # A shop may be called after what it sells: only figures are meant for terms.
    if service is not None and (rule == DEFAULT or re.search(r"\d", rule)):
        if rule != DEFAULT and _commission(rule) is None:
            return Reply(ctx.t("admin.reseller.usage"))
        return (yield from RESELLER.put(ctx, begin(ctx, f"reseller {address} terms {service.name} {rule}")))
    return (yield from RESELLER.put(ctx, begin(ctx, f"reseller {address} make {more[:MAX_NAME_CHARACTERS]}")))


def _commission(rule: str) -> Commission | None:
    try:
        return Commission.parse(rule)
    except ModelError:
        return None


def _whom(ctx: Context, draft: str) -> Script[Reply | tuple[Address, Standing, str, str]]:
    """Whom a draft is about, what it does with him, and the rest of it; or why it cannot be."""
    t = ctx.t
    _, address_text, verb, *rest = draft.split(" ", 3)
    more = rest[0] if rest else ""
    found = yield from person(ctx, address_text, "admin.reseller.usage")
    if isinstance(found, Reply):
        return found
    address, standing = found
    terms = standing.reseller
    if verb != "make" and terms is None:
        return Reply(t("admin.reseller.is_none", address=address_text))
    if verb == "terms":
        _, _, rule = _agreed(ctx, standing, more)
        if rule is not None and not ctx.shop.bounds.allow_commission(rule):
            return Reply(t("admin.commission.beyond", most=str(most_commission(ctx))))
    if verb == "make" and terms is not None and more in ("", terms.shop_name):
        return Reply(t("admin.reseller.already", address=address_text, shop=terms.shop_name or "—"))
    return address, standing, verb, more


def _agreed(ctx: Context, standing: Standing, more: str) -> tuple[Service, Commission, Commission | None]:
    """The service of a draft, what a sale of it earns now, and the new terms; None for the shop's."""
    name, _, rule = more.partition(" ")
    service = next(service for service in ctx.shop.catalog if service.name == name)
    own = standing.reseller.commissions if standing.reseller is not None else {}
    return service, own.get(service.name, service.commission), _commission(rule)


def ask_reseller(ctx: Context, draft: str) -> Deciding:
    """What changes for him."""
    t = ctx.t
    found = yield from _whom(ctx, draft)
    if isinstance(found, Reply):
        return found
    address, standing, verb, more = found
    named = {"address": str(address)}
    balance = t("admin.limit.balance", balance=t.money(standing.balance.available_xof))
    if verb == "off":
        return ask(
            ctx, paragraphs(t("admin.reseller.ask_off", **named), lines(balance, t("admin.reseller.keeps"))), draft
        )
    if verb == "terms":
        service, before, after = _agreed(ctx, standing, more)
        rule = after or service.commission
        text = paragraphs(
            t("admin.reseller.ask_terms", service=t(SERVICE[service.name]), rule=str(rule), **named),
            commission_examples(ctx, service, before, rule),
            commission_warning(ctx, service, rule),
        )
        return ask(ctx, text, draft)
    shop = t("admin.reseller.shop", shop=more) if more else None
    if standing.reseller is not None:
        return ask(ctx, lines(t("admin.reseller.ask_name", **named), shop), draft)
    rules = (
        t("admin.reseller.earns", service=t(SERVICE[service.name]), rule=str(service.commission))
        for service in ctx.shop.catalog
    )
    text = paragraphs(
        lines(t("admin.reseller.ask_make", **named), shop, balance), lines(*rules), t("admin.reseller.then", **named)
    )
    return ask(ctx, text, draft)


def do_reseller(ctx: Context, draft: str) -> Deciding:
    """Do it, and tell him."""
    t, why = ctx.t, ctx.session.why
    found = yield from _whom(ctx, draft)
    if isinstance(found, Reply):
        return found
    address, standing, verb, more = found
    target, members = str(address), standing.members
    if verb == "off":
        yield from audit(ctx, "reseller off", target, why)
        yield from ctx.write(resellers.end(standing.customer))
        yield from tell(ctx, members, lambda voice, _: voice("reseller.ended"))
        return done(ctx, t("admin.reseller.ended", address=target))
    if verb == "terms":
        service, _, after = _agreed(ctx, standing, more)
        terms = standing.reseller.commissions if standing.reseller is not None else {}
        rest = {name: rule for name, rule in terms.items() if name != service.name}
        rule = after or service.commission
        why = " · ".join(filter(None, (str(after or DEFAULT), why)))
        yield from audit(ctx, f"reseller {service.name}", target, why)
        agreed = rest if after is None else {**rest, service.name: after}
        yield from ctx.write(resellers.agree(standing.customer, agreed))
        yield from tell(
            ctx,
            members,
            lambda voice, _: voice("reseller.terms", service=voice(SERVICE[service.name]), rule=str(rule)),
        )
        return done(ctx, t("admin.reseller.agreed", address=target))
    yield from audit(ctx, "reseller", target, " · ".join(filter(None, (more, why))))
    yield from ctx.write(resellers.make(standing.customer, more, ctx.now))
    if standing.reseller is None:
        yield from tell(
            ctx,
            members,
            lambda voice, _: paragraphs(
                voice("reseller.made"), voice("reseller.shop", shop=more) if more else None, voice("reseller.start")
            ),
        )
        return done(ctx, t("admin.reseller.made", address=target))
    return done(ctx, t("admin.reseller.named", address=target, shop=more))


def _terms(ctx: Context, draft: str) -> Script[Two | None]:
    """Terms of a reseller's own give money with every sale."""
    return (yield from _two(ctx, draft)) if draft.split(" ")[2] == "terms" else None


_two = where_two_are("admin.two.terms")
RESELLER = Draft(
    ask_reseller,
    do_reseller,
    "owner",
    whose(1),
    "two",
    "terms of a reseller's own give money with every sale: within bounds, and by two; the shop's own terms are in "
    "force already",
    two=_terms,
)
