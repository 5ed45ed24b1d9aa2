"""A panel to measure, on SQLite in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from panel import create_app
from panel.config import load_settings
from panel.demo import bulk, data, loading
from panel.extensions import db
from panel.migrations.commands import upgrade


@dataclass(frozen=True)
class Result:
    """One measurement with its limit."""

    name: str
    value: float
    limit: float
    unit: str
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value is within its limit."""
        return self.value <= self.limit

    def __str__(self) -> str:
        mark = "ok  " if self.holds else "OVER"
        return (
            f"{mark} {self.name}: {self.value:.2f}{self.unit} (limit {self.limit:g}) {self.detail}"
        )


@contextmanager
def loaded(orders: int = 0, users: int = 0, name: str = "user{}", url: str = "") -> Iterator[Flask]:
    """The application on the demo and that many more orders and users; `url`: not on SQLite."""
    with TemporaryDirectory(prefix="youju-bench-") as folder:
        environment = {"YOUJU_INSTANCE": str(Path(folder)), "YOUJU_ENGINE": "none"}
        settings = load_settings(environment | {"YOUJU_DATABASE_URL": url})
        upgrade(settings.database_url)
        app = create_app(settings)
        app.config.update(RATELIMIT_ENABLED=False)
        with app.app_context():
            loading.load(db.session(), settings)
            db.session.commit()
            if orders or users:
                bulk.load(db.engine, orders, users, name)
        yield app
        with app.app_context():
            db.engine.dispose()


def signed_in(app: Flask) -> FlaskClient:
    """A browser with the operator signed in."""
    client = app.test_client()
    page = client.get("/login").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(
        "/login",
        data={
            "email": data.read()["operator"]["email"],
            "password": data.OPERATOR_PASSWORD,
            "csrf_token": token,
        },
    )
    assert answer.status_code in (302, 303), answer.status_code
    return client
