"""The audit: a day that was left alone has no finding, and every franc that is planted in it is named."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.domain.audit import (
    LONG_OPEN_MS,
    Auditor,
    BookEntry,
    Debit,
    Dossier,
    Finding,
    FindingKind,
    Sums,
    Witness,
    chain,
)
from bot.domain.catalog import Catalog
from bot.domain.ledger import collected, credit, pay_back_asked, pay_back_done
from bot.domain.order import Order
from bot.domain.outcome import ProviderDetails
from bot.domain.people import Address
from bot.domain.period import DAY_MS
from bot.repositories.auditing import dossiers
from bot.repositories.money import post
from bot.repositories.orders import load_order
from bot.transactions import links
from tests.busy_day import DAY, PEOPLE, WAYS, Day, busy_day
from tests.collecting_world import collecting

BEFORE, AFTER = "2026-11-22", "2026-11-24"


def kinds(findings: tuple[Finding, ...]) -> set[FindingKind]:
    return {finding.kind for finding in findings}


def test_a_day_that_was_left_alone_has_no_finding() -> None:
    day = busy_day()
    audit = day.audit(lines=True)
    assert audit.findings == ()
    assert (audit.orders, audit.entries) == (len(WAYS) * 3 + 1, day.store.one("SELECT count(*) FROM entry"))
    assert audit.moved_xof == day.store.one("SELECT sum(amount_xof) FROM entry WHERE amount_xof > 0")
    # What went up is told: the top-up, and what the provider gave back by itself.
    assert sorted(rise.order_id for rise in audit.rises if rise.order_id is not None) == day.ids["failed_after"]
    assert [rise.amount_xof for rise in audit.rises if rise.order_id is None] == [500_000]
    assert len(audit.lines) == audit.orders
    assert all(line.expected == line.found for line in audit.lines)
    balances = dict(audit.accounts)
    assert sum(balances.values()) == 0
    assert balances["hold"] == sum(line.found.hold_xof for line in audit.lines) > 0


def test_the_days_around_it_have_nothing_but_what_is_open() -> None:
    day = busy_day(times=1)
    assert day.audit(BEFORE, BEFORE).findings == ()
    assert day.audit(BEFORE, BEFORE).orders == len(day.ids["open"])
    assert day.audit(BEFORE, AFTER) == replace(day.audit(), first=BEFORE, last=AFTER)
    later = day.audit(AFTER, AFTER, now=day.now + DAY_MS)
    assert kinds(later.findings) == {"long_open"}
    (finding,) = later.findings
    (held,) = day.store.rows("SELECT amount_xof + fee_xof AS xof FROM orders WHERE id = ?", day.ids["open"][0])
    assert (finding.order_id, finding.difference_xof) == (day.ids["open"][0], held["xof"])


Planted = Callable[[Day], str]


def entry(day: Day, way: str, what: str, account: str, by: int = 1) -> str:
    """One entry of an order is altered by a franc."""
    order_id = day.ids[way][0]
    key = f"order:{order_id}:{what}"
    day.alter("UPDATE entry SET amount_xof = amount_xof + ? WHERE transfer = ? AND account LIKE ?", by, key, account)
    return order_id


def both_ways(day: Day, way: str, what: str, one: str, other: str) -> str:
    """A franc goes from one account of a transfer to another: it still sums to zero."""
    entry(day, way, what, one)
    return entry(day, way, what, other, -1)


def add(day: Day, key: str, *moves: tuple[str, int], order_id: str | None = None) -> None:
    for account, amount_xof in moves:
        day.alter(
            "INSERT INTO entry (transfer, account, amount_xof, order_id, note, at) VALUES (?, ?, ?, ?, '', ?)",
            *(key, account, amount_xof, order_id, day.now),
        )


def a_credit(day: Day) -> str:
    day.alter("UPDATE entry SET amount_xof = amount_xof + 1 WHERE transfer = 'gift:1' AND account LIKE 'customer:%'")
    return "gift:1"


def the_ledger(day: Day) -> str:
    a_credit(day)
    return "ledger"


def a_released_entry(day: Day) -> str:
    return both_ways(day, "refused", "release", "customer:%", "hold")


def a_spent_commission(day: Day) -> str:
    return both_ways(day, "sale", "spend", "commissions", "fees")


def a_refund(day: Day) -> str:
    return both_ways(day, "refunded", "refund", "customer:%", "corrections")


def a_reopening(day: Day) -> str:
    return both_ways(day, "late", "reopen", "customer:%", "hold")


def an_order_without_its_hold(day: Day) -> str:
    order_id = day.ids["open"][0]
    day.alter("DELETE FROM entry WHERE transfer = ?", f"order:{order_id}:hold")
    return order_id


def a_release_forgotten(day: Day) -> str:
    order_id = day.ids["float"][0]
    day.alter("DELETE FROM entry WHERE transfer = ?", f"order:{order_id}:release")
    return order_id


def a_transfer_too_many(day: Day) -> str:
    order_id = day.ids["delivered"][0]
    own = f"customer:{PEOPLE[0]}"
    add(day, f"order:{order_id}:gift", (own, 1), ("corrections", -1), order_id=order_id)
    return order_id


def released_and_spent(day: Day) -> str:
    order_id = day.ids["delivered"][0]
    add(day, f"order:{order_id}:release", (f"customer:{PEOPLE[0]}", 1), ("hold", -1), order_id=order_id)
    return order_id


def spent_and_released(day: Day) -> str:
    order_id = day.ids["refused"][0]
    add(day, f"order:{order_id}:spend", ("float", 1), ("hold", -1), order_id=order_id)
    return order_id


def the_hold(day: Day) -> str:
    add(day, "hand:1", ("hold", 1), ("funding", -1))
    return "hold"


def an_entry_without_an_order(day: Day) -> str:
    add(day, "hand:2", ("fees", 1), ("funding", -1))
    return "hand:2"


def an_entry_of_no_known_order(day: Day) -> str:
    key = "order:ORDER9999999:hold"
    add(day, key, ("hold", 1), (f"customer:{PEOPLE[1]}", -1), order_id="ORDER9999999")
    return key


def a_code_is_gone(day: Day) -> str:
    day.alter("UPDATE orders SET tokens = '[]' WHERE id = ?", day.ids["delivered"][0])
    return day.ids["delivered"][0]


def a_code_twice(day: Day) -> str:
    one, other = day.ids["delivered"][:2]
    day.alter("UPDATE orders SET tokens = (SELECT tokens FROM orders WHERE id = ?) WHERE id = ?", one, other)
    return other


def one_of_three_codes_twice(day: Day) -> str:
    one, other = sorted(day.ids["delivered"])[:2]
    own = day.store.one("SELECT tokens FROM orders WHERE id = ?", other)
    its = day.store.one("SELECT tokens FROM orders WHERE id = ?", one)
    day.alter("UPDATE orders SET tokens = ? WHERE id = ?", own[:-1] + "," + its[1:], other)
    return other


def a_balance_below_its_limit(day: Day) -> str:
    account = f"customer:{PEOPLE[2]}"
    balance_xof = day.store.one("SELECT sum(amount_xof) FROM entry WHERE account = ?", account)
    day.store.connection.execute("INSERT INTO credit_limit VALUES (?, 500)", (str(PEOPLE[2]),))
    add(day, "hand:3", (account, -balance_xof - 501), ("funding", balance_xof + 501))
    return account


def a_running_balance(day: Day) -> str:
    day.alter("UPDATE customer_balance SET balance_xof = balance_xof + 1 WHERE customer = ?", str(PEOPLE[0]))
    return f"customer:{PEOPLE[0]}"


def a_running_balance_is_gone(day: Day) -> str:
    day.alter("DELETE FROM customer_balance WHERE customer = ?", str(PEOPLE[1]))
    return f"customer:{PEOPLE[1]}"


def a_payment_that_was_not_booked(day: Day) -> str:
    day.alter("INSERT INTO collected VALUES ('T1', 'C1', 1, NULL, NULL, NULL, ?, 0)", day.now)
    return "collected:T1"


def a_pay_back_that_was_not_set_aside(day: Day) -> str:
    names = "id, address, customer, language, collector, method, payer, amount_xof, created_at, updated_at, state"
    values = "'R1', 'telegram:1', 'telegram:1', 'fr', 'dexpay', 'wave', '771234567', 1, 1, 1, 'held'"
    more = "version, pays, polls, webhook_claim_tries, reason"
    day.alter(f"INSERT INTO payback ({names}, {more}) VALUES ({values}, 0, 0, 0, 0, '')")
    return "paybacks"


def books_of_payers(day: Day) -> None:
    """A shop that keeps no advances, and a payer whose money went back."""
    day.installation.shop = collecting().shop
    names = "id, address, customer, language, collector, method, amount_xof, fee_xof, created_at, updated_at"
    values = "'C1', 'telegram:7', 'telegram:7', 'fr', 'dexchange_link', 'any', 5000, 0, ?, ?"
    more = "expires_at, kind, state, version, creates, polls, payments, webhook_claim_tries, reason"
    day.alter(
        f"INSERT INTO collection ({names}, {more}) VALUES ({values}, ?, 'link', 'paid', 0, 0, 0, '[]', 0, '')",
        *(day.now, day.now, day.now),
    )
    day.alter("INSERT INTO collected VALUES ('T1', 'C1', 5000, 50, NULL, NULL, ?, 0)", day.now)
    day.store.run(post, collected("T1", "telegram:7", paid_xof=5_000, provider_fee_xof=50), day.now, 0)
    names = "id, address, customer, language, collector, method, payer, amount_xof, created_at, updated_at, state"
    values = "'R1', 'telegram:7', 'telegram:7', 'fr', 'dexpay', 'wave', '771234567', 5000, ?, ?, 'done'"
    more = "version, pays, polls, webhook_claim_tries, reason, collection_id, fee_xof"
    day.alter(f"INSERT INTO payback ({names}, {more}) VALUES ({values}, 0, 0, 0, 0, '', 'C1', 30)", day.now, day.now)
    day.store.run(post, pay_back_asked("R1", "telegram:7", 5_000), day.now, 0)
    day.store.run(post, pay_back_done("R1", 5_000, provider_fee_xof=30), day.now, 0)


def a_franc_that_stayed_without_a_home(day: Day) -> str:
    books_of_payers(day)
    assert day.audit().findings == ()
    day.alter("UPDATE payback SET amount_xof = amount_xof - 1")
    for transfer, account, off_xof in (
        ("payback:R1:asked", "customer:telegram:7", 1),
        ("payback:R1:asked", "paybacks", -1),
        ("payback:R1:done", "paybacks", 1),
        ("payback:R1:done", "collected", -1),
    ):
        day.alter(
            "UPDATE entry SET amount_xof = amount_xof + ? WHERE transfer = ? AND account = ?",
            *(off_xof, transfer, account),
        )
    day.alter("UPDATE customer_balance SET balance_xof = 1 WHERE customer = 'telegram:7'")
    return "C1"


def a_pay_back_that_is_booked_otherwise(day: Day) -> str:
    books_of_payers(day)
    day.alter("UPDATE payback SET fee_xof = fee_xof - 1")
    return "payback:R1"


def details(day: Day, way: str, name: str, by: int) -> str:
    order_id = day.ids[way][0]
    day.alter(
        f"UPDATE orders SET facts = json_set(facts, '$.{name}', json_extract(facts, '$.{name}') + ?) WHERE id = ?",
        *(by, order_id),
    )
    return order_id


def the_providers_fee(day: Day) -> str:
    return details(day, "delivered", "fee_xof", 1)


def the_providers_amount(day: Day) -> str:
    return details(day, "delivered", "amount_xof", -1)


def what_was_booked_for_the_provider(day: Day) -> str:
    return both_ways(day, "bill", "spend", "float", "fees")


def a_witness(day: Day) -> str:
    return details(day, "delivered", "current_balance_xof", -1)


def a_debit_never_given_back(day: Day) -> str:
    order_id = day.ids["failed_after"][0]
    row = day.store.rows("SELECT id, previous_xof - current_xof AS xof FROM witness WHERE order_id = ?", order_id)[0]
    # All that the provider told afterwards is lower by it.
    day.alter(
        "UPDATE witness SET previous_xof = previous_xof - ?, current_xof = current_xof - ? WHERE id > ?",
        *(row["xof"], row["xof"], row["id"]),
    )
    return order_id


def a_fall_of_a_franc(day: Day) -> str:
    day.alter(
        "UPDATE witness SET previous_xof = previous_xof - 1, current_xof = current_xof - 1 "
        "WHERE id > (SELECT max(id) / 2 FROM witness)"
    )
    return "float"


def a_sum_kept_of_the_day(day: Day) -> str:
    (row,) = day.store.rows("SELECT rowid AS id, * FROM order_day WHERE state = 'delivered' AND many > 0 LIMIT 1")
    day.alter("UPDATE order_day SET amount_xof = amount_xof + 1 WHERE rowid = ?", row["id"])
    return f"{DAY} {row['service']} delivered {row['channel']}"


PLANTED: list[tuple[Planted, FindingKind, int | None]] = [
    (the_ledger, "ledger", 1),
    (a_credit, "transfer", 1),
    (the_hold, "hold", 1),
    (a_balance_below_its_limit, "limit", -1),
    (a_payment_that_was_not_booked, "payment", -1),
    (a_pay_back_that_was_not_set_aside, "paybacks", -1),
    (a_franc_that_stayed_without_a_home, "homeless", 1),
    (a_pay_back_that_is_booked_otherwise, "payback", 1),
    (a_running_balance, "balance", 1),
    (a_running_balance_is_gone, "balance", None),
    (an_entry_of_no_known_order, "no_order", None),
    (an_entry_without_an_order, "stray", 1),
    (a_sum_kept_of_the_day, "sums", 1),
    (an_order_without_its_hold, "no_hold", None),
    (a_release_forgotten, "missing", None),
    (a_transfer_too_many, "unexpected", 1),
    (released_and_spent, "both", 1),
    (spent_and_released, "both", 1),
    (a_released_entry, "entries", None),
    (a_spent_commission, "entries", None),
    (a_refund, "entries", None),
    (a_reopening, "entries", None),
    (the_providers_fee, "provider", -1),
    (the_providers_amount, "provider", None),
    (what_was_booked_for_the_provider, "provider", 1),
    (a_code_is_gone, "no_code", None),
    (a_code_twice, "same_code", None),
    (one_of_three_codes_twice, "same_code", None),
    (a_witness, "witness", 1),
    (a_debit_never_given_back, "witness", None),
    (a_fall_of_a_franc, "fall", -1),
]


@pytest.mark.parametrize(("plant", "kind", "difference_xof"), PLANTED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_planted_franc_is_found_and_named(plant: Planted, kind: FindingKind, difference_xof: int | None) -> None:
    day = busy_day()
    subject = plant(day)
    findings = day.audit().findings
    named = [finding for finding in findings if finding.kind == kind and finding.subject == subject]
    assert named, f"{kind} of {subject} is not among {findings}"
    if difference_xof is not None:
        assert named[0].difference_xof == difference_xof
    # And nothing is said of orders that were not touched. Whose entry was altered has another balance than is kept.
    touched = {subject, "ledger", "hold", "float", *(finding.order_id for finding in named)}
    touched |= {finding.subject for finding in findings if finding.kind == "balance"}
    assert {finding.subject for finding in findings} <= touched | {finding.detail for finding in named} | {
        "hand:1",
        "gift:1",
    }


def test_every_kind_but_time_alone_is_planted() -> None:
    from typing import get_args

    assert {kind for _, kind, _ in PLANTED} | {"long_open"} == set(get_args(FindingKind))


def test_a_code_of_another_day_is_found() -> None:
    day = busy_day(times=1)
    day.now += DAY_MS
    old = day.ids["delivered"][0]
    new = day.order("delivered", 5_000)
    day.alter("UPDATE orders SET tokens = (SELECT tokens FROM orders WHERE id = ?) WHERE id = ?", old, new)
    findings = day.audit(AFTER, AFTER).findings
    assert [(each.kind, each.subject, each.detail) for each in findings if each.kind == "same_code"] == [
        ("same_code", new, old)
    ]


def test_the_biggest_difference_comes_first() -> None:
    day = busy_day()
    a_fall_of_a_franc(day)
    an_order_without_its_hold(day)
    sizes = [abs(finding.difference_xof) for finding in day.audit().findings]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) > 2


def test_an_altered_entry_is_not_told_twice_over() -> None:
    day = busy_day()
    order_id = entry(day, "delivered", "spend", "fees")
    findings = day.audit().findings
    assert kinds(findings) == {"ledger", "entries"}
    assert {each.subject for each in findings} == {order_id, "ledger"}


def test_an_account_that_was_joined_explains_its_orders() -> None:
    day = Day()
    order_id = day.order("open", 5_000, PEOPLE[3])
    middle, into = PEOPLE[4], PEOPLE[5]
    for one, other in ((PEOPLE[3], middle), (middle, into)):
        day.store.connection.execute(
            "INSERT INTO link (code, address, other, state, made_at, expires_at) VALUES ('A', ?, ?, 'asked', 0, 0)",
            (str(other), str(one)),
        )
        number = day.store.one("SELECT max(id) FROM link")
        day.store.run(links.join, day.installation, number, day.now)
    day.now += 60_000
    day.say(order_id, __import__("bot.domain.outcome", fromlist=["Refused"]).Refused("admin"), "admin")
    assert {row["account"] for row in day.store.rows("SELECT account FROM entry WHERE order_id = ?", order_id)} == {
        "hold",
        f"customer:{PEOPLE[3]}",
        f"customer:{into}",
    }
    assert day.audit().findings == ()
    # Without the join, the money would have gone to somebody else.
    day.alter("DELETE FROM joined")
    assert kinds(day.audit().findings) == {"entries"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(300, 60_000), st.integers(0, len(PEOPLE) - 1)), max_size=30),
    st.integers(0, 30),
)
def test_no_day_has_a_finding(orders: list[tuple[str, int, int]], top_up_at: int) -> None:
    day = Day()
    for number, (way, amount_xof, who) in enumerate(orders):
        day.store.run(_refill, day, number, who)
        if number == top_up_at:
            day.float_xof += 123_457
        day.order(way, amount_xof, PEOPLE[who])
    assert day.audit().findings == ()
    day.store.close()


def _refill(day: Day, number: int, who: int):
    yield from post(credit(f"fill:{number}", str(PEOPLE[who]), 100_000, ""), day.now, 0)


# The chain, alone.


def answers(*balances: tuple[int, int], at: int = 1_000_000, apart: int = 1_000) -> list[Witness]:
    """Answers heard one after another of payments that were all sent at once, or `apart` as far as half a minute."""
    return [
        Witness(at if apart < 30_000 else at + apart * number - 1_000, at + apart * number, f"O{number}", *each)
        for number, each in enumerate(balances)
    ]


def test_answers_that_overtook_each_other_are_put_in_order() -> None:
    witnesses = answers((90, 80), (100, 90), (80, 75), (60, 50), (75, 60), (50, 50), (50, 40))
    assert chain(witnesses, ()) == ((), (), ())
    # The first of them may have moved nothing.
    assert chain(answers((100, 90), (100, 100)), ()) == ((), (), ())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_any_order_of_what_was_under_way_together_is_one_chain(debits: list[int], chance) -> None:
    balance, balances = 10_000, []
    for debit in debits:
        balances.append((balance, balance - debit))
        balance -= debit
    chance.shuffle(balances)
    assert chain(answers(*balances), ()) == ((), (), ())


def test_a_fall_is_explained_by_our_own_payments_or_named() -> None:
    witnesses = answers((100, 90), (60, 50))
    debits = (Debit("X", 1_000_500, 1_000_600, 20), Debit("Y", 1_000_500, 1_000_600, 10), Debit("Z", 0, 10, 5))
    assert chain(witnesses, debits) == ((), (), ())
    # One that is larger than the fall explains nothing of it.
    (fall,), _, _ = chain(witnesses, (Debit("W", 1_000_500, 1_000_600, 31),))
    assert fall.difference_xof == -30
    (fall,), rises, _ = chain(witnesses, debits[:1])
    assert (fall.kind, fall.difference_xof, fall.since, fall.until) == ("fall", -10, 1_000_000, 1_001_000)
    assert rises == ()
    # What has explained one fall explains no other.
    (second,), _, _ = chain(answers((100, 90), (60, 50), (20, 10)), debits)
    assert second.difference_xof == -30


def test_a_rise_is_named() -> None:
    witnesses = answers((100, 90), (580, 570), (590, 580), (570, 560))
    falls, (rise,), _ = chain(witnesses, ())
    assert (falls, rise.amount_xof) == ((), 500)


def test_the_nearest_below_goes_on() -> None:
    witnesses = answers((100, 90), (30, 20), (70, 60), (500, 490))
    falls, (rise,), _ = chain(witnesses, ())
    assert [fall.difference_xof for fall in falls] == [-20, -30]
    assert rise.amount_xof == 480


def test_answers_that_form_a_ring_are_taken_as_they_come() -> None:
    falls, rises, _ = chain(answers((100, 90), (50, 40), (40, 50)), ())
    assert [fall.difference_xof for fall in falls] == [-40]
    assert rises == ()


# The auditor, alone.


def of_day(day: Day, order_id: str) -> Order:
    order = day.store.run(load_order, order_id)
    assert order is not None
    return order


def test_who_refused_and_debited_may_still_give_back() -> None:
    day = Day()
    order = of_day(day, day.order("failed_after", 5_000))
    debited = Witness(order.confirmed_at, order.confirmed_at, order.id, 5_000_000, 4_994_950)
    soon = Witness(order.updated_at, order.updated_at + 1_000, "X", 4_994_950, 4_990_000)
    late = Witness(order.updated_at + 690_000, order.updated_at + 700_000, "Y", 4_990_000, 4_980_000)

    def findings(*witnesses: Witness) -> tuple[Finding, ...]:
        auditor = Auditor(Catalog(), day.now)
        auditor.orders(day.store.run(dossiers, (order.id,)) if order.details.previous_balance_xof else ())
        auditor.paid(order)
        auditor.float(witnesses, 0, day.now * 2)
        return auditor.findings(DAY, DAY).findings

    assert findings(debited) == findings(debited, soon) == ()
    assert [(each.kind, each.difference_xof) for each in findings(debited, soon, late)] == [("witness", 5_050)]
    assert findings(soon, late) == (), "its debit was not among what is looked at"
    # An answer that told only the balance after says nothing of a debit.
    order = replace(order, details=replace(order.details, previous_balance_xof=None))
    assert findings(debited, soon, late) == ()


def test_the_falls_of_other_days_are_theirs() -> None:
    witnesses = answers((100, 90), (80, 70), (60, 50), at=1_000_000, apart=100_000)
    auditor = Auditor(Catalog(), 2_000_000)
    auditor.float(witnesses, 1_050_000, 1_150_000)
    assert [each.until for each in auditor.findings(DAY, DAY).findings] == [1_100_000]


def test_an_order_twice_in_the_pages_is_one() -> None:
    day = Day()
    order = of_day(day, day.order("open", 5_000))
    auditor = Auditor(Catalog(), order.confirmed_at + LONG_OPEN_MS + 1, lines=True)
    dossier = Dossier(order, (BookEntry(f"order:{order.id}:hold", "hold", 5_075, order.id),))
    auditor.orders([dossier, dossier])
    audit = auditor.findings(DAY, DAY)
    assert audit.orders == len(audit.lines) == 1
    assert kinds(audit.findings) == {"entries", "long_open"}
    assert audit.lines[0].found == Sums(hold_xof=5_075)


def test_an_order_without_money_has_no_hold() -> None:
    """A commission as large as the price: nothing was taken."""
    day = Day()
    order = replace(of_day(day, day.order("open", 5_000)), commission_xof=5_075)
    auditor = Auditor(Catalog(), order.confirmed_at)
    auditor.orders([Dossier(order, ())])
    assert auditor.findings(DAY, DAY).findings == ()


def test_a_ring_of_joined_accounts_ends() -> None:
    auditor = Auditor(Catalog(), 0, [("a:1", "a:2"), ("a:2", "a:1")])
    assert auditor._names("a:1") == {"a:1", "a:2"}
    assert Address.parse("a" + "b:1").id == "1"
    assert ProviderDetails() == ProviderDetails()


def test_many_pages_are_one_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.monitoring import audits

    day = busy_day(times=1)
    day.now += DAY_MS
    for number in range(5):
        day.order("silent", 5_000, PEOPLE[number])
    day.now += DAY_MS
    day.order("delivered", 5_000, PEOPLE[0])
    days = [(DAY, DAY), (BEFORE, DAY), ("2026-11-25", "2026-11-25")]
    whole = [day.audit(first, last, lines=True) for first, last in days]
    assert kinds(whole[-1].findings) == {"long_open"}, "what told no balance the day before explains the fall"
    monkeypatch.setattr(audits, "PAGE_ORDERS", 3)
    monkeypatch.setattr(audits, "STRETCH_ENTRIES", 7)
    monkeypatch.setattr(audits, "PAGE_WITNESSES", 2)
    assert [day.audit(first, last, lines=True) for first, last in days] == whole
