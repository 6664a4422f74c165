"""Documents: made of the real store at the moment of sending, and carried by the outbox with their messages."""

import asyncio
import csv
import io
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from bot import i18n
from bot.dialogue.tasks import TableRead
from bot.documents import pictures
from bot.documents.maker import KINDS, Documents
from bot.documents.parts import PAGE_ROWS, LongFile, format_of
from bot.documents.tables import Column
from bot.domain.inbound import Document
from bot.domain.ledger import credit
from bot.domain.outbound import Attachment, File, Outbound, SendLater
from bot.domain.outcome import Delivered, Processing, ProviderDetails, Refused
from bot.domain.people import Address
from bot.domain.period import DAY_MS, Period, day_of
from bot.errors import StoreBusy
from bot.notices.orders import order_number
from bot.outbox import Outbox
from bot.repositories.money import post
from bot.repositories.outbox import say
from bot.store import Store
from bot.transactions import housekeeping
from tests.in_process import ADMIN, AWA, MOUSSA, Room, room
from tests.test_exports import LIMIT_XOF, TODAY, make_good, sale

pytestmark = pytest.mark.anyio

WORDS = i18n.load()
CODE = "12345678901234567890"
FIRST, LAST = day_of(TODAY), day_of(TODAY + DAY_MS)
PAID = Delivered((CODE,), ProviderDetails("TX-1", 5_000, 50, "14123456789", None, 900_000, 894_950))


class Meddled:
    """A store in which something happens after each script that read, or instead of it."""

    def __init__(self, store: Store, after: Callable[[], Any] = lambda: None, busy: int = 0) -> None:
        self._store = store
        self._after = after
        self.busy = busy
        self.runs = 0

    async def read(self, script: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.runs += 1
        if self.busy:
            self.busy -= 1
            raise StoreBusy("locked")
        result = await self._store.read(script, *args, **kwargs)
        happening = self._after()
        if happening is not None:
            await happening
        return result


def documents(store: Any) -> Documents:
    return Documents(store, WORDS)


async def made(here: Room, kind: str, *arguments: str, language: str = "fr") -> File:
    file = await documents(here.taal.store).make(Attachment(kind, language, arguments))
    assert file is not None
    return file


def book(file: File) -> list[Worksheet]:
    assert file.media_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheets: list[Worksheet] = load_workbook(io.BytesIO(file.content)).worksheets
    return sheets


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    titles, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, titles), row, strict=True)) for row in lines]


def records(file: File) -> list[list[str]]:
    assert file.media_type == "text/csv"
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def fill(here: Room) -> dict[str, str]:
    """Two days of a reseller and one order of somebody else."""
    run = here.taal.store.run
    return {
        "paid": await run(sale, TODAY + 3_600_000, AWA, PAID),
        "refused": await run(sale, TODAY + 1, AWA, Refused("failed")),
        "open": await run(sale, TODAY + DAY_MS, AWA, Processing(ProviderDetails("TX-2"))),
        "other": await run(sale, TODAY, MOUSSA, PAID),
        "before": await run(sale, TODAY - 1, AWA, PAID),
        "after": await run(sale, TODAY + 2 * DAY_MS, AWA, PAID),
    }


def everything(file: File) -> str:
    """Every text of a table's file."""
    if file.name.endswith(".csv"):
        return file.content.decode()
    return "\n".join(str(cell) for sheet in book(file) for row in sheet.iter_rows(values_only=True) for cell in row)


# Tables.


