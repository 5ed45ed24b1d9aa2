"""What the worker looks at every few seconds: sessions to end, and what mailboxes hold."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from panel.config import EngineMode, Settings
from panel.directory import usage
from panel.directory.figures import count_stale
from panel.engine.layout import layout_of
from panel.engine.mail_files import folder_of
from panel.engine.private import missing
from panel.engine.sessions import due_ends, kick, note_ended
from panel.engine.usage import Reading, ask, read_since
from panel.parts import Parts
from panel.web.quota_mail import queue_warning

ASKED_AT_ONCE = 50
"""Mailboxes that Dovecot is asked for in one look, at those not known and at those quiet again."""
QUIET = timedelta(seconds=5)
"""After so long without a change Dovecot is asked whether what it wrote last is so.

Of two mails that arrive at once it may write down last what the slower delivery saw first.
"""


class Pulse:
    """The worker's own memory between two beats: how far it has read. All else is in the tables."""

    def __init__(self, settings: Settings) -> None:
        """Begins with what the tables say."""
        self._settings = settings
        self._layout = layout_of(settings)
        self._read_to: datetime | None = None
        self._asked_to = 0
        self._changed: dict[int, datetime] = {}
        private = settings.engine is EngineMode.PRIVATE and not missing()
        self._has_dovecot = private or settings.engine is EngineMode.SYSTEM
        self._parts = Parts()

    def beat(self, session: Session) -> None:
        """One look; each part is committed alone and safe to repeat, and none stops the others."""
        for name, part in (
            ("sessions not ended", self._end),
            ("usage not read", self._read),
            ("usage not asked for", self._ask),
            ("usage not made sure of", self._make_sure),
            ("nobody warned", self._warn),
            ("usage not added up", self._count),
        ):
            with self._parts.part(session, name):
                part(session)

    def _end(self, session: Session) -> None:
        """End sessions; without an answer from Dovecot the rows stay for the next beat.

        Raises doveadm.Unanswered.
        """
        now = self._settings.now()
        due = {row.id: (row.domain, row.local_part) for row in due_ends(session, now)}
        session.commit()  # nothing is held open while Dovecot is asked
        counts: dict[int, int | None] = dict.fromkeys(due)
        if due and self._has_dovecot:
            ended = kick(self._layout, list(due.values()))
            counts = {key: ended[whose] for key, whose in due.items()}
        note_ended(session, counts, self._settings.now())

    def _read(self, session: Session) -> None:
        """Keep what Dovecot has written since, the oldest first: none is passed over by a kill."""
        since = self._read_to or usage.last_reading(session)
        readings = sorted(read_since(self._layout.mail, since), key=lambda one: one.read_at)
        for begin in range(0, len(readings), usage.AT_ONCE):
            some = readings[begin : begin + usage.AT_ONCE]
            kept = usage.keep_readings(session, some)
            session.commit()
            self._changed |= dict.fromkeys(kept, self._settings.now())
            since = max(since, some[-1].read_at)
        self._read_to = since

    def _ask(self, session: Session) -> None:
        """Learn of mailboxes of which Dovecot has never written; those without a folder are empty.

        Each is asked for once while the worker lives: what changes later is written.
        Raises doveadm.Unanswered.
        """
        last = usage.last_mailbox(session)
        waiting = usage.unread(session, self._asked_to, ASKED_AT_ONCE)
        session.commit()
        if not waiting or not self._has_dovecot:
            self._asked_to = last
            return
        now = self._settings.now()
        empty = {
            one.mailbox_id: Reading("", 0, 0, now)
            for one in waiting
            if not folder_of(self._layout.mail, one.storage_key).exists()
        }
        full = {
            one.address: one.mailbox_id
            for one in waiting
            if one.works and one.mailbox_id not in empty
        }
        told = ask(self._layout, list(full), now) if full else {}
        known = {full[address]: reading for address, reading in told.items()}
        usage.keep(session, known | empty)
        session.commit()
        self._asked_to = waiting[-1].mailbox_id

    def _make_sure(self, session: Session) -> None:
        """Ask Dovecot, once, for those that are quiet after a change.

        Raises doveadm.Unanswered.
        """
        now = self._settings.now()
        quiet = [key for key, at in self._changed.items() if at <= now - QUIET][:ASKED_AT_ONCE]
        for key in quiet:
            del self._changed[key]
        working = usage.working(session, quiet) if quiet and self._has_dovecot else {}
        session.commit()
        if working:
            told = ask(self._layout, list(working), now)
            usage.correct(session, {working[address]: one for address, one in told.items()})
            session.commit()

    def _warn(self, session: Session) -> None:
        """Queue the mails to those whose mailbox is nearly full, with the note that they know."""
        now = self._settings.now()
        for mailbox, held in usage.take_to_warn(session, now):
            queue_warning(session, mailbox, held, self._settings, now)

    def _count(self, session: Session) -> None:
        """Add up what the users of a domain hold, where something has changed."""
        count_stale(session, self._settings.now())
