"""Understanding what people type. Pure; no catalog needed: whatever language is set, the words of both are understood.

Everything is compared *folded*: lower case, no accents, no punctuation, no emoji. A word of four letters or more may
have one slip of the finger in it, a long one two. Nothing here decides anything: a reading is offered, the dialogue
says what may be done with it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from bot.catalog import Catalog, Service
from bot.model import ServiceName

# Longer texts are nobody's order; what is beyond is not even looked at.
MAX_READ_CHARACTERS = 300
MAX_REFERENCE_DIGITS = 20
MIN_REFERENCE_DIGITS = 4


class Act(NamedTuple):
    """What a tap or a text asks for: a name of the dialogue's table and an argument."""

    name: str
    argument: str = ""


# What people say, folded, for each act; parted by commas.
_SAID: Final[dict[Act, str]] = {
    Act(
        "confirm"
    ): "je confirme, d accord, je valide, vas y, i confirm, go ahead, je paie, confirmer, confirme, oui, ok, "
    "okay, dac, valider, valide, waaw, wa, waw, yes, yep, yeah, sure, confirm, go, pay, payer",
    Act(
        "cancel"
    ): "laisse tomber, never mind, annuler, annule, annulation, non, stop, arreter, arrete, laisse, laissez, "
    "deedeet, no, nope, cancel, quit, exit, nevermind, abort",
    Act("back"): "go back, retour, revenir, precedent, arriere, back, previous, return",
    Act("menu"): "menu, accueil, debut, recommencer, start, home, restart, begin",
    Act("help"): "aidez moi, aide moi, au secours, comment ca marche, comment faire, help me, how does it work, aide, "
    "help, how",
    Act("balance"): "mon solde, mon argent, my balance, mon credit, mon compte, solde, argent, balance, money, credit, "
    "compte",
    Act("history"): "mes achats, mes commandes, my orders, historique, achats, commandes, commande, history, orders, "
    "purchases",
    Act("meters"): "mes compteurs, mes numeros, my meters, compteurs, compteur, meters, meter",
    Act("codes"): "revoir le code, revoir mon code, show the code again, mon code, mes codes, code perdu, j ai perdu "
    "mon code, j ai perdu le code, ou est mon code, et mon code, my code, my codes, lost code, lost my "
    "code, i lost my code, where is my code, code, codes, recharge, token",
    Act("id"): "mon id, my id, id, identifiant",
    Act("language"): "changer de langue, change language, langue, language",
    Act("language", "fr"): "en francais, francais, french",
    Act("language", "en"): "in english, en anglais, english, anglais",
    Act("hello"): "salam aleykoum, nanga def, na nga def, good morning, good evening, bonjour, bonsoir, salut, coucou, "
    "slt, bjr, salam, salaam, salamalekum, hello, hi, hey",
    Act("thanks"): "merci beaucoup, thank you, merci, jerejef, jarajef, thanks, thx, super, parfait, great",
    Act("change"): "changer le montant, changer de montant, change amount, changer, modifier, change, montant, modify, "
    "amount",
    Act("again"): "refaire cet achat, buy it again, acheter encore, la meme chose, buy again, same again, encore, "
    "racheter, pareil, refaire, again",
    Act("save"): "garder ce compteur, keep this meter, enregistrer ce compteur, save meter, save this meter, "
    "enregistrer, enregistre, garder, sauvegarder, save, keep",
    Act("retry"): "verifier maintenant, check now, essayer encore, try again, check again, reessayer, ressayer, "
    "verifier, retry, check",
    Act("last"): "voir la commande, ma commande, derniere commande, see the order, my order, last order",
    Act("recall"): "annuler la commande, cancel the order, cancel order",
    Act("rename"): "renommer, rename",
    Act("delete"): "supprimer, effacer, delete, remove",
}

