"""Orders as CSV for spreadsheets: UTF-8 with a byte order mark, lines as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.orders.models import Domain, ServiceStatus
from panel.orders.search import OrderSearch, each_order

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell (OWASP: CSV injection)."""


@dataclass(frozen=True)
class CsvWords:
    """The reader's words: the first line, and the states."""

    head: Sequence[str]
    states: Mapping[ServiceStatus, str]


def orders_csv(
    session: Session, actor: Actor, search: OrderSearch, now: datetime, words: CsvWords
) -> Iterator[str]:
    """The lines of all orders that the search finds, newest first; days are those of now's zone."""
    yield BOM + csv_line(words.head)
    for domain in each_order(session, actor, search, now.date()):
        yield csv_line(_cells(domain, words, now.tzinfo))


def _cells(domain: Domain, words: CsvWords, zone: tzinfo | None) -> list[str]:
    order = domain.order
    return [
        order.number,
        domain.unicode_name,
        domain.name,
        order.customer.name,
        words.states[domain.service_status],
        str(order.seats_used),
        str(order.seats),
        order.created_at.astimezone(zone).date().isoformat(),
        order.expires_on.isoformat(),
    ]


def csv_line(cells: Sequence[str]) -> str:
    """One line of the file, in which no cell is taken for a formula."""
    written = io.StringIO()
    csv.writer(written).writerow([harmless(cell) for cell in cells])
    return written.getvalue()


def harmless(cell: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
