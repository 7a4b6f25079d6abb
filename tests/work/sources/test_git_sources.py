"""Source actions on repositories of this machine: CodeCommit, GitHub and connections, and GitHub's webhook."""

import hmac
import json
import zipfile

import pytest
from account import Account, deploy, stage
from student import task

from cp_teach import load_pipeline
from cp_teach.aws import mock_aws
from cp_teach.aws.backend.service_registry import active
from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused, call_webhook
from cp_teach.pipeline import Pipeline, Push, fires
from cp_teach.work.sources.git import NONE
from cp_teach.work.sources.git_sources import CodeCommit, GitHub
from cp_teach.work.sources.push_watcher import PushWatcher, RefUpdate

COMMIT = {"RepositoryName": "shop", "BranchName": "main"}
CONNECTION = "arn:aws:codestar-connections:us-east-1:123456789012:connection/example"


def moved(old, new, branch="main"):
    return RefUpdate(f"refs/heads/{branch}", old, new)


# -- CodeCommit ------------------------------------------------------------------------------------
def test_codecommit_hands_on_the_newest_commit_and_tells_of_it(tmp_path, shop, ada):
    id = ada.commit("Say hello\n\nLoudly.", note="hi")
    ada.push()
    lines = []
    done = CodeCommit({"shop": shop})(task(tmp_path / "run", configuration=COMMIT, log=lines.append))
    assert (done.failure, done.message, done.external_id) == ("", "Say hello", id)
    ada.env["TZ"] = "UTC"
    date = ada.git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%ad")
    assert done.variables == {
        "AuthorDate": date,
        "BranchName": "main",
        "CommitId": id,
        "CommitMessage": "Say hello\n\nLoudly.",
        "CommitterDate": date,
        "RepositoryName": "shop",
    }
    with zipfile.ZipFile(done.outputs["SourceArtifact"]) as archive:
        assert archive.read("note.txt") == b"hi"
    assert done.outputs["SourceArtifact"].parent == tmp_path / "run"
    assert lines == [f"main {id[:7]} Say hello"]


def test_the_commit_is_that_of_the_execution_although_the_branch_has_moved_on(tmp_path, shop, ada):
    carried = shop.head("main").id
    ada.commit("Later", note="hi")
    ada.push()
    done = CodeCommit({"shop": shop})(
        task(tmp_path / "run", configuration=COMMIT, revisions={"Other": "x", "Fetch": carried})
    )
    assert done.variables["CommitId"] == carried
    with zipfile.ZipFile(done.outputs["SourceArtifact"]) as archive:
        assert "note.txt" not in archive.namelist()


@pytest.mark.parametrize("carried", ["", "made-up", "f" * 40, "--help"])
def test_a_revision_that_the_repository_does_not_know_stands_for_the_head(tmp_path, shop, carried):
    given = task(tmp_path / "run", configuration=COMMIT, revisions={"Fetch": carried})
    assert CodeCommit({"shop": shop})(given).external_id == shop.head("main").id


@pytest.mark.parametrize(
    ("says", "failure", "words"),
    [
        ({"RepositoryName": "shop"}, "ConfigurationError", "has no BranchName"),
        (COMMIT | {"RepositoryName": "mall"}, "ConfigurationError", "no repository mall. It has: shop."),
        (COMMIT | {"BranchName": "topic"}, "RevisionUnavailable", "The branch topic does not exist"),
        (
            COMMIT | {"BranchName": "--output=x"},
            "RevisionUnavailable",
            "The branch --output=x does not exist",
        ),
    ],
)
def test_what_is_not_there_fails_the_action_with_a_sentence(tmp_path, shop, says, failure, words):
    done = CodeCommit({"shop": shop})(task(tmp_path / "run", configuration=says))
    assert done.failure == failure
    assert words in done.message
    assert not done.outputs


def test_a_source_without_an_output_or_without_a_working_git_fails_too(tmp_path, shop, monkeypatch):
    perform = CodeCommit({"shop": shop})
    assert perform(task(tmp_path / "a", outputs=(), configuration=COMMIT)).failure == "ConfigurationError"
    monkeypatch.setenv("PATH", str(tmp_path))
    done = perform(task(tmp_path / "b", configuration=COMMIT))
    assert done.failure == "SystemUnavailable"
    assert "Install it" in done.message


# -- GitHub ----------------------------------------------------------------------------------------
def test_github_and_a_connection_hand_on_the_same_commit_with_their_own_variables(tmp_path, shop):
    github, head = GitHub({"ada/shop": shop}), shop.head("main")
    one = github(task(tmp_path / "a", configuration={"Owner": "ada", "Repo": "shop", "Branch": "main"}))
    says = {"ConnectionArn": CONNECTION, "FullRepositoryId": "ada/shop", "BranchName": "main"}
    two = github(task(tmp_path / "b", configuration=says))
    assert one.variables == {
        "AuthorDate": "2026-01-01T00:00:00Z",
        "BranchName": "main",
        "CommitId": head.id,
        "CommitMessage": "First commit",
        "CommitterDate": "2026-01-01T00:00:00Z",
        "CommitUrl": f"https://github.com/ada/shop/commit/{head.id}",
        "RepositoryName": "shop",
    }
    assert two.variables == {
        "AuthorDate": "2026-01-01T00:00:00Z",
        "BranchName": "main",
        "CommitId": head.id,
        "CommitMessage": "First commit",
        "ConnectionArn": CONNECTION,
        "FullRepositoryName": "ada/shop",
    }
    assert one.outputs["SourceArtifact"].read_bytes() == two.outputs["SourceArtifact"].read_bytes()


