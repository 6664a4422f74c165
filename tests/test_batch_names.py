"""Lists that name clients of the book: what a name may mean, and what happens when the reseller says which."""

import pytest

from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from tests.test_batch_dialogue import button, last, many, reseller
from tests.trade_world import ADMIN, RESELLER, Town

PEOPLE = ("Bocar Sow; 14700000101", "Awa Fall; 14700000102", "Fatou Diop; 14700000103", "Fatou Ndiaye; 14700000104")


@pytest.fixture
def town() -> Town:
    world = Town()
    reseller(world)
    world.fund(100_000)
    for each in PEOPLE:
        world.say(f"/addclient {each}")
    return world


def lines(town: Town) -> list[tuple[int, str, str]]:
    return [
        (row["line"], row["reference"], row["fault"])
        for row in town.store.rows(
            "SELECT l.* FROM batch_line AS l JOIN batch AS b ON b.id = l.batch_id WHERE b.state = 'ready' ORDER BY line"
        )
    ]


def buttons(town: Town) -> list[str]:
    return [button.label for row in town.last().rows for button in row]


def test_verbs_and_small_words_fall_away_and_every_name_has_its_meter(town: Town) -> None:
    town.say("vends 3000 à bocar, 2000 pour awa f")
    town.settle_down()
    assert lines(town) == [(1, "14700000101", ""), (2, "14700000102", "")]


def test_names_of_nobody_are_no_list(town: Town) -> None:
    town.say("oumar 3000, moussa 2000")
    assert many(town, "batch") == 0
    assert "rien n’a été vendu" in last(town)
    town.say("/batch oumar 3000, moussa 2000")
    assert "personne de ce nom" in last(town)


def test_who_sells_nothing_sends_no_list_of_names(town: Town) -> None:
    town.say("bocar 3000, awa 2000", ADMIN)
    assert many(town, "batch") == 0


def test_a_list_of_which_no_line_is_clear_is_asked_about(town: Town) -> None:
    town.say("fatou 3000, fatou 2000")
    town.settle_down()
    assert "✅ Acheter" not in " ".join(buttons(town))
    town.tap("Fatou Diop")
    town.settle_down()
    assert "Ligne 2 (fatou 2000)" in last(town)
    town.tap("Fatou Ndiaye")
    town.settle_down()
    assert lines(town) == [(1, "14700000103", ""), (2, "14700000104", "")]
    town.say("oui")
    assert many(town, "orders") == 2


def test_the_same_person_for_the_same_amount_twice_is_a_repeat(town: Town) -> None:
    town.say("fatou diop 3000, bocar 1000, fatou 3000")
    town.settle_down()
    town.tap("Fatou Diop")
    assert lines(town)[2] == (3, "14700000103", "repeats")
    assert "✅ Acheter 2/3" in buttons(town)


def test_a_meter_that_another_line_has_asked_about_is_not_asked_about_again(town: Town) -> None:
    town.say("fatou diop 3000, bocar 1000, fatou 2000")
    town.settle_down()
    town.tap("Fatou Diop")
    assert lines(town)[2] == (3, "14700000103", "")
    assert "✅ Acheter 3/3" in buttons(town)


def test_whoever_said_it_once_says_nothing_again(town: Town) -> None:
    town.say("fatou 3000, bocar 1000")
    town.settle_down()
    picked = button(town, "who")
    other = next(
        each.data for row in town.last().rows for each in row if isinstance(each, Choice) and "Ndiaye" in each.label
    )
    town.hear(RESELLER, Tap(picked), "1")
    town.settle_down()
    town.hear(RESELLER, Tap(other), "1")
    assert lines(town)[0] == (1, "14700000103", "")


def test_a_client_who_went_away_meanwhile_is_not_picked(town: Town) -> None:
    town.say("fatou 3000, bocar 1000")
    town.settle_down()
    town.store.connection.execute("DELETE FROM client_meter WHERE reference LIKE '%3'")
    town.tap("Fatou Diop")
    assert lines(town)[0] == (1, "", "ambiguous")
    assert [label for label in buttons(town) if "Fatou" in label] == ["Fatou Ndiaye · 14700000104"]
    town.store.connection.execute("DELETE FROM client_meter WHERE reference LIKE '%4'")
    town.tap("Fatou Ndiaye")
    assert [label for label in buttons(town) if "Fatou" in label] == []


def test_a_list_that_went_away_is_not_picked_from(town: Town) -> None:
    town.say("fatou 3000, bocar 1000")
    town.settle_down()
    town.store.connection.execute("DELETE FROM batch")
    town.tap("Fatou Diop")
    assert "Que voulez-vous faire" in last(town)


def test_a_list_that_goes_away_while_it_is_picked_from(town: Town) -> None:
    town.say("fatou 3000, bocar 1000")
    town.settle_down()
    town.store.connection.execute("UPDATE batch SET state = 'dropped'")
    town.tap("Fatou Diop")
    assert many(town, "orders") == 0


def test_many_of_one_name_are_narrowed(town: Town) -> None:
    for number in range(8):
        town.say(f"/addclient Fatou {'ABCDEFGH'[number]}; 1470000020{number}")
    town.say("fatou 3000, bocar 1000")
    town.settle_down()
    assert len([label for label in buttons(town) if "Fatou" in label]) == 6
    assert "un peu plus de son nom" in last(town)


def test_somebody_with_two_meters_is_asked_about(town: Town) -> None:
    town.say("bocar sow")
    town.tap("🔢")
    town.say("14700000109")
    town.say("bocar 3000, awa 2000")
    town.settle_down()
    assert [label for label in buttons(town) if "Bocar" in label] == [
        "Bocar Sow · 14700000101",
        "Bocar Sow · 14700000109",
    ]


def test_a_title_row_of_names_and_an_amount_at_fault(town: Town) -> None:
    town.say("Nom;Montant\nBocar Sow;500\nAwa Fall;2000\n!!!;4000")
    town.settle_down()
    assert [fault for _, _, fault in lines(town)] == ["too_small", "", "no_meter"]


def test_an_amount_at_fault_stays_one_whoever_is_meant(town: Town) -> None:
    town.say("fatou 500, bocar 1000, svp svp 2000")
    town.say("/batch fatou 500, bocar 1000, oui merci 2000")
    town.settle_down()
    assert [fault for _, _, fault in lines(town)] == ["too_small", "", "nobody"]
