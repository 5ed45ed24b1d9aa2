"""Static files under names that change with their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


class PageSessions(SecureCookieSessionInterface):
    """Sessions are for pages: what caches may keep for everybody must carry nobody's cookie."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save it, but never on a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    """Give templates `asset(name)`; what is asked for by its digest is kept for a year."""
    folder = Path(app.static_folder or "")
    app.session_interface = PageSessions()

    @app.template_global()
    def asset(name: str) -> str:
        return url_for("static", filename=name, v=_digest(folder / name))

    @app.after_request
    def _keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
