"""From a draft's plain secrets to a sealed credential, and from there to the mask that a person sees."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from connector_registry.credentials.port import Credential, UnusableSecrets
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.reading import MASK, AuthDraft
from connectors_shared.http.problems import FieldProblem
from connectors_shared.runtime.secrets import Keyring, SecretPlace, UnsealError, mask


class CredentialBook:
    """Seals and masks. The only place that sees a plain secret, and it keeps none."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def write(
        self,
        draft: AuthDraft | None,
        *,
        workspace_id: UUID,
        connector_id: UUID,
        stored: Credential | None,
        at: datetime,
    ) -> Credential | None:
        """The credential to store; None for no authentication. Raises UnusableSecrets.

        No draft at all keeps what is stored, and so does a secret that is left out or equals its mask.
        """
        if draft is None:
            return stored
        if draft.kind is NONE:
            return None
        credential_id = stored.id if stored else uuid4()
        sealed = self._sealed(draft, workspace_id, credential_id, stored)
        return Credential(
            id=credential_id,
            workspace_id=workspace_id,
            connector_id=connector_id,
            type=draft.kind.type,
            public=draft.public,
            sealed=sealed,
            created_at=stored.created_at if stored else at,
            updated_at=at if not stored or sealed != stored.sealed else stored.updated_at,
        )

    def masked(self, credential: Credential | None) -> dict[str, Any]:
        """Flat authentication with every secret masked; one that cannot be opened shows no character."""
        if credential is None:
            return {"type": "none"}
        secrets = {name: self._mask(credential, name) for name in credential.sealed}
        return {"type": credential.type} | credential.public | secrets

    def _sealed(
        self, draft: AuthDraft, workspace_id: UUID, credential_id: UUID, stored: Credential | None
    ) -> dict[str, str]:
        kept = stored if stored and stored.type == draft.kind.type else None
        sealed: dict[str, str] = {}
        problems: list[FieldProblem] = []
        for name in draft.kind.secret_names:
            plain = draft.secrets.get(name)
            if kept and (plain is None or plain == self._mask(kept, name)):
                sealed[name] = kept.sealed[name]
            elif plain is None:
                problems.append(_problem(name, "is required"))
            elif plain.startswith(MASK):
                problems.append(_problem(name, "is a mask, not the secret: leave it out to keep the stored one"))
            else:
                sealed[name] = self._keyring.seal(plain, _place(workspace_id, credential_id, name))
        if problems:
            raise UnusableSecrets(problems)
        return sealed

    def _mask(self, credential: Credential, name: str) -> str:
        place = _place(credential.workspace_id, credential.id, name)
        try:
            return mask(self._keyring.open(credential.sealed[name], place))
        except UnsealError:
            return MASK


def _place(workspace_id: UUID, credential_id: UUID, name: str) -> SecretPlace:
    return SecretPlace(str(workspace_id), str(credential_id), name)


def _problem(name: str, detail: str) -> FieldProblem:
    return FieldProblem(pointer=f"/config/auth/{name}", detail=detail)
