"""Variables that are none of ours and may be meant for us.

A misspelt setting silently leaves its default in force, and where that is a fee or a limit it costs money. So:

| where | what | |
|---|---|---|
| `.env`, which is ours alone | reads like one of ours, or begins like a family of ours (`FEE_…`) | refused |
| `.env` | anything else | named |
| the environment, where others live too | reads like one of ours that is about money | refused |
| the environment | reads like another one of ours, or begins like a family of ours | named |
| the environment | anything else | none of our business |
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

# In percent: one letter too many, too few, wrong or in the wrong place, in a name of seven letters or more.
_ALIKE = 87
_SHORTEST_IN_ENVIRONMENT = 7
_FAMILIES: Final = r"DEXCHANGE|FEES?|PROVIDER_FEES?|COMMISSIONS?|LIMITS?|PAY_?IN|APPROVAL|FLOAT_ALERT"
_MONEY: Final = re.compile(r"FEE_|COMMISSION_|LIMITS_|_XOF$|^PAY_IN_")
# What Kubernetes puts into the environment for every service of a namespace.
_OF_A_SERVICE: Final = re.compile(r"_(?:SERVICE_(?:HOST|PORT)\w*|PORT(?:_\d+_\w+)?)$")


class Unknown(NamedTuple):
    """What is to be said of unknown names: `refused` keeps the program from starting, `noted` does not."""

    refused: list[str]
    noted: list[str]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that reads most like `name`, None when none does."""
    # In an order of its own: of two that are as near, the same one is named on every start.
    match = process.extractOne(name.upper(), sorted(known, reverse=True), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return None if match is None else match[0]


def unknown(
    file: str,
    in_file: Iterable[str],
    in_environment: Iterable[str],
    known: frozenset[str],
    families: Iterable[str] = (),
) -> Unknown:
    """Judge the names in the settings file and in the environment that are not `known`; `families` are first words of
    ours beside those of the shop.
    """
    names = Unknown([], [])
    ours = re.compile(rf"(?:{'|'.join((*map(str.upper, families), _FAMILIES))})_")
    written = set(in_file) - known
    for name in sorted(written):
        meant = nearest(name, known)
        if meant is not None:
            names.refused.append(f"{name} in {file} is no setting: did you mean {meant}?")
        elif ours.match(name.upper()):
            names.refused.append(f"{name} in {file} is no setting: .env.example names them all")
        else:
            names.noted.append(f"{name} in {file} is no setting of Taal and does nothing")
    for name in sorted(set(in_environment) - known - written):
        if _OF_A_SERVICE.search(name) or len(name) < _SHORTEST_IN_ENVIRONMENT:
            continue
        meant = nearest(name, known)
        if meant is not None and _MONEY.search(meant):
            names.refused.append(f"{name} in the environment is no setting: did you mean {meant}?")
        elif meant is not None:
            names.noted.append(f"{name} in the environment is no setting and does nothing: did you mean {meant}?")
        elif ours.match(name):
            names.noted.append(f"{name} in the environment is no setting and does nothing: .env.example names them all")
    return names
