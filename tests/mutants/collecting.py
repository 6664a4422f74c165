"""Bugs in what payers are asked for, in what their money does, and in how it goes back."""

from typing import Final

from tests.mutants.mutant import Mutant

_CASE: Final = "bot/domain/collection/case.py"
_TRANSITIONS: Final = "bot/domain/collection/transitions.py"
_COLLECTIONS: Final = "bot/transactions/collections.py"
_PAYING: Final = "bot/transactions/paying.py"
_PAYBACKS: Final = "bot/transactions/paybacks.py"
_WAYS: Final = "bot/transactions/ways_to_pay.py"
_SCHEDULE: Final = "bot/domain/payback/schedule.py"
_ASKING: Final = "bot/collections/asking.py"
_LEDGER: Final = "bot/domain/ledger.py"
_SQL: Final = "bot/repositories/collecting.sql"
_SCRIPTS: Final = "tests/test_collecting_transactions.py"

COLLECTING: Final = (
    Mutant(
        "payment-taken-at-every-look",
        "a payment that is known is taken again whenever a look-up tells it",
        _CASE,
        "    more = max(0, len(told) - len(known))\n",
        "    unknown, more = list(told), len(told)\n",
        ("tests/test_collections.py::test_never_more_is_taken_than_was_ever_told_at_once",),
    ),
    Mutant(
        "second-payment-dropped",
        "of somebody who pays twice, one payment is taken",
        _CASE,
        "    more = max(0, len(told) - len(known))\n",
        "    more = max(0, 1 - len(known))\n",
    ),
    Mutant(
        "payment-under-no-key",
        "a payment is taken and not written down under a key",
        _COLLECTIONS,
        "        yield from collections.take(key, after.id, payment, now)\n",
        "",
    ),
    Mutant(
        "payment-under-its-place",
        "payments of all collections have the same keys",
        _CASE,
        'return f"{collection.id}:{number}" if payment.transaction_id is None else payment.transaction_id',
        'return f"payment:{number}"',
    ),
    Mutant(
        "payment-of-another-taken",
        "a payment that was taken to one collection is taken to another one as well",
        _COLLECTIONS,
        "        if taken_by in (None, collection.id):\n",
        "        if taken_by != collection_less:\n",
        (f"{_SCRIPTS}::test_a_payment_is_taken_to_one_collection_only",),
    ),
    Mutant(
        "late-payment-dropped",
        "a payment that comes after its collection has ended is not taken",
        _TRANSITIONS,
        "    Row(UNPAID, TELLERS, when=when.brings_payments,",
        "    Row((), TELLERS, when=when.brings_payments,",
    ),
    Mutant(
        "collecting-fee-twice",
        "what is passed on for collecting is taken twice over",
        _LEDGER,
        "        (customer_account(customer), -fee_xof),\n        (COLLECTION_FEES, fee_xof),\n"
        "        order_id=order_id,",
        "        (customer_account(customer), -2 * fee_xof),\n        (COLLECTION_FEES, 2 * fee_xof),\n"
        "        order_id=order_id,",
    ),
    Mutant(
        "collecting-fee-kept",
        "an order that came to nothing goes back without what was taken for collecting its money",
        _PAYBACKS,
        "        back_xof += fee_xof\n",
        "",
    ),
    Mutant(
        "late-money-buys-unseen",
        "what was paid too late buys at the old price",
        _PAYING,
        "    if paid_at >= collection.expires_at and not",
        "    if paid_at < 0 and not",
        (f"{_SCRIPTS}::test_what_is_paid_late_and_holds_no_longer_goes_back",),
    ),
    Mutant(
        "bought-for-less",
        "a quote is bought although less was paid than it costs",
        _PAYING,
        '    return None if in_full and balance.spendable_xof >= collection.amount_xof else "short"',
        "    return None",
    ),
    Mutant(
        "collection-webhook-believed",
        "what a webhook says is taken for what a look-up says",
        _COLLECTIONS,
        "    applied = take_webhook_claim(collection, claim, now)\n",
        "    applied = take_webhook_claim(collection, claim, now)\n"
        '    if claim.status == "paid" and not collection.payments:\n'
        "        from bot.domain.collecting import Payment\n"
        "        believed = Collected((Payment(claim.amount_xof or collection.amount_xof),))\n"
        '        yield from settle_collection(installation, collection, believed, "look_up", now, result)\n'
        "        return result\n",
    ),
    Mutant(
        "amount-of-the-webhook",
        "where a webhook names a sum, that is booked instead of the look-up's",
        _CASE,
        "    with_fee_xof = collection.amount_xof",
        "    if collection.webhook_claim is not None and collection.webhook_claim.amount_xof is not None:\n"
        "        return replace(payment, amount_xof=collection.webhook_claim.amount_xof)\n"
        "    with_fee_xof = collection.amount_xof",
    ),
    Mutant(
        "forged-signature-looked-up",
        "a webhook whose signature is wrong counts as one that is signed",
        "bot/domain/heard.py",
        '    return case.event.webhook_claim.signature in ("invalid", "missing")',
        '    return case.event.webhook_claim.signature == "never"',
        ("tests/test_collections.py::test_a_forged_webhook_moves_nothing_and_is_told",),
    ),
    Mutant(
        "second-link-for-a-quote",
        "a payer is asked a second time for what the first link may still bring",
        _WAYS,
        '    return NotBegun("bought" if before.state == "paid" else "live", before)',
        "    return None",
        (f"{_SCRIPTS}::test_a_payer_is_asked_for_the_total_and_the_fee_and_never_twice",),
    ),
    Mutant(
        "opened-under-a-new-id",
        "a create whose answer was lost is repeated under another id",
        _ASKING,
        "            id=collection.id,\n            method=collection.method,",
        '            id=f"{collection.id}{collection.creates}",\n            method=collection.method,',
    ),
    Mutant(
        "advance-above-its-bound",
        "more stays as an advance than may be held",
        _PAYING,
        "    beyond_xof = max(0, held_xof - terms.advance_most_xof)",
        "    beyond_xof = 0",
        (f"{_SCRIPTS}::test_an_advance_stays_within_its_bounds_and_the_rest_goes_back",),
    ),
    Mutant(
        "rest-stays",
        "what is left of a payment stays here where nobody has advances",
        _PAYING,
        "    if not standing.stays:\n        return 0\n",
        "",
    ),
    Mutant(
        "nobody-confirms-much",
        "any sum goes back by itself",
        _PAYBACKS,
        " or amount_xof > terms.auto_most_xof",
        "",
        (f"{_SCRIPTS}::test_above_the_bound_an_admin_confirms",),
    ),
    Mutant(
        "pay-back-not-set-aside",
        "what goes back is still the customer's to spend",
        _PAYBACKS,
        "    yield from post(ask(payback), now, installation.default_credit_limit_xof)\n",
        "",
    ),
    Mutant(
        "pay-back-under-a-new-id",
        "a pay-back whose answer was lost is repeated under another id",
        _ASKING,
        "            id=payback.id,\n",
        '            id=payback.id if payback.pays < 2 else f"{payback.id}{payback.pays}",\n',
    ),
    Mutant(
        "unknown-pay-back-sent-again",
        "a pay-back of which nobody knows whether it arrived is sent as if it had not",
        _SCHEDULE,
        '    if payback.state == "waiting":\n',
        '    if payback.state in ("waiting", "unknown"):\n',
    ),
    Mutant(
        "interrupted-pay-back-sent-again",
        "a pay-back whose process died in the call is sent as if it had never been",
        "bot/collections/claims.py",
        '        elif payback.state == "sending":\n',
        '        elif payback.state == "sending" and payback.pays > 9:\n',
        ("tests/test_collecting_claims.py",),
    ),
    Mutant(
        "pay-back-not-leased",
        "a pay-back in flight is nobody's, so that another process takes its sender for dead",
        _SQL,
        "UPDATE payback SET lease_owner = :owner, lease_until = :until WHERE id = :id",
        "UPDATE payback SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND (:owner <> '' OR :until > 0)",
    ),
    Mutant(
        "pay-back-version-not-checked",
        "a pay-back is written back although its row has moved since it was read",
        _SQL,
        "    webhook_claim_tries = :webhook_claim_tries, reason = :reason, stuck_at = :stuck_at\n"
        "WHERE id = :id AND version = :version\nRETURNING version\n\n-- name: payback_load",
        "    webhook_claim_tries = :webhook_claim_tries, reason = :reason, stuck_at = :stuck_at\n"
        "WHERE id = :id AND :version >= 0\nRETURNING version\n\n-- name: payback_load",
        ("tests/test_collecting_claims.py::test_a_pay_back_that_moved_is_a_conflict",),
    ),
    Mutant(
        "gone-back-and-kept",
        "a pay-back that was called kept and then turns out to be gone is not taken from the customer again",
        "bot/domain/payback/transitions.py",
        "money=(on.retaken, on.done)",
        "money=(on.done,)",
        ("tests/test_collections.py::test_whatever_happens_the_money_of_a_pay_back_is_in_one_place",),
    ),
)
