"""The worker of a test's engine, one beat at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from panel import create_app
from panel.config import Settings, load_settings
from panel.engine.layout import layout_of
from panel.extensions import db
from panel.pulse import Pulse
from tests.fixtures.mailserver import MailServer


def environment_of(server: MailServer) -> dict[str, str]:
    """The settings with which the panel would run beside this engine."""
    layout = server.layout
    return {
        "YOUJU_INSTANCE": str(layout.mail.parent),
        "YOUJU_PORT": str(layout.ports.smtp - 25),
        "YOUJU_ENGINE": "private",
        "YOUJU_DATABASE_URL": layout.database.render_as_string(hide_password=False),
        "YOUJU_MAIL_PORT": str(layout.ports.inject),
        "YOUJU_MAIL_SENDER": f"postmaster@{layout.panel_domain}",
    }


@contextmanager
def worker_of(server: MailServer) -> Iterator[Worker]:
    """A worker of this engine, as new as after a kill."""
    settings = load_settings(environment_of(server))
    assert layout_of(settings) == server.layout
    app = create_app(settings)
    try:
        yield Worker(app, settings)
    finally:
        with app.app_context():
            db.engine.dispose()


class Worker:
    """Does what the worker does, when it is told to."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.pulse = Pulse(settings)

    def beat(self) -> None:
        """One look."""
        with self.app.app_context():
            self.pulse.beat(db.session())

    def minute(self) -> None:
        """What is done each minute: mails go out."""
        self.app.extensions["jobs"].each_minute()
