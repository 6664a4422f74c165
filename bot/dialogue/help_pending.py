"""What is known while somebody is helped at their meter (see `pending`). Pure."""

from msgspec import Struct


class Coached(Struct, frozen=True, tag="coached", omit_defaults=True):
    """The order whose code a meter refuses, what the meter shows (empty: asked), and how many steps were tried."""

    order_id: str
    shown: str = ""
    at: int = 0
