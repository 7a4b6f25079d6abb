"""Stories of pushes and pull requests: which of them start the pipeline, and what is said of the others."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_structure import action, connection, valid

from cp_teach import load_pipeline
from cp_teach.pipeline import Pipeline, PullRequest, Push, fires
from cp_teach.pipeline.globs import matches


def pipeline(push=(), pull=(), **settings):
    """The shop with a connection and these filters, as AWS's JSON writes them."""
    d = connection()
    d["stages"][0]["actions"][0]["configuration"].update(settings)
    git = {"sourceActionName": "Fetch", "push": list(push), "pullRequest": list(pull)}
    git = {key: value for key, value in git.items() if value}
    d["triggers"] = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]
    return Pipeline.from_aws(d)


def only(*includes, out=()):
    return {key: list(globs) for key, globs in (("includes", includes), ("excludes", out)) if globs}


MAIN = only("main*", out=["main-old"])


# -- the published structure -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("branch", "starts"),
    [
        ("include", True),
        ("include-this", True),
        ("include/this", False),
        ("exclude1", False),
        ("master", False),
    ],
)
def test_a_published_pipeline_filters_by_branch(branch, starts):
    # master is the BranchName of its source: with filters that is for starts by hand alone.
    assert bool(fires(load_pipeline("trigger-by-branch"), Push(branch))) == starts


# -- branches and tags -------------------------------------------------------------------------------------
def test_an_exclude_beats_an_include():
    verdict = fires(pipeline([{"branches": MAIN}]), Push("main-old"))
    assert not verdict
    assert str(verdict) == (
        "The push to branch main-old does not start shop: "
        "in push filter 1 of Fetch, branch main-old is excluded by main-old."
    )


def test_with_excludes_alone_everything_else_is_let_in():
    shop = pipeline([{"branches": only(out=["wip/**"])}])
    assert fires(shop, Push("main"))
    assert not fires(shop, Push("wip/a/b"))


def test_one_of_several_filters_is_enough():
    shop = pipeline([{"tags": only("release-1")}, {"branches": only("main*", out=["feature*"])}])
    assert fires(shop, Push(tag="release-1"))
    assert fires(shop, Push("main"))
    verdict = fires(shop, Push("feature-branch"))
    assert str(verdict) == (
        "The push to branch feature-branch does not start shop: "
        "in push filter 1 of Fetch, the filter is for tags, not branches; "
        "in push filter 2 of Fetch, branch feature-branch is excluded by feature*."
    )


def test_a_tag_is_no_branch_and_a_branch_is_no_tag():
    assert not fires(pipeline([{"branches": only("v1")}]), Push(tag="v1"))
    assert not fires(pipeline([{"tags": only("v1")}]), Push("v1"))


def test_the_filters_of_pushes_and_of_pull_requests_are_apart():
    pushes = pipeline([{"branches": MAIN}])
    pulls = pipeline(pull=[{"branches": MAIN}])
    request = PullRequest("OPEN", "main", "topic")
    assert fires(pushes, Push("main"))
    assert not fires(pulls, Push("main"))
    assert fires(pulls, request)
    assert "the trigger of Fetch is only for pushes" in str(fires(pushes, request))
    both = pipeline([{"branches": only("main")}], [{"branches": only("next")}])
    assert [bool(fires(both, Push(b))) for b in ("main", "next")] == [True, False]
    assert [bool(fires(both, PullRequest("OPEN", b, "t"))) for b in ("main", "next")] == [False, True]


# -- files -------------------------------------------------------------------------------------------------
FILES = [{"branches": only("main"), "filePaths": only("src/**", out=["**/README.md"])}]


def test_branch_and_files_must_both_fit():
    shop = pipeline(FILES)
    assert fires(shop, Push("main", files=["src/till.py"]))
    assert not fires(shop, Push("topic", files=["src/till.py"]))
    assert not fires(shop, Push("main", files=["docs/till.md"]))
    assert not fires(shop, Push("main"))


