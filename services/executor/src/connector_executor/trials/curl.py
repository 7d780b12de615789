"""The same request as a cURL command for a POSIX shell. Secrets are variables of the shell, and nowhere in it."""

import base64
import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from connector_executor.connectors.plan import quote_path
from connector_executor.stages.authorize import Authorized
from connector_executor.trials.masking import scheme_of
from connectors_shared.contract.trial import Variable
from connectors_shared.egress import Needles

Pair = tuple[str, str]
LINE: Final = " \\\n  "
MADE_BY_CURL: Final = frozenset({"host", "content-length"})
MOST_ARGUMENT_BYTES: Final = 100_000
"""Linux takes no longer one than 128 KiB."""
WAITS_FOR_CONTINUE_BYTES: Final = 1_000_000
"""From here on curl asks first whether the server wants the body."""
HEX: Final = re.compile(r"[^A-Z0-9]+")


class Command:
    """Collects the options, and the variables that they need."""

    def __init__(self, authorized: Authorized) -> None:
        self.variables: list[Variable] = []
        self._names: dict[str, str] = {}
        for name, value in authorized.headers:
            scheme = scheme_of(value)
            after = f" after “{scheme.strip()}”" if scheme else ""
            self._know(value.removeprefix(scheme), name, f"the value of the header {name}{after}")
        for name, value in authorized.query:
            self._know(quote_path(value), name, f"the value of the parameter {name}, percent-encoded")
        self._secrets = authorized.secrets | Needles(self._names)

    def quoted(self, text: str) -> str:
        """As one word of the shell."""
        found = self._secrets.pieces(text)
        return "".join(self._variable(part) if is_secret else shlex.quote(part) for part, is_secret in found) or "''"

    def without_secrets(self, body: bytes) -> bytes:
        return self._secrets.masked(body)

    def _know(self, text: str, name: str, holds: str) -> None:
        if text:
            self._names[text] = self._add(name, holds)

    def _variable(self, secret: str) -> str:
        """One that an input or a fixed text repeats has a variable of its own."""
        if secret not in self._names:
            holds = "a secret of the credential, in the form in which the request has it"
            self._names[secret] = self._add("SECRET", holds)
        return f'"${{{self._names[secret]}:?}}"'

    def _add(self, name: str, holds: str) -> str:
        plain = HEX.sub("_", name.upper()).strip("_") or "SECRET"
        plain = plain if plain[0].isalpha() else f"SECRET_{plain}"
        taken = {variable.name for variable in self.variables}
        free = next(each for each in _numbered(plain) if each not in taken)
        self.variables.append(Variable(name=free, holds=holds))
        return free


def curl_command(
    method: str, url: str, headers: Iterable[Pair], body: bytes | None, seconds: float, authorized: Authorized
) -> tuple[str, list[Variable]]:
    """`url` and `headers` as they were sent, framing included; `seconds`: what the call may take."""
    command = Command(authorized)
    options = ["curl --http1.1 --globoff --path-as-is --compressed --silent --show-error --include"]
    options.append(f"--max-time {seconds:g}")
    options.append("--head" if method == "HEAD" and not body else f"--request {method}")
    headers = list(headers)
    options += [_header(name, value, command) for name, value in headers if name.lower() not in MADE_BY_CURL]
    options += _framing(headers, body)
    before, data = _data(body, any(name.lower() == "content-length" for name, _ in headers), command)
    options += data
    options.append(f"--url {command.quoted(url)}")
    return before + LINE.join(options), command.variables


def _header(name: str, value: str, command: Command) -> str:
    if not value:
        return f"--header {shlex.quote(name + ';')}"
    return f"--header {command.quoted(f'{name}: {value}')}"


def _framing(headers: list[Pair], body: bytes | None) -> list[str]:
    """What curl would add by itself to a request with a body, and the sender does not."""
    added = []
    if not any(name.lower() == "content-type" for name, _ in headers):
        added.append("--header 'Content-Type:'")
    if body is not None and len(body) >= WAITS_FOR_CONTINUE_BYTES:
        added.append("--header 'Expect:'")
    return added


def _data(body: bytes | None, has_length: bool, command: Command) -> tuple[str, list[str]]:
    """What comes before the command, and its options."""
    if body is None or not body:
        return "", ["--data-raw ''"] if has_length else []
    text = _text(body)
    if text is None:
        encoded = base64.b64encode(command.without_secrets(body)).decode()
        return f"printf %s {encoded} | base64 -d | ", ["--data-binary @-"]
    if len(body) > MOST_ARGUMENT_BYTES:
        return f"printf %s {command.quoted(text)} | ", ["--data-binary @-"]
    return "", [f"--data-raw {command.quoted(text)}"]


def _text(body: bytes) -> str | None:
    """None when it cannot stand in a command."""
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))
