"""An admin changes what the shop asks, pays and says, and what is not sold for a while. Pure.

A change holds from the next event on: the shop is read with every one. A quote that was shown keeps its price.
"""

from typing import Final

from bot.dialogue import read
from bot.dialogue.admin.audit_log import audit
from bot.dialogue.admin.drafts import Draft, Two, ask, begin, done, nobody
from bot.dialogue.admin.second import names_a_way_to_pay, not_for_operators, tell_owners, where_two_are
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.catalog import Commission, FeeRule, Service
from bot.domain.model import ServiceName
from bot.errors import ModelError
from bot.i18n import LANGUAGES, Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories.acts import Touched
from bot.repositories.rules import set_rule
from bot.store import Script
from bot.transactions import broadcasts

# The sales that a change of fees is shown by.
EXAMPLES_XOF: Final = (1_000, 5_000, 20_000)
DEFAULT = "default"
MAX_WORD_CHARACTERS = 300
_TEXTS: Final[dict[str, str]] = {
    "payin": "pay_in",
    "pay_in": "pay_in",
    "pay-in": "pay_in",
    "help": "help",
    "contact": "contact",
}
_ALL: Final = frozenset({"all", "tout", "tous", "everything"})


def service_in(ctx: Context, word: str) -> Service | None:
    """The service that one word names."""
    found = read.service(ctx.shop.catalog, word) if word else None
    return None if found is None or found[1] else found[0]


def examples_of(service: Service) -> tuple[int, ...]:
    """Some amounts that are sold."""
    fit = tuple(xof for xof in EXAMPLES_XOF if service.minimum_xof <= xof <= service.maximum_xof)
    return fit or (service.minimum_xof,)


# Fees and commissions.


def fee(ctx: Context, rest: str) -> Deciding:
    """`/fee SERVICE RULE`: what customers pay beside the amount; `default` for that of the settings."""
    return (yield from _priced(ctx, "fee", rest))


def commission(ctx: Context, rest: str) -> Deciding:
    """`/commission SERVICE RULE`: what resellers earn who have no terms of their own."""
    return (yield from _priced(ctx, "commission", rest))


def _priced(ctx: Context, verb: str, rest: str) -> Deciding:
    word, _, rule = rest.strip().partition(" ")
    service, rule = service_in(ctx, word), " ".join(rule.lower().split())
    if service is None or not _is_rule(verb, rule):
        return Reply(ctx.t("admin.fee.usage" if verb == "fee" else "admin.commission.usage"))
    draft = begin(ctx, f"{verb} {service.name} {rule}")
    return (yield from (FEE if verb == "fee" else COMMISSION).put(ctx, draft))


def _is_rule(verb: str, rule: str) -> bool:
    try:
        FeeRule.parse(rule) if verb == "fee" else Commission.parse(rule)
    except ModelError:
        return rule == DEFAULT
    return True


def _read(ctx: Context, draft: str) -> tuple[Service, Service, str]:
    """The service as it is set up, as it is sold now, and the rule of a draft."""
    _, name, rule = draft.split(" ", 2)
    services = {service.name: service for service in ctx.shop.catalog}
    sold = next(service for key, service in services.items() if key == name)
    return ctx.unit.installation.shop.catalog[sold.name], sold, rule


def _beyond(ctx: Context, draft: str) -> Reply | None:
    """That a rule goes further than the settings let anybody go from a telephone; theirs is always within."""
    verb, _, rule = draft.split(" ", 2)
    t, bounds = ctx.t, ctx.shop.bounds
    if rule == DEFAULT:
        return None
    if verb == "fee":
        percent = f"{bounds.fee_basis_points / 100:g}"
        allowed = bounds.allow_fee(FeeRule.parse(rule))
        return None if allowed else Reply(t("admin.fee.beyond", percent=percent, most=t.money(bounds.fee_xof)))
    allowed = bounds.allow_commission(Commission.parse(rule))
    return None if allowed else Reply(t("admin.commission.beyond", most=str(most_commission(ctx))))


def most_commission(ctx: Context) -> Commission:
    """The most that a commission may give."""
    return Commission(ctx.shop.bounds.commission_basis_points, ctx.shop.bounds.commission_fee_basis_points)


def ask_fee(ctx: Context, draft: str) -> Deciding:
    """Some quotes before and after, and whether the provider's fee is covered."""
    yield from ()
    if (beyond := _beyond(ctx, draft)) is not None:
        return beyond
    t = ctx.t
    set_up, service, rule = _read(ctx, draft)
    after = set_up.fee if rule == DEFAULT else FeeRule.parse(rule)
    quotes = (
        t(
            "admin.fee.example",
            amount=t.money(xof),
            before=t.money(service.fee.fee_xof(xof)),
            after=t.money(after.fee_xof(xof)),
        )
        for xof in examples_of(service)
    )
    loses = any(after.fee_xof(xof) < service.provider_fee.fee_xof(xof) for xof in examples_of(service))
    text = paragraphs(
        t("admin.fee.ask", service=t(SERVICE[service.name]), rule=rule),
        lines(*quotes),
        t("admin.fee.loses") if loses else None,
        t("admin.rule.at_once"),
    )
    return ask(ctx, text, draft)