def test_each_file_is_judged_for_itself():
    shop = pipeline(FILES)
    readme = fires(shop, Push("main", files=["src/README.md"]))
    assert not readme
    assert "file src/README.md is excluded by **/README.md" in str(readme)
    assert fires(shop, Push("main", files=["src/README.md", "src/till.py"]))
    none = str(fires(shop, Push("main", files=["src/README.md", "a"])))
    assert "none of the 2 changed files is included: file src/README.md is excluded" in none


def test_only_the_first_100_files_are_looked_at():
    shop = pipeline(FILES)
    others = [f"docs/{number}.md" for number in range(99)]
    assert fires(shop, Push("main", files=[*others, "src/till.py"]))
    late = fires(shop, Push("main", files=[*others, "docs/x.md", "src/till.py"]))
    assert not late
    assert "src/till.py would be included, but only the first 100 changed files are compared" in str(late)


def test_creating_a_branch_passes_no_filter_of_files():
    shop = pipeline([{"branches": only("**"), "filePaths": only("**")}])
    assert fires(shop, Push("topic", files=["a"]))
    assert not fires(shop, Push("topic", files=["a"], new_branch=True))
    assert fires(pipeline([{"branches": only("**")}]), Push("topic", files=["a"], new_branch=True))


# -- pull requests -----------------------------------------------------------------------------------------
def test_a_pull_request_is_filtered_by_where_it_goes_and_built_from_where_it_comes():
    shop = pipeline(pull=[{"branches": only("main")}])
    verdict = fires(shop, PullRequest("UPDATED", "main", "topic"))
    assert (verdict.starts, verdict.ref, verdict.source_action) == (True, "topic", "Fetch")
    assert not fires(shop, PullRequest("UPDATED", "topic", "main"))
    assert fires(pipeline([{"branches": only("main")}]), Push("main")).ref == "main"


def test_only_the_events_that_are_named_count():
    shop = pipeline(pull=[{"events": ["OPEN", "CLOSED"], "branches": only("main")}])
    starts = [bool(fires(shop, PullRequest(e, "main", "topic"))) for e in ("OPEN", "UPDATED", "CLOSED")]
    assert starts == [True, False, True]
    assert "the events are OPEN, CLOSED, not UPDATED" in str(fires(shop, PullRequest("UPDATED", "main", "t")))
    any_event = pipeline(pull=[{"branches": only("main")}])
    assert all(fires(any_event, PullRequest(e, "main", "topic")) for e in ("OPEN", "UPDATED", "CLOSED"))


def test_a_pull_request_has_files_too():
    shop = pipeline(pull=[{"branches": only("main"), "filePaths": only("src/**")}])
    assert fires(shop, PullRequest("OPEN", "main", "topic", ["src/a"]))
    assert not fires(shop, PullRequest("OPEN", "main", "topic", ["docs/a"]))


# -- no trigger: the change detection of the source --------------------------------------------------------
def untriggered(**settings):
    d = connection()
    del d["triggers"]
    d["stages"][0]["actions"][0]["configuration"].update(settings)
    return Pipeline.from_aws(d)


def test_without_a_trigger_a_push_to_the_branch_of_the_source_starts():
    shop = untriggered()
    assert fires(shop, Push("main"))
    assert "Fetch watches only branch main" in str(fires(shop, Push("topic")))
    assert not fires(shop, Push(tag="main"))
    assert not fires(shop, PullRequest("OPEN", "main", "topic"))
    assert fires(untriggered(DetectChanges="true"), Push("main"))
    assert "DetectChanges false" in str(fires(untriggered(DetectChanges="false"), Push("main")))


def test_a_trigger_ends_the_change_detection_of_its_own_source():
    shop = pipeline([{"branches": only("release/*")}])
    assert not fires(shop, Push("main"))
    assert fires(pipeline(), Push("main"))  # a trigger that filters nothing leaves it as it was


def sources(*actions):
    d = valid()
    d["stages"][0]["actions"] = [copy.deepcopy(one) for one in actions]
    return Pipeline.from_aws(d)


COMMIT = action("Commit", "Source", "CodeCommit", outputs=["Source"], RepositoryName="r", BranchName="dev")
BUCKET = action("Bucket", "Source", "S3", outputs=["Config"], S3Bucket="b", S3ObjectKey="k")


