"""What admins do to people, orders and rules, and the log of it. Pure."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue.admin import acting_looks as lk
from bot.dialogue.admin import effects as fx
from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.dialogue.permissions import RANK
from bot.domain.ledger import refund
from bot.domain.model import Address, Language, encode
from bot.errors import StoreConflict
from bot.notices.approvals import expired
from bot.remembering import batches
from bot.repositories.accounts import customer_of, members_of
from bot.repositories.acts import Admin, Approval, AuditLine, Interest, Standing, Unsent, UsedReference
from bot.repositories.batches import running_of, tally_of
from bot.repositories.money import balance_of, post
from bot.repositories.orders import load_order, note, save_order
from bot.repositories.outbox import OutboxMessage, say
from bot.shop import ShopSettings
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.people import make_known, named_admins, read_commissions, standing_of
from bot.transactions.unit import Unit

# What the dialogue looks at.


def _standing(look: lk.LookStanding, customer: str, installation: Installation) -> Script[Standing]:
    rows = yield "session_load", {"address": str(look.address)}
    owner = str(rows[0]["customer"]) if rows else str(look.address)
    role, reseller, frozen = yield from standing_of(look.address, owner, installation)
    members = yield from members_of(owner)
    balance = yield from balance_of(owner, installation.default_credit_limit_xof)
    limits = yield "credit_limit_of", {"customer": owner}
    limit_xof = int(limits[0]["limit_xof"]) if limits else None
    return Standing(owner, bool(rows), members, balance, role, reseller, frozen, limit_xof)


def _unsent(look: lk.LookUnsent, customer: str, installation: Installation) -> Script[Unsent]:
    waiting = []
    for batch_id in (yield from running_of(look.customer)):
        waiting.append((yield from tally_of(batch_id)).waiting)
    return Unsent(sum(part.lines for part in waiting), sum(part.total_xof for part in waiting))


def _admins(look: lk.LookAdmins, customer: str, installation: Installation) -> Script[tuple[Admin, ...]]:
    found = []
    for address, named in (yield from named_admins(installation)).items():
        rows = yield "session_load", {"address": str(address)}
        owner = str(rows[0]["customer"]) if rows else str(address)
        language: Language = rows[0]["language"] if rows else "fr"
        found.append(Admin(address, named.role, owner, language, named.fixed, named.named_at, named.frozen))
    return tuple(sorted(found, key=lambda admin: (-RANK[admin.role], str(admin.address))))


def _interest(look: lk.LookInterest, customer: str, installation: Installation) -> Script[Interest | None]:
    mine = yield from customer_of(str(look.whose))
    touched, accounts = look.touched, []
    if touched.address is not None:
        accounts.append((yield from customer_of(str(touched.address))))
    order = yield from load_order(touched.order)
    if order is not None:
        # An address that has left the account since is still whose order it was.
        accounts += [order.customer, (yield from customer_of(str(order.address)))]
    found: list[Interest] = []
    for account in accounts:
        rows = yield "interest", {"mine": mine, "theirs": account}
        found += [row["kind"] for row in rows if row["kind"] is not None]
    if order is not None and not found:
        rows = yield "interest_meter", {"mine": mine, "service": order.service, "reference": order.reference}
        found += ["meter" for _ in rows]
    if touched.rule:
        rows = yield "interest_rule", {"mine": mine}
        what, _, service = touched.rule.partition(":")
        # Whoever has terms of their own for a service earns nothing by the shop's.
        found += ["rule" for row in rows if what == "fee" or service not in read_commissions(row["commissions"])]
    return "own" if "own" in found else found[0] if found else None


def _log(look: lk.LookLog, customer: str, installation: Installation) -> Script[tuple[AuditLine, ...]]:
    rows = yield "audit_of", {"since": look.since, "until": look.until, "about": look.about, "count": look.count}
    return tuple(_line_of(row) for row in rows)


def _line_of(row: Row) -> AuditLine:
    return AuditLine(
        row["at"],
        row["address"],
        row["role"],
        row["what"],
        row["target"],
        row["amount_xof"],
        row["why"],
        row["second"],
    )


def _same_move(look: lk.LookSameMove, customer: str, installation: Installation) -> Script[AuditLine | None]:
    owner = yield from customer_of(str(look.address))
    rows = yield (
        "audit_same_move",
        {
            "what": look.what,
            "amount_xof": look.amount_xof,
            "since": look.since,
            "address": str(look.address),
            "customer": owner,
        },
    )
    return _line_of(rows[0]) if rows else None


def _reference(look: lk.LookReference, customer: str, installation: Installation) -> Script[UsedReference | None]:
    for row in (yield "reference_of", {"reference": look.reference}):
        return UsedReference(row["reference"], row["at"], row["by_address"], row["address"], row["amount_xof"])
    return None


def _moved(look: lk.LookMoved, customer: str, installation: Installation) -> Script[int]:
    rows = yield "audit_moved_alone", {"since": look.since, "customer": customer}
    return int(rows[0]["moved_xof"])


def _approval(look: lk.LookApproval, customer: str, installation: Installation) -> Script[Approval | None]:
    rows = yield "approval_of", {"id": look.id}
    for row in rows:
        return Approval(
            id=row["id"],
            draft=row["draft"],
            why=row["why"],
            address=Address.parse(row["address"]),
            customer=row["customer"],
            language=row["language"],
            amount_xof=row["amount_xof"],
            asked_at=row["asked_at"],
            expires_at=row["expires_at"],
            alone_at=row["alone_at"],
            state=row["state"],
        )
    return None


def _set_up(look: lk.LookSetUp, customer: str, installation: Installation) -> Script[ShopSettings]:
    yield from ()
    return installation.shop


def _default_limit(look: lk.LookDefaultLimit, customer: str, installation: Installation) -> Script[int]:
    yield from ()
    return installation.default_credit_limit_xof


# What it wants done.


def _audit(unit: Unit, effect: fx.Audit) -> Script[None]:
    by = Address.parse(effect.by) if effect.by else unit.address
    customer = yield from customer_of(str(by))
    role, _, _ = yield from standing_of(by, customer, unit.installation)
    yield (
        "audit_add",
        {
            "at": unit.now,
            "address": str(by),
            "role": role or "",
            "what": effect.what,
            "target": effect.target[:200],
            "amount_xof": effect.amount_xof,
            "why": effect.why[:500],
            "second": effect.second,
        },
    )


def _keep_approval(unit: Unit, effect: fx.KeepApproval) -> Script[None]:
    yield (
        "approval_add",
        {
            "id": effect.id,
            "draft": effect.draft,
            "why": effect.why,
            "address": str(unit.address),
            "amount_xof": effect.amount_xof,
            "now": unit.now,
            "expires_at": effect.expires_at,
            "alone_at": effect.alone_at,
        },
    )


def _end_approval(unit: Unit, effect: fx.EndApproval) -> Script[None]:
    rows = yield "approval_end", {"id": effect.id, "state": effect.state}
    if not rows:
        raise StoreConflict(f"approval {effect.id} was decided")


def _refund(unit: Unit, effect: fx.Refund) -> Script[None]:
    order = yield from load_order(effect.order_id)
    if order is None or order.state != "delivered" or order.refunded_xof:
        raise StoreConflict(f"order {effect.order_id} moved")
    yield from save_order(replace(order, refunded_xof=effect.amount_xof, updated_at=unit.now))
    # The key lets an order be refunded once, whatever its row says.
    transfer = refund(order.id, order.customer, effect.amount_xof, effect.note)
    yield from post(transfer, unit.now, unit.installation.default_credit_limit_xof)
    yield from note(order.id, unit.now, f"admin {unit.address}: refund", order.state, str(effect.amount_xof))


def _freeze(unit: Unit, effect: fx.Freeze) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    if effect.frozen:
        yield "freeze", {"customer": customer, "now": unit.now}
        yield "approvals_void", {"customer": customer}
        # Hundreds of orders may not have left yet: they are no longer wanted. An order by itself goes on.
        for batch_id in (yield from running_of(customer)):
            yield from batches.stop_batch(unit.installation, batch_id, customer, unit.now, unit.settled)
    else:
        yield "unfreeze", {"customer": customer}


def _set_limit(unit: Unit, effect: fx.SetLimit) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    if effect.limit_xof is None:
        yield "credit_limit_drop", {"customer": customer}
    else:
        yield "credit_limit_set", {"customer": customer, "limit_xof": effect.limit_xof}


def _set_day_limit(unit: Unit, effect: fx.SetDayLimit) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    yield "reseller_day_limit", {"customer": customer, "day_limit_xof": effect.day_limit_xof}


def _set_rule(unit: Unit, effect: fx.SetRule) -> Script[None]:
    if effect.value is None:
        yield "rule_drop", {"name": effect.name}
    else:
        yield "rule_set", {"name": effect.name, "value": effect.value}


def _name_admin(unit: Unit, effect: fx.NameAdmin) -> Script[None]:
    if effect.role is None:
        yield "admin_remove", {"address": str(effect.address)}
        return
    yield from make_known(effect.address, unit.language, unit.now)
    yield (
        "admin_name",
        {"address": str(effect.address), "role": effect.role, "by": str(unit.address), "now": unit.now},
    )


def make_reseller(address: Address, shop_name: str, now: int) -> Script[None]:
    """Make the customer behind an address a reseller; one who is gets another shop name."""
    customer = yield from customer_of(str(address))
    yield "reseller_make", {"customer": customer, "shop_name": shop_name, "now": now}


def _make_reseller(unit: Unit, effect: fx.MakeReseller) -> Script[None]:
    yield from make_reseller(effect.address, effect.shop_name, unit.now)


def _set_terms(unit: Unit, effect: fx.SetTerms) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    yield "reseller_terms", {"customer": customer, "commissions": encode(effect.commissions).decode()}


def _end_reseller(unit: Unit, effect: fx.EndReseller) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    yield "reseller_end", {"customer": customer}
    yield "pin_unlock", {"customer": customer}


# What time does.


def expire(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """End the requests for a second person that nobody decided in time, and tell who asked."""
    posted = []
    for row in (yield "approvals_expire", {"now": now}):
        known = yield "session_load", {"address": row["address"]}
        t = installation.shop.words[known[0]["language"] if known else "fr"]
        outbound = expired(t, row["draft"], row["amount_xof"], row["why"])
        posted.append((yield from say(row["address"], outbound, installation.owner, now)))
    return posted


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    lk.LookStanding: _standing,
    lk.LookUnsent: _unsent,
    lk.LookAdmins: _admins,
    lk.LookInterest: _interest,
    lk.LookLog: _log,
    lk.LookMoved: _moved,
    lk.LookSameMove: _same_move,
    lk.LookReference: _reference,
    lk.LookApproval: _approval,
    lk.LookSetUp: _set_up,
    lk.LookDefaultLimit: _default_limit,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    fx.Audit: _audit,
    fx.KeepApproval: _keep_approval,
    fx.EndApproval: _end_approval,
    fx.Refund: _refund,
    fx.Freeze: _freeze,
    fx.SetLimit: _set_limit,
    fx.SetDayLimit: _set_day_limit,
    fx.SetRule: _set_rule,
    fx.NameAdmin: _name_admin,
    fx.MakeReseller: _make_reseller,
    fx.SetTerms: _set_terms,
    fx.EndReseller: _end_reseller,
}
