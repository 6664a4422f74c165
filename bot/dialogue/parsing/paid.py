"""How people say that they have paid. Pure."""

from typing import Final

# What people type when they have paid, folded, in any language.
PAID: Final = frozenset(
    (
        *("j ai paye", "jai paye", "deja paye", "j ai deja paye", "c est paye", "cest paye", "paye", "c est fait"),
        *("cest fait", "c est regle", "j ai envoye l argent", "paid", "i paid", "i have paid", "i ve paid", "i payed"),
        *("payment done", "payment made", "it s paid", "it is paid", "fey naa"),
    )
)
