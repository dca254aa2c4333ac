"""Customers order what is in their baskets, and pay for it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.depends_on("payments-up", "test_log_in")

CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"


@pytest.mark.task("place-order")
@pytest.mark.depends_on("fill-basket")
def test_place_order(ada):
    reply = ada.post("/orders", basket="tea-party", card=CARD)

    assert reply.status == 201
    assert reply.body["total"] == 2500 + 4 * 800


@pytest.mark.task("place-business-order")
@pytest.mark.depends_on("fill-business-basket")
def test_business_gets_discount(grace):
    reply = grace.post("/orders", basket="office", card=CARD)

    assert reply.body["total"] == 50 * 800 * 9 // 10


@pytest.mark.task("order-gift")
@pytest.mark.depends_on("fill-gift-basket")
def test_order_gift(ada):
    assert ada.post("/orders", basket="gift", card=CARD).body["status"] == "paid"


@pytest.mark.task("decline-card")
@pytest.mark.depends_on("fill-basket")
def test_card_is_declined(ada):
    ada.put("/baskets/on-credit/cup", quantity=1)

    reply = ada.post("/orders", basket="on-credit", card=DECLINED_CARD)

    assert reply.status == 402
    assert ada.get("/orders/on-credit").body["status"] == "declined"


@pytest.mark.parametrize(
    "card",
    ["5555555555554444", "6011111111111117", "3530111333300000"],
    ids=["mastercard", "discover", "jcb"],
)
@pytest.mark.depends_on("fill-basket")
def test_card_is_accepted(ada, card):
    ada.put(f"/baskets/paid-by-{card}/cup", quantity=1)

    assert ada.post("/orders", basket=f"paid-by-{card}", card=card).status == 201


@pytest.mark.depends_on("test_baskets.py::test_change_quantity")
def test_ordered_basket_is_sealed(ada):
    ada.post("/orders", basket="changed", card=CARD)

    assert ada.put("/baskets/changed/cup", quantity=3).status == 409
    assert ada.post("/orders", basket="changed", card=CARD).status == 409


@pytest.mark.depends_on("place-order", "mail-up")
def test_ship_order(ada, manager):
    reply = manager.post("/shipments", account="ada", basket="tea-party")

    assert reply.status == 201
    assert ada.get("/orders/tea-party").body["status"] == "shipped"
    assert "tea-party is on its way" in ada.get("/account").body["mails"]


@pytest.mark.depends_on("order-gift")
def test_refund_order(ada):
    assert ada.post("/orders/gift/refund").status == 200

    assert ada.get("/orders/gift").body["status"] == "refunded"


@pytest.mark.depends_on("decline-card")
def test_pay_with_another_card(ada):
    assert ada.post("/orders", basket="on-credit", card=CARD).status == 201

    assert ada.get("/orders/on-credit").body["status"] == "paid"
