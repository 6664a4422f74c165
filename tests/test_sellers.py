"""What a seller of a shop may try against it, and a shop against its seller: their money, each other's sales, limits
that two meet at once, quotes that were open when something ended. Over the real scripts; none of it works.
"""

from collections.abc import Iterator

import pytest

from bot.dialogue import Session
from bot.dialogue.flows import REGISTRY
from bot.domain.inbound import Document, Tap
from bot.domain.outbound import Choice
from bot.domain.outcome import Delivered, Processing, ProviderDetails, Refused, TokenAwaited, Unknown
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.i18n import NBSP
from bot.repositories import resellers, sellers
from bot.repositories.money import balance_of
from bot.repositories.people import freeze, unfreeze
from bot.transactions.names import is_empty
from tests.test_pins import hash_of
from tests.test_trade_transcripts import happen, newest_code
from tests.trade_world import ADMIN, CUSTOMER, PEOPLE, RESELLER, Town

MOUSSA, ASTOU, RIVAL = PEOPLE["seller"], PEOPLE["other"], PEOPLE["client"]
METER, STREET = "14123456789", "14700000001"
SHOP_XOF = 87_654
CODE = "12345678901234567890"


@pytest.fixture
def town() -> Iterator[Town]:
    """A shop with a client and two sellers, who have something of their own."""
    made = Town()
    happen(made, "reseller Chez Fatou")
    made.fund(SHOP_XOF)
    made.say(f"/addclient Bocar Ba; {METER}; 771112233", RESELLER)
    for address, name in ((MOUSSA, "Moussa"), (ASTOU, "Astou")):
        made.fund(9_000, address)
        employ(made, address, name)
    yield made
    # Whatever was tried, every franc is somebody's, and what is open is held.
    assert made.store.one("SELECT coalesce(sum(amount_xof), 0) FROM entry") == 0
    made.store.close()


def employ(town: Town, address: Address, name: str = "Moussa", *, pin: bool = True) -> None:
    """Somebody sells for the shop, with a PIN that small sales do not ask for."""
    assert town.store.run(sellers.add, str(RESELLER), str(address), name, town.now)
    if pin:
        town.store.rows("UPDATE seller SET pin_hash = 'x' WHERE address = ? AND ended_at IS NULL", str(address))


def seller_id(town: Town, address: Address) -> int:
    return int(town.store.one("SELECT max(id) FROM seller WHERE address = ?", str(address)))


def read_by(town: Town, address: Address, since: int = 0) -> str:
    """Everything that somebody was shown since, with the labels and the acts of the buttons."""
    shown = [one.outbound for one in town.screen[since:] if one.address == address]
    return "\n".join(f"{out.text}\n{out.rows}" for out in shown).replace(NBSP, " ")


def figure_of(xof: int) -> str:
    """A sum as it would be read."""
    return f"{xof:,}".replace(",", " ")


def sell(town: Town, who: Address, line: str = f"w {METER} 5000") -> str:
    """A sale that is confirmed; the order's id."""
    town.now += 5_000
    town.say(line, who)
    town.tap("✅", who)
    order = town.newest()
    assert order.address == who, read_by(town, who)[-600:]
    return order.id


def deliver(town: Town, order_id: str) -> None:
    town.outcome(Delivered((CODE,), ProviderDetails(transaction_id="TX")), "pay", order_id)


def count(town: Town) -> int:
    return len(town.orders)


# Whose money it is.


def test_a_sale_is_the_shops_to_the_franc_and_its_commission_too(town: Town) -> None:
    order_id = sell(town, MOUSSA)
    order = town.orders[order_id]
    assert (order.customer, order.address) == (str(RESELLER), MOUSSA)
    assert (order.price_xof, order.total_xof, order.client) == (5_075, 5_060, "Bocar Ba")
    assert town.balance(RESELLER) == SHOP_XOF - 5_060
    assert town.balance(MOUSSA) == 9_000
    # Called back before it was sent, and refused by the provider: all of it is the shop's again, no franc more.
    town.outcome(Refused("failed"), "pay", order_id)
    assert (town.balance(RESELLER), town.balance(MOUSSA)) == (SHOP_XOF, 9_000)
    assert "revenus" not in town.last(MOUSSA).text
    assert "5 075 F CFA au client" in read_by(town, MOUSSA)
    # It had succeeded after all: the client owes it, and the shop's money is none of the seller's affair.
    since = len(town.screen)
    town.outcome(Delivered((CODE,), ProviderDetails(transaction_id="TX")), "look_up", order_id)
    assert town.balance(RESELLER) == SHOP_XOF - 5_060
    assert "finalement réussi" in read_by(town, MOUSSA, since)
    assert "solde" not in read_by(town, MOUSSA, since)
    town.fund(5_060, RESELLER)
    waiting = sell(town, MOUSSA, f"w {STREET} 3000")
    town.change_order(waiting, state="waiting")
    town.hear(MOUSSA, Tap(f"-.recall.{waiting}"))
    assert town.orders[waiting].state == "cancelled"
    assert (town.balance(RESELLER), town.balance(MOUSSA)) == (SHOP_XOF, 9_000)


