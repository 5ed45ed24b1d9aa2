"""A session ends after a while without a click, and after a day's work in any case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, request, session
from flask_login import current_user
from flask_security import logout_user, user_authenticated

from panel.web import context
from panel.web.access import PUBLIC, to_sign_in

SIGNED_IN_AT = "signed_in_at"


def register(app: Flask) -> None:
    """Remember when a session began; end it when it is too old (idle time is the cookie's)."""

    @user_authenticated.connect_via(app)
    def _begin(*_args: Any, **_kwargs: Any) -> None:
        session.permanent = True
        session[SIGNED_IN_AT] = context.now().timestamp()

    @app.before_request
    def _end() -> Any:
        if request.endpoint == "static" or not current_user.is_authenticated:
            return None
        age = context.now().timestamp() - session.get(SIGNED_IN_AT, 0)
        if age <= timedelta(hours=context.settings().session_absolute_hours).total_seconds():
            return None
        logout_user()
        return None if request.endpoint in PUBLIC else to_sign_in()
