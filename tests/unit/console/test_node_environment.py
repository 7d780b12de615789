"""What Node.js of the lock is started with."""

import os

import pytest

from connectors_local.console.node import environment, node


def test_it_trusts_whom_python_trusts_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert "NODE_EXTRA_CA_CERTS" not in environment()
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/own.pem")
    assert environment()["NODE_EXTRA_CA_CERTS"] == "/etc/own.pem"
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/etc/other.pem")
    assert environment()["NODE_EXTRA_CA_CERTS"] == "/etc/other.pem"


def test_it_is_found_before_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert environment({"MORE": "1"})["PATH"] == f"{node().parent}{os.pathsep}/usr/bin"
