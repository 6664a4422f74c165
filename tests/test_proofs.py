"""Proofs of payment: one credit for one payment, whoever hands it in, how often, and whoever is quick."""

from collections.abc import Iterator

import pytest

from bot.dialogue.parsing.payment_references import Payment, read_checked, read_payment
from bot.domain.inbound import Tap, Unreadable
from bot.domain.outbound import Choice, Picture
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.i18n import NBSP
from bot.repositories import proofs
from bot.transactions.proofs import ALLOWED, MOST_OPEN, TELL_PAUSE_MS, tell_waiting
from tests.collecting_world import TERMS as COLLECTING
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, PEOPLE, Town

SECOND, OPERATOR = PEOPLE["second"], PEOPLE["operator"]


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    town.fund(0, CUSTOMER)
    yield town
    town.store.close()


def last(town: Town, address: Address = CUSTOMER) -> str:
    return town.last(address).text.replace(NBSP, " ")


def photo(town: Town, ref: str, address: Address = CUSTOMER) -> None:
    town.hear(address, Unreadable("photo", ref))


def rows(town: Town) -> list[tuple[object, ...]]:
    return [
        tuple(row) for row in town.store.rows("SELECT picture, amount_xof, reference, state FROM proof ORDER BY id")
    ]


def own(town: Town, address: Address, role: str) -> None:
    town.fund(0, address)
    town.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)


def labels(town: Town, address: Address) -> list[str]:
    return [one.label.replace(NBSP, " ") for row in town.last(address).rows for one in row if isinstance(one, Choice)]


@pytest.mark.parametrize(
    ("text", "payment"),
    [
        ("j'ai payé 5 000 F par Wave TXN123456", Payment(5_000, "TXN123456")),
        ("TXN123456 5000", Payment(5_000, "TXN123456")),
        ("om MP88.77.A", Payment(None, "MP88.77.A")),
        ("cinq mille wave", Payment(None, "")),
        ("bonjour", Payment()),
    ],
)
def test_what_a_customer_says_of_a_payment(text: str, payment: Payment) -> None:
    assert read_payment(text) == payment


@pytest.mark.parametrize(
    ("text", "payment"),
    [
        ("5000 TXN123", Payment(5_000, "TXN123")),
        ("5 000 123456", Payment(5_000, "123456")),
        ("5 000 F par wave t_12ab34", Payment(5_000, "T_12AB34")),
        ("TXN123", Payment(None, "TXN123")),
        ("5000", Payment(5_000)),
        ("5000 sans", Payment(5_000, without=True)),
        ("none", Payment(without=True)),
        ("bonjour", None),
        ("bonjour TXN123", None),
        ("", None),
    ],
)
def test_what_an_owner_types_of_it(text: str, payment: Payment | None) -> None:
    assert read_checked(text) == payment


def test_one_payment_is_one_credit_whoever_hands_it_in(town: Town) -> None:
    town.say("5000 wave TXN123456", CUSTOMER)
    town.say("je veux payer : 5000 wave txn123456", CUSTOMER)
    assert "déjà là" in last(town)
    # Somebody who saw the number is as quick; owners read that it is named twice.
    town.fund(0, CLIENT)
    town.now += TELL_PAUSE_MS + 1
    town.say("5000 wave TXN123456", CLIENT)
    assert "Le même numéro de paiement est aussi dans #1" in last(town, ADMIN)
    town.hear(ADMIN, Tap("-.proofcredit.1"))
    town.say("créditer", ADMIN)
    assert town.balance(CUSTOMER) == 5_000
    town.tap("✅ Créditer 5 000 F", ADMIN)
    assert "a déjà servi" in last(town, ADMIN)
    assert town.balance(CLIENT) == 0
    # Not even later, nor by the command, nor once more.
    for who in (CUSTOMER, CLIENT):
        town.store.rows("UPDATE proof SET state = 'refused' WHERE address = ?", str(CLIENT))
        town.say("wave TXN123456", who)
        assert "déjà" in last(town, who)
    town.say(f"/credit {CLIENT} 5000 wave TXN123456", ADMIN)
    assert "a déjà servi" in last(town, ADMIN)
    assert town.balance(CLIENT) == 0
    # The same picture once more is the same proof, and one that nobody can show is not.
    photo(town, "AgAC1")
    town.tap("📎 Envoyer", CUSTOMER)
    photo(town, "AgAC1")
    town.tap("📎 Envoyer", CUSTOMER)
    assert "déjà là" in last(town)
    photo(town, "")
    town.say("700", CUSTOMER)
    assert rows(town)[-2:] == [("AgAC1", None, "", "open"), ("-", 700, "", "open")]
    # What has no number bears the proof's.
    number = town.store.one("SELECT max(id) FROM proof")
    town.hear(ADMIN, Tap(f"-.proofpage.{number}"))
    town.say("sans", ADMIN)
    town.say("créditer", ADMIN)
    assert town.balance(CUSTOMER) == 5_700
    assert town.store.one("SELECT reference FROM payment_reference WHERE amount_xof = 700") == f"PROOF-{number}"


