"""Memory of the panel and the worker after 1,000 requests, as the system counts it (PSS)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import psutil

from bench.instance import Result, loaded
from panel.demo.data import OPERATOR_PASSWORD

REQUESTS = 1_000
PAGES = (
    "/orders/",
    "/orders/?q=m",
    "/mail/lvye.example/",
    "/mail/lvye.example/dns",
    "/mail/lvye.example/users/",
    "/mail/lvye.example/users/new",
)
ADDED = 20
"""Users that are added on the way, each with its Argon2id hash."""


def measure() -> list[Result]:
    """Start gunicorn and the worker as `make run` does, ask 1,000 pages, add up what they hold."""
    with loaded(200, 2_000) as app:
        settings = app.config["YOUJU"]
        port = _free_port()
        environment = os.environ | {
            "YOUJU_INSTANCE": str(settings.instance),
            "YOUJU_PORT": str(port),
            "YOUJU_ENGINE": "none",
            "MALLOC_ARENA_MAX": "1",  # as `make run` and the README have it
        }
        here = Path(sys.executable).parent
        web = [str(here / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        web += ["--threads", "8", "--log-level", "critical", "panel:create_app()"]
        started = [
            subprocess.Popen(command, env=environment)
            for command in (web, [str(here / "youju"), "worker"])
        ]
        try:
            _ask(port)
            return [
                Result(
                    "memory",
                    sum(map(_held, started)),
                    200,
                    " MB",
                    "panel and worker after 1,000 pages, signed in, PSS",
                )
            ]
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        threading.Event().wait(0.1)
    browser = _signed_in(f"http://127.0.0.1:{port}")
    for n in range(REQUESTS):
        path = PAGES[n % len(PAGES)]
        page = _read(browser, f"http://127.0.0.1:{port}{path}")
        if path.endswith("/new") and n < ADDED * len(PAGES):
            form = {"csrf_token": _token(page), "name": f"Bench {n}", "local_part": f"bench{n}"}
            form |= {"once": f"once-{n}", "password": "a-long-password-2", "quota_mb": "100"}
            _read(browser, f"http://127.0.0.1:{port}{path}", form)


def _signed_in(base: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor())
    form = {"csrf_token": _token(_read(browser, f"{base}/login"))}
    form |= {"email": "ops@mailhost.example", "password": OPERATOR_PASSWORD}
    _read(browser, f"{base}/login", form)
    return browser


def _read(browser: OpenerDirector, url: str, form: dict[str, str] | None = None) -> str:
    data = urlencode(form).encode() if form else None
    with browser.open(Request(url, data), timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def _token(page: str) -> str:
    """The page's CSRF token."""
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def _held(process: subprocess.Popen[bytes]) -> float:
    root = psutil.Process(process.pid)
    return sum(p.memory_full_info().pss for p in (root, *root.children(recursive=True))) / 2**20
