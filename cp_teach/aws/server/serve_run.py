"""``cp_teach.serve(run)``: a local Run behind AWS's API, at an address on loopback."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.config.settings import Settings
from cp_teach.aws.server.loopback_server import Server
from cp_teach.engine import Run
from cp_teach.security.network.endpoints import REGION, Credentials
from cp_teach.security.network.server_keys import keys_for
from cp_teach.work.runtime.provider_worker import Real
from cp_teach.work.sandbox.aws_clients import make_client

_server: list[Server] = []


class Served:
    """A run that is served: ``url`` is its endpoint, ``client()`` a boto3 client for it, ``stop()`` takes it away."""

    def __init__(self, server: Server, run: Run, region: str, account: str) -> None:
        self.run, self.region_name, self.account = run, region, account
        self._server = server
        self.url = server.url
        self.name = run.pipeline.name

    def client(self, service: str = "codepipeline", **kwargs: Any) -> Any:
        """A boto3 client that talks to this server and to no other; ``region_name`` for another region."""
        return client(self.url, service, kwargs.pop("region_name", self.region_name), **kwargs)

    @property
    def exports(self) -> str:
        """Shell commands that point the AWS CLI at this server. They contain its keys, so keep them secret."""
        keys = keys_for(self.url)
        return (
            f"  export AWS_ENDPOINT_URL={self.url} AWS_DEFAULT_REGION={self.region_name}\n"
            f"  export AWS_ACCESS_KEY_ID={keys.access_key} AWS_SECRET_ACCESS_KEY={keys.secret_key}"
        )

    def stop(self) -> None:
        """Take the run away from the API; it can step back again."""
        self._server.keys.release(self.run)
        with self._server.service.lock:
            region = self._server.region(self.account, self.region_name)
            if self.name in region.hosted and region.hosted[self.name].run is self.run:
                hosted = region.remove(self.name)
                assert hosted is not None
                hosted.release()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{self.name} is served at {self.url} in {self.region_name}>"


def client(
    url: str,
    service: str = "codepipeline",
    region: str = REGION,
    *,
    credentials: Credentials | None = None,
    **kwargs: Any,
) -> Any:
    """A boto3 client for a cp-teach server. It uses the given keys, or the server's own, or the example keys.

    Raises ``EndpointRefused`` if the address is neither on this machine nor a cp-teach server.
    """
    if credentials is None and "aws_access_key_id" in kwargs:  # as boto3.client takes them
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        credentials = Credentials(*(kwargs.pop(name, None) for name in names))
    made = make_client(url, service, region, credentials=credentials or keys_for(url), **kwargs)
    if credentials is None and _server and _server[0].url == url:
        _server[0].keys.follow(made._request_signer._credentials)
    return made


def server() -> Server:
    """The one server of this process, on a free port of loopback; made when it is first wanted."""
    if not _server:
        _server.append(Server(Settings(clock=_real())).start())
    return _server[0]


def _real() -> Any:
    from cp_teach.aws.config.service_clock import Clock

    return Clock("real")


def serve(run: Run, *, region: str = "us-east-1", account: str = "123456789012") -> Served:
    """Put a run behind AWS's API, so that boto3 and the AWS CLI drive what the console shows.

    Whoever holds the run lets its time pass, as before; only stepping back is off while it is served. Serving it
    again serves it once. Raises ``ValueError`` where another pipeline of that name is there.
    """
    import time

    from cp_teach.aws.backend.hosted_pipeline import Hosted

    running = server()
    if isinstance(
        run.worker, Real
    ):  # a start, an approval or an edited command runs something on this machine
        running.keys.demand(run, running.url)
    with running.service.lock:
        place = running.region(account, region)
        known = place.hosted.get(run.pipeline.name)
        if known is None:
            hosted = Hosted(place.arn(run.pipeline.name), run, time.time() - run.now, own_time=True)
            hosted.token_secret = running.keys.token_secret
            place.host(hosted)
        elif known.run is not run:
            if not known.own_time:
                raise ValueError(
                    f"there is a pipeline {run.pipeline.name} already; delete it, or give yours another name"
                )
            Served(running, known.run, region, account).stop()  # a cell that is run again serves its new run
            return serve(run, region=region, account=account)
    return Served(running, run, region, account)
