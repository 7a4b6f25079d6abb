"""Which service answers a request that reaches moto's backends.

moto has one CodePipeline backend for each account and Region of the process. A request to a server runs inside the
``entered`` block of that server's service, so it finds its own. A request in the process itself, as ``mock_aws``
intercepts it, belongs to the service that was registered last: moto's mocks are process-wide, too.
"""

from __future__ import annotations

from cp_teach.aws.backend.service import Service
from cp_teach.aws.backend.service_context import current_context

_registered: list[Service] = []


def register(service: Service) -> None:
    """Let this service answer requests in the process."""
    _registered.append(service)


def unregister(service: Service) -> None:
    """Undo ``register``, and forget the data of the service."""
    if service in _registered:
        _registered.remove(service)
        service.close()


def registered() -> bool:
    """True while a mock or a server needs our backend."""
    return bool(_registered)


def active() -> Service:
    """The service that answers in this thread; with ``install`` alone, one with the default settings."""
    current = current_context.get()
    if isinstance(current, Service):
        return current
    if not _registered:
        register(Service())
    return _registered[-1]


def reset() -> None:
    """Forget the data of the active service, because moto resets its backends."""
    if current_context.get() is not None or _registered:
        active().reset()
