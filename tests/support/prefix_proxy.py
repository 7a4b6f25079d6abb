"""A proxy that serves another server below a prefix and removes the prefix, as jupyter-server-proxy does.

    with prefixed("/user/ada/proxy/8899/", room.port) as address:
        page.goto(address)

The other server gets the host name that the browser sees. Every address outside the prefix is 404.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import tornado.httpclient
import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

PASSED_BACK = ("Content-Type", "Content-Security-Policy", "Set-Cookie", "Cache-Control", "Referrer-Policy")


class Pages(tornado.web.RequestHandler):
    def initialize(self, port: int) -> None:
        self.target = f"127.0.0.1:{port}"

    async def get(self, path: str) -> None:
        query = f"?{self.request.query}" if self.request.query else ""
        asked = tornado.httpclient.HTTPRequest(
            f"http://{self.target}/{path}{query}", headers=self.request.headers, follow_redirects=False
        )
        answer = await tornado.httpclient.AsyncHTTPClient().fetch(asked, raise_error=False)
        self.set_status(answer.code)
        for name in PASSED_BACK:
            for value in answer.headers.get_list(name):
                self.set_header(name, value)
        self.finish(answer.body)


class Sockets(tornado.websocket.WebSocketHandler):
    def initialize(self, port: int) -> None:
        self.target = f"127.0.0.1:{port}"

    def check_origin(self, origin: str) -> bool:
        return True  # the other server looks at it

    async def open(self, path: str) -> None:
        kept = {
            name: value
            for name, value in self.request.headers.items()
            if not name.lower().startswith("sec-websocket")
        }
        asked = tornado.httpclient.HTTPRequest(
            f"ws://{self.target}/{path}?{self.request.query}", headers=kept
        )
        self.other = await tornado.websocket.websocket_connect(asked, on_message_callback=self.pass_back)

    def pass_back(self, message: str | bytes | None) -> None:
        if message is None:
            self.close(self.other.close_code, self.other.close_reason)
            return
        with contextlib.suppress(tornado.websocket.WebSocketClosedError):
            self.write_message(message)

    async def on_message(self, message: str | bytes) -> None:
        await self.other.write_message(message)

    def on_close(self) -> None:
        if hasattr(self, "other"):
            self.other.close()


@contextlib.contextmanager
def prefixed(prefix: str, port: int) -> Iterator[str]:
    """The address of a proxy for the server on that port of this machine."""
    (listening,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
    loop = asyncio.new_event_loop()
    target = {"port": port}

    def serve() -> None:
        asyncio.set_event_loop(loop)
        app = tornado.web.Application(
            [(f"{prefix}(line)", Sockets, target), (f"{prefix}(.*)", Pages, target)],
            log_function=lambda handler: None,
        )
        server = tornado.httpserver.HTTPServer(app)
        server.add_sockets([listening])
        loop.run_forever()
        server.stop()
        loop.run_until_complete(server.close_all_connections())
        loop.close()

    thread = threading.Thread(target=serve, name="prefix proxy", daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{listening.getsockname()[1]}{prefix}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
