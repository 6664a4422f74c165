"""The installation's secret key: a setting, or a file of its own beside the database.

It makes the addresses of the provider's webhooks and Telegram's secret token unguessable, so it must not lie in the
database, whose copies go to more places and more people than any file that is kept apart. Earlier versions kept it
there: the first start of this one writes it to the file, makes that durable, and only then deletes it from the database
and from the log beside it. A crash in between leaves it in both, and the next start goes on from there.

Over PostgreSQL, where several processes must have the same key, it is the operator's: set, or in a file that is there.
"""

import asyncio
import secrets
from pathlib import Path

from bot import logs
from bot.errors import CannotStart, SettingsError
from bot.private_files import make_folder, tighten, write_new
from bot.settings import SECRET_KEY_MINIMUM_CHARACTERS, Settings
from bot.store import Store
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping

KEPT_NAME = "secret_key"

log = logs.get_logger("app")


async def secret_key_of(settings: Settings, store: Store, *, fresh: bool = False) -> bytes:
    """The operator's secret key, or the one in the file, which is made when there is none; `fresh` says that the
    database is new, so that a key that is missing is nothing to speak of. Where several processes share the database,
    none is made: each would make its own.

    Raises SettingsError when the file holds no key, and CannotStart when it cannot be read or made.
    """
    path = settings.secret_key_path
    if path is not None and not settings.is_shared:
        await _move_out(store, path)
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if path is None:
        raise SettingsError(["SECRET_KEY is missing"])
    key = await asyncio.to_thread(_read, path)
    if key is None and settings.is_shared:
        raise SettingsError(
            [
                f"SECRET_KEY_FILE: there is no {path}: every process that serves from the database needs the same key,"
                " so none is made; `openssl rand -hex 32` makes one"
            ]
        )
    if key is None:
        key = await asyncio.to_thread(_make, path, secrets.token_hex(32))
        if fresh:
            log.info("the installation's key was made", file=str(path))
        else:
            log.warning(
                "the installation's key was missing and is made anew: webhooks of payments in flight are not believed,"
                " they are asked about instead",
                file=str(path),
            )
    logs.mask(key)
    return key.encode()


async def _move_out(store: Store, path: Path) -> None:
    kept = await store.run(housekeeping.kept, KEPT_NAME)
    if kept is None:
        return
    logs.mask(kept)
    if await asyncio.to_thread(_make, path, kept) == kept:
        log.info("the installation's key was moved out of the database", file=str(path))
    else:
        log.warning("the database held another key than the file: the file's holds", file=str(path))
    await store.run(housekeeping.drop_kept, KEPT_NAME)
    if isinstance(store, SqliteStore):
        await store.checkpoint()


def _make(path: Path, key: str) -> str:
    """Write the file unless there is one; answers the key that is in it then."""
    try:
        make_folder(path.parent)
        write_new(path, f"{key}\n".encode())
    except FileExistsError:
        pass
    except OSError as error:
        words = "name a file elsewhere, or set SECRET_KEY"
        raise CannotStart(f"SECRET_KEY_FILE: {path} cannot be made ({error.strerror}): {words}") from error
    return _read(path) or key


def _read(path: Path) -> str | None:
    try:
        key = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        key = ""
    except OSError as error:
        raise CannotStart(
            f"SECRET_KEY_FILE: {path} cannot be read ({error.strerror}): mend its owner or mode, or set SECRET_KEY"
        ) from error
    if len(key) < SECRET_KEY_MINIMUM_CHARACTERS:
        raise SettingsError(
            [
                f"SECRET_KEY_FILE: {path} holds no key of at least {SECRET_KEY_MINIMUM_CHARACTERS} characters: put it"
                " back from where you keep it, or delete the file to have a new key made (docs/operations.md)"
            ]
        )
    tighten(path)
    return key