def test_a_seller_reads_neither_the_shops_balance_nor_its_commission(town: Town) -> None:
    since = len(town.screen)
    unknown = sell(town, MOUSSA, f"w {STREET} 5000")
    for outcome in (Processing(), Unknown("timeout"), TokenAwaited()):
        town.outcome(outcome, "look_up", unknown)
        town.hear(MOUSSA, Tap(f"-.order.{unknown}"))
        town.say("alors ?", MOUSSA)
    town.outcome(Refused("failed"), "look_up", unknown)
    order_id = sell(town, MOUSSA)
    deliver(town, order_id)
    for said in (
        *(
            "solde",
            "/balance",
            "mes gains",
            "ma commission",
            "combien j'ai gagné",
            "/day",
            "/month",
            "/statement",
            "/chart",
        ),
        *(
            "ma caisse",
            "mes achats",
            "historique",
            "code",
            "code bocar",
            "bocar",
            "clients",
            "alors ?",
            "où est mon argent",
        ),
        *(
            "/topup 5000",
            "/refundme",
            "rembourser",
            "/export",
            "/pin above 0",
            "/pin off",
            "qui me doit",
            "/debts",
            "aide",
        ),
        *(
            "bocar 3000, awa 2000",
            "bocar 3000 à crédit",
            "crédit bocar 3000",
            "/batch",
            "importer mes clients",
            "/sellers",
        ),
        *(
            "w 14123456789 80000",
            "oui",
            "annuler",
            "senelec 310000003",
            "tout",
            "annuler",
            "/addclient Eve; 14700000002",
        ),
    ):
        town.say(said, MOUSSA)
    town.hear(MOUSSA, Document("ref", "clients.csv", size_bytes=100))
    for act in ("order", "ask", "forward", "again"):
        town.hear(MOUSSA, Tap(f"-.{act}.{order_id}"))
    seen = read_by(town, MOUSSA, since)
    for xof in (SHOP_XOF, SHOP_XOF - 5_060, SHOP_XOF - 5_075, 5_060, 2 * 5_060, town.balance(RESELLER)):
        assert figure_of(xof) not in seen
    assert "ommission" not in seen
    assert "77 111 22 33" not in seen
    for said in ("annuler", "mes compteurs"):
        town.say(said, MOUSSA)
    assert "Autre chose" in town.last(MOUSSA).text
    assert "Eve" not in str(town.store.rows("SELECT name FROM client"))
    assert count(town) == 2
    assert town.store.rows("SELECT * FROM debt") == []
    # A client without a meter is the shop's to complete.
    town.say("/addclient Ndeye Fall", RESELLER)
    town.say("sans numéro", RESELLER)
    town.hear(RESELLER, Tap(f"{town.sessions[RESELLER].step}.bare."))
    for said in ("ndeye 2000", "ndeye"):
        town.say(said, MOUSSA)
    assert "Ndeye Fall" in town.last(MOUSSA).text
    assert "clientmeters" not in read_by(town, MOUSSA, since)
    # Unless the shop lets them.
    town.store.run(sellers.show_balance, str(RESELLER), seller_id(town, MOUSSA), shown=True)
    town.say("annuler", MOUSSA)
    town.say("ma caisse", MOUSSA)
    assert figure_of(town.balance(RESELLER)) in read_by(town, MOUSSA)