async def test_a_statement_holds_a_resellers_sales_and_nobody_elses(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        names = await fill(here)
        file = await made(here, "statement", str(AWA), FIRST, LAST, "xlsx")
        assert file.name == f"ventes-{FIRST}-{LAST}.xlsx"
        (sheet,) = book(file)
        lines = rows(sheet)
        assert [row["Commande"] for row in lines] == [
            *(order_number(names[each]) for each in ("refused", "paid", "open")),
            None,
            None,
        ]
        refused, paid, pending, total, of_open = lines
        assert paid == {
            "Date": datetime.fromisoformat(f"{FIRST} 01:00:00"),
            "Client": None,
            "Service": "Woyofal",
            "Compteur ou référence": "14123456789",
            "Titulaire": "AWA",
            "Montant": 5_000,
            "Frais": 75,
            "Prix client": 5_075,
            "Commission": 15,
            "Sorti du solde": 5_060,
            "Remboursé": 0,
            "État": "réussi",
            "Commande": order_number(names["paid"]),
        }
        assert (refused["État"], refused["Prix client"], refused["Sorti du solde"]) == ("refusé", 5_075, 0)
        assert pending["Sorti du solde"] == 5_060
        # What was refused is no sale; what is open is told apart.
        assert [total[name] for name in ("Client", "Montant", "Commission", "Sorti du solde")] == [
            "Total",
            5_000,
            15,
            5_060,
        ]
        assert [of_open[name] for name in ("Client", "Montant")] == ["En cours", 5_000]
        assert CODE not in everything(file)


async def test_a_refund_is_told_beside_what_was_sold(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        names = await fill(here)
        await here.taal.store.run(make_good, names["paid"], 5_060, TODAY + DAY_MS)
        file = await made(here, "statement", str(AWA), FIRST, FIRST, "csv", language="en")
        assert file.name == f"sales-{FIRST}.csv"
        titles, _, paid, total = records(file)
        assert paid[titles.index("Left the balance")] == "5060"
        assert paid[titles.index("Refunded")] == "5060"
        assert total[titles.index("Refunded")] == "5060"


async def test_the_admins_export_holds_everybodys_orders_and_no_code(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        names = await fill(here)
        for format in ("csv", "xlsx"):
            file = await made(here, "export_orders", FIRST, LAST, format)
            text = everything(file)
            assert CODE not in text
            assert CODE[4:] not in text
            assert "…7890" in text
        assert file.name == f"commandes-{FIRST}-{LAST}.xlsx"
        lines = rows(book(file)[0])
        assert [row["Commande"] for row in lines[:4]] == [
            order_number(names[each]) for each in ("other", "refused", "paid", "open")
        ]
        other = lines[0]
        assert {
            name: other[name] for name in ("Canal", "Compte client", "Fin du code", "Transaction chez le fournisseur")
        } == {
            "Canal": "telegram",
            "Compte client": str(MOUSSA),
            "Fin du code": "…7890",
            "Transaction chez le fournisseur": "TX-1",
        }
        assert (other["Pris par le fournisseur"], other["Frais du fournisseur"]) == (5_000, 50)
        assert (other["Caisse avant"], other["Caisse après"]) == (900_000, 894_950)
        assert lines[1]["Motif"] == "failed"
        assert lines[3]["Réussi le"] is None


async def test_an_export_goes_on_page_after_page(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        many = 2 * PAGE_ROWS

        async def one_more() -> None:
            await here.taal.store.run(sale, TODAY - 1, AWA)

        for _ in range(many):
            await here.taal.store.run(sale, TODAY, AWA)
        store = Meddled(here.taal.store, one_more)
        file = await documents(store).make(Attachment("statement", "fr", (str(AWA), FIRST, LAST, "csv")))
        assert file is not None
        assert store.runs == 3, "no transaction reads it all"
        lines = records(file)
        assert len(lines) == 1 + many + 2
        assert len({row[-1] for row in lines[1:-2]}) == many


async def test_the_ledgers_balances_agree_with_its_entries(tmp_path: Path) -> None:
    """Even when money moves while it is read: what came later is in no page of it."""
    async with room(tmp_path) as here:
        await here.taal.store.run(post, credit("in", str(AWA), 50_000, "cash"), TODAY - DAY_MS, LIMIT_XOF)
        await fill(here)
        for _ in range(400):
            await here.taal.store.run(sale, TODAY, AWA, PAID)
        expected = await here.taal.store.run(housekeeping.accounts)

        async def meanwhile() -> None:
            await here.taal.store.run(sale, TODAY, AWA, PAID)

        store = Meddled(here.taal.store, meanwhile)
        last = day_of(TODAY + 2 * DAY_MS)
        file = await documents(store).make(Attachment("export_ledger", "fr", (FIRST, last, "xlsx")))
        assert file is not None
        assert store.runs > 3
        entries, balances = book(file)
        assert (entries.title, balances.title) == ("Écritures", "Soldes")
        *accounts, total = rows(balances)
        assert {row["Compte"]: row["Solde après"] for row in accounts} == expected
        assert total == {"Compte": "Total", "Solde avant": 0, "Mouvement": 0, "Solde après": 0}
        for row in accounts:
            moved = sum(entry["Montant"] for entry in rows(entries) if entry["Compte"] == row["Compte"])
            assert row["Solde avant"] + moved == row["Solde après"]
        assert any(row["Solde avant"] for row in accounts)


async def test_the_ledger_as_csv_is_two_tables(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await fill(here)
        lines = records(await made(here, "export_ledger", FIRST, LAST, "csv"))
        blank = lines.index([])
        assert lines[0][0] == "Date"
        assert lines[blank + 1] == ["Compte", "Solde avant", "Mouvement", "Solde après"]
        assert lines[-1] == ["Total", "0", "0", "0"]
        # Days without an entry: the balances stand as they were.
        quiet = records(await made(here, "export_ledger", "2030-01-01", "2030-01-02", "csv"))
        assert quiet[1] == []
        assert {row[2] for row in quiet[3:]} == {"0"}


async def test_nothing_makes_no_file(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        make = documents(here.taal.store).make
        assert await make(Attachment("statement", "fr", (str(AWA), FIRST, LAST, "csv"))) is None
        assert await make(Attachment("export_orders", "fr", (FIRST, LAST, "xlsx"))) is None
        assert await make(Attachment("export_ledger", "fr", (FIRST, LAST, "xlsx"))) is None


async def test_a_table_that_is_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.documents import parts

    monkeypatch.setattr(parts, "MAX_ROWS", 3)
    file = LongFile("csv", "There is more.")
    await file.start("t", (Column("x", "count"),))
    await file.add([(1,), (2,)])
    assert not file.full
    await file.add([(3,), (4,)])
    assert file.full
    await file.add([(5,)])
    await file.end()
    await file.start("u", (Column("y", "count"),))
    await file.add([(6,)])
    await file.end()
    whole = await file.file("x", Period("2026-11-24", "2026-11-24"))
    assert whole is not None
    content = whole.content
    assert content.decode("utf-8-sig").split("\r\n") == ["x", "1", "2", "3", "There is more.", "", "y", "6", ""]


# Pictures.


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_charts_are_pictures_of_their_period(tmp_path: Path, language: str) -> None:
    async with room(tmp_path) as here:
        pictures = {}
        for moment in ("empty", "full"):
            if moment == "full":
                await fill(here)
            for kind, arguments in (("sales_chart", (str(AWA), FIRST, LAST)), ("stats_chart", (FIRST, "2025-10-01"))):
                file = await made(here, kind, *arguments, language=language)
                assert file.media_type == "image/png"
                assert file.name.endswith(f"{arguments[-1]}.png")
                assert Image.open(io.BytesIO(file.content)).size == (1080, 720)
                pictures[kind, moment] = file.content
        assert len(set(pictures.values())) == 4


async def test_a_drawing_goes_with_the_package(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        names = set()
        for drawn in pictures.DRAWN:
            file = await made(here, "where_number", drawn)
            assert Image.open(io.BytesIO(file.content)).size == (640, 480)
            names.add((file.name, file.media_type))
        assert names == {("numero.png", "image/png")}
        assert await documents(here.taal.store).make(Attachment("where_number", "fr", ("../fonts",))) is None


# The way out.


def message(*arguments: str, kind: str = "sales_chart") -> Outbound:
    return Outbound("Voici", attachment=Attachment(kind, "fr", arguments))


async def put(here: Room, outbound: Outbound, outbox: Outbox | None = None) -> None:
    posted = await here.taal.store.run(say, str(ADMIN), outbound, here.taal.installation.owner, here.clock())
    (outbox or here.taal.outbox).push([posted])


async def test_a_message_brings_its_file(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await fill(here)
        await put(here, message(str(AWA), FIRST, LAST))
        await here.quiet()
        ((to, file),) = here.mailbox.files
        assert (to, file.media_type) == (ADMIN, "image/png")
        assert not await here.rows("SELECT * FROM outbox WHERE address = :to", to=str(ADMIN))


async def test_a_message_that_is_sent_again_has_its_file_again(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await fill(here)
        here.mailbox.verdicts[ADMIN] = deque([SendLater(1.0, "busy")])
        await put(here, message(str(AWA), FIRST, LAST))
        await here.quiet()
        assert not here.mailbox.files
        await here.turn(60)
        assert len(here.mailbox.files) == 1


async def test_a_message_waits_for_a_store_that_is_busy(tmp_path: Path) -> None:
    """Nothing is lost and nothing is sent without the file that it promises."""
    async with room(tmp_path) as here:
        await fill(here)
        store = Meddled(here.taal.store, busy=1)
        installation, channels = here.taal.installation, {"telegram": here.mailbox}
        outbox = Outbox(here.taal.store, channels, installation, here.clock, here.clock.ticks, documents(store).make)
        await put(here, message(str(AWA), FIRST, LAST), outbox)
        while not outbox.idle:
            await asyncio.sleep(0)
        assert not here.mailbox.sent
        assert (
            len(
                await here.rows(
                    "SELECT * FROM outbox WHERE address = :to AND due_at > :now", to=str(ADMIN), now=here.clock()
                )
            )
            == 1
        )
        here.clock.move(60)
        await outbox.sweep()
        while not outbox.idle:
            await asyncio.sleep(0)
        assert len(here.mailbox.files) == 1
        assert store.busy == 0


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("sales_chart", ("telegram:1001", "yesterday", "today")),
        ("sales_chart", ("telegram:1001",)),
        ("statement", ("telegram:1001", FIRST, LAST, "pdf")),
        ("no such kind", ()),
    ],
)
async def test_a_document_that_cannot_be_made_holds_up_nobody(
    tmp_path: Path, kind: str, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """The message goes without it; the log tells what kind failed and how, and nothing of whom it was about."""
    async with room(tmp_path) as here:
        await fill(here)
        capfd.readouterr()
        await put(here, message(*arguments, kind=kind))
        await put(here, Outbound("after"))
        await here.quiet()
        assert [outbound.text for outbound in here.mailbox.to(ADMIN)] == ["Voici", "after"]
        assert not here.mailbox.files
        logged = "".join(capfd.readouterr())
        assert kind in logged
        assert "telegram:1001" not in logged
        assert "yesterday" not in logged


def test_only_two_formats_are_known() -> None:
    assert (format_of("csv"), format_of("xlsx")) == ("csv", "xlsx")
    with pytest.raises(ValueError, match="pdf"):
        format_of("pdf")
    assert {"statement", "sales_chart", "export_orders", "export_ledger", "stats_chart"} <= set(KINDS)


# The way in.


@pytest.mark.parametrize(
    ("who", "ref", "expected"),
    [
        (AWA, "list", TableRead((("14123456789", "5000", "Éva"),))),
        (AWA, "photo", TableRead(problem="not_a_table")),
        (AWA, "unknown", TableRead(problem="gone")),
        (AWA, "large", TableRead(problem="too_large")),
        (AWA, "huge", TableRead(problem="gone")),
        (Address("whatsapp", "221770001122"), "list", TableRead(problem="gone")),
    ],
)
async def test_a_file_is_fetched_and_read(tmp_path: Path, who: Address, ref: str, expected: TableRead) -> None:
    async with room(tmp_path) as here:
        here.mailbox.uploads = {
            "list": "14123456789;5000;Éva\r\n".encode("cp1252"),
            "photo": b"\xff\xd8\xff\xe0\0",
            "large": b"x" * 1_000_001,
            "huge": b"x" * 5_000_001,
        }
        assert await here.taal.engine._tasks._fetch(who, ref, "liste.csv") == expected


async def test_nothing_waits_while_a_file_is_made(tmp_path: Path) -> None:
    """A table is written in a thread: meanwhile the loop hears and answers."""
    async with room(tmp_path) as here:
        for _ in range(400):
            await here.taal.store.run(sale, TODAY, AWA)
        making = asyncio.create_task(made(here, "statement", str(AWA), FIRST, LAST, "xlsx"))
        await here.says(ADMIN, "/id")
        assert here.saw(ADMIN, "welcome") or here.mailbox.to(ADMIN)
        assert not making.done()
        assert (await making).content


async def test_a_list_that_was_sent_as_a_file_is_checked(tmp_path: Path) -> None:
    """From the channel to the reseller's screen: fetched, read, and answered as the list that it is."""
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        await here.rows("INSERT INTO reseller VALUES (:who, 'Chez Awa', '{}', NULL, NULL, 0, 0, 0, 0)", who=str(AWA))
        here.mailbox.uploads["list"] = "14123456799;5000;Éva\r\n14123456799x;1000;Bâ\r\n".encode("cp1252")
        await here.hears(AWA, Document("list", "liste.csv"))
        await here.quiet()
        assert "2 lignes" in here.mailbox.to(AWA)[-1].text
        await here.hears(AWA, Document("lost", "liste.csv"))
        await here.quiet()
        assert here.saw(AWA, "file.gone") == 1
