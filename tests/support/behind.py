"""An account behind the real server, whose clients are made once: that takes longer than most of what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from account import Account

if TYPE_CHECKING:
    from cp_teach.aws.server.sandbox import Sandbox


class Behind(Account):
    """See above. ``box`` is its sandbox."""

    box: Sandbox
    clients: ClassVar[dict[str, Any]] = {}

    def client(self, service: str) -> Any:
        """The client of a service, the same each time."""
        key = f"{service} {self._client['endpoint_url']}"
        if key not in self.clients:
            self.clients[key] = super().client(service)
        return self.clients[key]
