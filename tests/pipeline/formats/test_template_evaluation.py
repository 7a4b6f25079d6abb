"""A CloudFormation template is evaluated as a stack with these parameters and this Region would do it."""

import contextlib
import json

import pytest
import yaml

from cp_teach import InvalidPipeline, Pipeline
from cp_teach.pipeline.formats import cloudformation
from cp_teach.pipeline.formats.template_evaluation import TemplateEvaluator
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.template_parameters import parameter_values, pseudo_parameters
from cp_teach.pipeline.formats.unresolved_value import Unresolved

MAPPINGS = {"Branches": {"dev": {"branch": "develop", "zones": ["a", "b"]}, "prod": {"branch": "main"}}}
CONDITIONS = {
    "Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
    "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
    "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
    "Either": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
    "Imported": {"Fn::Equals": [{"Fn::ImportValue": "net-env"}, "prod"]},
    "NotImported": {"Fn::Not": [{"Condition": "Imported"}]},
    "NeverImported": {"Fn::And": [{"Condition": "Imported"}, {"Condition": "Prod"}]},
}
TEMPLATE = {"Mappings": MAPPINGS, "Conditions": CONDITIONS}


def evaluator(region="eu-west-1", template=TEMPLATE, **parameters):
    values = {"Env": "dev", "Regions": ["us-east-1", "eu-west-1"], "Count": "2", **parameters}
    return TemplateEvaluator(template, {**pseudo_parameters(region), **values})


