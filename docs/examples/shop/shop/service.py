"""The shop as an HTTP service: each request gets a thread of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer

from shop import about, accounts, assortment, baskets, orders, reports
from shop.routing import Access, Body, Call, Refusal, find_route
from shop.store import Store

ROUTES = (
    *about.ROUTES,
    *accounts.ROUTES,
    *assortment.ROUTES,
    *baskets.ROUTES,
    *orders.ROUTES,
    *reports.ROUTES,
)

# The one account that the shop starts with.
MANAGER = ("manager", "manager@shop.example", "open sesame", "staff")


@contextmanager
def run_shop(path: Path) -> Iterator[str]:
    """Run a shop until the block ends.

    :param path: where to make the database file.
    :returns: where the shop listens.
    """
    # On the way out the server waits for its last requests before the store closes.
    with closing(Store(path)) as store, _Server(store) as server:
        accounts.add_account(store, *MANAGER)
        # The loop looks for a request to stop once per interval.
        loop = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="shop",
            daemon=True,
        )
        loop.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            loop.join(timeout=10)


class _Server(ThreadingHTTPServer):
    """Listens on a free port of the loopback interface."""

    # Closing the server waits for the requests that are still being answered.
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, store: Store) -> None:
        self.store = store
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the resolver for the name of this host, which is slow
        # where no resolver answers. The shop does not need the name.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, has it answered, and writes the answer."""

    server: _Server
    timeout = 30
    # Buffered, so that an answer's head and body leave in one packet.
    wbufsize = -1

    def _serve(self) -> None:
        # The body is read first, whatever comes of it: a connection that is closed
        # with data left in it is reset, and the answer may be lost.
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status, body = self._answer(content)
        except Refusal as refusal:
            status, body = refusal.status, {"error": refusal.reason}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _answer(self, content: bytes) -> tuple[int, Body]:
        store = self.server.store
        route, path = find_route(ROUTES, self.command, self.path)
        token = self.headers.get("Authorization", "")
        caller, role = accounts.find_caller(store, token)
        if route.access is not Access.ANYONE and not caller:
            raise Refusal(401, "sign in first")
        if route.access is Access.STAFF and role != "staff":
            raise Refusal(403, "for staff only")
        body = _parse(content)
        call = Call(store=store, caller=caller, role=role, path=path, body=body)
        return route.status, route.answer(call)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the tests tell what went wrong."""


def _parse(content: bytes) -> Body:
    try:
        body = json.loads(content or b"{}")
    except ValueError as error:
        raise Refusal(400, "not JSON") from error
    if not isinstance(body, dict):
        raise Refusal(400, "not an object")
    return body
