"""The audit log as a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from panel.accounts.log import LogSearch, each_entry
from panel.accounts.models import AuditKind
from panel.extensions import db
from panel.orders.csv_export import BOM, csv_line
from panel.web import context
from panel.web.formats import local, readable
from panel.web.log_rows import ip, plain, who
from panel.web.wording.log import KINDS


def log_csv(search: LogSearch, head: Sequence[str]) -> Iterator[str]:
    """The lines of all that the search finds, newest first, in the reader's language and zone."""
    reader = context.actor()
    yield BOM + csv_line(head)
    for entry in each_entry(db.session(), reader, search):
        yield csv_line(
            [
                local(entry.at).strftime("%Y-%m-%d %H:%M:%S"),
                who(entry, reader),
                ip(entry, reader),
                str(KINDS[AuditKind(entry.kind)]),
                plain(entry, reader),
                readable(entry.subject),
            ]
        )
