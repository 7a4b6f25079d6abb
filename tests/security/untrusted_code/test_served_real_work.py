"""A run whose actions really work is behind an access key, however it came behind the API."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import cp_teach
from cp_teach import Pipeline
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.task import Done


def stranger(url):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("codepipeline", endpoint_url=url, config=Config(retries={"max_attempts": 1}), **keys)


def test_serving_a_workshop_demands_its_key(tmp_path):
    pipeline = Pipeline.of("real-work", Source="CodeCommit", Build="CodeBuild")
    before = PROCESS.get().keys.required
    with ActionExecutor(pipeline, {"CodeBuild": lambda task: Done()}, folder=tmp_path) as shop:
        with cp_teach.serve(shop.run) as served:
            with pytest.raises(ClientError) as refused:
                stranger(served.url).start_pipeline_execution(name="real-work")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
            assert not shop.run.state.newest
            served.client().start_pipeline_execution(name="real-work")
            assert shop.run.state.newest == 1
        assert PROCESS.get().keys.required == before


def test_serving_a_simulated_run_demands_none():
    run = cp_teach.Run(Pipeline.of("simulated", Source="S3", Build="CodeBuild"), cp_teach.Simulated())
    before = PROCESS.get().keys.required
    with cp_teach.serve(run) as served:
        assert PROCESS.get().keys.required == before
        if not before:
            stranger(served.url).start_pipeline_execution(name="simulated")
