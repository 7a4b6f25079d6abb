"""Source actions on repositories of this machine: CodeCommit, GitHub and connections, and GitHub's webhook."""

import json
import zipfile

import pytest
from account import Account, deploy, stage
from student import Ear, task

from cp_teach import load_pipeline
from cp_teach.aws import mock_aws
from cp_teach.aws.operations.pipelines.webhook_calls import Turned, call
from cp_teach.aws.server.advance_time import regions
from cp_teach.pipeline import Pipeline, Push
from cp_teach.work.sources.codecommit import CodeCommit
from cp_teach.work.sources.git import NONE
from cp_teach.work.sources.github import GitHub, change, signature, starts, verified
from cp_teach.work.sources.push_watcher import Moved

COMMIT = {"RepositoryName": "shop", "BranchName": "main"}
CONNECTION = "arn:aws:codestar-connections:us-east-1:123456789012:connection/example"


def moved(old, new, branch="main"):
    return Moved(f"refs/heads/{branch}", old, new)


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
        (COMMIT | {"RepositoryName": "mall"}, "ConfigurationError", "no repository mall. Known here: shop."),
        (COMMIT | {"BranchName": "topic"}, "RevisionUnavailable", "no branch topic"),
        (COMMIT | {"BranchName": "--output=x"}, "RevisionUnavailable", "no branch --output=x"),
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
def test_a_push_becomes_the_call_that_github_would_make(shop, ada):
    ear = Ear()
    with shop.watch(ear):
        one = ada.commit("One", keep="1", gone="1")
        two = ada.commit("Two", keep="2", gone=None, fresh="1")
        ada.push()
        (push,) = ear.wait(1)
    headers, body = GitHub({"ada/shop": shop}).delivery("ada/shop", push, "hush")
    told = json.loads(body)
    assert (told["ref"], told["before"], told["after"]) == ("refs/heads/main", push.old, two)
    assert (told["created"], told["forced"], told["deleted"]) == (False, False, False)
    changes = [(c["id"], c["added"], c["modified"], c["removed"]) for c in told["commits"]]
    assert changes == [
        (one, ["gone.txt", "keep.txt"], [], []),
        (two, ["fresh.txt"], ["keep.txt"], ["gone.txt"]),
    ]
    assert told["head_commit"] == told["commits"][-1]
    assert told["pusher"] == {"name": "Ada", "email": "ada@example.org"}
    assert told["repository"]["full_name"] == "ada/shop"
    assert headers["X-GitHub-Event"] == "push"
    assert verified(headers, body, "hush")
    assert not verified(headers, body, "other")
    assert not verified(headers, body + b" ", "hush")


def test_a_new_branch_brings_only_what_is_new_and_a_forced_push_says_so(shop, ada):
    base = shop.head("main").id
    one = ada.commit("One", note="1")
    ada.push("origin", "HEAD:refs/heads/topic")
    github = GitHub({"ada/shop": shop})
    told = json.loads(github.delivery("ada/shop", moved(NONE, one, "topic"), "")[1])
    assert [each["id"] for each in told["commits"]] == [one]
    assert told["created"]
    ada.git("reset", "--quiet", "--hard", base)
    two = ada.commit("Two", note="2")
    ada.push("--force", "origin", "HEAD:refs/heads/topic")
    told = json.loads(github.delivery("ada/shop", moved(one, two, "topic"), "")[1])
    assert told["forced"]
    assert [each["id"] for each in told["commits"]] == [two]
    with pytest.raises(LookupError, match="Known here: ada/shop"):
        github.delivery("ada/mall", moved(base, two), "")


def test_the_signature_is_the_one_of_githubs_documentation():
    # GitHub's documentation, "Validating webhook deliveries", "Testing the webhook payload validation".
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature(body, secret) == right
    assert verified({"x-hub-signature-256": right}, body, secret)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=ünicode"},
        {"X-Hub-Signature-256": signature(b"x", "")},
        {"X-Hub-Signature": signature(b"x", "hush", "sha1")},
    ],
)
def test_what_is_not_signed_rightly_is_not_verified(headers):
    assert not verified(headers, b"x", "hush")
    assert not verified(headers, b"x", "")


def test_the_same_call_is_accepted_by_our_own_webhook(shop):
    """Whoever hands a delivery to the service finds the pipeline started, and with another secret refused."""
    github = GitHub({"ada/shop": shop})
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
        (region,) = [each for each in regions() if each.webhooks.get("on-push")]
        push = moved(NONE, shop.head("main").id)
        headers, body = github.delivery("ada/shop", push, "hush")
        assert call(region, "on-push", body, headers) == account.executions()[0]["pipelineExecutionId"]
        assert account.executions()[0]["trigger"]["triggerType"] == "Webhook"
        with pytest.raises(Turned, match="does not match"):
            call(region, "on-push", body, github.delivery("ada/shop", push, "other")[0])


# -- which push starts which pipeline --------------------------------------------------------------
def test_branch_filters_decide_over_a_push(shop):
    pipeline, head = load_pipeline("trigger-by-branch"), shop.head("main").id
    assert starts(pipeline, shop, moved(NONE, head, "include-me"))
    verdict = starts(pipeline, shop, moved(NONE, head, "exclude1"))
    assert not verdict
    assert "is kept out by exclude1" in str(verdict)


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
    pipeline = Pipeline.from_aws(told)
    base = shop.head("main").id
    one = ada.commit("Zebra", zebra="1")
    two = ada.commit("Many", zebra="2", **{f"file{number:03}": "1" for number in range(100)})
    ada.push()
    assert change(shop, moved(base, one)) == Push("main", files=("zebra.txt",))
    assert starts(pipeline, shop, moved(base, one))
    verdict = starts(pipeline, shop, moved(one, two))
    assert not verdict
    assert "only the first 100 changed files" in str(verdict)
    assert not starts(pipeline, shop, moved(NONE, one))  # a new branch has no changed files
    assert change(shop, moved(NONE, one)) == Push("main", new_branch=True)
    assert change(shop, Moved("refs/tags/v1", NONE, one)) == Push(tag="v1")
