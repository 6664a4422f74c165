"""What admins try for themselves: their own orders, credits and rates, a second address as the second person, a text
that names their telephone, a colleague put out of the way. Over the real scripts; nothing of it goes.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot import doctor
from bot.app import load_settings as load
from bot.dialogue.acts.second import names_a_way_to_pay
from bot.dialogue.flows import REGISTRY
from bot.dialogue.permissions import RANK
from bot.domain.acts import Act
from bot.domain.catalog import Bounds
from bot.domain.inbound import Tap
from bot.domain.outcome import Delivered, NotSent, Processing, ProviderDetails, Refused, Unknown
from bot.domain.people import Address
from bot.i18n import NBSP
from bot.store.sqlite import SqliteStore
from tests.dialogue_world import WORDS
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, PEOPLE, RESELLER, Town
from tests.units import tag_of

pytestmark = pytest.mark.twins

SECOND, OPERATOR, SUPPORT = PEOPLE["second"], PEOPLE["operator"], PEOPLE["support"]
METER = "14123456789"
DAY_MS = 86_400_000
T = WORDS["fr"]


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    for address in (CUSTOMER, RESELLER, OPERATOR, SECOND):
        town.fund(50_000, address)
    name(town, OPERATOR, "operator")
    yield town
    town.store.close()


def name(town: Town, address: Address, role: str, at: int = 0) -> None:
    town.store.rows("INSERT OR REPLACE INTO admin VALUES (?, ?, 'telegram:1', ?)", str(address), role, at)


def last_text(town: Town, address: Address = ADMIN) -> str:
    return town.last(address).text.replace(NBSP, " ")


def act(town: Town, command: str, who: Address = ADMIN) -> None:
    """Ask for it and confirm it, where it is asked about at all."""
    town.say(command, who)
    if "Confirmer" in str(town.last(who).rows):
        town.say("confirmer", who)


def audit(town: Town) -> list[sqlite3.Row]:
    return town.store.rows("SELECT * FROM audit ORDER BY id")


def request(town: Town) -> str:
    return str(town.store.one("SELECT id FROM approval ORDER BY asked_at DESC, rowid DESC LIMIT 1"))


def buy(town: Town, who: Address = CUSTOMER, amount_xof: int = 5_000, meter: str = METER) -> str:
    town.say(f"w {meter} {amount_xof}", who)
    town.tap("✅", who)
    return town.newest().id


def make_reseller(town: Town, address: Address, commissions: str = "{}") -> None:
    town.store.rows("INSERT INTO reseller VALUES (?, 'S', ?, NULL, 'x', 1000000, 0, 0, 0)", str(address), commissions)


def state_of(town: Town, order: str) -> str:
    return str(town.store.rows("SELECT state FROM orders WHERE id = ?", order)[0]["state"])


def agreed_client(town: Town, seller: Address, client: Address) -> None:
    """A client of a seller's book who agreed to get the codes themselves, and took it back since."""
    town.store.rows("INSERT INTO client VALUES (7, ?, 'Ami', '', '', 'ami', 0)", str(seller))
    town.store.rows("INSERT INTO consent VALUES (1, 7, ?, 0, 5, NULL)", str(client))


# One's own affair.


def test_an_operator_cannot_refuse_their_own_order_and_keep_the_goods(town: Town) -> None:
    """The way of the issue: PROCESSING at the provider, refused by its buyer, and delivered a minute later."""
    order = buy(town, OPERATOR)
    town.outcome(Processing(ProviderDetails(transaction_id="TX")))
    act(town, f"/resolve {order} refused perdu", OPERATOR)
    assert last_text(town, OPERATOR).startswith(T("admin.interest.own").replace(NBSP, " "))
    assert (state_of(town, order), audit(town)) == ("processing", [])
    assert town.balance(OPERATOR) == 50_000 - 5_075


@pytest.mark.parametrize("command", ["/credit {} 1000 x", "/debit {} 1000 x", "/limit {} credit 1000 x", "/unpin {} x"])
def test_nobody_decides_about_their_own_account(town: Town, command: str) -> None:
    name(town, SECOND, "owner")
    make_reseller(town, SECOND)
    act(town, command.format(SECOND), SECOND)
    assert "propre affaire" in last_text(town, SECOND)
    assert audit(town) == []


