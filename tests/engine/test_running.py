"""`youju run` when things go wrong: killed servers, a killed panel, neighbours, no root."""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import psutil
import pytest

from panel.demo import data
from panel.engine.health import runs
from tests.fixtures.product import YOUJU, Product, left, running, started
from tests.support import inbox
from tests.support.ports import answers, free_base
from tests.support.wait import wait_until

pytestmark = pytest.mark.xdist_group("running")

LI = "li@lvye.example"


@pytest.fixture(scope="module")
def instance() -> Iterator[Product]:
    """One that may be ill-treated; each test starts it."""
    with contextlib.suppress(ProcessLookupError), running() as product:
        yield product


def read(browser: OpenerDirector, url: str, form: dict[str, str] | None = None) -> str:
    """A page, or what a form is answered."""
    sent = urlencode(form).encode() if form else None
    with browser.open(Request(url, sent), timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def token(page: str) -> str:
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def signed_in(url: str, email: str, password: str) -> OpenerDirector:
    """A browser in which somebody is signed in, reading English."""
    browser = build_opener(HTTPCookieProcessor())
    browser.addheaders = [("Accept-Language", "en")]
    form = {"csrf_token": token(read(browser, f"{url}/login")), "email": email}
    read(browser, f"{url}/login", form | {"password": password})
    return browser


def subjects(product: Product, address: str, password: str = data.USER_PASSWORD) -> bytes:
    try:
        return inbox.subjects(product.ports.imaps, product.certificate, address, password)
    except (imaplib.IMAP4.abort, OSError):  # it is on its way up
        return b""


def deliver(product: Product, recipient: str, subject: str) -> None:
    """A mail from outside."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@outside.example", recipient, subject
    mail.set_content("hello")
    with smtplib.SMTP("localhost", product.ports.smtp, timeout=10) as client:
        client.send_message(mail)


def kill_panel(product: Product) -> None:
    """kill -9 of the panel's processes and of the worker."""
    root = next(process for process in left(product) if "run" in process.cmdline())
    for process in root.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            words = " ".join(process.cmdline())
            if " keep " not in words and ("gunicorn" in words or words.endswith("youju worker")):
                process.kill()


@pytest.mark.parametrize("pid_file", ["run/master.pid", "spool/pid/master.pid"])
def test_a_killed_server_comes_back_and_the_panel_tells_the_truth(
    instance: Product, pid_file: str
) -> None:
    boss = signed_in(instance.url, "ops@mailhost.example", data.OPERATOR_PASSWORD)
    assert "not running" not in read(boss, f"{instance.url}/engine/")
    pid = int((instance.instance / "engine" / pid_file).read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not runs(instance.status()))
    assert "not running" in read(boss, f"{instance.url}/engine/")
    wait_until(lambda: runs(instance.status()), deadline=20)
    deliver(instance, LI, f"after {pid}")
    wait_until(lambda: f"after {pid}".encode() in subjects(instance, LI))


def test_two_instances_side_by_side_keep_their_mail_apart(instance: Product) -> None:
    with running() as neighbour:
        deliver(neighbour, LI, "for the neighbour")
        wait_until(lambda: b"for the neighbour" in subjects(neighbour, LI))
        deliver(instance, LI, "for this one")
        wait_until(lambda: b"for this one" in subjects(instance, LI))
        assert b"for the neighbour" not in subjects(instance, LI)


def test_what_was_confirmed_survives_kill_minus_nine() -> None:
    with running() as product:
        browser = signed_in(product.url, "wang@mingyuan.example", data.CUSTOMER_PASSWORD)
        where = f"{product.url}/mail/mingyuan.example/users/new"
        form = {"csrf_token": token(read(browser, where)), "name": "赵六", "local_part": "zhao"}
        form |= {"password": "a-long-password-2", "quota_mb": "100", "alternate_email": LI}
        form |= {"once": "once-1", "send_sheet": "y", "with_password": "y"}
        said = read(browser, where, form)
        kill_panel(product)
        assert "The user was added" in said
        assert subjects(product, "zhao@mingyuan.example", "a-long-password-2") == b""
        wait_until(lambda: answers(product.port), deadline=30)  # it comes back by itself
        listed = read(browser, f"{product.url}/mail/mingyuan.example/users/")
        assert "/users/zhao/" in listed
        wait_until(lambda: b"zhao@mingyuan.example" in subjects(product, LI), deadline=200)
        assert subjects(product, LI).count(b"zhao@mingyuan.example") == 1


def test_a_second_run_in_the_same_folder_is_refused(instance: Product) -> None:
    before = (instance.instance / "engine" / "dovecot" / "dovecot.conf").read_text()
    with pytest.raises(subprocess.CalledProcessError) as refused:
        Product(free_base(), instance.instance).youju("run")
    assert b"already running" in refused.value.stderr
    assert (instance.instance / "engine" / "dovecot" / "dovecot.conf").read_text() == before


def test_the_sheets_follow_a_changed_port() -> None:
    folder = Path(tempfile.mkdtemp(prefix="yj-moved-"))
    folder.chmod(0o755)
    try:
        for port in (free_base(), free_base()):
            moved = Product(port, folder)
            with started(moved):
                browser = signed_in(moved.url, "li@lvye.example", data.CUSTOMER_PASSWORD)
                sheet = read(browser, f"{moved.url}/mail/lvye.example/users/li/sheet")
                assert str(moved.ports.imaps) in sheet
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """A folder of somebody who is not root."""
    folder = Path(tempfile.mkdtemp(prefix="yj-nobody-"))
    shutil.chown(folder, "nobody")
    yield folder
    shutil.rmtree(folder)


def test_without_root_the_panel_runs_and_says_what_is_missing(of_nobody: Path) -> None:
    port, nobody = free_base(), pwd.getpwnam("nobody")
    with (of_nobody / "run.log").open("w") as log:
        process = subprocess.Popen(
            [YOUJU, "run", "--port", str(port), "--instance", str(of_nobody)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
        )
    try:
        wait_until(lambda: answers(port), deadline=30)
        told = [
            line for line in (of_nobody / "run.log").read_text().splitlines() if "youju:" in line
        ]
        assert told == ["youju: the mail engine does not run: not root"]
        url = f"http://localhost:{port}"
        browser = signed_in(url, "wang@mingyuan.example", data.CUSTOMER_PASSWORD)
        assert "The mail engine is not running" in read(browser, f"{url}/mail/mingyuan.example/")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