def test_what_the_sellers_have_of_their_own_is_theirs_and_waits(town: Town) -> None:
    """A quote of their own is none of the shop's, a payment of theirs is theirs, and the shop sees nothing of it."""
    town.store.run(sellers.end, str(RESELLER), seller_id(town, MOUSSA), town.now)
    own = sell(town, MOUSSA, f"w {STREET} 2000")
    deliver(town, own)
    assert town.orders[own].customer == str(MOUSSA)
    town.say(f"w {METER} 4000", MOUSSA)
    data = town.last(MOUSSA).rows[0][0]
    employ(town, MOUSSA)
    before = (town.balance(MOUSSA), town.balance(RESELLER))
    town.hear(MOUSSA, Tap(data.data))  # type: ignore[union-attr]  # The Confirm.
    town.say("oui", MOUSSA)
    assert (town.balance(MOUSSA), town.balance(RESELLER), count(town)) == (*before, 1)
    since = len(town.screen)
    for said in ("mes achats", "code", "vendeurs", "/day", "bocar"):
        town.say(said, RESELLER)
    town.hear(RESELLER, Tap(f"-.order.{own}"))
    town.hear(RESELLER, Tap(f"-.code.{own}"))
    assert STREET not in read_by(town, RESELLER, since)
    assert CODE[-4:] not in read_by(town, RESELLER, since)
    # The code that they paid for is still found by themselves.
    town.say("code", MOUSSA)
    assert CODE[-4:] in town.last(MOUSSA).text
    # Nor does their own money buy anything for the shop, or the shop's for them.
    deliver(town, sell(town, MOUSSA))
    assert town.balance(MOUSSA) == before[0]


# Other sellers, other shops.


def test_nobody_sees_or_touches_what_another_seller_sold(town: Town) -> None:
    theirs = sell(town, ASTOU)
    since = len(town.screen)
    for act in ("order", "code", "forward", "ask", "again", "recall", "refused", "save", "keepclient", "inspect"):
        town.hear(MOUSSA, Tap(f"-.{act}.{theirs}"))
        town.say("annuler", MOUSSA)
    deliver(town, theirs)
    for said in ("mes achats", "code", "code bocar", "bocar", theirs, "alors ?", "annuler", "ma caisse"):
        town.say(said, MOUSSA)
    seen = read_by(town, MOUSSA, since)
    assert CODE[-4:] not in seen
    assert "5 075" not in seen
    assert town.orders[theirs].state == "delivered"
    # Who sold what is the shop's to read.
    for who, found in ((ASTOU, True), (MOUSSA, False)):
        town.hear(RESELLER, Tap(f"-.sellersold.{seller_id(town, who)}"))
        assert (f"-.order.{theirs}" in str(town.last(RESELLER).rows)) == found
    town.hear(MOUSSA, Tap(f"-.sellersold.{seller_id(town, ASTOU)}"))
    town.hear(RESELLER, Tap(f"-.order.{theirs}"))
    assert "Vendu par Astou" in town.last(RESELLER).text
    for who, words in ((ASTOU, "vend pour la boutique"), (RESELLER, "Vendeurs de sa boutique")):
        town.say(f"/user {who}", ADMIN)
        assert words in town.last(ADMIN).text
    # Who sold it finds it, and so does the shop.
    for who in (ASTOU, RESELLER):
        town.say("code bocar", who)
        assert CODE[:4] in read_by(town, who)
    # A sale like it is warned of, without a way to it.
    town.say(f"w {METER} 5000", MOUSSA)
    assert theirs not in read_by(town, MOUSSA, since).replace(f"-.again.{theirs}", "")


def test_nobody_sells_for_two_shops_nor_makes_somebody_else_a_seller(town: Town) -> None:
    happen(town, "reseller client Chez Rival")
    code_of_rival = invite(town, RIVAL, "Moussa")
    town.say(code_of_rival, MOUSSA)
    assert "déjà pour une boutique" in town.last(MOUSSA).text
    # Asked by two shops before either let them in: the second one cannot.
    town.say("bonjour", CUSTOMER)
    town.say(code_of_rival, CUSTOMER)
    town.tap("✅", CUSTOMER)
    town.say(invite(town, RESELLER, "Ali"), CUSTOMER)
    town.tap("✅", CUSTOMER)
    town.tap("✅ Laisser", RESELLER)
    # Only the shop whose code it is lets somebody in; neither a seller of it nor another shop.
    asked = newest_code(town)
    for who in (MOUSSA, CUSTOMER, RESELLER):
        town.hear(who, Tap(f"-.admit.{code_of_rival}"))
    town.hear(RIVAL, Tap(f"-.admit.{asked}"))
    town.tap("✅ Laisser", RIVAL)
    assert "ne peut pas vendre pour vous" in town.last(RIVAL).text
    assert town.store.one("SELECT group_concat(customer) FROM seller WHERE address = ?", str(CUSTOMER)) == str(RESELLER)
    # Nor does whoever sells invite, bound, pause or end anybody.
    for act in ("addseller", "sellerpause", "sellerend", "sellerlimit", "sellershow", "sellerpin", "seller"):
        town.hear(MOUSSA, Tap(f"-.{act}.{seller_id(town, ASTOU)} on"))
        town.hear(RIVAL, Tap(f"-.{act}.{seller_id(town, ASTOU)} on"))
    rows = town.store.rows(
        "SELECT * FROM seller WHERE ended_at IS NOT NULL OR paused_at IS NOT NULL OR shows_balance = 1"
    )
    assert rows == []


