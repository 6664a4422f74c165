"""What an utterance of the corpus meant to the program: said by somebody new, in a named situation, to the real
dialogue over a store in memory.

A meaning is written as it is read here:

| meaning | what happened |
|---|---|
| `woyofal 14123456789 5000`, `senelec 210278816` | a quote |
| `woyofal 14123456789`, `woyofal 5000`, `woyofal` | as much of it as was said; the rest is asked for |
| `woyofal 1412345678?` | asked whether that number is right, before anybody is asked about it |
| `which` | several ways to read it, of which the person picks |
| `pay`, `pay twice`, `stop` | an order was placed, or one that was open is cancelled |
| `stay` | the question stands, with a word about it |
| `contact` | a person is asked for |
| `coach`, `coach meter` … | help at the meter that refuses a code: what it shows is asked, or its first step |
| `own code`, `a code`, `phone` | told that this is a recharge code (of theirs), or a telephone number |
| `units` | told what is known of kWh |
| `where` | told where the number is written |
| `… on credit`, `whom` | a sale on credit; whose of several clients it is, is asked |
| `owes Bocar Sow 3000`, `paid Bocar Sow 2000` | a line in the notebook of debts of a reseller |
| `debts`, `debt`, `nobody`, `several`, `reminder` | who owes; how much; no such name; one by one; words to forward |
| `no code` | told that no code was delivered |
| `unclear`, `person` | not understood; not understood, and a person is offered |
| anything else | what was shown: `balance`, `codes`, `menu`, `help`, `prices`, `thanks`, `order` … |
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.dialogue.pending import BeingLookedUp, NumberGiven, NumberWanted, Purchase
from bot.dialogue.session import Session, read_session
from bot.domain.catalog import Catalog, ServiceName
from bot.domain.inquiry import Bill, Inquiry, InquiryAnswer, InquiryRefused
from bot.domain.outcome import Delivered, Processing
from bot.domain.people import Address, Language
from bot.i18n import Safe
from bot.i18n.voice import Voice
from bot.i18n.words import Words
from bot.repositories import clients
from bot.repositories.clients import Client
from tests.dialogue_world import WORDS, World

FOLDER: Final = Path(__file__).parent / "corpus"
METER: Final = "14123456789"
SAVED: Final = "14555666777"
CODE: Final = "12345678901234567890"
# What brings somebody there. Everybody has 50,000 F and a meter that they call “maison”.
SITUATIONS: Final[dict[str, tuple[str, ...]]] = {
    "menu": ("/start",),
    "meter": ("/start", "woyofal"),
    "amount": ("/start", f"woyofal {METER}"),
    "quote": ("/start", f"woyofal {METER} 5000"),
    "twin": ("/start", f"woyofal {METER} 5000", "1", f"woyofal {METER} 5000"),
    "order": ("/start", f"woyofal {METER} 5000", "1"),
    "code": ("/start", f"woyofal {METER} 5000", "1"),
    # Here somebody sells, and Bocar owes 5,000 F.
    "counter": ("/start", "crédit bocar 5000"),
    "sale": ("/start", "crédit bocar 5000", "fatou d 2000"),
}
COUNTER: Final = frozenset({"counter", "sale"})
CLIENTS: Final[tuple[tuple[str, ServiceName, str], ...]] = (
    ("Bocar Sow", "woyofal", METER),
    ("Fatou Diop", "woyofal", SAVED),
    ("Fatou Ndiaye", "woyofal", "14777888999"),
    ("Awa Ba", "senelec", "210278816"),
)
# The message by which an answer is known, the first that was said; what stands first here counts first.
_SHOWN: Final[dict[str, str]] = {
    "unclear.again": "person",
    "debt.reminder": "reminder",
    "debt.nobody": "nobody",
    "sale.nobody": "nobody",
    "debt.several": "several",
    "sale.several": "several",
    "debt.no_client": "no client",
    "debt.bad_amount": "no sum",
    "debt.paid_more": "too much",
    "debt.how_much": "how much",
    "debt.paid_how_much": "how much",
    "debts.title": "debts",
    "debts.none": "debts",
    "debt.owes": "debt",
    "debt.owes_nothing": "debt",
    "sales.title": "sales",
    "clients.title": "clients",
    "client.codes": "codes of",
    "client.no_codes": "codes of",
    "client.how": "client",
    "import.how": "import",
    "twin.word": "stay",
    "quote.not_yet": "stay",
    "thanks.quote": "thanks",
    "thanks.twin": "thanks",
    "thanks.midway": "thanks",
    "thanks": "thanks",
    "prices.title": "prices",
    "coach.which": "coach",
    "coach.meter": "coach meter",
    "coach.type": "coach type",
    "coach.wait": "coach wait",
    "coach.used": "coach used",
    "coach.old": "coach old",
    "coach.none": "no code",
    "pasted.own_code": "own code",
    "pasted.code": "a code",
    "phone.is_one": "phone",
    "prices.units": "units",
    "where.meter": "where",
    "where.bill": "where",
    "contact.ask": "contact",
    "contact.begun": "contact",
    "balance.available": "balance",
    "help": "help",
    "hello": "hello",
    "hello.waits": "hello",
    "hello.usual": "hello",
    "welcome": "hello",
    "language.changed": "language",
    "language.ask": "language",
    "id": "id",
    "meters.title": "meters",
    "meters.add": "add meter",
    "code.again": "codes",
    "code.pending": "codes",
    "code.none": "codes",
    "history.title": "history",
    "history.none": "history",
    "recall.too_late": "too late",
    "recall.final": "too late",
    "cancel.waiting": "stop?",
    "ask.now": "asked again",
    "detail.state": "order",
    "amount.too_small": "too small",
    "amount.too_large": "too large",
    "amount.stray": "outside",
    "quote.bill_sets": "stay",
    "news.stopped": "no news",
    "news.listening": "news",
    "save.already": "saved",
    "nickname.ask": "save",
    "cancel.done": "cancel",
    "cancel.left": "cancel",
    "cancel.nothing": "nothing to cancel",
    "order.none": "no order",
    "menu.title": "menu",
}


class Overheard(Voice):
    """A voice that remembers which messages it said."""

    __slots__ = ("heard",)

    def __init__(self, voice: Voice, heard: list[str]) -> None:
        for name in Voice.__slots__:
            setattr(self, name, getattr(voice, name))
        self.heard = heard

    def __call__(self, key: str, **arguments: object) -> Safe:
        self.heard.append(key)
        return super().__call__(key, **arguments)

    def plural(self, key: str, count: int, **arguments: object) -> Safe:
        self.heard.append(key)
        return super().plural(key, count, **arguments)


@dataclass
class Crowd(World):
    """A world in which everybody says one thing."""

    heard: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    people: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.under(words=Words({language: Overheard(WORDS[language], self.heard) for language in WORDS}))

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        """Whoever's number has a length that numbers have is there."""
        self.numbers.append(reference)
        if not Catalog()[service].is_usual(reference):
            return InquiryRefused("not found")
        bills = () if service == "woyofal" else (Bill(f"F{reference}", 18_450, 185, "2026-12-05"),)
        return Inquiry(service, reference, "Awa DIOP", "", "", bills)

    def somebody(self, situation: str) -> Address:
        """Somebody new, in a situation."""
        self.people += 1
        who = Address("telegram", str(700_000_000 + self.people))
        self.fund(50_000, who)
        self.save_meter(SAVED, "Awa DIOP", "maison", who)
        if situation in COUNTER:
            self.sells(who)
        for text in SITUATIONS[situation]:
            self.say(text, who)
            if text == "1":
                self.outcome(Processing())
        if situation == "code":
            self.outcome(Delivered((CODE,)), "look_up")
        self.now += 5_000
        return who

    def sells(self, who: Address) -> None:
        """Somebody is a reseller, with clients."""
        values = (str(who), "Chez Modou", "{}", None, None, 0, 0, 0, self.now)
        self.store.connection.execute("INSERT INTO reseller VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        for name, service, reference in CLIENTS:
            self.store.run(clients.add_whole, str(who), Client(0, name), self.now, ((service, reference),))

    def meaning(self, text: str, situation: str) -> str:
        """What a text means that somebody new says in a situation."""
        who = self.somebody(situation)
        session, orders, lines = self.sessions_of(who), len(self.orders), self._lines()
        self.heard.clear()
        self.numbers.clear()
        self.say(text, who)
        if (written := self._written(lines)) is not None:
            return written
        if len(self.orders) > orders:
            return "pay twice" if situation == "twin" else "pay"
        if self.store.one("SELECT count(*) FROM orders WHERE state = 'cancelled'"):
            return "stop"
        before, after = session, self.sessions_of(who)
        shown = next((name for key, name in _SHOWN.items() if key in self.heard), "")
        if shown == "person":
            return shown
        moved = (before.state, before.pending, before.quote) != (after.state, after.pending, after.quote)
        asked = self.numbers or (moved and isinstance(after.pending, Purchase))
        if asked and shown not in ("hello", "cancel", "menu"):
            return self._purchase(who) + (f" ({shown})" if shown in ("too small", "too large") else "")
        if after.state == "which" and moved:
            return "which"
        if after.state in ("sale_whom", "debt_whom") and moved:
            return "whom"
        if after.state.startswith("batch"):
            return "list"
        return shown or ("unclear" if any(key.startswith("unclear.") for key in self.heard) else "stay")

    def _lines(self) -> int:
        return int(str(self.store.one("SELECT coalesce(max(id), 0) FROM debt")))

    def _written(self, before: int) -> str | None:
        """The line that was written in the notebook of debts."""
        if self._lines() == before:
            return None
        (row,) = self.store.rows(
            "SELECT c.name, d.amount_xof FROM debt AS d JOIN client AS c ON c.id = d.client_id "
            "ORDER BY d.id DESC LIMIT 1"
        )
        return f"{'owes' if row['amount_xof'] > 0 else 'paid'} {row['name']} {abs(row['amount_xof'])}"

    def _purchase(self, who: Address) -> str:
        session = self.sessions_of(who)
        pending = session.pending
        if not isinstance(pending, Purchase):
            return session.state
        if session.state == "quote" and session.quote is not None:
            later = " on credit" if session.quote.on_credit else ""
            amount = f" {session.quote.amount_xof}" if Catalog()[pending.service].prepaid else ""
            return f"{pending.service} {session.quote.reference}{amount}{later}"
        known = getattr(pending, "inquiry", None)
        reference = known.reference if known is not None else getattr(pending, "reference", "")
        amount = "" if pending.amount_xof is None else f" {pending.amount_xof}"
        if isinstance(pending, NumberGiven) and not isinstance(pending, BeingLookedUp):
            return f"{pending.service} {reference}?{amount}"
        if isinstance(pending, NumberWanted):
            refused = " (refused)" if self.numbers else ""
            return f"{pending.service}{amount}{refused}"
        return f"{pending.service} {reference}"

    def sessions_of(self, who: Address) -> Session:
        """Where somebody stands."""
        body = self.store.one("SELECT body FROM session WHERE address = ?", str(who))
        return read_session(body)


@dataclass(frozen=True)
class Utterance:
    """One line of the corpus: what is said, and what it must mean; with `never`, what it must not; `known` is what it
    means instead, where that is not mended yet.
    """

    language: Language
    situation: str
    text: str
    wanted: str
    never: bool = False
    known: str = ""


def corpus(language: Language) -> list[Utterance]:
    """The corpus of a language."""
    said: list[Utterance] = []
    situation = ""
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("@"):
            situation = line[1:].strip()
        elif line.strip() and not line.startswith("#"):
            text, _, meaning = line.rpartition("=>")
            meaning, _, known = meaning.partition("|")
            wanted = meaning.strip()
            never = wanted.startswith("not ")
            said.append(
                Utterance(language, situation, text.rstrip(), wanted.removeprefix("not "), never, known.strip())
            )
    return said
