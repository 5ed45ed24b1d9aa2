"""Memory of the panel and the worker after 1,000 requests, as the system counts it (PSS)."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from bench.instance import Result, loaded

REQUESTS = 1_000


def measure() -> list[Result]:
    """Start gunicorn and the worker as `make run` does, ask 1,000 pages, add up what they hold."""
    with loaded(200, 2_000) as app:
        settings = app.config["YOUJU"]
        port = _free_port()
        environment = os.environ | {
            "YOUJU_INSTANCE": str(settings.instance),
            "YOUJU_PORT": str(port),
            "YOUJU_ENGINE": "none",
        }
        here = Path(sys.executable).parent
        web = [here / "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        web += ["--threads", "8", "--log-level", "critical", "panel:create_app()"]
        started = [
            subprocess.Popen(command, env=environment)
            for command in (web, [here / "youju", "worker"])
        ]
        try:
            _ask(port)
            return [Result("memory", sum(map(_held, started)), 200, " MB", "panel and worker, PSS")]
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
    for n in range(REQUESTS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/login" if n % 2 else "/health")
        connection.getresponse().read()
        connection.close()


def _held(process: subprocess.Popen[bytes]) -> float:
    root = psutil.Process(process.pid)
    return sum(p.memory_full_info().pss for p in (root, *root.children(recursive=True))) / 2**20
