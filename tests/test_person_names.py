"""What people are called: found by it, told apart, and never taken in by it."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.markup import plain
from bot.channels.whatsapp.parse.contacts import given_name
from bot.channels.whatsapp.parse.payload import Contact, Profile
from bot.domain.inbound import Inbound, Text
from bot.domain.people import Address, Identity
from bot.domain.person_names import MAX_NAME_CHARACTERS, clean_name
from bot.repositories import identities
from bot.repositories.person_names import Called, called_as
from tests.dialogue_world import buttons
from tests.identity_world import City, message
from tests.in_process import room
from tests.trade_world import PEOPLE, Town

OWNER, OPERATOR, SUPPORT = (PEOPLE[name] for name in ("admin", "operator", "support"))
AWA, NAMESAKE, MOUSSA = (
    Address("telegram", "501001"),
    Address("telegram", "771001"),
    Address("whatsapp", "221775550099"),
)


@pytest.fixture
def town() -> Town:
    """Two people whose addresses end alike, a third one, and somebody who calls themselves like the owner."""
    town = Town()
    town.given_names = {AWA: "Awa Diop", NAMESAKE: "Éva Ndiaye", MOUSSA: "Owner telegram:1"}
    for address in (OWNER, OPERATOR, SUPPORT, AWA, NAMESAKE, MOUSSA):
        town.say("/start", address)
        town.now += 60_000
    for address, role in ((OPERATOR, "operator"), (SUPPORT, "support")):
        town.store.connection.execute("INSERT INTO admin VALUES (?, ?, ?, 0)", (str(address), role, str(OWNER)))
    return town


def ask(town: Town, text: str, address: Address = OWNER) -> str:
    """What an admin reads after they typed something."""
    town.say(text, address)
    return plain(town.last(address).text).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("  Awa   Diop ", "Awa Diop"),
        ("Awa\nDiop\t", "Awa Diop"),
        ("\u202eawA\u202c\u200b\ufeff", "awA"),
        ("A\u0301\u0301\u0301\u0301\u0301wa", "Á\u0301\u0301wa"),
        ("» · <b>Owner</b> « telegram:1", "b Owner /b telegram 1"),
        ("\u3164\u2800 \u00ad", ""),
        ("Awa \U0001f469\u200d\U0001f33e\ufe0f", "Awa \U0001f469\U0001f33e"),
        ("عائشة", "عائشة"),
    ],
)
def test_a_name_is_one_short_line_that_shows_what_it_is(told: str, kept: str) -> None:
    assert clean_name(told) == kept


def test_a_name_is_bounded() -> None:
    assert len(clean_name("x" * 5_000)) == MAX_NAME_CHARACTERS


def test_people_are_found_by_what_they_call_themselves_and_by_what_was_noted(town: Town) -> None:
    found = ask(town, "/find AWA")
    assert "👤 telegram:501001 · se nomme « Awa Diop »" in found
    # Accents and capitals do not matter, and a part of each word will do, in any order.
    assert "telegram:771001" in ask(town, "/find ndia eva")
    assert "telegram:501001" not in ask(town, "/find ndia eva")
    # Single letters begin every name.
    assert "Rien trouvé" in ask(town, "/find a d x")
    # One person: their page.
    assert "Compte telegram:501001" in ask(town, "/user diop", SUPPORT)
    assert "telegram:501001 (Français) · se nomme « Awa Diop »" in ask(town, "/user diop", SUPPORT)
    ask(town, "/name 775550099 Awa Sarr")
    assert "whatsapp:221775550099 · Awa Sarr · se nomme « Owner telegram 1 »" in ask(town, "/find sarr")
    both = ask(town, "/user awa")
    assert "telegram:501001 · se nomme « Awa Diop »" in both
    assert "whatsapp:221775550099 · Awa Sarr" in both
    # Who noted it is written down, the name itself is not.
    noted = town.store.rows("SELECT address, what, target, why FROM audit")
    assert [tuple(row) for row in noted] == [(str(OWNER), "name", str(MOUSSA), "")]
    ask(town, "/name 775550099 aucun")
    assert "sarr" not in ask(town, "/find sarr").replace("« sarr »", "")


def test_a_reseller_is_found_by_the_name_of_the_shop(town: Town) -> None:
    ask(town, "/reseller 501001 Boutique Élan du Sud")
    town.say("revendeur", OWNER)
    assert "telegram:501001 · 🏪 Boutique Élan du Sud · se nomme « Awa Diop »" in ask(town, "/find elan bout")
    assert "telegram:501001" not in ask(town, "/find elan nord")
    assert "🏪 Revendeur : Boutique Élan du Sud" in ask(town, "/user boutique")
    assert "👤 telegram:501001 · 🏪 Boutique Élan du Sud" in ask(town, "/limit 501001 day 50000")


def test_a_name_is_written_only_where_it_changed(town: Town) -> None:
    writes: list[str] = []
    town.store.connection.set_trace_callback(writes.append)
    town.say("bonjour", AWA)
    assert not [text for text in writes if "INTO person_name" in text]
    town.given_names[AWA] = "Awa Diop Fall"
    town.say("bonjour", AWA)
    assert len([text for text in writes if "INTO person_name " in text]) == 1
    town.store.connection.set_trace_callback(None)
    assert "Awa Diop Fall" in ask(town, "/find fall")
    assert town.store.one("SELECT count(*) FROM person_name_word WHERE address = ?", str(AWA)) == 3


def test_the_end_of_an_address_will_do_and_the_question_shows_whom_it_means(town: Town) -> None:
    question = ask(town, "/credit 550099 5000 Wave")
    assert "Créditer 5 000 F CFA à whatsapp:221775550099" in question
    assert "👤 whatsapp:221775550099 · se nomme « Owner telegram 1 »" in question
    town.say("créditer", OWNER)
    assert town.balance(MOUSSA) == 5_000
    assert "créditer whatsapp:221775550099" in ask(town, "/log 550099")
    assert "créditer whatsapp:221775550099" in ask(town, "/log créditer")
    assert "telegram:501001 · se nomme « Awa Diop »" in ask(town, "/log 1001")
    # Nobody, and no guess.
    assert "Aucune adresse ne finit par « 4711 »" in ask(town, "/debit 4711 5000 x")


def test_an_end_that_several_have_is_chosen_and_never_guessed(town: Town) -> None:
    asked = ask(town, "/credit 1001 5000 Wave TX 42")
    assert "telegram:501001 · se nomme « Awa Diop »" in asked
    assert "telegram:771001 · se nomme « Éva Ndiaye »" in asked
    assert buttons(town.last(OWNER))[:2] == ["👤 771001 · Éva Ndiaye", "👤 501001 · Awa Diop"]
    # A yes, or the word of the act, chooses nobody.
    for text in ("oui", "créditer", "ok"):
        town.say(text, OWNER)
        assert town.balance(AWA) == town.balance(NAMESAKE) == 0
    town.tap("👤 501001", OWNER)
    question = plain(town.last(OWNER).text).replace("\u00a0", " ")
    assert "Créditer 5 000 F CFA à telegram:501001" in question
    assert "Motif : Wave TX 42" in question
    town.tap("✅", OWNER)
    assert (town.balance(AWA), town.balance(NAMESAKE)) == (5_000, 0)


def test_of_many_ends_alike_as_many_are_offered_as_can_be_read(town: Town) -> None:
    for at in range(1, 9):
        town.say("/start", Address("telegram", f"{at}81001"))
    assert "Il y en a d’autres" in ask(town, "/freeze 1001")
    assert len(buttons(town.last(OWNER))) == 9
    # The place of one of them may be typed.
    town.say("2", OWNER)
    assert "Mettre en pause" in plain(town.last(OWNER).text)
    assert "telegram:281001" in plain(town.last(OWNER).text)
    assert "Il y en a d’autres" in ask(town, "/user 1001")


def test_nobody_becomes_the_one_who_is_meant_by_a_username(town: Town) -> None:
    """Everybody chooses their own: it is found, and no command takes it for the end of an address."""
    row = ("telegram", "username", "awa4711", 0, 0, str(NAMESAKE), "message")
    town.store.connection.execute("INSERT INTO address VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    assert "telegram:771001" in ask(town, "/user awa4711")
    assert "Aucune adresse ne finit par « 4711 »" in ask(town, "/credit 4711 5000 Wave")


def test_who_was_noted_is_not_crowded_out_by_namesakes(town: Town) -> None:
    ask(town, "/name 501001 Ndella Fall")
    for at in range(12):
        stranger = Address("telegram", f"9{at:03}")
        town.given_names[stranger] = "Ndella Fall"
        town.say("/start", stranger)
    for command in ("/find ndella", "/user ndella"):
        found = ask(town, command)
        assert "telegram:501001 · Ndella Fall" in found.partition("telegram:9")[0]
        assert "Il y en a d’autres" in found


def test_the_second_person_reads_the_name_too(town: Town) -> None:
    town.under(approval_xof=5_000)
    second = PEOPLE["second"]
    town.say("/start", second)
    town.store.connection.execute("INSERT INTO admin VALUES (?, 'owner', ?, 0)", (str(second), str(OWNER)))
    ask(town, "/credit 501001 50000 Wave")
    town.tap("✅", OWNER)
    asked = plain(town.last(second).text)
    assert "telegram:501001 · se nomme" in asked
    assert "Awa Diop" in asked


def test_whoever_lost_their_role_meanwhile_chooses_nobody(town: Town) -> None:
    ask(town, "/freeze 1001", OPERATOR)
    town.store.connection.execute("UPDATE admin SET role = 'support' WHERE address = ?", (str(OPERATOR),))
    town.tap("👤 501001", OPERATOR)
    assert "Que voulez-vous faire" in plain(town.last(OPERATOR).text)
    assert "pause" not in plain(town.last(OPERATOR).text)


def test_names_stand_where_people_are_told_apart(town: Town) -> None:
    assert "telegram:501001 · se nomme « Awa Diop »" in ask(town, "/name 501001", OPERATOR)
    assert "Votre propre nom" in ask(town, f"/name {OPERATOR} Propriétaire", OPERATOR)
    assert "Écrivez : /name" in ask(town, "/name 501001 ///", OPERATOR)
    assert "Écrivez : /name" in ask(town, "/name", OPERATOR)
    assert "telegram:9" in ask(town, "/name telegram:9 Awa", OPERATOR)
    ask(town, f"/name {OPERATOR} Modou Ba")
    assert "telegram:3 · opérateur · Modou Ba" in ask(town, "/admin")
    town.fund(10_000, AWA)
    town.say("woyofal 14123456789 2000", AWA)
    town.tap("✅", AWA)
    order = ask(town, f"/order {next(iter(town.orders))}")
    assert "Client : telegram:501001 · se nomme « Awa Diop »" in order
    seen = len(town.screen)
    town.say("/contact je veux quelqu'un", AWA)
    told = [plain(shown.outbound.text) for shown in town.screen[seen:] if shown.address == OWNER]
    assert "telegram:501001 · se nomme «\u00a0Awa Diop\u00a0»" in told[0]
    assert "telegram:501001 · se nomme « Awa Diop »" in ask(town, "/inbox", SUPPORT)


def test_two_chats_of_one_person_keep_the_name_that_was_noted(town: Town) -> None:
    ask(town, "/name 501001 Awa la couturière")
    town.store.run(identities.become, str(AWA), str(NAMESAKE))
    assert town.store.run(called_as, NAMESAKE) == Called(NAMESAKE, "Éva Ndiaye", "Awa la couturière")
    assert "telegram:771001" in ask(town, "/find couturiere")


def test_a_profile_of_whatsapp_gives_its_name() -> None:
    city = City()
    chat = city.says(message(city.now, "221771112233", None))
    assert city.store.run(called_as, chat).given == "Awa"
    # A profile is whose number or id stands beside it.
    nobody = Contact(profile=Profile(name="Owner"))
    assert given_name((Identity("number", "221771112233"),), [nobody, Contact()]) == ""


@pytest.mark.anyio
async def test_a_name_reaches_the_store_and_no_log(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        with capture_logs() as lines:
            said = Inbound("telegram:update:n1", AWA, Text("bonjour"), given_name="Awa Diop")
            await here.taal.engine.hear(said)
        assert (await here.taal.store.run(called_as, AWA)).given == "Awa Diop"
        assert lines
        assert "Diop" not in str(lines)