def ask_commission(ctx: Context, draft: str) -> Deciding:
    """Some sales before and after, and whether the fee covers it."""
    yield from ()
    if (beyond := _beyond(ctx, draft)) is not None:
        return beyond
    t = ctx.t
    set_up, service, rule = _read(ctx, draft)
    after = set_up.commission if rule == DEFAULT else Commission.parse(rule)
    text = paragraphs(
        t("admin.commission.ask", service=t(SERVICE[service.name]), rule=rule),
        commission_examples(ctx, service, service.commission, after),
        commission_warning(ctx, service, after),
        t("admin.commission.whose"),
    )
    return ask(ctx, text, draft)


def commission_examples(ctx: Context, service: Service, before: Commission, after: Commission) -> Safe:
    """What some sales earn a reseller, before and after."""
    t, told = ctx.t, []
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        earned, earns = before.commission_xof(xof, fee_xof), after.commission_xof(xof, fee_xof)
        told.append(t("admin.commission.example", amount=t.money(xof), before=t.money(earned), after=t.money(earns)))
    return lines(*told)


def commission_warning(ctx: Context, service: Service, rule: Commission) -> Safe | None:
    """That a commission exceeds what the fee leaves after the provider's, with the first example that shows it."""
    t = ctx.t
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        left_xof, given_xof = fee_xof - service.provider_fee.fee_xof(xof), rule.commission_xof(xof, fee_xof)
        if given_xof > left_xof:
            return t(
                "admin.commission.loses", amount=t.money(xof), given=t.money(given_xof), left=t.money(max(0, left_xof))
            )
    return None


def do_priced(ctx: Context, draft: str) -> Deciding:
    """Change the rule."""
    if (beyond := _beyond(ctx, draft)) is not None:
        return beyond
    verb = draft.partition(" ")[0]
    _, service, rule = _read(ctx, draft)
    yield from audit(ctx, verb, service.name, _said(ctx, rule))
    yield from ctx.write(set_rule(f"{verb}:{service.name}", None if rule == DEFAULT else rule))
    t = ctx.t
    key = "admin.fee.done" if verb == "fee" else "admin.commission.done"
    return done(ctx, t(key, service=t(SERVICE[service.name]), rule=rule))


def _said(ctx: Context, what: str) -> str:
    """What a rule was changed to, and why."""
    return f"{what} · {ctx.session.why}" if ctx.session.why else what


# Not sold for a while.


def maintenance(ctx: Context, rest: str) -> Deciding:
    """`/maintenance on|off [service] [text for customers]`; without a service all of them."""
    verdict, _, tail = rest.strip().partition(" ")
    verdict = verdict.lower()
    if verdict not in ("on", "off"):
        return (yield from _maintenance_now(ctx))
    word, _, more = tail.strip().partition(" ")
    service = service_in(ctx, word)
    if service is None and word.lower() not in _ALL:
        more = tail.strip()
    names = [each.name for each in ctx.shop.catalog] if service is None else [service.name]
    draft = f"maintenance {verdict} {','.join(names)} {more.strip()[:MAX_WORD_CHARACTERS]}"
    return (yield from MAINTENANCE.put(ctx, begin(ctx, draft)))


def _maintenance_now(ctx: Context) -> Deciding:
    """What is not sold now, and how it is said."""
    yield from ()
    t, closed = ctx.t, ctx.shop.maintenance
    listed = (
        t("admin.maintenance.word", service=t(SERVICE[name]), word=word) if word else Safe(f"🛠 {t(SERVICE[name])}")
        for name, word in closed.items()
    )
    return Reply(
        paragraphs(lines(*listed) if closed else t("admin.maintenance.none"), t("admin.maintenance.usage")),
        separate=True,
    )


def _closing(ctx: Context, draft: str) -> tuple[bool, tuple[ServiceName, ...], str]:
    """Whether a draft closes, which services, and the word on it. What is open already is not opened."""
    _, verdict, names, word = draft.split(" ", 3)
    closes, closed = verdict == "on", ctx.shop.maintenance
    services = tuple(
        service.name
        for service in ctx.shop.catalog
        if service.name in names.split(",") and (closes or service.name in closed)
    )
    return closes, services, word


def _services(ctx: Context, services: tuple[ServiceName, ...]) -> str:
    return ", ".join(ctx.t.label(SERVICE[name]) for name in services)


def ask_maintenance(ctx: Context, draft: str) -> Deciding:
    """What customers would read."""
    yield from ()
    t = ctx.t
    closes, services, word = _closing(ctx, draft)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, word)) is not None:
        return owners
    text = paragraphs(
        t("admin.maintenance.ask_on" if closes else "admin.maintenance.ask_off", services=_services(ctx, services)),
        t("admin.maintenance.what_on") if closes else None,
        t("admin.maintenance.says", text=word) if closes and word else None,
    )
    return ask(ctx, text, draft)


