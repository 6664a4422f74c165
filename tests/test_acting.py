"""Admins act: one line in the audit log for each act and none for what was not done, over the real scripts."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from bot.app import demo_shop
from bot.dialogue.acts.kinds import reason
from bot.dialogue.flows import REGISTRY
from bot.domain.acts import Act
from bot.domain.inbound import Tap
from bot.domain.outcome import Delivered, NotSent, Processing, ProviderDetails, Unknown
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.i18n import NBSP
from bot.repositories.accounts import customer_of
from bot.repositories.acts import end_approval
from bot.transactions import acts
from bot.transactions.unit import Unit
from tests.dialogue_world import WORDS
from tests.in_process import room
from tests.trade_world import ADMIN, CLIENT, CUSTOMER, PEOPLE, RESELLER, Town
from tests.units import tag_of

SECOND, OPERATOR, SUPPORT = PEOPLE["second"], PEOPLE["operator"], PEOPLE["support"]
METER = "14123456789"


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    for address in (CUSTOMER, RESELLER):
        town.fund(50_000, address)
    yield town
    town.store.close()


def last_text(town: Town, address: Address = ADMIN) -> str:
    return town.last(address).text.replace(NBSP, " ")


def lines(town: Town) -> list[sqlite3.Row]:
    return town.store.rows("SELECT * FROM audit ORDER BY id")


def name(town: Town, address: Address, role: str) -> None:
    town.store.rows("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)


def make_reseller(town: Town, address: Address = RESELLER) -> None:
    town.store.rows("INSERT INTO reseller VALUES (?, 'Chez Modou', '{}', NULL, NULL, 0, 0, 0, 0)", str(address))


def link_to(town: Town, address: Address, account: Address) -> None:
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(account), str(address))


def buy(town: Town, amount_xof: int = 5_000, who: Address = CUSTOMER) -> str:
    town.say(f"w {METER} {amount_xof}", who)
    town.tap("Racheter quand" if "Racheter quand" in str(town.last(who).rows) else "✅ Confirmer", who)
    return town.newest().id


def act(town: Town, command: str, who: Address = ADMIN) -> None:
    town.say(command, who)
    town.say("confirmer", who)


# The audit log.

# Every kind of act, as somebody types it; `ORDER` is delivered, `OPEN` is not known of.
ACTS: dict[str, tuple[str, str, str]] = {
    "move": (f"/credit {CUSTOMER} 1000 caisse", "credit", str(CUSTOMER)),
    "resolve": ("/resolve OPEN delivered 4821 3377 9012 4556 0931 lu", "resolve delivered", "OPEN"),
    "refund": ("/refund ORDER panne", "refund", "ORDER"),
    "retry": ("/retry OPEN revenu", "retry", "OPEN"),
    "freeze": (f"/freeze {CUSTOMER} étrange", "freeze", str(CUSTOMER)),
    "unfreeze": (f"/unfreeze {CLIENT} erreur", "unfreeze", str(CLIENT)),
    "limit": (f"/limit {CUSTOMER} credit 5000 fidèle", "limit credit", str(CUSTOMER)),
    "fee": ("/fee seneau 2%", "fee", "seneau"),
    "commission": ("/commission seneau 1%", "commission", "seneau"),
    "maintenance": ("/maintenance on seneau", "maintenance on", "seneau"),
    "text": ("/text help fr Bonjour", "text", "help:fr"),
    "reseller": (f"/reseller {CUSTOMER} Chez Awa", "reseller", str(CUSTOMER)),
    "admin": (f"/admin add {SECOND} support", "admin add support", str(SECOND)),
    "unpin": (f"/unpin {RESELLER} oublié", "unpin", str(RESELLER)),
}


@pytest.mark.parametrize("verb", ACTS)
def test_an_act_leaves_one_line_when_it_is_done(town: Town, verb: str) -> None:
    town.fund(0, CLIENT)
    town.store.rows("INSERT INTO frozen VALUES (?, 0)", str(CLIENT))
    make_reseller(town)
    town.store.rows("UPDATE reseller SET pin_hash = 'x'")
    order = buy(town)
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX")))
    still_open = buy(town, 2_000)
    town.outcome(Unknown("timeout"))
    command, what, target = (part.replace("ORDER", order).replace("OPEN", still_open) for part in ACTS[verb])
    town.say(command, ADMIN)
    assert lines(town) == [], "what is only asked is not done"
    assert "Confirmer" in str(town.last(ADMIN).rows), last_text(town)
    town.say("non", ADMIN)
    assert lines(town) == []
    act(town, command)
    (line,) = lines(town)
    assert (line["what"], line["target"], line["address"], line["role"]) == (what, target, str(ADMIN), "owner")
    assert line["second"] == ""
    town.tap("✅ Confirmer", ADMIN, gone=True)
    assert len(lines(town)) == 1, "a second tap is no second act"


def test_every_verb_of_these_rooms_is_tried() -> None:
    verbs = {tag_of(act) for act in get_args(Act)}
    assert set(ACTS) <= verbs
    assert verbs - set(ACTS) <= {"broadcast", "identity", "payin", "payback", "payback_to", "undo", "move_account"}, (
        "a new act needs a line above, or a test of its own"
    )


def test_the_log_is_append_only(town: Town) -> None:
    act(town, f"/credit {CUSTOMER} 1000 caisse")
    for change in ("UPDATE audit SET why = ''", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            town.store.rows(change)
    assert len(lines(town)) == 1


def test_the_log_is_found_by_who_what_and_when(town: Town) -> None:
    name(town, OPERATOR, "operator")
    order = buy(town)
    town.outcome(NotSent("unreachable"))
    act(town, f"/retry {order}", OPERATOR)
    act(town, f"/freeze {CUSTOMER} étrange", OPERATOR)
    act(town, f"/credit {RESELLER} 700 caisse")
    for words, many in (("", 3), (str(OPERATOR), 2), (order.lower(), 1), ("freeze", 1), ("jour", 3), ("hier", 0)):
        town.say(f"/log {words}", ADMIN)
        assert last_text(town).count("par <code>") == many, words
    for number in range(16):
        act(town, f"/credit {RESELLER} {number + 1} caisse")
    town.say("/log", ADMIN)
    assert "15 dernières" in last_text(town)
    town.store.rows("INSERT INTO audit VALUES (99, ?, 'telegram:8', '', 'x', 'y', 0, '', '')", town.now)
    town.say("/log telegram:8", ADMIN)
    assert "aucun rôle" in last_text(town)


def test_a_reason_is_one_line_without_codes() -> None:
    assert reason("  lu au\ntéléphone ") == "lu au téléphone"
    assert reason("code 4821 3377 9012 4556 0931 perdu") == "code …0931 perdu"
    assert reason("x" * 300) == "x" * 199 + "…"


def test_a_reason_is_typed_and_words_stay_words(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER}", ADMIN)
    town.say("aide", ADMIN)
    # Whoever reads something else has left the act.
    assert not lines(town)
    town.say(f"/freeze {CUSTOMER}", ADMIN)
    town.say("eau coupée hier", ADMIN)
    assert "Motif : eau coupée hier" in last_text(town)
    town.say("1", ADMIN)
    assert lines(town)[0]["why"] == "eau coupée hier"


def test_a_confirm_without_a_reason_moves_no_money(town: Town) -> None:
    town.say(f"/credit {CUSTOMER} 1000", ADMIN)
    step = town.last(ADMIN).rows[0][0].data.partition(".")[0]  # type: ignore[union-attr]  # It is the Cancel.
    town.hear(ADMIN, Tap(f"{step}.do."))
    town.say("confirmer", ADMIN)
    assert lines(town) == []
    assert town.balance(CUSTOMER) == 50_000


def test_what_became_impossible_before_the_confirm_is_said_once(town: Town) -> None:
    town.say(f"/debit {CUSTOMER} 48000 retrait", ADMIN)
    buy(town)
    town.say("confirmer", ADMIN)
    assert last_text(town).count("Impossible") == 1
    assert lines(town) == []


# Two people.


def test_what_became_impossible_before_the_confirm_asks_nobody(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    town.say(f"/debit {CUSTOMER} 48000 retrait", ADMIN)
    buy(town)
    town.say("confirmer", ADMIN)
    assert "Impossible" in last_text(town)
    assert town.store.rows("SELECT * FROM approval") == []


def test_whoever_has_too_small_a_role_decides_nothing_and_both_are_told(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    identity = town.store.one("SELECT id FROM approval")
    town.store.rows("UPDATE admin SET role = 'operator'")
    for command in ("approve", "refuse"):
        before = len(town.screen)
        town.say(f"/{command} {identity}", SECOND)
        assert "Il faut le rôle" in last_text(town, SECOND)
        assert "n’en a pas le rôle" in last_text(town)
        assert len(town.screen) == before + 2
    assert town.balance(CUSTOMER) == 50_000
    town.store.rows("UPDATE admin SET role = 'owner'")
    town.say(f"/approve {identity}", SECOND)
    assert town.balance(CUSTOMER) == 70_000


def test_a_request_that_nobody_made(town: Town) -> None:
    for text in ("/approve", "/approve NOPE", "/refuse é"):
        town.say(text, ADMIN)
        assert "Je ne trouve pas cette demande" in last_text(town)


def test_requests_end_by_themselves_and_the_asker_is_told(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    town.now += 29 * 60_000
    assert town.store.run(acts.expire, town.installation, town.now) == []
    town.now += 60_000
    (message,) = town.store.run(acts.expire, town.installation, town.now)
    assert message.address == str(ADMIN)
    assert "expiré sans accord" in message.outbound.text
    assert town.store.run(acts.expire, town.installation, town.now) == []
    town.tap("✅ Approuver", SECOND)
    assert "a expiré" in last_text(town, SECOND)
    assert town.balance(CUSTOMER) == 50_000
    town.store.rows("INSERT INTO approval VALUES ('A', 'move', 'x', 'telegram:7', 5, 0, 1, 'asked', NULL)")
    assert [one.address for one in town.store.run(acts.expire, town.installation, town.now)] == ["telegram:7"]


@pytest.mark.anyio
async def test_the_engine_ends_requests_that_are_too_old(tmp_path: Path) -> None:
    shop = replace(demo_shop(), approval_xof=10_000)
    async with room(tmp_path, shop=lambda: shop) as here:
        connection = here.taal.store._connection  # type: ignore[attr-defined]
        await connection.execute("INSERT INTO admin VALUES (?, 'owner', 'telegram:1', 0)", (str(SECOND),))
        await connection.commit()
        await here.says(ADMIN, f"/credit {CUSTOMER} 20000 nouveau caisse")
        await here.says(ADMIN, "confirmer")
        await here.turn(29 * 60)
        assert "expiré" not in here.story(ADMIN)
        await here.turn(2 * 60)
        assert "expiré sans accord" in here.story(ADMIN)
        await here.taps(SECOND, here.button(SECOND, "approve"))
        assert "expiré" in here.story(SECOND)
        assert (await here.balances()).get(f"customer:{CUSTOMER}", 0) == 0


def test_a_request_from_the_future_counts_as_expired(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    town.now -= 3_600_000
    town.tap("✅ Approuver", SECOND)
    assert "a expiré" in last_text(town, SECOND)
    assert town.balance(CUSTOMER) == 50_000


def test_who_tries_their_own_request_too_late_is_told_once(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    town.now += 31 * 60_000
    before = len(town.screen)
    town.say(f"/refuse {town.store.one('SELECT id FROM approval')}", ADMIN)
    assert len(town.screen) == before + 1


def test_a_request_is_decided_by_the_first_of_two(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    identity = town.store.one("SELECT id FROM approval")
    town.say(f"/approve {identity}", SECOND)
    with pytest.raises(StoreConflict):
        town.store.run(end_approval, identity, "refused")


@pytest.mark.parametrize("kept", ["move 7KQ4M2XR9BTZ telegram:9 20000", '{"type":"of a later version"}'])
@pytest.mark.parametrize("command", ["approve", "refuse"])
def test_a_request_of_another_version_ends_and_nothing_moves(town: Town, kept: str, command: str) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    town.store.rows("UPDATE approval SET draft = ?", kept)
    town.say(f"/{command} {town.store.one('SELECT id FROM approval')}", SECOND)
    assert "n’est plus lisible" in last_text(town, SECOND)
    assert "20 000 F CFA · caisse" in last_text(town), "who asked is told which one"
    assert town.store.one("SELECT state FROM approval") == "void"
    assert town.balance(CUSTOMER) == 50_000


def test_a_request_of_another_version_that_nobody_decides_expires(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, "/fee seneau 2%")
    town.store.rows("UPDATE approval SET draft = 'fee seneau 2%'")
    assert town.store.one("SELECT state FROM approval") == "asked"
    (message,) = town.store.run(acts.expire, town.installation, town.now + 31 * 60_000)
    assert "(…)" in message.outbound.text


# Orders.


@pytest.mark.parametrize("command", ["resolve ORDER refused", "refund ORDER panne", "retry ORDER", "order ORDER"])
def test_an_order_that_is_not_there_is_nothing_to_decide(town: Town, command: str) -> None:
    town.say(f"/{command}".replace("ORDER", "7KQ4M2XR9BTZ"), ADMIN)
    assert last_text(town) == WORDS["fr"]("admin.order.none")
    town.hear(ADMIN, Tap("-.askany.7KQ4M2XR9BTZ"))
    assert last_text(town) == WORDS["fr"]("admin.order.none")


@pytest.mark.parametrize("command", ["resolve ORDER delivered 4821 3377 9012 4556 0931", "retry ORDER"])
def test_an_order_that_went_away_before_the_confirm_is_not_decided(town: Town, command: str) -> None:
    order = buy(town)
    town.outcome(Unknown("timeout"))
    town.say(f"/{command}".replace("ORDER", order), ADMIN)
    # A session of a copy of the books that was restored since.
    town.store.rows("UPDATE session SET body = replace(body, ?, '7KQ4M2XR9BTZ')", order)
    town.tap("✅ Confirmer", ADMIN)
    assert WORDS["fr"]("admin.order.none") in last_text(town)
    assert lines(town) == []


def test_a_code_of_an_unusual_length_is_pointed_out(town: Town) -> None:
    order = buy(town)
    town.outcome(Unknown("timeout"))
    town.say(f"/resolve {order} delivered 4821-3377", ADMIN)
    assert WORDS["fr"]("admin.resolve.odd_code").replace(NBSP, " ") in last_text(town)


def test_a_limit_is_no_strangers(town: Town) -> None:
    town.say("/limit telegram:999 5000 fidèle", ADMIN)
    assert last_text(town) == WORDS["fr"]("admin.person.none", address="telegram:999").replace(NBSP, " ")


@pytest.mark.parametrize("state", ["waiting", "processing", "token_awaited", "cancelled"])
def test_what_is_not_delivered_is_not_refunded(town: Town, state: str) -> None:
    order = buy(town)
    if state == "waiting":
        town.outcome(NotSent("unreachable"))
    elif state == "processing":
        town.outcome(Processing(ProviderDetails(transaction_id="TX")))
    elif state == "token_awaited":
        town.outcome(Delivered((), ProviderDetails(transaction_id="TX")))
    else:
        town.outcome(NotSent("unreachable"))
        town.hear(CUSTOMER, Tap(f"-.recall.{order}"))
    town.say(f"/refund {order} panne", ADMIN)
    assert f"/retry {order}" in last_text(town) or "/resolve" in last_text(town) or "déjà revenu" in last_text(town)
    assert "💰" in last_text(town), "where the money is"


def test_an_approved_request_leaves_its_state_before_anything_is_written_and_is_done_once(town: Town) -> None:
    town.under(approval_xof=10_000)
    name(town, SECOND, "owner")
    act(town, f"/credit {CUSTOMER} 20000 caisse")
    identity = town.store.one("SELECT id FROM approval")
    traced: list[str] = []
    town.store.connection.set_trace_callback(traced.append)
    town.say(f"/approve {identity}", SECOND)
    town.store.connection.set_trace_callback(None)
    words = [sql.split() for sql in traced]
    written = [line[2] if line[0] == "INSERT" else line[1] for line in words if line[0] in ("INSERT", "UPDATE")]
    acts_of = [table for table in written if table in ("approval", "audit", "entry", "payment_reference")]
    # Its words are worked out in both languages, and nothing of that is written.
    assert acts_of == ["approval", "audit", "entry", "entry"]
    assert written.index("approval") < written.index("outbox")
    assert town.balance(CUSTOMER) == 70_000


def refund(town: Town, order_id: str) -> None:
    unit = Unit(town.installation, ADMIN, str(ADMIN), "fr", town.now)
    town.store.run(acts.refund_order, unit, order_id, 100, "x")


def test_a_refund_happens_once_whatever_a_script_is_told(town: Town) -> None:
    order = buy(town)
    with pytest.raises(StoreConflict):
        refund(town, order)
    with pytest.raises(StoreConflict):
        refund(town, "NOPE")
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX")))
    act(town, f"/refund {order} panne")
    with pytest.raises(StoreConflict):
        refund(town, order)
    assert town.balance(CUSTOMER) == 50_000


def test_a_refund_is_of_what_the_order_cost_in_the_end(town: Town) -> None:
    order = buy(town)
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX", amount_xof=4_000)))
    town.say(f"/refund {order} 5000 panne", ADMIN)
    assert "4 075 F CFA" in last_text(town), "a thousand came back already"
    act(town, f"/refund {order} panne")
    assert town.balance(CUSTOMER) == 50_000
    town.say("historique", CUSTOMER)
    assert "argent remboursé" in last_text(town, CUSTOMER)


def test_a_refund_of_an_order_that_an_address_left_behind(town: Town) -> None:
    town.fund(0, CLIENT)
    link_to(town, CUSTOMER, CLIENT)
    town.fund(20_000, CUSTOMER)
    order = buy(town)
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX")))
    link_to(town, CUSTOMER, CUSTOMER)
    act(town, f"/refund {order} panne")
    assert "vous sont remboursés" in last_text(town, CUSTOMER)
    assert "Solde" not in last_text(town, CUSTOMER), "the money is the account's that they left"
    assert town.balance(CLIENT) == 20_000


def test_an_order_that_went_away_before_the_confirm(town: Town) -> None:
    order = buy(town)
    town.outcome(Delivered(("1" * 20,), ProviderDetails(transaction_id="TX")))
    town.say(f"/refund {order} panne", ADMIN)
    act(town, f"/refund {order} panne")
    second = buy(town, 2_000)
    town.outcome(Unknown("timeout"))
    for command in (f"/retry {second}", f"/refund {order[:3]} x", "/retry", "/refund"):
        town.say(command, ADMIN)
    town.say(f"/retry {second}", ADMIN)
    town.store.rows("DELETE FROM orders WHERE id = ?", second)
    town.say("confirmer", ADMIN)
    assert "Je ne trouve pas cette commande" in last_text(town)
    third = buy(town, 3_000)
    town.outcome(Delivered(("2" * 20,), ProviderDetails(transaction_id="TX")))
    town.say(f"/refund {third} panne", ADMIN)
    town.store.rows("UPDATE orders SET refunded_xof = 5 WHERE id = ?", third)
    town.say("confirmer", ADMIN)
    assert "déjà été remboursée" in last_text(town)
    town.store.rows("UPDATE orders SET refunded_xof = 0 WHERE id = ?", third)
    town.say(f"/refund {third} panne", ADMIN)
    town.store.rows("DELETE FROM orders WHERE id = ?", third)
    town.say("confirmer", ADMIN)
    assert "Je ne trouve pas cette commande" in last_text(town)


def test_nothing_is_retried_that_could_be_paid_twice(town: Town) -> None:
    order = buy(town)
    town.outcome(Unknown("timeout"))
    act(town, f"/retry {order}")
    town.outcome(Unknown("timeout"), "replay")
    calls = len(town.calls)
    town.say(f"/retry {order}", ADMIN)
    assert "il n’y a plus rien à envoyer" in last_text(town)
    assert len(town.calls) == calls
    row = town.store.rows("SELECT pay_attempts, replays FROM orders WHERE id = ?", order)[0]
    assert (row["pay_attempts"], row["replays"]) == (2, 1)


# People.


def test_a_paused_account_is_neither_linked_nor_left(town: Town) -> None:
    town.fund(0, CLIENT)
    link_to(town, CLIENT, CUSTOMER)
    town.say("/unlink", CLIENT)
    act(town, f"/freeze {CUSTOMER} étrange")
    assert "en pause" in last_text(town, CLIENT), "every address of the account is told"
    town.say("oui", CLIENT)
    assert "ni relié ni séparé" in last_text(town, CLIENT)
    for text in ("/link", "/unlink"):
        town.say(text, CLIENT)
        assert "ni relié ni séparé" in last_text(town, CLIENT)
    assert town.store.run(customer_of, str(CLIENT)) == str(CUSTOMER)
    town.say(f"/unfreeze {CUSTOMER}", ADMIN)
    assert "Même compte" in last_text(town)


def test_somebody_else_paused_it_before_the_confirm(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.store.rows("INSERT INTO frozen VALUES (?, 0)", str(CUSTOMER))
    town.say("confirmer", ADMIN)
    assert "déjà en pause" in last_text(town)
    assert lines(town) == []


def test_an_act_of_a_role_that_was_lowered_does_nothing(town: Town) -> None:
    name(town, OPERATOR, "operator")
    town.say(f"/freeze {CUSTOMER} étrange", OPERATOR)
    town.store.rows("UPDATE admin SET role = 'support'")
    town.tap("✅ Confirmer", OPERATOR)
    assert "Que voulez-vous faire" in last_text(town, OPERATOR)
    assert lines(town) == []


def code_of(town: Town, address: Address) -> str:
    town.say("/link", address)
    return last_text(town, address).partition("<code>")[2][:6]


def test_a_paused_account_joins_no_other(town: Town) -> None:
    town.fund(0, CLIENT)
    code = code_of(town, CLIENT)
    act(town, f"/freeze {CUSTOMER} étrange")
    town.say(f"/link {code}", CUSTOMER)
    assert "ni relié ni séparé" in last_text(town, CUSTOMER)
    act(town, f"/unfreeze {CUSTOMER}")
    act(town, f"/freeze {CLIENT} étrange")
    town.say(f"/link {code}", CUSTOMER)
    assert "ne peut pas être relié" in last_text(town, CUSTOMER)
    act(town, f"/unfreeze {CLIENT}")
    town.say(f"/link {code}", CUSTOMER)
    town.say("oui", CUSTOMER)
    act(town, f"/freeze {CLIENT} étrange")
    town.say("/link oui", CLIENT)
    assert "ni relié ni séparé" in last_text(town, CLIENT)
    act(town, f"/unfreeze {CLIENT}")
    act(town, f"/freeze {CUSTOMER} étrange")
    town.say("/link oui", CLIENT)
    assert "ne peut pas être relié" in last_text(town, CLIENT)
    assert town.store.run(customer_of, str(CUSTOMER)) == str(CUSTOMER)


def test_a_resellers_account_takes_in_an_address_and_is_given_to_none(town: Town) -> None:
    town.fund(0, CLIENT)
    code = code_of(town, CLIENT)
    town.say(f"/link {code}", RESELLER)
    town.say("oui", RESELLER)
    make_reseller(town)
    town.say("/link oui", CLIENT)
    assert "celui d’un revendeur" in last_text(town, CLIENT)
    town.say(f"/link {code_of(town, CLIENT)}", RESELLER)
    assert "Faites l’inverse" in last_text(town, RESELLER)
    town.say(f"/link {code_of(town, RESELLER)}", CLIENT)
    town.say("/link oui", RESELLER)
    assert town.store.run(customer_of, str(CLIENT)) == str(RESELLER)


def test_limits_that_somebody_types_badly(town: Town) -> None:
    for rest in ("", "lui credit 5", f"{CUSTOMER} credit beaucoup", f"{CUSTOMER} credit 9999999999", f"{CUSTOMER} day"):
        town.say(f"/limit {rest}", ADMIN)
        assert "Écrivez" in last_text(town), rest


def test_a_limit_is_lowered_without_a_reason_and_returns_to_the_settings(town: Town) -> None:
    act(town, f"/limit {CUSTOMER} 30000 fidèle")
    town.say(f"/limit {CUSTOMER} credit 10 000", ADMIN)
    town.say("confirmer", ADMIN)
    act(town, f"/limit {CUSTOMER} none")
    assert [line["amount_xof"] for line in lines(town)] == [30_000, 0, 0]
    assert town.store.rows("SELECT * FROM credit_limit") == []


def test_a_limit_that_may_no_longer_be_at_the_confirm(town: Town) -> None:
    make_reseller(town)
    town.say(f"/limit {RESELLER} day 20000", ADMIN)
    town.store.rows("DELETE FROM reseller")
    town.say("confirmer", ADMIN)
    assert "n’en est pas un" in last_text(town)
    act(town, f"/limit {CUSTOMER} 30000 fidèle")
    town.say(f"/limit {CUSTOMER} 5000 moins", ADMIN)
    buy(town, 60_000)
    town.say("confirmer", ADMIN)
    assert "doit déjà" in last_text(town)
    assert len(lines(town)) == 1


# Resellers, rules, the team: what the transcripts do not come by.


def test_a_reseller_who_is_none_any_more_at_the_confirm(town: Town) -> None:
    make_reseller(town)
    town.say(f"/reseller {RESELLER} woyofal 1%", ADMIN)
    town.store.rows("DELETE FROM reseller")
    town.say("confirmer", ADMIN)
    assert "n’est pas revendeur" in last_text(town)
    town.say("/reseller lui", ADMIN)
    assert "Écrivez" in last_text(town)
    act(town, f"/reseller {CUSTOMER}")
    assert town.store.one("SELECT shop_name FROM reseller") == ""
    act(town, f"/reseller {CUSTOMER} woyofal 1%")
    act(town, f"/reseller {CUSTOMER} seneau 2%")
    assert "seneau" in town.store.one("SELECT commissions FROM reseller")
    assert "woyofal" in town.store.one("SELECT commissions FROM reseller")
    town.say(f"/reseller {CUSTOMER} Woyofal Plus", ADMIN)
    assert "Woyofal Plus" in last_text(town), "a shop may be called after what it sells"


def test_small_services_are_shown_by_what_they_sell(town: Town) -> None:
    catalog = town.shop.catalog
    town.under(catalog=catalog.replaced(replace(catalog.woyofal, minimum_xof=7_000, maximum_xof=8_000)))
    town.say("/fee woyofal 5%", ADMIN)
    assert "7 000 F CFA" in last_text(town)
    town.say("/commission woyofal default", ADMIN)
    assert "⚠️" not in last_text(town)
    town.say("/commission woyofal 200%", ADMIN)
    assert "Écrivez" in last_text(town)
    town.say("/fee eau potable", ADMIN)
    town.say("/fee", ADMIN)
    assert "Écrivez" in last_text(town)


def test_maintenance_that_ended_before_the_confirm(town: Town) -> None:
    act(town, "/maintenance on tout")
    town.say("/maintenance", ADMIN)
    assert "🛠 Woyofal\n" in last_text(town)
    town.say("/maintenance off", ADMIN)
    town.store.rows("DELETE FROM rule")
    town.say("confirmer", ADMIN)
    assert "pas en maintenance" in last_text(town)
    town.say("/maintenance on woyofal Panne", ADMIN)
    town.say("le réseau", ADMIN)
    town.say("confirmer", ADMIN)
    assert lines(town)[-1]["why"] == "Panne · le réseau"


def test_a_frozen_customer_is_told_whom_to_write_to(town: Town) -> None:
    act(town, "/text contact fr Appelez Modou au 77.")
    act(town, f"/freeze {CUSTOMER} étrange")
    assert "Appelez Modou au 77." in last_text(town, CUSTOMER)


def test_what_was_quoted_before_maintenance_is_not_paid(town: Town) -> None:
    town.say(f"w {METER} 5000", CUSTOMER)
    act(town, "/maintenance on woyofal")
    town.say("ok", CUSTOMER)
    assert "Rien n’a été payé" in last_text(town, CUSTOMER)
    assert town.store.rows("SELECT * FROM orders") == []
    act(town, "/maintenance off")
    town.say(f"w {METER}", CUSTOMER)
    act(town, "/maintenance on woyofal")
    town.say("5000", CUSTOMER)
    assert "en maintenance" in last_text(town, CUSTOMER)


def test_the_last_owner_stays(town: Town) -> None:
    town.installation = type(town.installation)("town", town.shop, (), town.installation.budget)
    name(town, ADMIN, "owner")
    for command in (f"/admin remove {ADMIN}", f"/admin add {ADMIN} support"):
        town.say(command, ADMIN)
        assert "dernier propriétaire" in last_text(town)
    town.say(f"/admin remove {SECOND}", ADMIN)
    assert "n’est pas gérant" in last_text(town)
    town.say(f"/admin add {SECOND} owner", ADMIN)
    name(town, SECOND, "owner")
    town.say("confirmer", ADMIN)
    assert "a déjà ce rôle" in last_text(town)
    for command in (
        "/admin add telegram:9",
        "/admin add telegram:9 roi",
        "/admin ajoute telegram:9",
        "/admin remove x",
    ):
        town.say(command, ADMIN)
        assert "/admin add telegram:123456" in last_text(town)


def test_every_acting_command_has_its_place_in_the_help() -> None:
    for command in ("refund", "retry", "freeze", "unfreeze", "limit", "fee", "commission", "reseller", "maintenance"):
        assert REGISTRY.commands[command].about
