"""The demo's customers, orders and users, read from demo.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

OPERATOR_PASSWORD = "youju-operator"  # noqa: S105 - printed by `make run`; a demo on loopback
CUSTOMER_PASSWORD = "youju-customer"  # noqa: S105
USER_PASSWORD = "youju-mailbox"  # noqa: S105


def read() -> dict[str, Any]:
    """The demo's data as plain tables."""
    return tomllib.loads((Path(__file__).parent / "demo.toml").read_text(encoding="utf-8"))
