"""What we rely on in moto, told loudly: when a new moto moves it, this says what and where."""

import ast
import functools
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from account import Account

import cp_teach
from cp_teach.aws import install, mock_aws, uninstall

ROOT = Path(__file__).parents[3]


def alone(code):
    """Run it in a Python of its own: here another test may have a server running, which keeps ours in place."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_one_backend_dict_makes_every_backend_of_the_service():
    alone("""
from cp_teach.aws import install, uninstall
from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends
from moto.core.base_backend import BackendDict
assert isinstance(codepipeline_backends, BackendDict)
assert codepipeline_backends.backend is CodePipelineBackend
install()
assert codepipeline_backends.backend.__module__ == "cp_teach.aws.moto_plugin.models"
install()
uninstall()
assert codepipeline_backends.backend is CodePipelineBackend
""")


def test_the_urls_of_a_backend_are_found_beside_its_class():
    from moto.core.base_backend import BaseBackend

    source = inspect.getsource(BaseBackend._url_module.fget)
    assert 'rstrip("models") + "urls"' in source


def test_a_response_is_dispatched_with_the_body_and_the_account():
    from moto.core.responses import BaseResponse

    assert list(inspect.signature(BaseResponse._dispatch).parameters) == [
        "self",
        "request",
        "full_url",
        "headers",
    ]
    for name in (
        "call_action",
        "setup_class",
        "_enrich_response",
        "get_access_key",
        "_authenticate_and_authorize_normal_action",
    ):
        assert hasattr(BaseResponse, name), f"moto's BaseResponse has lost {name}"


def test_the_rest_of_the_account_is_where_it_was():
    from moto.cloudformation import parsing
    from moto.events.models import EventsBackend, Rule
    from moto.s3.models import S3Backend
    from moto.scheduler.models import EventBridgeSchedulerBackend as Scheduler

    for owner, name in (
        (S3Backend, "get_bucket"),
        (S3Backend, "get_object"),
        (S3Backend, "put_object"),
        (S3Backend, "create_bucket"),
        (EventsBackend, "put_rule"),
        (EventsBackend, "put_events"),
        (EventsBackend, "put_targets"),
        (EventsBackend, "delete_rule"),
        (Rule, "send_to_targets"),
        (Rule, "enable"),
        (Rule, "disable"),
        (Scheduler, "create_schedule"),
        (Scheduler, "update_schedule"),
        (Scheduler, "delete_schedule"),
        (Scheduler, "delete_schedule_group"),
        (parsing, "get_model_list"),
        (parsing, "get_model_map"),
        (parsing, "get_name_type_map"),
    ):
        assert hasattr(owner, name), f"{owner.__name__} has lost {name}"
    assert hasattr(parsing.get_model_list, "cache_clear")


def test_the_tagging_api_asks_every_backend_with_the_mixin():
    from moto.core import resource_tagging
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    asked = inspect.getsource(resource_tagging.iter_taggable_backends)
    assert "issubclass(backend_dict.backend, TaggableResourcesMixin)" in asked
    for name in ("owns_arn", "iter_tagged_resources", "tag_resource", "untag_resource"):
        assert hasattr(resource_tagging.TaggableResourcesMixin, name), f"moto's mixin has lost {name}"
    for name in ("tag_resources", "untag_resources", "_get_tag_keys_generator", "_get_tag_values_generator"):
        assert hasattr(ResourceGroupsTaggingAPIBackend, name), f"moto's tagging API has lost {name}"


@functools.cache
def names_of_moto():
    """Each module of moto that the code imports from, with the names that it imports."""
    names = {}
    texts = (file.read_text(encoding="utf-8") for file in Path(cp_teach.__file__).parent.rglob("*.py"))
    for text in texts:
        for node in ast.walk(ast.parse(text)) if "moto" in text else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "moto":
                for alias in node.names:
                    if alias.name in ("models", "werkzeug_app"):
                        names.setdefault(f"{node.module}.{alias.name}", set())
                    else:
                        names.setdefault(node.module, set()).add(alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith("moto."):
                        names.setdefault(alias.name, set())
    return {**names, "moto.cloudformation.responses": set()}  # patched when it is imported


def test_every_name_of_moto_that_the_code_uses_exists():
    for module, names in names_of_moto().items():
        imported = importlib.import_module(module)
        missing = [name for name in names if not hasattr(imported, name)]
        assert not missing, f"{module} has lost {missing}"


def test_every_module_of_moto_that_the_code_uses_is_in_the_documentation():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(moto\.[a-z_0-9.]+)` \|.*\| `(\w+)` \|$", text, re.MULTILINE)
    assert sorted(module for module, _ in rows) == sorted({*names_of_moto()})
    assert [test for _, test in rows if test not in globals()] == []


def test_moto_itself_is_as_it_was_after_ours_and_no_settings_are_in_force():
    alone("""
