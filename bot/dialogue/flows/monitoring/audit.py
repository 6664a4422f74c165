"""`/audit`: the books of some days are audited on demand. Pure."""

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.tasks import AskAudit, AuditAnswered
from bot.notices.audits import audit_message, days_of


def audit(ctx: Context, rest: str = "") -> Answer:
    """`/audit [day or period]`: the answer comes as an event."""
    days = parse_period(rest, ctx.now)
    if days is None:
        return Reply(ctx.t("admin.audit.usage"), separate=True)
    ctx.after_commit(AskAudit(days.first, days.last))
    return Reply(ctx.t("admin.audit.asked", days=days_of(ctx.t, days.first, days.last)), separate=True)


def audited(ctx: Context, event: AuditAnswered) -> Answer:
    """The findings, for whoever asked."""
    # Whoever asked may have lost their role while the books were read.
    if ctx.person.role is not None:
        ctx.send(audit_message(ctx.t, event.findings))
    return ctx.nothing()
