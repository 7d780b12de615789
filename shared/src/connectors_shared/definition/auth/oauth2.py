"""OAuth 2.0 (RFC 6749): the registry obtains access tokens, and renews them; calls carry them as bearer tokens.

What proves the client, and the refresh token, never leaves the registry: an executor is given access tokens only.
"""

from typing import Final
from urllib.parse import parse_qsl

from connectors_shared.definition.addresses import is_internal
from connectors_shared.definition.auth.kind import AuthField, AuthKind, Pairs, Values, When
from connectors_shared.definition.headers import CONTROL, wrong_secret
from connectors_shared.definition.origins import UrlError, parse_origin, split_url
from connectors_shared.definition.problems import Problem, shortened
from connectors_shared.definition.secret_names import is_secret_itself
from connectors_shared.definition.urls import origin_of

CLIENT_CREDENTIALS: Final = "client_credentials"
AUTHORIZATION_CODE: Final = "authorization_code"
BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
PRIVATE_KEY: Final = "private_key_jwt"
PUBLIC: Final = "none"
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - the name of a field
MOST_URL_CHARACTERS: Final = 2000
MOST_PARAMETERS: Final = 20
MOST_NAME: Final = 100
BY_PEOPLE: Final = When("grant_type", (AUTHORIZATION_CODE,))
BY_SECRET: Final = When("client_authentication", (BASIC, POST))
BY_KEY: Final = When("client_authentication", (PRIVATE_KEY,))
OURS: Final = frozenset(
    {
        "assertion",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "refresh_token",
        "response_type",
        "scope",
        "state",
    }
)
"""Parameters that the protocol itself sets."""


def _wrong_url(text: str) -> str | None:
    if not text:
        return None
    try:
        written, _ = split_url(text)
        origin = parse_origin(written)
    except UrlError as error:
        return f"cannot be called: {error.message}"
    if "#" in text:
        return "must not have a fragment (RFC 6749 3.1)"
    if origin.scheme != "https" and not is_internal(origin.host):
        return "must begin with https:// (RFC 6749 3.2); plain http is for internal hosts"
    return None


def _wrong_text(text: str) -> str | None:
    return "must not hold a line break or another control character" if CONTROL.search(text) else None


def _wrong_parameters(text: str) -> str | None:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return f"must be written as in a query, name=value&name=value, and have at most {MOST_PARAMETERS} parameters"
    taken = next((name for name, _ in pairs if name in OURS), None)
    if taken is not None:
        return f"must not set {taken}, which has its own field or is set by itself"
    secret = next((name for name, value in pairs if value and is_secret_itself(name)), None)
    if secret is not None:
        shown = shortened(secret, MOST_NAME)
        return f"must not hold {shown}: it would be shown to everybody; put it into client_secret or private_key"
    return _wrong_text(text)


def _wrong_key(text: str) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm  # no other kind needs it, and executors never do
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "must be a private key in PEM, without a passphrase"
    return None


def _check(public: Values) -> list[Problem]:
    found = []
    if not public["token_url"]:
        found.append(Problem("/token_url", "is required"))
    if not public["client_id"]:
        found.append(Problem("/client_id", "is required"))
    if public["grant_type"] == AUTHORIZATION_CODE and not public["authorize_url"]:
        found.append(Problem("/authorize_url", "is required when a person authorizes it"))
    if public["grant_type"] == CLIENT_CREDENTIALS and public["client_authentication"] == PUBLIC:
        found.append(Problem("/client_authentication", "must prove the client when no person authorizes it"))
    return found


def _presented_to(public: Values) -> tuple[str, ...]:
    """Bound to the token endpoint, what proves the client cannot be read by leading it elsewhere."""
    origin = origin_of(public.get("token_url", ""))
    return () if origin is None else (origin,)


def _sign(_public: Values, secrets: Values) -> tuple[Pairs, Pairs]:
    return [("Authorization", f"Bearer {secrets[ACCESS_TOKEN]}")], []


FIELDS: Final = (
    AuthField(
        "grant_type",
        "Who authorizes it",
        default=CLIENT_CREDENTIALS,
        choices=(CLIENT_CREDENTIALS, AUTHORIZATION_CODE),
        help="The client itself, or a person who signs in at the provider.",
    ),
    AuthField("token_url", "Token URL", max_characters=MOST_URL_CHARACTERS, wrong=_wrong_url),
    AuthField(
        "authorize_url",
        "Authorization URL",
        default="",
        max_characters=MOST_URL_CHARACTERS,
        help="Where a person signs in.",
        when=BY_PEOPLE,
        wrong=_wrong_url,
    ),
    AuthField("client_id", "Client id", wrong=_wrong_text),
    AuthField(
        "client_authentication",
        "How the client proves itself",
        default=BASIC,
        choices=(BASIC, POST, PRIVATE_KEY, PUBLIC),
    ),
    AuthField(
        "client_secret",
        "Client secret",
        secret=True,
        unpublished=True,
        max_characters=4000,
        when=BY_SECRET,
        wrong=wrong_secret,
    ),
    AuthField(
        "private_key",
        "Private key (PEM)",
        secret=True,
        unpublished=True,
        max_characters=16_000,
        when=BY_KEY,
        wrong=_wrong_key,
    ),
    AuthField(
        "key_id", "Key id", default="", help="When the provider has several keys.", when=BY_KEY, wrong=_wrong_text
    ),
    AuthField("algorithm", "Signature", default=ALGORITHMS[0], choices=ALGORITHMS, when=BY_KEY),
    AuthField(
        "assertion_audience",
        "Audience of the signed assertion",
        default="",
        help="The token URL unless the provider says otherwise.",
        when=BY_KEY,
        wrong=_wrong_text,
    ),
    AuthField("scope", "Scopes", default="", max_characters=2000, help="Separated by spaces.", wrong=_wrong_text),
    AuthField("audience", "Audience", default="", wrong=_wrong_text),
    AuthField(
        "parameters",
        "Further parameters of the token request",
        default="",
        max_characters=2000,
        help="As in a query: name=value&name=value.",
        wrong=_wrong_parameters,
    ),
    AuthField(
        "authorize_parameters",
        "Further parameters of the authorization URL",
        default="",
        max_characters=2000,
        help="As in a query, for instance access_type=offline&prompt=consent.",
        when=BY_PEOPLE,
        wrong=_wrong_parameters,
    ),
)
OAUTH2: Final = AuthKind(
    type="oauth2",
    title="OAuth 2.0",
    description="Obtains access tokens, keeps them current, and sends `Authorization: Bearer …`.",
    fields=FIELDS,
    sign=_sign,
    header=lambda _public: "authorization",
    check=_check,
    issued=(ACCESS_TOKEN,),
    presented_to=_presented_to,
)
