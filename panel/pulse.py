"""What the worker looks at every few seconds: sessions to end, and what mailboxes hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
"""Mailboxes that one question to Dovecot names; those for which it failed are asked for alone."""
ALONE_AT_ONCE = 10
PATIENCE = timedelta(seconds=5)
"""After so long no further question is put in one look: sessions wait to be ended."""
MOST_TRIES = 9
"""A mailbox of which Dovecot tells nothing is asked for so often, within three quarters of an hour:
each time after twice as long. What changes later is asked for again."""
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
        self._tries = Counter[int]()
        self._answers = True
        private = settings.engine is EngineMode.PRIVATE and not missing()
        self._has_dovecot = private or settings.engine is EngineMode.SYSTEM
        self._parts = Parts()

    def beat(self, session: Session) -> None:
        """One look; each part is committed alone and safe to repeat, and none stops the others."""
        for name, part in (
            ("sessions not ended", self._end),
            ("usage not read", self._read),
            ("unknown usage not found", self._find_unknown),
            ("usage not asked for", self._make_sure),
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
        """Keep what Dovecot has written since, the oldest first: none is passed over by a kill.

        What was written last before this life has changed, too: nobody has made sure of it.
        """
        is_first = self._read_to is None
        since = self._read_to or usage.last_reading(session)
        readings = sorted(read_since(self._layout.mail, since), key=lambda one: one.read_at)
        for begin in range(0, len(readings), usage.AT_ONCE):
            some = readings[begin : begin + usage.AT_ONCE]
            found = usage.by_mailbox(session, some)
            kept = usage.keep(session, found)
            session.commit()
            changed = found if is_first else kept
            self._changed |= dict.fromkeys(changed, self._settings.now())
            since = max(since, some[-1].read_at)
        self._read_to = since

    def _find_unknown(self, session: Session) -> None:
        """Let those of whom Dovecot has never written be asked for; who has no folder is empty.

        Each is asked for once while the worker lives: what changes later is written.
        """
        last = usage.last_mailbox(session)
        waiting = usage.unread(session, self._asked_to, ASKED_AT_ONCE)
        session.commit()
        if not waiting or not self._has_dovecot:
            self._asked_to = last
            return
        if self._changed and not self._answers:
            return
        now, mail = self._settings.now(), self._layout.mail
        empty = {one.mailbox_id for one in waiting if not folder_of(mail, one.storage_key).exists()}
        usage.keep(session, dict.fromkeys(empty, Reading("", 0, 0, now)))
        session.commit()
        full = [one.mailbox_id for one in waiting if one.works and one.mailbox_id not in empty]
        self._changed |= dict.fromkeys(full, usage.LONG_AGO)
        self._asked_to = waiting[-1].mailbox_id

    def _make_sure(self, session: Session) -> None:
        """Ask Dovecot for those that are quiet after a change.

        Raises doveadm.Unanswered.
        """
        now, tries = self._settings.now(), self._tries
        quiet = [key for key, at in self._changed.items() if at <= now - QUIET * 2 ** tries[key]]
        new = [key for key in quiet if not tries[key]]
        again = [key for key in quiet if tries[key]]
        some = [new[n : n + ASKED_AT_ONCE] for n in range(0, len(new), ASKED_AT_ONCE)]
        for keys in (*([key] for key in again[:ALONE_AT_ONCE]), *some):
            self._make_sure_of(session, keys, now)
            if self._settings.now() - now > PATIENCE:
                return

    def _make_sure_of(self, session: Session, keys: Sequence[int], now: datetime) -> None:
        working = usage.working(session, keys) if self._has_dovecot else {}
        session.commit()
        asked = set(working.values())
        for key in keys:  # to be asked for again, until Dovecot has told
            if key in asked and self._tries[key] < MOST_TRIES - 1:
                self._changed[key] = now
                self._tries[key] += 1
            else:
                self._forget(key)
        if not asked:
            return
        self._answers = False
        told = ask(self._layout, list(working), now)
        self._answers = True
        usage.correct(session, {working[address]: one for address, one in told.items()})
        session.commit()
        for address in told:
            self._forget(working[address])

    def _forget(self, key: int) -> None:
        self._changed.pop(key, None)
        self._tries.pop(key, None)

    def _warn(self, session: Session) -> None:
        """Queue the mails to those whose mailbox is nearly full, with the note that they know."""
        now = self._settings.now()
        for mailbox, held in usage.take_to_warn(session, now):
            queue_warning(session, mailbox, held, self._settings, now)

    def _count(self, session: Session) -> None:
        """Add up what the users of a domain hold, where something has changed."""
        count_stale(session, self._settings.now())
