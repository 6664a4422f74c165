"""The lists of commands: everybody's, an admin's by their role, a reseller's; and nobody else's on them."""

from typing import get_args

import pytest
from msgspec.structs import replace

from bot import i18n
from bot.dialogue import Person, commands, shown
from bot.dialogue.flows import REGISTRY
from bot.dialogue.listing import for_person
from bot.dialogue.listing import standing as standing_under
from bot.dialogue.permissions import may
from bot.dialogue.tasks import ShowCommands
from bot.domain.people import Language, Role
from bot.i18n import LANGUAGES, Voice
from bot.repositories.people import Terms
from bot.shop import ShopSettings
from tests.collecting_world import TERMS
from tests.trade_world import CUSTOMER, Town

WORDS = i18n.load()
SHOP = ShopSettings(WORDS, collecting=TERMS)
ALONE = ShopSettings(WORDS)
ROLES: tuple[Role, ...] = get_args(Role)

# Those of whoever sells for a reseller are a reseller's, too.
EVERYBODYS = ("customer", "private")
COMMANDS = {name: command for name, command in REGISTRY.commands.items() if command.permission not in EVERYBODYS}


def admin_commands(shop: ShopSettings, role: Role) -> dict[str, list[tuple[str, str]]]:
    """What an admin of this role has besides everybody's."""
    return {language: listed[len(commands(shop)["fr"]) :] for language, listed in shown(shop, role, False).items()}


def reseller_commands(shop: ShopSettings) -> dict[str, list[tuple[str, str]]]:
    """What a reseller has besides everybody's."""
    return {language: listed[len(commands(shop)["fr"]) :] for language, listed in shown(shop, None, True).items()}


def commands_for(t: Voice, person: Person) -> list[tuple[str, str]]:
    """What `/help` names to a person."""
    return [(command.name, about) for command, about in for_person(t, REGISTRY.commands, person, SHOP)]


def standing(person: Person) -> str:
    return standing_under(person, REGISTRY.commands, SHOP)


def named(shop: ShopSettings, role: Role | None, *, reseller: bool = False) -> set[str]:
    """What stands on the list of such a person."""
    return {name for name, _ in shown(shop, role, reseller)["fr"]}


def somebody(role: Role | None = None, reseller: Terms | None = None) -> Person:
    return Person("telegram:1", ("A", "B"), 0, role=role, reseller=reseller)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_s_commands_are_described(language: Language):
    listed = commands(ALONE)[language]
    assert {"woyofal", "code", "history", "meters", "balance", "language", "cancel", "help", "id", "link"} <= {
        name for name, _ in listed
    }
    assert all(0 < len(about) <= 256 for _, about in listed)
    assert not {name for name, _ in listed} & COMMANDS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_an_admin_s_list_has_what_their_role_may_and_nothing_above(role: Role, language: Language):
    listed = admin_commands(ALONE, role)[language]
    expected = {
        name
        for name, command in COMMANDS.items()
        if command.about
        and command.is_in(ALONE)
        and command.permission not in ("seller", "reseller")
        and may(somebody(role), command.permission)
    }
    assert {name for name, _ in listed} == expected
    assert all(0 < len(about) <= 256 and not about.startswith("command.") for _, about in listed)


def test_what_not_every_shop_has_is_named_where_the_shop_has_it_and_nowhere_else():
    everything, without = (
        {command.name for command, _ in for_person(WORDS["fr"], REGISTRY.commands, somebody("owner"), shop)}
        for shop in (SHOP, ALONE)
    )
    assert everything - without == {"payins", "payin", "payback"}
    assert {"payins", "payin", "payback"} <= named(SHOP, "support")
    assert not {"payins", "payin", "payback", "topup", "refundme"} & named(ALONE, "owner", reseller=True)
    assert not {"payins", "payin", "payback"} & named(SHOP, None, reseller=True)


def test_who_may_have_money_here_is_named_how_to_bring_it_and_to_have_it_back():
    keeps = replace(SHOP, advances="allowed")
    own = {"topup", "refundme"}
    assert own <= named(SHOP, None, reseller=True), "a float is a trade account"
    assert not own & named(SHOP, None)
    assert own <= named(keeps, None)
    assert own <= {name for name, _ in commands(keeps)["en"]}
    assert not own & {name for name, _ in commands(SHOP)["en"]}
    reseller = somebody(reseller=Terms())
    assert standing(reseller) != standing_under(reseller, REGISTRY.commands, ALONE), "the list has grown"


def test_a_higher_role_has_all_of_a_lower_one_and_only_an_owner_moves_money():
    support, operator, owner = ({name for name, _ in admin_commands(ALONE, role)["fr"]} for role in ROLES)
    assert {"order", "stuck", "float"} <= support < operator < owner
    assert "resolve" in operator - support
    assert {"credit", "debit"} <= owner - operator


def test_a_reseller_s_list_has_their_commands_and_no_admin_s():
    for language in LANGUAGES:
        listed = reseller_commands(ALONE)[language]
        assert {name for name, _ in listed} == {
            name for name, command in COMMANDS.items() if command.about and command.permission in ("seller", "reseller")
        }
        assert listed == commands_for(WORDS[language], somebody(reseller=Terms()))


@pytest.mark.parametrize("reseller", [None, Terms()])
@pytest.mark.parametrize("role", [None, *ROLES])
def test_what_help_names_is_what_the_person_may_use(role: Role | None, reseller: Terms | None):
    person = somebody(role, reseller)
    for language in LANGUAGES:
        assert [name for name, _ in commands_for(WORDS[language], person)] == [
            name for name, command in COMMANDS.items() if command.about and may(person, command.permission)
        ]


def test_to_a_customer_nothing_is_named_besides():
    assert commands_for(WORDS["fr"], somebody()) == []


def test_the_list_of_a_chat_is_everybody_s_and_then_its_own():
    everybody = commands(ALONE)["fr"]
    assert shown(ALONE, None, False)["fr"] == everybody
    both = [name for name, _ in shown(ALONE, "support", True)["fr"]]
    assert both[: len(everybody)] == [name for name, _ in everybody]
    assert {"clients", "today"} <= set(both)
    assert "credit" not in both
    assert len(both) == len(set(both)) <= 100


def test_whoever_becomes_somebody_is_shown_their_commands_at_their_next_word_and_once():
    town = Town()
    shown: list[ShowCommands] = []
    town.tasks[ShowCommands] = shown.append
    town.say("bonjour", CUSTOMER)
    assert shown == []
    town.store.connection.execute("INSERT INTO admin VALUES (?, 'support', 'x', 0)", (str(CUSTOMER),))
    town.say("bonjour", CUSTOMER)
    town.say("/today", CUSTOMER)
    assert shown == [ShowCommands("support", False)]
    town.store.connection.execute("DELETE FROM admin")
    town.say("menu", CUSTOMER)
    town.say("menu", CUSTOMER)
    assert shown == [ShowCommands("support", False), ShowCommands(None, False)]
    assert standing(somebody()) == ""
    assert standing(somebody("owner", Terms())).startswith("owner+reseller+")
