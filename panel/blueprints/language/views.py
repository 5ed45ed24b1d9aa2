"""The language switch, before and after sign-in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, request, session
from flask_login import current_user

from panel.web import context
from panel.web.language import COOKIE, LOCALES
from panel.web.transaction import transaction

bp = Blueprint("language", __name__)


@bp.post("/language")
def choose() -> Response:
    """Remember the language with the account, the session and the browser, and go back."""
    language = request.form.get("language", "")
    if language not in LOCALES:
        abort(400)
    session[COOKIE] = language
    if current_user.is_authenticated:
        with transaction():
            current_user.language = language
    response = make_response(redirect(_local_path(request.form.get("next", "/")), 303))
    response.set_cookie(
        COOKIE, language, max_age=31_536_000, samesite="Lax", secure=context.settings().https
    )
    return response


def _local_path(url: str) -> str:
    """The URL if it leads nowhere else but here."""
    parts = urlsplit(url.replace("\\", "/"))
    local = not parts.scheme and not parts.netloc and url.startswith("/") and url[1:2] != "/"
    return url if local else "/"
