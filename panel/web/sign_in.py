"""Sign-in by Flask-Security: its settings, limits on attempts, the record of who came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, abort, make_response, request
from flask_login import current_user
from flask_security import (
    RoleMixin,
    SQLAlchemyUserDatastore,
    password_changed,
    user_authenticated,
)
from limits import parse
from werkzeug.exceptions import TooManyRequests

import panel.web.wording.accounts  # noqa: F401 - says what the accounts refuse
from panel.accounts import audit
from panel.accounts.access import Actor, actor_of
from panel.accounts.log import customer_of
from panel.accounts.models import Login
from panel.config import Settings
from panel.extensions import db, limiter, security
from panel.web import context
from panel.web.forms import fold
from panel.web.transaction import transaction

NOT_OURS = ("security.verify", "security.static")
"""Pages of Flask-Security that come with it and that nothing here uses."""


def register(app: Flask, settings: Settings) -> None:
    """Mount /login, /logout and /change, limit attempts, keep a record."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"youju-{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.session_idle_minutes),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the scheme, not a password
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_POST_LOGIN_VIEW="/orders/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_I18N_DIRNAME=[app.config["BABEL_TRANSLATION_DIRECTORIES"]],
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
    )
    security.init_app(app, SQLAlchemyUserDatastore(db, Login, RoleMixin), register_blueprint=True)
    app.extensions["security"].want_json(_never)  # JSON sign-in hands out tokens without end
    views: dict[str, Any] = app.view_functions
    views["security.login"] = _guarded(views["security.login"], settings)
    app.after_request(_refused)
    for endpoint in NOT_OURS:
        views[endpoint] = _absent
    user_authenticated.connect(_record_sign_in, app)
    password_changed.connect(_record_new_password, app)


def _never(_request: Request) -> bool:
    return False


def _absent(**_values: Any) -> Response:
    abort(404)


def _guarded(view: Any, settings: Settings) -> Any:
    """The sign-in view: failures are limited for an address and an account, and recorded."""
    rate = parse(settings.login_rate)

    def login() -> Response:
        if request.method != "POST":
            return make_response(view())
        account = _typed_account()
        keys = (f"address {request.remote_addr}", f"account {account}")
        for key in keys:
            if not limiter.limiter.test(rate, "login", key):
                raise TooManyRequests(retry_after=rate.get_expiry())
        response = make_response(view())
        if not current_user.is_authenticated:
            for key in keys:
                limiter.limiter.hit(rate, "login", key)
            _record_failure(account)
        return response

    return login


def _typed_account() -> str:
    """The e-mail address as typed; nothing of what is none: it may be a password gone astray."""
    typed = fold(request.form.get("email")) or ""
    plain = "".join(letter for letter in typed.lower() if letter.isprintable())[:255]
    return plain if "@" in plain else ""


def _refused(response: Response) -> Response:
    """422 for a form that comes back with errors: Flask-Security answers 200."""
    sent = request.method == "POST" and request.blueprint == "security"
    if sent and response.status_code == 200:
        response.status_code = 422
    return response


def _record_failure(account: str) -> None:
    stranger = Actor(None, account, account, None, None, request.remote_addr)
    with transaction() as session:
        whose = customer_of(session, account)
        now = context.now()
        audit.record(session, stranger, "login.failed", account, now=now, customer_id=whose)


def _record_sign_in(_app: Flask, user: Login, authn_via: list[str], **_more: Any) -> None:
    """Flask-Security commits after the answer; after a change of password it says "change"."""
    if "password" in authn_via:
        _record(user, "login.signed_in")


def _record_new_password(_app: Flask, user: Login, **_more: Any) -> None:
    _record(user, "login.password_changed")


def _record(user: Login, action: str) -> None:
    audit.record(
        db.session(),
        actor_of(user, request.remote_addr),
        action,
        user.email,
        now=context.now(),
        customer_id=user.customer_id,
    )
