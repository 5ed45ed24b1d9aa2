"""Every table of the panel, in one import: what the mappers and the migrations need."""

from __future__ import annotations

from panel.accounts import models as accounts
from panel.directory import models as directory
from panel.engine import mail_files, sessions
from panel.orders import models as orders
from panel.outbox import models as outbox

__all__ = ["accounts", "directory", "mail_files", "orders", "outbox", "sessions"]
