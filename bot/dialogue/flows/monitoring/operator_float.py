"""`/float`: the operator's money at the provider. Pure."""

from bot.dialogue.acts.second import only_owner
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.tasks import AskFloat, FloatAnswered
from bot.domain.inquiry import Float
from bot.i18n import Safe
from bot.notices.alerts import float_lines
from bot.notices.layout import lines, paragraphs, truncate
from bot.repositories.floats import float_now, record_float
from bot.store import Script


def ask_float(ctx: Context, _: str = "") -> Answer:
    """`/float`: the operator's money at the provider; the answer comes as an event."""
    ctx.after_commit(AskFloat())
    return Reply(ctx.t("admin.float.asked"), separate=True)


def float_answered(ctx: Context, event: FloatAnswered) -> Deciding:
    """The provider named its balance, or did not; what is remembered is shown either way."""
    t, answer = ctx.t, event.answer
    if isinstance(answer, Float):
        yield from record_float(answer.balance_xof, ctx.now)
        known = yield from float_now(ctx.shop.float_alert_xof, ctx.now, answer.balance_xof)
        text = lines(t("admin.float", balance=t.money(answer.balance_xof)), float_lines(t, known, fresh=True))
        return Reply(paragraphs(text, (yield from _one_owner(ctx))), separate=True)
    known = yield from float_now(ctx.shop.float_alert_xof, ctx.now)
    text = t("admin.float.unavailable", cause=truncate(answer.cause, 200))
    return Reply(paragraphs(text, float_lines(t, known, fresh=False), (yield from _one_owner(ctx))), separate=True)


def _one_owner(ctx: Context) -> Script[Safe | None]:
    """That one telephone can move everything, where that is so."""
    if ctx.shop.approval_xof is not None or not (yield from only_owner(ctx)):
        return None
    return ctx.t("admin.float.one_owner", limit=ctx.t.money(ctx.shop.approval_default_xof))