def evaluate(value, **options):
    return evaluator(**options).evaluate(value, ("X",))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Env"}, "dev"),
        ({"Ref": "Regions"}, ["us-east-1", "eu-west-1"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ({"Fn::Sub": "${Env}-${AWS::Region}"}, "dev-eu-west-1"),
        ({"Fn::Sub": "${!Env}-${Env}"}, "${Env}-dev"),
        ({"Fn::Sub": ["${Name}-${Env}", {"Name": {"Ref": "Count"}}]}, "2-dev"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Env"}, 7, True]]}, "a-dev-7-true"),
        ({"Fn::Join": [",", {"Ref": "Regions"}]}, "us-east-1,eu-west-1"),
        ({"Fn::Split": ["-", {"Ref": "AWS::Region"}]}, ["eu", "west", "1"]),
        ({"Fn::Select": ["1", {"Ref": "Regions"}]}, "eu-west-1"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::FindInMap": ["Branches", {"Ref": "Env"}, "branch"]}, "develop"),
        ({"Fn::FindInMap": ["Branches", "dev", "zones"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Branches", "test", "branch", {"DefaultValue": {"Ref": "Env"}}]}, "dev"),
        ({"Fn::If": ["Prod", "yes", "no"]}, "no"),
        ({"Fn::If": ["NotProd", {"Ref": "Env"}, "no"]}, "dev"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::If": ["NeverImported", 1, 2]}, 2),  # false whatever the import is
        ({"Fn::Base64": {"Fn::Sub": "${Env}!"}}, "ZGV2IQ=="),
        ({"Fn::Length": {"Ref": "Regions"}}, 2),
        ({"Fn::ToJsonString": {"env": {"Ref": "Env"}, "list": [1]}}, '{"env":"dev","list":[1]}'),
        ({"Fn::Cidr": ["10.0.0.0/16", 3, 8]}, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ({"Fn::Cidr": ["2001:db8::/56", "2", "64"]}, ["2001:db8::/64", "2001:db8:0:1::/64"]),
        (
            {"Fn::ForEach::Each": ["R", {"Ref": "Regions"}, {"In&{R}": {"Fn::Sub": "${R}/${Env}"}}]},
            {"Inuseast1": "us-east-1/dev", "Ineuwest1": "eu-west-1/dev"},
        ),
        (
            {
                "Fn::ForEach::A": [
                    "A",
                    ["x", "y"],
                    {"Fn::ForEach::B": ["B", ["1", "2"], {"${A}${B}": {"Ref": "B"}}]},
                ]
            },
            {"x1": "1", "x2": "2", "y1": "1", "y2": "2"},
        ),
    ],
    ids=str,
)
def test_functions(value, expected):
    result = evaluate(value)
    assert result == expected
    assert not isinstance(result, Unresolved)


@pytest.mark.parametrize(
    ("value", "shown", "names"),
    [
        ({"Ref": "Bucket"}, "${Bucket}", ("Bucket",)),
        ({"Fn::GetAtt": "Bucket.Arn"}, "${Bucket.Arn}", ("Bucket.Arn",)),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "${Bucket.Arn}", ("Bucket.Arn",)),
        ({"Fn::ImportValue": {"Fn::Sub": "${Env}-vpc"}}, "${import of dev-vpc}", ("import of dev-vpc",)),
        ({"Fn::Sub": "${Env}/${Bucket}/${Key}"}, "dev/${Bucket}/${Key}", ("Bucket", "Key")),
        ({"Fn::Join": ["/", ["a", {"Ref": "Bucket"}]]}, "a/${Bucket}", ("Bucket",)),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "${AZs of eu-west-1[0]}", ("AZs of eu-west-1[0]",)),
        ({"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::Sub": "a/b/${Bucket}"}]}]}, "${Bucket}", ("Bucket",)),
        ({"Fn::ToJsonString": {"k": {"Ref": "Bucket"}}}, '{"k":"${Bucket}"}', ("Bucket",)),
        (
            {"Fn::FindInMap": ["Branches", {"Ref": "Bucket"}, "branch"]},
            "${FindInMap Branches.${Bucket}.branch}",
            ("FindInMap Branches.${Bucket}.branch",),
        ),
    ],
    ids=str,
)
def test_a_value_that_only_a_stack_has_stays_unresolved_with_its_name(value, shown, names):
    result = evaluate(value)
    assert result == shown
    assert isinstance(result, Unresolved)
    assert result.names == names


def test_text_that_looks_like_an_unknown_value_is_text():
    result = evaluate({"Fn::Sub": "${!Bucket}"})
    assert result == "${Bucket}"
    assert not isinstance(result, Unresolved)


def test_a_condition_on_an_unknown_value_is_assumed_to_hold_and_listed():
    for name in ("Imported", "NotImported"):
        each = evaluator()
        assert each.evaluate({"Fn::If": [name, "then", "else"]}, ("X",)) == "then"
        assert each.assumed == [name]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::If": ["Nope", 1, 2]}, r"X, Fn::If: There is no condition 'Nope'; Conditions has: Prod, "),
        ({"Fn::If": ["Prod", 1]}, "Fn::If must have a list of three values"),
        (
            {"Fn::FindInMap": ["Branches", "test", "branch"]},
            "Mappings.Branches has no 'test'; it has: dev, prod",
        ),
        ({"Fn::FindInMap": ["Branches", "test"]}, "must have a list of three values"),
        ({"Fn::Select": [5, ["a"]]}, "there is no item 5; the list has 1"),
        ({"Fn::Cidr": ["10.0.0.0/16", 0]}, "the count must be between 1 and 256"),
        ({"Fn::Cidr": ["10.0.0.0/30", 9, 1]}, "has only 2 subnets of this size, not 9"),
        ({"Fn::Cidr": ["ten", 1]}, "does not appear to be an IPv4 or IPv6 network"),
        ({"Fn::Length": "text"}, "the value must be a list"),
        (
            {"Fn::ForEach::X": ["I", {"Ref": "Unknown"}, {}]},
            r"the list of the loop is unknown. Give parameters=\{'Unknown': …\}",
        ),
        ({"Fn::ForEach::X": ["I", ["a"]]}, "must have an identifier, a list, and a map"),
    ],
    ids=str,
)
def test_an_argument_that_cloudformation_refuses_is_named_with_its_place(value, message):
    with pytest.raises(InvalidTemplate, match=message) as error:
        evaluate(value)
    assert str(error.value).startswith("X, ")