def invite(town: Town, shop: Address, name: str) -> str:
    """A shop's code for somebody of that name."""
    town.hear(shop, Tap("-.addseller."))
    town.say(name, shop)
    return newest_code(town)


def test_a_seller_links_nothing_and_is_linked_to_nothing(town: Town) -> None:
    # Who has nothing is not even asked before theirs is given.
    town.fund(-9_000, MOUSSA)
    town.say("/link", CUSTOMER)
    code = newest_code(town)
    for said in (code, f"/link {code}", "/link", "relier", "/unlink"):
        town.say(said, MOUSSA)
    for act in ("link", f"join.{code}", f"unjoin.{code}", "unlink", "undolink"):
        town.hear(MOUSSA, Tap(f"-.{act}"))
    assert town.store.rows("SELECT code FROM link WHERE state <> 'made' OR address = ?", str(MOUSSA)) == []
    assert town.customer(MOUSSA) == str(MOUSSA)
    # Codes of clients are guessed no more than those of links: after too many wrong ones the right one is none, either.
    town.hear(RESELLER, Tap("-.invite.1"))
    right = newest_code(town)
    for wrong in ("A3CDEF", "A3CDEG", "A3CDEH", "A3CDEJ", "A3CDEK"):
        town.say("annuler", MOUSSA)
        town.say(wrong, MOUSSA)
    town.say(right, MOUSSA)
    assert "Trop de codes" in town.last(MOUSSA).text


def test_codes_are_guessed_by_nobody_and_used_once(town: Town) -> None:
    first = invite(town, RESELLER, "Ali")
    second = invite(town, RESELLER, "Ali B")
    town.say("bonjour", CUSTOMER)
    town.say(first, CUSTOMER)
    assert "plus valable" in town.last(CUSTOMER).text
    town.now += 600_000
    town.say(second, CUSTOMER)
    assert "expiré" in town.last(CUSTOMER).text
    third = invite(town, RESELLER, "Ali C")
    town.say(third, CUSTOMER)
    town.tap("Non", CUSTOMER)
    town.say(third, CUSTOMER)
    # What is too often wrong is looked at no more, though it be right.
    for _ in range(3):
        town.say(first, CUSTOMER)
    fourth = invite(town, RESELLER, "Ali D")
    town.say(fourth, CUSTOMER)
    assert "Trop de codes" in town.last(CUSTOMER).text
    # An answer that comes late lets nobody in; nor does one that came before.
    town.say("bonjour", RIVAL)
    town.say(fourth, RIVAL)
    town.tap("✅", RIVAL)
    town.now += 600_000
    town.tap("✅ Laisser", RESELLER)
    assert "plus valable" in town.last(RESELLER).text
    fifth = invite(town, RESELLER, "Ali E")
    town.hear(RESELLER, Tap(f"-.admit.{fifth}"))
    town.say(fifth, RIVAL)
    town.tap("✅", RIVAL)
    town.tap("Refuser", RESELLER)
    town.tap("✅ Laisser", RESELLER, gone=True)
    town.hear(RESELLER, Tap("-.addseller."))
    town.say("Ali F", RESELLER)
    assert "beaucoup de codes" in town.last(RESELLER).text
    assert town.store.one("SELECT count(*) FROM seller") == 2


def test_who_may_not_sell_for_others_is_turned_away(town: Town) -> None:
    happen(town, "reseller client Chez Rival")
    code = invite(town, RESELLER, "Ali")
    town.say("bonjour", ADMIN)
    town.fund(50_000, CUSTOMER)
    town.say(f"w {METER} 5000", CUSTOMER)
    town.tap("✅", CUSTOMER)
    for who, says in ((RESELLER, "propre boutique"), (ADMIN, "on ne peut pas"), (RIVAL, "on ne peut pas")):
        town.say(code, who)
        assert says in town.last(who).text, who
    town.say(code, CUSTOMER)
    assert "encore en cours" in read_by(town, CUSTOMER)
    deliver(town, town.newest().id)
    town.store.run(freeze, str(CUSTOMER), town.now)
    town.say(code, CUSTOMER)
    town.store.run(unfreeze, str(CUSTOMER))
    town.say(code, CUSTOMER)
    town.tap("✅", CUSTOMER)
    # Meanwhile they became an admin.
    town.store.rows("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", str(CUSTOMER))
    town.tap("✅ Laisser", RESELLER)
    assert town.store.one("SELECT count(*) FROM seller") == 2


