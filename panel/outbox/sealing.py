"""Encrypting what waits in the outbox: a set-up mail may hold a password."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def cipher_of(secret: str) -> Fernet:
    """The outbox's cipher: its key derives from the installation's secret (RFC 5869)."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"youju outbox")
    return Fernet(urlsafe_b64encode(key.derive(secret.encode())))
