"""HTTP responses: finds the operation of a request in its header, and performs it."""

from __future__ import annotations

from typing import Any

from moto.codepipeline.responses import CodePipelineResponse
from werkzeug.exceptions import HTTPException

from cp_teach.aws.admin_api.dispatch import handle_http
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.authorization import policies_of_key
from cp_teach.aws.iam.policy_evaluation import Policy
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol import json_protocol
from cp_teach.aws.protocol.errors import AwsError, validation
from cp_teach.security.input.json_input import InvalidJson, parse_json

TARGET = "CodePipeline_20150709."
STATUS = {"ConflictException": 409, "ServiceUnavailable": 503}
"""Every other error is 400 (model)."""


class Response(CodePipelineResponse):
    """Responses for all operations of CodePipeline, for the admin API, and for webhooks."""

    def _dispatch(self, request: Any, full_url: Any = None, headers: Any = None) -> Any:
        self.raw: bytes = request.get_data(cache=True)  # moto would decode it by its content type
        try:
            self.raw.decode()
        except UnicodeDecodeError as error:
            body = json_protocol.error(
                "SerializationException", f"The body of the request is not UTF-8: {error}"
            )
            return 400, {"Content-Type": json_protocol.CONTENT_TYPE}, body
        return super()._dispatch(request, full_url, headers)

    def call_action(self) -> Any:
        """Respond to one request of AWS's API."""
        try:
            self._authenticate_and_authorize_normal_action("*")
        except HTTPException as error:  # moto's own IAM check, if a test has enabled it
            return error.code, {}, str(error.description)
        target = self.headers.get("X-Amz-Target", "")
        operation = target.removeprefix(TARGET)
        try:
            return self._answer(
                200, json_protocol.body(perform(self._region(), self._caller(), operation, self._request()))
            )
        except AwsError as error:
            return self._answer(
                STATUS.get(error.code, 400), json_protocol.error(error.code, error.message), error.code
            )

    def _request(self) -> Any:
        try:
            return parse_json(self.raw) if self.raw else {}
        except InvalidJson as error:
            raise AwsError(
                "SerializationException", f"The body of the request cannot be read. {error}"
            ) from error

    def _answer(self, status: int, body: str, error: str = "") -> Any:
        headers: Any = {"Content-Type": json_protocol.CONTENT_TYPE}
        if error:
            headers["x-amzn-errortype"] = error
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

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
