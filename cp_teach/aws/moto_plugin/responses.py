"""HTTP responses: finds the protocol and the operation of a request, and performs the operation."""

from __future__ import annotations

from typing import Any, Protocol

from moto.codepipeline.responses import CodePipelineResponse
from werkzeug.exceptions import HTTPException

from cp_teach.aws.admin_api.dispatch import handle_http
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.authorization import policies_of_key
from cp_teach.aws.iam.policy_evaluation import Policy
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol import cbor_protocol, json_protocol
from cp_teach.aws.protocol.errors import AwsError, validation

TARGET = "CodePipeline_20150709."
STATUS = {"ConflictException": 409, "ServiceUnavailable": 503}
"""Every other error is 400 (model)."""


class WireProtocol(Protocol):
    """What ``json_protocol`` and ``cbor_protocol`` have in common."""

    HEADERS: dict[str, str]

    def parse(self, data: bytes, operation: str) -> Any:
        """The request, in the types that JSON has."""

    def body(self, response: dict[str, Any], operation: str) -> str | bytes:
        """The body of a response."""

    def error(self, code: str, message: str) -> str | bytes:
        """The body of an error response."""


class Response(CodePipelineResponse):
    """Responses for all operations of CodePipeline, for the admin API, and for webhooks."""

    use_raw_body = True  # moto would decode it, and one of the two protocols is binary

    def call_action(self) -> Any:
        """Respond to one request of AWS's API, in the protocol of the request."""
        try:
            self._authenticate_and_authorize_normal_action("*")
        except HTTPException as error:  # moto's own IAM check, if a test has enabled it
            return error.code, {}, str(error.description)
        wire, operation = self._protocol()
        try:
            request = wire.parse(bytes(self.body or b""), operation)
            body = wire.body(perform(self._region(), self._caller(), operation, request), operation)
            return self._answer(200, wire.HEADERS, body)
        except AwsError as error:
            # In CBOR, the body alone names the error.
            named = {} if wire is cbor_protocol else {"x-amzn-errortype": error.code}
            headers = wire.HEADERS | named
            return self._answer(STATUS.get(error.code, 400), headers, wire.error(error.code, error.message))

    def _protocol(self) -> tuple[WireProtocol, str]:
        """The protocol of the request, and the name of its operation."""
        match = cbor_protocol.PATH.fullmatch(self.path)
        if match is not None:
            return cbor_protocol, match["operation"]
        return json_protocol, self.headers.get("X-Amz-Target", "").removeprefix(TARGET)

    def _answer(self, status: int, headers: dict[str, str], body: str | bytes) -> Any:
        enriched, body = self._enrich_response(dict(headers), body)
        if not body:
            enriched.pop("Content-Type", None)
        return status, enriched, body

    def _region(self) -> RegionBackend:
        try:
            backend: Any = self.codepipeline_backend
        except KeyError:
            raise validation(f"The region '{self.region}' does not exist.") from None
        region: RegionBackend = backend.service
        return region

    def _caller(self) -> Principal:
        return Principal(self.current_account, self.region, self._arn(), self._policies())

    def _policies(self) -> tuple[Policy, ...] | None:
        """The caller's policies; None if the settings do not enforce permissions."""
        if not self._region().settings.enforce:
            return None
        try:
            key = self.get_access_key()
        except Exception:  # an unsigned request has no key
            return None
        return policies_of_key(self.current_account, self.partition, key, self.headers)

    def _arn(self) -> str:
        """The caller's ARN, as ``aws sts get-caller-identity`` returns it."""
        from moto.sts.models import sts_backends

        try:
            key = self.get_access_key()
            assumed = sts_backends[self.current_account][self.partition].get_assumed_role_from_access_key(key)
            if assumed:
                return str(assumed.arn)
            from moto.iam.models import iam_backends

            user = iam_backends[self.current_account][self.partition].get_user_from_access_key_id(key)
            if user:
                return str(user.arn)
        except Exception:  # an unsigned request has no key
            pass
        return f"arn:{self.partition}:sts::{self.current_account}:user/moto"

    @classmethod
    def admin(cls, request: Any, full_url: str, headers: Any) -> Any:
        """Respond to one request of the admin API, or to a webhook call."""
        return handle_http(request, full_url)
