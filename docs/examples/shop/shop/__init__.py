"""A small web shop: the system that the tests next to it drive over HTTP."""

from __future__ import annotations

from shop.client import Reply, ShopClient
from shop.service import ShopService

__all__ = ["Reply", "ShopClient", "ShopService"]
