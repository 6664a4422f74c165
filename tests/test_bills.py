"""Which bills are asked about, in which order, and what is said where nothing is owed."""

from bot.domain.inquiry import Bill, Inquiry
from tests.dialogue_world import AWA, World

NOTHING = Inquiry("senelec", "210278816", "Awa DIOP", "", "")


def last(world: World) -> str:
    return [shown.outbound.text for shown in world.screen if shown.address == AWA][-1].replace("\u00a0", " ")


def test_the_oldest_bill_stands_first_and_what_is_late_says_so() -> None:
    world = World("fr")
    bills = (
        Bill("F-NO-DAY", 1_000),
        Bill("F-NEW", 2_000, due_on="2026-12-15"),
        Bill("F-OLD", 3_000, due_on="2026-10-05"),
    )
    world.next_answer = Inquiry("senelec", "210278816", "Awa DIOP", "", "", bills)
    world.say("senelec 210278816")
    listed = [line for line in last(world).split("\n") if "facture F-" in line]
    assert [line.split("facture ")[1].split(" ")[0] for line in listed] == ["F-OLD", "F-NEW", "F-NO-DAY"]
    assert ["en retard" in line for line in listed] == [True, False, False]
    assert "échéance 15/12/2026" in listed[1]


def test_nothing_to_pay_tells_of_the_payment_that_is_under_way() -> None:
    world = World("fr")
    world.fund(50_000)
    world.say("senelec 210278816")
    world.say("oui")
    world.next_answer = NOTHING
    world.say("senelec 210278816")
    assert "Facture Senelec" in last(world).split("\n")[0]
    assert "mis de côté" in last(world)
    assert "Aucune autre facture" in last(world)
    # Of another contract nothing is under way.
    world.next_answer = Inquiry("senelec", "210278999", "Awa DIOP", "", "")
    world.say("senelec 210278999")
    assert "Rien à payer" in last(world)
    assert "mis de côté" not in last(world)
