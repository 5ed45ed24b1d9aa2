"""Orders as CSV for spreadsheets: UTF-8 with a byte order mark, lines as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.orders.models import Domain, ServiceStatus
from panel.orders.search import OrderSearch, each_order

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell (OWASP: CSV injection)."""


@dataclass(frozen=True)
class CsvWords:
    """The reader's: words of the first line and of the states, and the zone of days."""

    head: Sequence[str]
    states: Mapping[ServiceStatus, str]
    zone: tzinfo


def orders_csv(
    session: Session, actor: Actor, search: OrderSearch, today: date, words: CsvWords
) -> Iterator[str]:
    """The lines of all orders that the search finds, newest first."""
    yield BOM + csv_line(words.head)
    for domain in each_order(session, actor, search, today):
        yield csv_line(_cells(domain, words))


def _cells(domain: Domain, words: CsvWords) -> list[str]:
    order = domain.order
    return [
        order.number,
        domain.unicode_name,
        domain.name,
        order.customer.name,
        words.states[domain.service_status],
        str(order.seats_used),
        str(order.seats),
        order.created_at.astimezone(words.zone).date().isoformat(),
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
