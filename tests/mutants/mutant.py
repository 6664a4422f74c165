"""What a planted bug is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A bug: in `file`, the text `old`, which stands there once, is `new`. `breaks` says what is wrong then.

    Without `tests` the simulation has to find it; else one of these, by their pytest ids.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
