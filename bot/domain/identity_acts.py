"""What admins ask for about whose an account is: acts, as those of `bot.domain.acts`. Pure."""

from msgspec import Struct

from bot.domain.people import Address


class MoveAccount(Struct, frozen=True, tag="move_account"):
    """Whoever had an address lost it: what is theirs goes `to` another one."""

    address: Address
    to: Address

    @property
    def command(self) -> str:
        return f"move {self.address} {self.to}"


class DecideIdentity(Struct, frozen=True, tag="identity", omit_defaults=True):
    """Two chats are the same person, or two people; `other` names the second chat where there are several."""

    address: Address
    same: bool
    other: Address | None = None

    @property
    def command(self) -> str:
        more = "" if self.other is None else f" {self.other}"
        return f"identity {self.address} {'same' if self.same else 'another'}{more}"