def do_maintenance(ctx: Context, draft: str) -> Deciding:
    """Close or open."""
    t = ctx.t
    closes, services, word = _closing(ctx, draft)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, word)) is not None:
        return owners
    if names_a_way_to_pay(word):
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice("admin.text.sent", by=by, words=word))
    why = _said(ctx, word) if closes and word else ctx.session.why
    yield from audit(ctx, "maintenance on" if closes else "maintenance off", ",".join(services), why)
    for name in services:
        yield from ctx.write(set_rule(f"maintenance:{name}", word if closes else None))
    if not closes:
        yield from came_back(ctx, services)
    key = "admin.maintenance.done_on" if closes else "admin.maintenance.done_off"
    return done(ctx, t(key, services=_services(ctx, services)))


def came_back(ctx: Context, services: tuple[ServiceName, ...]) -> Script[None]:
    """Services are sold again: whoever wanted to hear of it is told."""
    for name in services:
        yield from ctx.write(broadcasts.tell_back(ctx.unit, f"{ctx.person.fresh[0]}-{name}", name))


# What the shop says.


def text(ctx: Context, rest: str) -> Deciding:
    """`/text payin|help|contact fr|en TEXT`; `default` for ours."""
    what, language, words = (*rest.split(None, 2), "", "", "")[:3]
    name, language, words = _TEXTS.get(what.lower()), language.lower(), words.strip()
    if name is None or language not in LANGUAGES or not words:
        return Reply(ctx.t("admin.text.usage"))
    draft = f"text {name} {language} {DEFAULT if words.lower() == DEFAULT else words}"
    return (yield from TEXT.put(ctx, begin(ctx, draft)))


def ask_text(ctx: Context, draft: str) -> Deciding:
    """How it will look, and how it looks."""
    yield from ()
    t = ctx.t
    _, name, language, words = draft.split(" ", 3)
    named = {"what": t(_WHAT[name]), "language": t(_LANGUAGE[language])}
    before = t("admin.text.before", words=_said_now(ctx, name, language) or t("admin.text.original"))
    if words == DEFAULT:
        return ask(ctx, paragraphs(t("admin.text.ask_default", **named), before), draft)
    return ask(ctx, paragraphs(t("admin.text.ask", **named), t.escaped(words), before, t("admin.text.at_once")), draft)


def _said_now(ctx: Context, name: str, language: str) -> str:
    """The text as it is; empty for the catalogs' own."""
    texts = {"pay_in": ctx.shop.pay_in, "help": ctx.shop.help_text, "contact": ctx.shop.contact}[name]
    return texts.get(language, "")


def do_text(ctx: Context, draft: str) -> Deciding:
    """Say it so from now on."""
    t = ctx.t
    _, name, language, words = draft.split(" ", 3)
    yield from audit(ctx, "text", f"{name}:{language}", _said(ctx, words))
    yield from ctx.write(set_rule(f"text:{name}:{language}", None if words == DEFAULT else words))
    # Whoever says where to pay can have the money: all owners see what it was and what it is.
    before, by = _said_now(ctx, name, language), ctx.by
    yield from tell_owners(
        ctx,
        lambda voice: paragraphs(
            voice("admin.text.told", by=by, what=voice(_WHAT[name]), language=voice(_LANGUAGE[language])),
            voice("admin.text.before", words=before or voice("admin.text.original")),
            voice("admin.text.after", words=voice("admin.text.original") if words == DEFAULT else words),
        ),
    )
    return done(ctx, t("admin.text.done", what=t(_WHAT[name]), language=t(_LANGUAGE[language])))


_WHAT: Final[dict[str, str]] = {"pay_in": "text.pay_in", "help": "text.help", "contact": "text.contact"}
_LANGUAGE: Final[dict[str, str]] = {"fr": "text.fr", "en": "text.en"}


def _rule(draft: str) -> Touched:
    """A change of fees or commissions is the affair of those who earn by it."""
    return Touched(rule=":".join(draft.split(" ")[:2]))


def _where_to_pay(ctx: Context, _: str) -> Script[Two | None]:
    """What customers read of whom to pay and whom to write to."""
    yield from ()
    return Two("admin.two.text", "now")


FEE = Draft(
    ask_fee,
    do_priced,
    "owner",
    _rule,
    "two",
    "it makes money move with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
COMMISSION = Draft(
    ask_commission,
    do_priced,
    "owner",
    _rule,
    "two",
    "it gives resellers money with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
MAINTENANCE = Draft(
    ask_maintenance,
    do_maintenance,
    "operator",
    nobody,
    "no",
    "while nothing is sold, nothing moves; a word that names a number or a page is an owner's",
)
TEXT = Draft(
    ask_text,
    do_text,
    "owner",
    nobody,
    "two",
    "who says where to pay can have the money: by two where there is another owner, and all owners read both texts",
    two=_where_to_pay,
)
