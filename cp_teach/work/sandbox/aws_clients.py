"""boto3 clients that can reach only one server, with keys that are not valid at AWS unless others are given."""

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
    """A boto3 client for a cp-teach server. The endpoint and keys are explicit; proxies, profiles, and files are
    ignored.

    ``options`` are those of ``boto3.client``; a ``config`` among them overrides ours. Raises ``EndpointRefused`` if
    the endpoint is neither on this machine nor a cp-teach server.
    """
    from botocore.config import Config

    # The address is the complete server address, so no bucket or other prefix is put before it, as S3 would do.
    usual = Config(proxies={}, s3={"addressing_style": "path"}, inject_host_prefix=False)
    config = options.pop("config", None)
    url = require_server(endpoint)
    with _lock:  # sessions are not thread-safe, and workers in several threads make clients
        client = _session(region).client(
            service,
            endpoint_url=url,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
            config=usual.merge(config) if config is not None else usual,
            **options,
        )
    return confine(client)


_lock = threading.Lock()


def bare_session() -> Any:
    """A botocore session that ignores the home folder: no profile, proxy, or dual-stack setting of the user counts,
    and a missing profile is not an error."""
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
