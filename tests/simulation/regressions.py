"""Seeds that once broke a promise, with the name of what was broken."""

from typing import Final

REGRESSIONS: Final[dict[int, str]] = {}