def test_two_owners_at_once(town: Town) -> None:
    own(town, SECOND, "owner")
    town.say("5000 wave TXN123456", CUSTOMER)
    for who in (ADMIN, SECOND):
        town.tap("✅ Créditer 5 000 F", who)
    for who in (ADMIN, SECOND):
        town.say("créditer", who)
    assert town.balance(CUSTOMER) == 5_000
    assert "La preuve n° 1 est déjà créditée, par <code>telegram:1</code>" in last(town, SECOND)
    with pytest.raises(StoreConflict):
        town.store.run(proofs.end, 1, "refused", "telegram:2", town.now)
    town.hear(SECOND, Tap("-.proofrefuse.1"))
    assert "déjà créditée" in last(town, SECOND)
    # One refuses while the other reads; and a page whose proof is gone is the queue.
    town.say("600 om MP99887766", CUSTOMER)
    town.hear(SECOND, Tap("-.proofpage.2"))
    town.hear(ADMIN, Tap("-.proofrefuse.2"))
    town.say("Pas vu sur notre compte", ADMIN)
    assert "Motif : Pas vu sur notre compte" in last(town)
    town.say("600 MP99887766", SECOND)
    assert "La preuve n° 2 est déjà refusée, par <code>telegram:1</code>" in last(town, SECOND)
    town.tap("📎 Preuves", SECOND)
    assert "Aucune preuve" in last(town, SECOND)
    assert town.balance(CUSTOMER) == 5_000
    assert [row["what"] for row in town.store.rows("SELECT what FROM audit ORDER BY id")] == ["credit", "proof refuse"]
    # Decided while the other one says why not, or goes back to the page.
    town.say("800 om MP55554444", CUSTOMER)
    for answer in ("non reçu", "retour"):
        town.hear(SECOND, Tap("-.proofrefuse.3"))
        town.store.rows("UPDATE proof SET state = 'credited', decided_by = 'telegram:1' WHERE id = 3")
        town.say(answer, SECOND)
        assert "La preuve n° 3 est déjà créditée" in last(town, SECOND)
        town.store.rows("UPDATE proof SET state = 'open' WHERE id = 3")
    town.store.rows("UPDATE proof SET state = 'refused' WHERE id = 3")
    # A large sum takes two like any other.
    town.say("600000 om MP11223344", CUSTOMER)
    town.hear(ADMIN, Tap("-.proofcredit.4"))
    town.say("créditer", ADMIN)
    assert town.balance(CUSTOMER) == 5_000
    town.tap("✅ Approuver", SECOND)
    assert town.balance(CUSTOMER) == 605_000
    assert rows(town)[-1] == ("", 600_000, "MP11223344", "credited")


def test_nobody_credits_their_own_and_only_owners_credit(town: Town) -> None:
    own(town, SECOND, "owner")
    own(town, OPERATOR, "operator")
    town.say("5000 wave TXN123456", SECOND)
    assert not any("Preuve" in shown.outbound.text for shown in town.screen if shown.address == SECOND), "not told"
    for data in ("-.proofcredit.1", "-.proofpage.1", "-.proofrefuse.1"):
        town.hear(SECOND, Tap(data))
        assert "votre propre" in last(town, SECOND), data
        for who in (OPERATOR, CUSTOMER):
            town.hear(who, Tap(data))
            assert "trop ancien" in last(town, who)
    for data in ("-.proofpage.99", "-.proofcredit.x", "-.proofrefuse."):
        town.hear(ADMIN, Tap(data))
        assert "Je ne trouve pas cette preuve" in last(town, ADMIN)
    assert rows(town) == [("", 5_000, "TXN123456", "open")]


