"""Admins' commands: in both languages, with a slash or without, explained one by one; and no stranger learns of any."""

import pytest
from msgspec.structs import replace

from bot import languages
from bot.channels.markup import plain
from bot.dialogue import router
from bot.dialogue.commanding import WORDS, is_of_admins, spoken_command, usage_of
from bot.dialogue.context import Context
from bot.dialogue.flows import REGISTRY
from bot.dialogue.registry import Registry
from bot.domain.inbound import Text
from bot.domain.people import Address
from bot.domain.text import fold
from tests.corpus_world import corpus
from tests.dialogue_world import WORDS as VOICES
from tests.test_roles import SHOP, STANDING, person, reaction
from tests.trade_world import PEOPLE, Town
from tests.units import a_unit

OWNER, OPERATOR, SUPPORT, CUSTOMER = (PEOPLE[name] for name in ("admin", "operator", "support", "customer"))
ADMINS = {name: each for name, each in REGISTRY.commands.items() if is_of_admins(each)}


@pytest.fixture
def town() -> Town:
    town = Town()
    for address in (OWNER, OPERATOR, SUPPORT, CUSTOMER):
        town.say("/start", address)
    for address, role in ((OPERATOR, "operator"), (SUPPORT, "support")):
        town.store.connection.execute("INSERT INTO admin VALUES (?, ?, ?, 0)", (str(address), role, str(OWNER)))
    return town


def read(town: Town, text: str, address: Address = OWNER) -> str:
    """What somebody reads after they typed something."""
    seen = len(town.screen)
    town.say(text, address)
    shown = (shown.outbound.text for shown in town.screen[seen:] if shown.address == address)
    return plain("\n\n".join(shown)).replace("\u00a0", " ")


# Their words.


def test_every_word_means_a_command_of_admins_and_only_one() -> None:
    assert set(WORDS.values()) <= set(ADMINS)
    for language in languages.LANGUAGES:
        words = [fold(word) for listed in languages.LISTS[language].commands.values() for word in listed]
        assert len(words) == len(set(words))
        assert not set(words) & {name for name, each in REGISTRY.commands.items() if not is_of_admins(each)}
    french = {name for name, listed in languages.LISTS["fr"].commands.items() if listed}
    assert french == set(ADMINS), "a French name for each: [commands] of locales/fr/words.toml"


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("/créditer 780003344 5000 Wave", "Créditer 5 000 F CFA à telegram:221780003344"),
        ("créditer 780003344 5000 Wave", "Créditer 5 000 F CFA à telegram:221780003344"),
        ("CREDITER 780003344 5000 Wave", "Créditer 5 000 F CFA à telegram:221780003344"),
        ("/crédit 780003344 5000 Wave", "Créditer 5 000 F CFA à telegram:221780003344"),
        ("pause 780003344", "Mettre en pause le compte"),
        ("/chercher telegram", "« telegram »"),
        ("chercher 780003344", "telegram:221780003344"),
        ("find 780003344", "telegram:221780003344"),
        ("journal", "journal"),
        ("/caisse", "F CFA"),
        ("/annonce", "annonce"),
        ("gérants", "Gérants"),
        ("/frais", "/fee"),
        ("trancher", "Je n’ai pas compris"),
        ("/commandes", "Commandes"),
        # What customers say means what it means to them: an admin buys, too.
        ("commandes", "achat"),
        ("frais", "Nos prix"),
        ("credit", "Solde"),
        ("pause ?", "Je n’ai pas compris"),
        ("rembourser mon ami svp", "Je n’ai pas compris"),
    ],
)
def test_an_owner_is_understood(town: Town, typed: str, means: str) -> None:
    assert means in read(town, typed)


def test_no_sentence_of_a_customer_is_a_command_of_the_admin_who_says_it() -> None:
    """Whoever is both says what customers say."""
    owner = person("owner")
    ctx = Context(STANDING[0], owner, SHOP, a_unit(owner, SHOP), REGISTRY)
    said = [one.text for language in languages.LANGUAGES for one in corpus(language)]
    assert len(said) > 800
    taken = [text for text in said if spoken_command(ctx, text, REGISTRY.states["idle"]) is not None]
    assert taken == []


# Help, and what is not theirs.


def test_help_of_an_owner_is_short_and_in_groups(town: Town) -> None:
    read(town, "/help")
    help_of_owner = plain(town.last(OWNER).text).replace("\u00a0", " ")
    for name, command in ADMINS.items():
        assert (f"/{name} " in f"{help_of_owner} ".replace("\n", " ")) == command.is_in(town.installation.shop)
    assert "aide chercher" in help_of_owner
    assert help_of_owner.count("\n") < 40


def test_help_that_is_too_long_for_a_message_comes_in_two(town: Town) -> None:
    town.under(help_text={"fr": "Appelez-nous. " * 280})
    seen = len(town.screen)
    town.say("/help", OWNER)
    assert len(town.screen) == seen + 2
    assert "/credit" in town.last(OWNER).text


def test_a_command_that_the_shop_has_not_is_none(town: Town) -> None:
    assert town.installation.shop.collecting is None
    assert "inconnue" in read(town, "/payins")
    assert "payin" not in read(town, "paiements")


