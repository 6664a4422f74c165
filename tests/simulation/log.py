"""What the program logs in a world: what it calls an error there is a fault of ours, unless the world made it."""

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog
from structlog.typing import EventDict, WrappedLogger

from tests.simulation.channels import SendBroke

if TYPE_CHECKING:
    from tests.simulation.world import World


@contextlib.contextmanager
def heard_by(world: "World") -> Iterator[None]:
    """Within this, a world hears what is logged, and nothing is written anywhere."""

    def hear(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        error = event.get("exc_info")
        if method == "error" and not isinstance(error, SendBroke):
            world.fell_over(str(event["event"]), error if isinstance(error, BaseException) else None)
        raise structlog.DropEvent

    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(
        processors=[hear],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
