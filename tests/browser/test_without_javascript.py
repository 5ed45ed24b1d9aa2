"""The customer's main forms without JavaScript, in English, and what mail then does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.desk import CUSTOMER, Desk

WINDOW = {"locale": "en-GB", "java_script_enabled": False}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("desk", [WINDOW], indirect=True, ids=["english"]),
]


def told(desk: Desk, words: str) -> None:
    expect(desk.page.locator("#notices")).to_contain_text(words)


def test_a_user_is_suspended_deleted_and_restored(desk: Desk) -> None:
    address, page = desk.add("plain"), desk.page
    desk.at("users/plain/")
    desk.follow("Suspend")
    desk.click("Suspend the user")
    expect(page.locator("#reason-error")).to_contain_text("Please give the reason")
    page.get_by_label("Reason").fill("On leave")
    desk.click("Suspend the user")
    told(desk, "The user is suspended.")
    desk.says("On leave")
    assert desk.told(address).startswith("550 5.2.1 ")
    desk.follow("Undo")
    desk.click("Resume the user")
    told(desk, "The user can sign in and gets mail again.")
    desk.follow("Delete")
    desk.click("Delete the user")
    told(desk, "The user is in the recycle bin.")
    assert desk.told(address).startswith("550 5.1.1 ")
    desk.at("users/new")
    page.get_by_label("Name", exact=True).fill("Zhou Quan")
    page.get_by_label("Address", exact=True).fill("plain")
    desk.click("Add the user")
    desk.says(f"{address} is in the recycle bin and can be restored.")
    desk.follow("Restore the user")
    desk.click("Restore the user")
    told(desk, "The user is back with everything.")
    desk.send(address, "back", address)


def test_a_password_forwards_and_an_auto_reply_are_set(desk: Desk) -> None:
    address, page = desk.add("plain-a"), desk.page
    desk.at("users/plain-a/password")
    desk.click("Reset the password")
    desk.says("has a new password")
    password = page.locator("[data-password]").inner_text()
    desk.sign_in(address, password).logout()
    desk.at("users/plain-a/forwards")
    page.get_by_label("Administrator forwards").fill("nobody-there@lvye.example")
    desk.click("See where its mail goes")
    desk.says("nobody-there@lvye.example")
    desk.click("Save the forwards")
    expect(page.locator("#admin-error")).to_contain_text("does not exist")
    page.get_by_label("Administrator forwards").fill(CUSTOMER)
    desk.click("Save the forwards")
    told(desk, "The forwards were saved.")
    desk.at("users/plain-a/auto-reply")
    page.get_by_label("Answer automatically").check()
    desk.click("Save")
    expect(page.locator("#text-error")).to_contain_text("Please enter the text")
    page.get_by_label("Text").fill("I am away.")
    desk.click("Preview")
    desk.says("What a sender gets")
    desk.click("Save")
    told(desk, "The auto reply was saved.")
    desk.send(address, "hello", sender=CUSTOMER)
    desk.arrives("hello", address, password)
    for subject in ("hello", "自动回复：hello"):
        desk.arrives(subject, CUSTOMER)


def test_an_account_that_only_forwards_and_the_catch_all(desk: Desk) -> None:
    address, page = "plain-sales@lvye.example", desk.page
    desk.at("forwards/new")
    page.get_by_label("Address", exact=True).fill("plain-sales")
    desk.click("Add the account")
    desk.says("Please enter at least one address to forward to.")
    page.get_by_label("Forward to").fill(CUSTOMER)
    desk.click("Add the account")
    told(desk, f"{address} was added; it forwards at once.")
    desk.at("catch-all")
    page.get_by_label("is delivered to this address:").check()
    page.get_by_label("Address", exact=True).fill("plain-sales")
    desk.click("Save")
    told(desk, f"Mail to addresses that nobody has goes to {address}.")
    desk.at("route")
    page.get_by_label("Address", exact=True).fill("plain-nobody")
    desk.click("Show the way")
    desk.says("The mail is taken and arrives at 1 address.")
    desk.send("plain-nobody@lvye.example", "caught", CUSTOMER)
    desk.at("forwards/plain-sales/")
    page.get_by_label("Forward to").fill("")
    desk.click("Save")
    desk.says("Let the catch-all lead elsewhere first.")
    desk.follow("Change the catch-all")
    page.get_by_label("is returned to the sender (recommended)").check()
    desk.click("Save")
    told(desk, "Mail to addresses that nobody has is returned to the sender.")
    desk.at("forwards/plain-sales/remove")
    desk.click("Remove the address")
    told(desk, f"{address} was removed.")
    assert desk.told(address).startswith("550 5.1.1 ")


def test_many_are_suspended_and_resumed(desk: Desk) -> None:
    addresses, page = [desk.add(name) for name in ("plain-b", "plain-c")], desk.page
    for verb, code in (("Suspend", "550 5.2.1 "), ("Resume", "250 ")):
        desk.at("users/?q=plain-")
        for address in addresses:
            page.get_by_role("checkbox", name=address).check()
        desk.click(verb)
        desk.says("plain-b, plain-c")
        if verb == "Suspend":
            page.get_by_label("Reason").fill("Holidays")
        desk.click(verb)
        told(desk, f"2 users were {verb.lower()}")
        assert [desk.told(address)[: len(code)] for address in addresses] == [code, code]
    desk.at("log?q=plain-b")
    desk.says(
        "Suspended the user plain-b@lvye.example. Reason: Holidays", "Resumed the user plain-b"
    )
