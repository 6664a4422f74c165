"""Whom the simulated provider knows: holders, addresses, bills and codes, the same for a number on every run. Pure."""

from hashlib import sha256
from typing import Any

_FIRST = (
    *("Awa", "Moussa", "Fatou", "Ibrahima", "Mariama", "Cheikh"),
    *("Aminata", "Ousmane", "Khady", "Mamadou", "Ndèye", "Abdoulaye"),
)
_LAST = ("Ndiaye", "Diop", "Fall", "Sow", "Ba", "Faye", "Sarr", "Gueye", "Diallo", "Cissé", "Mbaye", "Sy")
_PLACES = (
    "Sicap Liberté 6, Dakar",
    "Rue 12, Médina, Dakar",
    "Cité Keur Gorgui, Dakar",
    "Quartier Grand Standing, Thiès",
    "Sor, Saint-Louis",
    "Guet Ndar, Saint-Louis",
    "Golf Sud, Guédiawaye",
    "Thiaroye Gare, Pikine",
    "Quartier Léona, Kaolack",
    "Escale, Ziguinchor",
    "Darou Khoudoss, Touba",
    "Quartier Thialy, Mbour",
)


def number_of(text: str) -> int:
    """A large number that stands for a text."""
    return int.from_bytes(sha256(text.encode()).digest())


def holder_of(reference: str) -> dict[str, str]:
    """`prenom`, `nom`, `address` and `meterStatus`. The provider documents no value of the last."""
    pick = number_of(f"holder {reference}")
    return {
        "prenom": _FIRST[pick % 12],
        "nom": _LAST[pick // 12 % 12],
        "address": _PLACES[pick // 144 % 12],
        "meterStatus": "ACTIF",
    }


def codes_of(external_id: str, count: int) -> list[str]:
    """Recharge codes of twenty digits."""
    return [str(number_of(f"code {at} {external_id}") % 10**20).zfill(20) for at in range(count)]


def bills_of(service_code: str, reference: str, count: int) -> list[dict[str, Any]]:
    """The bills of a reference: `count` that are owed, and one from before that was paid."""
    bills = []
    for at in range(count + 1):
        pick = number_of(f"bill {at} {service_code} {reference}")
        amount = 2_000 + pick % 60 * 500 + pick // 60 % 100 * 5
        fee = -(-amount // 100)
        bills.append(
            {
                "paymentTransactionNumber": f"PTN{pick % 10**10:010d}",
                "referenceClient": reference.zfill(12),
                "referenceFacture": f"F{pick // 7 % 10**9:09d}",
                **holder_of(reference),
                "montant": amount,
                "frais": fee,
                "total": amount + fee,
                "dateEcheance": f"2026-{12 - at % 12:02d}-15",
                "paid": at == count,
            }
        )
    return bills


def meter_of(reference: str) -> list[dict[str, Any]]:
    """The pseudo bill that describes a prepaid meter. Its `referenceFacture` looks like a code and is none."""
    session = str(number_of(f"session {reference}") % 10**20).zfill(20)
    return [
        {
            "paymentTransactionNumber": "",
            "referenceClient": reference.zfill(12),
            "referenceFacture": session,
            **holder_of(reference),
            "montant": 0,
            "frais": 0,
            "total": 0,
            "dateEcheance": None,
            "paid": False,
        }
    ]