def test_nor_about_their_own_terms_pause_or_refund(town: Town) -> None:
    name(town, SECOND, "owner")
    make_reseller(town, SECOND)
    order = buy(town, SECOND)
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX")))
    for command in (f"/reseller {SECOND} woyofal 1%", f"/freeze {SECOND}", f"/refund {order} panne"):
        act(town, command, SECOND)
        assert "propre affaire" in last_text(town, SECOND), command
    assert audit(town) == []


def test_an_account_that_was_ever_linked_is_still_ones_own(town: Town) -> None:
    """They unlink the address a moment before they act: the books remember that the two were one."""
    name(town, SECOND, "owner")
    town.store.rows("INSERT INTO joined VALUES (?, ?, 0)", str(CUSTOMER), str(SECOND))
    for whose, who in ((CUSTOMER, SECOND), (SECOND, CUSTOMER)):
        name(town, who, "owner")
        act(town, f"/credit {whose} 1000 x", who)
        assert "propre affaire" in last_text(town, who)
    assert audit(town) == []


def test_a_client_and_whose_client_one_is(town: Town) -> None:
    name(town, SECOND, "owner")
    name(town, CUSTOMER, "owner")
    agreed_client(town, SECOND, CUSTOMER)
    for who, whom in ((SECOND, CUSTOMER), (CUSTOMER, SECOND)):
        act(town, f"/credit {whom} 1000 x", who)
        assert "de vos clients" in last_text(town, who)
    assert audit(town) == []


def test_an_order_for_a_meter_that_one_keeps(town: Town) -> None:
    order = buy(town)
    town.outcome(Unknown("timeout"))
    town.store.rows("INSERT INTO meter VALUES (9, ?, 'woyofal', ?, 'Awa', 'maison', 0)", str(OPERATOR), METER)
    act(town, f"/resolve {order} delivered {'4' * 20} lu", OPERATOR)
    assert "dans vos compteurs" in last_text(town, OPERATOR)
    assert state_of(town, order) == "unknown"


def test_an_order_of_an_address_that_has_left_the_account_since(town: Town) -> None:
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(CUSTOMER), str(OPERATOR))
    order = buy(town, OPERATOR)
    town.outcome(NotSent("unreachable"))
    town.store.rows("UPDATE session SET customer = address")
    act(town, f"/resolve {order} refused x", OPERATOR)
    assert "propre affaire" in last_text(town, OPERATOR)


@pytest.mark.parametrize("command", ["/fee woyofal 2%", "/commission woyofal 1%"])
def test_a_reseller_makes_no_rate_that_they_earn_by(town: Town, command: str) -> None:
    make_reseller(town, ADMIN)
    act(town, command)
    assert "gagnez selon ce taux" in last_text(town)
    assert town.store.rows("SELECT * FROM rule") == []


def test_but_a_commission_that_does_not_reach_them(town: Town) -> None:
    make_reseller(town, ADMIN, '{"woyofal": {"amount_basis_points": 1}}')
    act(town, "/commission woyofal 1%")
    assert len(audit(town)) == 1


def test_what_becomes_ones_own_affair_before_the_confirm(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER} x", OPERATOR)
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(CUSTOMER), str(OPERATOR))
    town.say("geler", OPERATOR)
    assert "propre affaire" in last_text(town, OPERATOR)
    assert town.store.rows("SELECT * FROM frozen") == []


def test_a_retry_of_ones_own_order_is_what_any_customer_may(town: Town) -> None:
    order = buy(town, OPERATOR)
    town.outcome(NotSent("unreachable"))
    act(town, f"/retry {order}", OPERATOR)
    assert audit(town)[0]["what"] == "retry"


# The second person, too.


def test_whoever_has_an_interest_is_not_asked_and_approves_nothing(town: Town) -> None:
    town.under(approval_xof=10_000)
    for who in (SECOND, CLIENT):
        name(town, who, "owner")
    town.fund(0, CLIENT)
    act(town, f"/credit {SECOND} 20000 x")
    assert str(CLIENT) in last_text(town)
    assert str(SECOND) not in last_text(town).partition("à :")[2]
    for command in ("approve", "refuse"):
        town.say(f"/{command} {request(town)}", SECOND)
        assert "propre affaire" in last_text(town, SECOND)
    assert town.balance(SECOND) == 50_000
    town.say(f"/approve {request(town)}", CLIENT)
    assert town.balance(SECOND) == 70_000


