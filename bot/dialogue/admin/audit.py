"""The audit in a message: on demand, every night, and the report of the morning. Pure."""

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.tasks import AskAudit, AuditAnswered
from bot.domain.period import period
from bot.notices.audits import audit_message, days_of


def audit(ctx: Context, rest: str = "") -> Answer:
    """`/audit [day or period]`: the answer comes as an event."""
    days = period(rest, ctx.person.now)
    if days is None:
        return Reply(ctx.t("admin.audit.usage"), separate=True)
    ctx.after_commit(AskAudit(days.first, days.last))
    return Reply(ctx.t("admin.audit.asked", days=days_of(ctx.t, days.first, days.last)), separate=True)


def audited(ctx: Context, event: AuditAnswered) -> Answer:
    """What the audit came to."""
    # Whoever asked may have lost his role while the books were read.
    if ctx.person.role is not None:
        ctx.send(audit_message(ctx.t, event.findings))
    return ctx.nothing()


# What comes by itself.
