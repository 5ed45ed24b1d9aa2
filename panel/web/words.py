"""Words for the field's refusals and states: the field itself speaks no language.

Each package's refusals are registered here, one sentence a class; a house test demands that none
is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from panel.orders.models import OrderStatus, ServiceStatus
from panel.refusals import Refusal

R = TypeVar("R", bound=Refusal)

_SENTENCES: dict[type[Refusal], Callable[[Any], str | LazyString]] = {}

STATES: dict[ServiceStatus | OrderStatus, LazyString] = {
    ServiceStatus.PENDING: _l("Pending"),
    ServiceStatus.ACTIVE: _l("Active"),
    ServiceStatus.SUSPENDED: _l("Suspended"),
    ServiceStatus.EXPIRED: _l("Expired"),
}


def worded(kind: type[R], sentence: Callable[[R], str | LazyString]) -> None:
    """Register the sentence of a refusal."""
    _SENTENCES[kind] = sentence


def say_refusal(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    return str(_SENTENCES[type(refusal)](refusal))


def has_words(kind: type[Refusal]) -> bool:
    """Whether a refusal has a sentence."""
    return kind in _SENTENCES
