"""Pages, one blueprint a noun."""

from __future__ import annotations

from flask import Flask

from panel.blueprints.health.views import bp as health
from panel.blueprints.language.views import bp as language

BLUEPRINTS = (
    health,
    language,
)


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
