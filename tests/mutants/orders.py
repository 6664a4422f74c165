"""Bugs in orders: how they are confirmed, taken up, settled, and what the provider's answers are taken for."""

from typing import Final

from tests.mutants.mutant import Mutant

_CORE: Final = "bot/repositories/core.sql"
_TRANSITIONS: Final = "bot/domain/order/transitions.py"
_PAYMENT: Final = "bot/gateway/wire/payment.py"
_CLIENT: Final = "bot/gateway/client.py"

ORDERS: Final = (
    Mutant(
        "no-version-check",
        "an order is written back although its row has moved since it was read",
        _CORE,
        "WHERE id = :id AND version = :version\nRETURNING version\n\n-- name: order_lease",
        "WHERE id = :id\nRETURNING version\n\n-- name: order_lease",
        ("tests/test_scripts.py::test_an_order_that_moved_is_a_conflict",),
    ),
    Mutant(
        "another-id-than-the-quotes",
        "an order does not bear its quote's id, by which a second Confirm knows it",
        "bot/domain/order/states.py",
        "id=quote.id,\n        address=address,",
        'id=f"{quote.id}{now}",\n        address=address,',
        ("tests/test_order.py::test_a_confirmed_quote_becomes_an_order_of_the_same_id_and_a_hold",),
    ),
    Mutant(
        "second-confirm-holds-again",
        "a second Confirm of one quote takes the money again",
        "bot/transactions/purchases.py",
        "    if not added:\n        return\n",
        "",
        ("tests/test_scripts.py::test_a_confirmed_quote_becomes_one_order_and_one_hold",),
    ),
    Mutant(
        "no-hold",
        "a confirmed order sets no money aside",
        "bot/transactions/purchases.py",
        "together(post(held, now, installation.default_credit_limit_xof), ",
        "together(",
    ),
    Mutant(
        "hold-kept",
        "the money of a refused order is not given back",
        _TRANSITIONS,
        'Row(UNDECIDED, NOT_ADMIN, to="refused", money=(act.release_hold,), notice="refused",',
        'Row(UNDECIDED, NOT_ADMIN, to="refused", notice="refused",',
    ),
    Mutant(
        "hold-given-back-twice",
        "twice the money that was held is given back",
        "bot/domain/ledger.py",
        """        (HOLD, -total_xof),
        (customer_account(customer), total_xof - borne_xof),""",
        """        (HOLD, -2 * total_xof),
        (customer_account(customer), 2 * total_xof - borne_xof),""",
    ),
    Mutant(
        "given-back-again",
        "a second refusal gives the money back again",
        _TRANSITIONS,
        'Row(GIVEN_BACK, NOT_LOOK_UP, why="The money has been given back."),',
        "Row(GIVEN_BACK, NOT_LOOK_UP, money=(act.release_hold,)),",
        ("tests/test_order.py::test_every_pair_keeps_the_rules",),
    ),
    Mutant(
        "webhook-believed",
        "a webhook that says SUCCESS is believed without a look-up",
        "bot/domain/order/lifecycle.py",
        "    kept, differs = claim(order, webhook_claim)\n",
        """    from bot.domain.outcome import Delivered

    if webhook_claim.status == "success":
        return _follow(Case(order, Delivered(webhook_claim.tokens), "look_up", now))
    kept, differs = claim(order, webhook_claim)
""",
    ),
    Mutant(
        "foreign-look-up-believed",
        "a look-up's answer about another transaction is taken for this one's",
        _PAYMENT,
        'document.word("transactionid") not in (None, transaction_id)',
        "document is None",
        ("tests/test_wire.py::test_a_look_up_about_another_payment_or_service_is_not_believed",),
    ),
    Mutant(
        "foreign-webhook-believed",
        "a webhook that names another payment's ids counts as this order's",
        "bot/domain/order/guards.py",
        "return not hint_matches(case.order, case.event.webhook_claim)",
        "return False",
        ("tests/test_order.py::test_forged_webhooks",),
    ),
    Mutant(
        "new-id-on-replay",
        "a payment of unknown outcome is sent again under another id",
        _CLIENT,
        "reply = await self._send(wire.pay_call(request, callback_url), self._pay_timeout, reuse=False)",
        """from msgspec.structs import replace

            again = replace(request, id=request.id + "R") if replay else request  # type: ignore[type-var]
            reply = await self._send(wire.pay_call(again, callback_url), self._pay_timeout, reuse=False)""",
    ),
    Mutant(
        "lost-answer-is-a-refusal",
        "a pay call whose answer is lost counts as refused",
        _CLIENT,
        """            outcome = Unknown(type(error).__name__)
        else:
            outcome = wire.pay_outcome(""",
        """            from bot.domain.outcome import Refused

            outcome = Refused("failed")
        else:
            outcome = wire.pay_outcome(""",
    ),
    Mutant(
        "lost-answer-is-not-sent",
        "a pay call whose answer is lost counts as not sent",
        _CLIENT,
        """            outcome = Unknown(type(error).__name__)
        else:
            outcome = wire.pay_outcome(""",
        """            outcome = NotSent("unreachable")
        else:
            outcome = wire.pay_outcome(""",
    ),
    Mutant(
        "server-error-is-a-refusal",
        "a 5xx to a pay call counts as refused",
        _PAYMENT,
        "    if 400 <= reply.status < 500 and document is not None and not replay:\n",
        """    if reply.status >= 500:
        return Refused("failed")
    if 400 <= reply.status < 500 and document is not None and not replay:
""",
    ),
    Mutant(
        "replayed-409-is-a-refusal",
        "a 409 to a replay, which says that the payment was received, counts as refused",
        _PAYMENT,
        "        return _conflict(document, replay, service)",
        '        return Refused("failed") if replay else _conflict(document, replay, service)',
    ),
    Mutant(
        "replayed-400-is-a-refusal",
        "a 400 to a replay counts as refused, though the first call may have been paid",
        _PAYMENT,
        "document is not None and not replay:",
        "document is not None:",
        ("tests/test_gateway_contract.py::test_a_replay",),
    ),
    Mutant(
        "died-while-paying-is-not-sent",
        "a pay call whose process died counts as not sent, and is made anew",
        "bot/domain/order/lifecycle.py",
        """    event = Unknown("interrupted")
    return _follow(Case(order, event, "pay", now, merge_details(order, event.details)))""",
        """    from bot.domain.outcome import NotSent

    return _follow(Case(order, NotSent("unreachable"), "pay", now))""",
    ),
    Mutant(
        "paid-before-it-is-written",
        "an order is paid before the database knows that it is being sent",
        "bot/settlement/claims.py",
        "        yield from save_order(begun)\n",
        "",
    ),
    Mutant(
        "cancelled-in-flight",
        "an order can be called back while its pay call is in flight",
        _TRANSITIONS,
        'Row(WAITING, CUSTOMER, to="cancelled"',
        'Row((*WAITING, "sending", "processing"), CUSTOMER, to="cancelled"',
        ("tests/test_order.py::test_cancelling",),
    ),
    Mutant(
        "late-success-ignored",
        "a success after the money was given back changes nothing",
        _TRANSITIONS,
        """(*LOOK_UP, *CUSTOMER), to="delivered", money=(act.take_hold_again, act.spend_hold), notice="late",
        alerts=(tell.late_success, *_DIFFERENCES, tell.codes_left), then=(act.take_again, act.deliver)),""",
        "(*LOOK_UP, *CUSTOMER), then=(act.rest,)),",
        ("tests/test_order.py::test_every_pair_keeps_the_rules",),
    ),
    Mutant(
        "failure-after-success-refunds",
        "what was delivered is given back on the word of a later failure",
        _TRANSITIONS,
        "    Row(DELIVERED, NOT_LOOK_UP, alerts=(tell.refused_after_success,), why=_PAID_ONCE),",
        '    Row(DELIVERED, NOT_LOOK_UP, to="refused", money=(act.release_hold,), notice="refused"),',
        ("tests/test_order.py::test_every_pair_keeps_the_rules",),
    ),
    Mutant(
        "code-not-told",
        "a code that a look-up found is kept and not told",
        _TRANSITIONS,
        """    Row(SENT, (*LOOK_UP, *CUSTOMER), to="delivered", money=(act.spend_hold,), notice="delivered",""",
        """    Row(SENT, (*LOOK_UP, *CUSTOMER), to="delivered", money=(act.spend_hold,),""",
    ),
    Mutant(
        "codes-lost",
        "the recharge codes of a delivery are not kept",
        "bot/domain/order/actions.py",
        '        "tokens": case.event.tokens,\n',
        '        "tokens": (),\n',
    ),
    Mutant(
        "session-token-shown",
        "a meter's session token is kept as a bill's number and may be shown as a code",
        _PAYMENT,
        """        if service is not None and not _CATALOG[service].prepaid
        else None,""",
        "        if service is not None\n        else None,",
        ("tests/test_wire.py::test_samples",),
    ),
    Mutant(
        "no-place-in-the-budget",
        "a request to the provider takes no place in the budget",
        _CORE,
        "THEN :now_us ELSE arrival_us END + :interval_us\nWHERE (arrival_us",
        "THEN :now_us ELSE arrival_us END\nWHERE (arrival_us",
        ("tests/test_scripts.py::test_the_budget_is_one_for_all",),
    ),
)
