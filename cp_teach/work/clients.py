"""boto3 clients that can reach one server and no other, with keys that open nothing."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

from cp_teach.security.network.botocore_guard import confine
from cp_teach.security.network.endpoints import EXAMPLE, REGION, Credentials, require_server


def make_client(
    endpoint: str,
    service: str,
    region: str = REGION,
    *,
    credentials: Credentials = EXAMPLE,
    **options: Any,
) -> Any:
    """A boto3 client for a server of ours: endpoint and keys are explicit, and no proxy, profile or file is looked at.

    ``options`` are those of ``boto3.client``; a ``config`` among them goes before ours. Raises ``EndpointRefused`` for
    an endpoint that is neither on this machine nor a cp-teach server.
    """
    from botocore.config import Config

    # The address stands for the whole of a server: its names are not put before it, as S3 and others would.
    usual = Config(proxies={}, s3={"addressing_style": "path"}, inject_host_prefix=False)
    given = options.pop("config", None)
    url = require_server(endpoint)
    with _lock:  # a session is not safe for threads, and workers in several threads make clients
        client = _session(region).client(
            service,
            endpoint_url=url,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
            config=usual.merge(given) if given is not None else usual,
            **options,
        )
    return confine(client)


_lock = threading.Lock()


def bare_session() -> Any:
    """A session of botocore that knows nothing of the home folder: no profile, proxy or dual stack of the user counts,
    and a profile that is set but not there is no error."""
    from botocore.configprovider import ConstantProvider
    from botocore.session import Session

    session = Session()
    for name, value in (
        ("profile", None),
        ("config_file", os.devnull),
        ("credentials_file", os.devnull),
        ("use_dualstack_endpoint", False),
        ("use_fips_endpoint", False),
    ):
        session.get_component("config_store").set_config_provider(name, ConstantProvider(value))
    session.set_credentials(*EXAMPLE)
    return session


@cache
def _session(region: str) -> Any:
    from boto3.session import Session

    return Session(botocore_session=bare_session(), region_name=region)
