"""What a line sells, and to whom: `fatou 5000`, `fatou senelec`, `5000 fatou`, `fatou`. Pure."""

from typing import Final, NamedTuple

from bot.dialogue.parsing import openers
from bot.dialogue.parsing.amounts import amount_off, is_sum
from bot.dialogue.parsing.debts import credit_off
from bot.dialogue.parsing.number_words import in_figures
from bot.domain.catalog import Catalog, Service, ServiceName
from bot.domain.text import fold
from bot.languages import answers

# Shorter words that name a service may be initials.
MIN_SERVICE_CHARACTERS = 3
_POLITE: Final = answers("please")


class SaleRequest(NamedTuple):
    """What a line asks for: a client by `name`, an amount, a service; as much of it as there is. `on_credit`: the
    client pays later.
    """

    name: str
    amount_xof: int | None = None
    service: ServiceName | None = None
    on_credit: bool = False


def parse_sale(catalog: Catalog, text: str) -> SaleRequest | None:
    """What a line asks for; None where nothing in it can be somebody's name."""
    words, on_credit = credit_off(in_figures(text).split())
    if on_credit and amount_off(words)[1] is None and (opening := openers.read(catalog, " ".join(words))) is not None:
        # `vends 3000 à bocar à crédit`: without *on credit* whoever reads openings would come next.
        words = [*opening.rest.split(), *([] if opening.service is None else [opening.service.name])]
    while words and fold(words[-1]) in _POLITE:
        words.pop()
    words, amount = amount_off(words)
    words, service = _service_off(words, catalog)
    if amount is None:
        words, amount = amount_off(words)
    name = " ".join(words)
    folded = fold(name)
    if len(folded) < 2 or not any(c.isalpha() for c in folded):
        return None
    return SaleRequest(name, amount, None if service is None else service.name, on_credit)


def sells_several(request: SaleRequest) -> bool:
    """Whether an amount stands in a name beside the one that was read: `bocar 3000, awa 2000`."""
    if request.amount_xof is None:
        return False
    return any(is_sum(word) for word in request.name.split())


def _service_off(words: list[str], catalog: Catalog) -> tuple[list[str], Service | None]:
    """The service that is named at the end of a line, and the words before it."""
    for count in (2, 1):
        last = fold(" ".join(words[-count:]))
        if len(words) > count and len(last) >= MIN_SERVICE_CHARACTERS:
            for service in catalog:
                if last in {fold(word) for word in (service.name, *service.words)}:
                    return words[:-count], service
    return words, None
