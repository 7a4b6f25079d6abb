"""Refuse requests from other sites' pages; every Tornado handler of the classroom calls this first."""

from __future__ import annotations

from tornado.web import RequestHandler

from cp_teach.classroom.pages import crossing_page
from cp_teach.security.network.browser_requests import KnownHosts, find_refusal


def refuse_other_pages(handler: RequestHandler, hosts: KnownHosts) -> None:
    """Answer with 403 if the request comes from a page of another origin, or names a host that is not ours."""
    request = handler.request
    stream = getattr(request.connection, "stream", None)
    local = stream.socket.getsockname()[0] if stream is not None and stream.socket is not None else ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    refused = find_refusal(
        request.method or "", headers, hosts, scheme=request.protocol, local_address=str(local)
    )
    if refused is None:
        return
    handler.set_status(refused.status)
    if _follows_a_link(headers) and hosts.knows(headers.get("host", ""), str(local)):
        handler.finish(crossing_page(f"/{request.uri.lstrip('/')}" if request.uri else "/"))
    else:
        handler.set_header("Content-Type", "text/plain; charset=utf-8")
        handler.finish(refused.message)


def _follows_a_link(headers: dict[str, str]) -> bool:
    """Whether a user's click on a page of another site caused the request, not a script or a frame of that page."""
    return (
        "origin" not in headers
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
