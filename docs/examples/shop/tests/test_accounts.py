"""People make accounts, log in, and look after their accounts."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.depends_on("database-up", "mail-up")


@pytest.mark.task("create-account")
def test_create_account(shop):
    reply = shop.post(
        "/accounts",
        name="ada",
        address="ada@mail.example",
        password="analytical engine",
    )

    assert reply.status == 201
    assert reply.body == {"name": "ada", "role": "customer"}


@pytest.mark.task("create-business-account")
def test_create_business_account(shop):
    reply = shop.post(
        "/accounts",
        name="grace",
        address="grace@business.example",
        password="flow-matic",
        business=True,
    )

    assert reply.status == 201
    assert reply.body == {"name": "grace", "role": "business"}


def test_account_needs_a_mail_address(shop):
    reply = shop.post("/accounts", name="nobody", address="nowhere", password="none")

    assert reply.status == 400


def test_change_address(newcomer):
    newcomer.put("/account/address", address="moved@mail.example")

    account = newcomer.get("/account").body
    assert account["address"] == "moved@mail.example"
    assert account["mails"] == ["Welcome", "Your new address"]


def test_change_password_signs_out(shop, newcomer):
    newcomer.put("/account/password", password="a better secret")

    assert newcomer.get("/account").status == 401
    assert shop.sign_in(newcomer.name, "a better secret").get("/account").status == 200


def test_close_account(newcomer):
    assert newcomer.delete("/account").status == 200

    assert newcomer.get("/account").status == 401


@pytest.mark.depends_on("create-account")
def test_log_in(shop):
    reply = shop.post("/sessions", name="ada", password="analytical engine")

    assert reply.status == 201
    assert reply.body["token"]


@pytest.mark.depends_on("create-account")
def test_wrong_password_is_refused(shop):
    reply = shop.post("/sessions", name="ada", password="difference engine")

    assert reply.status == 401


@pytest.mark.depends_on("create-account")
def test_name_can_be_taken_once(shop):
    reply = shop.post("/accounts", name="ada", address="a@b.example", password="mine")

    assert reply.status == 409