_UNITS: Final = frozenset({"f", "fr", "fcfa", "cfa", "franc", "francs", "xof", "k", "mille", "mil"})
_AMOUNT: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]?\d{3})*|\d+)(?:[.,](?P<tenth>\d)(?=k|mil)|[.,]00?)?"
    r"(?P<thousand>k|mille|mil)?(?:f|fr|fcfa|cfa|francs?|xof)*"
)
_SEPARATORS: Final = str.maketrans("", "", " \t\n.-_/·'\u2010\u2011\u2013")
_CROCKFORD: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_ORDER_ID: Final = re.compile(r"[0-9A-Z]{4,26}")


@lru_cache(4096)
def fold(text: str) -> str:
    """`text` in small letters without accents, punctuation and emoji; words parted by one space."""
    text = text[:MAX_READ_CHARACTERS].lower()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if not text.isalnum():
        text = "".join(c if c.isalnum() else " " for c in text)
    return " ".join(text.split())


VOCABULARY: Final[dict[str, Act]] = {said: act for act, words in _SAID.items() for said in words.split(", ")}
_POLITE: Final = frozenset({"svp", "stp", "please", "pls", "merci", "sil", "vous", "te", "plait", "s", "il"})


def slips(one: str, other: str) -> int:
    """How many slips of the finger (a letter more, less, wrong, or two swapped) part two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        above, row, oldest = row, [at], before
        before = above
        for to, wanted in enumerate(other, 1):
            cost = min(above[to] + 1, row[to - 1] + 1, above[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, oldest[to - 2] + 1)
            row.append(cost)
    return row[-1]


def alike(typed: str, wanted: str) -> bool:
    """Whether a folded text is `wanted`, or a slip away from it."""
    if typed == wanted:
        return True
    allowed = 0 if len(wanted) < 4 else 1 if len(wanted) < 9 else 2
    return (
        allowed > 0
        and typed[:1] == wanted[:1]
        and abs(len(typed) - len(wanted)) <= allowed
        and slips(typed, wanted) <= allowed
    )


def word(text: str) -> Act | None:
    """The act that a word or a short phrase asks for."""
    typed = fold(text)
    if found := VOCABULARY.get(typed):
        return found
    bare = " ".join(part for part in typed.split() if part not in _POLITE)
    if not 4 <= len(bare) <= 30 or bare.isdigit():
        return VOCABULARY.get(bare)
    return VOCABULARY.get(bare) or next((act for known, act in VOCABULARY.items() if alike(bare, known)), None)


def amount(text: str) -> int | None:
    """An amount in whole francs, as people write it: `5000`, `5 000`, `5.000 F`, `5k`, `5 mille`."""
    text = unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS]).lower()
    match = _AMOUNT.fullmatch("".join(text.split()))
    if match is None:
        kept = [part for part in text.split() if part[0].isdigit() or part in _UNITS]
        match = _AMOUNT.fullmatch("".join(kept))
    if match is None or len(match["figure"]) > 15:
        return None
    figure = int(re.sub(r"\D", "", match["figure"]))
    if match["thousand"]:
        return figure * 1000 + int(match["tenth"] or 0) * 100
    return figure


def reference(text: str) -> str | None:
    """A meter number or a bill's reference: its digits. Words around it are allowed, letters in it are not."""
    text = unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS])
    digits = text.translate(_SEPARATORS)
    if not digits.isdecimal():
        parts = fold(text).split()
        digits = "".join(part for part in parts if part[0].isdecimal())
        if not digits.isdecimal() or len(digits) < 8:
            return None
    # Any script's digits are digits to a person; the provider takes ASCII.
    digits = digits if digits.isascii() else "".join(str(int(c)) for c in digits)
    return digits if MIN_REFERENCE_DIGITS <= len(digits) <= MAX_REFERENCE_DIGITS else None


def order_id(text: str) -> str | None:
    """An order's id as people copy it: with or without dashes, in any case, with the letters that look like digits."""
    cleaned = text.strip().upper().translate(_CROCKFORD)
    return cleaned if _ORDER_ID.fullmatch(cleaned) else None