def test_conditions_in_a_circle_are_refused():
    circle = {"Conditions": {"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}}
    with pytest.raises(InvalidTemplate, match="Conditions, A: it depends on itself"):
        evaluate({"Fn::If": ["A", 1, 2]}, template=circle)


def test_a_long_chain_of_conditions_is_refused():
    chain = {f"C{number}": {"Condition": f"C{number + 1}"} for number in range(5000)}
    with pytest.raises(InvalidTemplate, match="more than 100 conditions depend on each other"):
        evaluate({"Fn::If": ["C0", 1, 2]}, template={"Conditions": chain})


def test_a_key_of_a_mapping_that_yaml_reads_as_a_number_is_found():
    accounts = {"Mappings": {"Accounts": {123456789012: {"branch": "main"}}}}
    assert (
        evaluate({"Fn::FindInMap": ["Accounts", {"Ref": "AWS::AccountId"}, "branch"]}, template=accounts)
        == "main"
    )


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": ["a"]},
        {"Ref": {"a": 1}},
        {"Fn::Sub": ["${A}", {"Ref": "Env"}]},
        {"Fn::Cidr": ["10.0.0.0/16", float("inf")]},
        {"Fn::FindInMap": [["x"], {"y": 1}, 3]},
        {"Fn::GetAtt": [{"a": []}, 7]},
        {"Fn::Select": [{"a": 1}, {"b": 2}]},
        {"Fn::If": [["Prod"], 1, 2]},
    ],
    ids=str,
)
def test_arguments_of_wrong_types_never_end_in_a_traceback(value):
    with contextlib.suppress(InvalidTemplate):  # every other exception fails the test
        evaluate(value)


def test_a_loop_that_multiplies_is_bounded():
    value = {"k": "x" * 2000}
    for name in "abcde":
        value = {
            f"Fn::ForEach::{name}": [name, [str(number) for number in range(40)], {f"${{{name}}}": value}]
        }
    with pytest.raises(InvalidTemplate, match="more than 5000000 characters"):
        evaluate(value)


# -- parameters ------------------------------------------------------------------------------------------------
DECLARED = {
    "Env": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
    "First": {"Type": "String", "AllowedValues": ["blue", "green"]},
    "Empty": {"Type": "String", "Default": ""},
    "Flag": {"Type": "String", "Default": True},
    "Count": {"Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": 9},
    "Name": {"Type": "String", "Default": "shop", "MinLength": 2, "MaxLength": 8, "AllowedPattern": "[a-z]+"},
    "List": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/bucket"},
    "Key": {"Type": "AWS::SSM::Parameter::Name", "Default": "/shop/bucket"},
    "Needed": {"Type": "String"},
}


def test_without_given_values_a_parameter_has_its_default_or_its_first_allowed_value():
    values = parameter_values(DECLARED, {})
    assert values == {
        "Env": "dev",
        "First": "blue",
        "Empty": "",
        "Flag": "true",
        "Count": "3",
        "Name": "shop",
        "List": ["a", "b", "c"],
        "Subnets": "${Subnets}",
        "Stored": "${Stored}",  # its default is the name of the stored value
        "Key": "/shop/bucket",
        "Needed": "${Needed}",
    }
    unresolved = {name for name, value in values.items() if isinstance(value, Unresolved)}
    assert unresolved == {"Subnets", "Stored", "Needed"}


def test_given_values_replace_the_defaults():
    given = {
        "Env": "prod",
        "Count": 5,
        "List": ["x", "y"],
        "Subnets": "s-1,s-2",
        "Stored": "my-bucket",
        "Empty": "z",
    }
    values = parameter_values(DECLARED, given)
    assert {name: values[name] for name in given} == {
        "Env": "prod",
        "Count": "5",
        "List": ["x", "y"],
        "Subnets": ["s-1", "s-2"],
        "Stored": "my-bucket",
        "Empty": "z",
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Nope": 1}, "The template has no parameter 'Nope'; it has: Env, First"),
        ({"Env": "test"}, "Parameters, Env: the value 'test' is not one of the AllowedValues: dev, prod"),
        ({"Count": "many"}, "the value 'many' is not a number"),
        ({"Count": 0}, "is less than its MinValue, 1"),
        ({"Count": 10}, "is greater than its MaxValue, 9"),
        ({"Name": "x"}, "is shorter than its MinLength, 2"),
        ({"Name": "abcdefghi"}, "is longer than its MaxLength, 8"),
        ({"Name": "Shop"}, r"does not match its AllowedPattern, \[a-z\]\+"),
    ],
)
def test_a_given_value_that_cloudformation_refuses(given, message):
    with pytest.raises(InvalidTemplate, match=message):
        parameter_values(DECLARED, given)


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_pseudo_parameters_follow_the_region(region, partition, suffix):
    values = pseudo_parameters(region)
    assert (values["AWS::Partition"], values["AWS::URLSuffix"]) == (partition, suffix)
    assert values["AWS::StackId"].startswith(f"arn:{partition}:cloudformation:{region}:")


