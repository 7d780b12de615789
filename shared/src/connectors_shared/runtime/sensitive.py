"""Names that say that what they hold is secret: of fields, headers and parameters."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

CONTAINED: Final = (
    "authorization",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "accesskey",
    "clientkey",
    "authkey",
    "sharedkey",
    "masterkey",
    "signingkey",
    "encryptionkey",
    "subscriptionkey",
    "credential",
    "bearer",
    "cookie",
    "sessionid",
    "jwt",
    "cardnumber",
    "socialsecurity",
)
"""Anywhere in a name, without case and marks."""
ENDINGS: Final = ("pwd", "ssn", "cvv", "cvc", "cvv2", "cvc2", "pincode", "onetimecode")
WHOLE: Final = frozenset({"auth", "pass", "pin", "otp", "sid", "xauth", "userpass"})
HARMLESS: Final = (
    "maxtokens",
    "mintokens",
    "totaltokens",
    "prompttokens",
    "completiontokens",
    "inputtokens",
    "outputtokens",
    "tokensused",
    "tokencount",
    "tokenscount",
    "tokenlimit",
    "tokenslimit",
    "tokenusage",
    "tokentype",
    "tokenizer",
    "tokenurl",
    "tokenendpoint",
    "tokensperminute",
    "tokenexpiry",
    "authorizationurl",
    "authorizationendpoint",
    "secretary",
    "secretariat",
    "credentialid",
    "credentialids",
    "credentialname",
    "credentialtype",
    "credentialrevision",
    "passwordless",
    "cookieconsent",
    "cookiepolicy",
    "expiresin",
    "expiresat",
    "expired",
    "updatedat",
    "changedat",
    "createdat",
    "policy",
)
"""Endings of names that tell about a secret, or only sound like one."""
LONGEST: Final = 200
"""Characters of a name that is remembered."""
_MARKS: Final = str.maketrans("", "", "-_. ")
_MARK_OCTETS: Final = b"-_. "
_PARTS: Final = (
    *(b"auth", b"pass", b"secret", b"token", b"key", b"credential", b"bearer", b"cookie", b"sessionid", b"jwt"),
    *(b"cardnumber", b"socialsecurity", b"pwd", b"ssn", b"cvv", b"cvc", b"pincode", b"onetimecode"),
    *(word + mark for word in (b"pin", b"otp", b"sid") for mark in (b'"', b"\\", b"=", b":")),
)
"""One of them is in each JSON that holds a sensitive name, which may be in a text."""


def any_of(words: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    """Whether one of them is in some bytes: written out, at a fraction of the cost of a loop."""
    found: Callable[[bytes], bool] = eval(f"lambda text: {' or '.join(f'{word!r} in text' for word in words)}")  # noqa: S307
    return found


_holds_part: Final = any_of(_PARTS)


def is_sensitive(name: str) -> bool:
    """Does it say that what it holds is secret?"""
    return _remembered(name) if len(name) <= LONGEST else _judged(name)


def names_sensitive(json: bytes) -> bool:
    """May such a name stand in it? Never false where one does, unless it is written with escapes."""
    plain = json.lower().translate(None, _MARK_OCTETS)
    return _holds_part(plain)


def _judged(name: str) -> bool:
    plain = name.translate(_MARKS).lower()
    if plain in WHOLE or plain.endswith(ENDINGS):
        return True
    return any(word in plain for word in CONTAINED) and not plain.endswith(HARMLESS)


_remembered = lru_cache(maxsize=1024)(_judged)
