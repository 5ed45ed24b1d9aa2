"""Youju: the panel of a mail host."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from panel import blueprints, schema
from panel.config import EngineMode, Settings, load_settings
from panel.engine.private import missing
from panel.extensions import babel, compress, csrf, db, limiter
from panel.jobs import Jobs
from panel.web import (
    access,
    assets,
    context,
    errors,
    formats,
    headers,
    language,
    session_limits,
    sign_in,
    words,
)

TRANSLATIONS = Path(__file__).parent.parent / "translations"
assert schema.__all__


def create_app(settings: Settings | None = None) -> Flask:
    """The panel as a WSGI application, on the given settings or those of the environment."""
    settings = settings or load_settings()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.update(
        YOUJU=settings,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=1_000_000,
        RATELIMIT_STORAGE_URI=settings.rate_storage,
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    compress.init_app(app)
    babel.init_app(
        app, locale_selector=language.chosen_locale, timezone_selector=language.time_zone
    )
    sign_in.register(app, settings)
    for part in (access, session_limits, assets, errors, formats, headers, language, words):
        part.register(app)
    lacks = missing() if settings.engine is EngineMode.PRIVATE else ""
    app.context_processor(
        lambda: {
            "settings": settings,
            "engine_lacks": lacks,
            "actor": context.actor_or_none(),
            "domain": context.domain_or_none(),
        }
    )
    blueprints.register(app)
    app.extensions["jobs"] = Jobs(app, settings)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    return app
