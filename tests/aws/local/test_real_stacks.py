"""CloudFormation actions that really make stacks: moto has them, and boto3 is told of them and of their resources."""

import itertools
import json
import threading
import zipfile

import pytest

from cp_teach.aws.local.cloudformation.provider import CloudFormation
from cp_teach.aws.local.cloudformation.stack_deployer import reason_of
from cp_teach.work.task import Task

ROLE = "arn:aws:iam::123456789012:role/deploy"
NUMBERS = itertools.count(1)
QUEUE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, AllowedValues: [beta, prod], Default: beta}
  Seconds: {Type: Number, Default: 30}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-orders"
      VisibilityTimeout: !Ref Seconds
Outputs:
  Url: {Value: !Ref Orders}
  Arn: {Value: !GetAtt Orders.Arn}
  Stage: {Value: !Sub "in ${Stage}"}
"""
BUCKET = "Resources:\n  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: %s}}\n"
WITH_ROLE = """
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties: {%sAssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
"""


class Actions:
    """Runs of CloudFormation actions, on one stack."""

    def __init__(self, folder):
        self.folder, self.name = folder, f"stack-{next(NUMBERS)}"
        self.provider = CloudFormation()
        self.cfn, self.sqs, self.s3, self.iam = (
            self.client(one) for one in ("cloudformation", "sqs", "s3", "iam")
        )
        self.lines = []

    def client(self, service):
        return self.provider.server.client(service)

    def zip(self, name, files):
        path = self.folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
        return path

    def __call__(self, mode, template=None, *, files=(), inputs=None, outputs=(), **says):
        files = {**dict(files), **({"t.yml": template} if template is not None else {})}
        says = {"ActionMode": mode, "StackName": self.name, "RoleArn": ROLE, **says}
        if template is not None:
            says.setdefault("TemplatePath", "Built::t.yml")
        place = self.folder / f"work-{next(NUMBERS)}"
        place.mkdir()
        task = Task(
            pipeline="nobody-serves-it",
            execution=1,
            execution_id="e",
            stage="Prod",
            action="Stack",
            attempt=1,
            id="a",
            configuration={key: value for key, value in says.items() if value is not None},
            inputs={"Built": self.zip("Built", files)} if inputs is None else inputs,
            outputs=tuple(outputs),
            revisions={},
            folder=place,
            log=self.lines.append,
            stop=threading.Event(),
        )
        return self.provider(task)

    def ok(self, *words, **says):
        done = self(*words, **says)
        assert done.failure == "", done.message
        return done

    def stack(self):
        (found,) = self.cfn.describe_stacks(StackName=self.name)["Stacks"]
        return found

    @property
    def status(self):
        return self.stack()["StackStatus"]

    def events(self):
        told = self.cfn.describe_stack_events(StackName=self.name)["StackEvents"]
        return [(one["LogicalResourceId"], one["ResourceStatus"]) for one in told]

    def queues(self):
        return self.sqs.list_queues(QueueNamePrefix=self.name).get("QueueUrls", [])

    def timeout(self):
        (url,) = self.queues()
        said = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        return said["Attributes"]["VisibilityTimeout"]


@pytest.fixture
def act(tmp_path):
    return Actions(tmp_path)


def gone(act):
    return act.name not in [one["StackName"] for one in act.cfn.describe_stacks()["Stacks"]]


def test_no_two_stacks_export_the_same_name(act, tmp_path):
    template = QUEUE + f"  Shared: {{Value: here, Export: {{Name: {act.name}-shared}}}}\n"
    act.ok("CREATE_UPDATE", template)
    other = Actions(tmp_path)
    done = other("CREATE_UPDATE", template)
    assert f"Export with name {act.name}-shared is already exported by another stack" in done.message
    assert other.queues() == []


# -- stacks ------------------------------------------------------------------------------------------------
def test_a_stack_is_made_updated_and_deleted_and_boto3_sees_it(act):
    done = act.ok("CREATE_UPDATE", QUEUE)
    stack = act.stack()
    assert (stack["StackStatus"], stack["RoleARN"]) == ("CREATE_COMPLETE", ROLE)
    assert done.external_id == stack["StackId"]
    assert done.variables["Url"] == f"https://sqs.us-east-1.amazonaws.com/123456789012/{act.name}-orders"
    assert done.variables["Stage"] == "in beta"
    assert {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]} == done.variables
    assert len(act.queues()) == 1
    assert act.timeout() == "30"

    done = act.ok("CREATE_UPDATE", QUEUE, ParameterOverrides='{"Seconds": "45", "Stage": "prod"}')
    assert (act.status, act.timeout()) == ("UPDATE_COMPLETE", "45")
    assert done.variables["Stage"] == "in prod"
    again = act.ok("CREATE_UPDATE", QUEUE, ParameterOverrides='{"Seconds": "45", "Stage": "prod"}')
    assert again.message == "No updates are to be performed."
    assert again.variables == done.variables

    assert act.ok("DELETE_ONLY").message == f"Stack {act.name} was deleted."
    assert gone(act)
    assert act.queues() == []
    assert act.ok("DELETE_ONLY").message == f"There is no stack {act.name}: nothing was deleted."


def test_a_parameter_that_only_a_sub_names_changes_its_resource(act):
    template = QUEUE.replace("!Ref Seconds", "!Sub '${Seconds}'")
    act.ok("CREATE_UPDATE", template)
    act.ok("CREATE_UPDATE", template, ParameterOverrides='{"Seconds": "45"}')
    assert act.timeout() == "45"


def test_an_attribute_with_a_dot_in_its_name_can_be_written_as_one_text(act):
    template = """
Resources:
  Sales:
    Type: AWS::Redshift::Cluster
    Properties:
      {ClusterType: single-node, DBName: sales, NodeType: dc2.large, MasterUsername: me, MasterUserPassword: Secret-1}
Outputs:
  Port: {Value: {"Fn::GetAtt": Sales.Endpoint.Port}}
"""
    assert act.ok("CREATE_UPDATE", template).variables == {"Port": "5439"}


def test_what_a_condition_has_kept_from_being_made_is_made_when_it_turns(act):
    template = QUEUE.replace("Resources:", "Conditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:") + ""
    template = template.replace(
        "Outputs:",
        "  More: {Type: AWS::SQS::Queue, Condition: Prod, "
        "Properties: {QueueName: !Sub '${AWS::StackName}-more'}}\nOutputs:",
    )
    act.ok("CREATE_UPDATE", template)
    assert len(act.queues()) == 1
    act.ok("CREATE_UPDATE", template, ParameterOverrides='{"Stage": "prod"}')
    assert len(act.queues()) == 2


def test_a_resource_comes_back_after_it_was_taken_out(act):
    two = QUEUE.replace("Outputs:", "  More: {Type: AWS::SQS::Queue}\nOutputs:")
    for template, count in ((two, 2), (QUEUE, 1), (two, 2)):
        act.ok("CREATE_UPDATE", template)
        assert len(act.queues()) == count


# -- failures of a stack -------------------------------------------------------------------------------------
def taken(act):
    """A template whose second resource cannot be made: somebody has a bucket of that name."""
    act.s3.create_bucket(Bucket=f"{act.name}-taken")
    return QUEUE.replace(
        "Outputs:",
        f"  Store: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {act.name}-taken}}}}\nOutputs:",
    )


def test_a_stack_that_fails_is_rolled_back_and_stays_to_be_looked_at(act):
    template = taken(act)
    done = act("CREATE_UPDATE", template)
    assert done.failure == "JobFailed"
    assert f"Failed to create stack {act.name}. Current stack status: ROLLBACK_COMPLETE." in done.message
    assert "[Store]" in done.message
    assert "REPLACE_ON_FAILURE" in done.message
    assert act.status == "ROLLBACK_COMPLETE"
    assert done.external_id == act.stack()["StackId"]
    assert act.events()[0] == (act.name, "ROLLBACK_COMPLETE")
    assert ("Store", "CREATE_FAILED") in act.events()
    assert act.cfn.describe_stack_resources(StackName=act.name)["StackResources"] == []
    assert act.queues() == [], "to be looked at does not bring its resources back"

    for mode, more in (("CREATE_UPDATE", {}), ("CHANGE_SET_REPLACE", {"ChangeSetName": "c"})):
        again = act(mode, QUEUE, **more)
        assert "is in ROLLBACK_COMPLETE state and can not be updated. Delete it" in again.message
    act.ok("REPLACE_ON_FAILURE", QUEUE)
    assert act.status == "CREATE_COMPLETE"
    assert len(act.queues()) == 1
    act.ok("REPLACE_ON_FAILURE", QUEUE, ParameterOverrides='{"Seconds": "5"}')
    assert act.status == "UPDATE_COMPLETE", "one that has not failed is updated"


def test_an_output_that_moto_cannot_give_fails_the_stack_with_a_sentence(act):
    act.s3.create_bucket(Bucket=f"{act.name}-templates")
    act.s3.put_object(Bucket=f"{act.name}-templates", Key="queue.yml", Body=QUEUE.encode())
    url = f"https://s3.amazonaws.com/{act.name}-templates/queue.yml"
    nested = (
        f"Resources: {{Inner: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}}}\n"
    )
    done = act("CREATE_UPDATE", nested + "Outputs: {Url: {Value: !GetAtt Inner.Outputs.Url}}\n")
    assert done.failure == "JobFailed"
    assert "ROLLBACK_COMPLETE. Reason: moto cannot do this" in done.message
    assert act.status == "ROLLBACK_COMPLETE"
    assert act.queues() == []
    act.ok("REPLACE_ON_FAILURE", nested)
    assert len(act.queues()) == 1


def test_an_update_that_fails_leaves_the_stack_as_it_was(act):
    act.ok("CREATE_UPDATE", QUEUE)
    template = taken(act).replace("Default: 30", "Default: 60").replace("Store", "AStore")
    template = template.replace("Resources:", "Resources:\n  First: {Type: AWS::SQS::Queue}")
    done = act("CREATE_UPDATE", template)
    assert done.failure == "JobFailed"
    assert (
        "Current stack status: UPDATE_ROLLBACK_COMPLETE. Reason: The following resource(s) failed: [AStore]"
        in done.message
    )
    assert act.status == "UPDATE_ROLLBACK_COMPLETE"
    assert (len(act.queues()), act.timeout()) == (1, "30")
    act.ok("CREATE_UPDATE", QUEUE, ParameterOverrides='{"Seconds": "45"}')
    assert (act.status, act.timeout()) == ("UPDATE_COMPLETE", "45")


def test_an_update_that_fails_leaves_the_exports_as_they_were(act):
    act.s3.create_bucket(Bucket=f"{act.name}-inner")
    act.s3.put_object(Bucket=f"{act.name}-inner", Key="queue.yml", Body=QUEUE.encode())
    url = f"https://s3.amazonaws.com/{act.name}-inner/queue.yml"
    act.ok("CREATE_UPDATE", QUEUE + f"  Shared: {{Value: here, Export: {{Name: {act.name}-old}}}}\n")
    inner = f"  Inner: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}\nOutputs:"
    other = QUEUE.replace("Outputs:", inner) + (
        f"  Shared: {{Value: there, Export: {{Name: {act.name}-new}}}}\n"
        "  Deep: {Value: !GetAtt Inner.Outputs.Url}\n"  # moto cannot give it, so the update fails at its end
    )
    assert act("CREATE_UPDATE", other).failure == "JobFailed"
    names = [export["Name"] for export in act.cfn.list_exports()["Exports"]]
    assert [name for name in names if name.startswith(act.name)] == [f"{act.name}-old"]


def test_a_bucket_with_something_in_it_keeps_its_stack(act):
    act.ok("CREATE_UPDATE", BUCKET % f"{act.name}-store")
    act.s3.put_object(Bucket=f"{act.name}-store", Key="receipt", Body=b"1")
    done = act("DELETE_ONLY")
    assert done.failure == "JobFailed"
    assert f"is not empty: {act.name}-store" in done.message
    assert act.status == "DELETE_FAILED"
    act.s3.delete_object(Bucket=f"{act.name}-store", Key="receipt")
    act.ok("DELETE_ONLY")
    assert gone(act)
    assert f"{act.name}-store" not in [one["Name"] for one in act.s3.list_buckets()["Buckets"]]


# -- change sets ---------------------------------------------------------------------------------------------
def test_a_change_set_makes_nothing_until_it_is_executed(act):
    says = {"ChangeSetName": "release"}
    for _ in range(2):  # a second one of that name takes the place of the first
        act.ok("CHANGE_SET_REPLACE", QUEUE, **says)
    told = act.cfn.describe_change_set(StackName=act.name, ChangeSetName="release")
    assert [one["ResourceChange"]["Action"] for one in told["Changes"]] == ["Add"]
    assert (act.status, act.queues()) == ("REVIEW_IN_PROGRESS", [])
    assert [one["StackName"] for one in act.cfn.describe_stacks()["Stacks"]].count(act.name) == 1

    done = act.ok("CHANGE_SET_EXECUTE", RoleArn=None, **says)
    assert done.message == "Change set release was executed."
    assert done.variables["Stage"] == "in beta"
    assert (act.status, len(act.queues())) == ("CREATE_COMPLETE", 1)
    assert len(act.stack()["Outputs"]) == 3
    twice = act("CHANGE_SET_EXECUTE", **says)
    assert "cannot be executed in its current execution status of [EXECUTE_COMPLETE]" in twice.message

    act.ok("CHANGE_SET_REPLACE", QUEUE, ParameterOverrides='{"Seconds": "45"}', **says)
    assert any(line.split() == ["Modify", "AWS::SQS::Queue", "Orders"] for line in act.lines)
    assert act.timeout() == "30"
    act.ok("CHANGE_SET_EXECUTE", **says)
    assert (act.status, act.timeout()) == ("UPDATE_COMPLETE", "45")


def test_a_stack_gets_the_role_that_its_change_set_was_made_with(act):
    act.ok("CHANGE_SET_REPLACE", QUEUE, ChangeSetName="release")
    act.ok("CHANGE_SET_EXECUTE", RoleArn=None, ChangeSetName="release")
    assert act.stack()["RoleARN"] == ROLE


def test_an_empty_change_set_is_no_failure(act):
    act.ok("CREATE_UPDATE", QUEUE)
    assert "no changes" in act.ok("CHANGE_SET_REPLACE", QUEUE, ChangeSetName="same").message
    done = act.ok("CHANGE_SET_EXECUTE", ChangeSetName="same")
    assert "nothing was changed" in done.message
    assert done.variables["Stage"] == "in beta"


def test_a_change_set_that_fails_rolls_back(act):
    act.ok("CHANGE_SET_REPLACE", taken(act), ChangeSetName="bad")
    done = act("CHANGE_SET_EXECUTE", ChangeSetName="bad")
    assert done.failure == "JobFailed"
    assert act.status == "ROLLBACK_COMPLETE"
    assert act.queues() == []


def test_two_stacks_may_have_change_sets_of_one_name(act, tmp_path):
    other = Actions(tmp_path)
    act.ok("CHANGE_SET_REPLACE", QUEUE, ChangeSetName="release")
    other.ok("CHANGE_SET_REPLACE", QUEUE, ChangeSetName="release")
    act.ok("CHANGE_SET_EXECUTE", ChangeSetName="release")
    assert (act.status, other.status) == ("CREATE_COMPLETE", "REVIEW_IN_PROGRESS")
    done = act("CHANGE_SET_EXECUTE", ChangeSetName="other")
    assert (done.failure, done.message.split(". It")[0]) == (
        "JobFailed",
        f"ChangeSet [other] does not exist for the stack {act.name}",
    )
    assert "It has: release." in done.message


# -- what an action gives ------------------------------------------------------------------------------------
def test_a_configuration_file_gives_parameters_tags_and_a_policy_and_overrides_win(act):
    policy = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    told = {"Parameters": {"Stage": "prod", "Seconds": 40}, "Tags": {"Shop": "little"}, "StackPolicy": policy}
    files = {"prod.json": json.dumps(told), "made.json": '{"seconds": 45}'}
    act.ok(
        "CREATE_UPDATE",
        QUEUE,
        files=files,
        TemplateConfiguration="Built::prod.json",
        ParameterOverrides='{"Seconds": {"Fn::GetParam": ["Built", "made.json", "seconds"]}}',
    )
    assert act.timeout() == "45"
    stack = act.stack()
    assert {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}["Stage"] == "prod"
    assert stack["Tags"] == [{"Key": "Shop", "Value": "little"}]
    assert json.loads(act.cfn.get_stack_policy(StackName=act.name)["StackPolicyBody"]) == policy


def test_outputs_are_a_file_in_the_output_artifact(act):
    done = act.ok("CREATE_UPDATE", QUEUE, outputs=["Stack"], OutputFileName="made/outputs.json")
    with zipfile.ZipFile(done.outputs["Stack"]) as archive:
        assert archive.namelist() == ["made/outputs.json"]
        assert json.loads(archive.read("made/outputs.json")) == done.variables
    assert act.ok("CREATE_UPDATE", QUEUE, outputs=["Stack"]).outputs == {}


@pytest.mark.parametrize(
    ("named", "given", "failure"),
    [
        ("", "", "CAPABILITY_IAM"),
        ("", "CAPABILITY_IAM", ""),
        ("", "CAPABILITY_AUTO_EXPAND,CAPABILITY_NAMED_IAM", ""),
        ("RoleName: reader, ", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"),
    ],
)
def test_iam_resources_need_a_capability(act, named, given, failure):
    named = named.replace("reader", act.name)
    done = act("CREATE_UPDATE", WITH_ROLE % named, Capabilities=given)
    if failure:
        assert done.message.startswith(f"Requires capabilities : [{failure}]")
        assert gone(act)
    else:
        assert done.failure == "", done.message
        assert act.status == "CREATE_COMPLETE"


def test_a_role_that_does_not_trust_cloudformation_is_refused(act):
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
        ],
    }
    arn = act.iam.create_role(RoleName=act.name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    done = act("CREATE_UPDATE", QUEUE, RoleArn=arn)
    assert done.failure == "PermissionError"
    assert "cloudformation.amazonaws.com" in done.message
    document["Statement"][0]["Principal"]["Service"] = "cloudformation.amazonaws.com"
    act.iam.update_assume_role_policy(RoleName=act.name, PolicyDocument=json.dumps(document))
    act.ok("CREATE_UPDATE", QUEUE, RoleArn=arn)


# -- mistakes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("template", "says", "failure", "words"),
    [
        (QUEUE, {"ActionMode": "CREATE"}, "ConfigurationError", "'CREATE' is none of CREATE_UPDATE"),
        (QUEUE, {"StackName": "my_stack"}, "ConfigurationError", "'my_stack' must begin with a letter"),
        (QUEUE, {"TemplatePath": None}, "ConfigurationError", "CREATE_UPDATE needs TemplatePath"),
        (QUEUE, {"RoleArn": None}, "ConfigurationError", "CREATE_UPDATE needs RoleArn"),
        (QUEUE, {"RoleArn": "deploy"}, "ConfigurationError", "is not the ARN of a role"),
        (QUEUE, {"TemplatePath": "t.yml"}, "ConfigurationError", "BuildArtifact::template.yml"),
        (QUEUE, {"TemplatePath": "Source::t.yml"}, "ConfigurationError", "It has: Built."),
        (
            QUEUE,
            {"TemplatePath": "Built::u.yml"},
            "JobFailed",
            "File [u.yml] does not exist in artifact [Built]. There are: t.yml.",
        ),
        ("a: [", {}, "JobFailed", "neither YAML nor JSON"),
        ("- a\n", {}, "JobFailed", "it has no Resources"),
        ("Resources: {}\n", {}, "JobFailed", "At least one Resources member"),
        ("Resources: {A: {}}\n", {}, "JobFailed", "[A] must have a Type"),
        (
            "Resources: {A: {Type: AWS::Tea::Cup}}\n",
            {},
            "JobFailed",
            "Unrecognized resource types: [AWS::Tea::Cup]. moto",
        ),
        (
            "Resources: {A: {Type: 'Custom::Cup'}}\n",
            {},
            "JobFailed",
            "Unrecognized resource types: [Custom::Cup]",
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::SQS::Queue}}\n",
            {},
            "JobFailed",
            "[CAPABILITY_AUTO_EXPAND]",
        ),
        (
            QUEUE.replace("!Ref Orders", "!Ref Order"),
            {},
            "JobFailed",
            "Unresolved resource dependencies [Order] in the Outputs",
        ),
        (QUEUE.replace(", Default: 30", ""), {}, "JobFailed", "Parameters: [Seconds] must have values"),
        (
            QUEUE,
            {"ParameterOverrides": '{"Sec": "1"}'},
            "JobFailed",
            "Parameters: [Sec] do not exist in the template. It has: Stage, Seconds.",
        ),
        (
            QUEUE,
            {"ParameterOverrides": '{"Stage": "gamma"}'},
            "JobFailed",
            "must be one of AllowedValues: beta, prod",
        ),
        (QUEUE, {"ParameterOverrides": '{"Seconds": "soon"}'}, "JobFailed", "'Seconds' must be a number"),
        (
            QUEUE,
            {"ParameterOverrides": "Seconds=1"},
            "ConfigurationError",
            "ParameterOverrides is not valid JSON",
        ),
        (
            QUEUE,
            {"ParameterOverrides": '{"Seconds": {"Ref": "x"}}'},
            "ConfigurationError",
            "Fn::GetArtifactAtt",
        ),
        (
            QUEUE,
            {"ParameterOverrides": json.dumps({"Stage": "x" * 1024})},
            "ConfigurationError",
            "1 kB (1024 bytes)",
        ),
        (
            QUEUE,
            {"ParameterOverrides": '{"Stage": {"Fn::GetArtifactAtt": ["Built", "Name"]}}'},
            "ConfigurationError",
            "no attribute Name",
        ),
        (
            QUEUE,
            {"ParameterOverrides": '{"Stage": {"Fn::GetArtifactAtt": ["Built", "URL"]}}'},
            "ConfigurationError",
            "not behind the API",
        ),
        (QUEUE, {"TemplateConfiguration": "Built::t.yml"}, "ConfigurationError", "is not valid JSON"),
        (QUEUE, {"Capabilities": "CAPABILITY_TEA"}, "ConfigurationError", "'CAPABILITY_TEA' is none of"),
        (QUEUE, {"OutputFileName": "../outputs.json"}, "ConfigurationError", "a name within the artifact"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(act, template, says, failure, words):
    done = act(says.pop("ActionMode", "CREATE_UPDATE"), template, outputs=["Out"], **says)
    assert (done.failure, words in done.message) == (failure, True), done


def test_a_template_that_would_run_code_or_fill_the_memory_is_only_text(act, tmp_path):
    evil = f"Resources: {{A: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']}}\n"
    assert act("CREATE_UPDATE", evil).failure == "JobFailed"
    with pytest.raises(act.cfn.exceptions.ClientError):
        act.cfn.create_stack(StackName=act.name, TemplateBody=evil)
    with pytest.raises(act.cfn.exceptions.ClientError):
        act.cfn.get_template_summary(TemplateBody=evil)
    assert not (tmp_path / "made").exists()
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert "more than 100000 values" in act("CREATE_UPDATE", f"{laughs}Resources: {{A: *a39}}\n").message
    assert "contains itself" in act("CREATE_UPDATE", "Resources: &r {A: *r}\n").message


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("Orders"), "There is no 'Orders'."),
        (ValueError("The name is taken"), "The name is taken."),
        (ValueError("Is it taken?"), "Is it taken?"),
        (TypeError("no"), "moto cannot do this (TypeError: no); AWS might."),
    ],
    ids=str,
)
def test_an_exception_of_moto_becomes_a_sentence(error, reason):
    assert reason_of(error) == reason
