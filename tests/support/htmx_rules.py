"""Which attributes of htmx 4 pages may use, for the templates' and the pages' checks."""

from __future__ import annotations

ALLOWED = frozenset(
    {
        "hx-boost",
        "hx-config",
        "hx-confirm",
        "hx-disable",
        "hx-get",
        "hx-headers",
        "hx-ignore",
        "hx-include",
        "hx-indicator",
        "hx-post",
        "hx-preserve",
        "hx-push-url",
        "hx-replace-url",
        "hx-select",
        "hx-swap",
        "hx-swap-oob",
        "hx-sync",
        "hx-target",
        "hx-trigger",
    }
)
"""htmx 4's names; not here: what needs eval (hx-on, js: values, hx-vals) or another verb."""

SUFFIXES = ("inherited", "append")


def fault(name: str, value: str) -> str | None:
    """What is wrong with the attribute, or None."""
    plain, *modifiers = name.split(":")
    if plain == "hx-status":
        return None
    if plain not in ALLOWED:
        return f"{name} is not allowed"
    if not set(modifiers) <= set(SUFFIXES):
        return f"{name} has an unknown modifier"
    if value.lstrip().startswith(("js:", "javascript:")):
        return f"{name} needs eval"
    return None
