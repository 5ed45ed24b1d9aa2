"""Pages for errors, in the reader's language; never a traceback."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from panel.extensions import db
from panel.web.htmx import asks_for_part, to_notices, uncached


def _page(code: int) -> Response:
    template = "errors/_notice.html" if asks_for_part() else "errors/error.html"
    return uncached(to_notices(make_response(render_template(template, code=code), code)))


def register(app: Flask) -> None:
    """Answer every HTTP error, and every crash, with a page that says what to do."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if error.response is not None or code < 400:
            return error
        return _page(code)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Response:
        return _page(400)

    @app.errorhandler(Exception)
    def _crash(error: Exception) -> Response:
        app.logger.error("unhandled", exc_info=error)
        if app.testing:
            raise error
        db.session.rollback()
        return _page(500)
