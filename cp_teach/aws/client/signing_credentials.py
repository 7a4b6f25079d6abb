"""The credentials with which a boto3 client signs its requests."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.client.connection_errors import Unreachable
from cp_teach.security.network.botocore_guard import restricted
from cp_teach.security.network.endpoints import Credentials, EndpointRefused


def credentials_object(client: Any) -> Any:
    """The credentials object of a boto3 client; None for a client that does not sign.

    botocore has no public access to it: a client can have other credentials than its session, and only the client's
    private request signer refers to them (botocore 1.44). No other module reads this attribute.
    """
    return client._request_signer._credentials


def keys_of(client: Any) -> Credentials | None:
    """The keys of a boto3 client; None if it has none. Raises ``Unreachable`` if they would come from elsewhere."""
    try:
        with restricted():  # reading an expired key fetches a new one
            keys = credentials_object(client)
            return None if keys is None else Credentials(keys.access_key, keys.secret_key)
    except EndpointRefused as error:
        raise Unreachable(str(error)) from error
