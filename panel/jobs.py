"""Background work by huey: tasks carry ids, the database is the truth.

A task is safe to run twice, and once a minute whatever was committed but never queued is picked up.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import cached_property
from sqlite3 import Error as SQLiteError
from threading import Event, Thread
from time import monotonic

from flask import Flask
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.consumer import Consumer
from psycopg import Error as DBError
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from panel.config import Settings
from panel.database import libpq_uri
from panel.directory.purging import due_to_purge, purge_due
from panel.engine.layout import layout_of
from panel.engine.mail_files import remove_folder, thrown_away
from panel.extensions import db
from panel.orders.actions import expire_due
from panel.outbox.actions import MailDoor, claim_mail, due_mails, send_mail
from panel.outbox.sealing import cipher_of
from panel.parts import Parts
from panel.pulse import Pulse
from panel.watching import check_due

WATCH_FOR = 40.0
"""Seconds after which a round of the watch begins no other one."""

WORK_FOR = 20.0
"""Seconds after which what is purged, or removed, waits for the next minute."""

BEAT = 3.0
"""Seconds between two looks at what must not wait for the next minute."""


class Jobs:
    """The queue of an application, for those who put work in and for the worker."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Nothing is opened before it is used."""
        self._app = app
        self._settings = settings
        self._parts = Parts()

    @cached_property
    def queue(self) -> Huey:
        """The queue: a file beside SQLite, tables of PostgreSQL otherwise; knows the tasks."""
        url = make_url(self._settings.database_url)
        if url.get_backend_name() == "sqlite":
            queue = SqliteHuey("youju", filename=str(self._settings.instance / "huey.sqlite3"))
        else:
            queue = PostgresHuey("youju", dsn=libpq_uri(url))
        queue.periodic_task(crontab(minute="*"), name="each_minute")(self.each_minute)
        queue.periodic_task(crontab(minute="*"), name="watch")(self.watch)
        return queue

    @cached_property
    def _send(self) -> TaskWrapper:
        return self.queue.task(name="send_mail")(self.deliver)

    def send_soon(self, mail_id: int) -> None:
        """Let the worker send a committed mail now; if this fails the next minute does it."""
        try:
            self._send(mail_id)
        except (OSError, DBError, SQLiteError) as error:
            self._app.logger.warning("not queued: mail %s: %s", mail_id, error)

    def deliver(self, mail_id: int) -> None:
        """Send one mail of the outbox, if it is due and nobody else has it."""
        settings, now = self._settings, self._settings.now()
        with self._app.app_context():
            session = db.session()
            claimed = claim_mail(session, mail_id, now)
            session.commit()
            if not claimed:
                return
            door = MailDoor(settings.mail_host, settings.mail_port)
            cipher = cipher_of(settings.secret_key)
            send_mail(session, mail_id, cipher, door, settings.mail_sender, now)
            session.commit()

    def each_minute(self) -> None:
        """Pick up what is due: orders whose last day is over, users to purge, folders, mails.

        Each alone: what fails stops nothing else and is due again in the next minute.
        """
        now, part = self._settings.now(), self._parts.part
        with self._app.app_context():
            session, waiting = db.session(), list[int]()
            with part(session, "orders not expired"):
                expire_due(session, now)
            with part(session, "users not purged"):
                self._purge(session, now)
            with part(session, "folders not removed"):
                self._remove_folders(session)
            with part(session, "mails not sent"):
                waiting += due_mails(session, now)
            for mail_id in waiting:
                with part(session, f"mail {mail_id} not sent"):
                    self.deliver(mail_id)

    def _purge(self, session: Session, now: datetime) -> None:
        """Purge the users whose days are over, for less than a minute."""
        ends, days = monotonic() + WORK_FOR, self._settings.bin_days
        for mailbox_id in due_to_purge(session, days, now):
            if monotonic() > ends:
                break
            with self._parts.part(session, f"user {mailbox_id} not purged"):
                purge_due(session, mailbox_id, days, now)

    def _remove_folders(self, session: Session) -> None:
        """Remove the folders of those who are gone, for less than a minute."""
        ends, mail = monotonic() + WORK_FOR, layout_of(self._settings).mail
        for key in thrown_away(session):
            if monotonic() > ends:
                break
            with self._parts.part(session, f"folder {key} not removed"):
                remove_folder(session, mail, key)

    def watch(self) -> None:
        """Check the DNS of what is due, for less than a minute; the rest is due in the next."""
        ends = monotonic() + WATCH_FOR
        with self._app.app_context():
            while monotonic() < ends and check_due(db.session(), self._settings):
                db.session.remove()

    def beat(self) -> None:
        """Look at what must not wait for the next minute, again and again."""
        pulse, pause = Pulse(self._settings), Event()
        while not pause.wait(BEAT):
            with self._app.app_context():
                try:
                    pulse.beat(db.session())
                except Exception:  # whatever it was, the next beat tries again
                    self._app.logger.exception("pulse")

    def run(self) -> None:
        """Work until stopped; pages go first."""
        os.nice(10)
        Thread(target=self.beat, name="pulse", daemon=True).start()
        self._send  # noqa: B018 - the worker must know the task
        Consumer(self.queue, workers=3, initial_delay=0.1, max_delay=1.0).run()
