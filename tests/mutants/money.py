"""Bugs in the books, in prices, and in who may move money."""

from typing import Final

from tests.mutants.mutant import Mutant

_CORE: Final = "bot/repositories/core.sql"
_MONEY: Final = "bot/repositories/money.py"
_CATALOG: Final = "bot/domain/catalog.py"
_QUOTE: Final = "bot/dialogue/flows/purchase/quote.py"

MONEY: Final = (
    Mutant(
        "one-sided-entry",
        "of a transfer only the first entry is written",
        _MONEY,
        "for entry in transfer.entries:",
        "for entry in transfer.entries[:1]:",
    ),
    Mutant(
        "running-balance-stands",
        "an entry does not move its customer's running balance",
        _CORE,
        "DO UPDATE SET balance_xof = customer_balance.balance_xof + :amount_xof",
        "DO UPDATE SET balance_xof = customer_balance.balance_xof",
    ),
    Mutant(
        "a-franc-too-much",
        "a customer gets a franc back with every purchase",
        "bot/domain/ledger.py",
        "    back = min(amount_xof - charged - repaid, total_xof - borne_xof)",
        "    back = min(amount_xof - charged - repaid, total_xof - borne_xof) + 1",
    ),
    Mutant(
        "overdrawn",
        "a transfer may take a customer below their limit",
        _MONEY,
        "if customer in taken and balance_xof < -limit_xof:",
        "if customer in taken and balance_xof < -limit_xof - 1_000_000:",
        ("tests/test_running_balances.py::test_what_would_overdraw_moves_nothing",),
    ),
    Mutant(
        "late-success-overdraws",
        "a hold that is taken again takes what the customer no longer has",
        "bot/domain/ledger.py",
        "    return total_xof - max(0, min(total_xof, available_xof))",
        "    return 0",
        ("tests/test_ledger.py::test_reopening_never_overdraws",),
    ),
    Mutant(
        "paid-back-to-a-stranger",
        "money goes back by itself to whatever number a look-up names",
        "bot/transactions/paybacks.py",
        "waits = held or not given_by_customer(collection, payer) or",
        "waits = held or",
        (
            "tests/test_collecting_transactions.py"
            "::test_a_number_that_only_the_provider_named_gets_nothing_before_an_admin_agrees",
        ),
    ),
    Mutant(
        "guesses-without-end",
        "a payer's code may be tried as often as anybody likes",
        "bot/repositories/collecting.sql",
        "WHERE id = :id AND state = 'open' AND code_tries < :most",
        "WHERE id = :id AND state = 'open' AND :most > 0",
        ("tests/test_payer_codes.py::test_tries_in_flight_do_not_outrun_the_bound",),
    ),
    Mutant(
        "prompts-without-end",
        "any telephone can be sent requests to pay, as often as anybody likes",
        "bot/transactions/ways_to_pay.py",
        'way.kind in ("prompt", "code") and not',
        "way.kind in () and not",
        ("tests/test_payer_codes.py::test_one_account_has_few_telephones_asked_that_did_not_pay",),
    ),
    Mutant(
        "sent-to-a-number-nobody-saw",
        "a Confirm sends money to the number that stands there by now, not to the one that was shown",
        "bot/dialogue/flows/payins/deciding.py",
        'act.verdict == "confirm" and act.payer != found.payer',
        'act.verdict == "confirm" and not act.payer',
        ("tests/test_paying_admin.py::test_who_confirms_sends_to_the_number_that_they_saw_or_not_at_all",),
    ),
    Mutant(
        "another-number-on-its-way",
        "a pay-back that was confirmed gets another number",
        "bot/domain/payback/transitions.py",
        'Row(HELD, ADMIN, notice="readdressed"',
        'Row(NOT_SENT, ADMIN, notice="readdressed"',
        ("tests/test_paying_admin.py::test_what_is_not_held_goes_to_no_other_number",),
    ),
    Mutant(
        "late-success-calls-nothing-back",
        "an order succeeds late, and its money leaves all the same",
        "bot/transactions/orders.py",
        "    if applied.order.reopened > order.reopened and installation",
        "    if applied.order.reopened < order.reopened and installation",
        ("tests/test_collecting_simulation.py",),
    ),
    Mutant(
        "called-back-after-it-left",
        "a pay-back whose call is in flight is called back",
        "bot/domain/payback/transitions.py",
        "    Row(NOT_SENT, ORDER, to=",
        "    Row((*NOT_SENT, *SENT), ORDER, to=",
        ("tests/test_collecting_simulation.py",),
    ),
    Mutant(
        "fee-rounded-down",
        "a fee is rounded down",
        _CATALOG,
        "fee = -(-amount_xof * self.basis_points // BASIS_POINTS) + self.fixed_xof",
        "fee = amount_xof * self.basis_points // BASIS_POINTS + self.fixed_xof",
        ("tests/test_catalog.py::test_fees_are_rounded_up_to_a_whole_franc",),
    ),
    Mutant(
        "commission-rounded-up",
        "a commission is rounded up",
        _CATALOG,
        "return (amount_xof * self.amount_basis_points + fee_xof * self.fee_basis_points) // BASIS_POINTS",
        "return -(-(amount_xof * self.amount_basis_points + fee_xof * self.fee_basis_points) // BASIS_POINTS)",
        ("tests/test_catalog.py",),
    ),
    Mutant(
        "price-without-fee",
        "the fee is shown and not taken",
        "bot/domain/order/states.py",
        "    return order, hold(order.id, customer, order.total_xof)",
        "    return order, hold(order.id, customer, order.total_xof - order.fee_xof)",
    ),
    Mutant(
        "no-second-person",
        "an admin moves alone what takes two",
        "bot/dialogue/acts/approval.py",
        'two = Two("admin.two.amount", "never") if moved_xof + amount_xof >= limit_xof else None',
        "two = None",
        ("tests/test_insiders.py::test_two_owners_need_each_other_from_a_hundred_thousand_on",),
    ),
    Mutant(
        "own-request-approved",
        "whoever asked for an act approves it",
        "bot/dialogue/acts/deciding.py",
        "    if is_own and (not_yet := _no_self_approval(ctx, approval)) is not None:",
        "    if not approval and (not_yet := _no_self_approval(ctx, approval)) is not None:",
        (
            "tests/test_insiders.py",
            "tests/test_acting.py",
        ),
    ),
    Mutant(
        "payment-counted-twice",
        "the same payment of a customer is credited twice",
        _MONEY,
        "    if not used:\n",
        "    if used is None:\n",
        ("tests/test_credits.py::test_two_who_count_the_same_payment_at_once",),
    ),
    Mutant(
        "frozen-buys",
        "a paused account buys",
        "bot/dialogue/blocked.py",
        "    if ctx.person.frozen:\n",
        "    if ctx.person.frozen and service is None:\n",
        (
            "tests/test_acting.py::test_a_frozen_customer_is_told_whom_to_write_to",
            "tests/test_trade_transcripts.py",
        ),
    ),
    Mutant(
        "expired-quote-confirmed",
        "an expired quote is confirmed at its old price",
        _QUOTE,
        "    if expired(ctx, quote):\n        return (yield from ask_quote(ctx))\n    left_xof",
        "    left_xof",
        (
            "tests/test_dialogue.py::test_a_quote_from_the_future_has_expired",
            "tests/test_transcripts.py",
        ),
    ),
    Mutant(
        "bought-twice-without-a-word",
        "a plain Confirm buys what is under way already",
        _QUOTE,
        "    if not twice and twin is not None and not twin.is_final:\n",
        "    if not twice and twin is not None and twin.is_final:\n",
        (
            "tests/test_link.py",
            "tests/test_transcripts.py",
        ),
    ),
)
