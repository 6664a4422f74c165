"""The messages of a list for its clients: one a line, ten at once, none for whom there is nothing to forward."""

import pytest

from bot.domain.inbound import Tap
from tests.test_batch_dialogue import button, last, reseller
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, RESELLER, Town


@pytest.fixture
def town() -> Town:
    world = Town()
    reseller(world)
    world.fund(500_000)
    return world


def bought(town: Town, text: str) -> None:
    town.say(text)
    town.settle_down()
    town.say("oui")
    # Each line has its turn at the provider.
    for _ in range(6):
        town.now += 5_000
        town.pay_all()
        town.settle_down()


def forwarded(town: Town, since: int) -> list[str]:
    texts = [shown.outbound.text for shown in town.screen[since:] if shown.address == RESELLER]
    return [text.splitlines()[0] for text in texts if "Merci de votre confiance" in text]


def test_a_long_list_is_handed_over_ten_at_a_time_and_each_line_once(town: Town) -> None:
    bought(town, "\n".join(f"147000001{at:02};{1000 + at};Client {at}" for at in range(12)))
    before = len(town.screen)
    town.tap("📤 Messages")
    assert forwarded(town, before) == [f"<b>Client {at}</b> · <b>Chez Awa</b>" for at in range(10)]
    assert "10 messages" in last(town)
    before = len(town.screen)
    town.tap("📤 Les suivants")
    assert forwarded(town, before) == [f"<b>Client {at}</b> · <b>Chez Awa</b>" for at in (10, 11)]
    assert "📤 Les suivants" not in [b.label for row in town.last().rows for b in row]


def test_a_client_who_agreed_has_theirs_already(town: Town) -> None:
    town.say("/addclient Awa Diop; 14123456789")
    town.say("awa")
    town.tap("📲")
    town.say(str(town.store.one("SELECT code FROM invitation ORDER BY id DESC LIMIT 1")), CLIENT)
    town.say("oui", CLIENT)
    town.say("/addclient Bocar; 14700000102")
    bought(town, "awa diop 2000, bocar 1000")
    before = len(town.screen)
    town.say("messages")
    assert forwarded(town, before) == ["<b>Bocar</b> · <b>Chez Awa</b>"]
    assert "1 code est déjà chez le client" in last(town)


def test_there_may_be_nothing_to_forward(town: Town) -> None:
    town.say("messages")
    assert "liste" in last(town).lower()
    town.say("14700000101;1000;Une\n14700000102;2000;Deux")
    town.settle_down()
    town.say("les messages")
    assert "Pas encore de code" in last(town)


def test_nobody_reads_the_messages_of_anothers_list(town: Town) -> None:
    bought(town, "14700000101;1000;Une\n14700000102;2000;Deux")
    data = button(town, "batchmessages")
    for who in (CUSTOMER, ADMIN):
        before = len(town.screen)
        town.hear(who, Tap(data), "1")
        assert not any("Voici votre code" in shown.outbound.text for shown in town.screen[before:])
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'X', '{}', NULL, NULL, 0, 0, 0, 0)", (str(CUSTOMER),)
    )
    town.hear(CUSTOMER, Tap(data), "1")
    assert "Voici votre code" not in town.last(CUSTOMER).text
