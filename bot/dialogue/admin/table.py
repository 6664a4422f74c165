"""The admins' part of the dialogue's table: states, buttons, commands, and what answers to their errands lead to."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.admin import (
    approval,
    audit,
    broadcast,
    confirm,
    find,
    identity,
    limits,
    log,
    money,
    numbers,
    orders,
    people,
    reading,
    refund_retry,
    resellers,
    rules,
    team,
    unpin,
)
from bot.dialogue.context import Answer, Context, Deciding, State
from bot.dialogue.permissions import Command
from bot.dialogue.tasks import Answered, AuditAnswered, FloatAnswered

STATES: Final[dict[str, State]] = {
    "broadcast_fr": State(
        broadcast.ask_french,
        "unclear.idle",
        {"skip": broadcast.skip_french},
        broadcast.read_french,
        True,
        most_characters=broadcast.MAX_CHARACTERS,
    ),
    "broadcast_en": State(
        broadcast.ask_english,
        "unclear.idle",
        {"skip": broadcast.skip_english, "same": broadcast.same_english},
        broadcast.read_english,
        True,
        most_characters=broadcast.MAX_CHARACTERS,
        back=broadcast.ask_french,
    ),
    "broadcast_to": State(
        broadcast.ask_audience, "unclear.which", {"to": broadcast.take_audience}, back=broadcast.ask_english
    ),
    "admin_orders": State(reading.ask_orders, "unclear.idle", read_only=True),
    "admin_confirm": State(
        confirm.ask_confirm, "unclear.yes_no", {"do": confirm.do}, confirm.read_why, free_text=True, left=True
    ),
}
RESTRICTED: Final[dict[str, Command]] = {
    "stopcast": Command(broadcast.stop_one, "operator"),
    "inspect": Command(orders.inspect, "support"),
    "askany": Command(orders.ask_any, "support"),
    "approve": Command(approval.approve, "operator"),
    "disapprove": Command(approval.disapprove, "operator"),
    "stuck": Command(orders.stuck, "support"),
    "float": Command(money.ask_float, "support"),
    "audit": Command(audit.audit, "support"),
    "maintenance": Command(rules.maintenance, "operator"),
    "orders": Command(reading.turn_page, "support"),
    "user": Command(reading.user, "support"),
    "identity": Command(identity.tap, "owner"),
    "stats": Command(numbers.stats, "support"),
    "stats_chart": Command(numbers.stats_chart, "support"),
}
COMMANDS: Final[dict[str, Command]] = {
    "broadcast": Command(broadcast.broadcast, "operator", "command.broadcast"),
    "credit": Command(money.credit, "owner", "command.credit"),
    "debit": Command(money.debit, "owner", "command.debit"),
    "today": Command(numbers.today, "support", "command.today"),
    "stats": Command(numbers.stats, "support", "command.stats"),
    "orders": Command(reading.orders, "support", "command.orders"),
    "find": Command(find.find, "support", "command.find"),
    "user": Command(reading.user, "support", "command.user"),
    "resend": Command(reading.resend, "support", "command.resend"),
    "export": Command(numbers.export, "operator", "command.export"),
    "order": Command(orders.inspect, "support", "command.order"),
    "stuck": Command(orders.stuck, "support", "command.stuck"),
    "resolve": Command(orders.resolve, "operator", "command.resolve"),
    "retry": Command(refund_retry.retry, "operator", "command.retry"),
    "refund": Command(refund_retry.refund, "owner", "command.refund"),
    "freeze": Command(people.freeze, "operator", "command.freeze"),
    "unfreeze": Command(people.unfreeze, "operator", "command.unfreeze"),
    "maintenance": Command(rules.maintenance, "operator", "command.maintenance"),
    "text": Command(rules.text, "owner", "command.text"),
    "limit": Command(limits.limit, "owner", "command.limit"),
    "fee": Command(rules.fee, "owner", "command.fee"),
    "commission": Command(rules.commission, "owner", "command.commission"),
    "reseller": Command(resellers.reseller, "owner", "command.reseller"),
    "admin": Command(team.admin, "owner", "command.admin"),
    "unpin": Command(unpin.unpin, "owner", "command.unpin"),
    "identity": Command(identity.identity, "owner", "command.identity"),
    "approve": Command(approval.approve, "operator", "command.approve"),
    "refuse": Command(approval.disapprove, "operator", "command.refuse"),
    "log": Command(log.log, "support", "command.log"),
    "audit": Command(audit.audit, "support", "command.audit"),
    "float": Command(money.ask_float, "support", "command.float"),
}
ANSWERED: Final[dict[type[Answered], Callable[[Context, Any], Answer | Deciding]]] = {
    FloatAnswered: money.float_answered,
    AuditAnswered: audit.audited,
}
