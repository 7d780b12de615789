"""The characters that have no meaning yet (category Cn), which RE2 has no name for, by the tables of RE2 itself.

So that a character is in Cn or outside of it, whichever Unicode RE2 and Python were built with.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import re2

PLANES: Final = 17
PLANE: Final = 0x10000
BYTE: Final = 0x100
RUN: Final = r"[^\pL\pM\pN\pP\pS\pZ\pC]+"


@lru_cache(maxsize=1)
def unassigned() -> str:
    """Their ranges, as they stand inside a class of RE2. The first call takes about 0.1 s, as RE2 reads all."""
    runs = re2.compile(RUN)
    return "".join(_range(found.group().decode()) for plane in _planes() for found in runs.finditer(plane))


def _range(run: str) -> str:
    return f"\\x{{{ord(run[0]):X}}}-\\x{{{ord(run[-1]):X}}}"


def _planes() -> Iterator[bytes]:
    """All characters in UTF-8, a plane at a time: made by the byte, as a call for each of a million is slow."""
    codes = bytearray(4 * PLANE)
    codes[0::4] = bytes(range(BYTE)) * BYTE
    codes[1::4] = b"".join(bytes((high,)) * BYTE for high in range(BYTE))
    for plane in range(PLANES):
        codes[2::4] = bytes((plane,)) * PLANE
        yield codes.decode("utf-32-le", "surrogatepass").encode("utf-8", "surrogatepass")