def test_an_asker_whose_own_affair_it_became(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 x", SECOND)
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(SECOND), str(CUSTOMER))
    town.say(f"/approve {request(town)}", ADMIN)
    assert "propre affaire" in last_text(town)
    assert town.balance(CUSTOMER) == 50_000
    assert town.store.one("SELECT state FROM approval") == "void"


def test_an_address_of_ones_own_named_today_approves_nothing(town: Town) -> None:
    town.under(approval_xof=10_000)
    town.fund(0, CLIENT)
    name(town, SECOND, "owner")
    act(town, f"/admin add {CLIENT} owner")
    assert "approuver les demandes des autres à partir du 25/11/2026 à 09:00" in last_text(town, SECOND)
    act(town, f"/credit {CUSTOMER} 20000 x")
    town.say(f"/approve {request(town)}", CLIENT)
    assert "depuis moins d’un jour" in last_text(town, CLIENT)
    assert town.balance(CUSTOMER) == 50_000
    town.now += DAY_MS
    act(town, f"/credit {CUSTOMER} 20000 x")
    town.say(f"/approve {request(town)}", CLIENT)
    assert town.balance(CUSTOMER) == 70_000


def test_a_twin_that_was_parted_approves_nothing_and_counts_along(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    name(town, CLIENT, "owner")
    town.fund(0, CLIENT)
    town.store.rows("INSERT INTO joined VALUES (?, ?, 0)", str(CLIENT), str(ADMIN))
    town.say("bonjour", ADMIN)
    act(town, f"/credit {CUSTOMER} 9000 x")
    act(town, f"/credit {CUSTOMER} 9001 x", CLIENT)
    assert town.balance(CUSTOMER) == 59_000
    town.say(f"/approve {request(town)}", ADMIN)
    assert town.balance(CUSTOMER) == 59_000, "it is their own request"
    town.say(f"/approve {request(town)}", SECOND)
    assert town.balance(CUSTOMER) == 68_001


# What the provider may have been paid for.


@pytest.mark.parametrize("amount_xof", [1_000, 20_000])
@pytest.mark.parametrize(
    "outcome", [Processing(ProviderDetails(transaction_id="TX", message="en cours")), Unknown("timeout")]
)
def test_refusing_takes_a_second_person_whatever_the_amount(
    town: Town, amount_xof: int, outcome: Processing | Unknown
) -> None:
    order = buy(town, amount_xof=amount_xof)
    town.outcome(outcome)
    state = state_of(town, order)
    act(town, f"/resolve {order} refused rien reçu", OPERATOR)
    assert "Le fournisseur a peut-être été payé" in last_text(town, ADMIN)
    assert state_of(town, order) == state
    town.say(f"/approve {request(town)}", ADMIN)
    assert state_of(town, order) == "refused"
    (line,) = audit(town)
    assert (line["second"], line["address"]) == (str(ADMIN), str(OPERATOR))
    if isinstance(outcome, Processing):
        assert "en cours" in line["why"], "the provider's own words are kept"


def test_the_provider_is_asked_first_and_its_failure_is_the_proof(town: Town) -> None:
    order = buy(town)
    town.outcome(Processing(ProviderDetails(transaction_id="TX")))
    town.calls.clear()
    town.now += 60_000
    town.say(f"/resolve {order} refused rien reçu", OPERATOR)
    assert [job.step for job in town.calls.values()] == ["look_up"]
    town.outcome(Refused("failed", ProviderDetails(transaction_id="TX")), "look_up")
    assert state_of(town, order) == "refused"
    town.say("trancher", OPERATOR)
    assert audit(town) == [], "there was nothing left to decide"


def test_what_was_never_sent_is_refused_by_one(town: Town) -> None:
    order = buy(town)
    town.outcome(NotSent("unreachable"))
    act(town, f"/resolve {order} refused x", OPERATOR)
    assert state_of(town, order) == "refused"


def test_a_paid_order_whose_code_is_awaited_is_refused_by_nobody(town: Town) -> None:
    name(town, SECOND, "owner")
    order = buy(town)
    town.outcome(Delivered((), ProviderDetails(transaction_id="TX")))
    for who in (OPERATOR, ADMIN, SECOND):
        act(town, f"/resolve {order} refused x", who)
        assert "son code est attendu" in last_text(town, who)
    assert state_of(town, order) == "token_awaited"
    # Nor is a request that was made before the provider said that it is paid.
    other = buy(town, amount_xof=6_000)
    town.outcome(Processing(ProviderDetails(transaction_id="TX2")))
    act(town, f"/resolve {other} refused x", OPERATOR)
    town.outcome(Delivered((), ProviderDetails(transaction_id="TX2")), "look_up", other)
    town.say(f"/approve {request(town)}", ADMIN)
    assert "n’est plus possible" in last_text(town, OPERATOR)
    assert state_of(town, other) == "token_awaited"


def test_who_is_alone_waits_for_a_day_with_the_providers_words(town: Town) -> None:
    town.store.rows("DELETE FROM admin")
    order = buy(town)
    town.outcome(Processing(ProviderDetails(transaction_id="TX", message="Opération en cours")))
    act(town, f"/resolve {order} refused rien reçu")
    assert "il n’y en a pas" in last_text(town)
    assert "Opération en cours" in last_text(town)
    for wait_ms in (0, DAY_MS - 60_000):
        town.now += wait_ms
        town.say(f"/approve {request(town)}", ADMIN)
        assert "Pas avant le 25/11/2026" in last_text(town)
        assert state_of(town, order) == "processing"
    town.now += 60_000
    town.say(f"/approve {request(town)}", ADMIN)
    assert state_of(town, order) == "refused"
    (line,) = audit(town)
    assert (line["second"], line["why"]) == ("", "rien reçu · « Opération en cours »")


def test_being_alone_goes_stale_and_may_be_taken_back(town: Town) -> None:
    town.store.rows("DELETE FROM admin")
    order = buy(town)
    town.outcome(Unknown("timeout"))
    act(town, f"/resolve {order} refused rien reçu")
    town.say(f"/refuse {request(town)}", ADMIN)
    assert "Demande retirée" in last_text(town)
    act(town, f"/resolve {order} refused rien reçu")
    town.now += 2 * DAY_MS
    town.say(f"/approve {request(town)}", ADMIN)
    assert "a expiré" in last_text(town)
    assert state_of(town, order) == "unknown"


def test_an_order_that_moved_before_a_lonely_request_is_kept_asks_nobody(town: Town) -> None:
    order = buy(town)
    town.outcome(Unknown("timeout"))
    town.say(f"/resolve {order} refused rien reçu", ADMIN)
    town.store.rows("UPDATE orders SET state = 'token_awaited' WHERE id = ?", order)
    town.say("trancher", ADMIN)
    assert town.store.rows("SELECT * FROM approval") == []


# Ways round the bound.


def test_rates_and_terms_take_two_where_large_sums_do(town: Town) -> None:
    name(town, SECOND, "owner")
    make_reseller(town, RESELLER)
    for command in ("/fee woyofal 2%", "/commission woyofal 1%", f"/reseller {RESELLER} woyofal 1%"):
        act(town, command)
        assert "fait bouger de l’argent à chaque vente" in last_text(town), command
        assert audit(town) == []
        town.say(f"/approve {request(town)}", SECOND)
        assert len(town.store.rows("SELECT * FROM audit WHERE second = ?", str(SECOND))) == 1, command
        town.store.rows("DROP TRIGGER IF EXISTS audit_is_never_deleted")
        town.store.rows("DELETE FROM audit")


def test_nobody_goes_beyond_the_bounds_from_a_telephone(town: Town) -> None:
    town.under(bounds=Bounds(1_000, 500, 200, 5_000, 60_000))
    make_reseller(town, RESELLER)
    for command in (
        "/fee woyofal 11%",
        "/fee woyofal 501",
        "/fee woyofal 1%, min 501",
        "/commission woyofal 2.01%",
        "/commission woyofal 51% fee",
        f"/reseller {RESELLER} woyofal 100% + 100% fee",
        f"/limit {CUSTOMER} credit 60001 ami",
    ):
        act(town, command)
        assert "ce que les réglages permettent" in last_text(town), command
    assert audit(town) == []
    for command in ("/fee woyofal default", "/fee woyofal 10% + 500", f"/limit {CUSTOMER} credit 60000 ami"):
        act(town, command)
    assert len(audit(town)) == 3


def test_a_bound_that_was_lowered_before_the_confirm(town: Town) -> None:
    town.say("/fee woyofal 5%", ADMIN)
    town.under(bounds=Bounds(fee_basis_points=100))
    town.say("oui", ADMIN)
    assert "ce que les réglages permettent" in last_text(town)
    assert audit(town) == []


def test_two_owners_need_each_other_from_a_hundred_thousand_on(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 150000 x")
    assert town.balance(CUSTOMER) == 200_000, "one owner is alone with it"
    name(town, SECOND, "owner")
    act(town, f"/credit {RESELLER} 99999 x", SECOND)
    assert town.balance(RESELLER) == 149_999
    act(town, f"/credit {RESELLER} 1 y", SECOND)
    assert town.balance(RESELLER) == 149_999
    assert "100 000 F CFA" in last_text(town, SECOND)
    # Pausing the other one does not lift it.
    act(town, f"/freeze {SECOND} x")
    act(town, f"/credit {RESELLER} 100000 y")
    assert town.balance(RESELLER) == 149_999


def test_every_act_says_whether_and_how_it_counts() -> None:
    assert set(REGISTRY.acts) == set(get_args(Act))
    for act, kind in REGISTRY.acts.items():
        assert kind.because, act
        assert ("sum" in kind.counts) == (kind.moves is not None), act
        assert ("two" in kind.counts) == (kind.two is not None), act


def test_every_command_of_admins_is_an_act_or_reads() -> None:
    """A new command is an act of the table, or stands here as one that changes nothing for anybody."""
    reads = {"today", "stats", "orders", "find", "user", "order", "stuck", "float", "audit", "log", "inbox"}
    reads |= {"export", "payins", "shift", "report", "settings", "proofs"}
    # It sends again what its reader was sent already; these two decide what another one asked; these two talk to a
    # customer; this one notes what a person is called, and decides nothing; of these two the other admins are told.
    no_act_of_its_own = {"resend", "approve", "refuse", "answer", "done", "name", "take", "quiet"}
    # What moves money has two commands, `/payback ID to NUMBER` asks for what has none of its own, and `/move` moves an
    # account.
    acts = {tag_of(act) for act in REGISTRY.acts} - {"move", "payback_to", "move_account"} | {"credit", "debit", "move"}
    admins = {name for name, each in REGISTRY.commands.items() if each.permission in RANK}
    assert admins == reads | no_act_of_its_own | acts


# Texts that say where to pay, and colleagues.


@pytest.mark.parametrize("what", ["payin", "help", "contact"])
def test_an_operator_names_no_telephone_to_pay_to(town: Town, what: str) -> None:
    town.say(f"/text {what} fr Envoyez au 77 999 99 99", OPERATOR)
    town.say("oui", OPERATOR)
    assert town.store.rows("SELECT * FROM rule") == []


def test_an_owner_alone_changes_a_text_and_every_owner_reads_both(town: Town) -> None:
    town.store.rows("INSERT INTO joined VALUES (?, ?, 0)", str(CLIENT), str(ADMIN))
    town.fund(0, CLIENT)
    name(town, CLIENT, "owner")
    town.say("bonjour", ADMIN)
    act(town, "/text payin fr Wave 77 000 00 00")
    act(town, "/text payin fr Wave 77 999 99 99")
    text = last_text(town, CLIENT)
    assert "Wave 77 000 00 00" in text.partition("Maintenant")[0]
    assert "Wave 77 999 99 99" in text.partition("Maintenant")[2]


def test_with_another_owner_it_takes_both_even_while_that_one_is_paused(town: Town) -> None:
    name(town, SECOND, "owner")
    act(town, f"/freeze {SECOND} x")
    act(town, "/text payin fr Wave 77 999 99 99")
    assert town.store.rows("SELECT * FROM rule") == []
    assert "il n’y en a pas" in last_text(town)
    # They cannot do anything, but they can make a telephone call.
    assert "parlez à qui tient le serveur" in last_text(town, SECOND)


def test_a_paused_admin_has_no_commands_and_their_requests_are_void(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 x", SECOND)
    town.say(f"/freeze {RESELLER} y", SECOND)
    act(town, f"/freeze {SECOND} volé")
    town.say("geler", SECOND)
    for command in ("/today", f"/freeze {RESELLER}", f"/user {CUSTOMER}"):
        town.say(command, SECOND)
        assert str(CUSTOMER) not in last_text(town, SECOND)
    town.say(f"/approve {request(town)}", ADMIN)
    assert "close sans suite" in last_text(town)
    assert town.balance(CUSTOMER) == 50_000
    assert [row["customer"] for row in town.store.rows("SELECT customer FROM frozen")] == [str(SECOND)]
    # Nor are they asked or told of anything.
    town.now += DAY_MS
    before = [shown for shown in town.screen if shown.address == SECOND]
    act(town, f"/credit {CUSTOMER} 20000 x")
    assert [shown for shown in town.screen if shown.address == SECOND] == before


def test_an_owner_of_the_settings_is_paused_by_nobody_but_has_no_role_where_the_account_is(town: Town) -> None:
    name(town, SECOND, "owner")
    town.say("bonjour", ADMIN)
    act(town, f"/freeze {ADMIN} x", SECOND)
    assert "dans les réglages" in last_text(town, SECOND) or "des réglages" in last_text(town, SECOND)
    assert town.store.rows("SELECT * FROM frozen") == []
    town.store.rows("INSERT INTO frozen VALUES (?, 0)", str(ADMIN))
    town.say("/today", ADMIN)
    assert "Aujourd" not in last_text(town)
    act(town, f"/unfreeze {ADMIN} sa carte SIM est revenue", SECOND)
    town.now += DAY_MS
    town.say(f"/approve {request(town)}", SECOND)
    assert town.store.rows("SELECT * FROM frozen") == []


def test_nobody_pauses_who_stands_above_them(town: Town) -> None:
    name(town, SECOND, "owner")
    name(town, SUPPORT, "support")
    town.fund(0, SUPPORT)
    act(town, f"/freeze {SECOND} x", OPERATOR)
    assert "au-dessus du vôtre" in last_text(town, OPERATOR)
    act(town, f"/freeze {SUPPORT} x", OPERATOR)
    assert "a mis en pause le gérant" in last_text(town, SECOND)
    assert len(audit(town)) == 1


def test_one_owner_of_two_does_not_put_the_other_out_alone(town: Town) -> None:
    for who in (SECOND, CLIENT):
        name(town, who, "owner")
    town.fund(0, CLIENT)
    for command in (f"/freeze {CLIENT} x", f"/admin remove {CLIENT}", f"/admin add {CLIENT} support"):
        act(town, command, SECOND)
        assert "Cela touche un propriétaire" in last_text(town, SECOND), command
        town.say(f"/approve {request(town)}", CLIENT)
        assert "propre affaire" in last_text(town, CLIENT), "it is not for the one whom it touches"
        town.say(f"/refuse {request(town)}", CLIENT)
        assert "propre affaire" in last_text(town, CLIENT)
        assert audit(town) == []
        town.say(f"/refuse {request(town)}", ADMIN)
    # Where the only other one is the one whom it touches, they have a day's notice.
    town.installation = type(town.installation)("town", town.shop, (), town.installation.budget)
    act(town, f"/admin remove {CLIENT}", SECOND)
    assert "parlez à qui tient le serveur" in last_text(town, CLIENT)
    town.now += DAY_MS
    town.say(f"/approve {request(town)}", SECOND)
    assert town.store.rows("SELECT * FROM admin WHERE address = ?", str(CLIENT)) == []


def test_stepping_down_is_ones_own_decision(town: Town) -> None:
    name(town, SECOND, "owner")
    act(town, f"/admin remove {SECOND}", SECOND)
    assert town.store.rows("SELECT * FROM admin WHERE address = ?", str(SECOND)) == []


def test_an_old_button_of_a_request_that_never_was(town: Town) -> None:
    town.hear(SECOND, Tap("-.approve.NOPE"))
    assert "trop ancien" in last_text(town, SECOND)


@pytest.mark.anyio
async def test_the_doctor_says_aloud_what_one_person_could_do(tmp_path: Path) -> None:
    env = {"ADMINS": "telegram:1", "DATABASE_URL": f"sqlite:///{tmp_path}/t.db", "COMMISSION_SENEAU": "3%"}
    alone, commission = await doctor._insiders(load(env, None))
    assert alone.startswith("ONLY ONE OWNER")
    assert "commission of seneau" in commission
    fine = {"COMMISSION_MOST_PERCENT": "3"}
    assert await doctor._insiders(load({**env, **fine, "APPROVAL_ABOVE_XOF": "5000"}, None)) == []
    assert await doctor._insiders(load({**env, **fine, "ADMINS": "telegram:1,telegram:2"}, None)) == []
    store = await SqliteStore.open(f"{tmp_path}/t.db")
    assert len(await doctor._insiders(load({**env, **fine}, None))) == 1, "migrations wait"
    await store.migrate()
    await store._connection.execute("INSERT INTO admin VALUES ('telegram:3', 'owner', 'telegram:1', 0)")
    await store._connection.execute("INSERT INTO admin VALUES ('telegram:4', 'operator', 'telegram:1', 0)")
    await store._connection.commit()
    await store.aclose()
    assert await doctor._insiders(load({**env, **fine}, None)) == []


@pytest.mark.parametrize(
    "words", ["Envoyez au 77 999 99 99", "wave : 779999999", "https://pay.example/x", "voir taal.sn"]
)
def test_an_operator_names_no_number_in_a_word_on_maintenance_or_in_a_broadcast(town: Town, words: str) -> None:
    act(town, f"/maintenance on seneau {words}", OPERATOR)
    assert "seul un propriétaire" in last_text(town, OPERATOR)
    for said_ in ("/broadcast", words, "-", "1"):
        town.say(said_, OPERATOR)
    assert "seul un propriétaire" in last_text(town, OPERATOR)
    assert audit(town) == []
    assert not names_a_way_to_pay("Fermé le 25/11/2026 de 9 h à 18 h. Gagnez 1 000 000 F, ou 10000000 F")


def test_an_owner_does_and_the_other_owners_read_it(town: Town) -> None:
    name(town, SECOND, "owner")
    act(town, "/maintenance on seneau Appelez le 33 800 00 00")
    assert "33 800 00 00" in last_text(town, SECOND)
    for said_ in ("/broadcast", "Notre numéro : 33 800 00 01", "=", "1", "oui"):
        town.say(said_, ADMIN)
    assert any("33 800 00 01" in shown.outbound.text for shown in town.screen if shown.address == SECOND)
    assert len(audit(town)) == 2


def test_a_role_that_was_lowered_before_the_confirm_sends_no_number(town: Town) -> None:
    name(town, SECOND, "owner")
    town.say("/maintenance on seneau Appelez le 33 800 00 00", SECOND)
    name(town, SECOND, "operator")
    town.say("oui", SECOND)
    assert "seul un propriétaire" in last_text(town, SECOND)
    name(town, SECOND, "owner")
    for said_ in ("/broadcast", "Notre numéro : 33 800 00 01", "=", "1"):
        town.say(said_, SECOND)
    name(town, SECOND, "operator")
    town.say("oui", SECOND)
    assert "seul un propriétaire" in last_text(town, SECOND)
    assert audit(town) == []


def test_a_request_of_somebody_who_lost_the_role_is_closed(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 x", SECOND)
    name(town, SECOND, "operator")
    town.say(f"/approve {request(town)}", ADMIN)
    assert "n’a plus le rôle" in last_text(town)
    assert "vous n’avez plus le rôle" in last_text(town, SECOND)
    assert town.balance(CUSTOMER) == 50_000


def test_an_owner_of_the_settings_is_one_under_every_name_of_theirs(town: Town) -> None:
    """The settings have the number; the channel names the chat otherwise since."""
    chat = Address("whatsapp", "SN.1029384756")
    town.fund(0, chat)
    town.store.rows("INSERT INTO address VALUES ('whatsapp', 'number', '221770009999', 0, 0, ?, 'webhook')", str(chat))
    town.installation = type(town.installation)(
        "town", town.shop, (ADMIN, Address("whatsapp", "221770009999")), town.installation.budget
    )
    act(town, f"/freeze {chat} x")
    assert "est un propriétaire des réglages" in last_text(town)
    act(town, f"/admin remove {chat} x")
    assert "dans les réglages" in last_text(town)
    assert audit(town) == []
