"""What resellers and admins read of sales and orders: each figure against orders of our choosing."""

import random
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ledger import refund
from bot.domain.outcome import Delivered, NotSent, ProviderDetails, TokenAwaited, Unknown
from bot.domain.people import Address
from bot.domain.period import Period
from bot.repositories import sales as repository
from bot.repositories.finding import Filter, filtered
from bot.repositories.money import post
from bot.repositories.orders import load_order
from bot.repositories.sales import ClientSum, Earned, Sales, Sum, earned_by
from bot.repositories.statistics import Books, Counted, Numbers, needing_a_person, numbers_between
from bot.store import Script
from bot.transactions.orders import SettlementResult, call_back
from tests.planted import AWA, CODE, MODOU, Garden, at

DAY = Period("2026-11-24", "2026-11-24")
NOON = at("2026-11-24", "12:00")


def sales_of(garden: Garden, days: Period = DAY, clients: int = 10) -> Sales:
    return garden.store.run(repository.sales_of, str(AWA), days.since, days.until, clients)


def call(garden: Garden, order_id: str, now: int) -> None:
    """The customer cancels."""

    def script() -> Script[None]:
        order = yield from load_order(order_id)
        assert order is not None
        yield from call_back(garden.installation, order, now, SettlementResult())

    garden.store.run(script)


def give_back(garden: Garden, order_id: str, amount_xof: int, now: int) -> None:
    """The operator makes an order good."""

    def script() -> Script[None]:
        order = yield from load_order(order_id)
        assert order is not None
        yield from post(refund(order_id, order.customer, amount_xof, "kept waiting"), now, 0)

    garden.store.run(script)
    garden.store.connection.execute("UPDATE orders SET refunded_xof = ? WHERE id = ?", (amount_xof, order_id))


# A reseller's sales.


def test_only_delivered_orders_are_sales() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    garden.sell(AWA, NOON, 5_000, commission_xof=15, client_id=1, client="Awa")
    garden.sell(AWA, NOON, 20_000, fee_xof=300, commission_xof=60, service="senelec", reference="210278816")
    garden.refuse(AWA, NOON, commission_xof=15)
    call(garden, garden.place(AWA, NOON), NOON + 1_000)
    garden.place(AWA, NOON, 7_000, fee_xof=105, commission_xof=21)
    # Another's, and other days'.
    garden.sell(MODOU, NOON)
    garden.sell(AWA, DAY.since - 1)
    garden.sell(AWA, DAY.until)
    sales = sales_of(garden)
    assert sales.whole == Sum(2, 25_000, 375, 75)
    assert sales.whole.price_xof == 25_375
    assert sales.left_xof == 25_300
    assert (sales.open_orders, sales.open_xof, sales.unpaid, sales.refunded_xof) == (1, 7_084, 2, 0)
    assert sales.services == (("senelec", Sum(1, 20_000, 300, 60)), ("woyofal", Sum(1, 5_000, 75, 15)))
    assert sales.clients == (ClientSum("", Sum(1, 20_000, 300, 60)), ClientSum("Awa", Sum(1, 5_000, 75, 15)))
    assert sales.other_clients == 0
    assert sales.others == Sum()


def test_a_day_begins_and_ends_at_midnight_in_dakar() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, DAY.since)
    for now in (DAY.since - 1, DAY.since, DAY.until - 1, DAY.until):
        # Confirmed before midnight and delivered after it: the day of the Confirm.
        garden.sell(AWA, now, took_ms=60_000)
    assert sales_of(garden).whole.sales == 2
    assert sales_of(garden, Period("2026-11-23", "2026-11-25")).whole.sales == 4