# What ends, ends at once.


def open_quote(town: Town, who: Address) -> str:
    """What the Confirm of an open quote of theirs says."""
    town.now += 5_000
    town.say(f"w {METER} 5000", who)
    return str(town.last(who).rows[0][0].data)  # type: ignore[union-attr]  # The Confirm.


@pytest.mark.parametrize("how", ["ended", "paused", "frozen", "closed", "left", "admin", "made"])
def test_a_quote_that_was_open_when_it_ended_pays_nothing(town: Town, how: str) -> None:
    confirm = open_quote(town, MOUSSA)
    one = seller_id(town, MOUSSA)
    if how == "ended":
        town.hear(RESELLER, Tap(f"-.sellerend.{one}"))
    elif how == "paused":
        town.hear(RESELLER, Tap(f"-.sellerpause.{one} on"))
    elif how == "frozen":
        town.store.run(freeze, str(RESELLER), town.now)
    elif how == "closed":
        town.store.run(resellers.end, str(RESELLER), town.now)
        # Made a reseller again, they have no sellers.
        town.store.run(resellers.make, str(RESELLER), "Chez Fatou", town.now)
    elif how == "left":
        town.hear(MOUSSA, Tap("-.leaveshop."))
        town.tap("✅", MOUSSA)
        assert "quitté la boutique" in town.last(RESELLER).text
    elif how == "made":
        # They have a shop of their own now, whose book is empty.
        town.say(f"/reseller {MOUSSA} Chez Moussa", ADMIN)
        town.say("confirmer", ADMIN)
    else:
        town.store.rows("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", str(MOUSSA))
    before = (town.balance(MOUSSA), town.balance(RESELLER))
    assert how in ("paused", "frozen", "admin") or not town.store.run(sellers.is_seller, str(MOUSSA))
    town.hear(MOUSSA, Tap(confirm))
    for said in ("oui", "1", "confirmer", "payer", "4711"):
        town.say(said, MOUSSA)
    assert (town.balance(MOUSSA), town.balance(RESELLER)) == before
    assert count(town) == 0
    since = len(town.screen)
    for said in ("clients", "bocar", "bocar 5000", "code bocar", "ma caisse", "mes compteurs"):
        town.say(said, MOUSSA)
    if how in ("ended", "closed", "left", "admin", "made"):
        assert "Bocar" not in read_by(town, MOUSSA, since)
    assert count(town) == 0
    if how == "paused":
        town.hear(RESELLER, Tap(f"-.sellerpause.{one} off"))
        assert sell(town, MOUSSA)


def test_what_was_under_way_when_it_ended_does_nothing(town: Town) -> None:
    """An inquiry, a PIN that is being checked, and a sale that the provider has: only that one goes on, for the client
    stands at the counter, and says nothing of the shop's money any more.
    """
    one = seller_id(town, MOUSSA)
    town.store.run(sellers.show_balance, str(RESELLER), one, shown=True)
    sold = sell(town, MOUSSA)
    town.holding = True
    town.say(f"w {STREET} 5000", MOUSSA)
    town.hear(RESELLER, Tap(f"-.sellerend.{one}"))
    town.answer_held()
    town.say("oui", MOUSSA)
    assert count(town) == 1
    deliver(town, sold)
    assert CODE[:4] in read_by(town, MOUSSA)
    assert "Solde" not in "\n".join(out.outbound.text for out in town.screen[-2:] if out.address == MOUSSA)
    # The book is not theirs, nor what they sold.
    town.say("mes achats", MOUSSA)
    assert METER not in town.last(MOUSSA).text


def test_a_seller_who_comes_again_begins_anew(town: Town) -> None:
    confirm = open_quote(town, MOUSSA)
    town.hear(RESELLER, Tap(f"-.sellerend.{seller_id(town, MOUSSA)}"))
    employ(town, MOUSSA, pin=False)
    town.hear(MOUSSA, Tap(confirm))
    assert count(town) == 0
    # Without a PIN of their own they sell nothing.
    open_quote(town, MOUSSA)
    town.tap("✅", MOUSSA)
    assert "votre propre PIN" in town.last(MOUSSA).text
    assert count(town) == 0


