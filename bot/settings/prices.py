"""What each service costs, and between which amounts it is sold."""

import msgspec
from pydantic import BaseModel, ConfigDict

from bot.domain.catalog import Service
from bot.settings.values import Fee, LimitsXof, ResellersCommission


class Prices(BaseModel):
    """What the operator set for one service: what is asked of the customer, what the provider asks of us, what a
    reseller earns, and between which amounts it is sold. A field is read from the variable of the same name in
    capitals, with the service's name behind it: `FEE_WOYOFAL`.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    fee: Fee
    provider_fee: Fee
    commission: ResellersCommission
    limits: LimitsXof

    @classmethod
    def usual(cls, service: Service) -> "Prices":
        """Those that the catalog names."""
        return cls(
            fee=service.fee,
            provider_fee=service.provider_fee,
            commission=service.commission,
            limits=(service.minimum_xof, service.maximum_xof),
        )

    @classmethod
    def variables(cls, service: Service) -> dict[str, str]:
        """The names of a service's variables, by field."""
        return {name: f"{name}_{service.name}".upper() for name in cls.model_fields}

    def of(self, service: Service) -> Service:
        """The service at these prices; no suggestion lies outside its limits."""
        smallest, largest = self.limits
        return msgspec.structs.replace(
            service,
            fee=self.fee,
            provider_fee=self.provider_fee,
            commission=self.commission,
            minimum_xof=smallest,
            maximum_xof=largest,
            suggestions_xof=tuple(amount for amount in service.suggestions_xof if smallest <= amount <= largest),
        )
