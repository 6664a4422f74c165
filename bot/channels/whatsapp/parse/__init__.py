"""One webhook of the Cloud API, read. Pure.

`parse` takes the bytes of a request and answers a value, whatever the bytes are: what people did, and what became of
messages that were sent to them. A request is a batch, entries × changes × messages (`batch`); each message and each
status is read by itself, so that one that cannot be read takes no other with it. `payload` says what is decoded: a
place or a contact never becomes a value here, only the fact that there was one; of a file, its names and its type.
`messages` says what a message becomes, `statuses` what a status does, `contacts` who is meant.

A change of the field `user_id_update` becomes a Moved as well.
"""

from bot.channels.whatsapp.parse.batch import Batch, parse

__all__ = ["Batch", "parse"]
