"""Encrypting what waits in the outbox: a set-up mail may hold a password."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet


def cipher_of(instance: Path) -> Fernet:
    """The instance's own cipher; its key is made on first use and readable by its owner only."""
    path = instance / "outbox.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(Fernet.generate_key())
    return Fernet(path.read_bytes())
