"""Libraries without the command lines and tracebacks that they bring along.

structlog and httpx import rich, Pygments and attrs where these are installed, as they are for the demonstration. That
is a quarter of a start, for tracebacks with local variables, which no log of ours may show, and for httpx's own command
line. Both libraries know how to do without.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Within it, modules that are not imported yet are as if they were not installed. For the main thread, at start."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        # Python's own way to say so: such an import raises ModuleNotFoundError.
        sys.modules[name] = cast(ModuleType, None)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