@pytest.mark.parametrize(
    ("setting", "how"),
    [
        (None, "by polling"),
        ("true", "by polling"),
        ("True", "by polling"),
        ("false", "by an EventBridge rule"),
        ("yes", "by an EventBridge rule"),
    ],
)
def test_codecommit_is_watched_by_polling_or_by_a_rule(setting, how):
    commit = copy.deepcopy(COMMIT)
    if setting:
        commit["configuration"]["PollForSourceChanges"] = setting
    verdict = fires(sources(commit), Push("dev"))
    assert verdict
    assert f"watches branch dev {how}" in str(verdict)
    assert not fires(sources(commit), Push("main"))


def test_the_source_must_be_told_where_two_watch_repositories():
    other = copy.deepcopy(COMMIT) | {"name": "Other", "outputArtifacts": [{"name": "More"}]}
    other["configuration"]["BranchName"] = "main"
    two = sources(COMMIT, other)
    with pytest.raises(ValueError, match=r"the repositories of Commit, Other\."):
        fires(two, Push("dev"))
    assert fires(two, Push("dev"), "Commit")
    assert not fires(two, Push("dev"), "Other")


def test_a_source_that_watches_no_repository_is_told():
    assert fires(sources(COMMIT, BUCKET), Push("dev")).source_action == "Commit"
    with pytest.raises(ValueError, match="Bucket watches no repository"):
        fires(sources(COMMIT, BUCKET), Push("dev"), "Bucket")
    with pytest.raises(ValueError, match="No source of shop watches a repository"):
        fires(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), Push("dev"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Push(), "one branch or of one tag"),
        (lambda: Push("main", "v1"), "one branch or of one tag"),
        (lambda: Push("main", files="src/a"), "several paths"),
        (lambda: PullRequest("MERGED", "main", "topic"), "not 'MERGED'"),
        (lambda: PullRequest("OPEN", "main", ""), "two branches"),
    ],
)
def test_a_change_that_cannot_be_is_told(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_a_glob_that_cannot_be_read_is_a_warning_and_an_error_when_it_is_used():
    shop = pipeline([{"branches": only("main", "a[b")}])
    [warning] = shop.check()
    assert warning.level == "warning"
    assert "a[b" in warning.message
    assert warning.path.endswith("push.1.member.branches.includes.2.member")
    with pytest.raises(ValueError, match="is invalid"):
        fires(shop, Push("topic"))


# -- every combination -------------------------------------------------------------------------------------
WORDS = st.sampled_from(["main", "dev", "src/a", "src/b", "docs/a"])
GLOBS = st.lists(st.sampled_from(["main", "d*", "src/*", "**", "**/a"]), min_size=1, max_size=3)
CRITERIA = st.dictionaries(st.sampled_from(["includes", "excludes"]), GLOBS, min_size=1)
FILTER = st.one_of(
    st.fixed_dictionaries({"tags": CRITERIA}),
    st.fixed_dictionaries({"branches": CRITERIA}),
    st.fixed_dictionaries({"branches": CRITERIA, "filePaths": CRITERIA}),
)
PUSH = st.builds(
    lambda name, tag, files, new: Push(tag=name) if tag else Push(name, files=tuple(files), new_branch=new),
    WORDS,
    st.booleans(),
    st.lists(WORDS, max_size=3),
    st.booleans(),
)


def let_in(name, criteria):
    included = [matches(glob, name) for glob in criteria.get("includes", ["**"])]
    excluded = [matches(glob, name) for glob in criteria.get("excludes", [])]
    return any(included) and not any(excluded)


def passes(push, one):
    if push.tag or "tags" in one:
        return bool(push.tag) and "tags" in one and let_in(push.tag, one["tags"])
    branch = let_in(push.branch, one["branches"])
    paths = one.get("filePaths")
    files = paths is None or (not push.new_branch and any(let_in(file, paths) for file in push.files))
    return branch and files


@given(st.lists(FILTER, min_size=1, max_size=3), PUSH)
def test_or_between_filters_and_within_one(filters, push):
    verdict = fires(pipeline(filters), push)
    assert bool(verdict) == any(passes(push, one) for one in filters)
    assert ("does not start" in str(verdict)) != bool(verdict)
    assert str(verdict).count("push filter") == (1 if verdict else len(filters))
