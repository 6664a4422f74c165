"""The notebook of debts beyond its transcripts: what is one and what never is, whose it is, what orders do to it."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from bot.dialogue.parsing.debts import is_on_credit, parse_debt, speaks_of_several
from bot.dialogue.sale_pending import DebtKind, DebtSaid
from bot.domain.catalog import Catalog
from bot.domain.inbound import Tap
from bot.domain.outbound import Brief
from bot.domain.outcome import Delivered, Processing, Refused
from bot.domain.people import Address
from bot.notices.sales import delivered
from bot.repositories import clients, debts
from bot.transactions.links import join_accounts
from bot.transactions.sale_notifications import parties_of
from tests.dialogue_world import WORDS
from tests.test_trade_transcripts import happen
from tests.trade_world import CUSTOMER, PEOPLE, RESELLER, Town

CODE = "12345678901234567890"
NEWS = Brief("news", "fr", "")


@pytest.fixture
def town() -> Iterator[Town]:
    made = Town()
    happen(made, "reseller Chez Modou")
    made.fund(100_000)
    for line in ("Bocar Sow; 14700000002", "Fatou Diop; 14700000001", "Fatou Ndiaye; 14123456789"):
        made.say(f"/addclient {line}")
    yield made
    made.store.close()


def said(town: Town, text: str, address: Address = RESELLER) -> str:
    """What is answered to a text."""
    since = len(town.screen)
    town.say(text, address)
    return "\n".join(shown.outbound.text for shown in town.screen[since:]).replace("\u00a0", " ")


def owed(town: Town, name: str = "bocar", reseller: Address = RESELLER) -> int:
    (client,) = town.store.run(clients.search, str(reseller), name, 5).clients
    return town.store.run(debts.owed_by, client.id)


def lines(town: Town) -> int:
    return int(str(town.store.one("SELECT count(*) FROM debt")))


# What is typed.


@pytest.mark.parametrize(
    ("text", "kind", "name", "amount_xof"),
    [
        ("crédit bocar 3000", "credit", "bocar", 3_000),
        ("Credit Bocar Sow 3 000 F", "credit", "bocar sow", 3_000),
        ("crédit 3k bocar svp", "credit", "bocar", 3_000),
        ("crédit bocar trois mille s'il vous plaît", "credit", "bocar", 3_000),
        ("crédit bocar", "credit", "bocar", None),
        ("dette de Fatou Diop : 1500", "credit", "fatou diop", 1_500),
        ("bocar me doit 3000", "owes", "bocar", 3_000),
        ("3000 que me doit bocar", "ask", "bocar", None),
        ("bocar owes me 3,000", "owes", "bocar", 3_000),
        ("bocar me doit 3000 en tout", "ask", "bocar", None),
        ("bocar me doit combien", "ask", "bocar", None),
        ("how much does bocar owe me", "ask", "bocar", None),
        ("bocar m’a payé 2000", "paid", "bocar", 2_000),
        ("bocar m'a remboursé 2 000 hier", "paid", "bocar", 2_000),
        ("bocar a payé 2000 ?", "ask", "bocar", None),
        ("has bocar paid 2000", "ask", "bocar", None),
        ("bocar paid me back 2000", "paid", "bocar", 2_000),
        ("bocar has paid me", "paid", "bocar", None),
        ("bocar a tout payé", "paid_all", "bocar", None),
        ("bocar paid everything", "paid_all", "bocar", None),
        ("bocar me doit 3000 awa 2000", "owes", "", None),
        ("rappel bocar", "remind", "bocar", None),
        ("remind bocar 2000", "remind", "bocar", None),
    ],
)
def test_what_is_said_of_a_debt(text: str, kind: DebtKind, name: str, amount_xof: int | None) -> None:
    assert parse_debt(Catalog(), text) == DebtSaid(kind, name, amount_xof)


@pytest.mark.parametrize(
    "text",
    [
        # Purchases and questions of one's own stay what they are.
        *(
            "bocar 3000",
            "payer bocar 3000",
            "3000 pour bocar",
            "vends 5000 à fatou",
            "bocar payer 2000",
            "pay bocar 2000",
        ),
        *("j'ai payé 2000", "il m'a payé 2000", "on a payé", "je dois 2000 à bocar", "i paid 2000", "who owes me"),
        *("crédit 3000", "crédit", "mon crédit", "crédit woyofal 5000", "crédit compteur 5000", "credit my meter 5000"),
        *(
            "crédit orange 1000",
            "bocar a payé senelec 18450",
            "14123456789 a payé 2000",
            "rappelle moi",
            "m'a payé 2000",
        ),
        # What is not so.
        *("bocar ne me doit rien", "bocar n'a pas payé 2000", "bocar does not owe me 3000", "si bocar me doit 3000"),
        *("", "?!", "x me doit 3000"),
    ],
)
def test_what_is_nobodys_debt(text: str) -> None:
    assert parse_debt(Catalog(), text) is None


def test_several_at_once_are_told_from_one() -> None:
    assert speaks_of_several(Catalog(), "crédit bocar 3000\ncrédit awa 2000")
    assert speaks_of_several(Catalog(), "bocar 3000 à crédit, awa 2000")
    assert not speaks_of_several(Catalog(), "bocar 3000, awa 2000")
    assert not speaks_of_several(Catalog(), "bocar owes me 3,000")
    assert is_on_credit("bocar 3000 a credit svp")
    assert not is_on_credit("crédit bocar")


# No money moves, and nothing is bought.


def test_no_sentence_of_a_debt_moves_money_or_buys(town: Town) -> None:
    before = [town.store.one(f"SELECT count(*) FROM {table}") for table in ("entry", "orders")]
    town.say("fatou d 5000")
    for text in (
        *(
            "crédit bocar 3000",
            "bocar me doit 3000",
            "bocar m'a payé 500",
            "bocar a tout payé",
            "qui me doit",
            "crédit awa 3000",
        ),
        *("crédit bocar 3000, fatou d 2000", "bocar 2000 à crédit\nfatou d 2000 à crédit", "14123456789 2000 à crédit"),
        *("crédit bocar 0", "crédit bocar 9000000", "bocar m'a payé 0", "rappel bocar", "fatou me doit 1000", "1"),
    ):
        town.say(text)
        assert before == [town.store.one(f"SELECT count(*) FROM {table}") for table in ("entry", "orders")], text


def test_sums_are_whole_and_bounded(town: Town) -> None:
    for text in ("crédit bocar 0", "crédit bocar 5000001", "bocar me doit -3000"):
        assert "rien n’est noté" in said(town, text).lower()
    assert lines(town) == 0
    town.say("crédit bocar 5000000")
    assert "Rien n’est noté" in said(town, "bocar m'a payé 0")
    assert "rien n’est noté" in said(town, "bocar m'a payé 5000001")
    assert owed(town) == 5_000_000


# Whose it is.


def test_a_client_who_was_asked_about_may_be_gone(town: Town) -> None:
    town.say("fatou me doit 1000")
    assert "Je n’ai pas compris" in said(town, "3 fatou")
    town.store.connection.execute("DELETE FROM client WHERE name LIKE 'Fatou D%'")
    town.tap("Fatou Diop")
    assert "plus dans votre carnet" in town.last(RESELLER).text
    town.say("fatou me doit 1000")
    assert owed(town, "fatou") == 1_000
    town.say("/addclient Fatou Diop; 14700000001")
    town.say("fatou me doit 1000")
    # Another debt takes the place of the one that waits for its name.
    assert "Reste à payer" not in said(town, "fatou m'a payé 400")
    assert "400 F CFA" in town.last(RESELLER).text.replace("\u00a0", " ")
    town.say("fatou me doit 1000")
    town.store.connection.execute("DELETE FROM client WHERE name LIKE 'Fatou%'")
    assert "Que voulez-vous faire" in said(town, "bof")
    assert lines(town) == 1


def test_nobody_else_reads_or_changes_the_notebook(town: Town) -> None:
    town.say("crédit bocar 3000")
    (client,) = town.store.run(clients.search, str(RESELLER), "bocar", 5).clients
    (line,) = town.store.run(debts.lines_of, str(RESELLER), client.id, 5)
    other = PEOPLE["client"]
    happen(town, "reseller client Chez Awa")
    for act in (
        f"debt.{client.id}",
        f"debtundo.{client.id} {line.id}",
        f"debtpaid.{client.id} 3000",
        f"debtremind.{client.id}",
    ):
        for who in (other, CUSTOMER):
            since = len(town.screen)
            town.hear(who, Tap(f"-.{act}"))
            told = "\n".join(shown.outbound.text for shown in town.screen[since:])
            assert "Bocar" not in told, (act, told)
            assert "3" not in told, (act, told)
    assert said(town, "qui me doit", other).startswith("📒 Personne")
    assert "Chez" not in said(town, "qui me doit", CUSTOMER)
    assert town.store.run(debts.add, str(other), client.id, 5, town.now) is None
    assert town.store.run(debts.lines_of, str(other), client.id, 5) == ()
    assert owed(town) == 3_000


def test_old_buttons_write_nothing_twice(town: Town) -> None:
    town.say("crédit bocar 3000")
    (client,) = town.store.run(clients.search, str(RESELLER), "bocar", 5).clients
    (line,) = town.store.run(debts.lines_of, str(RESELLER), client.id, 5)
    town.say("crédit bocar 500")
    for act in (
        f"debtundo.{client.id} {line.id}",
        f"debtundo.{client.id} x",
        f"debtpaid.{client.id} 3000",
        "debtpaid.x",
    ):
        town.hear(RESELLER, Tap(f"-.{act}"))
        assert owed(town) == 3_500
    town.hear(RESELLER, Tap(f"-.debtpaid.{client.id} 3500"))
    town.hear(RESELLER, Tap(f"-.debtpaid.{client.id} 3500"))
    assert (owed(town), lines(town)) == (0, 3)
    assert "ne vous doit rien" in said(town, "rappel bocar")


def test_the_oldest_debt_comes_first_and_counts_from_the_last_time_that_nothing_was_owed(town: Town) -> None:
    town.say("crédit bocar 3000")
    town.now += 86_400_000
    town.say("crédit fatou d 1000")
    town.now += 86_400_000
    town.say("crédit bocar 10")
    assert [one.name for one in town.store.run(debts.debtors, str(RESELLER))] == ["Bocar Sow", "Fatou Diop"]
    town.say("bocar a tout payé")
    town.say("crédit bocar 700")
    found = town.store.run(debts.debtors, str(RESELLER))
    assert [(one.name, one.owed_xof) for one in found] == [("Fatou Diop", 1_000), ("Bocar Sow", 700)]
    for at in range(10):
        town.say(f"/addclient Client{chr(97 + at) * 3}")
        town.say(f"crédit client{chr(97 + at) * 3} 100")
    assert "… et 2 autres : 200 F CFA" in said(town, "qui me doit")


def test_a_book_that_joins_another_takes_its_debts_along(town: Town) -> None:
    town.say("crédit bocar 3000")
    town.store.run(join_accounts, "A", str(RESELLER), str(CUSTOMER), town.now, 0)
    assert [one.owed_xof for one in town.store.run(debts.debtors, str(CUSTOMER))] == [3_000]
    assert town.store.run(debts.debtors, str(RESELLER)) == ()


# What an order does to it.


def test_a_sale_on_credit_owes_only_while_it_is_delivered_and_once(town: Town) -> None:
    town.say("bocar 2000 à crédit")
    confirm = next(b.data for row in town.last(RESELLER).rows for b in row if b.label.startswith("✅"))  # type: ignore[union-attr]
    town.hear(RESELLER, Tap(confirm))
    town.hear(RESELLER, Tap(confirm))
    assert (owed(town), lines(town)) == (0, 1)
    assert "2 050 F CFA (vente en cours" in said(town, "bocar me doit combien ?")
    town.outcome(Processing())
    town.outcome(Refused("failed"), "look_up")
    assert owed(town) == 0
    assert "ne vous doit rien" in said(town, "bocar me doit combien ?")
    # A refusal that was none: the code comes after all, and the debt with it.
    town.outcome(Delivered((CODE,)), "look_up")
    assert owed(town) == 2_050
    town.store.connection.execute("UPDATE orders SET refunded_xof = 40")
    assert owed(town) == 2_050
    town.store.connection.execute("UPDATE orders SET refunded_xof = 2040")
    assert owed(town) == 0
    assert said(town, "qui me doit").startswith("📒 Personne")


def test_a_sale_is_put_on_credit_once_and_by_its_price_or_its_amount(town: Town) -> None:
    for amount_xof in (2_000, 2_050):
        town.say("bocar 2000")
        town.tap("✅")
        town.say(f"crédit bocar {amount_xof}")
        assert "Cela compte dès que la vente est livrée" in town.last(RESELLER).text
        town.outcome(Delivered((CODE,)))
        town.now += 3_600_000
    assert owed(town) == 4_050
    town.say("crédit bocar 2000")
    assert (owed(town), lines(town)) == (6_050, 3)
    town.store.connection.execute("DELETE FROM debt")
    assert "Combien vous doit Bocar Sow ?" not in said(town, "crédit bocar")
    town.now += 86_400_000
    assert "Combien vous doit <b>Bocar Sow</b>" in said(town, "crédit bocar")


def test_a_way_that_is_lost_keeps_on_credit(town: Town) -> None:
    happen(town, "inquiry unreachable")
    town.say("bocar à crédit")
    town.tap("🔄")
    town.say("2000")
    assert "À crédit" in town.last(RESELLER).text
    town.now += 11 * 60_000
    town.tap("✅")
    assert "À crédit" in town.last(RESELLER).text
    town.store.connection.execute("DELETE FROM client")
    town.tap("✅")
    assert lines(town) == 0


def test_on_credit_needs_somebody_of_the_book(town: Town) -> None:
    assert "il me faut un client" in said(town, "14700000009 2000 a credit")
    town.say("14700000009 2000")
    assert "il me faut un client" in said(town, "à crédit")
    town.say("fatou 2000 à crédit")
    assert "À crédit" in town.last(RESELLER).text
    town.say("diop")
    assert "📒 À crédit" in town.last(RESELLER).text
    # A saved meter is nobody's name: it is not sold to for cash instead.
    town.save_meter("14555666777", "Awa DIOP", "maison", RESELLER)
    town.say("menu")
    assert "client « maison »" in said(town, "maison 3000 à crédit")
    assert "14555666777" in said(town, "maison 3000")


def test_a_seller_of_the_shop_does_not_read_what_a_client_owes(town: Town) -> None:
    town.say("bocar 2000 à crédit")
    town.tap("✅")
    town.outcome(Delivered((CODE,)))
    order = town.newest()
    parties = town.store.run(parties_of, order)
    assert parties.owed_xof == 2_050
    for at_counter in (False, True):
        told = delivered(WORDS["fr"], order, replace(parties, at_counter=at_counter), None, None, NEWS)
        assert ("doit maintenant" in told.text) is not at_counter
