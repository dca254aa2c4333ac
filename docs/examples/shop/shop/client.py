"""A client of the shop: one method per HTTP verb."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

# Proxies are for the world outside: the shop is on the loopback interface.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the shop answered: an HTTP status and the fields that it sent."""

    status: int
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class ShopClient:
    """Somebody who talks to the shop. It never changes, so any thread may use it.

    :param url: where the shop listens.
    :param name: the account that is signed in, if one is.
    :param token: what the shop gave for signing in.
    """

    url: str
    name: str = ""
    token: str = ""

    def sign_in(self, name: str, password: str) -> ShopClient:
        """Return a client that is signed in."""
        reply = self.post("/sessions", name=name, password=password)
        if reply.status != 201:
            raise PermissionError(f"{name} cannot sign in: {reply.body['error']}")
        return ShopClient(self.url, name, str(reply.body["token"]))

    def get(self, path: str) -> Reply:
        """Ask for something."""
        return self._request("GET", path, {})

    def post(self, path: str, **fields: object) -> Reply:
        """Have something made or done."""
        return self._request("POST", path, fields)

    def put(self, path: str, **fields: object) -> Reply:
        """Have something set."""
        return self._request("PUT", path, fields)

    def delete(self, path: str) -> Reply:
        """Have something removed."""
        return self._request("DELETE", path, {})

    def _request(self, method: str, path: str, fields: dict[str, object]) -> Reply:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(fields).encode(),
            headers={"Authorization": self.token, "Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=30) as response:
                return Reply(response.status, json.load(response))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Reply(refusal.code, json.load(refusal))
