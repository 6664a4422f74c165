"""A lost telephone: an account goes to another address, and what anybody may try with that, over the real scripts."""

import re
from collections.abc import Iterator

import pytest

from bot.domain.outbound import Outbound
from bot.domain.outcome import Delivered
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.repositories import moves as rows
from bot.repositories.accounts import move_members
from bot.repositories.auditing import note_joined
from bot.repositories.outbox import say
from bot.transactions import moves
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from tests.sync_store import WRONG_BALANCES, Killed
from tests.trade_world import CUSTOMER, PEOPLE, Town

OLD, NEW, THIRD = CUSTOMER, Address("telegram", "221790005566"), Address("telegram", "221790007788")
FIRST, SECOND, OPERATOR = PEOPLE["admin"], PEOPLE["second"], PEOPLE["operator"]
DAY_MS = 86_400_000
CODE = "48213377901245560931"


@pytest.fixture
def town() -> Iterator[Town]:
    """A shop of two owners and an operator, a customer who has money, and a new telephone that has written."""
    made = Town()
    for admin, role in ((SECOND, "owner"), (OPERATOR, "operator")):
        made.fund(0, admin)
        made.store.connection.execute(
            "INSERT INTO admin VALUES (?, ?, 'telegram:1', ?)", (str(admin), role, made.now - DAY_MS)
        )
    for who in (OLD, NEW, FIRST):
        made.say("/start", who)
    made.fund(20_000, OLD)
    yield made
    assert made.store.rows(WRONG_BALANCES) == []
    assert made.store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
    made.store.close()


def asked(town: Town, by: Address = OPERATOR, old: Address = OLD, new: Address = NEW) -> str:
    """Somebody asks for a move and confirms it; answers what they read."""
    town.say(f"/move {old} {new} vue en boutique", by)
    town.say("déplacer", by)
    return town.last(by).text


def approved(town: Town, by: Address = SECOND) -> str:
    town.say(f"/approve {town.store.one('SELECT id FROM approval ORDER BY asked_at DESC, rowid DESC LIMIT 1')}", by)
    return town.last(by).text


def agreed(town: Town) -> None:
    asked(town)
    approved(town)
    assert states(town)[-1] == "waiting"


def passes(town: Town, ms: int = DAY_MS) -> None:
    town.now += ms
    town.store.run(moves.carry_out, town.installation, town.now)
    town.deliver()


def states(town: Town) -> list[str]:
    return [str(row["state"]) for row in town.store.rows("SELECT state FROM account_move ORDER BY id")]


def balances(town: Town) -> tuple[int, int]:
    """What the old address and the new one can spend."""
    found = []
    for who in (OLD, NEW):
        town.say("solde", who)
        amount = re.search(r"Solde : <b>([^<]*) F", town.last(who).text.replace("\u00a0", " "))
        assert amount is not None, town.last(who).text
        found.append(int(amount[1].replace("−", "-").replace(" ", "").replace("\u202f", "")))
    return found[0], found[1]


def texts(town: Town, who: Address, since: int = 0) -> str:
    return "\n".join(shown.outbound.text for shown in town.screen[since:] if shown.address == who)


def test_one_clerk_alone_moves_nothing(town: Town) -> None:
    assert "deuxième personne" in asked(town)
    approved(town, OPERATOR)
    assert states(town) == []
    # Another operator is not enough: the second is an owner.
    third = PEOPLE["support"]
    town.store.connection.execute(
        "INSERT INTO admin VALUES (?, 'operator', 'telegram:1', ?)", (str(third), town.now - DAY_MS)
    )
    assert "propriétaire" in approved(town, third)
    assert states(town) == []
    # The time of the request passes.
    town.now += 1_801_000
    approved(town)
    passes(town)
    assert states(town) == []
    assert balances(town) == (20_000, 0)


def test_a_clerk_on_either_side_of_it_decides_nothing(town: Town) -> None:
    """An address that was ever joined to the clerk's, as the old one or as the new one; and one of an admin."""
    town.store.run(note_joined, str(OPERATOR), str(NEW), town.now)
    asked(town)
    assert town.store.one("SELECT count(*) FROM approval") == 0
    # Somebody else asks; then the clerk may not approve.
    asked(town, SECOND)
    approved(town, OPERATOR)
    assert states(town) == []
    for old, new in ((OLD, OPERATOR), (OPERATOR, NEW), (FIRST, NEW), (OLD, FIRST)):
        asked(town, SECOND, old, new)
        assert town.store.one("SELECT count(*) FROM approval") == 1, (old, new)
    town.say(f"/move {OPERATOR} {NEW} perdu", SECOND)
    assert "d’un gérant" in town.last(SECOND).text


