"""What admins do to people, orders and rules, and the log of it. Pure."""

from msgspec.structs import replace

from bot.domain.ledger import refund
from bot.domain.people import Address, Role
from bot.errors import StoreConflict
from bot.notices.approvals import expired
from bot.repositories import acts, people, resellers
from bot.repositories.accounts import customer_of, language_of
from bot.repositories.acts import Interest, Touched
from bot.repositories.batches import running_of
from bot.repositories.money import post
from bot.repositories.orders import load_order, note, save_order
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions.batches import stop_batch
from bot.transactions.installation import Installation
from bot.transactions.paybacks import after_order
from bot.transactions.people import make_known, standing_of
from bot.transactions.unit import Unit

MAX_TARGET_CHARACTERS = 200
MAX_WHY_CHARACTERS = 500


def write_line(unit: Unit, by: str, second: str, what: str, target: str, why: str, amount_xof: int) -> Script[None]:
    """Write a line of the audit log, with the role that `by` has now."""
    customer = yield from customer_of(by)
    role, _, _ = yield from standing_of(Address.parse(by), customer, unit.installation)
    line = acts.AuditLine(
        unit.now, by, role or "", what, target[:MAX_TARGET_CHARACTERS], amount_xof, why[:MAX_WHY_CHARACTERS], second
    )
    yield from acts.add_line(line)


def interest_of(whose: Address, touched: Touched) -> Script[Interest | None]:
    """Why what is touched is the affair of the person behind an address; None where it is not."""
    mine = yield from customer_of(str(whose))
    accounts = []
    for address in (touched.address, touched.other):
        if address is not None:
            accounts.append((yield from customer_of(str(address))))
    order = yield from load_order(touched.order)
    if order is not None:
        # An address that has left the account since is still whose order it was.
        accounts += [order.customer, (yield from customer_of(str(order.address)))]
    interests: list[Interest] = []
    for account in accounts:
        interest = yield from acts.interest_in_account(mine, account)
        interests += [] if interest is None else [interest]
    if order is not None and not interests and (yield from acts.keeps_meter(mine, order.service, order.reference)):
        interests.append("meter")
    if touched.rule:
        commissions = yield from resellers.commissions_of(mine)
        what, _, service = touched.rule.partition(":")
        # Whoever has terms of their own for a service earns nothing by the shop's.
        if commissions is not None and (what == "fee" or service not in commissions):
            interests.append("rule")
    return "own" if "own" in interests else interests[0] if interests else None


def freeze(unit: Unit, customer: str) -> Script[None]:
    """Pause an account. What its people asked for as admins is void, and its running lists of sales stop: what was not
    sent is called back and its money is free.
    """
    yield from people.freeze(customer, unit.now)
    yield from acts.void_approvals(customer)
    # Hundreds of orders may not have left yet: they are no longer wanted. An order by itself goes on.
    for batch_id in (yield from running_of(customer)):
        yield from stop_batch(unit, batch_id, customer)


def unfreeze(customer: str) -> Script[None]:
    """Let a paused account buy again."""
    yield from people.unfreeze(customer)


def refund_order(unit: Unit, order_id: str, amount_xof: int, why: str) -> Script[None]:
    """Make a delivered order good, once. Raises StoreConflict when it is not delivered, or was refunded."""
    order = yield from load_order(order_id)
    if order is None or order.state != "delivered" or order.refunded_xof:
        raise StoreConflict(f"order {order_id} moved")
    yield from save_order(replace(order, refunded_xof=amount_xof, updated_at=unit.now))
    # The key lets an order be refunded once, whatever its row says.
    transfer = refund(order.id, order.customer, amount_xof, why)
    yield from post(transfer, unit.now, unit.installation.default_credit_limit_xof)
    yield from note(order.id, unit.now, f"admin {unit.address}: refund", order.state, str(amount_xof))
    if unit.installation.shop.collecting is not None:
        _, posted = yield from after_order(unit.installation, order, (transfer,), unit.now, mark="F")
        unit.posted += posted


def name_admin(unit: Unit, address: Address, role: Role) -> Script[None]:
    """Give an address a role."""
    yield from make_known(address, unit.language, unit.now)
    yield from people.name_admin(str(address), role, str(unit.address), unit.now)


def remove_admin(address: Address) -> Script[None]:
    """Take an address's role away."""
    yield from people.remove_admin(str(address))


def expire(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """End the requests for a second person that nobody decided in time, and tell who asked."""
    posted = []
    for asked in (yield from acts.expire_approvals(now)):
        t = installation.shop.words[(yield from language_of(asked.address))]
        outbound = expired(t, asked.act, asked.amount_xof, asked.why)
        posted.append((yield from say(asked.address, outbound, installation.owner, now)))
    return posted
