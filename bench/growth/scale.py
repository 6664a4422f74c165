"""How much past there is, and who is who in it."""

from dataclasses import dataclass

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
# 2026-11-24 09:00 in Dakar. The same past every time, whenever it is made.
NOW = 1_795_510_800_000
DAYS = 365
# Open orders are no older than this: what is open for a day is a finding of the audit.
OPEN_MS = 20 * HOUR_MS
OWNER = "telegram:1"
SECOND_OWNER = "telegram:2"

# People by number. After these two come some smaller resellers, then everybody else.
GREAT_CUSTOMER = 0
GREAT_RESELLER = 1
SMALL_RESELLERS = range(2, 22)
FIRST_ORDINARY = 22


@dataclass(frozen=True)
class Scale:
    """How many of everything; `now` is where the year ends."""

    orders: int = 1_000_000
    people: int = 300_000
    great_orders: int = 5_000
    reseller_sales: int = 5_000
    small_sales: int = 300
    clients: int = 45
    open_orders: int = 10_000
    kept_messages: int = 20_000
    inbox_a_day: int = 20_000
    now: int = NOW

    @classmethod
    def of(cls, share: float) -> "Scale":
        """A share of a whole year, for tests; 1.0 is all of it. The clients of the reseller stay as they are."""
        whole = cls()

        def part(count: int, least: int = 1) -> int:
            return max(least, round(count * share))

        return cls(
            orders=part(whole.orders, 200),
            people=part(whole.people, FIRST_ORDINARY + 50),
            great_orders=part(whole.great_orders),
            reseller_sales=part(whole.reseller_sales),
            small_sales=part(whole.small_sales),
            open_orders=part(whole.open_orders, 20),
            kept_messages=part(whole.kept_messages, 10),
            inbox_a_day=part(whole.inbox_a_day),
        )

    @property
    def begin(self) -> int:
        """The first midnight of the year."""
        return self.now - self.now % DAY_MS - DAYS * DAY_MS


def address_of(person: int) -> str:
    """Seven of ten are in Telegram, the others in WhatsApp."""
    if person in (GREAT_CUSTOMER, GREAT_RESELLER) or person % 10 < 7:
        return f"telegram:{700_000_000 + person}"
    return f"whatsapp:22177{person:07}"


def language_of(person: int) -> str:
    """One of eight reads English."""
    return "en" if person % 8 == 5 else "fr"


_FIRST_NAMES = (
    "Awa Modou Fatou Cheikh Aminata Ibrahima Khady Ousmane Mariama Abdoulaye Ndeye Mamadou Coumba Moussa Sokhna Babacar"
    " Rokhaya Alioune Bineta Serigne Astou Pape Adama Saliou Marieme Assane Yacine Lamine Dieynaba Malick"
)
_LAST_NAMES = (
    "DIOP NDIAYE FALL SARR FAYE GUEYE DIALLO SECK SY BA KANE SOW THIAM MBAYE CISSE DIOUF SENE NGOM LO NIANG WADE TOURE"
    " DIENG BADJI SAGNA GOMIS MENDY DRAME SAMB BEYE"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()


def name_of(person: int) -> str:
    """A name that some hundred others bear, too."""
    return f"{_FIRST[person * 7 % len(_FIRST)]} {_LAST[person // len(_FIRST) * 11 % len(_LAST)]}"


def reference_of(person: int, service: str, nth: int = 0) -> str:
    """One of the meters or contracts of a person."""
    number = person * 40 + nth
    if service == "woyofal":
        return f"14{number * 7919 % 10**9:09}"
    if service == "senelec":
        return f"21{number:08}"
    return f"{100_000 + number}"
