"""What the browser shows when it comes back from a provider: one sentence, told to the page that waits, and closed."""

import json
import secrets
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from connector_registry.oauth.signing_in import Ended

TEMPLATE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
<p>{message}</p>
{script}
</html>
"""
SCRIPT: Final = """<script nonce="{nonce}">
if (window.opener) window.opener.postMessage({told}, {opener});
{close}
</script>"""
CONTENT: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(ended: Ended) -> HTMLResponse:
    """With a script only where a page waits, whose origin is the only one that is told."""
    nonce = secrets.token_urlsafe(16)
    script = "" if ended.opener is None else _script(ended, ended.opener, nonce)
    title = "Connected" if ended.connected else "Not connected"
    text = TEMPLATE.format(title=title, message=escape(ended.message), script=script)
    headers = {"Content-Security-Policy": CONTENT.format(nonce=nonce)}
    return HTMLResponse(text, 200 if ended.connected else 400, headers)


def _script(ended: Ended, opener: str, nonce: str) -> str:
    told = {
        "type": "connectors.oauth",
        "credentialId": str(ended.credential_id) if ended.credential_id else None,
        "connected": ended.connected,
        "message": ended.message,
    }
    close = "window.close();" if ended.connected else ""
    return SCRIPT.format(nonce=nonce, told=_literal(told), opener=_literal(opener), close=close)


def _literal(value: object) -> str:
    """JSON that cannot end the script that it stands in."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