def test_a_person_hands_in_a_few_and_owners_are_told_together(town: Town) -> None:
    for number in range(MOST_OPEN + 1):
        town.say(f"500{number} wave TXN10000{number}", CUSTOMER)
    assert "Trois de vos preuves attendent" in last(town)
    assert len(rows(town)) == MOST_OPEN
    # The first was told of at once, the others together.
    told = [shown for shown in town.screen if shown.address == ADMIN]
    assert len(told) == 1
    town.now += TELL_PAUSE_MS + 1
    town.store.run(tell_waiting, town.installation, town.now)
    town.deliver()
    assert "2 preuves de paiement attendent" in last(town, ADMIN)
    assert town.store.run(tell_waiting, town.installation, town.now + 1) == []
    for number in range(9):
        address = Address("telegram", f"900{number}")
        town.say(f"1000 wave TXN77000{number}", address)
    town.say("/proofs", ADMIN)
    assert len([label for label in labels(town, ADMIN) if label.startswith("📎 Preuve n°")]) == 8
    town.tap("▶️ Suite", ADMIN)
    assert len([label for label in labels(town, ADMIN) if label.startswith("📎 Preuve n°")]) == 4
    town.hear(ADMIN, Tap("~.proofs.800"))
    assert len([label for label in labels(town, ADMIN) if label.startswith("📎 Preuve n°")]) == 8
    # And not again and again within an hour.
    town.store.rows("UPDATE proof SET state = 'refused'")
    for number in range(ALLOWED.count):
        town.say(f"wave TXN20000{number}", CUSTOMER)
        town.store.rows("UPDATE proof SET state = 'refused'")
    assert "beaucoup de preuves" in last(town)


def test_where_a_photo_is_no_proof_and_what_else_is_said(town: Town) -> None:
    # In the middle of a purchase it is a meter, most likely.
    town.say("woyofal", CUSTOMER)
    photo(town, "AgAC1")
    assert "La preuve d’un paiement" not in last(town)
    town.say("mes compteurs", CUSTOMER)
    photo(town, "AgAC1")
    assert "La preuve d’un paiement" not in last(town), "nor where a list is read"
    town.say("menu", CUSTOMER)
    town.say("preuve", CUSTOMER)
    photo(town, "AgAC1")
    town.say("14123456789", CUSTOMER)
    assert "Awa DIOP" in last(town), "a meter is a meter"
    town.say("menu", CUSTOMER)
    for text in ("/proof", "j'ai payé"):
        town.say(text, CUSTOMER)
        assert "Vous avez payé" in last(town)
        town.say("5000", CUSTOMER)
        assert "Il me faut aussi le numéro" in last(town)
        town.say("annuler", CUSTOMER)
    town.say("preuve", CUSTOMER)
    town.say("la voilà", CUSTOMER)
    assert "Vous avez payé" in last(town)
    town.say("annuler", CUSTOMER)
    town.say("wave TXN444000 " + "x" * 200, CUSTOMER)
    assert rows(town) == []
    # No recharge code goes along.
    town.say("/proof wave TXN555000 code 4821 3377 9012 4556 0931", CUSTOMER)
    assert "••••0931" in str(town.store.one("SELECT words FROM proof"))
    # Whoever talks to a person sends nothing to the queue.
    town.say("/contact mon code", CUSTOMER)
    photo(town, "AgAC2")
    town.say("wave TXN666000", CUSTOMER)
    assert len(rows(town)) == 1
    # Where people pay for themselves there is no queue.
    town.say("menu", CUSTOMER)
    town.under(collecting=COLLECTING)
    photo(town, "AgAC3")
    town.hear(CUSTOMER, Tap("-.proof."))
    town.say("wave TXN777000", CUSTOMER)
    assert len(rows(town)) == 1


def test_owners_see_the_picture_where_its_channel_can_show_it(town: Town) -> None:
    town.fund(0, CLIENT)
    photo(town, "AgAC1")
    town.say("5000", CUSTOMER)
    assert town.last(ADMIN).picture == Picture("telegram", "AgAC1")
    town.tap("✍️ Lire", ADMIN)
    (shown,) = [shown.outbound for shown in town.screen if shown.outbound.text.endswith(f"n°{NBSP}1")]
    assert shown.picture == Picture("telegram", "AgAC1")
    town.now += TELL_PAUSE_MS + 1
    photo(town, "", CLIENT)
    town.say("700", CLIENT)
    assert town.last(ADMIN).picture is None
    assert "ne laisse pas montrer" in last(town, ADMIN)


def test_an_owner_who_types_nonsense_is_asked_again(town: Town) -> None:
    town.say("0 wave TXN123456", CUSTOMER)
    town.hear(ADMIN, Tap("-.proofcredit.1"))
    assert "Somme : à lire" in last(town, ADMIN), "without a sum it is typed"
    for text in ("TXN999999", "bonjour à tous", "90000000000 TXN1234"):
        town.say(text, ADMIN)
        assert "Somme : à lire" in last(town, ADMIN), text
    town.say("4500", ADMIN)
    assert "Créditer <b>4 500 F CFA</b>" in last(town, ADMIN)
    assert "vérifiez que l’argent est arrivé" in last(town, ADMIN)