# -- whole templates -------------------------------------------------------------------------------------------
def action(name, category, provider, **more):
    type_ = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "ActionTypeId": type_, **more}


def template(*stages, parameters=None, properties=None, **sections):
    source = action(
        "Get",
        "Source",
        "S3",
        Configuration={"S3Bucket": "b", "S3ObjectKey": "k.zip"},
        OutputArtifacts=[{"Name": "Code"}],
    )
    build = action(
        "Make", "Build", "CodeBuild", Configuration={"ProjectName": "p"}, InputArtifacts=[{"Name": "Code"}]
    )
    return {
        **({"Parameters": parameters} if parameters else {}),
        **sections,
        "Resources": {
            "Shop": {
                "Type": "AWS::CodePipeline::Pipeline",
                "Properties": {
                    "Name": "shop",
                    "RoleArn": "arn:aws:iam::123456789012:role/r",
                    "ArtifactStore": {"Type": "S3", "Location": "my-bucket"},
                    "Stages": [
                        {"Name": "Source", "Actions": [source]},
                        {"Name": "Build", "Actions": [build]},
                        *stages,
                    ],
                    **(properties or {}),
                },
            }
        },
    }


APPROVAL = {"Name": "Approve", "Actions": [action("Ok", "Approval", "Manual")]}


