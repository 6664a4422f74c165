"""The words that are understood anywhere, in both languages whatever language is set. Pure.

Everything is compared *folded*: lower case, no accents, no punctuation, no emoji. A word of four letters or more may
have one slip of the finger in it, a long one two; but only a clear yes is one: it takes no slips (but of “confirmer”),
it is no question, and thanks are thanks whatever stands before them.
"""

from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from bot.domain.text import MAX_READ_CHARACTERS, fold


class Act(NamedTuple):
    """What a tap or a text asks for: a name of the dialogue's table and an argument."""

    name: str
    argument: str = ""


# What people say, folded, for each act; parted by commas.
_SAID: Final[tuple[tuple[Act, str], ...]] = (
    (
        Act("confirm"),
        "je confirme, d accord, je valide, vas y, i confirm, go ahead, je paie, confirmer, confirme, oui, ok, "
        "okay, dac, valider, valide, waaw, wa, waw, o, yes, yep, yeah, y, sure, confirm, go, pay, payer",
    ),
    # What buys the same thing again while it is under way; a plain yes does not.
    (
        Act("twice"),
        "deux fois, 2 fois, 2e fois, une 2e fois, une deuxieme fois, payer deux fois, payer 2 fois, payer une 2e fois, "
        "payer une deuxieme fois, acheter deux fois, acheter une 2e fois, acheter une deuxieme fois, twice, two times, "
        "2 times, a 2nd time, a second time, pay twice, buy twice, pay a 2nd time, buy a 2nd time, pay a second time, "
        "buy a second time",
    ),
    (
        Act("cancel"),
        "laisse tomber, never mind, annuler, annule, annulation, non, arreter, arrete, laisse, laissez, "
        "deedeet, no, nope, n, cancel, quit, exit, nevermind, abort",
    ),
    # It also takes back what somebody agreed to, wherever nothing else is going on.
    (Act("stop"), "stop, arret"),
    (Act("back"), "go back, retour, revenir, precedent, arriere, back, previous, return"),
    (Act("menu"), "menu, accueil, debut, recommencer, start, restart, begin"),
    (
        Act("help"),
        "aidez moi, aide moi, au secours, comment ca marche, comment faire, help me, how does it work, aide, help, how",
    ),
    (
        Act("balance"),
        "mon solde, mon argent, my balance, mon credit, mon compte, solde, argent, balance, money, credit, compte",
    ),
    (
        Act("history"),
        "mes achats, mes commandes, my orders, historique, achats, commandes, commande, history, orders, purchases",
    ),
    (Act("meters"), "mes compteurs, mes numeros, my meters, compteurs, compteur, meters, meter"),
    (
        Act("codes"),
        "revoir le code, revoir mon code, show the code again, mon code, mes codes, code perdu, j ai perdu mon "
        "code, j ai perdu le code, ou est mon code, et mon code, my code, my codes, lost code, lost my code, i "
        "lost my code, where is my code, code, codes, recharge, token",
    ),
    (Act("id"), "mon id, my id, id, identifiant"),
    (Act("language"), "changer de langue, change language, langue, language"),
    (Act("language", "fr"), "en francais, francais, french"),
    (Act("language", "en"), "in english, en anglais, english, anglais"),
    (
        Act("hello"),
        "salam aleykoum, nanga def, na nga def, good morning, good evening, bonjour, bonsoir, salut, coucou, slt, "
        "bjr, salam, salaam, salamalekum, hello, hi, hey",
    ),
    (Act("thanks"), "merci beaucoup, thank you, merci, jerejef, jarajef, thanks, thx, super, parfait, great"),
    (
        Act("change"),
        "changer le montant, changer de montant, change amount, changer, modifier, change, montant, modify, amount",
    ),
    (
        Act("again"),
        "refaire cet achat, payer a nouveau, buy it again, acheter encore, la meme chose, buy again, same again, "
        "encore, racheter, pareil, refaire, again",
    ),
    (
        Act("save"),
        "garder ce compteur, garder ce numero, keep this meter, enregistrer ce compteur, save meter, save this "
        "meter, save this number, enregistrer ce numero, enregistrer, enregistre, garder, sauvegarder, save, keep",
    ),
    (
        Act("retry"),
        "verifier maintenant, check now, try this payment again, essayer encore, try again, check again, "
        "reessayer, ressayer, reessayer ce paiement, verifier, retry, check",
    ),
    (Act("last"), "voir la commande, ma commande, derniere commande, see the order, my order, last order"),
    (Act("recall"), "annuler la commande, cancel the order, cancel order"),
    (Act("rename"), "renommer, rename"),
    (Act("delete"), "supprimer, effacer, delete, remove"),
    (Act("listen"), "recevoir les annonces, les annonces, annonces, annonce, get the news, the news, news"),
)


VOCABULARY: Final[dict[str, Act]] = {said: act for act, words in _SAID for said in words.split(", ")}
_THANKS: Final = frozenset({"merci", "beaucoup", "thanks", "thank", "you", "thx", "jerejef", "jarajef"})
# These act at once; of their words only these may be a slip away.
_CLEAR: Final = frozenset({"confirm", "twice"})
_MAY_SLIP: Final = frozenset({"confirmer", "confirm"})
# Words of their own that are a letter away from another one: “agent” asks for a person, not for money.
_NO_SLIPS: Final = frozenset({"agent", "agents"})
_QUESTION_MARKS: Final = frozenset("?\uff1f\u061f")
_POLITE: Final = frozenset({"svp", "stp", "please", "pls", "merci", "sil", "vous", "te", "plait", "s", "il"})


def alike(typed: str, wanted: str) -> bool:
    """Whether a folded text is `wanted`, or a slip away from it."""
    if typed == wanted:
        return True
    allowed = 0 if len(wanted) < 4 else 1 if len(wanted) < 9 else 2
    # A slip is a letter more, less or wrong, or two letters swapped.
    return allowed > 0 and typed[:1] == wanted[:1] and OSA.distance(typed, wanted, score_cutoff=allowed) <= allowed


def exact(typed: str) -> Act | None:
    """The act that a folded text asks for to the letter, politeness apart; thanks are no yes, even behind one."""
    if (found := VOCABULARY.get(typed)) is not None:
        return found
    said = typed.split()
    bare = " ".join(part for part in said if part not in _THANKS)
    if bare != typed and (VOCABULARY.get(bare) or VOCABULARY.get(_without_politeness(bare))) in _YES:
        return Act("thanks")
    return VOCABULARY.get(_without_politeness(typed))


_YES: Final = tuple(Act(name) for name in _CLEAR)


def is_question(text: str) -> bool:
    """Whether something is asked: then it is no yes."""
    return not _QUESTION_MARKS.isdisjoint(text[:MAX_READ_CHARACTERS])


def _without_politeness(typed: str) -> str:
    return " ".join(part for part in typed.split() if part not in _POLITE)


def word(text: str) -> Act | None:
    """The act that a word or a short phrase asks for."""
    typed = fold(text)
    bare = _without_politeness(typed)
    found = exact(typed)
    if found is not None and found.name in _CLEAR and is_question(text):
        return None
    if found is not None or not 4 <= len(bare) <= 30 or bare.isdigit() or bare in _NO_SLIPS:
        return found
    found = next(
        (
            act
            for known, act in VOCABULARY.items()
            if alike(bare, known) and (act.name not in _CLEAR or (known in _MAY_SLIP and not is_question(text)))
        ),
        None,
    )
    # What takes an agreement back is not read into a slip of the finger: "shop" only leaves what is going on.
    return Act("cancel") if found is not None and found.name == "stop" else found
