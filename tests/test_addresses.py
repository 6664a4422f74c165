"""A customer is the same person tomorrow, and somebody with their old number is not: replays of what WhatsApp tells, in
any order and twice, through the endpoint and the real scripts and store.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.channels.whatsapp.window import Window
from bot.domain.outbound import Outbound
from bot.domain.people import Address, Identity
from bot.engine import events
from bot.errors import StoreConflict
from bot.repositories import consents
from bot.repositories.outbox import say
from bot.store.sql import migrations
from bot.store.sqlite.file import connect
from bot.store.sqlite.schema import statements_of
from bot.transactions import addresses, identity_cases
from bot.transactions.installation import Installation
from bot.transactions.unit import Unit
from tests.identity_world import (
    DAY,
    HOUR,
    NOON,
    OPERATOR,
    OWNER,
    SECOND,
    City,
    changed_number,
    delivered,
    message,
    user_id_update,
)
from tests.in_process import AWA, room
from tests.sync_store import SyncStore

pytestmark = pytest.mark.twins

N1, N2 = "221770001122", "221770005566"
I1, I2, I9 = "SN.11111111111111111111", "SN.22222222222222222222", "SN.99999999999999999999"
OLD = Address("whatsapp", N1)


@pytest.fixture
def city() -> Iterator[City]:
    city = City()
    city.types(OWNER, "/start")
    yield city
    city.store.close()


# One person under several names.


def test_one_person_by_both_names_by_the_id_alone_and_by_the_number_alone(city: City) -> None:
    assert city.says(message(NOON, N1, I1)) == OLD
    assert city.says(message(NOON + 1000, None, I1, username="awa")) == OLD
    assert city.says(message(NOON + 2000, N1, None)) == OLD
    assert city.reach(OLD) == N1
    # Hidden for a day and more: from then on the id is what is sure to be theirs.
    assert city.says(message(NOON + 2 * DAY, None, I1, username="awa")) == OLD
    assert city.reach(OLD) == I1
    assert city.says(message(NOON + 4 * DAY, N1, I1, username="awa")) == OLD
    assert city.reach(OLD) == N1
    assert city.cases() == []


def test_what_is_queued_before_a_change_of_number_goes_to_the_new_one(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    assert city.claimed()[str(OLD)] == {N2}
    assert city.says(message(NOON + 2 * HOUR, N2, I2)) == OLD
    # Told again, and told late: nobody is moved back.
    city.hook(changed_number(NOON + HOUR + 1000, N1, I1, N2, I2))
    assert city.says(message(NOON + 1000, N1, I1)) == OLD
    assert city.reach(OLD) == N2


def test_a_new_id_without_a_number_is_the_same_person_and_is_written_to_by_the_id(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    city.hook(user_id_update(NOON + HOUR, N1, I1, I2))
    assert city.reach(OLD) == I2
    assert city.says(message(NOON + 2 * HOUR, None, I2)) == OLD
    # The number came loose with it: whoever has it now is somebody else, and nobody need be suspended.
    new = city.says(message(NOON + 3 * HOUR, N1, I9))
    assert new != OLD
    assert (city.balance(OLD), city.balance(new)) == (5_000, 0)
    assert not city.frozen(OLD)
    assert city.says(message(NOON + 4 * HOUR, N1, None)) == new


def test_a_known_id_with_a_new_number_is_the_same_person(city: City) -> None:
    city.says(message(NOON, N1, I1))
    assert city.says(message(NOON + HOUR, N2, I1)) == OLD
    assert city.reach(OLD) == N2
    # And back, with no word of it.
    assert city.says(message(NOON + 2 * HOUR, N1, I1)) == OLD
    assert city.reach(OLD) == N1


def test_a_status_teaches_the_id_of_somebody_who_only_gave_a_number(city: City) -> None:
    city.says(message(NOON, N1, None))
    city.hook(delivered(NOON + 1000, N1, I1))
    assert city.says(message(NOON + 2000, None, I1)) == OLD


def test_a_username_proves_nothing(city: City) -> None:
    city.says(message(NOON, N1, I1, username="awa"))
    city.fund(OLD, 5_000)
    other = city.says(message(NOON + HOUR, None, I9, username="awa"))
    assert other != OLD
    assert city.balance(other) == 0
    assert city.cases() == []


# A number in other hands.


def recycled(city: City) -> Address:
    """Awa has money, and somebody else has her number now."""
    assert city.says(message(NOON, N1, I1)) == OLD
    city.fund(OLD, 5_000)
    return city.says(message(NOON + 90 * DAY, N1, I9))


def test_a_number_that_comes_back_with_another_id_is_another_human_being(city: City) -> None:
    new = recycled(city)
    assert new == Address("whatsapp", I9)
    assert city.balance(new) == 0
    assert (city.balance(OLD), city.frozen(OLD), city.frozen(new)) == (5_000, True, False)
    assert city.cases() == [(str(OLD), str(new), "taken", "open")]
    text = city.last(OWNER)
    assert N1 in text
    assert str(new) in text
    # Nothing of the old one's queue goes anywhere; the new one is answered under the number.
    where = city.claimed()
    assert where[str(OLD)] == {""}
    assert where[str(new)] <= {N1, None}
    assert city.reach(new) == N1
    # Once is enough.
    before = len(city.screen(OWNER))
    assert city.says(message(NOON + 90 * DAY + 1000, N1, I9)) == new
    assert len(city.screen(OWNER)) == before


def test_a_status_alone_shows_that_somebody_else_reads_it(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    city.hook(delivered(NOON + 90 * DAY, N1, I9))
    assert city.frozen(OLD)
    assert city.reach(OLD) == ""
    assert "N’a jamais écrit" in city.types(OWNER, f"/identity {OLD}")


def test_whoever_has_an_owners_old_number_is_no_owner() -> None:
    city = City(admins=(OLD, OWNER))
    city.says(message(NOON, N1, I1))
    assert "/credit" in str(city.hook(message(NOON + 1000, N1, I1, text="/help")) and city.last(OLD))
    new = city.says(message(NOON + 90 * DAY, N1, I9))
    city.hook(message(NOON + 90 * DAY + 1000, N1, I9, text="/credit telegram:1 5000 moi"))
    assert "/credit" not in city.last(new)
    city.hook(message(NOON + 90 * DAY + 2000, N1, I9, text="/help"))
    assert "/credit" not in city.last(new)
    assert not city.store.rows("SELECT 1 FROM outbox WHERE address = ? AND body LIKE '%identity%'", str(new))


def test_an_owner_who_is_named_by_the_number_is_one_though_the_id_was_seen_first() -> None:
    city = City(admins=(OLD, OWNER))
    chat = city.says(message(NOON, None, I1))
    assert chat == Address("whatsapp", I1)
    assert city.says(message(NOON + 1000, N1, I1, text="/help")) == chat
    assert "/credit" in city.last(chat)
    # The next holder of the number is none, and reads none of the owners' alerts.
    new = city.says(message(NOON + 90 * DAY, N1, I9, text="/help"))
    assert "/credit" not in city.last(new)
    assert not any("identité" in shown.text for shown in city.screen(new))
    # Nor is there anybody in the team of whom it would be unclear who that is.
    team = city.types(OWNER, "/admin")
    assert str(OWNER) in team
    assert N1 not in team


def test_the_owner_of_a_suspended_account_comes_back_under_their_own_id(city: City) -> None:
    new = recycled(city)
    assert city.says(message(NOON + 91 * DAY, None, I1)) == OLD
    assert not city.frozen(OLD)
    assert city.reach(OLD) == I1
    assert city.cases() == [(str(OLD), str(new), "taken", "returned")]


def test_the_channel_says_afterwards_that_it_was_the_same_person(city: City) -> None:
    recycled(city)
    city.hook(changed_number(NOON + 89 * DAY, N1, I1, N1, I9))
    assert city.says(message(NOON + 91 * DAY, N1, I9)) == OLD
    assert (city.balance(OLD), city.frozen(OLD)) == (5_000, False)
    assert city.reach(OLD) == N1


def test_two_with_money_are_not_merged_whatever_the_channel_says(city: City) -> None:
    new = recycled(city)
    city.fund(new, 300)
    city.hook(changed_number(NOON + 89 * DAY, N1, I1, N1, I9))
    assert city.says(message(NOON + 91 * DAY, N1, I9)) == new
    assert (city.balance(OLD), city.balance(new)) == (5_000, 300)
    assert city.cases()[-1] == (str(OLD), str(new), "held", "open")


def test_an_account_that_an_admin_paused_stays_so_when_its_owner_is_back(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    city.store.rows("INSERT INTO frozen VALUES (?, 1)", str(OLD))
    city.says(message(NOON + 90 * DAY, N1, I9))
    city.says(message(NOON + 91 * DAY, None, I1))
    assert city.frozen(OLD)


def test_the_other_addresses_of_a_suspended_account_are_told(city: City) -> None:
    modou = Address("telegram", "700011122")
    city.says(message(NOON, N1, I1))
    city.types(modou, "/start")
    city.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(modou), str(OLD))
    city.fund(modou, 5_000)
    city.says(message(NOON + 90 * DAY, N1, I9))
    assert "en pause pour vous protéger" in city.last(modou)
    assert "…1122" in city.last(modou)


# Admins decide.


def decide(city: City, answer: str) -> Address:
    """Her number is taken, and an owner is asked for a decision."""
    new = recycled(city)
    city.fund(new, 300)
    shown = city.types(OWNER, f"/identity {OLD}")
    for part in (str(OLD), str(new), "5 000 F CFA", "300 F CFA", I1, I9, "Vu la dernière fois", "Commandes"):
        assert part in shown, part
    city.types(OWNER, f"/identity {OLD} {answer} pièce vue")
    assert city.frozen(OLD), "what is only asked is not done"
    city.taps(OWNER, "Confirmer")
    return new


def test_one_person_after_all_has_all_of_it_under_the_old_name(city: City) -> None:
    new = decide(city, "same")
    assert city.says(message(NOON + 91 * DAY, N1, I9)) == OLD
    assert (city.balance(OLD), city.frozen(OLD), city.total()) == (5_300, False, 0)
    assert city.reach(OLD) == N1
    assert not city.store.rows("SELECT 1 FROM session WHERE address = ?", str(new))
    assert city.cases() == [(str(OLD), str(new), "taken", "same")]
    assert any("Nous vous avons reconnu" in shown.text for shown in city.screen(OLD))
    assert [row["what"] for row in city.store.rows("SELECT what FROM audit")] == ["identity same"]
    assert "Rien n’est à décider" in city.types(OWNER, f"/identity {OLD} same encore")


def test_another_person_leaves_the_old_account_suspended_until_its_owner_shows_up(city: City) -> None:
    new = decide(city, "another")
    assert city.says(message(NOON + 91 * DAY, N1, I9)) == new
    assert (city.balance(OLD), city.balance(new), city.frozen(OLD)) == (5_000, 300, True)
    assert city.reach(OLD) == ""
    # She comes to the shop, with a new card.
    back = city.says(message(NOON + 92 * DAY, N2, I2))
    city.types(OWNER, f"/identity {OLD} same {back} vue au comptoir")
    city.taps(OWNER, "Confirmer")
    assert city.says(message(NOON + 93 * DAY, N2, I2)) == OLD
    assert (city.balance(OLD), city.balance(new), city.frozen(OLD)) == (5_000, 300, False)
    assert city.reach(OLD) == N2
    assert city.says(message(NOON + 93 * DAY, N1, I9)) == new


def test_what_is_given_into_somebodys_hands_counts_like_money(city: City) -> None:
    city.installation = Installation(
        "one", replace(city.installation.shop, approval_xof=5_000), (OWNER, SECOND), city.installation.budget
    )
    decide(city, "same")
    assert city.frozen(OLD), "one owner alone"
    city.taps(SECOND, "Approuver")
    assert not city.frozen(OLD)
    assert city.balance(OLD) == 5_300


def test_nobody_decides_about_themselves(city: City) -> None:
    new = recycled(city)
    city.store.rows("INSERT INTO admin VALUES (?, 'owner', 'telegram:1', 0)", str(new))
    city.hook(message(NOON + 91 * DAY, N1, I9, text=f"/identity {OLD} same moi"))
    assert "Vous êtes l’un des deux" in city.last(new)


def test_what_does_not_allow_a_decision_is_said(city: City) -> None:
    new = recycled(city)
    city.store.rows("INSERT INTO credit_limit VALUES (?, 5000)", str(new))
    city.store.rows(
        "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('x', ?, -100, '', 1)", f"customer:{new}"
    )
    city.store.rows("INSERT INTO customer_balance VALUES (?, -100)", str(new))
    assert "en dessous de zéro" in city.types(OWNER, f"/identity {OLD} same vue")
    city.fund(new, 100)
    city.store.rows("INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, 0)", str(new))
    assert "revendeur" in city.types(OWNER, f"/identity {OLD} same vue")
    city.store.rows("DELETE FROM reseller")
    # Decided by somebody else while it is asked.
    city.types(OWNER, f"/identity {OLD} same vue")
    city.store.rows("UPDATE identity_case SET state = 'returned'")
    assert "Rien n’est à décider" in city.taps(OWNER, "Confirmer")


def test_it_is_decided_by_buttons_too(city: City) -> None:
    recycled(city)
    city.types(OWNER, "/start")
    city.taps(OWNER, "Voir les deux")
    city.taps(OWNER, "Autre personne")
    assert "Ce sont deux personnes" in city.taps(OWNER, "Confirmer")
    city.taps(OWNER, "Même personne")
    city.types(OWNER, "pièce vue")
    assert "C’est la même personne" in city.taps(OWNER, "Confirmer")
    assert city.balance(OLD) == 5_000


def test_a_decision_that_was_overtaken_changes_nothing(city: City) -> None:
    new = recycled(city)
    unit = Unit(city.installation, OWNER, str(OWNER), "fr", city.now)
    with pytest.raises(StoreConflict):
        city.store.run(identity_cases.decide, unit, 99, OLD, new, same=True)
    assert "Rien n’est à décider" in city.types(OWNER, f"/identity {new} same whatsapp:{I1} vue"), "one chat"
    assert "désigne deux personnes" in city.types(OWNER, f"/identity {new} same {OLD} vue")


def test_two_of_one_account_are_one_person_without_any_money_moved(city: City) -> None:
    """They linked the new one themselves; an admin had paused the account before."""
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    city.store.rows("INSERT INTO frozen VALUES (?, 1)", str(OLD))
    new = city.says(message(NOON + 90 * DAY, N1, I9))
    city.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(OLD), str(new))
    city.types(OWNER, f"/identity {OLD} same vue")
    city.taps(OWNER, "Confirmer")
    assert city.says(message(NOON + 91 * DAY, N1, I9)) == OLD
    assert (city.balance(OLD), city.frozen(OLD), city.total()) == (5_000, True, 0)


def test_only_admins_who_can_act_are_told_and_of_one_thing_once(city: City) -> None:
    for address, role in ((SECOND, "support"), (OPERATOR, "operator")):
        city.types(address, "/start")
        city.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)
    city.hook(delivered(NOON - 1000, N1, I1))
    new = recycled(city)
    city.fund(new, 300)
    for at in (1, 2):
        city.hook(changed_number(NOON + at * HOUR, N1, I1, N1, I9))
    alerts = [
        sum("Voir les deux" in str(shown.rows) for shown in city.screen(who)) for who in (OWNER, SECOND, OPERATOR)
    ]
    assert alerts == [2, 0, 2]


def test_somebody_with_an_id_of_their_own_is_not_who_came_under_the_new_number(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    other = city.says(message(NOON + 2 * HOUR, N2, I9))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    assert city.says(message(NOON + 3 * HOUR, None, I2)) == OLD
    assert city.says(message(NOON + 3 * HOUR, N2, I9)) == other
    assert city.reach(OLD) == I2


def test_who_came_under_the_new_number_before_it_was_told_is_the_same_person(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.fund(OLD, 5_000)
    city.says(message(NOON + 2 * HOUR, N2, None))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    assert city.says(message(NOON + 3 * HOUR, N2, I2)) == OLD
    assert city.says(message(NOON + 4 * HOUR, N2, None)) == OLD


def test_the_open_cases_are_listed(city: City) -> None:
    assert "Aucun compte n’attend" in city.types(OWNER, "/identity")
    new = recycled(city)
    assert str(new) in city.types(OWNER, "/identity")
    assert "Écrivez" in city.types(OWNER, "/identity rien")
    assert "Rien n’est à décider" in city.types(OWNER, "/identity telegram:77")
    assert "telegram:77" in city.types(OWNER, f"/identity {OLD} same telegram:77")


@pytest.mark.parametrize("name", [f"whatsapp:{N2}", f"whatsapp:+{N2}", f"whatsapp:{I2}", f"whatsapp:{N1}"])
def test_any_name_leads_an_admin_to_the_person(city: City, name: str) -> None:
    city.says(message(NOON, N1, I1))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    assert str(OLD) in city.types(OWNER, f"/user {name}")
    assert str(OLD) in city.types(OWNER, f"/credit {name} 500 Wave")
    city.taps(OWNER, "Confirmer")
    assert city.balance(OLD) == 500


def test_the_end_of_any_name_finds_the_person(city: City) -> None:
    city.says(message(NOON, N1, I1, username="awa.diop"))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    for text in (N2[-5:], I2[-6:], "@awa.diop"):
        assert str(OLD) in city.types(OWNER, f"/find {text}"), text
    shown = city.types(OWNER, f"/user {N2[-7:]}")
    assert "@awa.diop" in shown
    assert N2 in shown


def test_a_name_that_means_two_people_is_no_guess(city: City) -> None:
    new = recycled(city)
    shown = city.types(OWNER, f"/credit whatsapp:{N1} 500 Wave")
    assert "désigne deux personnes" in shown
    assert f"whatsapp:{I1}" in shown
    assert str(new) in shown
    assert "5 000 F CFA" in city.types(OWNER, f"/user whatsapp:{I1}")
    assert "rien n’a été fait" in city.types(OWNER, f"/admin add whatsapp:{N1} owner")


# Two who turn out to be one, where one of them has nothing.


def test_the_number_and_the_id_were_two_until_a_webhook_named_both(city: City) -> None:
    """What has nothing follows what has something, whichever came first."""
    assert city.says(message(NOON, N1, None)) == OLD
    city.fund(OLD, 5_000)
    hidden = city.says(message(NOON + 1000, None, I1))
    assert hidden != OLD
    assert city.says(message(NOON + 2000, N1, I1)) == OLD
    assert not city.store.rows("SELECT 1 FROM session WHERE address = ?", str(hidden))
    rich = city.says(message(NOON + 3000, None, I2))
    city.fund(rich, 700)
    assert city.says(message(NOON + 4000, N2, None)) != rich
    assert city.says(message(NOON + 5000, N2, I2)) == rich
    assert city.says(message(NOON + 6000, N2, None)) == rich
    assert (city.balance(OLD), city.balance(rich), city.cases()) == (5_000, 700, [])


def test_whoever_had_another_number_is_not_taken_for_the_one_who_had_this(city: City) -> None:
    """She has nothing, and a number of her own; the other one has money and no id."""
    assert city.says(message(NOON, N1, None)) == OLD
    city.fund(OLD, 5_000)
    her = city.says(message(NOON + 1000, N2, I2))
    assert city.says(message(NOON + DAY, N1, I2)) == her
    assert city.balance(her) == 0
    assert city.frozen(OLD)


def test_the_new_name_is_seen_before_the_change_is_reported(city: City) -> None:
    """Money came in under the new one; there was nothing under the old."""
    city.says(message(NOON, N1, I1))
    new = city.says(message(NOON + DAY, N2, I2))
    city.fund(new, 300)
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    assert {city.says(message(NOON + 2 * DAY, *named)) for named in ((N2, I2), (None, I1))} == {new}
    assert city.balance(new) == 300
    assert city.reach(new) == N2


def test_a_change_of_somebody_unknown_is_kept_until_they_write(city: City) -> None:
    city.hook(changed_number(NOON, N1, I1, N2, I2))
    chat = city.says(message(NOON + 1000, N2, I2))
    assert city.says(message(NOON - 1000, N1, I1)) == chat
    # And one to a number that somebody else has by their own id.
    other = city.says(message(NOON + 2000, N1, I9))
    city.fund(other, 300)
    city.hook(changed_number(NOON + DAY, "221779990000", None, N1, I1[:-1] + "7"))
    assert city.frozen(other)


def test_the_third_of_one_number_has_a_chat_too(city: City) -> None:
    """Before ids were told, a number was all that there was."""
    chats = [city.says(message(NOON, N1, None))]
    for turn in (1, 2):
        city.hook(changed_number(NOON + turn * DAY, N1, None, f"22177000{turn:04}", None))
        chats.append(city.says(message(NOON + turn * DAY + HOUR, N1, None)))
    assert len(set(chats)) == 3
    assert city.reach(chats[2]) == N1
    assert [city.reach(chat) for chat in chats[:2]] == ["221770000001", "221770000002"]


def test_an_update_that_cannot_be_handled_is_apologised_for_where_the_person_is(city: City) -> None:
    city.says(message(NOON, N1, I1))
    city.hook(changed_number(NOON + HOUR, N1, I1, N2, I2))
    named = (Identity("number", N2), Identity("user_id", I2))
    for _ in range(events.MAX_TRIES):
        failure = city.store.run(
            events.failed, city.installation, "bad", Address("whatsapp", N2), "ValueError", city.now, named
        )
    assert [posted.address for posted in failure.posted] == [str(OLD)]
    stranger = (Identity("user_id", I9),)
    assert city.store.run(addresses.peek, Address("whatsapp", I9), stranger) == Address("whatsapp", I9)


# Codes that somebody else was to get.


def test_a_clients_codes_do_not_go_to_whoever_has_their_number_now(city: City) -> None:
    seller = Address("telegram", "700011122")
    city.types(seller, "/start")
    city.says(message(NOON, N1, I1))
    city.store.rows(
        "INSERT INTO client (customer, name, nickname, phone, found_by, added_at) VALUES (?, 'Awa', '', '', '', 1)",
        str(seller),
    )
    client_id = city.store.one("SELECT id FROM client")
    city.store.rows("INSERT INTO consent (client_id, address, agreed_at) VALUES (?, ?, 1)", client_id, str(OLD))
    new = city.says(message(NOON + 90 * DAY, N1, I9))
    consent = city.store.run(consents.newest_of, str(seller), client_id)
    assert consent is not None
    assert not consent.reachable, "their seller is told to pass the code on by hand"
    posted = city.store.run(say, str(OLD), Outbound("code"), "one", city.now)
    assert posted.reach == ""
    assert not city.store.rows("SELECT 1 FROM consent WHERE address = ?", str(new))


@pytest.mark.anyio
async def test_messages_go_where_the_person_is_now_and_nowhere_while_somebody_else_is(tmp_path: Path) -> None:
    """Through the engine, the outbox and the file."""
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        with sqlite3.connect(tmp_path / "taal.db") as database:
            database.execute("UPDATE session SET reach = '' WHERE address = ?", (str(AWA),))
        before = len(here.mailbox.sent)
        kept = await here.taal.store.run(say, str(AWA), Outbound("news", durable=True), "room", here.clock())
        here.taal.outbox.push([kept])
        await here.quiet()
        assert len(here.mailbox.sent) == before
        with sqlite3.connect(tmp_path / "taal.db") as database:
            database.execute("UPDATE session SET reach = '777' WHERE address = ?", (str(AWA),))
        await here.says(AWA, "/balance")
        assert here.mailbox.to(Address("telegram", "777"))[0].text == "news"
        assert len(here.mailbox.to(Address("telegram", "777"))) == 2


def test_the_window_is_open_for_whoever_hides_their_number() -> None:
    window = Window(most_people=2)
    both = (Identity("number", N1), Identity("user_id", I1))
    window.note_message(N1, NOON, both)
    assert window.is_closed(N1, NOON + 2 * DAY)
    window.note_message(I1, NOON + 2 * DAY, both[1:])
    assert not window.is_closed(N1, NOON + 2 * DAY)
    assert not window.is_closed(I1, NOON + 2 * DAY)
    for number in range(3):
        window.note_message(
            f"2217{number}", NOON, (Identity("number", f"2217{number}"), Identity("user_id", f"SN.{number}"))
        )
    assert len(window._number_of) == 2


# Before names were kept.


def old_store(path: Path, *sessions: str) -> SyncStore:
    """A database that the version before made, with people in it."""
    connection = connect(str(path))
    for number, _, text in migrations():
        if number >= 11:
            break
        for statement in statements_of(text):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    for address in sessions:
        connection.execute(
            "INSERT INTO session VALUES (?, ?, 'fr', '{\"greeted\":true,\"updated_at\":1}', 3, 1, NULL, NULL)",
            (address, address),
        )
        connection.execute(
            "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES (?, ?, 700, '', 1)",
            (address, f"customer:{address}"),
        )
    connection.close()
    return SyncStore(str(path))


def test_people_of_the_version_before_are_the_same_people(tmp_path: Path) -> None:
    city = City(store=old_store(tmp_path / "old.db", f"whatsapp:{N1}", f"whatsapp:{I2}"))
    assert city.says(message(NOON, N1, I1)) == OLD
    assert city.says(message(NOON + 1000, None, I1)) == OLD
    hidden = Address("whatsapp", I2)
    assert city.says(message(NOON, None, I2)) == hidden
    assert city.says(message(NOON + 1000, N2, I2)) == hidden
    assert (city.balance(OLD), city.balance(hidden)) == (700, 700)
    assert city.claimed()[str(hidden)] <= {None, I2, N2}
    assert city.reach(hidden) == N2


def test_two_accounts_of_the_version_before_that_prove_to_have_one_number_are_not_merged(tmp_path: Path) -> None:
    """They hid their number and lost their account, or somebody else has the number: nobody can tell."""
    city = City(store=old_store(tmp_path / "old.db", f"whatsapp:{N1}", f"whatsapp:{I1}"))
    assert city.says(message(NOON, N1, I1)) == Address("whatsapp", I1)
    assert city.frozen(OLD)
    assert city.cases() == [(str(OLD), f"whatsapp:{I1}", "taken", "open")]


# Any order, and twice.

Story = tuple[tuple[str, bytes], ...]


def _moves(form: int) -> bytes:
    return (
        changed_number(NOON + 30 * DAY, N1, I1, N2, I2),
        changed_number(NOON + 30 * DAY, None, I1, N2, I2),
        changed_number(NOON + 30 * DAY, N1, I1, None, I2),
        user_id_update(NOON + 30 * DAY, N1, I1, I2),
    )[form]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """What Awa and, perhaps, the next owner of her number do and Meta tells of it: in any order, some of it twice."""
    both, hidden = (N1, I1), (None, I1)
    shown = st.sampled_from((both, hidden))
    webhooks: list[tuple[str, bytes]] = [
        ("awa", message(NOON + at * HOUR, *draw(shown))) for at in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        webhooks.append(("", delivered(NOON + 4 * HOUR, N1, I1)))
    moves = draw(st.booleans())
    if moves:
        webhooks.append(("", _moves(draw(st.integers(0, 3)))))
        webhooks += [
            ("awa", message(NOON + 31 * DAY + at * HOUR, *draw(st.sampled_from(((N2, I2), (None, I2))))))
            for at in range(draw(st.integers(0, 2)))
        ]
    if draw(st.booleans()):
        webhooks += [
            ("new", message(NOON + 60 * DAY + at * HOUR, *draw(st.sampled_from(((N1, I9), (None, I9))))))
            for at in range(draw(st.integers(1, 2)))
        ]
        if draw(st.booleans()):
            webhooks.append(("", delivered(NOON + 62 * DAY, N1, I9)))
    again = draw(st.lists(st.sampled_from(webhooks), max_size=3))
    return tuple(draw(st.permutations([*webhooks, *again])))


@settings(max_examples=25, deadline=None)
@given(stories())
def test_in_any_order_and_twice_everybody_keeps_what_is_theirs(story: Story) -> None:
    """The model: two human beings, each with their own money, whatever they are called and whenever it is told."""
    city = City()
    city.now = NOON + 100 * DAY
    money = {"awa": 5_000, "new": 70}
    funded: dict[str, Address] = {}
    for who, body in story:
        for result in city.hook(body):
            if who and result.fresh and who not in funded:
                assert result.address is not None
                funded[who] = result.address
                city.fund(result.address, money[who])
    chats = {}
    for who, user_id in (("awa", I1), ("new", I9)):
        if who in funded:
            # Whoever they are found by, it is them.
            (result,) = city.hook(message(NOON + 99 * DAY, None, user_id, key="last"))
            assert result.address is not None
            chats[who] = result.address
            assert city.balance(result.address) == money[who], who
    assert len({city.customer(chat) for chat in chats.values()}) == len(chats)
    assert city.total() == 0
    if any(b"SN.2222" in body for _, body in story) and "awa" in chats:
        assert city.store.run(addresses.peek, chats["awa"], (Identity("user_id", I2),)) == chats["awa"]
    if "new" in chats and any(N1.encode() in body and I9.encode() in body for _, body in story):
        assert city.reach(chats["awa"]) != N1, "her messages go to whoever has her number now"
    city.store.close()


@pytest.mark.parametrize("order", [lambda bodies: bodies, lambda bodies: bodies[::-1]])
def test_a_number_alone_that_is_changed(city: City, order: Callable[[list[bytes]], list[bytes]]) -> None:
    """As before ids were told."""
    bodies = [
        message(NOON, N1, None),
        changed_number(NOON + HOUR, N1, None, N2, None),
        message(NOON + 2 * HOUR, N2, None),
    ]
    for body in order(bodies) * 2:
        city.hook(body)
    chats = {city.says(message(NOON + DAY, N2, None)), city.says(message(NOON + 1000, N1, None))}
    assert len(chats) == 1
    (chat,) = chats
    assert city.reach(chat) == N2
    # Whoever is heard under the old number after that is somebody else.
    assert city.says(message(NOON + 2 * DAY, N1, None)) != chat
