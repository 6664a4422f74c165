"""Which orders an admin wants to read: words in any order, `refused woyofal week >50000`. Pure.

A filter is understood once and written out again in the shortest words that mean the same, so that it can travel in the
buttons of its pages. Every word is one thing, in French or in English; what is left over names a period.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue.parsing.periods import parse_period
from bot.dialogue.periods import span
from bot.domain.catalog import Catalog, digits_of
from bot.domain.order import HELD, State
from bot.domain.people import Address
from bot.domain.period import Period
from bot.domain.text import fold
from bot.errors import ModelError
from bot.i18n import Safe, Voice
from bot.languages import answers
from bot.notices.orders import SERVICE, STATE
from bot.repositories.finding import Filter

MIN_REFERENCE_DIGITS = 4
_OPEN: Final[tuple[State, ...]] = ("waiting", "sending", "processing", "token_awaited", "unknown")
_STATES: Final[dict[str, tuple[State, ...]]] = {
    word: states
    for words, states in (
        ("open pending ouvert ouverte ouvertes ouverts cours", _OPEN),
        ("delivered done paid livre livree livrees livres abouti aboutie abouties aboutis payees", ("delivered",)),
        ("refused failed refuse refusee refusees refuses echec echecs echouees", ("refused",)),
        ("cancelled canceled annule annulee annulees annules", ("cancelled",)),
        ("waiting attente", ("waiting",)),
        ("sending envoi", ("sending",)),
        ("processing traitement", ("processing",)),
        ("awaited", ("token_awaited",)),
        ("unknown inconnu inconnue inconnues verification", ("unknown",)),
    )
    for word in words.split()
}
_STUCK: Final = answers("stuck")
# Words that only bind: `en cours`, `en attente`, `token_awaited`.
_BINDING: Final = frozenset({"en", "token"})
_AMOUNT: Final = re.compile(
    r"([<>])(=?)\s*(\d{1,3}(?:[ .,]\d{3})+(?!\d)|\d+)\s?(k|mille|f cfa|fcfa|f)?(?!\w)", re.IGNORECASE
)


def parse(text: str, catalog: Catalog, now: int) -> Filter | None:
    """The filter that words in any order mean; None when one of them means nothing."""
    wanted = Filter()
    for match in _AMOUNT.finditer(text):
        figure = int(re.sub(r"\D", "", match[3])) * (1000 if (match[4] or "").lower() in ("k", "mille") else 1)
        if match[1] == ">":
            wanted = replace(wanted, least_xof=figure + (not match[2]))
        else:
            wanted = replace(wanted, most_xof=figure - (not match[2]))
    rest: list[str] = []
    for part in _AMOUNT.sub(" ", text).replace("_", " ").split():
        taken = _take(wanted, part, catalog)
        if taken is None:
            rest.append(part)
        else:
            wanted = taken
    if not rest:
        return wanted
    days = parse_period(" ".join(rest), now)
    return None if days is None else replace(wanted, first=days.first, last=days.last)


def _take(wanted: Filter, part: str, catalog: Catalog) -> Filter | None:
    """The filter with one more word in it; None for a word that may belong to a period."""
    word = fold(part)
    if word in _BINDING:
        return wanted
    if word in _STUCK:
        return replace(wanted, stuck=True)
    if word in _STATES:
        return replace(wanted, states=tuple(dict.fromkeys((*wanted.states, *_STATES[word]))))
    service = next((one for one in catalog if word in (one.name, *map(fold, one.words)) and len(word) > 1), None)
    if service is not None:
        return replace(wanted, service=service.name)
    if ":" in part:
        try:
            return replace(wanted, address=Address.parse(part))
        except ModelError:
            return None
    digits = digits_of(part)
    if part.isascii() and part.isdecimal() and len(digits) >= MIN_REFERENCE_DIGITS:
        return replace(wanted, reference=digits)
    return None


def written(of: Filter) -> str:
    """The filter in the shortest words that mean the same."""
    states = list(of.states)
    parts = ["stuck"] if of.stuck else []
    if set(_OPEN) <= set(states):
        parts.append("open")
        states = [state for state in states if state not in _OPEN]
    parts += states
    parts += [str(part) for part in (of.service, of.address, of.reference) if part is not None]
    if of.least_xof is not None:
        parts.append(f">={of.least_xof}")
    if of.most_xof is not None:
        parts.append(f"<={of.most_xof}")
    if of.first is not None and of.last is not None:
        parts.append(of.first if of.first == of.last else f"{of.first} {of.last}")
    return " ".join(parts)


def described(t: Voice, of: Filter) -> Safe:
    """The filter in words that people read."""
    whole = set(_OPEN) <= set(of.states)
    states = [state for state in of.states if not (whole and state in HELD)]
    parts: list[str] = [t("filter.stuck")] if of.stuck else []
    parts += [t("filter.open")] if whole else []
    parts += [t(STATE[state]) for state in states]
    parts += [t(SERVICE[of.service])] if of.service is not None else []
    parts += [t.escaped(str(part)) for part in (of.address, of.reference) if part is not None]
    parts += [t("filter.least", amount=t.money(of.least_xof))] if of.least_xof is not None else []
    parts += [t("filter.most", amount=t.money(of.most_xof))] if of.most_xof is not None else []
    if of.first is not None and of.last is not None:
        parts.append(span(t, Period(of.first, of.last)))
    return Safe(", ".join(parts)) if parts else t("filter.all")
