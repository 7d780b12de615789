"""How deep JSON may be nested: what one side writes, the other can read.

Readers of messages stop at 200 levels. A message adds a few to what it carries, and so does whoever carries that on.
"""

from itertools import accumulate
from typing import Final

MOST_LEVELS: Final = 128
"""Of the data of a result."""
MOST_MESSAGE_LEVELS: Final = 144
"""Of a whole `connector.execute`: data of one step are an input, or a variable in the context, of the next one."""
_KEPT: Final = b'[]{}"'
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(octet for octet in range(256) if octet not in _KEPT)
_STEPS: Final = {ord("["): 1, ord("]"): -1}


def is_deeper(json: bytes, levels: int) -> bool:
    """Whether valid JSON has more levels of arrays and objects than these. Linear, and two counts for most."""
    if json.count(b"[") + json.count(b"{") <= levels:
        return False
    left = _brackets(json)
    while len(less := left.replace(b"[]", b"")) < len(left) // 2:  # the innermost level of what is wide
        left, levels = less, levels - 1
    return max(accumulate(map(_STEPS.__getitem__, left)), default=0) > levels


def _brackets(json: bytes) -> bytes:
    """Those outside of texts, all of one kind. A pair of quotes may be taken out: what is in a text stays in one."""
    marks = json.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ONE_KIND, _OTHERS)
    return b"".join(marks.replace(b'""', b"").split(b'"')[::2])
