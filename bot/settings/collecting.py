"""How customers pay for themselves: who collects, by which ways, at what price, and what may stay with us."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.catalog import FeeRule
from bot.domain.collecting import Method
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.setting_types import BaseUrl, HeaderSecret
from bot.settings.values import Fee, LowerCase

_METHODS: tuple[Method, ...] = get_args(Method)


def _ways(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    named = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    if unknown := [name for name in named if name not in _METHODS]:
        raise ValueError(f"must list ways to pay among {', '.join(_METHODS)}, and these are none: {', '.join(unknown)}")
    return named


Collects = Literal["dexchange_link", "dexchange_push", "dexpay", "simulator"]
Ways = Annotated[tuple[Method, ...], BeforeValidator(_ways)]


class CollectingSettings(BaseModel):
    """The part of the settings that is about customers who pay for themselves."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, str_strip_whitespace=True)

    # Who collects. Without one nobody can pay but by an admin's hand.
    collect_with: Annotated[Collects | None, LowerCase] = None
    dexpay_api_key: HeaderSecret | None = None
    dexpay_api_secret: HeaderSecret | None = None
    # What signs DEXPAY's webhooks, where it is not the secret above.
    dexpay_webhook_secret: HeaderSecret | None = None
    dexpay_api_url: BaseUrl = "https://api.dexpay.africa/api/v1"
    # In the order in which they are offered; without any, all that there are.
    ways_to_pay: Ways = ()
    # What is asked of the payer on top, and what the provider keeps where its answers do not tell.
    collection_fee: Fee = FeeRule()
    provider_fee_collection: Fee = FeeRule()
    provider_fee_pay_back: Fee = FeeRule()
    # Whether customers may have money here; None: where somebody collects they may not, but for those who had some.
    advances: Annotated[Literal["none", "allowed"] | None, LowerCase] = None
    advance_most_xof: int = Field(default=200_000, ge=0, le=MAX_AMOUNT_XOF)
    advance_month_most_xof: int = Field(default=1_000_000, ge=0, le=MAX_AMOUNT_XOF)
    # Up to so much goes back by itself; above it an admin confirms.
    pay_back_auto_most_xof: int = Field(default=50_000, ge=0, le=MAX_AMOUNT_XOF)
