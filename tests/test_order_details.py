"""What `order_table.txt` does not show of the order's transitions: what is learned, where the poll table ends, what is
counted of a hold that is taken again, and claims beside an answer.
"""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bot.domain.order import (
    HINT_AFTER_SECONDS,
    LONG_PENDING_AFTER_POLLS,
    POLL_AFTER_SECONDS,
    STILL_PENDING_AFTER_POLLS,
    Applied,
    Order,
    Source,
    State,
    begin,
    next_step,
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
from tests.test_order import CODE, DETAILS, NOW, OTHER_CODE, SUCCESS, an_order, do, kinds, moves

THIRD_CODE = "3" * 20
LEARNED = ProviderDetails("T1", 5_000, 50, message="what the provider said")


@pytest.mark.parametrize(
    ("state", "outcome", "source"),
    [
        ("sending", Processing(LEARNED), "pay"),
        ("processing", Processing(LEARNED), "look_up"),
        ("processing", Processing(LEARNED), "pay"),
        ("sending", TokenAwaited(LEARNED), "pay"),
        ("token_awaited", TokenAwaited(LEARNED), "look_up"),
        ("refused", TokenAwaited(LEARNED), "look_up"),
        ("sending", Delivered((CODE,), LEARNED), "pay"),
        ("cancelled", Delivered((CODE,), LEARNED), "replay"),
        ("sending", Refused("failed", LEARNED), "pay"),
        ("unknown", Refused("admin", LEARNED), "admin"),
        ("sending", Unknown("timeout", details=LEARNED), "pay"),
        ("unknown", Unknown("HTTP 400", details=LEARNED), "replay"),
    ],
)
def test_what_an_answer_tells_is_learned(state: State, outcome: Outcome, source: Source) -> None:
    after = do(an_order(state, details=ProviderDetails()), outcome, source).order
    assert after.details == LEARNED


def _looked_up(outcome: Outcome) -> Callable[[Order], Applied]:
    return lambda order: do(order, outcome, "look_up")


NOTHING_NEW: dict[str, tuple[State, Callable[[Order], Applied], list[str]]] = {
    "processing": ("processing", _looked_up(Processing(DETAILS)), []),
    "token awaited": ("token_awaited", _looked_up(TokenAwaited(DETAILS)), []),
    "refused after success": ("token_awaited", _looked_up(Refused("failed", DETAILS)), ["failed_after_success"]),
    "unknown": ("unknown", _looked_up(Unknown("HTTP 500")), []),
    "strange": ("unknown", _looked_up(Unknown("?", heard="strange")), ["contradiction"]),
    "another amount": ("processing", _looked_up(Processing(replace(DETAILS, amount_xof=1))), ["another_amount"]),
    "nothing to ask": ("processing", lambda order: tick(order, NOW), []),
}


@pytest.mark.parametrize(("state", "asked", "alerts"), NOTHING_NEW.values(), ids=NOTHING_NEW.keys())
def test_whatever_brings_no_news_moves_along_the_poll_table(
    state: State, asked: Callable[[Order], Applied], alerts: list[str]
) -> None:
    told = (STILL_PENDING_AFTER_POLLS, LONG_PENDING_AFTER_POLLS)
    for polls in range(len(POLL_AFTER_SECONDS)):
        polled = asked(an_order(state, polls=polls))
        last = polls + 1 == len(POLL_AFTER_SECONDS)
        assert polled.order.polls == polls + 1
        assert polled.notices == (("still_pending",) if polls + 1 in told else ())
        assert kinds(polled) == alerts + (["stuck"] if last else [])
        assert (polled.order.due_at is None) == last
    # It needs a person already: that is told once.
    assert kinds(asked(an_order(state, polls=len(POLL_AFTER_SECONDS) - 1, stuck_at=NOW - 1))) == alerts


@pytest.mark.parametrize(("state", "asked", "alerts"), NOTHING_NEW.values(), ids=NOTHING_NEW.keys())
def test_a_success_that_a_webhook_claims_is_asked_about_soon_and_told_once_when_nobody_confirms_it(
    state: State, asked: Callable[[Order], Applied], alerts: list[str]
) -> None:
    order = an_order(state, webhook_claim=SUCCESS)
    for seconds in HINT_AFTER_SECONDS:
        soon = asked(order)
        assert (soon.order.due_at, soon.order.polls, kinds(soon)) == (NOW + seconds * 1000, 0, alerts)
        order = soon.order
    tired = asked(order)
    assert (tired.order.polls, kinds(tired)) == (1, [*alerts, "forged_hint"])
    assert kinds(asked(tired.order)) == alerts


@pytest.mark.parametrize("source", ["pay", "replay", "look_up", "admin"])
@pytest.mark.parametrize("state", ["refused", "cancelled"])
def test_a_hold_that_is_taken_again_is_counted_and_what_the_operator_bears_is_kept(
    state: State, source: Source
) -> None:
    late = do(an_order(state), Delivered((CODE,), DETAILS), source, available_xof=2_000)
    assert (late.order.reopened, late.order.borne_xof, moves(late)) == (1, 3_075, ["reopen", "spend"])
    assert late.retaken_xof == 2_000


@pytest.mark.parametrize("state", ["processing", "refused"])
def test_another_amount_that_the_answer_to_our_call_told_is_alerted_when_a_look_up_agrees(state: State) -> None:
    order = an_order(state, details=ProviderDetails("T1", 4_000, 40))
    assert "amount_differs" in kinds(do(order, Delivered((CODE,), ProviderDetails("T1", 4_000)), "look_up"))


def test_a_first_answer_that_refuses_proves_nothing_once_the_same_was_sent_again() -> None:
    late = do(begin(an_order("unknown"), NOW), Refused("failed", DETAILS), "pay")
    assert (late.order.state, late.transfers, kinds(late)) == ("unknown", (), ["contradiction"])


def test_what_was_not_sent_says_why() -> None:
    assert do(an_order("sending"), NotSent("busy"), "pay").order.reason == "busy"


@pytest.mark.parametrize("source", ["pay", "admin"])
def test_one_of_two_claimed_codes_is_shown_and_the_other_is_still_asked_about(source: Source) -> None:
    claimed = take_webhook_claim(an_order("delivered"), WebhookClaim("success", (OTHER_CODE, THIRD_CODE)), NOW).order
    shown = do(claimed, Delivered((OTHER_CODE,)), source).order
    assert (shown.tokens, unseen(shown), shown.due_at) == ((CODE, OTHER_CODE), (THIRD_CODE,), NOW)


def test_codes_beside_a_payment_that_an_admin_had_refused_are_kept_and_asked_about() -> None:
    refused = an_order("refused", reason="admin")
    applied = do(refused, Processing(DETAILS, (CODE,)), "pay")
    assert kinds(applied) == ["contradiction", "contradiction"]
    assert (applied.order.state, unseen(applied.order), applied.order.due_at) == ("refused", (CODE,), NOW)
    assert next_step(applied.order) == "look_up"


def test_a_look_up_of_a_delivered_order_that_tells_no_code_confirms_no_claim() -> None:
    claimed = an_order("delivered", webhook_claim=WebhookClaim("failed", (OTHER_CODE,)))
    soon = do(claimed, TokenAwaited(DETAILS), "look_up")
    assert (soon.order.tokens, soon.order.due_at) == ((CODE,), NOW + HINT_AFTER_SECONDS[0] * 1000)
    tired = replace(claimed, webhook_claim=SUCCESS, webhook_claim_tries=len(HINT_AFTER_SECONDS))
    assert kinds(do(tired, TokenAwaited(DETAILS), "look_up")) == ["forged_hint"]


def test_two_webhooks_that_name_different_codes_for_what_was_given_back_contradict_each_other() -> None:
    one = take_webhook_claim(an_order("refused"), WebhookClaim("success", (CODE,)), NOW)
    two = take_webhook_claim(one.order, WebhookClaim("success", (OTHER_CODE,)), NOW)
    assert (kinds(one), kinds(two), unseen(two.order)) == ([], ["contradiction"], (CODE, OTHER_CODE))


def test_an_ended_order_that_is_laid_to_rest_notes_the_time() -> None:
    for ended in (an_order("refused", webhook_claim=SUCCESS, due_at=NOW), an_order("delivered", due_at=NOW)):
        assert tick(ended, NOW + 1_000).order.updated_at == NOW + 1_000
