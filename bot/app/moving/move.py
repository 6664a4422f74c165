"""The command `move`, and what it says."""

from bot.app.moving.copying import Carried, carry
from bot.app.moving.ends import reading, writing
from bot.settings import Settings
from bot.settings.database_url import shown

NEXT = """\
What to do next:
1. Set DATABASE_URL to {to} wherever this bot runs, and never start it from the old
   database again: the two would know different money.
2. The secret key goes along: {key}
   With another key the webhooks of payments in flight are not believed; they are asked about instead.
3. python -m bot doctor, then start.
4. Keep {source} until you are sure. It is as it was."""


async def move(settings: Settings, to: str) -> Carried:
    """Carry the installation that the settings name over to an empty database, whose address was checked.

    Raises CannotStart and StoreBusy; then the target is as it was.
    """
    async with reading(settings.database_url) as source, writing(to) as target:
        carried = await carry(source, target)
        await target.keep()
    return carried


def report(settings: Settings, to: str, carried: Carried) -> str:
    """What was carried, and what the operator does next."""
    source = shown(settings.database_url)
    path = settings.secret_key_path
    if settings.secret_key is not None or path is None:
        key = "leave SECRET_KEY set to what it is."
    else:
        key = f"set SECRET_KEY to what {path} holds, for every process."
    return f"carried from {source} to {shown(to)}: {carried}\n\n{NEXT.format(to=shown(to), key=key, source=source)}"
