"""The only place that reads or writes htmx's headers (htmx 4)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request


def asks_for_part() -> bool:
    """Whether htmx asks for a fragment: not on a restored history page, which is a whole page."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def answer(template: str, *, part: str, status: int = 200, **context: Any) -> Response:
    """The page, or only its `part` when htmx asks; notices and the domain's status ride along."""
    if asks_for_part():
        around = ("_notices.html", "_here.html") if "domain" in g else ("_notices.html",)
        body = render_template(part, **context)
        body += "".join(render_template(name, out_of_band=True) for name in around)
    else:
        body = render_template(template, **context)
    return uncached(make_response(body, status))


def in_full(template: str, *, at: str, **context: Any) -> Response:
    """The page, whose <main> and title htmx puts in place of those shown, whatever the target.

    For a page that no address can hold. `at`: what the address bar says of it, and where loading
    it again and the back button lead.
    """
    response = make_response(render_template(template, **context))
    if asks_for_part():
        response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "main"
        response.headers["HX-Reswap"] = "outerHTML show:top"
        response.headers["HX-Push-Url"] = at
    return uncached(response)


def leave(url: str) -> Response:
    """Done, and elsewhere now: 303 for a form, HX-Redirect for htmx (it cannot see a 3xx)."""
    if asks_for_part():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
    else:
        response = make_response(redirect(url, 303))
    return uncached(response)


def now_at(response: Response, url: str) -> Response:
    """What stands in the address bar from now on: a page that can be loaded again."""
    if asks_for_part():
        response.headers["HX-Replace-Url"] = url
    return response


def to_notices(response: Response) -> Response:
    """Let htmx put an error's fragment into the notices instead of the form's target."""
    if asks_for_part():
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def uncached(response: Response) -> Response:
    """Nothing here may be stored: pages hold other people's names and one-time passwords."""
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(("HX-Request", "Cookie"))
    return response
