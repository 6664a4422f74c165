"""What the program logs in a world: a part of its trace. What it calls an error is a fault of ours, or the world's."""

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
        error, name = event.pop("exc_info", None), str(event.pop("event"))
        world.note(f"{event.pop('room', '')}: {name} {' '.join(f'{key}={value}' for key, value in event.items())}")
        if name == "update" and event["state"] != "duplicate":
            world.oracle.handled(str(event["key"]))
        if method == "error" and not isinstance(error, SendBroke):
            world.fell_over(name, error if isinstance(error, BaseException) else None)
        raise structlog.DropEvent

    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(
        processors=[hear],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
