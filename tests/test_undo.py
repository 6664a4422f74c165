"""What an admin did is undone within ten minutes, once, by whom it may, and never below what was spent."""

import sqlite3
from collections.abc import Iterator

import pytest

from bot.dialogue.acts.undoing import UNDO_MS
from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from bot.domain.people import Address
from bot.errors import LedgerError, StoreConflict
from bot.i18n import NBSP
from bot.repositories import undos
from bot.transactions.money import fund, move_back, move_money
from bot.transactions.unit import Unit
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, PEOPLE, Town

SECOND, OPERATOR = PEOPLE["second"], PEOPLE["operator"]
UNDO = "↩️ Annuler"


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    town.fund(0, CUSTOMER)
    yield town
    town.store.close()


def last(town: Town, address: Address = ADMIN) -> str:
    return town.last(address).text.replace(NBSP, " ")


def own(town: Town, address: Address, role: str = "owner") -> None:
    town.fund(0, address)
    town.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)


def act(town: Town, command: str, word: str, who: Address = ADMIN) -> None:
    town.say(command, who)
    town.say(word, who)


def undo(town: Town, who: Address = ADMIN) -> None:
    """Press the newest button that undoes something, and say yes where it is asked about."""
    town.tap(UNDO, who)
    if "Défaire cet acte" in last(town, who):
        town.tap("↩️ Oui", who)


def button(town: Town, who: Address = ADMIN) -> str:
    """What that button carries."""
    rows = [row for shown in town.screen if shown.address == who for row in shown.outbound.rows]
    return [one.data for row in rows for one in row if isinstance(one, Choice) and one.label.startswith(UNDO)][-1]


def log(town: Town) -> list[tuple[str, str, int]]:
    rows = town.store.rows("SELECT what, second, amount_xof FROM audit ORDER BY id")
    return [(row["what"], row["second"], row["amount_xof"]) for row in rows]


def test_a_credit_comes_back_whole_and_once(town: Town) -> None:
    town.say("/language en", CUSTOMER)
    act(town, f"/credit {CUSTOMER} 5000 ref:TX-1 Wave", "créditer")
    old = button(town)
    town.tap(UNDO, ADMIN)
    asked = last(town)
    assert "crédit de 5 000 F CFA à telegram:221780003344" in asked
    assert "Solde avant : 5 000 F CFA\nSolde après : 0 F CFA" in asked
    assert "La référence <code>TX-1</code> pourra servir de nouveau" in asked
    town.say("oui", ADMIN)
    assert town.balance(CUSTOMER) == 5_000, "a bare yes may be meant for something else"
    town.say("oui défaire", ADMIN)
    assert "C’est défait" in last(town)
    assert town.balance(CUSTOMER) == 0
    told = last(town, CUSTOMER)
    assert "was a mistake" in told
    # Nothing was deleted: there is an entry against each.
    moves = town.store.rows("SELECT amount_xof FROM entry WHERE account = ? ORDER BY id", f"customer:{CUSTOMER}")
    assert [row["amount_xof"] for row in moves] == [5_000, -5_000]
    assert log(town) == [("credit", "", 5_000), ("undo credit", "", 5_000)]
    for _ in range(2):
        town.hear(ADMIN, Tap(old))
        assert "C’est déjà fait" not in last(town)
        assert "C’est déjà défait, une seule fois" in last(town)
    # The payment goes where it belongs, and doing the same again is no repetition.
    act(town, f"/credit {CUSTOMER} 5000 ref:TX-1 Wave", "créditer")
    assert town.balance(CUSTOMER) == 5_000
    town.say("/balance", CUSTOMER)
    assert "correction by the manager" in last(town, CUSTOMER)


def test_what_is_spent_cannot_be_taken_back(town: Town) -> None:
    town.store.rows("INSERT INTO credit_limit VALUES (?, 50000)", str(CUSTOMER))
    act(town, f"/credit {CUSTOMER} 5000 Wave", "créditer")
    town.store.run(fund, CUSTOMER, -3_000, "spent", "fr", town.now)
    undo(town)
    assert "Des 5 000 F CFA, 3 000 F CFA sont déjà dépensés : il reste 2 000 F CFA" in last(town)
    assert f"/debit {CUSTOMER} 2000 motif" in last(town)
    town.store.run(fund, CUSTOMER, 3_000, "back", "fr", town.now)
    town.tap(UNDO, ADMIN)
    # It is spent while the question stands.
    town.store.run(fund, CUSTOMER, -5_000, "spent again", "fr", town.now)
    town.tap("↩️ Oui", ADMIN)
    assert "il ne reste rien sur ce compte" in last(town)
    assert town.balance(CUSTOMER) == 0
    assert [line[0] for line in log(town)] == ["credit"]
    # A script cannot either.
    town.store.rows("DELETE FROM credit_limit")
    unit = Unit(town.installation, ADMIN, str(ADMIN), "fr", town.now)
    with pytest.raises(LedgerError):
        town.store.run(move_back, unit, "X", CUSTOMER, -5_000, "x")