def test_what_left_the_balance_is_what_the_books_say() -> None:
    garden = Garden()
    garden.fund(AWA, 100_000, NOON)
    # The provider took less than was confirmed: the difference came back.
    taken = ProviderDetails(transaction_id="TX-9", amount_xof=4_000)
    garden.end(garden.place(AWA, NOON, 5_000, commission_xof=15), Delivered((CODE,), taken), NOON)
    sold = garden.sell(AWA, NOON, 10_000, fee_xof=150, commission_xof=30)
    assert sales_of(garden).left_xof == 4_060 + 10_120
    give_back(garden, sold, 2_500, NOON + 5_000)
    sales = sales_of(garden)
    assert (sales.left_xof, sales.refunded_xof) == (4_060 + 10_120, 2_500)
    held = 100_000 - sales.left_xof + sales.refunded_xof
    assert garden.store.one("SELECT sum(amount_xof) FROM entry WHERE account = ?", f"customer:{AWA}") == held


def test_clients_by_book_and_by_name() -> None:
    """A client of the book is one under any name; without the book a name is a client; the rest are others."""
    garden = Garden()
    garden.fund(AWA, 10_000_000, NOON)
    garden.sell(AWA, NOON, 5_000, client_id=7, client="Fatou")
    garden.sell(AWA, NOON, 6_000, client_id=7, client="Fatou SARR")
    garden.sell(AWA, NOON, 4_000, client="Fatou")
    garden.sell(AWA, NOON, 3_000)
    for at_ in range(1, 5):
        garden.sell(AWA, NOON, 1_000 * at_, client_id=100 + at_, client=f"N° {at_}", commission_xof=at_)
    sales = sales_of(garden, clients=3)
    assert [client.name for client in sales.clients] == ["Fatou SARR", "Fatou", "N° 4"]
    assert sales.clients[0].sum.amount_xof == 11_000
    assert sales.other_clients == 4
    assert sales.others == Sum(4, 3_000 + 6_000, 300, 6)
    everybody = sales_of(garden)
    assert everybody.other_clients == 0
    assert len(everybody.clients) == 7


def test_commissions_of_the_day_and_of_the_month() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    month = at("2026-11-01", "00:00")
    garden.sell(AWA, month - 1, commission_xof=1)
    garden.sell(AWA, month, commission_xof=10)
    garden.sell(AWA, DAY.since, commission_xof=100)
    garden.sell(AWA, DAY.until - 1, commission_xof=1_000)
    garden.place(AWA, NOON, commission_xof=500)
    garden.refuse(AWA, NOON, commission_xof=500)
    within = (DAY.since, month, DAY.until)
    assert garden.store.run(earned_by, str(AWA), *within) == Earned(1_100, 1_110)
    assert garden.store.run(earned_by, str(MODOU), *within) == Earned(0, 0)


@given(st.lists(st.tuples(st.integers(1, 9_000), st.integers(0, 3), st.integers(0, 90), st.booleans()), max_size=12))
def test_the_parts_make_the_whole(drawn: list[tuple[int, int, int, bool]]) -> None:
    garden = Garden()
    garden.fund(AWA, 10_000_000, NOON)
    for amount_xof, client, commission_xof, paid in drawn:
        sell = garden.sell if paid else garden.refuse
        more: dict[str, Any] = {"client_id": client or None, "client": f"c{client}" if client else ""}
        sell(AWA, NOON, amount_xof=amount_xof, fee_xof=100, commission_xof=min(commission_xof, amount_xof), **more)
    sales = sales_of(garden, clients=2)
    for part in ("sales", "amount_xof", "fee_xof", "commission_xof"):
        whole = getattr(sales.whole, part)
        assert sum(getattr(of, part) for _, of in sales.services) == whole
        assert sum(getattr(one.sum, part) for one in sales.clients) + getattr(sales.others, part) == whole
    assert sales.left_xof == sales.whole.price_xof - sales.whole.commission_xof
    assert sales.whole.sales + sales.unpaid == len(drawn)
    # Money shown is money moved.
    own = garden.store.one("SELECT sum(amount_xof) FROM entry WHERE account = ?", f"customer:{AWA}")
    assert own == 10_000_000 - sales.left_xof


