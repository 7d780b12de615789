"""A certificate authority of the bench's own, and what it certifies: the upstream on loopback."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors_local.ports import LOOPBACK

LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files: `authority` for those who call, `served` (certificate and key) for who answers."""

    authority: Path
    served: Path


def make_certificates(folder: Path, name: str) -> Certificates:
    """Of P-256, as most servers have them."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench authority")])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    root = _begun(root_name, root_key.public_key()).issuer_name(root_name).add_extension(constraints, critical=True)
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "upstream")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
    leaf = _begun(leaf_name, key.public_key()).issuer_name(root_name).add_extension(address, critical=False)
    found = Certificates(folder / f"{name}authority.pem", folder / f"{name}served.pem")
    found.authority.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    found.served.write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM) + private)
    return found


def _begun(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
    )
