"""How long each table is kept, and the small steps in which the rest is forgotten. Pure.

Theory of operation. A `Rule` keeps one table. Its sweep is made of steps, each a transaction of its own that looks at
no more than `STEP_ROWS` rows, so that nobody waits long for the database; a step answers where the next one begins,
and None when there is nothing left to do. Most sweeps find their rows by an index on time. Tables that are written with
every message have no such index, since everybody would pay for it: their sweep walks along the key instead, once a
pass. What is kept for ever has no rule; `docs/retention.md` says of every table how long and why.
"""

from typing import Final

from bot.repositories.retention_steps import DAY_MS, STEP_ROWS, Key, Rule, Step, Stretch, more, walked
from bot.store import Rows, Script

__all__ = ["DAY_MS", "RULES", "STEP_ROWS", "Key", "Rule", "Step", "Stretch", "step", "stretch"]

INBOX_DAYS = 8
UNCONFIRMED_DAYS = 8
UNSENT_DAYS = 2
SET_ASIDE_DAYS = 30
LINK_DAYS = 8


def step(rule: Rule, now: int, after: Key | None = None, count: int = STEP_ROWS) -> Script[Step]:
    """One step of a rule's sweep; `after` is where the step before it said to go on."""
    return (yield from rule.sweep(stretch(rule, now, after, count)))


def stretch(rule: Rule, now: int, after: Key | None = None, count: int = STEP_ROWS) -> Stretch:
    """What the step of a rule's sweep may look at that begins at `after`."""
    return Stretch(now, now - rule.days * DAY_MS, after, count)


# Sweeps that find their rows by time. The oldest go first, so the next step begins where this one did.
# Each names its statement where it asks it: that is how a test knows that all are used, with all their parameters.


