"""What the operator sees and may do where customers pay for themselves: no credit by hand, an audit that names every
franc, a doctor that tries who collects.
"""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from bot.app.channels import load_settings
from bot.app.checks import advances_words, check_collecting
from bot.domain.audit import Findings
from bot.domain.collecting import PaidBack
from bot.domain.collection import begin as begun
from bot.domain.payback import begin as sending
from bot.domain.period import day_of
from bot.monitoring.audits import audit_steps
from bot.repositories import paybacks
from bot.repositories.collections import save as save_collection
from bot.repositories.floats import keep_witness
from bot.settings import Settings
from bot.transactions.paybacks import settle as settle_payback
from tests.collecting_world import TERMS, ask, collecting, loaded, pay
from tests.sync_store import SyncStore
from tests.test_scripts import NOW, a_quote
from tests.trade_world import ADMIN, CUSTOMER, Town

NONE = collecting()
# Whose collections fill what payments are made from.
SAME_FLOAT = collecting(collector="dexchange_push")


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def audited(store: SyncStore, now: int = NOW) -> Findings:
    steps = audit_steps(NONE, day_of(NOW), day_of(NOW), now)
    reply = None
    while True:
        try:
            reply = store.run(steps.send(reply))
        except StopIteration as end:
            came_to: Findings = end.value
            return came_to


def kinds(store: SyncStore, now: int = NOW) -> list[tuple[str, int]]:
    return [(each.kind, each.difference_xof) for each in audited(store, now).findings]


@pytest.mark.twins
def test_the_audit_names_every_franc_that_came_in_or_is_to_go_back(store: SyncStore) -> None:
    for id_ in ("C1", "C2"):
        ask(store, NONE, id_, a_quote())
        assert loaded(store, id_).state == "waiting"
    pay(store, NONE, "C1", 5_175, now=NOW)
    assert audited(store).findings == ()
    for id_ in ("C1", "C2"):
        store.run(save_collection, begun(loaded(store, id_), NOW))
    pay(store, NONE, "C2", 4_000, now=NOW)
    assert audited(store).findings == ()
    store.connection.execute("UPDATE payback SET amount_xof = 3500")
    assert kinds(store) == [("payback", 500), ("paybacks", 500)]
    store.connection.execute("UPDATE payback SET amount_xof = 4000")
    store.connection.execute("UPDATE collected SET amount_xof = 3990 WHERE collection_id = 'C2'")
    assert kinds(store) == [("payment", 10)]
    store.connection.execute("DELETE FROM collected WHERE collection_id = 'C2'")
    assert [kind for kind, _ in kinds(store)] == ["stray"]


@pytest.mark.twins
def test_a_pay_back_explains_why_the_float_fell(store: SyncStore) -> None:
    ask(store, SAME_FLOAT, "C1", a_quote())
    store.run(save_collection, begun(loaded(store, "C1"), NOW))
    pay(store, SAME_FLOAT, "C1", 4_000, now=NOW)
    store.run(keep_witness, NOW, NOW, "O1", 100_000, 99_000)
    store.run(keep_witness, NOW + 3, NOW + 3, "O2", 95_000, 94_000)
    assert kinds(store, NOW + 4) == [("fall", -4_000)]
    [payback] = store.run(paybacks.of_collection, "C1")
    store.run(paybacks.save, sending(payback, NOW + 1))
    assert kinds(store, NOW + 4) == []
    store.run(settle_payback, SAME_FLOAT, payback.id, PaidBack(fee_xof=0), "pay", NOW + 2)
    assert kinds(store, NOW + 4) == []


def test_nobody_is_credited_by_hand_where_customers_have_no_money_here() -> None:
    town = Town()
    town.installation.shop = replace(town.installation.shop, collecting=TERMS)
    town.say("/credit telegram:5 5000 caisse", ADMIN)
    town.fund(0, CUSTOMER)
    town.say(f"/credit {CUSTOMER} 5000 caisse", ADMIN)
    assert "ADVANCES=none" in town.last(ADMIN).text
    assert town.balance(CUSTOMER) == 0
    town.store.close()


@pytest.mark.anyio
async def test_the_doctor_asks_who_collects() -> None:
    assert await check_collecting(load_settings({}, None)) is None
    well, words = await check_collecting(load_settings({"COLLECT_WITH": "simulator"}, None)) or (False, "")
    assert (well, "simulator answers" in words) == (True, True)
    keys = {"DEXCHANGE_API_KEY": "k", "DEXCHANGE_API_URL": "http://127.0.0.1:9"}
    well, words = await check_collecting(load_settings({"COLLECT_WITH": "dexchange_link", **keys}, None)) or (True, "")
    assert (well, "cannot be reached" in words) == (False, True)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "allowed, for nobody collects"),
        ({"COLLECT_WITH": "simulator"}, "none, for COLLECT_WITH is set"),
        ({"COLLECT_WITH": "simulator", "ADVANCES": "Allowed"}, "allowed, as ADVANCES says"),
    ],
)
def test_the_doctor_says_whether_customers_have_money_here_and_why(env: dict[str, str], words: str) -> None:
    settings: Settings = load_settings(env, None)
    assert words in advances_words(settings)
