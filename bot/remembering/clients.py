"""A reseller's clients, and who of them lets codes be sent straight to his own chat. Pure.

Every statement names the reseller's customer, so that nobody reads or changes another's book. What a client is found by
is kept folded beside him and made anew whenever something of it changes.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.dialogue.reseller import effects as fx
from bot.dialogue.reseller import looks as lk
from bot.domain.model import Address
from bot.domain.order import Order
from bot.domain.text import fold
from bot.errors import StoreConflict
from bot.repositories.clients import Agreed, Client, ClientMeter, ClientPage, Consent, Invitation
from bot.repositories.orders import order_of
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.sale_notifications import consent_of
from bot.transactions.unit import Unit


def _client(row: Row) -> Script[Client]:
    meters = yield "client_meters", {"client_id": row["id"]}
    return Client(
        row["id"],
        row["name"],
        row["nickname"],
        row["phone"],
        tuple(ClientMeter(one["id"], one["service"], one["reference"], one["holder"]) for one in meters),
    )


def _clients(look: lk.LookClients, customer: str, installation: Installation) -> Script[ClientPage]:
    words = [*look.text.split()[:3], "", "", ""]
    rows = yield (
        "clients_of",
        {
            "customer": customer,
            "first": words[0],
            "second": words[1],
            "third": words[2],
            "count": look.count + 1,
            "skip": look.skip,
        },
    )
    found = []
    for row in rows[: look.count]:
        found.append((yield from _client(row)))
    return ClientPage(tuple(found), len(rows) > look.count)


def _one(look: lk.LookClient, customer: str, installation: Installation) -> Script[Client | None]:
    rows = yield "client_load", {"id": look.client_id, "customer": customer}
    return (yield from _client(rows[0])) if rows else None


def _at(look: lk.LookClientAt, customer: str, installation: Installation) -> Script[Client | None]:
    rows = yield "client_at", {"customer": customer, "service": look.service, "reference": look.reference}
    return (yield from _client(rows[0])) if rows else None


def _book(look: lk.LookBook, customer: str, installation: Installation) -> Script[int]:
    rows = yield "clients_count", {"customer": customer}
    return int(rows[0]["many"])


def _last_sale(look: lk.LookLastSale, customer: str, installation: Installation) -> Script[Order | None]:
    rows = yield "client_last_sale", {"client_id": look.client_id, "customer": customer}
    return order_of(rows[0]) if rows else None


def _consent(look: lk.LookConsent, customer: str, installation: Installation) -> Script[Consent | None]:
    rows = yield "client_load", {"id": look.client_id, "customer": customer}
    return (yield from consent_of(look.client_id)) if rows else None


def _invitation(look: lk.LookInvitation, customer: str, installation: Installation) -> Script[Invitation | None]:
    rows = yield "invitation_of_code", {"code": look.code}
    if not rows:
        return None
    row = rows[0]
    return Invitation(
        id=row["id"],
        client_id=row["client_id"],
        client=row["name"],
        customer=row["customer"],
        shop_name=row["shop_name"],
        address=Address.parse(row["address"]),
        language=row["language"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        state=row["state"],
    )


def _agreed(look: lk.LookAgreed, customer: str, installation: Installation) -> Script[tuple[Agreed, ...]]:
    rows = yield "consents_of", {"customer": customer}
    return tuple(Agreed(row["shop_name"], row["name"]) for row in rows)


# What changes.


def _refind(client_id: int, customer: str) -> Script[None]:
    """What he is found by, from what he is now."""
    rows = yield "client_load", {"id": client_id, "customer": customer}
    meters = yield "client_meters", {"client_id": client_id}
    told = [fold(rows[0]["name"]), fold(rows[0]["nickname"]), rows[0]["phone"], *(row["reference"] for row in meters)]
    yield "client_found_by", {"id": client_id, "found_by": " ".join(part for part in told if part)}


def _own(unit: Unit, client_id: int) -> Script[str]:
    """The name of the speaker's client; raises StoreConflict when he is in the book no more."""
    rows = yield "client_load", {"id": client_id, "customer": unit.customer}
    if not rows:
        raise StoreConflict(f"client {client_id} is gone")
    return str(rows[0]["name"])


def _give_meter(unit: Unit, client_id: int, name: str, meter: fx.AddClient | fx.AddClientMeter) -> Script[None]:
    where: dict[str, str | int | None] = {
        "customer": unit.customer,
        "service": meter.service,
        "reference": meter.reference,
        "client_id": client_id,
    }
    yield "client_meter_add", where | {"holder": meter.holder}
    yield "orders_of_client", where | {"name": name}