def test_two_replicas_undo_once(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 5000 Wave", "créditer")
    kept = town.store.one("SELECT id FROM act_undo")
    town.tap(UNDO, ADMIN)
    town.store.run(undos.end, str(kept), "telegram:1", town.now)
    town.tap("↩️ Oui", ADMIN)
    assert "C’est déjà défait" in last(town)
    assert town.balance(CUSTOMER) == 5_000
    with pytest.raises(StoreConflict):
        town.store.run(undos.end, str(kept), "telegram:1", town.now)
    # The counter-entry has one key.
    key = str(town.store.one("SELECT transfer FROM entry WHERE transfer LIKE 'admin:%'")).removeprefix("admin:")
    unit = Unit(town.installation, ADMIN, str(ADMIN), "fr", town.now)
    town.store.run(move_back, unit, key, CUSTOMER, -2_000, "x")
    with pytest.raises(sqlite3.IntegrityError):
        town.store.run(move_back, unit, key, CUSTOMER, -2_000, "x")
    town.store.run(move_money, unit, "other", CUSTOMER, 1, "x")
    assert town.balance(CUSTOMER) == 3_001


def test_it_is_offered_for_ten_minutes_and_by_a_command(town: Town) -> None:
    town.say("/undo", ADMIN)
    assert "Rien à défaire" in last(town)
    act(town, f"/credit {CUSTOMER} 5000 Wave", "créditer")
    act(town, f"/debit {CUSTOMER} 2000 retour", "débiter")
    old = button(town)
    for data in ("-.undo.XXXX", "-.undo."):
        town.hear(ADMIN, Tap(data))
        assert "Je ne trouve pas cet acte" in last(town)
    town.now += UNDO_MS - 1
    town.say("/undo", ADMIN)
    assert "débit de 2 000 F CFA" in last(town)
    town.tap("Ne rien changer", ADMIN)
    assert town.balance(CUSTOMER) == 3_000
    town.say("/undo", ADMIN)
    town.tap("↩️ Oui", ADMIN)
    assert town.balance(CUSTOMER) == 5_000
    assert "Le retrait de 2 000 F CFA était une erreur" in last(town, CUSTOMER)
    town.now += 1
    town.say("/undo", ADMIN)
    assert "Rien à défaire" in last(town)
    act(town, f"/debit {CUSTOMER} 2000 retour", "débiter")
    assert old != button(town)
    town.now += UNDO_MS
    undo(town)
    assert "Trop tard" in last(town)
    # A clock that was set back.
    town.now -= 3 * UNDO_MS
    undo(town)
    assert "Trop tard" in last(town)
    assert town.balance(CUSTOMER) == 3_000


def test_whoever_may(town: Town) -> None:
    own(town, SECOND)
    own(town, OPERATOR, "operator")
    act(town, f"/freeze {CUSTOMER} vol", "geler")
    owners = button(town)
    # A clerk undoes no owner's act, with a button that they cannot even have.
    town.hear(OPERATOR, Tap(owners))
    assert "Seul un propriétaire" in last(town, OPERATOR)
    town.hear(CUSTOMER, Tap(owners))
    assert "trop ancien" in last(town, CUSTOMER)
    act(town, f"/freeze {CLIENT} vol", "geler", OPERATOR)
    town.fund(0, CLIENT)
    act(town, f"/freeze {CLIENT} vol", "geler", OPERATOR)
    # They undo their own, and an owner undoes theirs, of which they hear.
    undo(town, OPERATOR)
    assert town.store.rows("SELECT 1 FROM frozen WHERE customer = ?", str(CLIENT)) == []
    assert "de nouveau" in last(town, CLIENT)
    act(town, f"/freeze {CLIENT} encore", "geler", OPERATOR)
    clerks = button(town, OPERATOR)
    town.hear(SECOND, Tap(clerks))
    town.tap("↩️ Oui", SECOND)
    assert "a défait ce que vous aviez fait" in last(town, OPERATOR)
    assert town.store.rows("SELECT 1 FROM frozen WHERE customer = ?", str(CLIENT)) == []
    # Whoever lost the role undoes nothing, before the question and after it.
    act(town, f"/freeze {CLIENT} encore", "geler", OPERATOR)
    town.tap(UNDO, OPERATOR)
    town.store.rows("DELETE FROM admin WHERE address = ?", str(OPERATOR))
    town.say("défaire", OPERATOR)
    town.hear(OPERATOR, Tap(button(town, OPERATOR)))
    assert len(town.store.rows("SELECT 1 FROM frozen")) == 2
    # An owner who is a clerk now undoes none of what owners do.
    act(town, f"/credit {CUSTOMER} 700 Wave", "créditer", SECOND)
    town.store.rows("UPDATE admin SET role = 'operator' WHERE address = ?", str(SECOND))
    undo(town, SECOND)
    assert "Seul un propriétaire" in last(town, SECOND)
    assert town.balance(CUSTOMER) == 700


def test_a_setting_is_put_back_only_as_it_was_left(town: Town) -> None:
    own(town, SECOND)
    town.fund(0, CLIENT)

    def rules() -> dict[str, str]:
        return {row["name"]: row["value"] for row in town.store.rows("SELECT name, value FROM rule")}

    act(town, "/maintenance on senelec Chez Senelec.", "confirmer")
    act(town, "/maintenance on all Panne.", "confirmer")
    undo(town)
    assert rules() == {"maintenance:senelec": "Chez Senelec."}
    act(town, "/maintenance on all Panne.", "confirmer")
    # Somebody else's word of it since.
    town.now += 1
    act(town, "/maintenance off woyofal", "confirmer", SECOND)
    town.tap(UNDO, ADMIN)
    assert "<code>telegram:2</code> l’a changé depuis" in last(town)
    undo(town, SECOND)
    assert set(rules().values()) == {"Panne."}
    undo(town)
    assert rules() == {"maintenance:senelec": "Chez Senelec."}
    act(town, "/maintenance off all", "confirmer")
    undo(town)
    assert rules() == {"maintenance:senelec": "Chez Senelec."}
    town.store.rows("DELETE FROM rule")
    act(town, "/maintenance on woyofal", "confirmer")
    town.store.rows("DELETE FROM rule")
    undo(town)
    assert "Cela a changé depuis" in last(town)


def test_limits_and_resellers(town: Town) -> None:
    act(town, f"/limit {CUSTOMER} credit 50000 connu", "plafond")
    act(town, f"/limit {CUSTOMER} credit 20000 moins", "plafond")
    town.now += 1
    undo(town)
    assert town.store.one("SELECT limit_xof FROM credit_limit") == 50_000
    assert "50 000" in last(town, CUSTOMER)
    town.store.run(fund, CUSTOMER, -9_000, "owed", "fr", town.now)
    town.hear(ADMIN, Tap(_buttons(town)[0]))
    assert "Impossible à défaire" in last(town), "they owe more than they could then"
    act(town, f"/reseller {CUSTOMER} Chez Awa", "revendeur")
    act(town, f"/reseller {CUSTOMER} Awa & Fils", "revendeur")
    undo(town)
    assert town.store.one("SELECT shop_name FROM reseller") == "Chez Awa"
    act(town, f"/limit {CUSTOMER} day 90000", "plafond")
    undo(town)
    assert town.store.one("SELECT day_limit_xof FROM reseller") is None
    act(town, f"/reseller {CUSTOMER} woyofal 1%", "revendeur")
    act(town, f"/reseller {CUSTOMER} woyofal 0.5%", "revendeur")
    undo(town)
    assert "100" in str(town.store.one("SELECT commissions FROM reseller"))
    act(town, f"/reseller {CUSTOMER} off", "revendeur")
    assert not any(one.label.startswith(UNDO) for row in town.last(ADMIN).rows for one in row), "their PIN is gone"
    act(town, f"/reseller {CUSTOMER} Chez Awa", "revendeur")
    undo(town)
    assert town.store.rows("SELECT 1 FROM reseller") == []


def _buttons(town: Town) -> list[str]:
    rows = [row for shown in town.screen if shown.address == ADMIN for row in shown.outbound.rows]
    return [one.data for row in rows for one in row if isinstance(one, Choice) and one.label.startswith(UNDO)]


def test_what_two_did_takes_two_to_undo(town: Town) -> None:
    own(town, SECOND)
    act(town, "/fee woyofal 2% + 50", "confirmer")
    town.tap("✅ Approuver", SECOND)
    assert UNDO in str(town.last(ADMIN).rows), "whoever asked may undo it"
    act(town, f"/credit {CUSTOMER} 900000 Wave", "créditer")
    town.tap("✅ Approuver", SECOND)
    assert town.balance(CUSTOMER) == 900_000
    # Either of the two asks, and the other approves.
    undo(town, SECOND)
    assert "il faut aussi être deux pour le défaire" in last(town, SECOND)
    assert town.balance(CUSTOMER) == 900_000
    town.hear(SECOND, Tap(button(town, SECOND)))
    town.tap("✅ Approuver", ADMIN)
    assert town.balance(CUSTOMER) == 0
    assert log(town)[-1] == ("undo credit", str(ADMIN), 900_000)
    # Terms move money with every sale, before and after.
    town.hear(ADMIN, Tap(_buttons(town)[0]))
    town.tap("↩️ Oui", ADMIN)
    town.tap("✅ Approuver", SECOND)
    assert town.store.rows("SELECT * FROM rule") == []
    # Somebody undoes it otherwise while the second one thinks.
    act(town, "/text payin fr Wave", "confirmer")
    town.tap("✅ Approuver", SECOND)
    town.tap(UNDO, ADMIN)
    town.tap("↩️ Oui", ADMIN)
    town.store.rows("UPDATE rule SET value = 'Orange'")
    town.tap("✅ Approuver", SECOND)
    assert "Ce n’est plus possible" in last(town, SECOND)
    assert town.store.one("SELECT value FROM rule") == "Orange"


def test_giving_back_what_was_taken_counts_like_a_credit(town: Town) -> None:
    own(town, SECOND)
    town.fund(200_000, CUSTOMER)
    act(town, f"/debit {CUSTOMER} 60000 retour", "débiter")
    undo(town)
    # Together with what was taken it is more than one may move alone.
    assert town.balance(CUSTOMER) == 140_000
    town.tap("✅ Approuver", SECOND)
    assert town.balance(CUSTOMER) == 200_000
    assert log(town) == [("debit", "", 60_000), ("undo debit", str(SECOND), 60_000)]
    # What comes back to the shop waits for nobody, but counts.
    act(town, f"/credit {CUSTOMER} 30000 Wave", "créditer")
    undo(town)
    assert town.balance(CUSTOMER) == 200_000
    act(town, f"/credit {CUSTOMER} 30000 Wave", "créditer")
    assert town.balance(CUSTOMER) == 200_000


def test_the_last_act_is_the_speakers_own_and_may_be_gone(town: Town) -> None:
    own(town, SECOND)
    town.fund(0, CLIENT)
    act(town, f"/freeze {CLIENT} vol", "geler")
    town.now += 1
    # Somebody else did something else since.
    act(town, f"/credit {CUSTOMER} 700 Wave", "créditer", SECOND)
    town.say("/undo", ADMIN)
    assert f"/freeze {CLIENT}" in last(town)
    town.store.rows("DELETE FROM act_undo")
    town.say("défaire", ADMIN)
    assert "Je ne trouve pas cet acte" in last(town)
    assert len(town.store.rows("SELECT 1 FROM frozen")) == 1


def test_money_that_is_in_another_account_by_now_stays(town: Town) -> None:
    town.fund(8_000, CLIENT)
    act(town, f"/credit {CUSTOMER} 5000 Wave", "créditer")
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(CLIENT), str(CUSTOMER))
    undo(town)
    assert "Cela a changé depuis" in last(town)
    assert town.balance(CLIENT) == 8_000


def test_a_paused_account_and_what_another_version_kept(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 5000 Wave", "créditer")
    act(town, f"/freeze {CUSTOMER}", "geler")
    town.hear(ADMIN, Tap(_buttons(town)[0]))
    assert "Impossible à défaire" in last(town)
    town.store.rows('UPDATE act_undo SET inverse = \'[{"type":"xyzzy"}]\'')
    undo(town)
    assert "Je ne trouve pas cet acte" in last(town)
    town.store.rows('UPDATE act_undo SET act = \'{"type":"xyzzy"}\'')
    undo(town)
    assert "Je ne trouve pas cet acte" in last(town)
    assert town.balance(CUSTOMER) == 5_000
