"""A world in memory for the dialogue: it answers looks, carries out effects, and plays the provider.

Orders and money are the real rooms (`bot.domain.order`, `bot.domain.ledger`), so a balance that a transcript shows is
a sum of real entries. Time moves only when it is told to.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from bot import i18n
from bot.dialogue import Person, Session, ShopSettings, alert, notice, step
from bot.dialogue import effects as fx
from bot.dialogue import looks as lk
from bot.dialogue.admin import acting_looks as acl
from bot.dialogue.admin import identity_looks as il
from bot.dialogue.admin import looks as al
from bot.dialogue.admin import watch_looks as wl
from bot.dialogue.reseller import looks as rk
from bot.domain import ledger
from bot.domain.model import (
    Address,
    Bill,
    Choice,
    Copy,
    Float,
    Inbound,
    Inquiry,
    InquiryAnswer,
    InquiryRefused,
    Language,
    Outbound,
    Outcome,
    ServiceName,
    Tap,
    Text,
    Unreadable,
    decoder,
    encode,
)
from bot.domain.order import FINAL, Applied, Order, Source, apply, begin, cancel, confirm, tick

WORDS = i18n.load()
START = 1_795_510_800_000  # 2026-11-24 09:00 in Dakar.
AWA = Address("telegram", "221770001122")
# The same person in another channel.
OTHER = Address("whatsapp", "221771234567")
ADMIN = Address("telegram", "1")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_reread = decoder(Session).decode

METERS: dict[str, tuple[str, str, str]] = {
    "14123456789": ("Awa DIOP", "Pikine Icotaf 2, Dakar", "ACTIF"),
    "14555666777": ("Ets NDIAYE & Fils", "Marché central, Thiès", "ACTIF"),
    "1412345678": ("Modou FALL", "", ""),
}
BILLS: dict[str, tuple[str, tuple[Bill, ...]]] = {
    "210278816": ("Awa DIOP", (Bill("F2026110042", 18_450, 185, "2026-12-05"),)),
    "310000003": (
        "Cheikh FAYE",
        (
            Bill("F2026090011", 12_300, 123, "2026-10-05"),
            Bill("F2026100012", 15_750, 158, "2026-11-05"),
            Bill("F2026110013", 9_900, 99, "2026-12-05"),
        ),
    ),
    "210000000": ("Fatou SARR", ()),
    "450123": ("Awa DIOP", (Bill("E-778812", 7_215, 72, "2026-11-30"),)),
    "900000009": ("SA Grands Moulins", (Bill("F2026110099", 2_500_000, 25_000, "2026-12-10"),)),
}


def fresh_id(number: int) -> str:
    """The id that the world gives out as its `number`th."""
    digest = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8], "big")
    return "".join(_CROCKFORD[(digest >> (5 * at)) & 31] for at in range(12))


@dataclass
class Shown:
    """A message as somebody sees it."""

    ref: str
    address: Address
    outbound: Outbound
    edited: bool = False


@dataclass
class World:
    """Everything outside the dialogue."""

    language: Language = "fr"
    shop: ShopSettings = field(default_factory=lambda: ShopSettings(words=WORDS))
    admins: frozenset[Address] = frozenset({ADMIN})
    now: int = START
    sessions: dict[Address, Session] = field(default_factory=dict)
    # The customers of addresses that are joined to another's account.
    joined: dict[str, str] = field(default_factory=dict)
    links: list[lk.Link] = field(default_factory=list)
    misses: list[tuple[str, int]] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    journal: list[tuple[str, lk.TrailLine]] = field(default_factory=list)
    transfers: dict[str, tuple[int, ledger.Transfer]] = field(default_factory=dict)
    meters: dict[int, tuple[str, lk.SavedMeter]] = field(default_factory=dict)
    screen: list[Shown] = field(default_factory=list)
    credit_limit_xof: int = 0
    next_answer: InquiryAnswer | None = None
    holding: bool = False
    held_inquiry: tuple[Address, fx.Inquire] | None = None
    float_answer: Any = field(default_factory=lambda: Float(1_234_500))
    asked: list[str] = field(default_factory=list)
    given: int = 0

    # What people do.

    def hear(
        self, address: Address, event: Any, message_ref: str | None = None, sent_at: int | None = None
    ) -> list[fx.Effect]:
        """One event of one person, to its end."""
        if isinstance(event, Text | Tap | Unreadable):
            inbound = Inbound(f"{address.channel}:{self.given}", address, event, self.language, message_ref)
            event = inbound.event
        session = self.sessions.get(address) or Session(language=self.language)
        self.given += 2
        person = Person(
            address=str(address),
            role="owner" if address in self.admins else None,
            customer=self.customer(str(address)),
            fresh=(fresh_id(self.given), fresh_id(self.given + 1)),
            now=self.now,
            message_ref=message_ref,
            sent_at=sent_at,
        )
        talk, reply = step(session, event, person, self.shop), None
        while True:
            try:
                look = talk.send(reply)
            except StopIteration as end:
                turn = end.value
                break
            reply = self.look(look, str(address))
        # A session lives in the store as JSON: what cannot be read back must be seen here.
        self.sessions[address] = _reread(encode(turn.session))
        # What the engine does after the commit comes last.
        for effect in sorted(turn.effects, key=lambda effect: isinstance(effect, fx.Inquire | fx.AskFloat)):
            self.carry_out(effect, address)
        # What commands his channel lists is no part of what was said.
        return [effect for effect in turn.effects if not isinstance(effect, fx.ShowCommands)]

    def say(self, text: str, address: Address = AWA, sent_at: int | None = None) -> list[fx.Effect]:
        return self.hear(address, Text(text), sent_at=sent_at)

    def tap(
        self, label: str, address: Address = AWA, *, gone: bool = False, sent_at: int | None = None
    ) -> list[fx.Effect]:
        """Press the newest button with that label; `gone` also finds buttons that were replaced meanwhile."""
        seen: set[str] = set()
        for shown in reversed(self.screen):
            if shown.address != address or (shown.ref in seen and not gone):
                continue
            seen.add(shown.ref)
            for row in shown.outbound.rows:
                for button in row:
                    if isinstance(button, Choice) and button.label.replace(i18n.NBSP, " ").startswith(label):
                        return self.hear(address, Tap(button.data), shown.ref, sent_at)
        raise AssertionError(f"no button {label!r}")

    def last(self, address: Address = AWA) -> Outbound:
        return next(shown.outbound for shown in reversed(self.screen) if shown.address == address)

    # What the dialogue asks and wants.

    def customer(self, address: Address | str) -> str:
        return self.joined.get(str(address), str(address))

    def language_of(self, address: Address) -> Language:
        return self.sessions[address].language if address in self.sessions else self.language

    def members(self, customer: str) -> tuple[lk.Member, ...]:
        found = {address for address in self.sessions if self.customer(address) == customer}
        return tuple(lk.Member(address, self.language_of(address)) for address in sorted(found, key=str))

    def balance(self, customer: str) -> lk.Balance:
        own, held = ledger.customer_account(customer), 0
        available = sum(e.amount_xof for _, t in self.transfers.values() for e in t.entries if e.account == own)
        for order in self.own(customer):
            if order.state not in FINAL:
                held += order.total_xof
        return lk.Balance(available, held, self.credit_limit_xof)

    def own(self, customer: str) -> list[Order]:
        found = [order for order in self.orders.values() if order.customer == customer]
        return sorted(found, key=lambda order: -order.confirmed_at)

    def look(self, look: lk.Look, person: str) -> Any:
        customer = self.customer(person)
        match look:
            # Nobody in this world has a client book.
            case rk.LookClients():
                return rk.ClientPage((), False)
            case rk.LookBook() | rk.LookSpent():
                return 0
            case rk.LookAgreed():
                return ()
            # Nor does anybody read other people's orders.
            case al.LookFiltered():
                return lk.Page((), False)
            case wl.LookFloat(balance_xof=balance_xof):
                return wl.FloatNow(balance_xof, self.now, 0, None, self.shop.float_alert_xof)
            case acl.LookStanding():
                owner = self.customer(str(look.address))
                return acl.Standing(owner, True, self.members(owner), self.balance(owner))
            # One owner, of the settings, who is nobody's kin.
            case acl.LookAdmins():
                return ()
            case acl.LookInterest():
                return "own" if str(look.whose) == str(look.touched.address) else None
            case acl.LookSameMove() | acl.LookReference():
                return None
            case acl.LookUnsent():
                return acl.Unsent()
            case il.LookNamed():
                return ()
            case lk.LookBalance():
                return self.balance(look.customer or self.customer(look.address or person))
            case lk.LookAccount():
                owner = self.customer(look.address or person)
                meters = sum(of == owner for of, _ in self.meters.values())
                return lk.Account(owner, self.members(owner), self.balance(owner), len(self.own(owner)), meters)
            case lk.LookLink():
                for link in reversed(self.links):
                    mine = person in (str(link.address), str(link.other)) and link.state in ("made", "asked")
                    if link.code == look.code or (not look.code and mine):
                        return link
                return None
            case lk.LookTries():
                made = sum(str(one.address) == person and look.since < one.made_at <= look.now for one in self.links)
                return lk.Tries(made, sum(of == person and look.since < at <= look.now for of, at in self.misses))
            case lk.LookMovements():
                return self.movements(customer)[: look.count]
            case lk.LookMeters():
                saved_meters = [m for owner, m in self.meters.values() if owner == customer]
                return tuple(m for m in saved_meters if look.service in (None, m.service))
            case lk.LookRecent():
                saved = {m.reference for owner, m in self.meters.values() if owner == customer}
                paid_for = {
                    o.reference: lk.RecentMeter(o.service, o.reference, o.holder)
                    for o in self.own(customer)
                    if o.service == look.service and o.reference not in saved
                }
                return tuple(paid_for.values())[: look.count]
            case lk.LookOrders():
                page = self.own(customer)[look.skip : look.skip + look.count + 1]
                return lk.Page(tuple(page[: look.count]), len(page) > look.count)
            case lk.LookOrder():
                found = [o for o in self.orders.values() if o.id.startswith(look.order_id)]
                one = found[0] if len(found) == 1 else None
                return one if one is not None and (look.anyone or one.customer == customer) else None
            case lk.LookCodes():
                return tuple(o for o in self.own(customer) if o.tokens)[: look.count]
            case lk.LookTwin():
                same = (look.service, look.reference, look.amount_xof)
                for o in self.own(customer):
                    recent = o.state not in FINAL or (o.state == "delivered" and o.confirmed_at >= look.since)
                    if (o.service, o.reference, o.amount_xof) == same and recent:
                        return o
                return None
            case lk.LookOpen():
                return tuple(o for o in self.own(customer) if not o.is_final)[: look.count]
            case lk.LookStuck():
                return tuple(
                    o
                    for o in self.orders.values()
                    if o.state in ("unknown", "token_awaited") or (not o.is_final and o.confirmed_at < look.since)
                )
            case lk.LookTrail():
                order = self.orders[look.order_id]
                moves = tuple(
                    (e.account, e.amount_xof)
                    for _, t in self.transfers.values()
                    if t.order_id == order.id
                    for e in t.entries
                )
                return lk.Trail(order, tuple(line for of, line in self.journal if of == order.id), moves)

    def movements(self, customer: str) -> tuple[lk.Movement, ...]:
        own, found = ledger.customer_account(customer), []
        for key, (at, transfer) in self.transfers.items():
            for entry in transfer.entries:
                if entry.account == own:
                    kind = key.rpartition(":")[2] if transfer.order_id else "join" if key.startswith("join:") else ""
                    kind = kind or ("credit" if entry.amount_xof > 0 else "debit")
                    found.append(lk.Movement(kind, entry.amount_xof, at, transfer.order_id, transfer.note))
        return tuple(reversed(found))

    def carry_out(self, effect: fx.Effect, person: Address) -> None:
        customer = self.customer(person)
        match effect:
            case fx.Say():
                self.show(effect.outbound, effect.address or person)
            case fx.Inquire():
                if self.holding:
                    self.held_inquiry = (person, effect)
                else:
                    answer = self.next_answer or self.provider(effect.service, effect.reference)
                    self.next_answer = None
                    self.hear(person, fx.InquiryAnswered(effect.inquiry_id, answer))
            case fx.Place():
                assert effect.quote.id not in self.orders, "one order for one quote"
                session = self.sessions[person]
                order, hold = confirm(effect.quote, person, customer, session.language, self.now)
                self.orders[order.id] = order
                self.post(hold)
                self.note(order, "confirmed")
                money = self.balance(customer)
                assert money.spendable_xof >= 0, "nobody goes below his limit"
            case fx.SaveMeter():
                number = max(self.meters, default=0) + 1
                self.meters[number] = (
                    customer,
                    lk.SavedMeter(number, effect.service, effect.reference, effect.holder, effect.nickname),
                )
            case fx.RenameMeter():
                owner, meter = self.meters[effect.meter_id]
                self.meters[effect.meter_id] = (owner, replace(meter, nickname=effect.nickname))
            case fx.DeleteMeter():
                del self.meters[effect.meter_id]
            case fx.CancelOrder():
                self.move(cancel(self.orders[effect.order_id], self.now), "customer: cancelled")
            case fx.AskOrder():
                self.asked.append(effect.order_id)
            case fx.Resolve():
                self.outcome(effect.outcome, "admin", effect.order_id)
            case fx.MoveMoney():
                owner = self.customer(effect.address)
                self.post(ledger.credit(effect.key, owner, effect.amount_xof, effect.note))
            case fx.MakeLink():
                self.links = [
                    replace(one, state="replaced") if one.address == person and one.state in ("made", "asked") else one
                    for one in self.links
                ]
                number, language = len(self.links), self.language_of(person)
                self.links.append(
                    lk.Link(number, effect.code, person, language, self.now, effect.expires_at, state="made")
                )
            case fx.MissLink():
                self.misses.append((str(person), self.now))
            case fx.AskLink():
                self.change_link(
                    effect.link_id,
                    state="asked",
                    other=person,
                    other_language=self.language_of(person),
                    expires_at=effect.expires_at,
                )
            case fx.EndLink():
                self.change_link(effect.link_id, state="refused")
            case fx.Join():
                self.join(effect.link_id)
            case fx.Part():
                for address in effect.addresses:
                    del self.joined[str(address)]
            case fx.AskFloat():
                self.hear(person, fx.FloatAnswered(self.float_answer))

    def change_link(self, link_id: int, **changes: Any) -> lk.Link:
        self.links[link_id] = replace(self.links[link_id], **changes)
        return self.links[link_id]

    def join(self, link_id: int) -> None:
        link = self.change_link(link_id, state="joined")
        assert link.other is not None
        into, customer = self.customer(link.address), self.customer(link.other)
        brought = self.balance(customer).available_xof
        moves = ((ledger.customer_account(customer), -brought), (ledger.customer_account(into), brought))
        self.post(ledger.transfer(f"join:{link_id}", *moves))
        for member in self.members(customer):
            self.joined[str(member.address)] = into
        for order in self.own(customer):
            self.orders[order.id] = replace(order, customer=into)
        known = {(m.service, m.reference) for of, m in self.meters.values() if of == into}
        for number, (of, meter) in list(self.meters.items()):
            if of == customer and (meter.service, meter.reference) in known:
                del self.meters[number]
            elif of == customer:
                self.meters[number] = (into, meter)

    def post(self, transfer: ledger.Transfer) -> None:
        assert transfer.key not in self.transfers, f"{transfer.key} twice"
        self.transfers[transfer.key] = (self.now, transfer)

    def fund(self, amount_xof: int, address: Address = AWA) -> None:
        self.post(ledger.credit(f"fund:{len(self.transfers)}", self.customer(address), amount_xof, ""))

    def note(self, order: Order, what: str) -> None:
        self.journal.append((order.id, lk.TrailLine(self.now, what, order.state)))

    def show(self, outbound: Outbound, address: Address) -> None:
        ref = outbound.replaces or f"m{len(self.screen) + 1}"
        self.screen.append(Shown(ref, address, outbound, outbound.replaces is not None))

    # What the provider says.

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        if service == "woyofal":
            if reference not in METERS:
                return InquiryRefused("not found")
            return Inquiry(service, reference, *METERS[reference])
        if reference not in BILLS:
            return InquiryRefused("not found")
        holder, bills = BILLS[reference]
        return Inquiry(service, reference, holder, "", "", bills)

    def answer_held(self, answer: InquiryAnswer | None = None) -> None:
        """The provider answers the inquiry that it was holding back."""
        assert self.held_inquiry is not None
        (address, inquire), self.held_inquiry, self.holding = self.held_inquiry, None, False
        answer = answer or self.provider(inquire.service, inquire.reference)
        self.hear(address, fx.InquiryAnswered(inquire.inquiry_id, answer))

    def newest(self) -> Order:
        return max(self.orders.values(), key=lambda order: order.confirmed_at)

    def outcome(self, outcome: Outcome, source: Source = "pay", order_id: str | None = None) -> None:
        """An answer of the provider to the newest order, or to the one named."""
        order = self.orders[order_id] if order_id else self.newest()
        if source in ("pay", "replay"):
            order = begin(order, self.now)
        available = self.balance(order.customer).spendable_xof
        applied = apply(
            order,
            outcome,
            source=source,
            service=self.shop.catalog[order.service],
            now=self.now,
            available_xof=available,
        )
        self.move(applied, f"{source}: {type(outcome).__name__}")

    def polls(self, count: int) -> None:
        """The provider is asked and has nothing to say."""
        for _ in range(count):
            self.move(tick(self.newest(), self.now), "tick")

    def move(self, applied: Applied, what: str) -> None:
        order = applied.order
        self.orders[order.id] = order
        for transfer in applied.transfers:
            self.post(transfer)
        self.note(order, what)
        session = self.sessions[order.address]
        saved = any(m.reference == order.reference for owner, m in self.meters.values() if owner == order.customer)
        for kind in applied.notices:
            money = self.balance(order.customer)
            told = notice(
                order,
                kind,
                self.shop.words,
                now=self.now,
                balance=money,
                language=session.language,
                saved=saved,
            )
            for outbound in told:
                self.show(outbound, order.address)
        for item in applied.alerts:
            for admin in sorted(self.admins, key=str):
                self.show(alert(item.kind, order, item.detail, self.shop.words, self.language), admin)


def buttons(outbound: Outbound) -> list[str]:
    """The labels of a message's buttons."""
    return [button.label for row in outbound.rows for button in row]


def copies(outbound: Outbound) -> list[str]:
    """What a message's copy buttons put on the clipboard."""
    return [button.text for row in outbound.rows for button in row if isinstance(button, Copy)]


Doing = Callable[[World], None]