# Limits.


def test_both_limits_hold_to_the_franc_whoever_confirms_first(town: Town) -> None:
    shop = str(RESELLER)
    town.store.run(sellers.set_day_limit, shop, seller_id(town, MOUSSA), 5_074)
    open_quote(town, MOUSSA)
    assert "dépasse" in town.last(MOUSSA).text
    # The client hands 5,075 over; what leaves the balance is less, and is not what is bounded.
    town.store.run(sellers.set_day_limit, shop, seller_id(town, MOUSSA), 5_075)
    confirm = open_quote(town, MOUSSA)
    town.store.run(sellers.set_day_limit, shop, seller_id(town, MOUSSA), 5_074)
    town.hear(MOUSSA, Tap(confirm))
    assert count(town) == 0
    town.store.run(sellers.set_day_limit, shop, seller_id(town, MOUSSA), 5_075)
    assert sell(town, MOUSSA)
    town.say(f"w {STREET} 1000", MOUSSA)
    assert "dépasse" in town.last(MOUSSA).text
    # The shop's own limit is one for all: two quotes are open, and whoever is second is too late.
    town.store.run(resellers.set_day_limit, shop, 5_060 + 3_040)
    town.say(f"w {STREET} 3000", ASTOU)
    late = str(town.last(ASTOU).rows[0][0].data)  # type: ignore[union-attr]  # The Confirm.
    assert sell(town, RESELLER, f"w {METER} 3000")
    town.hear(ASTOU, Tap(late))
    assert count(town) == 2
    assert "dépasse" in town.last(ASTOU).text
    # What was refused was no sale; and a new day begins anew.
    for order in [order for order in town.orders.values() if order.address == MOUSSA]:
        town.outcome(Refused("failed"), "pay", order.id)
    assert sell(town, MOUSSA, f"w {STREET} 1000")
    town.now += 86_400_000
    town.store.run(resellers.set_day_limit, shop, None)
    assert sell(town, MOUSSA)


def test_nobody_spends_what_the_shop_has_not(town: Town) -> None:
    late = open_quote(town, MOUSSA)
    town.fund(-(SHOP_XOF - 5_059), RESELLER)
    town.hear(MOUSSA, Tap(late))
    assert count(town) == 0
    assert "La boutique ne peut pas payer" in town.last(MOUSSA).text
    town.fund(1, RESELLER)
    assert sell(town, MOUSSA)
    assert town.store.run(balance_of, str(RESELLER), 0).available_xof == 0


# The PIN.


def test_a_sellers_pin_is_their_own_and_guessing_it_locks_nobody_else(town: Town) -> None:
    town.store.rows("UPDATE reseller SET pin_hash = 'y', pin_above_xof = 0")
    for _ in range(5):
        open_quote(town, MOUSSA)
        town.tap("✅", MOUSSA)
        town.say("4711", MOUSSA)
    assert count(town) == 0
    assert town.store.one("SELECT pin_tries FROM reseller") == 0
    assert town.store.one("SELECT pin_locked_until FROM reseller") == 0
    assert "vendeur Moussa" in town.last(RESELLER).text
    town.now += 5_000
    open_quote(town, MOUSSA)
    town.tap("✅", MOUSSA)
    assert "PIN" in read_by(town, MOUSSA)[-900:]
    # The shop lets them choose another one.
    town.hear(RESELLER, Tap(f"-.sellerpin.{seller_id(town, MOUSSA)}"))
    assert town.store.one("SELECT pin_hash FROM seller WHERE address = ?", str(MOUSSA)) is None
    for said in ("/pin", "835162", "835162"):
        town.say(said, MOUSSA)
    assert town.store.one("SELECT pin_hash FROM seller WHERE address = ?", str(MOUSSA)) is not None
    # They neither give it up nor say from which amount it is asked: their shop has said that.
    for said in ("/pin off", "/pin above 90000", "/pin remove"):
        town.say(said, MOUSSA)
    town.hear(MOUSSA, Tap("-.pin.above"))
    town.hear(MOUSSA, Tap("-.pin.remove"))
    assert town.store.one("SELECT count(*) FROM seller WHERE pin_hash IS NOT NULL") == 2
    assert town.store.one("SELECT pin_above_xof FROM reseller") == 0
    open_quote(town, MOUSSA)
    town.tap("✅", MOUSSA)
    assert count(town) == 0
    town.say("835162", MOUSSA)
    assert count(town) == 1


