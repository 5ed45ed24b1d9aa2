"""Orders as CSV for spreadsheets: UTF-8 with a byte order mark, lines as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.orders.models import Domain
from panel.orders.search import OrderSearch, each_order

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell (OWASP: CSV injection)."""


def orders_csv(
    session: Session, actor: Actor, search: OrderSearch, today: date, head: Sequence[str]
) -> Iterator[str]:
    """The lines of all orders that the search finds, newest first, `head` first of all."""
    yield BOM + _line(head)
    for domain in each_order(session, actor, search, today):
        yield _line(_cells(domain))


def _cells(domain: Domain) -> list[str]:
    order = domain.order
    return [
        order.number,
        domain.unicode_name,
        domain.name,
        order.customer.name,
        domain.service_status.value,
        str(order.seats_used),
        str(order.seats),
        order.created_at.date().isoformat(),
        order.expires_on.isoformat(),
    ]


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([harmless(cell) for cell in cells])
    return written.getvalue()


def harmless(cell: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
