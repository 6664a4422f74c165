"""Several bills by one Confirm: each is an order of its own, nothing is paid twice, and every franc stays in sight."""

from collections import Counter

from bot.domain.inquiry import Bill, Inquiry
from bot.domain.outcome import Delivered, ProviderDetails, Refused, Unknown
from bot.i18n import NBSP
from tests.dialogue_world import AWA, OTHER, World, buttons
from tests.sync_store import WRONG_BALANCES
from tests.test_sellers import employ
from tests.test_trade_transcripts import happen
from tests.trade_world import PEOPLE, RESELLER, Town

CONTRACT = "310000003"
OWED = (12_485, 15_987, 10_049)


def offered(*, fund_xof: int = 50_000) -> World:
    world = World("fr")
    world.fund(fund_xof)
    world.say(f"senelec {CONTRACT}")
    return world


def text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


def answers(world: World, *bills: Bill) -> None:
    world.next_answer = Inquiry("senelec", CONTRACT, "Cheikh FAYE", "", "", bills)


def paid_bills(world: World) -> Counter[str]:
    return Counter(order.reference_facture or "" for order in world.orders.values())


def test_each_bill_ends_by_itself_and_gives_back_only_its_own_money() -> None:
    world = offered()
    world.say("tout payer")
    assert not world.orders
    world.say("oui")
    first, second, third = world.orders.values()
    assert [order.total_xof for order in (first, second, third)] == list(OWED)
    assert len({first.id, second.id, third.id}) == 3
    assert world.balance() == 50_000 - sum(OWED)
    world.outcome(Delivered((), ProviderDetails(transaction_id="TX-1")), order_id=first.id)
    world.outcome(Refused("failed"), order_id=second.id)
    assert "15 987 F CFA sont revenus sur votre solde" in text(world)
    world.outcome(Unknown("timeout"), order_id=third.id)
    assert [order.state for order in world.orders.values()] == ["delivered", "refused", "unknown"]
    assert world.balance() == 50_000 - OWED[0] - OWED[2]
    assert not world.store.rows(WRONG_BALANCES)
    # What is under way, and what was paid just now, is not among those that are paid together any more.
    world.say(f"senelec {CONTRACT}")
    assert not [label for label in buttons(world.last()) if "Tout payer" in label]


def test_a_second_confirm_pays_nothing() -> None:
    world = offered()
    world.tap("Tout payer")
    offer = world.sessions[AWA]
    world.tap("✅ Confirmer")
    world.tap("✅ Confirmer", gone=True)
    assert "C’est déjà confirmé" in text(world)
    world.say("oui")
    # Not even from a place in the dialogue where the offer still stands.
    world.put_session(offer)
    world.say("oui")
    assert "C’est déjà confirmé" in text(world)
    assert paid_bills(world) == Counter(("F2026090011", "F2026100012", "F2026110013"))
    assert world.balance() == 50_000 - sum(OWED)


def test_two_chats_of_one_account_do_not_pay_the_same_bills() -> None:
    world = offered(fund_xof=100_000)
    world.say("bonjour", OTHER)
    world.join(OTHER)
    world.say(f"senelec {CONTRACT}", OTHER)
    for address in (AWA, OTHER):
        world.tap("Tout payer", address)
    world.tap("✅ Confirmer")
    world.tap("✅ Confirmer", OTHER)
    assert "rien n’a été payé" in world.last(OTHER).text
    # All three are under way, which the list says: none is offered together again.
    assert world.last(OTHER).text.count("en cours de paiement") == 3
    assert not [label for label in buttons(world.last(OTHER)) if "payer" in label]
    assert paid_bills(world).most_common(1)[0][1] == 1
    assert len(world.orders) == 3


def test_money_that_went_meanwhile_pays_none_of_them() -> None:
    world = offered()
    world.tap("Tout payer")
    world.fund(-20_000)
    world.say("oui")
    assert "rien n’a été payé" in text(world)
    assert "vous pourriez les régler en une fois" in text(world)
    assert not world.orders
    # Where they are not offered, to ask for them all is no riddle.
    world.say("tout")
    assert "Je n’ai pas compris" not in text(world)
    world.fund(20_000)
    world.say(f"senelec {CONTRACT}")
    world.fund(-20_000)
    world.tap("Tout payer")
    assert "rien n’a été payé" in text(world)


def test_an_offer_after_its_time_is_looked_up_again() -> None:
    world = offered()
    world.tap("Tout payer")
    world.now += 11 * 60_000
    answers(world, Bill("F2026110013", 9_900))
    world.say("oui")
    # Two were paid elsewhere meanwhile: the one that is left is offered by itself.
    assert not world.orders
    assert "Facture : F2026110013" in text(world)
    assert "Tout payer" not in "".join(buttons(world.last()))


def test_a_bill_that_is_under_way_is_not_paid_with_the_others() -> None:
    world = offered(fund_xof=100_000)
    world.say("1")
    world.say("oui")
    world.say(f"senelec {CONTRACT}")
    assert "2 peuvent se payer ensemble" in text(world)
    world.tap("2 factures")
    assert "F2026090011" not in text(world)
    world.say("oui")
    assert paid_bills(world) == Counter(("F2026090011", "F2026100012", "F2026110013"))


def test_a_service_that_closed_meanwhile_and_a_question_in_between() -> None:
    world = offered()
    world.tap("Tout payer")
    for said in ("combien ?", "acheter", "merci"):
        world.say(said)
        assert "Vérifiez avant de payer" in text(world), said
    world.say("changer")
    assert "Laquelle réglez-vous" in text(world)
    world.say("toutes")
    world.under(maintenance={"senelec": ""})
    world.say("oui")
    assert not world.orders
    assert "Rien n’a été payé" in text(world)


def test_which_bills_are_paid_together() -> None:
    world = World("fr")
    world.fund(10_000_000)
    # One that is above the limit is left to the agency, more than seven are too many for one question.
    answers(world, Bill("F-1", 1_000), Bill("F-2", 2_000), Bill("F-3", 2_500_000))
    world.say(f"senelec {CONTRACT}")
    assert "2 factures · " in "".join(buttons(world.last())).replace(NBSP, " ")
    answers(world, *(Bill(f"F-{at}", 1_000 + at) for at in range(8)))
    world.say(f"senelec {CONTRACT}")
    assert "En tout" not in text(world)
    answers(world, Bill("F-1", 1_000), Bill("F-3", 2_500_000))
    world.say(f"senelec {CONTRACT}")
    assert "En tout" not in text(world)
    # Two bills over the same sum are two bills.
    answers(world, Bill("F-1", 1_000), Bill("F-2", 1_000))
    world.say(f"senelec {CONTRACT}")
    world.say("les deux")
    world.say("oui")
    assert paid_bills(world) == Counter(("F-1", "F-2"))


def test_who_begins_to_sell_for_a_shop_does_not_pay_their_own_bills_with_its_money() -> None:
    town, seller = Town(), PEOPLE["seller"]
    happen(town, "reseller Chez Fatou")
    town.fund(87_654, RESELLER)
    town.fund(50_000, seller)
    town.say(f"senelec {CONTRACT}", seller)
    town.tap("Tout payer", seller)
    employ(town, seller)
    since = len(town.screen)
    for said in ("merci", "oui"):
        town.say(said, seller)
    read = "".join(shown.outbound.text for shown in town.screen[since:] if shown.address == seller)
    assert "Solde" not in read
    assert "Confirmer" not in read
    assert not town.orders
