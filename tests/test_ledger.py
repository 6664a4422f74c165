"""The ledger's rules: every transfer sums to zero, and nobody pays more than they confirmed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import (
    COMMISSIONS,
    CORRECTIONS,
    FEES,
    FLOAT,
    FUNDING,
    HOLD,
    Entry,
    Transfer,
    borne_by_operator,
    credit,
    customer_account,
    debit,
    hold,
    refund,
    release,
    reopen,
    spend,
    transfer,
)
from bot.errors import LedgerError

AWA = "telegram:1"
ACCOUNT = customer_account(AWA)
amounts = st.integers(1, 1_000_000)
fees = st.integers(0, 50_000)


def on(moved: Transfer, account: str) -> int:
    return sum(entry.amount_xof for entry in moved.entries if entry.account == account)


def test_a_transfer_that_does_not_sum_to_zero_cannot_be_made():
    with pytest.raises(LedgerError, match="oops"):
        Transfer("oops", (Entry(ACCOUNT, 5), Entry(HOLD, -4)))
    with pytest.raises(LedgerError):
        transfer("oops", (ACCOUNT, 1))


def test_moves_of_nothing_are_left_out():
    assert transfer("t", (ACCOUNT, 0), (HOLD, 0)).entries == ()
    assert len(transfer("t", (ACCOUNT, 3), (HOLD, 0), (FLOAT, -3)).entries) == 2


def test_money_in_and_out():
    assert on(credit("k", AWA, 500, "cash"), ACCOUNT) == 500
    assert on(credit("k", AWA, 500, "cash"), FUNDING) == -500
    assert on(debit("k", AWA, 500, "cash"), ACCOUNT) == -500
    assert credit("k", AWA, 500, "cash").note == "cash"


def test_the_usual_purchase():
    held = hold("O", AWA, 5_075)
    spent = spend("O", AWA, amount_xof=5_000, fee_xof=75, paid_xof=5_000, provider_fee_xof=50)
    assert (on(held, ACCOUNT), on(held, HOLD)) == (-5_075, 5_075)
    assert (on(spent, HOLD), on(spent, FLOAT), on(spent, FEES)) == (-5_075, 5_050, 25)
    assert on(spent, ACCOUNT) == on(spent, CORRECTIONS) == 0
    assert {held.order_id, spent.order_id} == {"O"}


def test_a_resellers_purchase():
    """The client pays 5 075 to the reseller, who keeps 15: 5 060 leave the balance."""
    held = hold("O", AWA, 5_060)
    spent = spend("O", AWA, amount_xof=5_000, fee_xof=75, paid_xof=5_000, provider_fee_xof=50, commission_xof=15)
    assert on(held, ACCOUNT) == -5_060
    assert (on(spent, HOLD), on(spent, FLOAT)) == (-5_060, 5_050)
    assert (on(spent, FEES), on(spent, COMMISSIONS)) == (25, -15)
    assert on(spent, ACCOUNT) == on(spent, CORRECTIONS) == 0


def test_a_refund_is_borne_by_the_operator_and_written_once():
    made_good = refund("O", AWA, 2_000, "wrong bill")
    assert (on(made_good, ACCOUNT), on(made_good, CORRECTIONS)) == (2_000, -2_000)
    assert (made_good.key, made_good.order_id, made_good.note) == ("order:O:refund", "O", "wrong bill")


def test_keys_are_told_apart_by_order_move_and_round():
    keys = [
        hold("O", AWA, 1).key,
        release("O", AWA, 1).key,
        release("O", AWA, 1, reopened=1).key,
        reopen("O", AWA, total_xof=1, available_xof=1).key,
        reopen("O", AWA, total_xof=1, available_xof=1, reopened=1).key,
        spend("O", AWA, amount_xof=1, fee_xof=0, paid_xof=1, provider_fee_xof=0).key,
        release("P", AWA, 1).key,
        refund("O", AWA, 1, "").key,
    ]
    assert len(set(keys)) == len(keys)
    # What people read of a movement is the word behind the last colon.
    assert [key.rpartition(":")[2] for key in keys] == [
        "hold",
        "release",
        "release",
        "reopen",
        "reopen",
        "spend",
        "release",
        "refund",
    ]
    # The same move has the same key whatever the figures: it can be written once.
    assert release("O", AWA, 1).key == release("O", AWA, 2).key


@given(amounts, fees, amounts, fees, st.integers(0, 1_000_000), st.integers(0, 1_050_000))
def test_spending_never_charges_more_than_was_confirmed(
    amount_xof, fee_xof, paid_xof, provider_fee_xof, borne_xof, commission_xof
):
    commission_xof = min(commission_xof, amount_xof + fee_xof)
    total_xof = amount_xof + fee_xof - commission_xof
    borne_xof = min(borne_xof, total_xof)
    spent = spend(
        "O",
        AWA,
        amount_xof=amount_xof,
        fee_xof=fee_xof,
        paid_xof=paid_xof,
        provider_fee_xof=provider_fee_xof,
        commission_xof=commission_xof,
        borne_xof=borne_xof,
    )
    assert sum(entry.amount_xof for entry in spent.entries) == 0
    assert on(spent, HOLD) == -total_xof
    assert on(spent, COMMISSIONS) == -commission_xof
    assert on(spent, FLOAT) == paid_xof + provider_fee_xof
    back = on(spent, ACCOUNT)
    # What comes back is never more than was too much, nor more than the payer put in.
    assert 0 <= back <= max(0, amount_xof - paid_xof)
    assert back <= total_xof - borne_xof
    charged = total_xof - borne_xof - back
    assert charged <= min(amount_xof, paid_xof) + fee_xof


@given(amounts, st.integers(-1_000_000, 2_000_000))
def test_reopening_never_overdraws(total_xof, available_xof):
    again = reopen("O", AWA, total_xof=total_xof, available_xof=available_xof)
    taken = -on(again, ACCOUNT)
    assert 0 <= taken <= max(0, available_xof)
    assert on(again, HOLD) == total_xof
    assert borne_by_operator(total_xof, available_xof) == -on(again, CORRECTIONS) == total_xof - taken


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["refused", "late", "spend", "refunded"]),
            st.integers(1, 10_000),
            st.integers(0, 200),
            st.integers(0, 300),
        ),
        max_size=20,
    )
)
def test_the_books_balance_whatever_happens(endings):
    """Customers, some with money that is gone by the time of a late success: nobody goes below zero."""
    balances: dict[str, int] = {}

    def write(moved: Transfer) -> None:
        for entry in moved.entries:
            balances[entry.account] = balances.get(entry.account, 0) + entry.amount_xof
        assert sum(balances.values()) == 0
        assert balances.get(ACCOUNT, 0) >= 0

    earned_xof = 0
    for number, (ending, amount_xof, fee_xof, commission_xof) in enumerate(endings):
        commission_xof = min(commission_xof, amount_xof + fee_xof)
        order_id, total_xof = f"O{number}", amount_xof + fee_xof - commission_xof
        write(credit(f"c{number}", AWA, total_xof, ""))
        write(hold(order_id, AWA, total_xof))
        borne_xof = 0
        if ending in ("refused", "late"):
            write(release(order_id, AWA, total_xof))
        if ending == "late":
            write(debit(f"d{number}", AWA, balances.get(ACCOUNT, 0) // 2, "spent elsewhere"))
            available_xof = balances.get(ACCOUNT, 0)
            borne_xof = borne_by_operator(total_xof, available_xof)
            write(reopen(order_id, AWA, total_xof=total_xof, available_xof=available_xof))
            if number % 2:
                write(release(order_id, AWA, total_xof, borne_xof=borne_xof, reopened=1))
                continue
        if ending != "refused":
            earned_xof += commission_xof
            write(
                spend(
                    order_id,
                    AWA,
                    amount_xof=amount_xof,
                    fee_xof=fee_xof,
                    paid_xof=amount_xof,
                    provider_fee_xof=fee_xof,
                    commission_xof=commission_xof,
                    borne_xof=borne_xof,
                )
            )
        if ending == "refunded":
            write(refund(order_id, AWA, total_xof - total_xof // 3, "made good"))
    assert balances.get(COMMISSIONS, 0) == -earned_xof
    assert balances.get(HOLD, 0) == 0
