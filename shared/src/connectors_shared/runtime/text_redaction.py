"""Secrets within a text that nobody has told us of: by their form, or by the name that stands before them.

Every pattern reads a text once, from left to right: it has a fixed length, or ends where the next one may begin.
"""

import re
from itertools import product
from typing import Final

from connectors_shared.definition.auth.reading import MASK
from connectors_shared.definition.plain_keys import FORMATS
from connectors_shared.runtime.sensitive import any_of, is_sensitive, names_sensitive

PEM: Final = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY[\s\S]*")
BEARER: Final = re.compile(r"Bearer [A-Za-z0-9+/._~=-]{8,}", re.IGNORECASE)
"""A whole value."""
KEY: Final = re.compile(rf"(?:{FORMATS.pattern})[A-Za-z0-9+/=._~-]*")
PARTS: Final = (
    *(b"k_live_", b"k_test_", b"sk-", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xox"),
    *(b"AKIA", b"ASIA", b"AIza", b"ya29.", b"SG.", b"shp", b"npm_", b"hf_", b"eyJ", b"PRIVATE KEY"),
)
"""One of them is in each key that is known by its form."""
BASIC: Final = tuple(bytes(letters) + b" " for letters in product(*zip(b"asic", b"ASIC", strict=True)))
"""Of `Basic `, in any case, as `SCHEME` finds it."""
holds_part: Final = any_of(PARTS)
holds_basic: Final = any_of(BASIC)
holds_part_or_basic: Final = any_of((*PARTS, *BASIC))
KEY_OCTETS: Final = re.compile(FORMATS.pattern.encode())
SCHEME: Final = re.compile(
    r"\b(Bearer|Basic|Token) {1,3}(?=[A-Za-z+/._~-]*[0-9=])[A-Za-z0-9+/._~=-]{8,}", re.IGNORECASE
)
"""Words of a sentence have no digits."""
USER: Final = re.compile(r"://[^\s/?#]*@")
NAME: Final = re.compile(r"""(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{2,64})["']?\]?\s{0,2}[=:]\s{0,2}""")
VALUE: Final = re.compile(r"""(["'])[^"']*["']?|[^&;,\s"'}]+""")
"""Of a form, a query, a header or a piece of JSON."""


def without_keys(text: str) -> str:
    if BEARER.fullmatch(text):
        return f"{text.partition(' ')[0]} {MASK}"
    if holds_part(text.encode(errors="replace")):  # one pass; the patterns are tried at each character
        text = KEY.sub(MASK, PEM.sub(MASK, text))
    folded = text.casefold()  # as the pattern compares: ſ is an s, and K a k
    if "bearer " in folded or "basic " in folded or "token " in folded:
        text = SCHEME.sub(rf"\1 {MASK}", text)
    if "://" in text:
        text = USER.sub(f"://{MASK}@", text)
    return _without_named(text) if "=" in text or ":" in text else text


def may_hold_keys(json: bytes) -> bool:
    """May there be one in it, or a name that says so? An escape may hide anything."""
    if b"\\" in json and (b"\\u" in json or b"\\/" in json):
        return True
    if (b"@" in json and b"://" in json) or names_sensitive(json):
        return True
    return holds_part_or_basic(json) and (holds_basic(json) or KEY_OCTETS.search(json) is not None)


def _without_named(text: str) -> str:
    parts, end = [], 0
    for name in NAME.finditer(text):
        if name.start() >= end and is_sensitive(name[1]) and (value := VALUE.match(text, name.end())):
            quote = value[1] or ""
            parts += [text[end : name.end()], quote, MASK, quote]
            end = value.end()
    return "".join([*parts, text[end:]]) if parts else text
