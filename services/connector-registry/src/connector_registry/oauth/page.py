"""What the browser shows when it comes back from a provider: one sentence, told to the page that waits, and closed."""

import json
import secrets
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from connector_registry.oauth.signing_in import Ended

TOLD: Final = "connectors.oauth"
"""The type of the message, the channel, and where it stands in the session storage of a page that went on."""
TEMPLATE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style nonce="{nonce}">
:root {{ color-scheme: light dark; font: 15px/22px system-ui, sans-serif; }}
body {{ display: grid; place-content: center; min-height: 80vh; margin: 24px; text-align: center; }}
h1 {{ margin: 0; font-size: 20px; }}
</style>
<main>
<h1>{title}</h1>
<p>{message}</p>
{way_back}
</main>
{script}
</html>
"""
SCRIPT: Final = """<script nonce="{nonce}">
if (window.opener) window.opener.postMessage({told}, {opener});
{then}
</script>"""
BROADCAST: Final = "if (location.origin === {opener}) new BroadcastChannel({channel}).postMessage({told});"
"""A provider's page may have cut the tie to the window that waits; pages of one origin hear each other all the same."""
GO_ON: Final = "sessionStorage.setItem({channel}, JSON.stringify({told}));\nlocation.replace({return_to});"
CONTENT: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def page(ended: Ended) -> HTMLResponse:
    """With a script only where a page waits, whose origin is the only one that is told."""
    nonce = secrets.token_urlsafe(16)
    title = "Connected" if ended.connected else "Not connected"
    text = TEMPLATE.format(
        title=title,
        nonce=nonce,
        message=escape(ended.message),
        way_back="" if ended.return_to is None else f'<p><a href="{escape(ended.return_to)}">Go on</a></p>',
        script="" if ended.opener is None else _script(ended, ended.opener, nonce),
    )
    headers = {"Content-Security-Policy": CONTENT.format(nonce=nonce)}
    return HTMLResponse(text, 200 if ended.connected else 400, headers)


def _script(ended: Ended, opener: str, nonce: str) -> str:
    told = {
        "type": TOLD,
        "credentialId": str(ended.credential_id) if ended.credential_id else None,
        "connected": ended.connected,
        "message": ended.message,
    }
    literals = {"told": _literal(told), "opener": _literal(opener), "channel": _literal(TOLD)}
    return SCRIPT.format(nonce=nonce, then=_then(ended, literals), **literals)


def _then(ended: Ended, literals: dict[str, str]) -> str:
    if ended.return_to is not None:
        return GO_ON.format(return_to=_literal(ended.return_to), **literals)
    close = "\nwindow.close();" if ended.connected else ""
    return BROADCAST.format(**literals) + close


def _literal(value: object) -> str:
    """JSON that cannot end the script that it stands in."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
