"""What happens to a result, in this order:

decode    the bytes become a `ConnectorResult`, or go to the dead letters
propose   each mapping selects a value and makes it fit the field, or refuses it by name
apply     in one transaction per batch: contacts are found and locked, custom fields defined, then
merge       each proposal is written onto its contact by its options and by who wrote last, and
announce    its `contact.updated` is made and stored with it
publish   (outbound) the stored messages are sent, and the offsets committed
"""

from field_mapper.stages.announce import Announcement, announce, smallest_update
from field_mapper.stages.apply import apply
from field_mapper.stages.decode import UnreadableResultError, applied_key, carried_of, decode, ids_of
from field_mapper.stages.merge import merge
from field_mapper.stages.propose import SetAsideError, propose
from field_mapper.stages.session import ContactSession, NotSerializedError, serialized

ORDER = (decode, propose, apply, merge, announce)

__all__ = [
    "ORDER",
    "Announcement",
    "ContactSession",
    "NotSerializedError",
    "SetAsideError",
    "UnreadableResultError",
    "announce",
    "applied_key",
    "apply",
    "carried_of",
    "decode",
    "ids_of",
    "merge",
    "propose",
    "serialized",
    "smallest_update",
]
