"""Which service a text names. Pure."""

from functools import lru_cache

from bot.dialogue.parsing.figures import plain
from bot.dialogue.parsing.vocabulary import alike
from bot.domain.catalog import Catalog, Service
from bot.domain.text import fold
from bot.languages import service_words

MIN_SERVICE_CHARACTERS = 3


@lru_cache(16)
def _service_words(catalog: Catalog) -> tuple[tuple[str, Service], ...]:
    pairs = [
        (fold(said), service)
        for service in catalog
        for said in (
            service.name,
            *service.words,
            *service_words(service.name),
        )
    ]
    # "sen eau" must be tried before "s".
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def parse_service(catalog: Catalog, text: str) -> tuple[Service, str] | None:
    """The service that a text begins with, and the rest of it (as `plain` writes it)."""
    typed = plain(text)
    if (exact := named_service(catalog, typed)) is not None:
        return exact
    first, _, rest = typed.partition(" ")
    if len(first) > 4 and not first.isdigit():
        for said, service in _service_words(catalog):
            if alike(first, said):
                return service, rest
    return None


def named_service(catalog: Catalog, typed: str) -> tuple[Service, str] | None:
    """The service whose word a folded text begins with, to the letter, and the rest of it."""
    for said, service in _service_words(catalog):
        if typed == said or typed.startswith(said + " "):
            return service, typed[len(said) :].strip()
    return None


@lru_cache(1024)
def service_called(catalog: Catalog, said: str, *, slip: bool = False) -> Service | None:
    """The service that a folded word or two are the name of; with `slip` also what is nearly its name."""
    for word, service in _service_words(catalog):
        if said == word or (slip and len(word) > MIN_SERVICE_CHARACTERS + 1 and alike(said, word)):
            return service
    return None


def said_service(catalog: Catalog, text: str) -> Service | None:
    """The one service that the words of a text name, wherever it stands; shorter words may be initials."""
    words = {word for word in plain(text).split() if len(word) >= MIN_SERVICE_CHARACTERS}
    services = {service.name: service for said, service in _service_words(catalog) if said in words}
    return next(iter(services.values())) if len(services) == 1 else None
