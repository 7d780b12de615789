"""The guard against server-side request forgery. It *is* the resolver: what was checked is dialled."""

from collections.abc import Iterable

from connectors_shared.contract.grant import Permitter
from connectors_shared.definition.addresses import AddressClass, classify_address, is_internal
from connectors_shared.definition.origins import Origin

from .allowed import AllowedOrigins
from .answers import Whose
from .grants import Grant, Grants
from .lookup import CachedLookup, Lookup, SystemLookup
from .ports import PortPolicy
from .refusal import SendError
from .request import RefusedPlace, SendFailureKind


class AddressGuard:
    """Decides which hosts, addresses and ports may be called.

    `check` judges a URL's origin without asking anyone: port, and the address if the host is one. `resolve`
    judges every address of a name and refuses the name when any of them is bad. Both raise SendError. A grant
    lets exactly its host and port through, for whom it was given to; a granted *name* may then resolve to internal
    networks, but never to cloud metadata, link-local or multicast addresses. Without `internal_grants` only
    `grants`, the operator's own, lead to internal networks: what a workspace was given opens a port of a public host.
    """

    def __init__(
        self,
        *,
        grants: Iterable[Grant] = (),
        internal_grants: bool = False,
        ports: PortPolicy | None = None,
        lookup: Lookup | None = None,
        dns_ttl_seconds: float = 10.0,
    ) -> None:
        self.grants = Grants(grants)
        self.origins = AllowedOrigins()
        self._internal_grants = internal_grants
        self._ports = ports or PortPolicy()
        self._system: SystemLookup | None = None
        if lookup is None:
            lookup = self._system = SystemLookup()
        self._lookup = CachedLookup(lookup, ttl_seconds=dns_ttl_seconds)

    def check(self, origin: Origin) -> None:
        """Raises SendError (port_refused, address_refused)."""
        if self.grants.is_for_everybody(Grant(origin.host, origin.port)):
            return
        refused = classify_address(origin.host) if origin.is_literal else None
        if not self._ports.permits(origin.port):
            place = self._place(origin.host, origin.port, refused)
            raise SendError(SendFailureKind.port_refused, f"Port {origin.port} may not be called.", place)
        if refused is not None:
            raise self._refusal(origin.host, origin.port, refused)

    def parties(self, origin: Origin) -> frozenset[Whose]:
        """Who was given a grant for it that counts: an address that no name may lead to is nobody's to grant."""
        refused = classify_address(origin.host) if origin.is_literal else None
        if refused is not None and not (self._internal_grants and refused.grantable):
            return frozenset()
        return self.grants.parties(Grant(origin.host, origin.port))

    async def resolve(self, host: str, port: int, *, granted: bool = False) -> tuple[str, ...]:
        """The addresses to dial, all of them checked. `granted`: for a connection that somebody was granted, and that
        nobody else is given. Raises SendError (address_refused), OSError."""
        addresses = await self._lookup(host)
        may_be_internal = (self._internal_grants and granted) or self.grants.is_for_everybody(Grant(host, port))
        for address in addresses:
            refused = classify_address(address)
            if refused is not None and not (may_be_internal and refused.grantable):
                raise self._refusal(host, port, refused)
        return addresses

    async def close(self) -> None:
        await self._lookup.close()
        if self._system is not None:
            self._system.close()

    def _refusal(self, host: str, port: int, refused: AddressClass) -> SendError:
        message = f"The host {host} is at an address that may not be called ({refused.name})."
        return SendError(SendFailureKind.address_refused, message, self._place(host, port, refused))

    def _place(self, host: str, port: int, refused: AddressClass | None) -> RefusedPlace:
        if refused is not None and not refused.grantable:
            return RefusedPlace(host, port, Permitter.NOBODY)
        may_be_granted = self._internal_grants or (refused is None and not is_internal(host))
        return RefusedPlace(host, port, Permitter.ADMINISTRATOR if may_be_granted else Permitter.OPERATOR)