def test_whoever_has_the_shops_telephone_for_a_minute_lets_nobody_in(town: Town) -> None:
    town.store.rows("UPDATE reseller SET pin_hash = 'y'")
    town.say("bonjour", CUSTOMER)
    town.say(invite(town, RESELLER, "Ali"), CUSTOMER)
    town.tap("✅", CUSTOMER)
    town.tap("✅ Laisser", RESELLER)
    assert "PIN" in town.last(RESELLER).text
    town.say("annuler", RESELLER)
    # Nor lets a seller sell more; to let them sell less takes no PIN.
    town.hear(RESELLER, Tap(f"-.sellerlimit.{seller_id(town, MOUSSA)}"))
    town.say("200000", RESELLER)
    assert "PIN" in town.last(RESELLER).text
    town.hear(RESELLER, Tap(f"-.sellerlimit.{seller_id(town, ASTOU)}"))
    town.say("1000", RESELLER)
    assert [row[0] for row in town.store.rows("SELECT day_limit_xof FROM seller ORDER BY id")] == [50_000, 1_000]


def test_every_button_of_the_flow_names_whose_it_is() -> None:
    (flow,) = (flow for flow in REGISTRY.flows if flow.name == "sellers")
    assert {each.permission for each in flow.buttons} == {"reseller", "seller"}
    assert {state.permission for state in flow.states.values()} == {"reseller", "seller", "private"}


# Ways that are lost, and what is asked again.


def test_an_invitation_that_leads_nowhere_says_so(town: Town) -> None:
    def asks(name: str) -> str:
        town.hear(RESELLER, Tap("-.addseller."))
        town.say(name, RESELLER)
        return town.last(RESELLER).text

    assert "caractères" in asks("x" * 31)
    assert "caractères" in asks("42")
    assert "déjà ainsi" in asks("MOUSSA")
    code = invite(town, RESELLER, "Ali")
    town.say("bonjour", CUSTOMER)
    town.say(code, CUSTOMER)
    town.say("bof", CUSTOMER)
    assert "Vendre pour" in town.last(CUSTOMER).text
    # The shop made another code meanwhile: neither yes nor no means anything.
    newer = invite(town, RESELLER, "Ali B")
    town.say("oui", CUSTOMER)
    assert "plus valable" in town.last(CUSTOMER).text
    town.say(newer, CUSTOMER)
    invite(town, RESELLER, "Ali C")
    town.say("non", CUSTOMER)
    town.hear(RESELLER, Tap(f"-.unadmit.{newer}"))
    assert "plus valable" in town.last(RESELLER).text
    town.say("oui", CUSTOMER)
    # The shop was paused, or has as many as it may, since they said yes.
    last = invite(town, RESELLER, "Ali D")
    town.say(last, CUSTOMER)
    town.say("oui", CUSTOMER)
    town.store.run(freeze, str(RESELLER), town.now)
    town.tap("✅ Laisser", RESELLER)
    town.hear(RESELLER, Tap("-.addseller."))
    assert town.store.one("SELECT count(*) FROM seller") == 2
    town.store.run(unfreeze, str(RESELLER))
    for number in range(8):
        employ(town, Address("telegram", f"77{number}"), f"S{number}")
    town.hear(RESELLER, Tap("-.addseller."))
    assert "maximum" in town.last(RESELLER).text
    town.tap("✅ Laisser", RESELLER)
    assert "maximum" in town.last(RESELLER).text
    assert town.store.one("SELECT count(*) FROM seller") == 10