class Line(NamedTuple):
    """One way to read what follows a service's name: a reference and perhaps an amount, or `name`, a nickname."""

    reference: str
    amount_xof: int | None = None
    name: str = ""


@lru_cache(16)
def _service_words(catalog: Catalog) -> tuple[tuple[str, Service], ...]:
    pairs = [(fold(said), service) for service in catalog for said in (service.name, *service.words)]
    # "sen eau" must be tried before "s".
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def service(catalog: Catalog, text: str) -> tuple[Service, str] | None:
    """The service that a text begins with, and the rest of it (folded)."""
    typed = fold(text)
    for said, found in _service_words(catalog):
        if typed == said or typed.startswith(said + " "):
            return found, typed[len(said) :].strip()
    first, _, rest = typed.partition(" ")
    if len(first) > 4 and not first.isdigit():
        for said, found in _service_words(catalog):
            if alike(first, said):
                return found, rest
    return None


def _figure(groups: list[str]) -> int | None:
    """An amount written in groups: `5000`, or `5` `000`."""
    head, *tail = groups
    if head.startswith("0") or len(head) > 7 or (tail and len(head) > 3) or any(len(group) != 3 for group in tail):
        return None
    return int("".join(groups))


def line(rest: str, sold: Service) -> tuple[Line, ...]:
    """The ways to read what follows the service in a one-line order; more than one must be asked about.

    Everything is digits with spaces anywhere, so the counts decide: a reference of the usual length wins. `rest` is
    folded.
    """
    groups: list[str] = []
    name: list[str] = []
    for part in rest.split():
        thousands = part.rstrip("fcas") if part[0].isdecimal() else ""
        if part.isdecimal():
            groups.append(part)
        elif thousands.endswith("k") and thousands[:-1].isdecimal():
            groups.append(thousands[:-1] + "000")
        elif part in ("k", "mille", "mil") and groups:
            groups[-1] += "000"
        elif thousands.isdecimal():
            groups.append(thousands)
        elif part not in _UNITS:
            name.append(part)
    if name:
        return (Line("", _figure(groups) if groups else None, " ".join(name)),)
    whole = "".join(groups)
    if not groups or len(whole) > MAX_REFERENCE_DIGITS + 7:
        return ()
    low, high = sold.usual_digits
    splits = [
        Line(head, figure)
        for at in range(1, len(groups))
        if (figure := _figure(groups[at:])) is not None and len(head := "".join(groups[:at])) >= MIN_REFERENCE_DIGITS
    ]
    if not sold.prepaid:
        # The bill imposes its amount: what was typed after the reference is dropped.
        if low <= len(whole) <= high:
            return (Line(whole),)
        usual = [Line(one.reference) for one in splits if low <= len(one.reference) <= high]
        return tuple(usual[-1:]) or _only(whole)
    usual = [one for one in splits if low <= len(one.reference) <= high]
    if low <= len(whole) <= high:
        usual.append(Line(whole))
    if usual:
        return tuple(usual)
    likely = [
        one
        for one in splits
        if len(one.reference) >= 8 and sold.minimum_xof <= (one.amount_xof or 0) <= sold.maximum_xof
    ]
    return (*likely, *_only(whole))


def _only(whole: str) -> tuple[Line, ...]:
    return (Line(whole),) if MIN_REFERENCE_DIGITS <= len(whole) <= MAX_REFERENCE_DIGITS else ()


Reading: TypeAlias = tuple[ServiceName, Line]


def is_figure(part: str, *, first: bool) -> bool:
    """Whether a word of a command belongs to an amount: `5`, `000`, `F`, `5k`."""
    lowered = part.lower()
    if first:
        return amount(part) is not None
    return lowered in _UNITS or (len(part) == 3 and part.isdecimal())
