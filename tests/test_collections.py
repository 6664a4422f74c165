"""What happens to a collection and to a pay-back: their lives, told one by one, and the money in them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collectors.wire import dexchange, dexpay
from bot.domain import collection as collecting
from bot.domain import payback as paying_back
from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
    CannotExpire,
    Collected,
    CollectionClaim,
    Exists,
    Expired,
    LookUpUnknown,
    NoSuch,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    OpeningUnknown,
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackUnknown,
    Payment,
)
from bot.domain.collection import Applied, Collection, new_payments, next_step
from bot.domain.heard import known_id
from bot.domain.ledger import (
    COLLECTED,
    COLLECTION_FEES,
    CORRECTIONS,
    PAYBACKS,
    Transfer,
    collected,
    collecting_fee,
    customer_account,
    pay_back_asked,
    pay_back_done,
    pay_back_retaken,
    pay_back_undone,
)
from bot.domain.payback import PayBack
from tests.collecting_answers import AWA, CLAIMS, CREATED, NOTHING, NOW, PAID, SEEN, TOLD, a_collection, a_payback

FEE = FeeRule(100)
FULL = Payment(5_075, "T1", 51, "771234567")


def told(one: Collection, result: Any, now: int = NOW) -> Applied:
    return collecting.told(one, result, now, provider_fee=FEE)


def opened(**changed: Any) -> Collection:
    one = collecting.begin(a_collection(**changed), NOW)
    return collecting.created(one, Opened("P1", "https://pay.example/1"), NOW).collection


# A collection's life.


def test_the_usual_collection():
    one = collecting.begin(a_collection(), NOW)
    assert (one.state, one.creates) == ("opening", 1)
    shown = collecting.created(one, Opened("P1", "https://pay.example/1"), NOW)
    assert (shown.collection.state, shown.notices) == ("open", ("open",))
    assert shown.collection.due_at == NOW + 5_000
    waiting = told(shown.collection, Open("P1"), NOW + 5_000)
    assert (waiting.collection.state, waiting.collection.due_at, waiting.notices) == ("open", NOW + 15_000, ())
    paid = told(waiting.collection, Collected((FULL,)), NOW + 15_000)
    assert (paid.collection.state, paid.notices, paid.payments) == ("paid", ("paid",), (FULL,))
    (transfer,) = paid.transfers
    assert transfer.key == "collected:T1"
    again = told(paid.collection, Collected((FULL,)), NOW + 20_000)
    assert (again.payments, again.transfers, again.notices) == ((), (), ())
    assert paid.collection.is_final
    assert paid.collection.paid_xof == 5_075


def test_a_lost_answer_is_sent_again_under_the_same_id_and_a_409_is_looked_up():
    one = collecting.created(collecting.begin(a_collection(), NOW), OpeningUnknown("ReadTimeout"), NOW).collection
    assert (one.state, one.due_at) == ("unknown", NOW + 5_000)
    assert next_step(one, dexchange.LINK) == "again"
    # Where it can be looked up by our id, that comes first.
    assert next_step(one, dexpay.ABILITIES) == "look_up"
    missing = told(one, NoSuch(), NOW + 5_000).collection
    assert (missing.state, next_step(missing, dexpay.ABILITIES)) == ("unknown", "again")
    begun = collecting.begin(missing, NOW + 10_000)
    assert (begun.state, begun.creates) == ("unknown", 2)
    exists = collecting.created(begun, Exists("P1"), NOW + 10_000)
    assert (exists.collection.state, exists.collection.provider_id, exists.alerts) == ("unknown", "P1", ())
    assert next_step(exists.collection, dexchange.LINK) == "look_up"
    # Its address was lost with the answer, and without one nobody can be told how to pay.
    assert told(exists.collection, Open("P1"), NOW + 11_000).collection.state == "unknown"
    found = told(exists.collection, Open("P1", "https://pay.example/1"), NOW + 11_000)
    assert (found.collection.state, found.notices) == ("open", ("open",))
    prompted = msgspec.structs.replace(exists.collection, kind="prompt")
    assert told(prompted, Open("P1"), NOW + 11_000).collection.state == "open"


def test_what_exists_and_cannot_be_asked_about_waits_for_a_webhook():
    one = collecting.created(collecting.begin(a_collection(), NOW), Exists(), NOW)
    assert [alert.kind for alert in one.alerts] == ["conflict"]
    assert next_step(one.collection, dexchange.LINK) == "tick"
    claim = CollectionClaim("paid", reference="COLLECTION01", provider_id="P9")
    heard = collecting.take_webhook_claim(one.collection, claim, NOW).collection
    assert (next_step(heard, dexchange.LINK), known_id(heard)) == ("look_up", "P9")
    paid = told(heard, Collected((FULL,)), NOW)
    assert paid.collection.provider_id == "P9"


@pytest.mark.parametrize(
    ("cause", "state"),
    [("invalid", "not_opened"), ("number", "not_opened"), ("busy", "waiting"), ("unreachable", "waiting")],
)
def test_what_certainly_was_not_opened(cause: Any, state: str):
    result = collecting.created(collecting.begin(a_collection(), NOW), NotOpened(cause), NOW)
    assert result.collection.state == state
    assert (next_step(result.collection, dexpay.ABILITIES) == "create") is (state == "waiting")
    if state == "not_opened":
        assert next_step(result.collection, dexpay.ABILITIES) == "tick"


def test_it_is_not_tried_for_ever():
    one = a_collection()
    for _ in range(20):
        if one.state == "waiting":
            one = collecting.created(collecting.begin(one, NOW), NotOpened("unreachable"), NOW).collection
    assert (one.state, one.creates) == ("not_opened", 5)


@pytest.mark.parametrize("state", ["failed", "expired", "not_opened", "cancelled"])
def test_money_that_comes_late_is_taken(state: str):
    late = told(a_collection(state=state), Collected((FULL,)))
    assert (late.collection.state, late.notices, late.payments) == ("paid", ("paid_late",), (FULL,))


def test_money_that_comes_twice_is_taken_twice():
    paid = told(opened(), Collected((FULL,))).collection
    second = Payment(5_075, "T2")
    twice = told(paid, Collected((FULL, second)))
    assert (twice.notices, twice.payments) == (("paid_again",), (second,))
    assert twice.collection.paid_xof == 10_150
    # The configured fee stands in for one that is not told.
    assert [entry.amount_xof for entry in twice.transfers[0].entries if entry.account == COLLECTION_FEES] == [-51]


def test_another_amount_is_taken_and_told():
    paid = told(opened(), Collected((Payment(5_000, "T1"),)))
    assert (paid.collection.state, paid.notices) == ("paid", ("paid_other",))
    assert [alert.kind for alert in paid.alerts] == ["another_amount"]


def test_a_sum_with_the_providers_fee_in_it_is_what_was_asked():
    paid = told(opened(), Collected((Payment(5_126, "T1", 51),)))
    assert (paid.notices, paid.payments[0].amount_xof) == (("paid",), 5_075)


def test_a_payment_that_nobody_can_tell_from_a_known_one_is_for_a_person():
    paid = told(opened(), Collected((FULL,))).collection
    doubtful = told(paid, Collected((Payment(5_075, "T9"),)))
    assert (doubtful.payments, doubtful.transfers) == ((), ())
    assert [alert.kind for alert in doubtful.alerts] == ["which_payment"]
    assert doubtful.collection.stuck_at == NOW


def test_a_quote_holds_no_longer_when_its_time_is_over():
    over = told(opened(), Open("P1"), NOW + 1_800_000)
    assert (over.collection.state, over.notices) == ("expired", ("expired",))
    assert over.collection.due_at == NOW + 1_800_000 + 600_000
    silent = collecting.tick(a_collection(state="unknown"), NOW + 1_800_000)
    assert silent.collection.state == "expired"
    nothing = told(opened(), LookUpUnknown("unreachable"), NOW + 3_000_000)
    assert [alert.kind for alert in nothing.alerts] == ["stuck"]
    assert nothing.collection.state == "open"


def test_it_rests_in_the_end_and_a_webhook_wakes_it():
    one, now = a_collection(state="expired", provider_id="P1"), NOW
    looks = 0
    while one.due_at is not None:
        now = max(now, one.due_at)
        one = told(one, NotPaid("expired"), now).collection
        looks += 1
    assert looks < 10
    assert now - NOW > 7 * 86_400_000
    woken = collecting.take_webhook_claim(one, CollectionClaim("paid"), now)
    assert woken.collection.due_at == now
    assert next_step(woken.collection, dexchange.LINK) == "look_up"


def test_a_forged_webhook_moves_nothing_and_is_told():
    one = opened()
    for signature in ("invalid", "missing"):
        result = collecting.take_webhook_claim(one, CollectionClaim("paid", signature=signature), NOW)
        assert (result.moved, [alert.kind for alert in result.alerts]) == (False, ["forged_hint"])
    heard = collecting.take_webhook_claim(one, CollectionClaim("paid", signature="valid"), NOW).collection
    told_kinds = []
    for _ in range(5):
        result = told(heard, Open("P1"))
        told_kinds += [alert.kind for alert in result.alerts]
        heard = result.collection
    assert (heard.state, told_kinds) == ("open", ["forged_hint"])


def test_a_customer_who_does_not_want_it_any_more():
    assert collecting.cancel(a_collection(), NOW, can_be_ended=True).collection.state == "cancelled"
    stays = collecting.cancel(opened(), NOW, can_be_ended=False)
    assert (stays.collection.state, stays.notices) == ("open", ("still_payable",))
    ends = collecting.cancel(opened(), NOW, can_be_ended=True)
    assert (next_step(ends.collection, dexpay.ABILITIES), ends.notices) == ("expire", ())
    ended = collecting.expired(ends.collection, Expired(), NOW)
    assert (ended.collection.state, ended.notices, ended.collection.due_at) == ("cancelled", ("cancelled",), NOW)
    assert next_step(ended.collection, dexpay.ABILITIES) == "look_up"
    paid = collecting.expired(ends.collection, CannotExpire(), NOW)
    assert (paid.notices, next_step(paid.collection, dexpay.ABILITIES)) == (("still_payable",), "look_up")


def test_a_process_that_died_in_a_create_leaves_it_unknown():
    one = collecting.interrupted(collecting.begin(a_collection(), NOW), NOW)
    assert (one.collection.state, one.collection.reason) == ("unknown", "interrupted")


payments = st.lists(
    st.builds(Payment, st.sampled_from([5_075, 300]), st.sampled_from([None, "T1", "T2", "T3"])), max_size=4
).map(lambda listed: tuple({(p.transaction_id or id(p)): p for p in listed}.values()))


@settings(max_examples=150)
@given(st.lists(payments, min_size=1, max_size=5))
def test_never_more_is_taken_than_was_ever_told_at_once(answers: list[tuple[Payment, ...]]):
    known: tuple[Payment, ...] = ()
    for each in answers:
        fresh, _ = new_payments(known, each)
        known = (*known, *fresh)
    named = [payment.transaction_id for payment in known if payment.transaction_id is not None]
    assert len(named) == len(set(named))
    assert len(known) == max(len(each) for each in answers)


def test_a_payment_that_gets_its_name_later_is_the_same_payment():
    nameless = Payment(5_075)
    assert new_payments((nameless,), (FULL,)) == ((), ())
    assert new_payments((FULL,), (nameless,)) == ((), ())
    more = Payment(300, "T2")
    assert new_payments((nameless,), (FULL, more)) == ((more,), ())
    assert new_payments((nameless,), (more,)) == ((), (more,))


# A pay-back's life.


def paid(one: PayBack, result: Any, now: int = NOW) -> paying_back.Applied:
    return paying_back.paid(one, result, now, provider_fee=FEE)


def looked_up(one: PayBack, result: Any, now: int = NOW) -> paying_back.Applied:
    return paying_back.told(one, result, now, provider_fee=FEE)


def test_the_usual_pay_back():
    held = a_payback(state="held")
    assert paying_back.next_step(held, dexchange.PUSH) == "tick"
    waiting = paying_back.approve(held, NOW)
    assert (waiting.notices, paying_back.next_step(waiting.payback, dexchange.PUSH)) == (("on_its_way",), "pay")
    begun = paying_back.begin(waiting.payback, NOW)
    taken = paid(begun, PayBackProcessing("P1")).payback
    assert (taken.state, paying_back.next_step(taken, dexchange.PUSH)) == ("processing", "look_up")
    done = looked_up(taken, PaidBack("P1", 25), NOW + 5_000)
    assert (done.payback.state, done.payback.fee_xof, done.notices) == ("done", 25, ("done",))
    assert done.payback.is_final


def test_a_pay_back_whose_answer_is_lost_is_never_sent_under_another_id():
    unknown = paid(paying_back.begin(a_payback(), NOW), PayBackUnknown("ReadTimeout")).payback
    assert paying_back.next_step(unknown, dexchange.PUSH) == "again"
    again = paying_back.begin(unknown, NOW)
    assert (again.state, again.pays, again.id) == ("unknown", 2, unknown.id)
    stuck = paid(again, PayBackUnknown("HTTP 409", True))
    assert stuck.payback.stuck_at == NOW
    assert paying_back.next_step(stuck.payback, dexchange.PUSH) == "tick"
    # Where an id may be taken twice it is only looked up.
    assert paying_back.next_step(unknown, dexpay.ABILITIES) == "look_up"
    assert looked_up(unknown, NoSuch()).payback.state == "unknown"
    careless = msgspec.structs.replace(dexchange.PUSH, refuses_twice=False)
    assert paying_back.next_step(unknown, careless) == "tick"
    assert paying_back.decided_kept(stuck.payback, NOW).payback.state == "kept"
    assert paying_back.decided_paid(stuck.payback, NOW, provider_fee=FEE).payback.state == "done"


def test_one_that_certainly_was_not_taken_is_tried_again():
    first = paid(paying_back.begin(a_payback(), NOW), PayBackNotSent("not_authorized"))
    assert (first.payback.state, first.payback.pays) == ("waiting", 0)
    assert [alert.detail for alert in first.alerts] == ["not_authorized"]
    low = paid(paying_back.begin(a_payback(), NOW), PayBackRefused("float"))
    assert (low.payback.state, low.payback.due_at) == ("waiting", NOW + 900_000)


def test_a_refusal_leaves_the_money_set_aside_for_a_person():
    refused = paid(paying_back.begin(a_payback(), NOW), PayBackRefused("number"))
    assert (refused.payback.state, refused.transfers, refused.payback.stuck_at) == ("refused", (), NOW)
    late = looked_up(refused.payback, PaidBack("P1"))
    assert (late.payback.state, [alert.kind for alert in late.alerts]) == ("done", ["late_success"])


def test_a_pay_back_claimed_by_a_webhook_is_looked_up():
    unknown = paid(paying_back.begin(a_payback(), NOW), PayBackUnknown("ReadTimeout")).payback
    heard = paying_back.take_webhook_claim(unknown, CollectionClaim("paid", provider_id="P1"), NOW).payback
    assert (paying_back.next_step(heard, dexchange.PUSH), known_id(heard)) == ("look_up", "P1")
    assert paying_back.interrupted(paying_back.begin(a_payback(), NOW), NOW).payback.state == "unknown"
    assert paying_back.tick(heard, NOW).payback.due_at == NOW + 1_000


# The books.

sums = st.integers(1, 1_000_000)
fees = st.integers(0, 20_000)


def on(transfers: list[Transfer], account: str) -> int:
    return sum(entry.amount_xof for each in transfers for entry in each.entries if entry.account == account)


@settings(max_examples=200)
@given(st.data())
def test_what_a_payer_paid_is_bought_given_back_or_held(data: st.DataObject):
    """Any number of payments; some of the money buys, some goes back, by any way that a pay-back can take."""
    customer, books, bought, back, underway = str(AWA), list[Transfer](), 0, 0, 0
    mine = customer_account(customer)
    paid_xof = data.draw(st.lists(sums, min_size=1, max_size=4))
    for place, amount in enumerate(paid_xof):
        books.append(collected(f"T{place}", customer, paid_xof=amount, provider_fee_xof=data.draw(fees)))
    if on(books, mine) > 100 and data.draw(st.booleans()):
        books.append(collecting_fee("C1", customer, 100))
        bought += 100
    for place in range(data.draw(st.integers(0, 3))):
        left = on(books, mine)
        if left < 1:
            break
        payback_id, amount = f"B{place}", data.draw(st.integers(1, left))
        books.append(pay_back_asked(payback_id, customer, amount))
        end = data.draw(st.sampled_from(["open", "done", "undone", "retaken"]))
        if end in ("undone", "retaken"):
            books.append(pay_back_undone(payback_id, customer, amount))
        if end == "retaken":
            available = on(books, mine)
            books.append(pay_back_retaken(payback_id, customer, amount_xof=amount, available_xof=available))
        if end in ("done", "retaken"):
            books.append(pay_back_done(payback_id, amount, provider_fee_xof=data.draw(fees)))
            back += amount
        underway += amount if end == "open" else 0
    assert sum(entry.amount_xof for each in books for entry in each.entries) == 0
    assert on(books, PAYBACKS) == underway
    assert sum(paid_xof) == bought + back + underway + on(books, mine)
    # What the provider holds for us, and what it kept, is what came in less what went out.
    assert -on(books, COLLECTED) - on(books, COLLECTION_FEES) + bought == sum(paid_xof) - back
    assert on(books, CORRECTIONS) == 0
    assert len({each.key for each in books}) == len(books)


def test_what_a_customer_has_spent_the_operator_bears():
    books = [pay_back_retaken("B1", str(AWA), amount_xof=500, available_xof=200)]
    assert (on(books, customer_account(str(AWA))), on(books, CORRECTIONS), on(books, PAYBACKS)) == (-200, -300, 500)


def test_the_domain_moves_the_money_by_these_transfers():
    asked = paying_back.ask(a_payback())
    kept = paying_back.decided_kept(a_payback(state="refused"), NOW)
    found = paying_back.told(kept.payback, PaidBack("P1", 25), NOW, provider_fee=FEE, available_xof=9_000)
    books = [asked, *kept.transfers, *found.transfers]
    assert [each.key.rpartition(":")[2] for each in books] == ["asked", "undone", "retaken", "done"]
    assert on(books, PAYBACKS) == 0
    assert on(books, customer_account(str(AWA))) == -5_075


def test_an_order_can_bear_the_fee():
    assert collecting_fee("C1", str(AWA), 75, order_id="O1").order_id == "O1"
    assert msgspec.structs.asdict(a_collection())["fee_xof"] == 0


# Anything, in any order.

happening = st.sampled_from(
    ["pays", "pays other", "asked", "answer", "created", "heard", "begun", "cancel", "due", "ended"]
)


@settings(max_examples=200)
@given(st.lists(st.tuples(happening, st.integers(0, 20), st.integers(0, 900_000)), max_size=25), st.booleans())
def test_whatever_happens_every_payment_is_booked_once(events: list[tuple[str, int, int]], named: bool):
    """What the payer did and what we are told come in any order; at the end a look-up tells everything."""
    one, now, truth, books, was_paid = a_collection(), NOW, list[Payment](), list[Transfer](), False
    for what, pick, pause_ms in events:
        now += pause_ms
        applied: Applied | None = None
        match what:
            case "pays" | "pays other":
                amount_xof = 5_075 if what == "pays" else 5_075 - pick - 1
                truth.append(Payment(amount_xof, f"T{len(truth)}" if named else None))
            case "asked" if truth:
                applied = told(one, Collected(tuple(truth)), now)
            case "answer":
                applied = told(one, (*TOLD, *NOTHING)[pick % len((*TOLD, *NOTHING))], now)
            case "created":
                applied = collecting.created(one, CREATED[pick % len(CREATED)], now)
            case "heard":
                applied = collecting.take_webhook_claim(one, CLAIMS[pick % len(CLAIMS)], now)
                assert applied.collection.state == one.state
            case "begun":
                one = collecting.begin(one, now)
            case "cancel":
                applied = collecting.cancel(one, now, can_be_ended=pick % 2 == 0)
            case "due":
                applied = collecting.tick(one, now)
            case "ended":
                applied = collecting.expired(one, (Expired(), CannotExpire())[pick % 2], now)
        if applied is not None:
            one = applied.collection
            books += applied.transfers
            # What was booked stays booked, and only what is new is.
            assert bool(applied.transfers) == bool(applied.payments)
            assert not was_paid or one.state == "paid"
            was_paid = one.state == "paid"
    last = told(one, Collected(tuple(truth)), now) if truth else collecting.tick(one, now)
    books += last.transfers
    assert last.collection.paid_xof == sum(payment.amount_xof for payment in truth)
    assert on(books, customer_account(str(AWA))) == last.collection.paid_xof
    assert len({each.key for each in books}) == len(books) == len(truth)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["pay", "look", "admin", "order", "due", "heard"]), st.integers(0, 20)), max_size=20
    )
)
def test_whatever_happens_the_money_of_a_pay_back_is_in_one_place(events: list[tuple[str, int]]):
    """Set aside, gone, or the customer's again: never in two places, never nowhere; and it goes once."""
    one, may_have_left = a_payback(state="held"), False
    books, mine = [paying_back.ask(one)], customer_account(str(AWA))
    for what, pick in events:
        match what:
            case "pay":
                begun = paying_back.begin(one, NOW)
                in_flight = begun.pays > one.pays
                one = begun
                said = PAID[pick % len(PAID)]
                not_taken = isinstance(said, PayBackNotSent) or said == PayBackRefused("float")
                may_have_left = may_have_left or (in_flight and not not_taken)
                applied = paid(one, said) if in_flight else paying_back.tick(one, NOW)
            case "order":
                applied = paying_back.call_back(one, NOW)
                assert not (may_have_left and applied.moved)
            case "look":
                applied = looked_up(one, SEEN[pick % len(SEEN)])
            case "admin":
                applied = (
                    paying_back.approve(one, NOW),
                    paying_back.decided_kept(one, NOW),
                    paying_back.decided_paid(one, NOW, provider_fee=FEE, available_xof=pick * 500),
                )[pick % 3]
            case "heard":
                applied = paying_back.take_webhook_claim(one, CLAIMS[pick % len(CLAIMS)], NOW)
            case _:
                applied = paying_back.tick(one, NOW)
        one = applied.payback
        books += applied.transfers
        set_aside, kept = one.state in paying_back.SET_ASIDE, one.state == "kept"
        assert on(books, PAYBACKS) == (5_075 if set_aside else 0)
        assert on(books, mine) + on(books, CORRECTIONS) == (0 if kept else -5_075)
        assert len({each.key for each in books}) == len(books)
    assert sum(entry.amount_xof for each in books for entry in each.entries) == 0
