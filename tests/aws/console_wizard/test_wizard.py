"""The console's wizard: what it asks, what it does, and the same by hand."""

import json
import shlex

import pytest
from account import Account

from cp_teach import Pipeline
from cp_teach.aws import mock_aws, wizard_for
from cp_teach.aws.console_wizard.console_defaults import bucket_of
from cp_teach.aws.console_wizard.wizard import InvalidAnswer, Wizard


class Box:
    """What a sandbox offers to a wizard."""

    def __init__(self, account):
        self.client, self.region_name = account.client, account.region


@pytest.fixture
def box(account):
    return Box(account)


def test_the_wizard_of_2016_has_the_pages_that_the_course_shows(box):
    wizard = Wizard(box.client, "course")
    assert [step.title for step in wizard.steps] == [
        "Name",
        "Source",
        "Build",
        "Beta",
        "Service Role",
        "Review",
    ]
    wizard.finish()
    pipeline = Pipeline.from_aws(box.client("codepipeline").get_pipeline(name="MyFirstPipeline"))
    assert list(pipeline.stage_indices) == ["Source", "Build", "Beta"]
    assert (pipeline.type, pipeline.mode) == ("V1", "SUPERSEDED")
    assert pipeline["Source"]["Source"].output_names == ("MyApp",)
    assert repr(wizard) == "<The wizard of 2016, done>"


def test_todays_wizard_makes_a_pipeline_of_type_v2(box):
    wizard = Wizard(box.client, "today").fill(name="new", mode="PARALLEL", test="CodeBuild")
    assert wizard.steps[1].title == "Choose pipeline settings"
    wizard.finish()
    pipeline = Pipeline.from_aws(box.client("codepipeline").get_pipeline(name="new"))
    assert list(pipeline.stage_indices) == ["Source", "Build", "Test", "Deploy"]
    assert (pipeline.type, pipeline.mode) == ("V2", "PARALLEL")
    (first,) = box.client("codepipeline").list_pipeline_executions(pipelineName="new")[
        "pipelineExecutionSummaries"
    ]
    assert first["trigger"]["triggerType"] == "CreatePipeline"


def test_the_first_pipeline_of_a_region_makes_the_bucket_and_the_next_one_uses_it(box):
    Wizard(box.client, "course").fill(name="one").finish()
    (bucket,) = [each["Name"] for each in box.client("s3").list_buckets()["Buckets"]]
    start, digits = bucket.rsplit("-", 1)
    assert start == "codepipeline-us-east-1"
    assert len(digits) == 10
    assert digits.isdigit()
    Wizard(box.client, "course").fill(name="two").finish()
    assert len(box.client("s3").list_buckets()["Buckets"]) == 1
    assert bucket_of(box.client("s3"), "us-east-1") == (bucket, False)
    box.client("s3").create_bucket(Bucket="codepipeline-us-east-1-0000000000")
    assert bucket_of(box.client("s3"), "us-east-1")[0].endswith("-0000000000"), "the first of the alphabet"


def test_elsewhere_the_bucket_is_in_that_region():
    with mock_aws(clock="manual") as mock:
        account = Account(mock, region="eu-west-1")
        wizard = wizard_for(Box(account), "course").wizard
        wizard.finish()
        (bucket,) = [each["Name"] for each in account.client("s3").list_buckets()["Buckets"]]
        assert bucket.startswith("codepipeline-eu-west-1-")
        assert account.client("s3").get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"


def test_a_source_in_s3_is_uploaded_and_starts_the_pipeline(box):
    wizard = Wizard(box.client, "course").fill(
        source="S3", build="No Build", bucket="uploads", key="site.zip"
    )
    wizard.finish()
    box.client("codepipeline").get_pipeline_state(name="MyFirstPipeline")
    (first,) = box.client("codepipeline").list_pipeline_executions(pipelineName="MyFirstPipeline")[
        "pipelineExecutionSummaries"
    ]
    assert first["trigger"]["triggerType"] == "PollForSourceChanges"


