"""A small web shop: the system that the tests next to it drive over HTTP."""

from __future__ import annotations

from shop.client import Reply, ShopClient
from shop.service import run_shop

__all__ = ["Reply", "ShopClient", "run_shop"]
