"""What a line sells, and to whom: `fatou 5000`, `fatou senelec`, `5000 fatou`, `fatou`. Pure."""

from typing import Final, NamedTuple

from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS, amount_of
from bot.dialogue.parsing.figures import figures_of
from bot.dialogue.parsing.number_words import in_figures
from bot.domain.catalog import Catalog, Service, ServiceName
from bot.domain.text import fold
from bot.languages import answers

# `1 000 000 f cfa`: no amount has more words, and a long line is not tried from each of its own.
MAX_AMOUNT_WORDS = 6
# Shorter words that name a service may be initials.
MIN_SERVICE_CHARACTERS = 3
# A smaller figure in a name is a part of it: `boutique 2`.
LEAST_XOF: Final = 100
_MARKS: Final = ",;.:&+/-"
_POLITE: Final = answers("please")


class SaleRequest(NamedTuple):
    """What a line asks for: a client by `name`, an amount, a service; as much of it as there is."""

    name: str
    amount_xof: int | None = None
    service: ServiceName | None = None


def parse_sale(catalog: Catalog, text: str) -> SaleRequest | None:
    """What a line asks for; None where nothing in it can be somebody's name."""
    words = in_figures(text).split()
    while words and fold(words[-1]) in _POLITE:
        words.pop()
    words, amount = _amount_off(words)
    words, service = _service_off(words, catalog)
    if amount is None:
        words, amount = _amount_off(words)
    name = " ".join(words)
    folded = fold(name)
    if len(folded) < 2 or not any(c.isalpha() for c in folded):
        return None
    return SaleRequest(name, amount, None if service is None else service.name)


def sells_several(request: SaleRequest) -> bool:
    """Whether an amount stands in a name beside the one that was read: `bocar 3000, awa 2000`."""
    if request.amount_xof is None:
        return False
    amounts = (amount_of([word.strip(_MARKS)]) for word in request.name.split() if word.strip(_MARKS))
    return any(amount_xof is not None and amount_xof >= LEAST_XOF for amount_xof in amounts)


def _amount_off(words: list[str]) -> tuple[list[str], int | None]:
    """The amount that stands at the end of a line, as long as it may be, or at its beginning; and the words left."""
    for at in range(max(0, len(words) - MAX_AMOUNT_WORDS), len(words)):
        if (amount := amount_of(words[at:])) is not None:
            return words[:at], amount
    for to in range(min(len(words) - 1, MAX_AMOUNT_WORDS), 0, -1):
        if (amount := amount_of(words[:to])) is not None:
            return words[to:], amount
    return words, None


def _service_off(words: list[str], catalog: Catalog) -> tuple[list[str], Service | None]:
    """The service that is named at the end of a line, and the words before it."""
    for count in (2, 1):
        last = fold(" ".join(words[-count:]))
        if len(words) > count and len(last) >= MIN_SERVICE_CHARACTERS:
            for service in catalog:
                if last in {fold(word) for word in (service.name, *service.words)}:
                    return words[:-count], service
    return words, None


def names_meter(text: str) -> bool:
    """Whether a meter's number stands in a text: then its words are no client's name."""
    return any(len(run) >= MIN_NUMBER_DIGITS for run in figures_of(text).runs)