def test_what_will_not_do_is_told_and_nothing_is_done(box):
    wizard = Wizard(box.client, "course")
    with pytest.raises(InvalidAnswer, match="does not ask for 'colour'"):
        wizard.fill(colour="red")
    with pytest.raises(InvalidAnswer, match="'Jenkins' cannot be chosen"):
        wizard.fill(build="Jenkins")
    with pytest.raises(InvalidAnswer, match="Pipeline name is empty"):
        wizard.fill(name=" ").next()
    wizard.fill(name="a b").at = len(wizard.steps) - 1
    with pytest.raises(InvalidAnswer, match="regular expression"):
        wizard.next()
    both = Wizard(box.client, "course").fill(build="No Build", deploy="No Deployment")
    with pytest.raises(InvalidAnswer, match="at least two stages"):
        both.finish()
    assert box.client("codepipeline").list_pipelines()["pipelines"] == []
    with pytest.raises(ValueError, match="no edition 'tomorrow'"):
        Wizard(box.client, "tomorrow")


def test_a_name_in_use_is_told_on_the_first_page(box):
    Wizard(box.client, "course").finish()
    with pytest.raises(InvalidAnswer, match="There is a pipeline MyFirstPipeline already"):
        Wizard(box.client, "course").next()


def test_the_commands_do_the_same_by_hand(box, account):
    """Each command is what the real CLI would read; done one by one they make the same pipeline."""
    calls = Wizard(box.client, "course").fill(name="shown").finish()
    create = next(call for call in calls if call.operation == "create_pipeline")
    words = shlex.split(create.cli)
    assert words[:3] == ["aws", "codepipeline", "create-pipeline"]
    structure = json.loads(words[words.index("--pipeline") + 1])
    account.cp.create_pipeline(pipeline={**structure, "name": "typed"})
    mine, theirs = (account.cp.get_pipeline(name=name)["pipeline"] for name in ("typed", "shown"))
    assert {**mine, "name": ""} == {**theirs, "name": ""}
    assert eval(
        create.boto3, {"codepipeline": Account(account.mock, region="us-west-2").cp}
    )  # as boto3 reads it


def test_the_widget_shows_the_page_and_its_commands_and_goes_on(box):
    widget = wizard_for(box, "course", name="clicked")
    assert "<b>Name</b>" in widget._bar.value
    assert "aws codepipeline get-pipeline --name clicked" in widget._equivalents.value
    widget._next.click()
    provider = widget._form.children[0]
    provider.value = "S3"
    assert [field.description for field in widget._form.children][1] == "Amazon S3 location: bucket"
    widget._form.children[1].value = ""
    widget._next.click()
    assert "is empty" in widget._message.value
    widget._form.children[1].value = "uploads"
    assert "aws s3api create-bucket --bucket uploads" in widget._equivalents.value
    while not widget.wizard.created:
        widget._next.click()
    assert "has been created" in widget._message.value
    assert widget._next.disabled
    assert [each["name"] for each in box.client("codepipeline").list_pipelines()["pipelines"]] == ["clicked"]


def test_what_a_field_says_is_escaped(box):
    widget = wizard_for(box, "course", name="<b>x</b>")
    assert "<b>x" not in widget._equivalents.value


def test_the_policies_of_the_course_and_of_today():
    from cp_teach.aws.account.managed_policies import add_managed_policies

    old, new = ("arn:aws:iam::aws:policy/AWSCodePipeline" + end for end in ("FullAccess", "_FullAccess"))
    for edition, there, gone in (("today", new, old), ("course", old, new)):
        with mock_aws(clock="manual") as mock:
            iam = Account(mock).client("iam")
            iam.create_user(UserName="ada")
            add_managed_policies("123456789012", edition)
            iam.attach_user_policy(UserName="ada", PolicyArn=there)
            with pytest.raises(iam.exceptions.NoSuchEntityException):
                iam.attach_user_policy(UserName="ada", PolicyArn=gone)


def test_without_a_kernel_its_steps_are_a_list(box):
    told = wizard_for(box, "course")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in told
    assert "<li><b>Service Role</b><br><code>aws iam create-role</code>" in told["text/html"]