def test_the_new_address_must_be_known_and_empty(town: Town) -> None:
    for new, said in (
        (Address("telegram", "55"), "jamais écrit"),
        (OLD, "même compte"),
        (PEOPLE[""], "jamais écrit"),
    ):
        town.say(f"/move {OLD} {new} perdu", OPERATOR)
        assert said in town.last(OPERATOR).text
    town.fund(500, NEW)
    town.say(f"/move {OLD} {NEW} perdu", OPERATOR)
    assert "déjà quelque chose" in town.last(OPERATOR).text
    # An address of another account, and one that nobody knows.
    town.say("/start", THIRD)
    town.store.run(move_members, str(THIRD), str(NEW))
    town.say(f"/move {OLD} {THIRD} perdu", OPERATOR)
    assert "déjà quelque chose" in town.last(OPERATOR).text
    town.say(f"/move {Address('telegram', '55')} {NEW} perdu", OPERATOR)
    assert states(town) == []
    # What a move says to somebody who writes nonsense.
    for words in ("/move", f"/move {OLD}", f"/move {OLD} demain", "/move lui moi", f"/move {OLD} stop"):
        town.say(words, OPERATOR)
    assert states(town) == []


def test_the_ends_of_both_addresses_will_do(town: Town) -> None:
    """The question has them whole; an end that several have is asked about."""
    town.say(f"/move {OLD.id[-4:]} {NEW.id[-4:]} perdu", OPERATOR)
    text = town.last(OPERATOR).text
    assert str(OLD) in text
    assert str(NEW) in text
    town.say(f"/move {OLD} 9999 perdu", OPERATOR)
    assert "9999" in town.last(OPERATOR).text
    town.say("/start", THIRD)
    town.say("/start", Address("telegram", f"33{THIRD.id[-4:]}"))
    town.say(f"/move {OLD} {THIRD.id[-4:]} perdu", OPERATOR)
    assert str(THIRD) in town.last(OPERATOR).text
    town.say("2", OPERATOR)
    assert str(OLD) in town.last(OPERATOR).text
    assert states(town) == []


def test_money_that_comes_to_the_new_address_meanwhile_is_not_mixed(town: Town) -> None:
    agreed(town)
    town.fund(700, NEW)
    passes(town)
    assert states(town) == ["impossible"]
    assert "déjà quelque chose" in texts(town, FIRST)
    assert balances(town) == (20_000, 700)
    # The same between asking and approving.
    town.say("/start", THIRD)
    asked(town, OPERATOR, OLD, THIRD)
    town.fund(700, THIRD)
    approved(town)
    assert "déjà quelque chose" in texts(town, OPERATOR)
    assert states(town) == ["impossible"]


@pytest.mark.parametrize("who", [OLD, NEW])
def test_either_side_may_say_no(town: Town, who: Address) -> None:
    agreed(town)
    assert "1122" not in texts(town, NEW), "an address is told by its end alone"
    town.tap("✋", who)
    assert states(town) == ["stopped"]
    assert "a dit non" in texts(town, SECOND)
    passes(town)
    assert balances(town) == (20_000, 0)
    # A stranger's no is nobody's.
    agreed(town)
    town.say("non c’est moi", THIRD)
    assert states(town) == ["stopped", "waiting"]
    # Neither is an old button of the first one, after the second is over.
    town.say(f"/move {OLD} stop finalement non", OPERATOR)
    town.tap("✋", who, gone=True)
    assert states(town) == ["stopped", "stopped"]
    assert "move stop" in [str(row["what"]) for row in town.store.rows("SELECT what FROM audit")]


