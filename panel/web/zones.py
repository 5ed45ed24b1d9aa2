"""Time zones by names that people know, and the list to choose one from."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location, get_timezone_name
from flask_babel import get_locale

from panel.orders.customers import time_zones
from panel.web import context

UTC = "UTC"
"""The one zone without a place."""


@lru_cache
def zone_name(zone: ZoneInfo, locale: str) -> str:
    """A time zone as people call it: China Time."""
    if zone.key == UTC:
        return UTC
    return _with_city(str(get_timezone_name(zone, locale=locale)), zone.key, locale)


def zone_choices() -> list[tuple[str, str]]:
    """Name and label of each, from west to east."""
    hour = context.now().replace(minute=0, second=0, microsecond=0)
    return _choices(str(get_locale().language), hour)


def zone_label(name: str) -> str:
    """A zone as the list has it; what is none as it is."""
    return _label(name, str(get_locale().language), context.now()) if name in time_zones() else name


@lru_cache(4)
def _choices(locale: str, at: datetime) -> list[tuple[str, str]]:
    placed = (name for name in get_global("zone_territories") if not name.startswith("Etc/"))
    names = time_zones() & {UTC, *placed}  # US/Pacific is another name of one of them
    from_west = sorted((at.astimezone(ZoneInfo(name)).utcoffset(), name) for name in names)
    return [(name, _label(name, locale, at)) for _offset, name in from_west]


def _label(name: str, locale: str, at: datetime) -> str:
    """How far it is from UTC at a time, and its place: UTC+08:00 China (Shanghai) Time."""
    if name == UTC:
        return UTC
    zone = ZoneInfo(name)
    offset = f"{at.astimezone(zone):%z}"  # Babel says -04:30 for -03:30
    place = _with_city(get_timezone_location(zone, locale=locale), name, locale)
    return f"{UTC}{offset[:3]}:{offset[3:]} {place}"


def _with_city(said: str, name: str, locale: str) -> str:
    """What Babel says, with the city's name in the language also where it knows only that of the
    zone's former name, and without the country before the city where it knows neither.
    """
    cities, names = Locale.parse(locale).time_zones, get_global("zone_aliases")
    name = names.get(name, name)
    former = (old for old, new in names.items() if new == name and "city" in cities.get(old, {}))
    raw = name.partition("/")[2].replace("_", " ")
    old = next(former, None)
    return said.replace(raw, cities[old]["city"] if old else raw.rpartition("/")[2])