# Everybody's orders.


def numbers_of(garden: Garden, days: Period = DAY) -> Numbers:
    return garden.store.run(numbers_between, days.since, days.until)


def test_what_became_of_the_orders() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    garden.fund(MODOU, 1_000_000, NOON)
    garden.sell(AWA, NOON, 5_000)
    garden.sell(MODOU, NOON, 8_000, fee_xof=120, commission_xof=24, service="seneau", reference="450123")
    garden.refuse(AWA, NOON)
    call(garden, garden.place(AWA, NOON), NOON + 1_000)
    garden.end(garden.place(AWA, NOON), Unknown("timeout"), NOON)
    # Refused by an admin before anything was sent: it says nothing of the provider.
    unsent = garden.place(MODOU, NOON)
    garden.store.connection.execute("UPDATE orders SET state = 'refused' WHERE id = ?", (unsent,))
    garden.sell(AWA, DAY.until)
    numbers = numbers_of(garden)
    whole = numbers.whole
    assert whole == Counted(6, 2, 2, 1, 1, 13_000, 195, 24)
    assert (whole.open, whole.tried) == (1, 3)
    services, channels = dict(numbers.services), dict(numbers.channels)
    assert services["seneau"] == Counted(1, 1, amount_xof=8_000, fee_xof=120, commission_xof=24)
    assert services["woyofal"].orders == 5
    assert "senelec" not in services
    assert channels["telegram"].orders == 4
    assert channels["whatsapp"].delivered == 1
    for part in ("orders", "delivered", "refused", "refused_sent", "cancelled", "amount_xof", "fee_xof"):
        for groups in (services, channels):
            assert sum(getattr(of, part) for of in groups.values()) == getattr(whole, part)


def test_another_channel_is_counted_too() -> None:
    garden = Garden()
    somebody = Address("terminal", "me")
    garden.fund(somebody, 100_000, NOON)
    garden.sell(somebody, NOON)
    assert [name for name, _ in numbers_of(garden).channels] == ["terminal"]


def test_no_orders_are_no_numbers() -> None:
    numbers = numbers_of(Garden())
    assert numbers.whole == Counted()
    assert numbers.services == numbers.channels == ()
    assert (numbers.median_ms, numbers.late_ms, numbers.books) == (None, None, Books())


def test_the_books_of_the_day() -> None:
    garden = Garden()
    garden.fund(AWA, 900_000, DAY.since - 1)
    garden.fund(AWA, 100_000, DAY.since)
    garden.fund(MODOU, 50_000, DAY.until - 1)
    garden.fund(AWA, -30_000, NOON)
    garden.fund(AWA, 70_000, DAY.until)
    sold = garden.sell(AWA, NOON, 10_000, fee_xof=150, commission_xof=30)
    # The provider took more than was confirmed, and its own fee: we bear it.
    dear = ProviderDetails(transaction_id="TX-9", amount_xof=5_200, fee_xof=50)
    garden.end(garden.place(AWA, NOON), Delivered((CODE,), dear), NOON)
    give_back(garden, sold, 1_000, NOON)
    # Made before midnight, paid after it: in the books of the next day.
    garden.sell(AWA, DAY.until - 1_000, took_ms=2_000, commission_xof=15)
    books = numbers_of(garden).books
    assert (books.paid_in_xof, books.paid_out_xof) == (150_000, 30_000)
    assert books.commissions_xof == 30
    rows = garden.store.rows(
        "SELECT account, sum(amount_xof) AS xof FROM entry WHERE at >= ? AND at < ? GROUP BY account",
        DAY.since,
        DAY.until,
    )
    moved = {row["account"]: row["xof"] for row in rows}
    assert books.fees_xof == moved["fees"]
    assert books.borne_xof == -moved["corrections"] == 1_000 + 200


