"""The rules of the variables, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, STRUCTURE, Rows, breaks_alone

ROWS = Rows()
row = ROWS.row


@row(
    ACTION,
    "Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline."
    "\nStageName=[Source], ActionName=[Fetch], Namespace=[Src]"
    "\nStageName=[Build], ActionName=[Compile], Namespace=[Src]",
    "stage Build, action Compile",
)
def namespace_twice(d):
    d["stages"][1]["actions"][0]["namespace"] = "Src"


@row(
    STRUCTURE,
    "One or more of the chosen namespaces is reserved. Note that there is",
    "stage Build, action Compile",
)
def namespace_reserved(d):
    d["stages"][1]["actions"][0]["namespace"] = "codepipeline"


@row(
    ACTION,
    "referencing a namespace that does not exist.\nStageName=[Build], ActionName=[Compile], "
    "ActionConfigurationKey=[ProjectName], VariableReferenceText=[Nobody.CommitId]",
    "stage Build, action Compile",
)
def reference_to_nobody(d):
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "x-#{Nobody.CommitId}"


@row(ACTION, "VariableReferenceText=[Src]", "stage Build, action Compile")
def reference_without_a_key(d):
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "#{Src}"


@row(
    STRUCTURE,
    "Variable names must be unique. The following variable name is already in use: Env",
    "variable Env",
)
def variable_twice(d):
    d["variables"] = [{"name": "Env"}, {"name": "Env"}]


@row(STRUCTURE, "The referenced variables haven't been declared.\n", "stage Build, action Compile")
def variable_that_is_not_declared(d):
    d["variables"] = [{"name": "Env"}]
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "#{variables.Evn}"


@row(
    STRUCTURE,
    "Variables at the pipeline level cannot be used in source actions.\nStageName=[Source], ActionName=[Fetch], "
    "ActionConfigurationKey=[S3ObjectKey], VariableReferenceText=[variables.Env]",
    "stage Source, action Fetch",
)
def variable_in_a_source(d):
    d["variables"] = [{"name": "Env"}]
    d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = "#{variables.Env}"


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
