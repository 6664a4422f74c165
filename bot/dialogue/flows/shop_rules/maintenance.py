"""What is not sold for a while. Pure.

It holds from the next event on: the shop is read with every one. A quote that was shown keeps its price.
"""

from typing import Final

from bot.dialogue.acts.audit_log import audit, with_reason
from bot.dialogue.acts.kinds import ActKind, Undoing, ask, begin, done, nobody
from bot.dialogue.acts.second import names_a_way_to_pay, not_for_operators, tell_owners
from bot.dialogue.acts.terms import service_in
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.acts import SetMaintenance
from bot.domain.catalog import ServiceName
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories.rules import rules_now, set_rule
from bot.store import Script
from bot.transactions import broadcasts

MAX_TEXT_CHARACTERS = 300
_ALL: Final = answers("all")


def maintenance(ctx: Context, rest: str) -> Deciding:
    """`/maintenance on|off [service] [text for customers]`; without a service all of them."""
    verdict, _, tail = rest.strip().partition(" ")
    verdict = verdict.lower()
    if verdict not in ("on", "off"):
        return (yield from _maintenance_now(ctx))
    word, _, more = tail.strip().partition(" ")
    service = service_in(ctx, word)
    if service is None and fold(word) not in _ALL:
        more = tail.strip()
    names = tuple(each.name for each in ctx.shop.catalog) if service is None else (service.name,)
    return (yield from begin(ctx, SetMaintenance(verdict == "on", names, more.strip()[:MAX_TEXT_CHARACTERS])))


def _maintenance_now(ctx: Context) -> Deciding:
    """What is not sold now, and how it is said."""
    yield from ()
    t, closed = ctx.t, ctx.shop.maintenance
    listed = (
        t("admin.maintenance.word", service=t(SERVICE[name]), word=text) if text else Safe(f"🛠 {t(SERVICE[name])}")
        for name, text in closed.items()
    )
    return Reply(
        paragraphs(lines(*listed) if closed else t("admin.maintenance.none"), t("admin.maintenance.usage")),
        separate=True,
    )


def _changed(ctx: Context, act: SetMaintenance) -> tuple[ServiceName, ...]:
    """The services that an act closes or opens. What is open already is not opened."""
    return tuple(name for name in act.services if act.on or name in ctx.shop.maintenance)


def _services(ctx: Context, services: tuple[ServiceName, ...]) -> str:
    return ", ".join(ctx.t.label(SERVICE[name]) for name in services)


def ask_maintenance(ctx: Context, act: SetMaintenance, why: str) -> Deciding:
    """What customers would read."""
    yield from ()
    t, services = ctx.t, _changed(ctx, act)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, act.text)) is not None:
        return owners
    text = paragraphs(
        t("admin.maintenance.ask_on" if act.on else "admin.maintenance.ask_off", services=_services(ctx, services)),
        t("admin.maintenance.what_on") if act.on else None,
        t("admin.maintenance.says", text=act.text) if act.on and act.text else None,
    )
    return ask(ctx, text, act, why)


def do_maintenance(ctx: Context, act: SetMaintenance, why: str) -> Deciding:
    """Close or open."""
    t, services = ctx.t, _changed(ctx, act)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, act.text)) is not None:
        return owners
    if names_a_way_to_pay(act.text):
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice("admin.text.sent", by=by, words=act.text))
    why = with_reason(act.text, why) if act.on and act.text else why
    yield from audit(ctx, "maintenance on" if act.on else "maintenance off", ",".join(services), why)
    for name in services:
        yield from ctx.write(set_rule(f"maintenance:{name}", act.text if act.on else None))
    if not act.on:
        yield from _came_back(ctx, services)
    key = "admin.maintenance.done_on" if act.on else "admin.maintenance.done_off"
    return done(ctx, t(key, services=_services(ctx, services)))


def _came_back(ctx: Context, services: tuple[ServiceName, ...]) -> Script[None]:
    """Services are sold again: people who asked for a message get one."""
    for name in services:
        yield from ctx.write(broadcasts.tell_back(ctx.unit, f"{ctx.person.fresh[0]}-{name}", name))


def _closed(act: SetMaintenance) -> Script[dict[ServiceName, str]]:
    """Which services of an act are not sold now, and what customers read of it."""
    rules = dict((yield from rules_now()))
    return {name: rules[f"maintenance:{name}"] for name in act.services if f"maintenance:{name}" in rules}


def _before(_: Context, act: SetMaintenance) -> Script[tuple[SetMaintenance, ...]]:
    closed = yield from _closed(act)
    sold = tuple(name for name in act.services if name not in closed)
    by_text = {text: tuple(name for name in closed if closed[name] == text) for text in closed.values()}
    opened = (SetMaintenance(False, sold),) if sold and act.on else ()
    return (*opened, *(SetMaintenance(True, names, text) for text, names in by_text.items()))


def _now(_: Context, act: SetMaintenance) -> Script[str]:
    return repr(sorted((yield from _closed(act)).items()))


def _sets(act: SetMaintenance) -> frozenset[str]:
    return frozenset(f"maintenance:{name}" for name in act.services)


MAINTENANCE = ActKind(
    ask=ask_maintenance,
    do=do_maintenance,
    who="operator",
    touches=nobody,
    counts="no",
    because="while nothing is sold, nothing moves; a word that names a number or a page is an owner's",
    undoing=Undoing(inverse=_before, value=_now, sets=_sets),
)
