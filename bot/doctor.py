"""The doctor: looks at everything that serving stands on, says what is well and how to mend what is not.

It changes nothing: no webhook is set, no migration applied, no money moved.
"""

import sys

from bot import app, logs
from bot.errors import CannotStart, Exit, SettingsError, StoreBusy
from bot.settings import Settings

Finding = tuple[bool, str]


async def examine() -> int:
    """Print one line for each thing looked at; answers the exit status."""
    logs.configure("ERROR", stream=sys.stderr)
    try:
        settings = app.load_settings(needs=("channel", "provider"))
    except SettingsError as error:
        for problem in error.problems:
            _print("settings", (False, problem))
        return Exit.SETTINGS
    well = _print("settings", _settings(settings))
    for words in app.noted_settings():
        well &= _print("settings", (False, words))
    well &= _print("database", await _database(settings))
    for words in await _insiders(settings):
        print(f"⚠ admins: {words}")
    for words in app.readable_by_others(settings):
        well &= _print("files", (False, words))
    well &= _print("port", await app.check_port(settings))
    for name, fine, words in await app.check_channels(settings):
        well &= _print(name, (fine, words))
    well &= _print("provider", await app.check_provider(settings))
    if (collecting := await app.check_collecting(settings)) is not None:
        well &= _print("collecting", collecting)
        print(f"  customers' money here: {app.advances_words(settings)}")
    print("All is well." if well else "Mend what is marked with ✗ and ask again.")
    return Exit.WELL if well else Exit.FAILED


def _print(name: str, finding: Finding) -> bool:
    well, words = finding
    print(f"{'✓' if well else '✗'} {name}: {words}")
    return well


def _settings(settings: Settings) -> Finding:
    if not settings.admins:
        return False, "ADMINS is empty: nobody would hear of stuck orders; set it to your own address (/id shows it)"
    where = (
        settings.public_url
        or "no PUBLIC_URL: channels are polled that can be, and payments are asked about, which is slower"
    )
    return True, f"{len(settings.admins)} admin(s); {where}"


async def _insiders(settings: Settings) -> list[str]:
    """What one person could do alone; no fault, but nobody should run it without knowing."""
    findings = []
    if settings.approval_above_xof is None and await app.count_owners(settings) < 2:
        findings.append(
            "ONLY ONE OWNER, and APPROVAL_ABOVE_XOF is not set: whoever holds that telephone can credit any sum; "
            "name a second owner (/admin add ADDRESS owner), and from 100000 F on it takes both"
        )
    bounds, catalog = settings.bounds(), settings.catalog()
    findings += [
        f"{what} of {service.name} goes beyond what may be set from a telephone (see .env.example, …_MOST_…)"
        for service in catalog
        for what, fits in (
            ("the fee", bounds.allow_fee(service.fee)),
            ("the commission", bounds.allow_commission(service.commission)),
        )
        if not fits
    ]
    return findings


async def _database(settings: Settings) -> Finding:
    if not settings.is_shared and not settings.database_path.exists():
        return app.check_folder(settings)
    try:
        store = await app.open_store(settings, make=False)
    except (CannotStart, StoreBusy) as error:
        return False, str(error)
    try:
        pending = await store.pending()
        accounts = await app.ledger_of(store) if not pending else {}
        wrong = await app.wrong_balances(store, accounts) if not pending else 0
    except StoreBusy as error:
        return False, f"{settings.database_name} does not answer ({error})"
    finally:
        await store.aclose()
    if total_xof := sum(accounts.values()):
        return False, f"the ledger sums to {total_xof} F instead of 0: stop serving and look at the entries"
    if wrong:
        return False, f"{wrong} running balance(s) are not the sum of their entries: /audit names them"
    if pending:
        words = "make a backup first"
        if not settings.is_shared:
            words += ": python -m bot backup FILE"
        return True, f"{settings.database_name}: {len(pending)} migration(s) will be applied at the next start; {words}"
    return True, f"{settings.database_name}: schema up to date, the ledger sums to zero"
