"""Which keys a check has come by, in so many bits for each row: neither memory nor what is kept grows beyond a bound.

A Bloom filter: it forgets nothing, and takes a new key for a known one so seldom that of a million rows with three keys
each less than one is counted wrongly.
"""

import hashlib
from collections.abc import Collection
from typing import Final

from field_mapper.model import ContactKey

BYTES_PER_ROW: Final = 16
LEAST_BYTES: Final = 256 * 1024
MOST_BYTES: Final = 16 * 1024 * 1024
BITS_PER_KEY: Final = 6
PLACE_BYTES: Final = 4


class KnownKeys:
    """`kept` is a power of two long; it can be stored, and gone on with by any process."""

    def __init__(self, kept: bytearray) -> None:
        self.kept = kept

    @classmethod
    def for_rows(cls, rows: int) -> "KnownKeys":
        wanted = min(MOST_BYTES, max(LEAST_BYTES, rows * BYTES_PER_ROW))
        return cls(bytearray(1 << (wanted - 1).bit_length()))

    def knows_any(self, keys: Collection[ContactKey]) -> bool:
        """All of them are known after that."""
        known = [self._is_known(key) for key in keys]
        return any(known)

    def _is_known(self, key: ContactKey) -> bool:
        known = True
        for place in self._places(key):
            byte, bit = place >> 3, 1 << (place & 7)
            known = known and bool(self.kept[byte] & bit)
            self.kept[byte] |= bit
        return known

    def _places(self, key: ContactKey) -> list[int]:
        text = f"{key.kind}\0{key.value}".encode("utf-8", "surrogatepass")
        found = hashlib.blake2b(text, digest_size=BITS_PER_KEY * PLACE_BYTES).digest()
        last = len(self.kept) * 8 - 1
        return [
            int.from_bytes(found[start : start + PLACE_BYTES], "big") & last
            for start in range(0, len(found), PLACE_BYTES)
        ]
