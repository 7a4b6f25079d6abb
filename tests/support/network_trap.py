"""A network that leads to a listener: nothing that is started with it can leave the machine."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REAL_KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_SECRET_ACCESS_KEY": "the-key-of-a-real-account",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Listener:
    """A server on loopback that answers what it is told to, and remembers every request."""

    def __init__(self, answer=lambda handler: (200, {}, b"{}")):
        self.requests = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                listener.requests.append(
                    (self.command, self.path, dict(self.headers), self.rfile.read(length))
                )
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_CONNECT = do_GET

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Trap:
    """Runs Python with real keys, and tells whether anything would have left the machine."""

    def __init__(self, folder, listener):
        self.folder, self.listener, self.log = folder, listener, folder / "left"
        self.home = folder / "home"
        (self.home / ".aws" / "cli").mkdir(parents=True)

    def write(self, name, text):
        path = self.home / ".aws" / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, code, env=None):
        """What the code prints. Its process must end well, and have no more to say on stderr than it prints."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                **REAL_KEYS,
                "HOME": str(self.home),
                "USERPROFILE": str(self.home),
                "AWS_EC2_METADATA_DISABLED": "true",
                "PYTHONPATH": str(Path(__file__).parent / "network_trap_site"),
                "TRAP_LOG": str(self.log),
                "TRAP_PORT": str(self.listener.port),
                **(env or {}),
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def left(self):
        """Every look-up and connection that would have left, and every request that the listener has got."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return lines + [f"{method} {path}" for method, path, _, _ in self.listener.requests]
