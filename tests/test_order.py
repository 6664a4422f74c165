"""The order's transitions: every state × every answer × everybody who may bring it, with and without a webhook's claim.

`order_table.txt` is the table as people read it; what it does not list changes nothing. `--regenerate` writes it anew.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from bot.domain.catalog import SENELEC, WOYOFAL, Service
from bot.domain.ledger import HOLD, Transfer
from bot.domain.order import (
    FINAL,
    HELD,
    HINT_AFTER_SECONDS,
    MAX_PAY_ATTEMPTS,
    POLL_AFTER_SECONDS,
    REPLAY_AFTER_SECONDS,
    RESEND_AFTER_SECONDS,
    Applied,
    Order,
    Source,
    State,
    amount_agrees,
    apply,
    begin,
    cancel,
    confirm,
    hint_matches,
    interrupted,
    known_transaction,
    next_step,
    promises,
    queued,
    take_webhook_claim,
    tick,
    unseen,
)
from bot.domain.outcome import (
    Delivered,
    NotSent,
    Outcome,
    Processing,
    ProviderDetails,
    Refused,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)
from bot.domain.people import Address
from bot.domain.quote import Quote

TABLE = Path(__file__).with_name("order_table.txt")
STATES: tuple[State, ...] = get_args(State)
SOURCES: tuple[Source, ...] = get_args(Source)
BRINGERS: tuple[Source, ...] = ("pay", "replay", "look_up", "admin")
NOW = 1_800_000_000_000
BUYER = Address("telegram", "1")
CODE = "12345678901234567890"
OTHER_CODE = "09876543210987654321"

# 5 000 and a fee of 75; the provider's own fee is 50.
DETAILS = ProviderDetails("T1", 5_000, 50, "014123456789")
QUOTE = Quote("ORDER0000001", "woyofal", "14123456789", "AWA NDIAYE", 5_000, 75, NOW, NOW + 600_000)
BILL_QUOTE = Quote(
    "ORDER0000002", "senelec", "210278816", "AWA NDIAYE", 5_000, 75, NOW, NOW + 600_000, reference_facture="F00071"
)

OUTCOMES: dict[str, Outcome] = {
    "Delivered(code)": Delivered((CODE,), DETAILS),
    "Delivered(code, no facts)": Delivered((CODE,)),
    "Delivered(other amount)": Delivered((CODE,), replace(DETAILS, amount_xof=4_000)),
    "Delivered(larger amount)": Delivered((CODE,), replace(DETAILS, amount_xof=6_000)),
    "Delivered(amount + fee)": Delivered((CODE,), replace(DETAILS, amount_xof=5_050)),
    "Delivered(other fee)": Delivered((CODE,), replace(DETAILS, fee_xof=65)),
    "Delivered(other bill)": Delivered((), ProviderDetails("T1", 5_000, 50, "000210278816", "F00099")),
    "Delivered(same bill)": Delivered((), ProviderDetails("T1", 5_000, 50, "000210278816", "F00071")),
    "Delivered(other meter)": Delivered((CODE,), replace(DETAILS, reference="99999999999")),
    "Delivered(no code)": Delivered((), DETAILS),
    "TokenAwaited": TokenAwaited(DETAILS),
    "Refused(failed)": Refused("failed", DETAILS),
    "Refused(invalid)": Refused("invalid"),
    "Refused(float)": Refused("float", ProviderDetails(message="solde insuffisant")),
    "Refused(admin)": Refused("admin"),
    "NotSent(unreachable)": NotSent("unreachable"),
    "NotSent(credentials)": NotSent("credentials"),
    "NotSent(maintenance, 120 s)": NotSent("maintenance", 120),
    "NotSent(busy)": NotSent("busy"),
    "Processing(id)": Processing(DETAILS),
    "Processing(no id)": Processing(),
    "Processing(code)": Processing(DETAILS, (CODE,)),
    "Delivered(second code)": Delivered((CODE, OTHER_CODE), DETAILS),
    "Unknown": Unknown("timeout"),
    "Unknown(strange, code)": Unknown("status ACCEPTED", details=DETAILS, heard="strange", tokens=(OTHER_CODE,)),
    "Unknown(foreign, code)": Unknown("foreign answer", heard="foreign", tokens=(OTHER_CODE,)),
    "Unknown(conflict)": Unknown("409", conflict=True),
}
SUCCESS = WebhookClaim("success", details=ProviderDetails("T1"))
SUCCESS_WITH_CODE = WebhookClaim("success", (CODE,), QUOTE.id, details=ProviderDetails("T1", fee_xof=50))
WEBHOOK_CLAIMS: dict[str, WebhookClaim | None] = {
    "none": None,
    "success": SUCCESS,
    "success with code": SUCCESS_WITH_CODE,
    "failed": WebhookClaim("failed", details=ProviderDetails("T1")),
    "pending": WebhookClaim("pending"),
    "another code": WebhookClaim("success", (OTHER_CODE,), QUOTE.id, details=ProviderDetails("T1", fee_xof=50)),
    "no word, a code": WebhookClaim("unknown", (OTHER_CODE,), QUOTE.id, details=ProviderDetails("T1")),
}


def an_order(state: State, service: Service = WOYOFAL, **changed: object) -> Order:
    """An order as it usually stands in a state."""
    quote = QUOTE if service.prepaid else BILL_QUOTE
    order, _ = confirm(quote, BUYER, str(BUYER), "fr", NOW - 60_000)
    order = replace(order, state=state, pay_attempts=0 if state == "waiting" else 1)
    if state in ("processing", "token_awaited", "delivered"):
        order = replace(order, details=DETAILS)
    if state in FINAL:
        order = replace(order, due_at=None, tokens=(CODE,) if state == "delivered" else ())
    if state == "refused":
        order = replace(order, reason="failed")
    return replace(order, **changed)


def do(order: Order, outcome: Outcome, source: Source, available_xof: int = 100_000) -> Applied:
    service = WOYOFAL if order.service == "woyofal" else SENELEC
    return apply(order, outcome, source=source, service=service, now=NOW, available_xof=available_xof)


def kinds(applied: Applied) -> list[str]:
    return [item.kind for item in applied.alerts]


def moves(applied: Applied) -> list[str]:
    return [transfer.key.rpartition(":")[2] for transfer in applied.transfers]


def account(transfer: Transfer, name: str) -> int:
    return sum(entry.amount_xof for entry in transfer.entries if entry.account == name)


def everything() -> Iterator[tuple[Order, Outcome, Source]]:
    """Every pair of the table, at every place of the poll table and of the re-asking that matters."""
    for state, service, webhook_claim, outcome, source in product(
        STATES, (WOYOFAL, SENELEC), WEBHOOK_CLAIMS.values(), OUTCOMES.values(), SOURCES
    ):
        if state == "delivered" and webhook_claim is not None and OTHER_CODE not in webhook_claim.tokens:
            continue  # A delivered order keeps no webhook but one with a code that its buyer has not seen.
        if state in ("refused", "cancelled") and webhook_claim is not None and not promises(webhook_claim):
            continue  # And one that came to nothing keeps only a claim of success.
        if service is SENELEC and webhook_claim is not None and OTHER_CODE in webhook_claim.tokens:
            continue  # A bill has no codes.
        for polls, webhook_claim_tries, attempts in ((0, 0, 1), (2, 3, 1), (11, 3, 2), (0, 1, 2), (12, 4, 2)):
            order = an_order(
                state,
                service,
                webhook_claim=webhook_claim,
                polls=polls,
                webhook_claim_tries=webhook_claim_tries,
                pay_attempts=attempts,
            )
            yield order, outcome, source


def test_every_pair_keeps_the_rules():
    """No pair raises; money and states move together, or not at all."""
    seen = 0
    for order, outcome, source in everything():
        seen += 1
        applied = do(order, outcome, source)
        after = applied.order
        pair = (order.state, source, outcome, order.webhook_claim)
        if not applied.moved:
            assert after == order, pair
            assert not applied.transfers, pair
            assert not applied.notices, pair
        for transfer in applied.transfers:
            assert sum(entry.amount_xof for entry in transfer.entries) == 0
        made = moves(applied)
        held_before, held_after = order.state in HELD, after.state in HELD
        # The one way out of a final state leads to a success.
        if order.is_final and after.state != order.state:
            assert order.state != "delivered", pair
            assert after.state in ("delivered", "token_awaited"), pair
            assert made[0] == "reopen", pair
            assert "late_success" in kinds(applied), pair
        expected = ["reopen"] if not held_before and (held_after or after.state != order.state) else []
        expected += ["spend"] if after.state == "delivered" != order.state else []
        expected += ["release"] if held_before and after.state in ("refused", "cancelled") else []
        assert made == expected, pair
        # What is held afterwards is what the state says is held.
        held_xof = sum(account(transfer, HOLD) for transfer in applied.transfers)
        assert held_xof == order.total_xof * (held_after - held_before), pair
        # What identifies the order never moves, and nothing unpins a code.
        assert (after.id, after.customer, after.address, after.total_xof) == (
            order.id,
            order.customer,
            order.address,
            order.total_xof,
        )
        assert after.tokens[: len(order.tokens)] == order.tokens
        if after.service == "woyofal" and after.state == "delivered":
            assert after.tokens
        # Whatever is open is in somebody's hands: due, in flight, or flagged.
        if not after.is_final:
            assert after.due_at is not None or after.stuck_at is not None, pair
        if after.state == "delivered":
            assert after.due_at is None or unseen(after)
            assert after.webhook_claim is None or unseen(after)
        # No code that was ever brought is dropped: the buyer has it, or it stays with the order.
        assert set(unseen(order)) <= {*after.tokens, *unseen(after)}, pair
        if isinstance(outcome, Delivered) and source != "customer" and order.state != "waiting":
            assert after.service != "woyofal" or set(outcome.tokens) <= {*after.tokens, *unseen(after)}, pair
        # What nobody confirmed is never shown.
        confirmed = isinstance(outcome, Delivered | TokenAwaited)
        assert after.tokens == order.tokens or confirmed, pair
        if after.is_final and after.webhook_claim is None:
            assert after.due_at is None, pair
        # Every change of state is told, but waiting for its turn once more.
        assert applied.notices or after.state in (order.state, "waiting"), pair
        if after.is_final:
            assert not {"still_pending", "processing", "unknown", "waiting"} & set(applied.notices), pair
        assert CODE not in " ".join(item.detail for item in applied.alerts)
    assert seen > 10_000


def test_an_ended_order_that_a_dead_process_left_due_is_laid_to_rest():
    ended = an_order("delivered", tokens=(CODE,), due_at=NOW, webhook_claim=None)
    assert next_step(ended) == "tick"
    rested = tick(ended, NOW + 1_000)
    assert (rested.moved, rested.order.due_at, rested.alerts, rested.notices) == (True, None, (), ())
    assert not tick(rested.order, NOW + 2_000).moved


def test_money_is_given_back_only_on_proof():
    """I1, I5: a hold is released only by a refusal or a cancellation, never by something that says "nobody knows"."""
    for order, outcome, source in everything():
        if "release" in moves(do(order, outcome, source)):
            assert isinstance(outcome, Refused)
            assert order.state in HELD
            # An answer to a first call proves nothing once the same body was sent again, or was taken.
            if source == "pay":
                assert order.state == "sending" or (order.state == "unknown" and order.pay_attempts == 1)
            if order.state in ("waiting", "token_awaited"):
                assert source == "admin"
            if order.state == "sending":
                assert source != "admin"


def test_only_what_says_paid_spends():
    for order, outcome, source in everything():
        if "spend" in moves(do(order, outcome, source)):
            with_code = order.webhook_claim is not None and order.webhook_claim.tokens != ()
            assert isinstance(outcome, Delivered) or (isinstance(outcome, TokenAwaited) and with_code)


# The table that people read.


def _drawn_row(applied: Applied, order: Order) -> str:
    after = applied.order
    due = "" if after.due_at is None else f"due +{(after.due_at - NOW) / 1000:g} s"
    if after.due_at == order.due_at:
        due = ""
    parts = (
        "→ " + (after.state if after.state != order.state else "="),
        " ".join(moves(applied)) or "-",
        " ".join(applied.notices) or "-",
        " ".join(kinds(applied)) or "-",
        due,
    )
    return f"{parts[0]:<16} {parts[1]:<13} {parts[2]:<14} {parts[3]:<30} {parts[4]}".rstrip()


def _rows(
    webhook_claim: WebhookClaim | None, against: dict[tuple[str, str, str], str] | None
) -> dict[tuple[str, str, str], str]:
    rows: dict[tuple[str, str, str], str] = {}
    for state, (name, outcome), source in product(STATES, OUTCOMES.items(), BRINGERS):
        if state == "delivered" and webhook_claim is not None and OTHER_CODE not in webhook_claim.tokens:
            continue
        if source == "admin" and not (isinstance(outcome, Delivered) or name == "Refused(admin)"):
            continue  # An admin says one of the two.
        if (name == "Refused(admin)") != (source == "admin") and isinstance(outcome, Refused):
            continue
        service = SENELEC if "bill" in name else WOYOFAL
        order = an_order(state, service, webhook_claim=webhook_claim)
        applied = do(order, outcome, source)
        row = _drawn_row(applied, order)
        speaks = applied.moved or bool(applied.alerts)
        before = None if against is None else against.get((state, source, name))
        if (speaks or before is not None) and row != before:
            rows[state, source, name] = row
    return rows


def _drawn() -> str:
    lines = [
        "What each answer does to an order: state, who brings it, outcome → next state (= the same), money, what the",
        "customer is told, alerts, and when somebody acts next. A pair that is not listed changes nothing.",
    ]
    plain = _rows(None, None)
    sections = [("", plain)]
    for name in ("success", "success with code", "another code", "no word, a code"):
        sections.append(
            (f"The same where a webhook claimed {name}, as far as it differs", _rows(WEBHOOK_CLAIMS[name], plain))
        )
    for title, rows in sections:
        if title:
            lines += ["", "", title, "=" * len(title)]
        for state in STATES:
            sources_of: dict[tuple[str, str], list[str]] = {}
            for (of, source, name), line in rows.items():
                if of == state:
                    sources_of.setdefault((name, line), []).append(source)
            if not sources_of:
                continue
            lines += ["", state]
            for (name, line), sources in sources_of.items():
                who = "anybody" if len(sources) == len(BRINGERS) else " ".join(sources)
                lines.append(f"  {name:<28} {who:<20} {line}")
    return "\n".join(lines) + "\n"


def test_the_table_is_the_one_that_people_read(request: pytest.FixtureRequest):
    drawn = _drawn()
    if request.config.getoption("--regenerate"):
        TABLE.write_text(drawn, "utf-8")
    assert drawn == TABLE.read_text("utf-8"), "--regenerate writes the table anew: review it as a diff"


# Single steps.


def test_a_confirmed_quote_becomes_an_order_of_the_same_id_and_a_hold():
    order, held = confirm(QUOTE, BUYER, "telegram:1", "fr", NOW)
    assert order.id == QUOTE.id
    assert (order.state, order.due_at, order.total_xof, order.is_final) == ("waiting", NOW, 5_075, False)
    assert account(held, HOLD) == 5_075
    assert account(held, "customer:telegram:1") == -5_075


def test_steps():
    assert next_step(an_order("waiting")) == "pay"
    assert next_step(an_order("unknown")) == "replay"
    assert next_step(an_order("unknown", reason="conflict")) == "tick"
    assert next_step(an_order("unknown", replays=1)) == "tick"
    assert next_step(an_order("unknown", pay_attempts=MAX_PAY_ATTEMPTS)) == "tick"
    assert next_step(an_order("unknown", details=DETAILS)) == "look_up"
    assert next_step(an_order("processing")) == "look_up"
    assert next_step(an_order("processing", details=ProviderDetails())) == "tick"
    # A webhook names what can be looked up where our answer was lost.
    assert next_step(an_order("unknown", webhook_claim=SUCCESS)) == "look_up"
    assert (
        next_step(
            an_order(
                "unknown", webhook_claim=WebhookClaim("success", external_id="OTHER", details=ProviderDetails("T9"))
            )
        )
        == "replay"
    )
    assert next_step(an_order("refused", details=DETAILS)) == "tick"
    assert next_step(an_order("refused", details=DETAILS, webhook_claim=SUCCESS)) == "look_up"


def test_a_begun_call_is_in_flight():
    begun = begin(an_order("waiting"), NOW)
    assert (begun.state, begun.pay_attempts) == ("sending", 1)
    again = begin(an_order("unknown"), NOW)
    assert (again.state, again.pay_attempts) == ("unknown", 2)


def test_a_call_cut_short_is_unknown():
    applied = interrupted(an_order("sending"), NOW)
    assert applied.order.state == "unknown"
    assert applied.order.reason == "interrupted"
    assert not applied.transfers
    assert next_step(applied.order) == "replay"


def test_a_queue_is_told_once_and_only_when_long():
    order = an_order("waiting", confirmed_at=NOW)
    assert queued(order, NOW, 3_000) == Applied(order)
    waiting = queued(order, NOW, 6_000)
    assert waiting.notices == ("waiting",)
    assert waiting.order.reason == "queued"
    assert queued(waiting.order, NOW + 1_000, 6_000) == Applied(waiting.order)
    # The first try is then turned away: waiting has been told already.
    sending = begin(waiting.order, NOW)
    assert do(sending, NotSent("busy"), "pay").notices == ()
    assert do(begin(order, NOW), NotSent("busy"), "pay").notices == ("waiting",)
    processing = an_order("processing")
    assert queued(processing, NOW, 60_000) == Applied(processing)


def test_cancelling():
    applied = cancel(an_order("waiting"), NOW)
    assert applied.order.state == "cancelled"
    assert moves(applied) == ["release"]
    assert applied.notices == ("cancelled",)
    assert applied.order.due_at is None
    for state in STATES:
        if state != "waiting":
            order = an_order(state)
            assert cancel(order, NOW) == Applied(order)


def test_cancelling_follows_up_what_a_webhook_claimed():
    """A success was claimed while the call was in flight, the call was turned away, and the customer gives up."""
    applied = cancel(an_order("waiting", webhook_claim=SUCCESS), NOW)
    assert next_step(applied.order) == "look_up"
    assert applied.order.due_at == NOW
    late = do(applied.order, Delivered((CODE,), DETAILS), "look_up")
    assert moves(late) == ["reopen", "spend"]
    assert cancel(an_order("waiting", webhook_claim=WEBHOOK_CLAIMS["pending"]), NOW).order.webhook_claim is None


# When.


def test_polls_follow_the_table_then_stop_and_are_flagged():
    order = do(an_order("sending"), Processing(DETAILS), "pay").order
    accepted_at, at, asked, notices, alerts = NOW, NOW, [], [], []
    while order.due_at is not None:
        at = order.due_at
        asked.append((at - accepted_at) // 1000)
        applied = apply(order, Processing(DETAILS), source="look_up", service=WOYOFAL, now=at)
        notices += [(kind, (at - accepted_at) // 1000) for kind in applied.notices]
        alerts += kinds(applied)
        order = applied.order
    assert tuple(asked) == POLL_AFTER_SECONDS
    assert asked[:4] == [5, 15, 60, 300]
    assert asked[-1] == 24 * 3600
    # The customer hears at about a minute that it is pending, and once more after an hour.
    assert notices == [("still_pending", 60), ("still_pending", 3600)]
    assert alerts == ["stuck"]
    assert order.stuck_at == at
    assert order.state == "processing"


def test_a_stuck_order_is_flagged_once():
    order = an_order("unknown", replays=1, stuck_at=NOW - 1, polls=len(POLL_AFTER_SECONDS) - 1)
    applied = tick(order, NOW)
    assert applied.order.due_at is None
    assert applied.order.stuck_at == NOW - 1
    assert kinds(applied) == []


def test_an_unknown_outcome_is_replayed_once_after_a_pause():
    order = do(an_order("sending"), Unknown("timeout"), "pay").order
    assert order.due_at == NOW + REPLAY_AFTER_SECONDS * 1000
    assert next_step(order) == "replay"
    replayed = do(begin(order, NOW), Unknown("HTTP 400"), "replay")
    assert replayed.order.state == "unknown"
    assert replayed.order.replays == 1
    assert replayed.order.stuck_at == NOW
    assert replayed.order.due_at == NOW + 5_000
    assert next_step(replayed.order) == "tick"
    assert kinds(replayed) == ["unknown"]
    assert tick(replayed.order, NOW).order.due_at == NOW + 10_000


def test_a_replay_that_did_not_leave_does_not_count():
    order = begin(an_order("unknown"), NOW)
    applied = do(order, NotSent("unreachable"), "replay")
    assert applied.order.pay_attempts == 1
    assert applied.order.replays == 0
    assert next_step(applied.order) == "replay"
    assert applied.order.due_at is not None
    assert applied.order.due_at > NOW


def test_a_replay_that_was_received_waits_for_the_webhook():
    applied = do(begin(an_order("unknown"), NOW), Processing(), "replay")
    assert applied.order.state == "processing"
    assert next_step(applied.order) == "tick"
    assert not applied.transfers


def test_a_replay_that_proves_a_failure_gives_back():
    assert moves(do(begin(an_order("unknown"), NOW), Refused("failed"), "replay")) == ["release"]


def test_a_conflict_stops():
    applied = do(an_order("sending"), Unknown("409", conflict=True), "pay")
    assert applied.order.state == "unknown"
    assert applied.order.stuck_at == NOW
    assert kinds(applied) == ["conflict"]
    assert next_step(applied.order) == "tick"


def test_what_was_not_sent_is_sent_again_with_growing_pauses():
    order, pauses = an_order("waiting"), []
    for _ in range(6):
        order = begin(order, NOW)
        order = do(order, NotSent("unreachable"), "pay").order
        assert order.state == "waiting"
        assert order.due_at is not None
        pauses.append((order.due_at - NOW) // 1000)
    assert tuple(pauses) == (*RESEND_AFTER_SECONDS, 60, 60)
    assert do(begin(order, NOW), NotSent("busy", 7.5), "pay").order.due_at == NOW + 7_500


# Webhooks.


def test_a_webhook_moves_nothing_by_itself():
    for state in ("sending", "processing", "token_awaited", "unknown"):
        for webhook_claim in WEBHOOK_CLAIMS.values():
            if webhook_claim is not None:
                applied = take_webhook_claim(an_order(state), webhook_claim, NOW)
                assert applied.order.state == state
                assert applied.order.webhook_claim == webhook_claim
                assert applied.order.tokens == ()
                assert applied.order.due_at == NOW
                assert not applied.transfers
                assert not applied.notices


def test_a_webhook_that_says_more_is_asked_after_again_after_1_3_and_10_seconds():
    order, pauses, alerts = take_webhook_claim(an_order("processing"), WebhookClaim("success"), NOW).order, [], []
    for _ in range(5):
        applied = do(order, Processing(DETAILS), "look_up")
        order = applied.order
        assert order.due_at is not None
        pauses.append((order.due_at - NOW) // 1000)
        alerts.append(kinds(applied))
    assert tuple(pauses[:3]) == HINT_AFTER_SECONDS == (1, 3, 10)
    # Then the poll table goes on, and the claim looks forged; it is said once.
    assert pauses[3] >= 5
    assert alerts == [[], [], [], ["forged_hint"], []]


def test_a_pending_webhook_disturbs_no_schedule():
    order = take_webhook_claim(an_order("processing"), WebhookClaim("pending"), NOW).order
    assert do(order, Processing(DETAILS), "look_up").order.due_at == NOW + 10_000


def test_a_claimed_success_is_re_asked_after_the_pay_answer_too():
    order = take_webhook_claim(an_order("sending"), WebhookClaim("success", (CODE,)), NOW).order
    processing = do(order, Processing(DETAILS), "pay").order
    assert processing.due_at == NOW + 1_000
    assert do(processing, TokenAwaited(DETAILS), "look_up").order.tokens == (CODE,)


def test_the_code_of_a_webhook_is_shown_once_the_look_up_agrees():
    claimed = an_order("processing", webhook_claim=SUCCESS_WITH_CODE)
    delivered = do(claimed, TokenAwaited(DETAILS), "look_up")
    assert (delivered.order.state, delivered.order.tokens) == ("delivered", (CODE,))
    # Not on the word of a webhook that says FAILED, nor in another way.
    other = an_order("processing", webhook_claim=replace(SUCCESS_WITH_CODE, status="failed"))
    assert do(other, TokenAwaited(DETAILS), "look_up").order.state == "token_awaited"
    assert do(claimed, TokenAwaited(DETAILS), "pay").order.state == "token_awaited"
    # The look-up's own code wins.
    assert do(claimed, Delivered((OTHER_CODE,), DETAILS), "look_up").order.tokens == (OTHER_CODE,)


def test_a_late_older_webhook_takes_nothing_away():
    kept = take_webhook_claim(an_order("processing", details=ProviderDetails()), SUCCESS_WITH_CODE, NOW).order
    for later in (WebhookClaim("pending"), WebhookClaim("failed"), WebhookClaim("success")):
        webhook_claim = take_webhook_claim(kept, later, NOW).order.webhook_claim
        assert webhook_claim is not None
        assert (webhook_claim.status, webhook_claim.tokens, webhook_claim.details.transaction_id) == (
            "success",
            (CODE,),
            "T1",
        )
    again = take_webhook_claim(kept, WebhookClaim("success", (OTHER_CODE,)), NOW)
    assert kinds(again) == ["contradiction"]


def test_forged_webhooks():
    processing = an_order("processing")
    for forged in (
        WebhookClaim("success", external_id="OTHER"),
        WebhookClaim("success", custom_data="OTHER"),
        WebhookClaim("success", details=ProviderDetails("T2")),
    ):
        assert not hint_matches(processing, forged)
        applied = take_webhook_claim(processing, forged, NOW)
        assert (applied.order, applied.moved, kinds(applied)) == (processing, False, ["forged_hint"])
    assert hint_matches(
        processing, WebhookClaim("success", external_id=QUOTE.id, custom_data=QUOTE.id, details=ProviderDetails("T1"))
    )
    waiting = an_order("waiting")
    assert kinds(take_webhook_claim(waiting, WebhookClaim("success"), NOW)) == ["forged_hint"]
    assert take_webhook_claim(waiting, WebhookClaim("success"), NOW).order == waiting


def test_webhooks_for_what_has_ended():
    delivered = an_order("delivered")
    assert take_webhook_claim(delivered, WebhookClaim("success", (CODE,)), NOW) == Applied(delivered)
    assert kinds(take_webhook_claim(delivered, WebhookClaim("failed"), NOW)) == ["failed_after_success"]
    refused = an_order("refused")
    for status in ("failed", "pending"):
        assert take_webhook_claim(refused, WebhookClaim(status), NOW) == Applied(refused)
    # A word that nobody knows may mean anything: it is told, and asked about where that is possible.
    applied = take_webhook_claim(refused, WebhookClaim("unknown"), NOW)
    assert (applied.order, applied.moved, kinds(applied)) == (refused, False, ["contradiction"])
    asked = take_webhook_claim(refused, WebhookClaim("unknown", details=ProviderDetails("T1")), NOW)
    assert (next_step(asked.order), asked.order.due_at, kinds(asked)) == ("look_up", NOW, ["contradiction"])
    unmoved = do(asked.order, Refused("failed", DETAILS), "look_up")
    assert (unmoved.order.webhook_claim, unmoved.order.due_at, kinds(unmoved)) == (None, None, [])
    claimed = take_webhook_claim(refused, WebhookClaim("success", details=ProviderDetails("T1")), NOW)
    assert claimed.order.state == "refused"
    assert next_step(claimed.order) == "look_up"


def test_a_word_that_nobody_knows_is_looked_up_and_told_and_its_code_is_kept():
    bare = take_webhook_claim(an_order("processing"), WebhookClaim("unknown"), NOW)
    assert bare.order.due_at == NOW
    assert kinds(bare) == ["contradiction"]
    # It disturbs no schedule any further: there is nothing to be asked after again.
    assert do(bare.order, Processing(DETAILS), "look_up").order.due_at == NOW + 10_000
    silent = an_order("unknown", details=ProviderDetails())
    kept = take_webhook_claim(
        silent, WebhookClaim("unknown", (CODE,), details=ProviderDetails("T7"), raw="as it came"), NOW
    )
    assert kept.order.webhook_claim == WebhookClaim("unknown", (CODE,), details=ProviderDetails("T7"))
    assert (known_transaction(kept.order), next_step(kept.order)) == ("T7", "look_up")
    assert (kept.order.state, kept.order.tokens, kept.notices) == ("unknown", (), ())
    # The look-up says success and has no code: the kept one is the buyer's.
    shown = do(kept.order, TokenAwaited(ProviderDetails("T7")), "look_up")
    assert (shown.order.state, shown.order.tokens, shown.order.webhook_claim) == ("delivered", (CODE,), None)
    # It never does: a person is told, and the code stays.
    order, alerts = kept.order, list[str]()
    for _ in range(5):
        applied = do(order, Processing(ProviderDetails("T7")), "look_up")
        order, alerts = applied.order, alerts + kinds(applied)
    assert alerts == ["forged_hint"]
    assert unseen(order) == (CODE,)


def test_claims_are_gathered():
    """Codes and ids come in pieces and in any order, and none takes another away."""
    one = take_webhook_claim(
        an_order("processing", details=ProviderDetails()),
        WebhookClaim("success", (CODE,), details=ProviderDetails("T1", fee_xof=9)),
        NOW,
    )
    two = take_webhook_claim(one.order, WebhookClaim("unknown", (OTHER_CODE,), QUOTE.id, QUOTE.id), NOW)
    assert two.order.webhook_claim is not None
    assert two.order.webhook_claim == WebhookClaim(
        "success", (CODE, OTHER_CODE), QUOTE.id, QUOTE.id, ProviderDetails("T1", fee_xof=9)
    )
    assert kinds(two) == ["contradiction", "contradiction"]
    three = take_webhook_claim(two.order, WebhookClaim("failed", details=ProviderDetails("T1", 5_000)), NOW).order
    assert three.webhook_claim is not None
    assert three.webhook_claim.details == ProviderDetails("T1", 5_000, 9)
    assert three.webhook_claim.status == "success"
    flood = three
    for number in range(40):
        flood = take_webhook_claim(flood, WebhookClaim("success", (f"{number:020}",)), NOW).order
    assert len(unseen(flood)) == 12
    assert unseen(flood)[:2] == (CODE, OTHER_CODE)
    # A bill has no recharge codes, whatever a webhook calls one.
    bill = take_webhook_claim(an_order("processing", SENELEC), WebhookClaim("success", (CODE,)), NOW)
    assert bill.order.webhook_claim == WebhookClaim("success")


@pytest.mark.parametrize("status", ["success", "unknown", "pending"])
def test_another_code_after_delivery_is_kept_told_and_shown_once_the_look_up_agrees(status):
    delivered = an_order("delivered")
    webhook_claim = WebhookClaim(status, (CODE, OTHER_CODE), QUOTE.id, details=ProviderDetails("T1"))
    kept = take_webhook_claim(delivered, webhook_claim, NOW)
    assert (kept.order.tokens, unseen(kept.order), kinds(kept)) == ((CODE,), (OTHER_CODE,), ["more_codes"])
    assert (kept.notices, kept.transfers, next_step(kept.order)) == ((), (), "look_up")
    # The same once more changes nothing while it is being asked about.
    assert take_webhook_claim(kept.order, webhook_claim, NOW + 1) == Applied(kept.order)
    for agrees in (TokenAwaited(DETAILS), Delivered((CODE, OTHER_CODE), DETAILS), Delivered((OTHER_CODE,), DETAILS)):
        shown = do(kept.order, agrees, "look_up")
        assert (shown.order.tokens, shown.notices) == ((CODE, OTHER_CODE), ("more_codes",))
        assert (shown.order.webhook_claim, shown.order.due_at, shown.transfers) == (None, None, ())


def test_another_code_that_no_look_up_confirms_stays_for_an_admin():
    webhook_claim = WebhookClaim("success", (OTHER_CODE,), QUOTE.id, details=ProviderDetails("T1"))
    for answer in (
        Delivered((CODE,), DETAILS),
        Processing(DETAILS),
        Unknown("HTTP 500"),
        NotSent("busy"),
        Refused("failed", DETAILS),
        TokenAwaited(replace(DETAILS, amount_xof=1)),
    ):
        order, alerts = take_webhook_claim(an_order("delivered"), webhook_claim, NOW).order, list[str]()
        while order.due_at is not None:
            applied = do(order, answer, "look_up")
            assert applied.notices == ()
            order, alerts = applied.order, alerts + kinds(applied)
        assert (order.state, order.tokens, unseen(order)) == ("delivered", (CODE,), (OTHER_CODE,))
        assert {"forged_hint", "another_amount"} & set(alerts)
        # An admin hands it over; and it may be asked about again when it comes again.
        assert take_webhook_claim(order, webhook_claim, NOW).order.due_at == NOW
        shown = do(order, Delivered(unseen(order)), "admin")
        assert (shown.order.tokens, shown.notices, shown.order.webhook_claim) == (
            (CODE, OTHER_CODE),
            ("more_codes",),
            None,
        )
        assert kinds(shown) == []
    # Without anything that could be looked up it waits for an admin at once.
    unnamed = take_webhook_claim(
        an_order("delivered", details=ProviderDetails()), WebhookClaim("success", (OTHER_CODE,)), NOW
    ).order
    assert next_step(unnamed) == "tick"
    rested = tick(unnamed, NOW)
    assert (unseen(rested.order), rested.order.due_at, kinds(rested)) == ((OTHER_CODE,), None, ["contradiction"])


def test_codes_that_differ_from_the_answers_are_not_dropped():
    """The webhook brought one code, the answer another: the answer's is shown, the webhook's is asked about or kept."""
    claimed = an_order("sending", webhook_claim=WEBHOOK_CLAIMS["another code"])
    paid = do(claimed, Delivered((CODE,), DETAILS), "pay")
    assert (paid.order.tokens, unseen(paid.order), paid.order.due_at) == ((CODE,), (OTHER_CODE,), NOW)
    assert kinds(paid) == ["more_codes"]
    looked_up = do(claimed, Delivered((CODE,), DETAILS), "look_up")
    assert (looked_up.order.tokens, unseen(looked_up.order), looked_up.order.due_at) == ((CODE,), (OTHER_CODE,), None)
    decided = do(claimed, Delivered((CODE,)), "admin")
    assert (unseen(decided.order), kinds(decided)) == ((OTHER_CODE,), [])
    # A late answer to the pay call knows a code that the look-up did not; the webhook's is still being asked about.
    three = "3" * 20
    late = do(paid.order, Delivered((CODE, three), DETAILS), "pay")
    assert (late.order.tokens, unseen(late.order), late.order.due_at) == ((CODE, three), (OTHER_CODE,), NOW)


@pytest.mark.parametrize(
    "outcome",
    [Processing(DETAILS, (CODE,)), Unknown("status X", details=DETAILS, heard="strange", tokens=(CODE,))],
)
def test_codes_that_came_with_a_word_that_decides_nothing_are_kept(outcome):
    for source in ("pay", "replay", "look_up"):
        for state in ("sending", "unknown", "processing", "token_awaited", "refused", "cancelled"):
            applied = do(an_order(state), outcome, source)
            assert unseen(applied.order) == (CODE,), (source, state)
            assert applied.order.tokens == ()
            assert "contradiction" in kinds(applied)
            assert applied.order.due_at is not None
            assert do(applied.order, TokenAwaited(DETAILS), "look_up").order.tokens == (CODE,)
        ended = do(an_order("delivered", tokens=(OTHER_CODE,)), outcome, source)
        assert (unseen(ended.order), ended.order.tokens) == ((CODE,), (OTHER_CODE,))
        assert "more_codes" in kinds(ended)
        # What the buyer has is nothing new.
        assert unseen(do(an_order("delivered"), outcome, source).order) == ()
    # One that names another payment is not taken for ours.
    foreign = do(an_order("processing"), Unknown("foreign answer", heard="foreign", tokens=(CODE,)), "look_up")
    assert (foreign.order.webhook_claim, kinds(foreign)) == (None, ["contradiction"])


def test_a_late_success_without_anything_to_look_up_is_for_a_person():
    claimed = take_webhook_claim(an_order("refused"), WebhookClaim("success"), NOW).order
    assert next_step(claimed) == "tick"
    applied = tick(claimed, NOW)
    assert kinds(applied) == ["contradiction"]
    assert applied.order.due_at is None
    assert applied.order.state == "refused"


def test_a_late_success_is_asked_after_a_few_times():
    """FAILED then SUCCESS: the webhook may be ahead of the look-up, and it comes only once."""
    for answer in (Refused("failed", DETAILS), Processing(DETAILS), Unknown("HTTP 500"), NotSent("busy")):
        order, pauses = an_order("refused", webhook_claim=SUCCESS), []
        while order.webhook_claim is not None:
            applied = do(order, answer, "look_up")
            order = applied.order
            if order.due_at is not None:
                pauses.append((order.due_at - NOW) // 1000)
        assert tuple(pauses) == HINT_AFTER_SECONDS
        assert kinds(applied) == ["forged_hint"]
        assert order.due_at is None


def test_a_refusal_against_a_webhooks_word_is_asked_after():
    """The money goes back at once, and a success that the webhook knew first is still found."""
    applied = do(an_order("processing", webhook_claim=SUCCESS), Refused("failed", DETAILS), "look_up")
    assert moves(applied) == ["release"]
    assert applied.order.due_at == NOW + 1_000
    assert next_step(applied.order) == "look_up"
    # Asked after often enough, or decided by a person, it rests.
    tired = an_order("processing", webhook_claim=SUCCESS, webhook_claim_tries=3)
    assert do(tired, Refused("failed", DETAILS), "look_up").order.due_at is None
    assert do(an_order("unknown", webhook_claim=SUCCESS), Refused("admin"), "admin").order.webhook_claim is None


def test_a_late_pay_answer_does_not_drop_a_claimed_success():
    claimed = an_order("refused", webhook_claim=SUCCESS)
    for answer in (Refused("failed"), Processing(DETAILS), Unknown("x"), NotSent("busy")):
        assert do(claimed, answer, "pay") == Applied(claimed)


def test_a_look_up_by_our_own_id_is_ours_whatever_number_it_names():
    """It may be the meter, the bill or a telephone."""
    for number in ("99999999999", "00014123456789", "221770000000", None):
        named = Delivered((CODE,), replace(DETAILS, reference=number))
        for details in (DETAILS, ProviderDetails("T1")):
            applied = do(an_order("processing", details=details), named, "look_up")
            assert (applied.order.state, applied.order.tokens, kinds(applied)) == ("delivered", (CODE,), [])


@pytest.mark.parametrize("state", ["sending", "processing", "unknown", "token_awaited"])
@pytest.mark.parametrize(
    "outcome", [Delivered((CODE,)), TokenAwaited(), Refused("failed"), Processing(), Unknown("x", heard="strange")]
)
def test_a_look_up_that_tells_another_amount_decides_nothing_and_loses_nothing(state, outcome):
    applied = do(
        an_order(state, details=ProviderDetails("T1")),
        replace(outcome, details=replace(DETAILS, amount_xof=4_000)),
        "look_up",
    )
    order = applied.order
    assert (order.state, order.tokens, applied.transfers) == (state, (), ())
    assert "delivered" not in applied.notices
    assert kinds(applied)[0] == "another_amount"
    assert (order.stuck_at, order.due_at is None) == (NOW, False)
    assert unseen(order) == ((CODE,) if isinstance(outcome, Delivered) else ())
    # A person decides, and takes the code that was kept.
    assert do(order, Delivered(unseen(order) or (OTHER_CODE,)), "admin").order.state == "delivered"


def test_which_amounts_agree():
    order, charged = (
        an_order("processing", details=ProviderDetails("T1")),
        an_order("processing", details=ProviderDetails("T1", 4_000, 40)),
    )
    for amount_xof, fee_xof in ((5_000, None), (5_050, None), (5_065, 65), (None, None)):
        assert amount_agrees(order, ProviderDetails("T1", amount_xof, fee_xof), WOYOFAL)
    assert not amount_agrees(order, ProviderDetails("T1", 5_001), WOYOFAL)
    assert not amount_agrees(order, ProviderDetails("T1", 50), WOYOFAL)
    # What the answer to our own call told was not asked about when it was told.
    assert amount_agrees(charged, ProviderDetails("T1", 4_000), WOYOFAL)
    assert amount_agrees(charged, ProviderDetails("T1", 5_040), WOYOFAL)
    # An amount with a fee in it is not taken for another one.
    applied = do(order, Delivered((CODE,), ProviderDetails("T1", 5_050)), "look_up")
    assert (applied.order.paid_xof, kinds(applied)) == (5_000, [])


def test_a_look_up_of_a_call_that_was_turned_away_changes_nothing():
    """It began while the call was in flight. An order that waits must stay due, whatever comes back."""
    for webhook_claim, outcome in product(WEBHOOK_CLAIMS.values(), OUTCOMES.values()):
        waiting = an_order("waiting", webhook_claim=webhook_claim, webhook_claim_tries=3)
        applied = do(waiting, outcome, "look_up")
        assert applied.order.state == "waiting"
        assert applied.order.due_at is not None


# Money that comes back.


def test_a_late_success_takes_the_hold_again():
    applied = do(an_order("refused"), Delivered((CODE,), DETAILS), "pay")
    assert (applied.order.state, applied.notices) == ("delivered", ("late",))
    assert moves(applied) == ["reopen", "spend"]
    assert kinds(applied) == ["late_success"]


@pytest.mark.parametrize("available_xof", [-500, 0, 2_000, 5_075, 10_000])
def test_a_late_success_never_overdraws(available_xof):
    applied = do(an_order("cancelled"), Delivered((CODE,), DETAILS), "pay", available_xof)
    reopened = applied.transfers[0]
    assert -account(reopened, "customer:telegram:1") == max(0, min(5_075, available_xof))
    assert account(reopened, HOLD) == 5_075


def test_a_hold_can_be_given_back_and_taken_again_more_than_once():
    """FAILED, then paid without a code, then an admin refuses, then a code: every move has a key of its own, and what
    the operator bore comes back to the operator, not to the customer."""
    order, keys = an_order("refused"), ["order:ORDER0000001:release"]
    late = do(order, TokenAwaited(DETAILS), "look_up", available_xof=2_000)
    assert late.order.state == "token_awaited"
    assert late.order.borne_xof == 3_075
    back = do(late.order, Refused("admin"), "admin")
    assert back.order.state == "refused"
    (released,) = back.transfers
    assert account(released, "customer:telegram:1") == 2_000
    assert account(released, "corrections") == 3_075
    again = do(back.order, Delivered((CODE,), DETAILS), "look_up", available_xof=2_000)
    assert again.order.state == "delivered"
    keys += [transfer.key for applied in (late, back, again) for transfer in applied.transfers]
    assert len(set(keys)) == len(keys) == 5


def test_what_the_provider_did_not_take_returns_first_to_who_bore_it():
    late = do(an_order("refused"), Delivered((CODE,), replace(DETAILS, amount_xof=1_000)), "pay", available_xof=2_000)
    spent = late.transfers[1]
    # 4 000 come back: 3 075 that the operator bore, 925 of the customer's 2 000.
    assert account(spent, "customer:telegram:1") == 925
    assert account(spent, "corrections") == 3_075


def test_the_truth_about_amounts_is_alerted():
    processing = an_order("processing", details=ProviderDetails("T1"))
    assert kinds(do(processing, OUTCOMES["Delivered(other amount)"], "pay")) == ["fee_differs", "amount_differs"]
    assert kinds(do(processing, OUTCOMES["Delivered(other amount)"], "look_up")) == ["another_amount"]
    assert kinds(do(processing, OUTCOMES["Delivered(amount + fee)"], "look_up")) == []
    assert kinds(do(processing, OUTCOMES["Delivered(other fee)"], "look_up")) == ["fee_differs"]
    bill = an_order("sending", SENELEC)
    assert kinds(do(bill, OUTCOMES["Delivered(other bill)"], "pay")) == ["amount_differs"]
    assert kinds(do(bill, OUTCOMES["Delivered(same bill)"], "pay")) == []
    assert kinds(do(bill, Delivered((), DETAILS), "pay")) == []


def test_a_fee_that_only_the_webhook_told_counts():
    webhook_claim = WebhookClaim("success", (CODE,), details=ProviderDetails("T1", fee_xof=65))
    applied = do(
        an_order("processing", details=ProviderDetails("T1"), webhook_claim=webhook_claim),
        Delivered((CODE,)),
        "look_up",
    )
    assert applied.order.details.fee_xof == 65
    assert kinds(applied) == ["fee_differs"]


def test_the_first_figure_wins():
    first = ProviderDetails("T1", 5_000, 50, "R", "F", 90_000, 84_950, "one")
    order = an_order("processing", details=first)
    later = ProviderDetails("T2", 1, 2, "14123456789", "G", 3, 4, "two")
    merged = do(order, Processing(later), "pay").order.details
    assert merged == replace(first, message="two")
    assert do(an_order("processing", details=ProviderDetails()), Processing(later), "pay").order.details == later


def test_an_admin_completes_a_delivered_order_with_another_code():
    delivered = an_order("delivered")
    assert do(delivered, Delivered((CODE,)), "admin") == Applied(delivered)
    more = do(delivered, Delivered((CODE, OTHER_CODE)), "admin")
    assert more.order.tokens == (CODE, OTHER_CODE)
    assert more.notices == ("more_codes",)
    assert not more.transfers
    # So does the provider itself, whoever asked it.
    for source in ("pay", "replay", "look_up"):
        applied = do(delivered, Delivered((OTHER_CODE,)), source)
        assert (applied.order.tokens, applied.notices) == ((CODE, OTHER_CODE), ("more_codes",))
        assert kinds(applied) == ["more_codes"]


def test_a_payment_that_the_provider_took_after_an_admin_said_refused():
    refused = an_order("refused", reason="admin")
    applied = do(refused, Processing(DETAILS), "replay")
    assert kinds(applied) == ["contradiction"]
    assert applied.order.state == "refused"
    # The provider's id is kept, so that a webhook's claim can be looked up.
    assert known_transaction(applied.order) == "T1"
    again = do(applied.order, Processing(DETAILS), "replay")
    assert not again.moved
