"""All planted bugs."""

from typing import Final

from tests.mutants.collecting import COLLECTING
from tests.mutants.money import MONEY
from tests.mutants.mutant import Mutant
from tests.mutants.orders import ORDERS
from tests.mutants.people import PEOPLE
from tests.mutants.sending import SENDING
from tests.mutants.store import STORE

MUTANTS: Final[tuple[Mutant, ...]] = (*ORDERS, *MONEY, *COLLECTING, *PEOPLE, *SENDING, *STORE)