@pytest.mark.parametrize("many", [1, 2, 3, 19, 20, 21, 40, 101])
def test_times_to_code_are_exact(many: int) -> None:
    rng = random.Random(many)
    garden = Garden()
    garden.fund(AWA, 100_000_000, NOON)
    took = [rng.randrange(100, 600_000) for _ in range(many)]
    for ms in took:
        garden.sell(AWA, NOON, took_ms=ms)
    # Bills have no code, and what is not delivered has no time.
    garden.sell(AWA, NOON, took_ms=9_000_000, service="senelec", reference="210278816")
    garden.refuse(AWA, NOON)
    garden.end(garden.place(AWA, NOON), TokenAwaited(ProviderDetails(transaction_id="TX-1")), NOON)
    numbers = numbers_of(garden)
    assert numbers.median_ms == int(median(took))
    rank = -(-many * 95 // 100)
    assert numbers.late_ms == sorted(took)[rank - 1]


def test_who_needs_a_person() -> None:
    garden = Garden()
    garden.fund(AWA, 1_000_000, NOON)
    garden.sell(AWA, NOON)
    garden.place(AWA, NOON)
    assert garden.store.run(needing_a_person, NOON - 900_000) == 0
    garden.end(garden.place(AWA, NOON), Unknown("timeout"), NOON)
    garden.place(AWA, NOON - 1_000_000)
    assert garden.store.run(needing_a_person, NOON - 900_000) == 2
    page = garden.store.run(filtered, Filter(stuck=True), NOON - 900_000, 0, 6)
    assert {order.state for order in page.orders} == {"unknown", "waiting"}


def test_an_order_that_could_not_leave_is_open() -> None:
    garden = Garden()
    garden.fund(AWA, 100_000, NOON)
    garden.end(garden.place(AWA, NOON), NotSent("unreachable"), NOON)
    assert numbers_of(garden).whole.open == 1


def test_filters_narrow_what_is_found() -> None:
    garden = Garden()
    garden.fund(AWA, 10_000_000, NOON)
    garden.fund(MODOU, 10_000_000, NOON)
    small = garden.sell(AWA, NOON, 1_000)
    large = garden.sell(MODOU, NOON + 1, 60_000, reference="14555666777")
    bill = garden.refuse(AWA, at("2026-10-02"), service="senelec", reference="210278816")

    def ids(**wanted: Any) -> list[str]:
        page = garden.store.run(filtered, Filter(**wanted), 0, 0, 6)
        assert not page.more
        return [order.id for order in page.orders]

    assert ids() == [large, small, bill]
    assert ids(states=("refused", "cancelled")) == [bill]
    assert ids(states=("delivered",), service="woyofal") == [large, small]
    assert ids(first="2026-10-01", last="2026-10-31") == [bill]
    assert ids(address=MODOU) == [large]
    assert ids(reference="14555666777") == ids(reference="6777") == [large]
    assert ids(least_xof=60_000) == [large]
    assert ids(most_xof=1_000) == [small]
    assert ids(least_xof=1_001, most_xof=59_999) == [bill]
    assert ids(address=AWA, states=("delivered",), least_xof=5_000) == []
    # Whoever joined the account is found by any of its addresses.
    garden.store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(AWA), str(MODOU)))
    garden.store.connection.execute("UPDATE orders SET customer = ?", (str(AWA),))
    assert ids(address=MODOU) == ids(address=AWA) == [large, small, bill]


def test_pages_of_orders_meet_without_a_gap() -> None:
    garden = Garden()
    garden.fund(AWA, 10_000_000, NOON)
    made = [garden.place(AWA, NOON + at_) for at_ in range(8)]
    first = garden.store.run(filtered, Filter(), 0, 0, 5)
    second = garden.store.run(filtered, Filter(), 0, 5, 5)
    assert first.more
    assert not second.more
    assert [order.id for order in (*first.orders, *second.orders)] == made[::-1]
