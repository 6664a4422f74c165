"""What customers paid, in the audit: each franc of it has a home or is named, and the float is seen to rise by it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audit import Collected, Credit, Debit, Finding, Findings, Left, Rise, chain, homeless, settled
from bot.domain.collecting import PaidBack
from bot.domain.outcome import Refused
from bot.domain.payback import begin
from bot.domain.period import day_of
from bot.i18n import load
from bot.monitoring.audits import audit_steps
from bot.monitoring.checks import drift
from bot.notices.audits import audit_message
from bot.repositories import collections, paybacks, resellers
from bot.repositories.floats import keep_witness
from bot.repositories.rules import set_rule
from bot.settlement.claims import claim_one
from bot.transactions import refunds
from bot.transactions.installation import Installation
from bot.transactions.orders import settle as settle_order
from bot.transactions.paybacks import settle as settle_payback
from tests.collecting_world import collecting, loaded, pay
from tests.sync_store import SyncStore
from tests.test_audit import answers
from tests.test_collecting_transactions import back, opened, upon
from tests.test_scripts import ADMIN, AWA, MODOU, NOW, a_quote, give

pytestmark = pytest.mark.twins

NONE = collecting()
TODAY = day_of(NOW)


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def audited(store: SyncStore, installation: Installation = NONE, now: int = NOW + 3_600_000) -> Findings:
    steps, reply = audit_steps(installation, TODAY, TODAY, now), None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            came_to: Findings = end.value
            return came_to
        reply = store.run(step)


def named(found: Findings) -> list[tuple[str, str, int]]:
    return [(each.kind, each.subject, each.found_xof) for each in found.findings]


def without_number(store: SyncStore, id_: str, paid_xof: int = 4_000, installation: Installation = NONE) -> None:
    """Too little was paid, and nobody knows from which telephone: it cannot go back."""
    opened(store, installation, id_, a_quote(), payer=None)
    pay(store, installation, id_, paid_xof, payer=None)


# Without a home.


def test_what_could_not_go_back_is_named_until_somebody_decides(store: SyncStore) -> None:
    without_number(store, "C1")
    assert named(audited(store)) == [("homeless", "C1", 4_000)]
    assert "/payin C1" in audit_message(load()["fr"], audited(store)).text
    assert "4,000" in audit_message(load()["en"], audited(store)).text
    # It is not told of once and forgotten: it stays without a home the night after, too.
    assert named(audited(store, now=NOW + 3 * 86_400_000)) == [("homeless", "C1", 4_000)]
    # It went back by hand, as an admin says.
    paid = loaded(store, "C1")
    store.run(collections.save, paid)
    give(store, AWA, -4_000)
    assert named(audited(store)) == []


def test_what_was_bought_went_back_or_is_on_its_way_has_a_home(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 5_175)
    opened(store, NONE, "C2", a_quote())
    pay(store, NONE, "C2", 4_000)
    assert back(store, "C2B0").state == "waiting"
    assert named(audited(store)) == []


def test_a_pay_back_is_booked_as_its_state_says(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    store.run(paybacks.save, begin(back(store, "C1B0"), NOW))
    store.run(settle_payback, NONE, "C1B0", PaidBack("B1", 25), "pay", NOW)
    assert named(audited(store)) == []
    store.connection.execute("UPDATE payback SET fee_xof = 24")
    assert named(audited(store)) == [("payback", "payback:C1B0", 4_025)]


def test_what_an_admin_left_to_them_may_stay(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    store.run(*upon(NONE, refunds.decide_kept, back(store, "C1B0"), who=ADMIN))
    assert named(audited(store)) == []


def test_money_that_did_not_come_by_a_collection_is_none(store: SyncStore) -> None:
    """An advance from before, and beside it 4,000 F that cannot go back."""
    give(store, AWA, 20_000)
    without_number(store, "C1")
    without_number(store, "C2", 3_000)
    assert sorted(named(audited(store))) == [("homeless", "C1", 4_000), ("homeless", "C2", 3_000)]
    give(store, AWA, -22_000, key="back")
    assert named(audited(store)) == [("homeless", "C1", 4_000), ("homeless", "C2", 1_000)]


def test_an_order_that_came_to_nothing_and_could_not_be_paid_back_is_named(store: SyncStore) -> None:
    quote = a_quote()
    opened(store, NONE, "C1", quote, payer=None)
    pay(store, NONE, "C1", 5_175, payer=None)
    assert named(audited(store)) == []
    store.run(claim_one, NONE, quote.id, NOW)
    store.run(settle_order, NONE, quote.id, Refused("invalid"), "pay", NOW, leased=True)
    assert named(audited(store)) == [("homeless", "C1", 5_175)]


def test_where_money_may_stay_none_of_it_is_without_a_home(store: SyncStore) -> None:
    kept = collecting("allowed")
    without_number(store, "C1")
    assert named(audited(store, kept)) == []
    # Nor where the operator had advances before, and said nothing since.
    silent = collecting(None)  # type: ignore[arg-type]  # nothing was said
    assert named(audited(store, silent)) != []
    store.run(set_rule, "advances", "allowed")
    assert named(audited(store, silent)) == []


def test_a_resellers_float_stays(store: SyncStore) -> None:
    store.run(resellers.make, str(MODOU), "Chez Modou", NOW)
    opened(store, NONE, "C1", 50_000, who=MODOU)
    pay(store, NONE, "C1", 50_100)
    assert named(audited(store)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["q1", "q2", None]), st.integers(-9_000, 9_000), st.integers(0, 3_000)), max_size=8
    ),
    st.integers(0, 20_000),
)
@settings(max_examples=200)
def test_no_more_is_without_a_home_than_is_there(parts: list[tuple[str | None, int, int]], balance_xof: int) -> None:
    left = [
        Left(f"C{at}", quote, own_xof, -5_075 if quote else 0, kept) for at, (quote, own_xof, kept) in enumerate(parts)
    ]
    found = homeless(left, balance_xof)
    assert all(amount_xof > 0 for _, amount_xof in found)
    assert sum(amount_xof for _, amount_xof in found) <= balance_xof
    assert len({id_ for id_, _ in found}) == len(found)


# In the float.


def credits(*amounts: int, at: int = 1_000_500, at_once: bool = True) -> list[Credit]:
    return [Credit(f"T{number}", at, at + 100, xof, at_once) for number, xof in enumerate(amounts)]


def test_a_rise_is_what_customers_paid() -> None:
    falls, rises, left = chain(answers((100, 90), (140, 130)), (), credits(20, 30, 7))
    assert (falls, left) == ((), tuple(credits(20, 30, 7)[2:]))
    assert [(rise.amount_xof, rise.payments) for rise in rises] == [(50, 2)]


def test_what_customers_paid_does_not_hide_what_left_nor_raise_an_alarm() -> None:
    """40 F came, 50 F went back: a fall of 10 F that no pay-back alone explains."""
    witnesses, debit = answers((100, 90), (80, 70)), Debit("R1", 1_000_500, 1_000_600, 50)
    assert chain(witnesses, (debit,), credits(40)) == ((), (), ())
    ((fall,), _, left) = chain(witnesses, (debit,), credits(41))
    assert (fall.difference_xof, len(left)) == (-10, 1)
    # What is settled later is in no answer of the same minute.
    ((fall,), _, _) = chain(witnesses, (debit,), credits(40, at_once=False))
    assert fall.difference_xof == -10
    # What came and went between the answers before explains nothing.
    ((fall,), _, _) = chain(witnesses, (debit,), credits(40, at=900_000))
    assert fall.difference_xof == -10


def test_what_is_settled_together_is_known_again() -> None:
    rises = (Rise(1, 5_000, 60), Rise(6_000, 9_000, 5), Rise(9_000, 9_500, 7, "O1"), Rise(10_000, 20_000, 77))
    came = [Credit(f"T{at}", at, at * 1_000, xof, at_once=False) for at, xof in enumerate((5, 10, 20, 30, 30, 40, 7))]
    named_rises, left = settled(rises, came)
    assert [rise.payments for rise in named_rises] == [3, 1, 0, 3]
    assert [credit.key for credit in left] == []
    # Not before it was paid, and not by chance out of the middle of others.
    assert settled((Rise(1, 2_500, 30),), came[3:]) == ((Rise(1, 2_500, 30),), tuple(came[3:]))
    assert settled((Rise(1, 9_000, 45),), came[:4])[0][0].payments == 0


def test_the_audit_says_what_has_been_seen_in_the_float(store: SyncStore) -> None:
    for at in range(3):
        opened(store, NONE, f"C{at}", a_quote())
        pay(store, NONE, f"C{at}", 5_175, now=NOW + 60_000)
    store.connection.execute("UPDATE collection SET collector = 'dexchange_link' WHERE id <> 'C2'")
    store.run(keep_witness, NOW, NOW, "O1", 100_000, 90_000)
    store.run(keep_witness, NOW + 70_000, NOW + 71_000, "O2", 95_125, 90_000)
    found = audited(store)
    assert found.collected == Collected(3, 3 * 5_125, 5_125)
    assert [(rise.amount_xof, rise.payments) for rise in found.rises] == [(5_125, 1)]
    french, english = (audit_message(load()[language], found).text for language in ("fr", "en"))
    assert "1 paiement de client" in french
    assert "in 3 payments, of which" in english
    store.run(keep_witness, NOW + 80_000, NOW + 81_000, "O3", 100_250, 90_000)
    assert "all of it in the float" in audit_message(load()["en"], audited(store)).text


def test_a_pay_back_is_no_drift_of_the_float(store: SyncStore) -> None:
    opened(store, NONE, "C1", a_quote())
    pay(store, NONE, "C1", 4_000)
    now = NOW + 600_000
    store.connection.execute("UPDATE payback SET state = 'done', fee_xof = 30, collector = 'dexchange_link'")
    store.run(keep_witness, NOW, NOW, "O1", 100_000, 90_000)
    store.run(keep_witness, now - 200_000, now - 199_000, "O2", 85_970, 80_000)
    assert store.run(drift, NONE, now) is None
    store.run(keep_witness, now - 180_000, now - 179_000, "O3", 79_999, 70_000)
    assert store.run(drift, NONE, now) is not None
    assert store.run(paybacks.load, "C1B0") is not None


def test_findings_about_payments_name_them() -> None:
    findings = Findings(
        TODAY, TODAY, 0, 0, 0, (Finding("payback", "payback:C1B0", 5, 6), Finding("payment", "T1", 1, 2))
    )
    text = audit_message(load()["en"], findings).text
    assert "payback:C1B0" in text
    assert "Payment T1" in text
