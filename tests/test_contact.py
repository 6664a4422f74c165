"""A person to talk to: what is for them is not for the machine, nobody floods them, and nobody reads a secret."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.flows import REGISTRY
from bot.domain.hiding import HIDDEN, without_codes, without_pin
from bot.domain.hours import Hours
from bot.domain.inbound import Tap, Unreadable
from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.errors import ModelError
from bot.monitoring import concerns
from bot.repositories import conversations
from bot.transactions import contact
from tests.databases import DatabaseSettings
from tests.dialogue_world import AWA, OTHER
from tests.running import eventually
from tests.running import town as running_town
from tests.trade_world import PEOPLE, Town

OWNER, SUPPORT, CUSTOMER, CLIENT = (PEOPLE[name] for name in ("admin", "support", "customer", "client"))
CODE = "90700724866189374516"
HOUR_MS = 3_600_000
PAID_A_MOMENT_LATER = "14123456702"


@pytest.fixture
def town() -> Town:
    """An owner, a support clerk, and a customer with money."""
    town = Town()
    for address in (OWNER, SUPPORT, CUSTOMER):
        town.say("/start", address)
    town.store.connection.execute("INSERT INTO admin VALUES (?, 'support', ?, 0)", (str(SUPPORT), str(OWNER)))
    town.fund(20_000, CUSTOMER)
    return town


def to(town: Town, address: Address, since: int = 0) -> list[str]:
    """What somebody was sent, as they read it."""
    return [
        unescape(re.sub("<[^>]+>", "", shown.outbound.text)).replace("\u00a0", " ")
        for shown in town.screen[since:]
        if shown.address == address
    ]


def watch(town: Town) -> None:
    """Monitoring looks around."""
    town.store.run(concerns.report_groups, town.installation, town.now)
    town.deliver()


def number(town: Town) -> int:
    return int(town.store.one("SELECT max(id) FROM conversation"))


# What is for a person is not for the machine.


@pytest.mark.parametrize(
    "text",
    ["oui", "ok", "confirmer", "payer", "1", "solde", "woyofal 14123456789 5000", "K7M4QX", "racheter", "stop it"],
)
def test_nothing_that_is_typed_to_a_person_does_anything_else(town: Town, text: str) -> None:
    town.say("woyofal 14123456789 5000", CUSTOMER)
    town.tap("✅ Confirmer", CUSTOMER)
    town.pay_all()
    town.say("/contact bonjour", CUSTOMER)
    entries, seen = town.store.rows("SELECT * FROM entry"), len(town.screen)
    town.now += 1_000
    town.say(text, CUSTOMER)
    assert to(town, CUSTOMER, seen) == []
    assert town.store.rows("SELECT * FROM entry") == entries
    assert len(town.orders) == 1
    lines = town.store.run(conversations.last_lines, number(town), 9)
    assert [line.words for line in lines] == ["bonjour", text]


def test_commands_buttons_and_codes_go_on(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.say("/woyofal 14123456789 5000", CUSTOMER)
    # A question of the machine stands: what answers it is no word for a person.
    town.say("oui", CUSTOMER)
    assert len(town.orders) == 1
    seen = len(town.screen)
    town.pay_all()
    assert any("Voici votre code" in text for text in to(town, CUSTOMER, seen))
    town.say("c'est quoi ce code ?", CUSTOMER)
    assert [line.words for line in town.store.run(conversations.last_lines, number(town), 9)] == [
        "bonjour",
        "c'est quoi ce code ?",
    ]
    town.say("/balance", CUSTOMER)
    assert "Solde : 14 925 F CFA" in to(town, CUSTOMER)[-1]


@pytest.mark.parametrize("word", ["menu", "annuler", "stop", "/menu", "/cancel", "/start"])
def test_a_word_brings_the_bot_back_and_the_answer_comes_all_the_same(town: Town, word: str) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.say(word, CUSTOMER)
    assert town.sessions[CUSTOMER].talking == 0
    town.say("solde", CUSTOMER)
    assert "Solde" in to(town, CUSTOMER)[-1]
    town.say(f"/answer {number(town)} Bonjour à vous", SUPPORT)
    assert to(town, CUSTOMER)[-1] == "👤 Une personne vous répond :\nBonjour à vous"
    town.tap("✍️ Répondre", CUSTOMER)
    town.say("merci", CUSTOMER)
    assert "merci" in to(town, SUPPORT)[-1]


def test_what_was_under_way_for_long_is_still_for_the_person(town: Town) -> None:
    """A text that would be too late to pay anything is not too late to be read."""
    town.say("/contact bonjour", CUSTOMER)
    town.now += HOUR_MS
    town.say("vous êtes là ?", CUSTOMER, sent_at=town.now - 1_800_000)
    assert town.store.run(conversations.last_lines, number(town), 1)[0].words == "vous êtes là ?"


def test_whoever_comes_back_long_after_talks_to_the_bot(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.now += 3 * HOUR_MS
    town.say("alors", CUSTOMER)
    assert "C’est transmis" in to(town, CUSTOMER)[-1]
    town.say(f"/answer {number(town)} Voilà", SUPPORT)
    town.now += contact.IDLE_MS
    town.say("solde", CUSTOMER)
    assert "Solde" in to(town, CUSTOMER)[-1]
    # Nobody waits for it any more: it leaves the queue by itself.
    town.now += contact.SILENT_MS
    watch(town)
    assert town.store.run(conversations.counted).many == 0


def test_a_person_is_asked_for_in_many_words(town: Town) -> None:
    for text in (
        "service client",
        "problème",
        "je veux parler à quelqu'un",
        "agent",
        "un conseiller",
        "talk to someone",
        "human",
        "Service client svp",
        "customer service",
    ):
        seen = len(town.screen)
        town.say(text, CUSTOMER)
        assert "une personne vous répondra" in to(town, CUSTOMER, seen)[0], text
        town.say("annuler", CUSTOMER)
    town.say("/contact", CUSTOMER)
    town.say("je n'ai rien reçu", CUSTOMER)
    assert town.store.run(conversations.last_lines, number(town), 1)[0].words == "je n'ai rien reçu"


# Nobody floods them.


def test_one_account_writes_so_much_an_hour_and_has_one_conversation(town: Town) -> None:
    town.join(CLIENT, CUSTOMER)
    for at in range(40):
        town.now += 1_000
        town.say(f"/contact au secours {at}", (CUSTOMER, CLIENT)[at % 2])
    assert town.store.one("SELECT count(*) FROM conversation") == 1
    assert town.store.one("SELECT count(*) FROM conversation_line") == contact.ALLOWED.count
    told = [text for text in to(town, CUSTOMER) + to(town, CLIENT) if "Laissez-nous les lire" in text]
    assert len(told) == 1
    # The admins were told once, and others still get through.
    assert sum("attend une réponse" in text for text in to(town, OWNER)) == 1
    town.say("/contact moi aussi", AWA)
    assert town.store.one("SELECT count(*) FROM conversation") == 2


def test_a_text_that_is_too_long_is_not_passed_on(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.say("a" * 1_001, CUSTOMER)
    assert "1 000 caractères" in to(town, CUSTOMER)[-1]
    assert town.store.one("SELECT count(*) FROM conversation_line") == 1
    town.say(f"/answer {number(town)} {'b' * 1_001}", SUPPORT)
    assert town.store.one("SELECT count(*) FROM conversation_line") == 1


def test_admins_are_told_once_of_all_who_wait(town: Town) -> None:
    strangers = [Address("telegram", str(9_000 + at)) for at in range(5)]
    for stranger in strangers:
        town.now += 1_000
        town.say("/contact bonjour", stranger)
    assert sum("attend" in text for text in to(town, SUPPORT)) == 1
    watch(town)
    assert sum("attend" in text for text in to(town, SUPPORT)) == 1
    town.now += contact.TELL_PAUSE_MS
    watch(town)
    assert "4 clients attendent une réponse" in to(town, SUPPORT)[-1]
    watch(town)
    town.now += contact.TELL_PAUSE_MS
    watch(town)
    assert sum("attend" in text for text in to(town, SUPPORT)) == 2
    # Whom nobody answers is spoken of again.
    town.now += contact.TELL_AGAIN_MS
    watch(town)
    assert "5 clients attendent une réponse" in to(town, SUPPORT)[-1]


def test_nobody_is_woken_at_night(town: Town) -> None:
    town.now += 13 * HOUR_MS
    town.say("/contact bonjour", CUSTOMER)
    watch(town)
    assert (
        "Personne n’est là pour le moment : vous aurez une réponse à partir du 25/11 à 08:00." in to(town, CUSTOMER)[-1]
    )
    assert not any("attend" in text for text in to(town, OWNER))
    town.now += 10 * HOUR_MS
    watch(town)
    assert "Un client attend une réponse" in to(town, OWNER)[-1]
    # Whoever goes on in the evening reads it once, too.
    town.say("/done 1", OWNER)
    town.now += 12 * HOUR_MS - 120_000
    town.say("/contact bonjour", CUSTOMER)
    town.now += 300_000
    seen = len(town.screen)
    for text in ("allô", "répondez", "s'il vous plaît"):
        town.say(text, CUSTOMER)
        town.now += 1_000
    assert len(to(town, CUSTOMER, seen)) == 1
    assert "Personne n’est là pour le moment" in to(town, CUSTOMER)[-1]
    town.under(contact_hours=Hours.parse("00:00-24:00"))
    town.say("/contact", CLIENT)
    assert "Nous répondons jour et nuit." in to(town, CLIENT)[-1]


# Nobody reads a secret, and nobody is fooled.


def test_a_clerk_never_reads_a_code_and_nothing_is_markup(town: Town) -> None:
    town.say(f"/contact <b>code</b> {CODE} & 9070 0724 8661 8937 4516, 9070-0724-8661-8937-4516", CUSTOMER)
    town.say("/inbox", SUPPORT)
    town.tap("#1", SUPPORT)
    for shown in town.screen:
        if shown.address in (SUPPORT, OWNER):
            shown_text = re.sub(r"telegram:\d+|14123456789", "", shown.outbound.text)
            assert not re.search(r"\d{12,}|\d{4}[ -]\d{4}", shown_text)
    assert "&lt;b&gt;code&lt;/b&gt;" in town.last(SUPPORT).text
    stored = str([tuple(row) for row in town.store.rows("SELECT * FROM conversation_line")])
    assert CODE[:12] not in stored
    town.say("/answer 1 Votre code : <i>9070 0724 8661 8937 4516</i>", OWNER)
    assert "&lt;i&gt;9070 0724 8661 8937 4516&lt;/i&gt;" in town.last(CUSTOMER).text
    town.say("/log answer", SUPPORT)
    assert "8661" not in town.last(SUPPORT).text
    assert town.store.one("SELECT why FROM audit WHERE what = 'answer'") == "#1: Votre code : <i>••••4516</i>"


def test_a_stranger_cannot_write_what_looks_like_a_word_of_ours(town: Town) -> None:
    town.say("/contact bonjour\r\n\n✅ Créditez telegram:9 de 5 000 F\u202e\x00\n/credit telegram:9", CUSTOMER)
    shown = to(town, SUPPORT)[-1].split("\n")
    assert shown[1:] == ["› bonjour", "› ✅ Créditez telegram:9 de 5 000 F", "› /credit telegram:9"]
    town.tap("✍️ Répondre", SUPPORT)
    assert to(town, SUPPORT)[-1].split("\n")[1:] == shown[1:]
    town.hear(SUPPORT, Tap("-.talk.1"))
    assert "09:00 : bonjour ✅ Créditez telegram:9 de 5 000 F /credit telegram:9" in to(town, SUPPORT)[-1]


@pytest.mark.parametrize("text", ["Payez au 77 123 45 67 par Wave", "https://wave.example/pay", "c'est le 14123456789"])
def test_only_an_owner_sends_a_number_or_a_link(town: Town, text: str) -> None:
    town.say("/contact bonjour", CUSTOMER)
    seen = len(town.screen)
    town.say(f"/answer 1 {text}", SUPPORT)
    town.tap("✍️ Répondre", SUPPORT)
    town.say(text, SUPPORT)
    assert to(town, CUSTOMER, seen) == []
    assert "Rien n’a été envoyé" in to(town, SUPPORT)[-1]
    town.say("Le compteur …6789, pour 5 000 F", SUPPORT)
    assert len(to(town, CUSTOMER, seen)) == 1
    town.hear(OWNER, Tap("~.talktake.1"))
    town.say(text, OWNER)
    assert to(town, CUSTOMER, seen)[-1].endswith(text)


def test_what_is_no_text_is_not_passed_on(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.hear(CUSTOMER, Unreadable("photo"))
    assert "Je ne peux transmettre que du texte" in to(town, CUSTOMER)[-1]
    assert town.sessions[CUSTOMER].talking == 1


def test_a_list_that_runs_is_stopped_by_a_word_in_any_case(town: Town) -> None:
    reseller = PEOPLE[""]
    town.fund(100_000, reseller)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, 0)", (str(reseller),)
    )
    town.say("/contact bonjour", reseller)
    town.say("stop", reseller)
    assert "Je vous réponds de nouveau" in to(town, reseller)[-1]
    town.say("14700000101;1000\n14700000102;1000\n14700000103;1000", reseller)
    town.say("oui", reseller)
    town.say("/contact encore", reseller)
    town.say("stop", reseller)
    assert town.store.one("SELECT count(*) FROM orders WHERE state = 'cancelled'") > 0


def test_a_pin_is_neither_passed_on_nor_left_in_the_chat(town: Town) -> None:
    town.say("/contact mon code secret c'est 4821 et ça ne va pas", CUSTOMER)
    assert town.store.run(conversations.last_lines, 1, 1)[0].words == f"mon code secret c'est {HIDDEN} et ça ne va pas"
    assert "Je n’ai pas transmis votre PIN" in to(town, CUSTOMER)[-1]
    assert town.erased == [str(CUSTOMER)]
    town.say("/answer 1 Donnez-moi votre PIN", SUPPORT)
    assert "Ne donnez votre PIN à personne, pas même à nous." in to(town, CUSTOMER)[-1]


def test_a_reseller_who_answers_with_their_pin_alone_gives_nothing_away(town: Town) -> None:
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, 'HASH', 0, 0, 0, 0)", (str(CUSTOMER),)
    )
    town.say("/contact bonjour", CUSTOMER)
    town.say("4821", CUSTOMER)
    assert town.store.run(conversations.last_lines, 1, 1)[0].words == HIDDEN
    town.say("/inbox", SUPPORT)
    assert "Chez Modou" in to(town, SUPPORT)[-1]


@given(st.text("0123456789 -.x", max_size=60))
def test_no_run_of_a_codes_length_is_left(text: str) -> None:
    left = without_codes(text)
    for run in re.findall(r"\d(?:[^\w\n]{0,3}\d)*", left):
        groups = re.findall(r"\d+", run)
        assert sum(map(len, groups)) < 16 or {len(group) for group in groups} == {11}


def test_what_is_no_code_stays() -> None:
    for text in ("14123456789 5000", "14123456789 14123456788", "77 123 45 67", "error 30", "à 10:30 le 24/11/2026"):
        assert without_codes(text) == text
        assert without_pin(text, has_pin=True) == text
    assert without_pin("5000", has_pin=False) == "5000"
    assert without_pin("my PIN is 123456!", has_pin=False) == f"my PIN is {HIDDEN}!"


# Those who answer.


def test_a_customer_cannot_answer_read_or_end(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    for text in ("/inbox", "/answer 1 moi", "/done 1"):
        town.say(text, AWA)
    for act in ("inbox", "talk", "answer", "talktake", "talkdone"):
        town.hear(AWA, Tap(f"-.{act}.1"))
    assert town.store.one("SELECT count(*) FROM conversation_line") == 1
    assert town.store.one("SELECT state FROM conversation") == "open"
    assert not any("bonjour" in text for text in to(town, AWA))


def test_who_is_no_admin_any_more_answers_nothing(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.tap("✍️ Répondre", SUPPORT)
    town.store.connection.execute("DELETE FROM admin")
    town.say("c'est moi", SUPPORT)
    assert town.store.one("SELECT count(*) FROM conversation_line") == 1
    # What the customer writes now does not go to them; and once they have been silent for long, the others are told.
    seen = len(town.screen)
    town.say("allô", CUSTOMER)
    town.now += contact.TAKEN_MS
    watch(town)
    assert to(town, SUPPORT, seen) + to(town, OWNER, seen) == []
    town.now += 1
    watch(town)
    assert "allô" in to(town, OWNER, seen)[0]
    assert to(town, SUPPORT, seen) == []


def test_two_people_do_not_answer_one_customer_unknowingly(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.tap("✍️ Répondre", SUPPORT)
    town.tap("✍️ Répondre", OWNER)
    assert "telegram:4 répond déjà" in to(town, OWNER)[-1]
    town.tap("Répondre quand même", OWNER)
    assert "telegram:1 répond désormais" in to(town, SUPPORT)[-1]
    town.say("Je m'en occupe", SUPPORT)
    assert "telegram:1 répond déjà" in to(town, SUPPORT)[-1]
    assert town.store.one("SELECT count(*) FROM conversation_line") == 1
    town.say("Bonjour !", OWNER)
    assert to(town, CUSTOMER)[-1].endswith("Bonjour !")
    # One text is one answer.
    town.say("solde", OWNER)
    assert "Solde" in to(town, OWNER)[-1]
    # Who said nothing more for long has left it to the others.
    town.now += contact.TAKEN_MS
    town.say("/answer 1 Encore là ?", SUPPORT)
    assert to(town, CUSTOMER)[-1].endswith("Encore là ?")


def test_taking_over_what_nobody_has_is_no_news_for_anybody(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    seen = len(town.screen)
    town.hear(OWNER, Tap("~.talktake.1"))
    assert to(town, SUPPORT, seen) == []
    assert "Votre prochain message part au client #1" in to(town, OWNER)[-1]
    town.tap("⬅️ Retour", OWNER)
    assert "C’est vous qui répondez" in to(town, OWNER)[-1]


def test_what_is_over_or_never_was_is_said_so(town: Town) -> None:
    town.say("/contact bonjour", CUSTOMER)
    town.tap("✍️ Répondre", OWNER)
    town.store.run(conversations.end, 1, town.now)
    town.say("Bonjour", OWNER)
    for text in (
        "/answer 1 x",
        "/done 1",
        "/answer 7 x",
        "/answer abc x",
        "/answer ١ x",
        "/done 999999999999999",
        "/done",
    ):
        assert "est terminée ou n’existe pas" in to(town, OWNER)[-1]
        town.say(text, OWNER)
    for act in ("answer", "talktake", "talkdone"):
        town.hear(OWNER, Tap(f"-.{act}.1"))
        assert "est terminée ou n’existe pas" in to(town, OWNER)[-1]
    town.hear(OWNER, Tap("-.talk.1"))
    assert "Conversation terminée" in to(town, OWNER)[-1]
    town.hear(OWNER, Tap("-.talk.7"))
    assert "est terminée ou n’existe pas" in to(town, OWNER)[-1]
    town.say("/inbox", OWNER)
    assert "Personne n’attend de réponse" in to(town, OWNER)[-1]


def test_a_conversation_that_ended_or_went_while_it_was_answered(town: Town) -> None:
    """The question is put again below a reply: it says that there is nothing to answer any more."""
    town.say("/contact bonjour", CUSTOMER)
    town.say("/inbox", OWNER)
    town.tap("#1", OWNER)
    town.tap("✍️ Répondre", OWNER)
    town.store.run(conversations.end, 1, town.now)
    town.say("a" * 1_001, OWNER)
    assert "est terminée ou n’existe pas" in to(town, OWNER)[-1]
    town.say("/contact bonjour", CUSTOMER)
    town.hear(OWNER, Tap("-.answer.2"))
    town.forget("conversation")
    town.tap("⬅️ Retour", OWNER)
    assert "est terminée ou n’existe pas" in to(town, OWNER)[-1]


def test_the_queue_is_bounded_and_says_what_it_is_about(town: Town) -> None:
    town.say("woyofal 14123456789 5000", CUSTOMER)
    town.tap("✅ Confirmer", CUSTOMER)
    order_id = town.newest().id
    for at in range(12):
        town.now += 1_000
        town.say("/contact bonjour", Address("telegram", str(9_000 + at)))
    town.hear(CUSTOMER, Tap(f"-.contact.{order_id}"))
    town.say("où est mon code ?", CUSTOMER)
    town.say("/inbox", SUPPORT)
    assert "et 5 de plus" in to(town, SUPPORT)[-1]
    assert "#8" in to(town, SUPPORT)[-1]
    town.tap("Les suivants", SUPPORT)
    assert "#9" in to(town, SUPPORT)[-1]
    assert "#8" not in to(town, SUPPORT)[-1]
    assert "de plus" not in to(town, SUPPORT)[-1]
    town.hear(SUPPORT, Tap("~.inbox.99"))
    assert "#1 " in to(town, SUPPORT)[-1]
    assert "Aucune commande" in to(town, SUPPORT)[-1]
    town.say(f"/done {number(town) - 1}", SUPPORT)
    town.hear(SUPPORT, Tap(f"-.talk.{number(town)}"))
    assert "Woyofal 5 000 F CFA · …6789" in to(town, SUPPORT)[-1]
    # An id that is longer than a button can carry stands in the text.
    long = Address("whatsapp", "SN." + "9" * 60)
    town.say("/contact bonjour", long)
    town.hear(SUPPORT, Tap(f"-.talk.{number(town)}"))
    assert str(long) in town.last(SUPPORT).text
    # Another's order is not what it is about.
    town.hear(AWA, Tap(f"-.contact.{order_id}"))
    town.say("moi aussi", AWA)
    assert town.store.one(f"SELECT order_id FROM conversation WHERE id = {number(town)}") is None


def test_an_answer_goes_by_a_template_where_only_those_may_be_sent(town: Town) -> None:
    town.say("/contact bonjour", OTHER)
    town.say("/answer 1 Bonjour", SUPPORT)
    answer: Outbound = town.last(OTHER)
    assert answer.durable
    assert answer.brief is not None
    assert (answer.brief.kind, answer.brief.about) == ("news", "une réponse à votre message")
    town.say("/done 1", SUPPORT)
    assert town.last(OTHER).brief is not None


def test_answers_go_where_the_customer_wrote_last(town: Town) -> None:
    town.join(CLIENT, CUSTOMER)
    town.say("/contact bonjour", CUSTOMER)
    town.say("/contact ici plutôt", CLIENT)
    town.say("/answer 1 Bonjour", SUPPORT)
    assert to(town, CLIENT)[-1].endswith("Bonjour")
    # Both were in a conversation before they were one person: each chat keeps its own.
    stranger = Address("telegram", "9000")
    town.say("/contact et moi ?", stranger)
    town.join(stranger, CUSTOMER)
    town.say("/contact encore", CLIENT)
    town.say("/answer 2 Oui", SUPPORT)
    assert to(town, stranger)[-1].endswith("Oui")


def test_any_flow_can_lead_to_a_person() -> None:
    assert REGISTRY.commands["contact"].permission == "customer"
    assert REGISTRY.buttons["contact"].permission == "customer"


# Hours.


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 10**13))
def test_somebody_answers_when_the_hours_say(first: int, last: int, now: int) -> None:
    hours = Hours(first, last)
    opens_at = hours.opens_at(now)
    if opens_at is not None:
        assert now < opens_at <= now + 86_400_000
        assert hours.opens_at(opens_at) is None
        assert hours.opens_at(opens_at - 60_000) is not None
    else:
        assert first == last or any(hours.opens_at(now + minute * 60_000) is not None for minute in range(1, 1440))


def test_hours_are_written_as_clocks_show_them() -> None:
    assert Hours.parse("08:00-20:00") == Hours(480, 1200)
    assert Hours.parse(" 8:30 – 24:00 ") == Hours(510, 0)
    assert Hours.parse("00:00-24:00").opens_at(0) is None
    night = Hours.parse("20:00-02:00")
    assert (night.opens_at(HOUR_MS), night.opens_at(2 * HOUR_MS)) == (None, 20 * HOUR_MS)
    for text in ("", "8-20", "08:00", "25:00-26:00", "24:00-08:00", "08:60-20:00"):
        with pytest.raises(ModelError):
            Hours.parse(text)


# The whole program.


@pytest.mark.anyio
async def test_codes_go_on_being_delivered_while_a_person_talks(tmp_path: Path, database: DatabaseSettings) -> None:
    words = "c'est Awa de Pikine, mon numéro privé est 784561239"
    async with running_town(
        tmp_path, admins="telegram:1", log_level="DEBUG", contact_hours="00:00-24:00", **database
    ) as (place, bot):
        awa, boss = place.customer(1001), place.customer(1)
        boss.user.text("/start")
        await awa.buy(PAID_A_MOMENT_LATER)
        awa.user.text(f"/contact {words}")
        await awa.expect("contact.begun")
        await eventually(lambda: boss.user.count(words), boss.user.story)
        assert awa.codes == []
        code = await awa.code()
        awa.user.text("oui")
        await eventually(lambda: boss.buttons(".talk.") or boss.buttons(".answer."), boss.user.story)
        boss.user.text("/answer 1 Regardez votre code")
        await eventually(lambda: awa.user.count("Regardez votre code"), awa.user.story)
        # It is remembered through a kill.
        await bot.kill()
        await bot.start()
        awa.user.text("merci à vous")
        await eventually(lambda: boss.user.count("merci à vous"), boss.user.story)
        boss.user.text("/done 1")
        await awa.expect("contact.ended")
        assert awa.codes == [code]
        bot.check_log("784561239", "Pikine", "Regardez", code)
