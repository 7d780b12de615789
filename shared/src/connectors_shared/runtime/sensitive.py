"""Names that say that what they hold is secret: of fields, headers and parameters."""

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
_WORDS: Final = tuple(
    word.encode() for word in (*CONTAINED, "pwd", "ssn", "cvv", "cvc", "pincode", "onetimecode", "auth", "pass")
)
_SHORT: Final = tuple(word + mark for word in (b"pin", b"otp", b"sid") for mark in (b'"', b"\\", b"=", b":"))


def is_sensitive(name: str) -> bool:
    """Does it say that what it holds is secret?"""
    return _remembered(name) if len(name) <= LONGEST else _judged(name)


def names_sensitive(json: bytes) -> bool:
    """May such a name stand in it? Never false where one does, unless it is written with escapes."""
    plain = json.lower().translate(None, _MARK_OCTETS)
    return any(word in plain for word in _WORDS) or any(word in plain for word in _SHORT)


def _judged(name: str) -> bool:
    plain = name.translate(_MARKS).lower()
    if plain in WHOLE or plain.endswith(ENDINGS):
        return True
    return any(word in plain for word in CONTAINED) and not plain.endswith(HARMLESS)


_remembered = lru_cache(maxsize=1024)(_judged)