def test_github_says_what_it_lacks(tmp_path, shop):
    github = GitHub({"ada/shop": shop})
    for says, words in (
        ({"Owner": "ada", "Repo": "shop"}, "has no Branch"),
        ({"FullRepositoryId": "ada/shop", "BranchName": "main"}, "has no ConnectionArn"),
        ({"Owner": "ada", "Repo": "mall", "Branch": "main"}, "no repository ada/mall"),
    ):
        done = github(task(tmp_path / "run", configuration=says))
        assert done.failure == "ConfigurationError"
        assert words in done.message
    for name in ("shop", "/shop", "ada/", "a/b/c"):
        with pytest.raises(ValueError, match="Write owner/name"):
            GitHub({name: shop})


# -- the webhook -----------------------------------------------------------------------------------
def signature(body: bytes, secret: str) -> str:
    """How GitHub signs the body of a call to a webhook."""
    return f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"


def test_the_signature_is_the_one_of_githubs_documentation():
    # GitHub's documentation, "Validating webhook deliveries", "Testing the webhook payload validation".
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature(b"Hello, World!", "It's a Secret to Everybody") == right


def test_a_push_starts_the_pipeline_if_the_signature_fits_the_secret():
    source = {
        "name": "Fetch",
        "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
        "configuration": {
            "Owner": "ada",
            "Repo": "shop",
            "Branch": "main",
            "OAuthToken": "x",
            "PollForSourceChanges": "false",
        },
        "outputArtifacts": [{"name": "SourceArtifact"}],
    }
    with mock_aws(clock="manual") as mock:
        account = Account(mock)
        account.create("shop", stage("Source", source), stage("Prod", deploy(ins="SourceArtifact")))
        hook = {
            "name": "on-push",
            "targetPipeline": "shop",
            "targetAction": "Fetch",
            "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
            "authentication": "GITHUB_HMAC",
            "authenticationConfiguration": {"SecretToken": "hush"},
        }
        account.cp.put_webhook(webhook=hook)
        (region,) = [each for each in active().regions if each.webhooks.get("on-push")]
        body = json.dumps({"ref": "refs/heads/main"}).encode()
        headers = {"X-Hub-Signature-256": signature(body, "hush")}
        assert (
            call_webhook(region, "on-push", body, headers) == account.executions()[0]["pipelineExecutionId"]
        )
        assert account.executions()[0]["trigger"]["triggerType"] == "Webhook"
        for secret, sent in (("other", body), ("", body), ("hush", body + b" ")):
            with pytest.raises(WebhookRefused, match="does not match"):
                call_webhook(region, "on-push", sent, {"X-Hub-Signature-256": signature(body, secret)})
        for headers in ({}, {"X-Hub-Signature-256": ""}, {"X-Hub-Signature-256": "sha256=ünicode"}):
            with pytest.raises(WebhookRefused, match="does not match"):
                call_webhook(region, "on-push", body, headers)


# -- which push starts which pipeline --------------------------------------------------------------
def test_branch_filters_decide_over_a_push(shop):
    pipeline, head, push = load_pipeline("trigger-by-branch"), shop.head("main").id, PushWatcher(shop).push
    assert fires(pipeline, push(moved(NONE, head, "include-me")))
    verdict = fires(pipeline, push(moved(NONE, head, "exclude1")))
    assert not verdict
    assert "is excluded by exclude1" in str(verdict)


def test_the_files_of_a_push_are_the_first_hundred_that_path_filters_look_at(shop, ada):
    told = Pipeline.of("shop", Source="Fetch:CodeStarSourceConnection", Beta="Sign:Manual").to_aws()
    told["pipelineType"] = "V2"
    told["triggers"] = [
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {
                "sourceActionName": "Fetch",
                "push": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["zebra.txt"]}}],
            },
        }
    ]
    pipeline, push = Pipeline.from_aws(told), PushWatcher(shop).push
    base = shop.head("main").id
    one = ada.commit("Zebra", zebra="1")
    two = ada.commit("Many", zebra="2", **{f"file{number:03}": "1" for number in range(100)})
    ada.push()
    assert push(moved(base, one)) == Push("main", files=("zebra.txt",))
    assert fires(pipeline, push(moved(base, one)))
    verdict = fires(pipeline, push(moved(one, two)))
    assert not verdict
    assert "only the first 100 changed files" in str(verdict)
    assert not fires(pipeline, push(moved(NONE, one)))  # a new branch has no changed files
    assert push(moved(NONE, one)) == Push("main", new_branch=True)
    assert push(RefUpdate("refs/tags/v1", NONE, one)) == Push(tag="v1")
