"""Pages for errors, in the reader's language; never a traceback."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from panel.extensions import db
from panel.web.access import PUBLIC, to_sign_in
from panel.web.headers import SIGN
from panel.web.htmx import asks_for_part, to_notices, uncached
from panel.web.language import LOCALES


def _page(code: int) -> Response:
    """The error's page; for htmx a notice, which goes to where notices stand."""
    template = "errors/_notice.html" if asks_for_part() else "errors/error.html"
    return uncached(to_notices(make_response(render_template(template, code=code), code)))


def register(app: Flask) -> None:
    """Answer every HTTP error, and every crash, with a page that says what to do."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if error.response is not None or code < 400:
            return error
        response = _page(code)
        kept = ("Allow", "Retry-After")
        response.headers.extend(pair for pair in error.get_headers() if pair[0] in kept)
        return response

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Response:
        if not current_user.is_authenticated and request.endpoint not in PUBLIC:
            return to_sign_in()  # the session has ended, and its token with it
        return _page(400)

    @app.errorhandler(Exception)
    def _crash(error: Exception) -> Response:
        app.logger.error("unhandled", exc_info=error)
        if app.testing:
            raise error
        try:
            db.session.rollback()
            return _page(500)
        except Exception as again:  # the page itself needs what has failed
            app.logger.error("no page for the error", exc_info=again)
            bare = app.jinja_env.get_template("errors/bare.html").render(locales=LOCALES)
            response = uncached(make_response(bare, 500))
            response.headers[SIGN] = "bare"  # a page for itself, which fits into no other
            return response
