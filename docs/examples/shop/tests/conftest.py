"""The running shop, and the people who use it."""

from __future__ import annotations

import uuid

import pytest
from shop import ShopClient, run_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """Start the service once for all tests; a visitor who is not signed in."""
    with run_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite") as url:
        yield ShopClient(url)


@pytest.fixture(scope="session")
def manager(shop):
    """Sign in the one account that the shop starts with."""
    return shop.sign_in("manager", "open sesame")


@pytest.fixture
def ada(shop):
    """Sign in Ada, a customer. Her account comes from the task create-account."""
    return shop.sign_in("ada", "analytical engine")


@pytest.fixture
def grace(shop):
    """Sign in Grace, a business. Its account comes from create-business-account."""
    return shop.sign_in("grace", "flow-matic")


@pytest.fixture
def newcomer(shop):
    """Make an account that no other test knows, and sign it in."""
    name = f"newcomer-{uuid.uuid4().hex}"
    address = f"{name}@mail.example"
    reply = shop.post("/accounts", name=name, address=address, password="a secret")
    assert reply.status == 201
    return shop.sign_in(name, "a secret")


@pytest.fixture
def product(manager):
    """Add a product that no other test knows; its stock keeping unit."""
    sku = f"product-{uuid.uuid4().hex}"
    reply = manager.post("/products", sku=sku, title="A thing", price=500, stock=3)
    assert reply.status == 201
    return sku
