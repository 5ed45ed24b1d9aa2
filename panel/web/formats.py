"""Dates, numbers and sizes through Babel, as template filters."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

import idna
from babel import dates, numbers
from flask import Flask
from flask_babel import format_decimal, format_timedelta, get_locale

from panel.web.language import time_zone

_A_LABEL = re.compile(r"\bxn--[a-z0-9-]+", re.ASCII | re.IGNORECASE)
"""A label of a domain in its ASCII form (RFC 5890 section 2.3.2.1)."""


def local(moment: datetime) -> datetime:
    """The same moment in the page's time zone."""
    return moment.astimezone(time_zone())


def when(moment: datetime | None) -> str:
    """A time in the page's time zone, to the minute; nothing for None."""
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else ""


def clock(moment: datetime) -> str:
    """The time of day in the page's time zone, to the second."""
    return f"{local(moment):%H:%M:%S}"


def day(value: date | None) -> str:
    """A date in the reader's language; nothing for None."""
    return _day(value, _language()) if value else ""


def _language() -> str:
    """The reader's: the name of Babel's locale, which is slow to ask for its own."""
    return str(get_locale().language)


@lru_cache(4096)
def _day(value: date, locale: str) -> str:
    """Babel's date, remembered: a list shows the same few again and again."""
    return dates.format_date(value, "medium", locale)


def local_day(moment: datetime | None) -> str:
    """The day of a time in the page's time zone; nothing for None."""
    return day(local(moment).date()) if moment else ""


def number(value: int) -> str:
    """A whole number with the language's grouping, which begins at four digits in all of ours."""
    return str(value) if 0 <= value < 1000 else str(format_decimal(value))


def size(count: int) -> str:
    """Bytes in the largest unit that keeps it at least 1, with at most one decimal."""
    units = ("B", "KB", "MB", "GB", "TB")
    amount, step = float(count), 0
    while amount >= 1024 and step < len(units) - 1:
        amount, step = amount / 1024, step + 1
    return f"{_short(round(amount, 1), _language())} {units[step]}"


@lru_cache(4096)
def _short(amount: float, locale: str) -> str:
    """Babel's number with at most one decimal, remembered as days are."""
    return numbers.format_decimal(amount, "#,##0.#", locale=locale)


def span(seconds: int) -> str:
    """A stretch of time in its largest fitting unit: 86400 is 1 day.

    Babel's Chinese leaves out the blank between figures and characters.
    """
    said = str(format_timedelta(timedelta(seconds=seconds), threshold=1))
    return re.sub(r"(?<=\d)(?=[\u4e00-\u9fff])", " ", said)


def readable(text: str) -> str:
    """Text with the domains in it as people read them: xn--bcher-kva.example is bücher.example."""
    return _A_LABEL.sub(_unicode, text)


def _unicode(found: re.Match[str]) -> str:
    try:
        return idna.decode(found.group())
    except UnicodeError:
        return found.group()


def register(app: Flask) -> None:
    """Make the filters known to templates."""
    for filter_ in (when, clock, day, local_day, number, size, span, readable):
        app.jinja_env.filters[filter_.__name__] = filter_
