"""`/settings`: what is in force, and who changed what of it when. Secrets are not among it. Pure."""

from typing import Final

from bot.dialogue.acts.second import bound_xof
from bot.dialogue.acts.terms import commission_words
from bot.dialogue.context import Context, Deciding
from bot.dialogue.menu import reply_beside
from bot.dialogue.permissions import ROLE
from bot.domain.catalog import FeeRule, Service
from bot.i18n import Safe, Voice
from bot.notices.collecting import METHOD
from bot.notices.layout import lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.notices.person_names import beside
from bot.repositories import acts
from bot.repositories.acts import AuditLine
from bot.repositories.person_names import called_as
from bot.repositories.rules import rules_now
from bot.store import Script
from bot.transactions.people import admins_with_accounts

# What admins change in the chat. The other rules are none of theirs.
_CHANGED: Final = frozenset({"fee", "commission", "maintenance", "text"})
MAX_NAME_CHARACTERS: Final = 40
# The newest lines of the log among which the closing of a service is looked for: it may name several.
MOST_LINES: Final = 20


def settings(ctx: Context, _: str = "") -> Deciding:
    """Prices and limits, hours, ways to pay, what is not sold, who decides; then what was changed in the chat."""
    text = paragraphs(
        ctx.t("settings.title"),
        *(_service(ctx.t, service) for service in ctx.shop.catalog),
        (yield from _terms(ctx)),
        (yield from _team(ctx)),
        (yield from _changes(ctx)),
    )
    return reply_beside(ctx, text)


def _service(t: Voice, service: Service) -> Safe:
    emblem, name = EMBLEM[service.name], t(SERVICE[service.name])
    between = {"least": t.money(service.minimum_xof), "most": t.money(service.maximum_xof)}
    return lines(
        t("settings.service", emblem=emblem, service=name, fee=_fee(t, service.fee), **between),
        t("settings.commission", commission=commission_words(t, service, service.commission)),
    )


def _fee(t: Voice, rule: FeeRule) -> Safe:
    """A fee as a shop-keeper says it."""
    parts = [t("settings.fee_percent", percent=t.percent(rule.basis_points))] if rule.basis_points else []
    parts += [t.money(rule.fixed_xof)] if rule.fixed_xof or not parts else []
    least = t("settings.fee_least", least=t.money(rule.minimum_xof)) if rule.minimum_xof else Safe("")
    most = t("settings.fee_most", most=t.money(rule.maximum_xof)) if rule.maximum_xof is not None else Safe("")
    return Safe(f"{' + '.join(parts)}{least}{most}")


def _terms(ctx: Context) -> Script[Safe]:
    t, shop = ctx.t, ctx.shop
    second_xof = yield from bound_xof(ctx)
    first, last = (t.clock(at) for at in shop.contact_hours.clocks())
    methods = () if shop.collecting is None else shop.collecting.methods
    closed = ", ".join(t.label(SERVICE[name]) for name in shop.maintenance)
    return lines(
        t("settings.closed", services=closed) if closed else t("settings.all_open"),
        t("settings.methods", methods=", ".join(t.label(METHOD[each]) for each in methods))
        if methods
        else t("settings.by_hand"),
        t("settings.second", limit=t.money(second_xof)) if second_xof is not None else t("settings.no_second"),
        t("settings.credit", limit=t.money(ctx.default_limit_xof)),
        t("settings.float", alert=t.money(shop.float_alert_xof)) if shop.float_alert_xof else None,
        t("settings.hours", first=first, last=last),
        t("settings.waits", minutes=shop.quote_seconds // 60, hours=shop.move_wait_hours),
    )


def _team(ctx: Context) -> Script[Safe]:
    t, listed = ctx.t, []
    for admin in (yield from admins_with_accounts(ctx.unit.installation)):
        name = beside(t, (yield from called_as(admin.address)))
        key = "settings.admin_fixed" if admin.fixed else "settings.admin"
        listed.append(t(key, address=str(admin.address), name=name, role=t(ROLE[admin.role])))
    return lines(t("settings.team"), *listed)


def _changes(ctx: Context) -> Script[Safe]:
    """What admins changed in the chat, the last change of each."""
    t, listed = ctx.t, []
    for rule, _ in (yield from rules_now()):
        kind, _, target = rule.partition(":")
        if kind not in _CHANGED:
            continue
        change = yield from _change_of(kind, target)
        what = f"{kind} {truncate(target, MAX_NAME_CHARACTERS)}"
        if change is None:
            listed.append(t("settings.changed_long_ago", what=what))
            continue
        listed.append(t("settings.changed", what=what, moment=t.short_moment(change.at), by=change.address))
    return lines(t("settings.changes"), *listed) if listed else t("settings.no_changes")


def _change_of(kind: str, target: str) -> Script[AuditLine | None]:
    """The last line of the log about a rule."""
    if kind != "maintenance":
        return (yield from acts.last_change(kind, target))
    newest = yield from acts.lines_about("maintenance on", MOST_LINES)
    return next((line for line in newest if target in line.target.split(",")), None)