@pytest.mark.parametrize("typed", ["/help credit", "/help /credit", "/aide créditer", "aide créditer", "help crediter"])
def test_one_command_is_explained(town: Town, typed: str) -> None:
    assert read(town, typed) == (
        "/credit ADRESSE MONTANT [ref=PAIEMENT] motif\n"
        "Créditer un compte\n"
        "Pour : propriétaire\n"
        "Aussi : /créditer\n"
        "Exemple : /credit 1001 5000 Wave"
    )


def test_every_command_has_its_page_and_an_example_that_it_understands(town: Town) -> None:
    for name, command in ADMINS.items():
        usage, _ = usage_of(VOICES["fr"], command)
        assert command.example or usage[:1] in ("", "["), f"/{name} needs an example"
        if command.is_in(town.installation.shop):
            page = read(town, f"/help {name}")
            assert page.startswith(f"/{name}")
            assert "Aussi : /" in page
            assert "propriétaire" in page
            assert (f"Exemple : /{name} {command.example}" in page) == bool(command.example)


def test_an_unknown_or_forbidden_command_says_so_to_an_admin(town: Town) -> None:
    assert "Commande inconnue : /rembourse. Vouliez-vous /refund ?" in read(town, "/rembourse")
    assert "Commande inconnue : /nimporte. Toutes les vôtres : /help" in read(town, "/nimporte 5000")
    assert "Vouliez-vous /freeze, /unfreeze" not in read(town, "/freez 1")
    assert read(town, "/credit 780003344 5000 x", OPERATOR).startswith("/credit : réservé au propriétaire.")
    assert read(town, "/rembourser X", SUPPORT).startswith("/refund : réservé au propriétaire.")
    assert read(town, "/pause 1", SUPPORT).startswith("/freeze : réservé aux opérateurs et au propriétaire.")
    # What they are told is not suggested where it is not theirs.
    assert "refund" not in read(town, "/rembourse", SUPPORT)
    assert "réservé au propriétaire" in read(town, "créditer 780003344 5000 x", SUPPORT)
    # One that hides what it holds, and one that is too long.
    assert "inconnue" in read(town, f"/{'x' * 200}")
    read(town, "/<b>x")
    assert "/&lt;b&gt;x" in town.last(OWNER).text


def without_admins() -> Registry:
    """The program, if there were no commands of admins at all."""
    return Registry(
        replace(flow, commands=tuple(each for each in flow.commands if not is_of_admins(each)))
        for flow in REGISTRY.flows
    )


@pytest.mark.parametrize("who", ["customer", "seller", "reseller"])
def test_no_stranger_can_tell_which_commands_there_are(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of = person(who)
    texts = [
        text
        for name in (*ADMINS, *WORDS, "rembourse")
        for text in (f"/{name}", f"/{name} 780003344 5000 x", f"{name} 1001 5000", f"/help {name}", f"aide {name}")
    ]
    tried = [(session, Text(text)) for session in STANDING[:1] for text in texts]
    real = [reaction(session, event, of) for session, event in tried]
    monkeypatch.setattr(router, "REGISTRY", without_admins())
    for (session, event), seen in zip(tried, real, strict=True):
        assert reaction(session, event, of) == seen, event


def test_a_stranger_reads_what_everybody_reads_of_nothing(town: Town) -> None:
    nothing = read(town, "/xyzzy 5000", CUSTOMER)
    for text in (
        "/debit telegram:1 5000 x",
        "/rembourser X",
        "/user 1001",
        "/name 1001 Awa",
        "/help debit x",
        "/caisse",
    ):
        if text.startswith("/help"):
            assert read(town, text, CUSTOMER) == read(town, "/help", CUSTOMER)
        else:
            assert read(town, text, CUSTOMER) == nothing or "personne" in read(town, text, CUSTOMER)


# A question that waits for its Confirm.


@pytest.mark.parametrize(
    "between",
    [
        "/today",
        "/find awa",
        "/user 780003344",
        "/log",
        "/help credit",
        "/nimporte",
        "journal",
        "stats",
        "bloquées",
        "aide créditer",
        "solde",
        "aide",
    ],
)
def test_an_act_does_not_wait_behind_what_is_read_meanwhile(town: Town, between: str) -> None:
    asked = read(town, "/freeze 780003344")
    assert "Mettre en pause" in asked
    then = read(town, between)
    assert "rien n’a été fait" in then
    assert "Mettre en pause le compte" not in then
    for yes in ("ok", "oui", "geler", "pause", "1", "confirmer"):
        town.say(yes, OWNER)
    assert town.store.rows("SELECT * FROM frozen") == []
    # The button of the question that is over does nothing either.
    town.tap("✅ Confirmer", OWNER, gone=True)
    assert town.store.rows("SELECT * FROM frozen") == []


def test_what_may_be_a_reason_is_one(town: Town) -> None:
    for why in ("caisse", "chercher 780003344", "pause demandée le 3", "équipe"):
        read(town, "/freeze 780003344")
        assert f"Motif : {why}" in read(town, why)
