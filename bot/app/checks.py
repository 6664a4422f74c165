"""What the doctor looks at beyond the settings: each check answers whether it is well, and words that help."""

import asyncio
import os
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from bot.app.adapters import gateway_of, open_store
from bot.app.collecting import collector_of
from bot.app.ports import take_port
from bot.channels.adapter import Finding
from bot.domain.collecting import LookUpUnknown
from bot.domain.inquiry import FloatUnavailable
from bot.errors import CannotStart, StoreBusy
from bot.monitoring.audits import run_steps, wrong_balance_steps
from bot.private_files import others_may
from bot.settings import Settings
from bot.store import Store
from bot.store.sqlite.file import files_of
from bot.transactions import housekeeping
from bot.transactions.people import named_owners

# No collection bears this id.
NOBODYS = "DOCTOR000000"


async def count_owners(settings: Settings) -> int:
    """How many addresses are owners, by the settings or named in a chat."""
    owners = {str(address) for address in settings.admins}
    if settings.is_shared or settings.database_path.exists():
        try:
            store = await open_store(settings, make=False)
        except (CannotStart, StoreBusy):
            return len(owners)
        try:
            if not await store.pending():
                owners |= set(await store.run(named_owners))
        finally:
            await store.aclose()
    return len(owners)


async def ledger_of(store: Store) -> dict[str, int]:
    """Every account's balance, in XOF."""
    return await store.read(housekeeping.accounts)


async def wrong_balances(store: Store, accounts: Mapping[str, int]) -> int:
    """How many customers' running balances are not what their entries sum to; `accounts` are the sums."""
    return len(await run_steps(store, wrong_balance_steps(dict(accounts))))


def check_folder(settings: Settings) -> tuple[bool, str]:
    """Whether the database that is not there yet can be made."""
    path = settings.database_path
    there = path.parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        words = "mend its owner or mode, or name a file elsewhere"
        return False, f"DATABASE_URL: {path} cannot be made, for {there} is no folder that we may write in: {words}"
    return True, f"{path} will be made at the first start"


def readable_by_others(settings: Settings) -> list[str]:
    """What of the database, and of the key beside it, other users of this machine may read."""
    files = () if settings.is_shared else files_of(settings.database_path)
    return [
        f"{path} may be read by others: chmod 600 {path} (the next start does it, where it is allowed to)"
        for path in (*files, settings.secret_key_path)
        if path is not None and others_may(path)
    ]


async def check_port(settings: Settings) -> tuple[bool, str]:
    """Whether the port is free, or taken by a Taal that answers."""
    at = f"{settings.host}:{settings.port}"
    try:
        for bound in take_port(settings.host, settings.port):
            bound.close()
    except CannotStart as error:
        if await asyncio.to_thread(_answers, settings.host, settings.port):
            return True, f"{at}, where a Taal answers"
        return False, str(error)
    return True, f"{at} is free"


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK and answer.read(16) == b"ok\n"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


async def check_channels(settings: Settings) -> list[Finding]:
    """Whether the channels that are set up know us."""
    findings: list[Finding] = []
    for channel in settings.channels:
        if channel.is_set_up:
            findings += await channel.check(settings.public_url)
    return findings


async def check_provider(settings: Settings) -> tuple[bool, str]:
    """Whether the provider takes our key, and how much is in the float."""
    gateway = gateway_of(settings)
    try:
        answer = await gateway.balance()
    finally:
        await gateway.aclose()
    if isinstance(answer, FloatUnavailable):
        return False, _provider_words(answer, settings)
    return True, f"{settings.provider}, the float holds {answer.balance_xof} F CFA"


async def check_collecting(settings: Settings) -> tuple[bool, str] | None:
    """Whether who collects for us lets us ask; None where nobody does."""
    collector = collector_of(settings)
    if collector is None:
        return None
    try:
        answer = await collector.look_up(NOBODYS, NOBODYS)
    finally:
        await collector.aclose()
    if isinstance(answer, LookUpUnknown):
        return False, f"{settings.collect_with}: {_collecting_words(answer.cause, settings)}"
    ways = ", ".join(settings.ways_to_pay) or "all the ways that it has"
    return True, f"{settings.collect_with} answers; {ways}"


def advances_words(settings: Settings) -> str:
    """Whether customers may have money here, and why."""
    if settings.advances is not None:
        return f"{settings.advances}, as ADVANCES says"
    if settings.collect_with is None:
        return "allowed, for nobody collects (COLLECT_WITH is not set): admins credit by hand"
    return "none, for COLLECT_WITH is set; allowed where customers had money here before that"


def _collecting_words(cause: str, settings: Settings) -> str:
    keys = "DEXPAY_API_KEY and DEXPAY_API_SECRET" if settings.collect_with == "dexpay" else "DEXCHANGE_API_KEY"
    if cause in ("not_authorized", "unverified"):
        return (
            "it answers and turns this server away: have the account verified, and its outgoing address put on the"
            " account's list of addresses that may ask (a fixed address is needed)"
        )
    if cause == "credentials":
        return f"it answers and refuses the key: check {keys}"
    if cause == "unreachable":
        return "it cannot be reached: check this machine's network and the address"
    return f"no answer that can be read ({cause}): ask again, then check {keys}"


def _provider_words(answer: FloatUnavailable, settings: Settings) -> str:
    where = settings.dexchange_api_url
    match answer.cause:
        case "unreachable":
            return f"{where} cannot be reached ({answer.detail}): check this machine's network and DEXCHANGE_API_URL"
        case "credentials":
            return (
                "it answers and refuses the key: copy DEXCHANGE_API_KEY again from the provider's pages, where it must"
                " be alive and may be bound to outgoing addresses"
            )
        case "not_authorized":
            return (
                "it answers and turns this server away: have its outgoing address put on the account's list of"
                " addresses that may ask (a fixed address is needed)"
            )
        case "maintenance" | "busy":
            return f"it answers, and tells no balance now ({answer.cause}): ask again in a minute"
    if answer.answered:
        return f"it answers with something else than a balance ({answer.cause}): check DEXCHANGE_API_URL"
    return f"{where} was reached and did not answer as it should ({answer.cause}): ask again in a minute"