def _act_undo(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_act_undo", {"before": of.before, "count": of.count})))


def _alerted(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_alerted", {"before": of.before, "count": of.count})))


def _allowance(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_allowance", {"before": of.before, "count": of.count})))


def _approval(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_approval", {"before": of.before, "count": of.count})))


def _awaiting(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_awaiting", {"before": of.before, "count": of.count})))


def _broadcast(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_broadcast", {"before": of.before, "count": of.count})))


def _conversation(of: Stretch) -> Script[Step]:
    """A conversation goes with what was said in it."""
    rows = yield "conversation_long_over", {"before": of.before}
    if not rows:
        return Step(0)
    number = int(rows[0]["id"])
    gone = len((yield "retain_conversation_line", {"id": number, "count": of.count}))
    if gone < of.count:
        gone += len((yield "retain_conversation", {"id": number}))
    return Step(gone, 0)


def _early_report(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_early_report", {"before": of.before, "count": of.count})))


def _inbox(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_inbox", {"before": of.before, "count": of.count})))


def _book_import(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_book_import", {"before": of.before, "count": of.count})))


def _invitation(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_invitation", {"before": of.before, "count": of.count})))


def _link(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_link", {"before": of.before, "count": of.count})))


def _seller_invitation(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_seller_invitation", {"before": of.before, "count": of.count})))


def _link_undo(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_link_undo", {"before": of.before, "count": of.count})))


def _proof(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_proof", {"before": of.before, "count": of.count})))


def _payer(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_payer", {"before": of.before, "count": of.count})))


def _link_miss(of: Stretch) -> Script[Step]:
    # Several misses of one address in one millisecond go together.
    gone = len((yield "retain_link_miss", {"before": of.before, "count": of.count}))
    return Step(gone, 0 if gone >= of.count else None)


def _provider_turn(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_provider_turn", {"before": of.before, "count": of.count})))


def _witness(of: Stretch) -> Script[Step]:
    return more(of, len((yield "retain_witness", {"before": of.before, "count": of.count})))


# Lists of sales go with their lines.


def _batch_done(of: Stretch) -> Script[Step]:
    return (yield from _batch(of, (yield "batch_long_done", {"before": of.before})))


def _batch_unbought(of: Stretch) -> Script[Step]:
    return (yield from _batch(of, (yield "batch_never_bought", {"before": of.before})))


def _batch(of: Stretch, rows: Rows) -> Script[Step]:
    if not rows:
        return Step(0)
    batch_id = str(rows[0]["id"])
    gone = len((yield "retain_batch_line", {"id": batch_id, "count": of.count}))
    if gone < of.count:
        gone += len((yield "retain_batch", {"id": batch_id}))
    return Step(gone, 0)


# Sweeps that walk along a key.


def _waiting_alerts(of: Stretch) -> Script[Step]:
    rows = yield "waiting_alerts_stretch", {"after": of.after or 0, "count": of.count}
    if not rows:
        return Step(0)
    upto = int(rows[-1]["id"])
    gone = yield "retain_waiting_alerts", {"after": of.after or 0, "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto, is_old=int(rows[-1]["at"]) < of.before)


def _journal(of: Stretch) -> Script[Step]:
    rows = yield "journal_stretch", {"after": of.after or 0, "count": of.count}
    if not rows:
        return Step(0)
    upto = int(rows[-1]["id"])
    gone = yield "retain_journal", {"after": of.after or 0, "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto, is_old=int(rows[-1]["at"]) < of.before)


def _muted(of: Stretch) -> Script[Step]:
    rows = yield "muted_stretch", {"after": of.after or "", "count": of.count}
    if not rows:
        return Step(0)
    upto = str(rows[-1]["address"])
    gone = yield "retain_muted", {"after": of.after or "", "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto)


def _outbox(of: Stretch) -> Script[Step]:
    rows = yield "outbox_stretch", {"after": of.after or 0, "count": of.count}
    if not rows:
        return Step(0)
    upto = int(rows[-1]["id"])
    gone = yield (
        "retain_outbox",
        {
            "after": of.after or 0,
            "upto": upto,
            "before": of.before,
            "unsent_before": of.now - UNSENT_DAYS * DAY_MS,
            "unconfirmed_before": of.now - UNCONFIRMED_DAYS * DAY_MS,
            "aside_before": of.now - SET_ASIDE_DAYS * DAY_MS,
        },
    )
    return walked(of, len(gone), rows, upto)


def _person_name(of: Stretch) -> Script[Step]:
    rows = yield "person_names_stretch", {"after": of.after or "", "count": of.count}
    if not rows:
        return Step(0)
    upto = str(rows[-1]["address"])
    yield "retain_person_name_words", {"after": of.after or "", "upto": upto, "before": of.before}
    gone = yield "retain_person_names", {"after": of.after or "", "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto)


def _provider_fact(of: Stretch) -> Script[Step]:
    rows = yield "provider_fact_stretch", {"after": of.after or 0, "count": of.count}
    if not rows:
        return Step(0)
    upto = int(rows[-1]["id"])
    gone = yield "retain_provider_fact", {"after": of.after or 0, "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto, is_old=int(rows[-1]["received_at"]) < of.before)


def _session(of: Stretch) -> Script[Step]:
    rows = yield "session_stretch", {"after": of.after or "", "count": of.count}
    if not rows:
        return Step(0)
    upto = str(rows[-1]["address"])
    gone = yield "retain_session", {"after": of.after or "", "upto": upto, "before": of.before}
    return walked(of, len(gone), rows, upto)


def _passes_sessions(of: Stretch) -> Script[Step | None]:
    rows = yield "session_stretch", {"after": of.after or "", "count": of.count}
    if any(int(row["updated_at"]) < of.before for row in rows):
        return None
    return walked(of, 0, rows, str(rows[-1]["address"])) if rows else Step(0)


# A table that must not grow has a rule here and a line in `docs/retention.md`.
RULES: Final[tuple[Rule, ...]] = (
    Rule("act_undo", 8, _act_undo),
    Rule("alerted", 8, _alerted),
    Rule("allowance", 1, _allowance),
    Rule("approval", 90, _approval),
    Rule("awaiting", 90, _awaiting),
    Rule("batch", 180, _batch_done),
    Rule("batch", 8, _batch_unbought),
    Rule("book_import", LINK_DAYS, _book_import),
    Rule("broadcast", 400, _broadcast),
    Rule("conversation", 90, _conversation),
    Rule("early_report", 1, _early_report),
    Rule("waiting_alert", 8, _waiting_alerts),
    Rule("inbox", INBOX_DAYS, _inbox),
    Rule("invitation", 30, _invitation),
    Rule("journal", 400, _journal),
    Rule("link", LINK_DAYS, _link),
    Rule("link_miss", 1, _link_miss),
    Rule("link_undo", LINK_DAYS, _link_undo),
    Rule("muted", 1, _muted),
    Rule("outbox", 400, _outbox),
    Rule("payer", 400, _payer),
    Rule("person_name", 1, _person_name),
    Rule("proof", 90, _proof),
    Rule("provider_fact", 90, _provider_fact),
    Rule("provider_turn", 1, _provider_turn),
    Rule("seller_invitation", LINK_DAYS, _seller_invitation),
    Rule("session", 400, _session, _passes_sessions),
    Rule("witness", 800, _witness),
)
