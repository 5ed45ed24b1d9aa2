"""Time zones to choose from: by what the clocks show now, under their places' names."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_gmt, get_timezone_location
from flask_babel import get_locale
from pytz import common_timezones  # type: ignore[import-untyped]  # comes with flask-babel

from panel.orders.customers import time_zones
from panel.web import context
from panel.web.language import UTC

LEFT_OUT = ("US/", "Canada/", "GMT")
"""Other names of zones that are in the list anyway."""


def zone_choices() -> list[tuple[str, str]]:
    """Name and label of each, from west to east."""
    now = context.now().replace(minute=0, second=0, microsecond=0)
    return _choices(str(get_locale().language), now)


def zone_label(name: str) -> str:
    """A zone as the list has it; what is none as it is."""
    return _label(name, str(get_locale().language), context.now()) if name in time_zones() else name


@lru_cache(4)
def _choices(locale: str, at: datetime) -> list[tuple[str, str]]:
    names = [
        name for name in common_timezones if name in time_zones() and not name.startswith(LEFT_OUT)
    ]
    labels = [(at.astimezone(ZoneInfo(name)).utcoffset(), name) for name in names]
    return [(name, _label(name, locale, at)) for _offset, name in sorted(labels)]


def _label(name: str, locale: str, at: datetime) -> str:
    """Its distance from UTC and its place: UTC+08:00 China (Shanghai) Time."""
    zone = ZoneInfo(name)
    offset = get_timezone_gmt(at.astimezone(zone), "long", locale="en").replace("GMT", UTC)
    place = "" if name == UTC else get_timezone_location(zone, locale=locale)
    return f"{offset} {place}".strip()