def _add(unit: Unit, effect: fx.AddClient) -> Script[None]:
    rows = yield (
        "client_add",
        {
            "customer": unit.customer,
            "name": effect.name,
            "nickname": effect.nickname,
            "phone": effect.phone,
            "now": unit.now,
        },
    )
    client_id = int(rows[0]["id"])
    if effect.service is not None:
        yield from _give_meter(unit, client_id, effect.name, effect)
    yield from _refind(client_id, unit.customer)


def _add_meter(unit: Unit, effect: fx.AddClientMeter) -> Script[None]:
    name = yield from _own(unit, effect.client_id)
    yield from _give_meter(unit, effect.client_id, name, effect)
    yield from _refind(effect.client_id, unit.customer)


def _drop_meter(unit: Unit, effect: fx.DropClientMeter) -> Script[None]:
    rows = yield "client_meter_drop", {"id": effect.meter_id, "customer": unit.customer}
    for row in rows:
        yield from _refind(row["client_id"], unit.customer)


def _learn_holder(unit: Unit, effect: fx.LearnHolder) -> Script[None]:
    yield "client_meter_holder", {"id": effect.meter_id, "customer": unit.customer, "holder": effect.holder}


def _rename(unit: Unit, effect: fx.RenameClient) -> Script[None]:
    yield from _own(unit, effect.client_id)
    yield (
        "client_rename",
        {"id": effect.client_id, "customer": unit.customer, "name": effect.name, "nickname": effect.nickname},
    )
    yield from _refind(effect.client_id, unit.customer)


def _set_phone(unit: Unit, effect: fx.SetClientPhone) -> Script[None]:
    yield from _own(unit, effect.client_id)
    yield "client_phone", {"id": effect.client_id, "customer": unit.customer, "phone": effect.phone}
    yield from _refind(effect.client_id, unit.customer)


def _forget(unit: Unit, effect: fx.ForgetClient) -> Script[None]:
    rows = yield "client_forget", {"id": effect.client_id, "customer": unit.customer}
    for row in rows:
        yield "client_meters_forget", {"client_id": row["id"]}
        yield "invitation_end_made", {"client_id": row["id"]}
        yield "consent_end", {"client_id": row["id"], "now": unit.now, "told_at": unit.now}


# Consent.


def _invite(unit: Unit, effect: fx.Invite) -> Script[None]:
    yield from _own(unit, effect.client_id)
    yield "invitation_end_made", {"client_id": effect.client_id}
    yield (
        "invitation_add",
        {
            "code": effect.code,
            "client_id": effect.client_id,
            "address": str(unit.address),
            "now": unit.now,
            "expires_at": effect.expires_at,
        },
    )


def _end_invitation(invitation_id: int, state: str) -> Script[int]:
    rows = yield "invitation_end", {"id": invitation_id, "state": state}
    if not rows:
        raise StoreConflict(f"invitation {invitation_id} moved")
    return int(rows[0]["client_id"])


def _agree(unit: Unit, effect: fx.Agree) -> Script[None]:
    client_id = yield from _end_invitation(effect.invitation_id, "agreed")
    yield "consent_end", {"client_id": client_id, "now": unit.now, "told_at": unit.now}
    yield "consent_add", {"client_id": client_id, "address": str(unit.address), "now": unit.now}


def _decline(unit: Unit, effect: fx.Decline) -> Script[None]:
    yield from _end_invitation(effect.invitation_id, "refused")


def _revoke(unit: Unit, effect: fx.Revoke) -> Script[None]:
    yield "consents_end", {"customer": unit.customer, "now": unit.now}


def _end_consent(unit: Unit, effect: fx.EndConsent) -> Script[None]:
    yield from _own(unit, effect.client_id)
    yield "consent_end", {"client_id": effect.client_id, "now": unit.now, "told_at": unit.now}


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    lk.LookClients: _clients,
    lk.LookClient: _one,
    lk.LookClientAt: _at,
    lk.LookBook: _book,
    lk.LookLastSale: _last_sale,
    lk.LookConsent: _consent,
    lk.LookInvitation: _invitation,
    lk.LookAgreed: _agreed,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    fx.AddClient: _add,
    fx.AddClientMeter: _add_meter,
    fx.DropClientMeter: _drop_meter,
    fx.LearnHolder: _learn_holder,
    fx.RenameClient: _rename,
    fx.SetClientPhone: _set_phone,
    fx.ForgetClient: _forget,
    fx.Invite: _invite,
    fx.Agree: _agree,
    fx.Decline: _decline,
    fx.Revoke: _revoke,
    fx.EndConsent: _end_consent,
}