def test_a_stage_under_a_condition_follows_the_parameter():
    text = yaml.safe_dump(
        template(
            {"Fn::If": ["Prod", APPROVAL, {"Ref": "AWS::NoValue"}]},
            parameters={"Env": {"Type": "String", "Default": "beta"}},
            Conditions={"Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
        )
    )
    assert [stage.name for stage in Pipeline.from_cloudformation(text).stages] == ["Source", "Build"]
    prod = Pipeline.from_cloudformation(text, parameters={"Env": "prod"})
    assert [stage.name for stage in prod.stages] == ["Source", "Build", "Approve"]


def test_the_region_is_the_one_given():
    deploy = action(
        "Copy",
        "Deploy",
        "S3",
        Region={"Ref": "AWS::Region"},
        Configuration={"BucketName": {"Fn::Sub": "site-${AWS::Region}"}, "Extract": True},
        InputArtifacts=[{"Name": "Code"}],
    )
    stores = {"Region": "us-east-1"}, {"Region": {"Ref": "AWS::Region"}}
    document = template({"Name": "Deploy", "Actions": [deploy]})
    properties = document["Resources"]["Shop"]["Properties"]
    store = properties.pop("ArtifactStore")
    properties["ArtifactStores"] = [{**each, "ArtifactStore": store} for each in stores]
    pipeline = Pipeline.from_cloudformation(json.dumps(document), region="eu-central-1")
    copy = pipeline.stages[2].actions[0]
    assert copy.region == "eu-central-1"
    assert dict(copy.configuration)["BucketName"] == "site-eu-central-1"


def test_without_a_region_a_single_store_is_in_the_only_region_that_the_actions_name():
    deploy = action(
        "Copy",
        "Deploy",
        "S3",
        Region="us-west-2",
        Configuration={"BucketName": {"Fn::Sub": "site-${AWS::Region}"}, "Extract": True},
        InputArtifacts=[{"Name": "Code"}],
    )
    text = json.dumps(template({"Name": "Deploy", "Actions": [deploy]}))
    copied = Pipeline.from_cloudformation(text).stages[2].actions[0]
    assert copied.settings["BucketName"] == "site-us-west-2"
    assert Pipeline.from_cloudformation(text, region="us-west-2").stages[2].actions[0] == copied
    with pytest.raises(InvalidPipeline, match="contains actions in more than one region"):
        Pipeline.from_cloudformation(text, region="us-east-1")


def test_a_pipeline_under_a_condition_that_does_not_hold_is_not_there():
    document = template(
        parameters={"On": {"Type": "String", "Default": "no"}},
        Conditions={"On": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
    )
    document["Resources"]["Shop"]["Condition"] = "On"
    text = json.dumps(document)
    with pytest.raises(InvalidTemplate, match="Shop has the condition On, which does not hold"):
        Pipeline.from_cloudformation(text)
    assert Pipeline.from_cloudformation(text, parameters={"On": "yes"}).name == "shop"


def test_pipelines_made_by_a_loop_are_chosen_by_their_logical_ids():
    document = template(Transform="AWS::LanguageExtensions", properties={"Name": {"Fn::Sub": "${Team}-shop"}})
    document["Resources"] = {
        "Fn::ForEach::Teams": ["Team", ["red", "blue"], {"Shop${Team}": document["Resources"]["Shop"]}]
    }
    text = json.dumps(document)
    with pytest.raises(InvalidTemplate, match="several pipelines: Shopred, Shopblue"):
        Pipeline.from_cloudformation(text)
    assert Pipeline.from_cloudformation(text, "Shopblue").name == "blue-shop"


def test_a_map_of_accounts_or_regions_leads_to_what_to_give():
    mappings = {"M": {"111111111111": {"Name": "dev-shop"}, "eu-west-1": {"Name": "eu-shop"}}}

    def name_by(key):
        return json.dumps(
            template(Mappings=mappings, properties={"Name": {"Fn::FindInMap": ["M", {"Ref": key}, "Name"]}})
        )

    with pytest.raises(
        InvalidTemplate, match=r"it has: 111111111111, eu-west-1\. Give parameters=\{'AWS::AccountId'"
    ) as no:
        Pipeline.from_cloudformation(name_by("AWS::AccountId"))
    assert no.value.on_command_line().endswith("Give --parameter AWS::AccountId=….")
    given = {"AWS::AccountId": 111111111111}
    assert Pipeline.from_cloudformation(name_by("AWS::AccountId"), parameters=given).name == "dev-shop"
    with pytest.raises(InvalidTemplate, match=r"Give region='…'\.") as no:
        Pipeline.from_cloudformation(name_by("AWS::Region"))
    assert no.value.on_command_line().endswith("Give --region ….")
    assert Pipeline.from_cloudformation(name_by("AWS::Region"), region="eu-west-1").name == "eu-shop"
    with pytest.raises(InvalidTemplate, match="AWS::Region is no parameter: give region="):
        Pipeline.from_cloudformation(name_by("AWS::Region"), parameters={"AWS::Region": "eu-west-1"})


def test_the_output_of_get_template_is_a_template():
    document = template()
    for body in (document, yaml.safe_dump(document), json.dumps(document)):
        text = json.dumps({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]})
        assert Pipeline.from_cloudformation(text).name == "shop"


def test_what_is_unknown_is_listed_with_its_place():
    document = template(properties={"ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}}})
    read = cloudformation.read_declaration(json.dumps(document))
    assert read.unknown == (("ArtifactStore.Location", "Bucket"),)
    (unknown,) = read.unknown_values
    assert (unknown.name, unknown.text) == ("Bucket", "${Bucket}")
    assert unknown.path == "pipeline.artifactStore.location"
    assert unknown.where == "artifact store, location"
    assert read.disabled_transitions == {}


def test_a_missing_parameter_in_a_place_that_needs_a_value_is_refused():
    build = template()["Resources"]["Shop"]["Properties"]["Stages"][1]["Actions"][0]
    build["ActionTypeId"]["Category"] = {"Ref": "Category"}
    text = json.dumps(
        template({"Name": "More", "Actions": [build]}, parameters={"Category": {"Type": "String"}})
    )
    with pytest.raises(
        InvalidTemplate, match=r"stage More, action Make, category is \$\{Category\}"
    ) as refused:
        Pipeline.from_cloudformation(text)
    assert str(refused.value).endswith("Give parameters={'Category': …}.")
    assert refused.value.on_command_line().endswith("Give --parameter Category=….")
    assert (
        Pipeline.from_cloudformation(text, parameters={"Category": "Build"}).stages[2].actions[0].category
        == "Build"
    )
