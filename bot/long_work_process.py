"""The process in which long work is done: `python -m bot.long_work_process`, a request in, an answer out.

It has no secret, opens the database to read, writes nothing but temporary files, prints nothing and logs nothing: what
went wrong is answered, and logged by whoever asked. It stands back wherever somebody else wants the processor, and
begins by that. Each kind of work imports what it needs.
"""

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Raw, msgpack

from bot.domain.audit import Findings
from bot.domain.outbound import Attachment
from bot.errors import StoreBusy
from bot.i18n import load
from bot.long_work import LENGTH_BYTES, Answer, AuditDays, Made, MakeDocument, Request, SumLedger
from bot.store import ReadingStore
from bot.store.sqlite.reader import Reader

if TYPE_CHECKING:
    from bot.store.postgres import Reader as PostgresReader
    from bot.transactions.installation import Installation

NICENESS = 10
# Should memory run short, the system ends this process before the bot, and after one that reads a stranger's file.
OOM_SCORE = 800


def stand_back() -> None:
    """From here on the others come first."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Who started it ends it: a supervisor that asks all of them to end meets the bot, which knows what is in flight.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def end_with(pipe: int, folder: str) -> None:
    """End this process, and what it wrote, when whoever holds the other end of the pipe is gone."""

    def wait() -> None:
        while os.read(pipe, 1):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def opened(database_url: str) -> "Reader | PostgresReader":
    """The database, to read from."""
    if database_url.startswith("sqlite:///"):
        return Reader(database_url.removeprefix("sqlite:///"))
    from bot.store.postgres import LONG_READ_SECONDS
    from bot.store.postgres import Reader as PostgresReader

    return PostgresReader(database_url, most=1, seconds=LONG_READ_SECONDS)


async def work(request: Request) -> Answer:
    """Do what is asked for. Raises nothing."""
    store = opened(request.database_url)
    try:
        return Answer(Raw(msgpack.encode(await value_of(store, request))))
    except StoreBusy as error:
        return Answer(busy=str(error))
    # A fault of ours, or too little memory; what it says may quote what was read.
    except Exception as error:
        return Answer(problem=type(error).__name__)


async def value_of(store: ReadingStore, request: Request) -> Made | Findings | int:
    """What the work comes to. Raises StoreBusy, and whatever a fault of ours raises."""
    match request.work:
        case MakeDocument(attachment=Attachment(kind="audit") as attachment):
            from bot.documents.audit import audit_maker

            make = audit_maker(_installation(request), lambda: request.now)
        case MakeDocument(attachment=attachment):
            from bot.documents.maker import KINDS

            make = KINDS[attachment.kind]
        case AuditDays(first=first, last=last):
            from bot.monitoring.audits import audit

            return await audit(store, _installation(request), first, last, request.now)
        case SumLedger():
            from bot.monitoring.audits import ledger_total

            return await ledger_total(store, request.now)
    return Made(await make(store, load()[attachment.language], attachment.arguments))


def _installation(request: Request) -> "Installation":
    """As much of it as an audit takes."""
    from bot.domain.collecting import Abilities
    from bot.shop import CollectingTerms, ShopSettings
    from bot.transactions.budget import Budget
    from bot.transactions.installation import Installation

    # Where nobody pays by themselves, the advances are said to be allowed.
    terms = CollectingTerms("", Abilities((), (), "our_id"), ())
    shop = ShopSettings(load(), request.catalog, collecting=terms, advances=request.advances)
    return Installation("", shop, (), Budget.of(1), request.default_credit_limit_xof)


def main(folder: str) -> int:
    """Do one work and answer; the exit status is 0 when there is an answer. Temporary files go to `folder`, which is
    there for nothing else and removed.
    """
    stand_back()
    # Whatever a library prints is no part of the answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    length = int.from_bytes(sys.stdin.buffer.read(LENGTH_BYTES), "big")
    content = sys.stdin.buffer.read(length)
    if not length or len(content) < length:
        # Whoever started it is gone.
        os.rmdir(folder)
        return 1
    request = msgpack.decode(content, type=Request)
    tempfile.tempdir = folder
    end_with(0, folder)
    answer = msgpack.encode(asyncio.run(work(request)))
    # Here, too, for whoever asked may be gone by now.
    shutil.rmtree(folder, ignore_errors=True)
    answers.write(answer)
    answers.flush()
    return 0


if __name__ == "__main__":
    # Nothing else is worth tidying up.
    os._exit(main(sys.argv[1]))
