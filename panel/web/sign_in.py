"""Sign-in by Flask-Security: its settings, our rate limits and session limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import RoleMixin, SQLAlchemyUserDatastore

from panel.accounts.models import Login
from panel.config import Settings
from panel.extensions import db, limiter, security


def register(app: Flask, settings: Settings) -> None:
    """Mount /login, /logout and /change, and limit attempts."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"youju-{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.session_idle_minutes),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the scheme, not a password
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_POST_LOGIN_VIEW="/orders/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_I18N_DIRNAME=["translations", "builtin"],
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
    )
    security.init_app(app, SQLAlchemyUserDatastore(db, Login, RoleMixin), register_blueprint=True)
    limited = limiter.limit(settings.login_rate, methods=["POST"])
    views: dict[str, Any] = app.view_functions
    views["security.login"] = limited(views["security.login"])
