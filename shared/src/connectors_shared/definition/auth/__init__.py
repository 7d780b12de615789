"""Kinds of authentication, a module for each. A new one is its module and its line here."""

from typing import Final

from connectors_shared.definition.auth.apikey import APIKEY
from connectors_shared.definition.auth.basic import BASIC
from connectors_shared.definition.auth.bearer import BEARER
from connectors_shared.definition.auth.kind import AuthKind
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.oauth2 import OAUTH2

KINDS: Final[dict[str, AuthKind]] = {kind.type: kind for kind in (NONE, BEARER, APIKEY, BASIC, OAUTH2)}
