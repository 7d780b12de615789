"""Names that say that what they hold is secret: of fields, headers and parameters. The only list of them.

What is logged and shown is masked by it (`runtime/sensitive.py`), and keys in plain sight are known by it.
"""

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
    "accesskeyid",
    "secretkey",
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
    "pagetoken",
    "nexttoken",
    "continuationtoken",
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
_MARKS: Final = str.maketrans("", "", "-_. ")


def names_secret(name: str) -> bool:
    """Is what it holds secret, or about a secret?"""
    plain = _plain(name)
    if plain in WHOLE or plain.endswith(ENDINGS):
        return True
    return any(word in plain for word in CONTAINED) and not plain.endswith(HARMLESS)


def is_secret_itself(name: str) -> bool:
    """Is what it holds the secret itself? A `password_hint` is none, so that nobody is refused it."""
    plain = _plain(name)
    if plain in WHOLE or plain.endswith(ENDINGS):
        return True
    return plain.removesuffix("s").endswith(CONTAINED) and not plain.endswith(HARMLESS)


def _plain(name: str) -> str:
    return name.translate(_MARKS).lower()