def test_nothing_moves_before_its_time_and_nothing_twice(town: Town) -> None:
    asked(town)
    approved(town)
    # The second person approves twice, the first asks again, and for the same new address.
    approved(town)
    town.say(f"/move {OLD} {NEW} encore", OPERATOR)
    assert "attend déjà" in town.last(OPERATOR).text
    town.say("/start", THIRD)
    town.fund(300, THIRD)
    town.say(f"/move {THIRD} {NEW} perdu", OPERATOR)
    assert "attend déjà" in town.last(OPERATOR).text
    assert states(town) == ["waiting"]
    with pytest.raises(StoreConflict):
        town.store.run(rows.begin, OLD, str(OLD), THIRD, str(OPERATOR), "", town.now, town.now)
    passes(town, DAY_MS - 1)
    assert states(town) == ["waiting"]
    # The process dies in the middle, at every statement.
    town.now += 1
    for kill in range(0, 60, 3):
        town.store.kill_after = kill
        with pytest.raises(Killed):
            town.store.run(moves.carry_out, town.installation, town.now)
        town.store.kill_after = None
        assert states(town) == ["waiting"]
    # Another process does it, and this one comes too late.
    other = Installation("other", town.shop, town.installation.admins, Budget.of(6_000))
    move = town.store.run(rows.waiting)[0]
    assert town.store.run(moves.carry_out, other, town.now)
    assert not town.store.run(moves.carry_out, town.installation, town.now)
    with pytest.raises(StoreConflict):
        town.store.run(rows.end, move.id, "moved", None, town.now)
    assert balances(town) == (0, 20_000)
    # The address that was left takes no account again.
    town.say(f"/move {THIRD} {OLD} retrouvé", OPERATOR)
    assert "déjà quelque chose" in town.last(OPERATOR).text


@pytest.mark.twins
def test_everything_goes_along_and_nothing_stays_to_be_read(town: Town) -> None:
    """An open order, a code that could not be delivered, a limit, a pause, another address of the account."""
    town.say("/start", THIRD)
    town.store.run(move_members, str(THIRD), str(OLD))
    town.store.connection.execute("INSERT INTO credit_limit VALUES (?, 30000)", (str(OLD),))
    town.store.run(note_joined, "telegram:4", str(OLD), town.now)
    for meter in ("14123456789", "14555666777"):
        town.say(f"w {meter} 15000", OLD)
        town.say("oui", OLD)
        town.now += 700_000
    first, second = (str(row["id"]) for row in town.store.rows("SELECT id FROM orders ORDER BY confirmed_at"))
    town.outcome(Delivered((CODE,)), "pay", first)
    assert balances(town)[0] < 0
    town.store.connection.execute(
        "INSERT INTO proof (address, picture, reference, words, state, handed_at) "
        "VALUES (?, 'PIC', 'T1', '', 'open', 0)",
        (str(OLD),),
    )
    town.say("/link", OLD)
    town.say("/contact", OLD)
    town.say("mon téléphone est cassé", OLD)
    agreed(town)
    town.say(f"/freeze {OLD} volé", OPERATOR)
    town.say("pause", OPERATOR)
    town.tap("✅", OPERATOR)
    since = len(town.screen)
    # Another process did not come to send it.
    town.store.run(say, str(OLD), Outbound("un code", durable=True), "dead", town.now)
    passes(town)
    assert states(town) == ["moved"]
    assert "un code" in texts(town, NEW, since)
    assert "/unfreeze" in texts(town, SECOND, since)
    town.outcome(Delivered((CODE[::-1],)), "pay", second)
    shown = CODE[::-1][:4]
    assert shown in texts(town, NEW, since)
    # Whoever has the old telephones gets no code, no balance and no history, by word or by an old button.
    for who in (OLD, THIRD):
        for words in ("code", "solde", "mes achats", "mes compteurs", "/statement", f"code {first}"):
            town.say(words, who)
    town.tap("🔎", OLD, gone=True)
    for who in (OLD, THIRD):
        read = texts(town, who, since)
        assert not re.search(rf"{CODE[:4]}|{shown}|14555666777|NDIAYE|15 2", read.replace("\u00a0", " ")), read
    bodies = "".join(
        str(town.store.one("SELECT body FROM session WHERE address = ?", str(who))) for who in (OLD, THIRD)
    )
    assert "14555666777" not in bodies
    assert [tuple(row) for row in town.store.rows("SELECT address, picture FROM proof")] == [(str(NEW), "PIC")]
    assert town.store.one("SELECT count(*) FROM conversation WHERE state = 'open'") == 0
    assert town.store.one("SELECT count(*) FROM link WHERE state = 'made'") == 0
    assert town.store.one("SELECT customer FROM frozen") == str(NEW)
    assert town.store.one("SELECT limit_xof FROM credit_limit WHERE customer = ?", str(NEW)) == 30_000
    assert town.store.one("SELECT count(*) FROM joined WHERE customer = ? AND into_customer = 'telegram:4'", str(NEW))
    town.say("w 14123456789 1000", NEW)
    town.say("oui", NEW)
    assert town.store.one("SELECT count(*) FROM orders") == 2, "a pause goes along"