import boto3, moto
from cp_teach.aws import mock_aws
from cp_teach.aws.backend import service_registry
with mock_aws():
    with mock_aws():
        pass
    assert service_registry.registered()
    assert len(boto3.client("codepipeline", region_name="us-east-1").list_rule_types()["ruleTypes"]) == 6
assert not service_registry.registered()
with moto.mock_aws():
    codepipeline = boto3.client("codepipeline", region_name="us-east-1")
    assert codepipeline.list_pipelines()["pipelines"] == []
    try:
        codepipeline.get_pipeline_state(name="x")
    except NotImplementedError:
        pass
    else:
        raise AssertionError("moto has learnt GetPipelineState, or ours is still there")
""")


def test_the_two_kinds_of_mock_can_stand_in_each_other():
    import moto

    with moto.mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")
        with mock_aws() as mock:
            Account(mock).create()
        assert len(boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"]) == 1


def test_inside_a_running_mock_of_moto_ours_can_be_put_in_place():
    import moto

    with moto.mock_aws():
        install()
        try:
            cp = boto3.client("codepipeline", region_name="us-east-1")
            assert len(cp.list_rule_types()["ruleTypes"]) == 6
        finally:
            uninstall()


@mock_aws
def test_it_is_a_decorator():
    assert boto3.client("codepipeline", region_name="us-east-1").list_pipelines()["pipelines"] == []


@mock_aws(edition="course")
def test_it_is_a_decorator_with_choices():
    with pytest.raises(Exception, match="edition 'course'"):
        boto3.client("codepipeline", region_name="eu-central-1").list_pipelines()


@pytest.fixture
def aws():
    with cp_teach.mock_aws() as mock:
        yield Account(mock)


def test_it_is_a_fixture(aws):
    aws.create()
    assert aws.executions()[0]["status"] == "Succeeded"


def test_every_test_begins_with_an_empty_account(aws):
    assert aws.cp.list_pipelines()["pipelines"] == []


def test_ids_can_be_repeated_by_motos_seed():
    import requests

    def first():
        with mock_aws() as mock:
            requests.post("http://motoapi.amazonaws.com/moto-api/seed?a=42", timeout=5)
            account = Account(mock)
            account.create()
            return account.executions()[0]["pipelineExecutionId"]

    assert first() == first()


def test_other_services_answer_beside_it(aws):
    s3 = aws.bucket("mine")
    s3.put_object(Bucket="mine", Key="a", Body=b"b")
    assert aws.client("codebuild").list_projects()["projects"] == []
    assert aws.client("sts").get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:user/moto"


REFUSED = """
evil = "Resources: !!python/object/apply:os.mkdir [made-by-a-template]"
try:
    stacks.create_stack(StackName="evil", TemplateBody=evil)
except stacks.exceptions.ClientError as error:
    assert "Template format error" in str(error), error
else:
    raise AssertionError("it was taken")
assert not os.path.exists("made-by-a-template")
"""
READS_AS_BEFORE = """
from moto.cloudformation import models, responses
assert models.yaml is responses.yaml is yaml, "afterwards moto reads as it did"
"""


def test_a_sandbox_loads_cloudformation_only_for_a_stack():
    alone(
        """
import os, sys, yaml
import cp_teach
box = cp_teach.sandbox()
box.client().list_pipelines()
assert "moto.cloudformation" not in sys.modules, "every sandbox would wait for nearly all of moto"
stacks = box.client("cloudformation")
"""
        + REFUSED
        + """
assert "moto.cloudformation" in sys.modules
assert "lark" not in sys.modules, "forty parsers of addresses"
assert "rfc3987_syntax" not in sys.modules, "who wants it himself can have it"
from moto.cloudformation.parsing import get_model_map
assert "AWS::CodePipeline::Pipeline" in get_model_map()
cp_teach.aws.uninstall()
"""
        + READS_AS_BEFORE
    )


def test_whenever_cloudformation_is_loaded_a_template_is_read_as_data():
    alone(
        """
import os, yaml
import moto.cloudformation
import boto3, cp_teach
mock = cp_teach.mock_aws()
mock.start()
stacks = boto3.client("cloudformation", region_name="us-east-1")
"""
        + REFUSED
        + """
mock.stop()
"""
        + READS_AS_BEFORE
    )
