"""Mailbox passwords: generating, judging and hashing them."""

from __future__ import annotations

import secrets
from enum import StrEnum

from argon2 import PasswordHasher

LETTERS = "abcdefghjkmnpqrstuvwxyz"
DIGITS = "23456789"
GROUPS, GROUP_LENGTH = 4, 4
MIN_LENGTH = 10
MAX_LENGTH = 128

# The OWASP minimum: about 20 ms, for the panel and for each log-in of a mail program
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

COMMON = ("password", "qwerty", "12345", "abc123", "11111", "iloveyou", "88888", "woaini", "admin")


class Weakness(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    BLANKS = "blanks"
    NAMED = "named"
    UNIFORM = "uniform"


def generate_password() -> str:
    """A password that can be read aloud and typed: four groups, no 0 O 1 l I; about 70 bits."""
    groups = (
        "".join(secrets.choice(LETTERS) for _ in range(GROUP_LENGTH - 1)) + secrets.choice(DIGITS)
        for _ in range(GROUPS)
    )
    return "-".join(groups)


def weakness(password: str, *names: str) -> Weakness | None:
    """What is wrong with a typed password, or None; `names` must not be what it consists of."""
    if len(password) > MAX_LENGTH:
        return Weakness.LONG
    if len(password) < MIN_LENGTH:
        return Weakness.SHORT
    if password != password.strip() or not password.isprintable():
        return Weakness.BLANKS
    folded = password.casefold()
    if len(set(folded)) < 4:
        return Weakness.UNIFORM
    if any(name and len(name) > 2 and name.casefold() in folded for name in names):
        return Weakness.NAMED
    if any(folded.startswith(common) and len(folded) < len(common) + 6 for common in COMMON):
        return Weakness.COMMON
    return None


def hash_mailbox_password(password: str) -> str:
    """The password as Dovecot checks it, with its {SCHEME}."""
    return "{ARGON2ID}" + _HASHER.hash(password)