def test_all_chats_of_the_shop_hear_of_it_and_the_pin_lets_them_in(town: Town) -> None:
    become = "UPDATE reseller SET pin_hash = ?"
    town.store.rows(become, hash_of("835162"))
    second = Address("whatsapp", "221770009988")
    town.meet(second)
    town.store.rows("UPDATE session SET customer = ? WHERE address = ?", str(RESELLER), str(second))
    town.say("bonjour", CUSTOMER)
    code = invite(town, RESELLER, "Ali")
    town.say(code, CUSTOMER)
    town.tap("✅", CUSTOMER)
    town.tap("✅ Laisser", RESELLER)
    town.say("retour", RESELLER)
    assert town.store.one("SELECT count(*) FROM seller") == 2
    town.tap("✅ Laisser", RESELLER, gone=True)
    town.say("835162", RESELLER)
    assert town.store.one("SELECT count(*) FROM seller") == 3
    assert "Ali" in town.last(second).text
    one = seller_id(town, CUSTOMER)
    for back in ("retour", "bof", "annuler"):
        town.hear(RESELLER, Tap(f"-.sellerlimit.{one}"))
        town.say("100000", RESELLER)
        town.say(back, RESELLER)
    town.hear(RESELLER, Tap(f"-.sellerlimit.{one}"))
    town.say("0", RESELLER)
    town.say("retour", RESELLER)
    assert "Ali" in town.last(RESELLER).text
    town.hear(RESELLER, Tap(f"-.sellerlimit.{one}"))
    town.tap("100", RESELLER)
    town.say("835162", RESELLER)
    assert town.store.one("SELECT day_limit_xof FROM seller WHERE id = ?", one) == 100_000
    # Ended meanwhile, from the shop's other chat.
    town.hear(RESELLER, Tap(f"-.sellerlimit.{one}"))
    town.hear(second, Tap(f"-.sellerend.{one}"))
    town.say("20000", RESELLER)
    assert "ne vend plus pour vous" in town.last(RESELLER).text
    for act in ("seller", "sellersold", "sellerlimit", "sellerend", "sellerpause", "sellershow", "sellerpin"):
        town.hear(RESELLER, Tap(f"-.{act}.{one} on"))
        town.hear(RESELLER, Tap(f"-.{act}.no"))
    assert town.store.one("SELECT day_limit_xof FROM seller WHERE id = ?", one) == 100_000


def test_a_seller_changes_their_pin_and_is_locked_for_good_after_guesses(town: Town) -> None:
    town.store.rows("UPDATE seller SET pin_hash = ?", hash_of("835162"))
    town.say("/pin", MOUSSA)
    town.say("/pin change", MOUSSA)
    assert "PIN actuel" in town.last(MOUSSA).text
    town.say("835162", MOUSSA)
    for said in ("274951", "274951"):
        town.say(said, MOUSSA)
    for _ in range(3):
        for _ in range(5):
            town.now += 5_000
            town.say(f"w {METER} 12000", MOUSSA)
            town.tap("✅", MOUSSA)
            town.say("835162", MOUSSA)
        town.now += 901_000
    assert "bloqué" in town.last(RESELLER).text
    town.say(f"w {METER} 12000", MOUSSA)
    town.tap("✅", MOUSSA)
    town.say("274951", MOUSSA)
    assert count(town) == 0
    assert "La boutique peut vous en donner un nouveau" in read_by(town, MOUSSA)


def test_a_place_of_sellers_is_nothing_to_others(town: Town) -> None:
    town.put_session(Session(state="seller_leave", step=3, greeted=True, updated_at=town.now), RESELLER)
    town.say("bof", RESELLER)
    town.say("oui", RESELLER)
    town.put_session(
        Session(
            state="seller_leave",
            step=3,
            choices=(Choice("Oui", "3.do."),),
            greeted=True,
            updated_at=town.now,
        ),
        RESELLER,
    )
    town.say("oui", RESELLER)
    town.hear(RESELLER, Tap("-.leaveshop."))
    town.hear(RESELLER, Tap("-.till."))
    assert "Vos ventes" in town.last(RESELLER).text
    assert town.store.one("SELECT count(*) FROM seller WHERE ended_at IS NULL") == 2
    # Somebody changes their mind.
    town.hear(MOUSSA, Tap("-.leaveshop."))
    town.say("bof", MOUSSA)
    town.say("non", MOUSSA)
    assert town.store.one("SELECT count(*) FROM seller WHERE ended_at IS NULL") == 2
    assert repr(town.store.run(sellers.of_shop, str(RESELLER))[0]) == f"Seller({seller_id(town, MOUSSA)})"
    assert town.store.run(sellers.own, seller_id(town, MOUSSA), "") is None
    # Whoever sells has something to lose: nobody is taken for them without being asked about.
    newcomer = Address("whatsapp", "221761112233")
    employ(town, newcomer, "Ali")
    assert not town.store.run(is_empty, town.installation, str(newcomer))
    town.store.run(sellers.end_all, str(RESELLER), town.now)
    assert town.store.run(is_empty, town.installation, str(newcomer))
    with pytest.raises(StoreConflict):
        town.store.run(sellers.ask, 99, "x", 0)
    with pytest.raises(StoreConflict):
        town.store.run(sellers.finish, 99, "refused")