def test_what_two_decided_is_looked_at_again_when_its_time_comes(town: Town) -> None:
    """One of the two was paused meanwhile; the old address went into another account."""
    agreed(town)
    town.store.connection.execute("INSERT INTO frozen VALUES (?, ?)", (str(OPERATOR), town.now))
    passes(town)
    assert states(town) == ["impossible"]
    town.store.connection.execute("DELETE FROM frozen")
    agreed(town)
    town.say("/start", THIRD)
    town.fund(900, THIRD)
    town.store.run(move_members, str(OLD), str(THIRD))
    passes(town)
    assert states(town) == ["impossible", "impossible"]
    assert town.store.one("SELECT balance_xof FROM customer_balance WHERE customer = ?", str(THIRD)) == 900


@pytest.mark.parametrize("who", [OLD, NEW])
def test_who_sells_for_a_shop_or_may_be_another_goes_nowhere(town: Town, who: Address) -> None:
    agreed(town)
    town.store.connection.execute(
        "INSERT INTO seller VALUES (1, 'telegram:9', ?, 'Awa', 1, 0, 0, NULL, NULL, 'x', 0, 0, 0, 0, NULL)", (str(who),)
    )
    passes(town)
    assert states(town) == ["impossible"]
    assert ("vend pour" if who == OLD else "déjà quelque chose") in texts(town, FIRST)
    town.store.connection.execute("DELETE FROM seller")
    town.store.connection.execute(
        "INSERT INTO identity_case (chat, other, value, kind, state, froze, at) "
        "VALUES (?, 'telegram:9', '77', 'taken', 'open', 0, 0)",
        (str(OLD),),
    )
    town.say(f"/move {OLD} {NEW} perdu", OPERATOR)
    assert "/identity" in town.last(OPERATOR).text


def test_a_sole_owner_waits_a_day_to_agree_with_themselves(town: Town) -> None:
    town.store.connection.execute("DELETE FROM admin")
    town.under(move_wait_hours=1)
    asked(town, FIRST)
    approved(town, FIRST)
    assert states(town) == []
    town.now += DAY_MS
    approved(town, FIRST)
    assert states(town) == ["waiting"]
    passes(town, 3_600_000)
    assert balances(town) == (0, 20_000)


# Which columns of the schema name a person, and what a move does with them. A new one must be thought about here.
GOES_ALONG = """
address.chat no: what a channel calls the person of the old chat
account_move.* no: the record itself
admin.address no: roles are given anew
alert_silence.address no: admins
allowance.customer no: what was used of a limit within minutes
approval.address yes
audit.address no: the log
awaiting.address no: ends
batch.address yes
batch.customer yes
book_import.customer no: waits minutes for its Confirm
broadcast.address no: who began it
client.customer yes
client_meter.customer yes
collection.address yes
collection.customer yes
consent.address yes
conversation.address no: ends
credit_limit.customer yes
customer_balance.customer yes, by a transfer
frozen.customer yes
invitation.address yes
joined.customer yes
link.address no: ends
link_miss.address no: wrong codes that were typed
link_undo.customer no: what was joined before can be undone as far as it is there
meter.customer yes
muted.address no: each address says so for itself
orders.address yes
orders.customer yes
outbox.address yes
payback.address yes
payback.customer yes
payer.customer no: forgotten
payment_reference.address no: whom a payment was counted for
person_name.address yes
person_name_word.address yes
pin_lock.customer no: goes with the PIN
proof.address yes: it is credited to its new place
provider_turn.customer no: seconds
reseller.customer yes, without the PIN
seller.address no: who sells for a shop goes nowhere before it ends
seller.customer no: it ends
seller_invitation.address no: lives minutes
seller_invitation.customer no: lives minutes
session.address no: the chat
session.customer yes: each has its own again
"""


def test_every_column_that_names_a_person_was_thought_about(town: Town) -> None:
    named = {line.split()[0] for line in GOES_ALONG.strip().splitlines()}
    found = set()
    for table in town.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for column in town.store.rows(f"SELECT name FROM pragma_table_info('{table['name']}')"):
            if column["name"] in ("customer", "address", "seller", "owner_customer"):
                found.add(f"{table['name']}.{column['name']}")
    found = {name for name in found if not name.startswith("account_move.")} | {"account_move.*", "address.chat"}
    assert found == named
