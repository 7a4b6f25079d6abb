"""Checks: red before, green after the right solution, red with the right words after a wrong one; never a traceback."""

import json

import pytest

import cp_teach
from cp_teach import ByHand, Pipeline, Run, Simulated, Stage, load_pipeline
from cp_teach.aws.iam import needs
from cp_teach.course import EXERCISES, check
from cp_teach.flow import Line, commits, difference, poisson, study, train


def fresh():
    return Run(load_pipeline("demo"), Simulated())


def play(*acts, run=None):
    """A run on which each act is done: ("release", "A") calls run.release("A")."""
    run = run or fresh()
    for name, *values in acts:
        getattr(run, name)(*values)
    return run


SETTLE = ("settle",)
A, B, C = ("release", "A"), ("release", "B"), ("release", "C")
BREAK = ("inject", "Build", "UnitTest")
FULL = ("inject", "Beta", "Deploy")
CLOSE = ("disable", "Prod", "Sale until Sunday")
OPEN = ("enable", "Prod")
OWN = {
    "Source": "CodeCommit",
    "Build": "Compile:CodeBuild then UnitTest:Test/CodeBuild and Lint:Test/CodeBuild",
    "Beta": "CodeDeploy",
    "Prod": "Manual then CodeDeploy",
}
USERS = {"Build/UnitTest", "Build/Lint", "Beta/Deploy", "Prod/Deploy"}


YES, NO = ("approve",), ("reject",)
TWO_IN_PROD = (A, SETTLE, YES, SETTLE, B, SETTLE, YES, SETTLE)
STAGES = {"Source": "S3", "Beta": "CodeDeploy", "Prod": "Manual then CodeDeploy"}
GAMMA = Pipeline.of("shop", **{**STAGES, "Gamma": "CodeDeploy"}, type="V2")


def shop(mode="SUPERSEDED"):
    return Run(Pipeline.of("shop", **STAGES, mode=mode, type="V2"), Simulated())


def own(**changes):
    return Pipeline.of("shop", **{**OWN, **changes})


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
WHO = {
    "ada": "AWSCodePipeline_FullAccess",
    "grace": "AWSCodePipelineApproverAccess",
    "jenkins": "AWSCodePipelineCustomActionAccess",
    "alan": "AWSCodePipeline_ReadOnlyAccess",
}
STATIC = Pipeline.of("static-site", Source="S3", Beta="CodeDeploy").to_aws()
GATED = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Gate="Manual")
HELD = (("disable", "Beta", "Wait"), ("inject", "Build", "CodeBuild"), A, SETTLE)


def plain():
    return Run(Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy"), Simulated())


def gated():
    return Run(GATED, Simulated())


def sample():
    """A run of the sample's pipeline whose first build fails."""
    run = Run(load_pipeline("sample-app"), Simulated(variables={"Build": {"SHOP_VERSION": "1.1"}}))
    return play(("inject", "Build", "Build"), A, SETTLE, run=run)


def buildspec(build, post_build=""):
    """The sample's, with these commands."""
    return json.dumps(
        {
            "version": 0.2,
            "env": {"exported-variables": ["SHOP_VERSION"]},
            "phases": {
                "pre_build": {"commands": ["export SHOP_VERSION=$(cat VERSION)"]},
                "build": {"commands": build.splitlines()},
                **({"post_build": {"commands": post_build.splitlines()}} if post_build else {}),
            },
            "artifacts": {"files": ["appspec.yml", "scripts/*", "public/**/*"]},
        }
    )


TOO_MUCH_TOO_LITTLE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        {"Effect": "Allow", "Action": "codebuild:*", "Resource": "*"},
    ],
}


def crowded(**mended):
    """A pipeline that breaks five quotas, except for those that are mended here."""
    tests = [f"Test{number}:Test/CodeBuild" for number in range(51)]
    many = {"Test": " and ".join(tests)}
    if "tests" in mended:
        many = {"Test": " and ".join(tests[:26]), "MoreTests": " and ".join(tests[26 : mended["tests"]])}
    variables = {f"V{number}": "x" for number in range(mended.get("variables", 51))}
    made = Pipeline.of(
        "shop", Source="CodeCommit", **many, Prod="Manual then CodeDeploy", variables=variables
    )
    structure = made.to_aws() | {"name": "x" * mended.get("name", 101)}
    approve, deploy = structure["stages"][-1]["actions"]
    approve["timeoutInMinutes"] = mended.get("minutes", 90000)
    deploy["runOrder"] = mended.get("order", 1000)
    return structure


MENDED = {"name": 100, "tests": 51, "variables": 50, "minutes": 86400, "order": 999}


def abroad(bucket="shop-ireland", *, both=True):
    """The shop, deployed in Ireland as well."""
    ireland = Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy", Ireland="CodeDeploy").to_aws()
    home = ireland.pop("artifactStore")
    ireland["artifactStores"] = {
        "us-east-1": home,
        "eu-west-1": {"type": "S3", "location": bucket or home["location"]},
    }
    ireland["stages"][2]["actions"][0]["region"] = "eu-west-1"
    if not both:
        del ireland["stages"][1]
    return ireland


DENY_ALL = [{"Effect": "Deny", "Action": "codepipeline:*", "Resource": "*"}]


def approving(resource="shop/Prod/Approve", action="codepipeline:PutApprovalResult"):
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{resource}"
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}]}


def least(**beyond):
    """A statement for each thing that the service role of the demo needs; and what is beyond."""
    wanted = [
        {"Effect": "Allow", "Action": n.action, "Resource": n.resource} for n in needs(load_pipeline("demo"))
    ]
    more = [{"Effect": "Allow", "Action": beyond["action"], "Resource": "*"}] if beyond else []
    return {"Version": "2012-10-17", "Statement": wanted + more}


TEST, PACK = "python3 -m unittest discover -s tests -t .", "python3 build.py"
LOOK = '[ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ] || exit 1'


def together(batch, replications=300, chance=0.015, arrivals=None):
    """The study of the exercise on batches."""
    shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="CodeDeploy")
    arrivals = arrivals or commits(10, batch=batch)
    policy = {"change_failure": chance}
    return study(shop, arrivals=arrivals, policy=policy, replications=replications, seed=1)


NAME = "lead_time_median"


def by_pairs(before, after):
    more = difference(after.measures[NAME], before.measures[NAME])
    return ("slower" if more.mean > 0 else "faster") if more.clear else "cannot tell"


def by_means(before, after):
    return "slower" if after.report[NAME].mean > before.report[NAME].mean else "faster"


def by_intervals(before, after):
    one, other = before.report[NAME], after.report[NAME]
    return "slower" if other.low > one.high else "faster" if other.high < one.low else "cannot tell"


RIGHT = {
    "00-to-prod": lambda: play(A, SETTLE, ("approve",), SETTLE),
    "01-small-batches": lambda: play(A, SETTLE, BREAK, B, SETTLE, C, SETTLE),
    "02-own-pipeline": own,
    "02-who-used-it": lambda: USERS,
    "03-hold-a-release": lambda: play(CLOSE, A, SETTLE, B, SETTLE, OPEN),
    "03-mend-and-retry": lambda: play(FULL, A, SETTLE, ("retry", "Beta"), SETTLE),
    "04-trust": lambda: TRUST,
    "04-who-may-what": lambda: dict(WHO),
    "05-no-build": lambda: {"pipeline": STATIC | {"version": 1}},
    "06-hold-and-mend": lambda: play(
        *HELD, ("retry", "Build"), SETTLE, ("enable", "Beta"), SETTLE, run=plain()
    ),
    "09-approval-bot": lambda: play(A, SETTLE, ("approve", "", "", "Approved by the bot"), run=gated()),
    "09-job-worker": lambda: play(
        A, ("succeed", "Source"), ("succeed", "Build", "", "42 tests"), run=Run(GATED)
    ),
    "07-retry-what-failed": lambda: play(BREAK, A, SETTLE, ("retry", "Build"), SETTLE),
    "07-ask-again": lambda: play(A, SETTLE, NO, ("retry", "Prod"), YES, SETTLE),
    "07-make-way": lambda: play(A, SETTLE, B, SETTLE, ("stop", 1, True), YES, SETTLE),
    "08-all-three": lambda: play(A, SETTLE, B, SETTLE, C, SETTLE, *[YES, SETTLE] * 3, run=shop("QUEUED")),
    "08-roll-back-beta": lambda: play(*TWO_IN_PROD, ("rollback", "Beta", 1), SETTLE, run=shop()),
    "08-edit-at-rest": lambda: play(A, SETTLE, YES, SETTLE, ("edit", GAMMA), run=shop()),
    "10-pack-only-what-is-good": lambda: buildspec(TEST, f"{LOOK}\n{PACK}"),
    "10-deliver-the-fix": lambda: play(B, SETTLE, YES, SETTLE, run=sample()),
    "11-largest-batch": lambda: together(6),
    "11-better-or-not": lambda: by_pairs,
    "12-five-quotas": lambda: crowded(**MENDED),
    "12-two-regions": abroad,
    "12-reviewer": approving,
    "12-least-privilege": least,
}
BEFORE = {
    "00-to-prod": fresh,
    "01-small-batches": fresh,
    "02-own-pipeline": lambda: Pipeline.of("shop", Source="CodeCommit", Build="Compile:CodeBuild"),
    "02-who-used-it": set,
    "03-hold-a-release": fresh,
    "03-mend-and-retry": lambda: play(FULL, A, SETTLE),
    "04-trust": dict,
    "04-who-may-what": dict,
    "05-no-build": lambda: STATIC | {"name": "MyFirstPipeline"},
    "06-hold-and-mend": plain,
    "09-approval-bot": lambda: play(A, SETTLE, run=gated()),
    "09-job-worker": lambda: play(A, run=Run(GATED)),
    "07-retry-what-failed": lambda: play(BREAK, A, SETTLE),
    "07-ask-again": lambda: play(A, SETTLE, NO),
    "07-make-way": lambda: play(A, SETTLE, B, SETTLE),
    "08-all-three": lambda: play(A, SETTLE, B, SETTLE, C, SETTLE, run=shop("SUPERSEDED")),
    "08-roll-back-beta": lambda: play(*TWO_IN_PROD, run=shop()),
    "08-edit-at-rest": lambda: play(A, SETTLE, run=shop()),
    "10-pack-only-what-is-good": lambda: buildspec(TEST, PACK),
    "10-deliver-the-fix": sample,
    "11-largest-batch": lambda: together(10, 20),
    "11-better-or-not": lambda: by_means,
    "12-five-quotas": crowded,
    "12-two-regions": lambda: Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy").to_aws(),
    "12-reviewer": lambda: {"Version": "2012-10-17", "Statement": []},
    "12-least-privilege": lambda: TOO_MUCH_TOO_LITTLE,
}
WRONG = [  # exercise, a wrong answer, and the conditions that must be named as missing
    (
        "00-to-prod",
        lambda: play(A, SETTLE, ("reject",), SETTLE),
        ["answered with Approved", "Prod succeeded"],
    ),
    ("00-to-prod", lambda: play(A, SETTLE), ["answered with Approved", "Prod succeeded"]),
    ("00-to-prod", lambda: play(A), ["came to the approval", "answered with Approved", "Prod succeeded"]),
    (
        "01-small-batches",
        lambda: play(BREAK, A, SETTLE, B, SETTLE, C, SETTLE),
        ["The second, and no other", "first and the third", "never saw the second"],
    ),
    ("01-small-batches", lambda: play(A, SETTLE, BREAK, B, SETTLE), ["Exactly three", "first and the third"]),
    (
        "01-small-batches",
        lambda: play(A, SETTLE, B, SETTLE, C, SETTLE),
        ["The second, and no other", "never saw the second"],
    ),
    ("02-own-pipeline", lambda: own(Prod="CodeDeploy"), ["an approval comes before"]),
    ("02-own-pipeline", lambda: own(Prod="CodeDeploy then Manual"), ["an approval comes before"]),
    ("02-own-pipeline", lambda: own(Prod="Manual and CodeDeploy"), ["an approval comes before"]),
    (
        "02-own-pipeline",
        lambda: own(Build="Compile:CodeBuild then A:Test/CodeBuild then B:Test/CodeBuild"),
        ["two tests run in parallel"],
    ),
    (
        "02-own-pipeline",
        lambda: own(Build="Compile:CodeBuild and A:Test/CodeBuild and B:Test/CodeBuild"),
        ["two tests run in parallel"],
    ),
    (
        "02-own-pipeline",
        lambda: own(Build="A:Test/CodeBuild and B:Test/CodeBuild"),
        ["two tests", "what Build made"],
    ),
    ("02-who-used-it", lambda: USERS | {"Build/Compile"}, ["never sees MyAppBuild"]),
    ("02-who-used-it", lambda: USERS - {"Prod/Deploy"}, ["None is missing"]),
    ("02-who-used-it", lambda: {"Compile"}, ["is an action of the demo", "None is missing"]),
    (
        "03-hold-a-release",
        lambda: play(CLOSE, A, SETTLE, B, SETTLE),
        ["enabled again", "Only the newest change entered"],
    ),
    (
        "03-hold-a-release",
        lambda: play(CLOSE, A, SETTLE, OPEN),
        ["Two executions reached", "older one was superseded", "enabled again", "Only the newest"],
    ),
    (
        "03-hold-a-release",
        lambda: play(("disable", "Prod"), A, SETTLE, B, SETTLE, OPEN),
        ["with a reason in your own words"],
    ),
    (
        "03-hold-a-release",
        lambda: play(("disable", "Beta", "Sale"), A, SETTLE, B, SETTLE, ("enable", "Beta"), SETTLE),
        ["into Prod was disabled", "Two executions", "older one", "enabled again", "Only the newest"],
    ),
    (
        "03-mend-and-retry",
        lambda: play(FULL, A, SETTLE, B, SETTLE),
        ["Its stage was retried", "Execution 1 succeeded", "No other change"],
    ),
    ("03-mend-and-retry", lambda: play(FULL, A, SETTLE, ("retry", "Beta")), ["Execution 1 succeeded"]),
    ("03-mend-and-retry", lambda: play(A, SETTLE), ["Execution 1 failed", "Its stage was retried"]),
    (
        "04-trust",
        lambda: {"Statement": {"Effect": "Deny", "Principal": {"Service": ["codepipeline.amazonaws.com"]}}},
        ["assume the role", "allows it"],
    ),
    ("04-trust", lambda: {"Statement": [{"Principal": "*"}]}, ["names CodePipeline", "assume", "allows"]),
    ("04-who-may-what", lambda: WHO | {"grace": "AWSCodePipeline_FullAccess"}, ["grace has"]),
    (
        "05-no-build",
        lambda: Pipeline.of(
            "static-site", Source="CodeCommit", Build="CodeBuild", Deploy="CodeDeploy"
        ).to_aws(),
        ["source is S3", "no build stage", "Beta"],
    ),
    (
        "06-hold-and-mend",
        lambda: play(*HELD, ("release", "B"), SETTLE, run=plain()),
        ["Build was retried", "enabled again", "the only one"],
    ),
    (
        "09-approval-bot",
        lambda: play(A, SETTLE, ("reject",), run=gated()),
        ["was Approved", "a bot did it"],
    ),
    (
        "09-job-worker",
        lambda: play(A, ("succeed", "Source"), ("succeed", "Build"), run=Run(GATED)),
        ["says what it did"],
    ),
    (
        "07-retry-what-failed",
        lambda: play(BREAK, A, SETTLE, ("retry", "Build", "ALL_ACTIONS"), SETTLE),
        ["Lint ran once"],
    ),
    (
        "07-retry-what-failed",
        lambda: play(BREAK, A, SETTLE, B, SETTLE),
        ["UnitTest ran twice", "Execution 1 asks", "No other change"],
    ),
    (
        "07-ask-again",
        lambda: play(A, SETTLE, NO, B, SETTLE, YES, SETTLE),
        ["Prod was retried", "Execution 1 succeeded"],
    ),
    (
        "07-make-way",
        lambda: play(A, SETTLE, B, SETTLE, YES, SETTLE, YES, SETTLE),
        ["Execution 1 was stopped", "old change was never"],
    ),
    (
        "08-all-three",
        lambda: play(A, SETTLE, B, SETTLE, C, SETTLE, *[YES, SETTLE] * 2, run=shop("SUPERSEDED")),
        ["Nobody was superseded", "All three"],
    ),
    (
        "08-roll-back-beta",
        lambda: play(*TWO_IN_PROD, ("rollback", "Prod", 1), YES, SETTLE, run=shop()),
        ["Beta was rolled back", "The rollback has succeeded", "Prod still has"],
    ),
    (
        "08-roll-back-beta",
        lambda: play(*TWO_IN_PROD, ("rollback", "Beta", 1), run=shop()),
        ["The rollback has succeeded"],
    ),
    (
        "08-edit-at-rest",
        lambda: play(A, SETTLE, ("edit", GAMMA), SETTLE, run=shop()),
        ["No execution was cancelled", "is in Prod"],
    ),
    (
        "10-pack-only-what-is-good",
        lambda: buildspec(f"{TEST} || true\n{PACK}"),
        ["With a failing test", "nothing is packed"],
    ),
    ("10-pack-only-what-is-good", lambda: buildspec(TEST), ["the build succeeds", "has the page"]),
    ("10-pack-only-what-is-good", lambda: "not yaml", ["the build succeeds", "has the page"]),
    ("10-deliver-the-fix", lambda: play(B, SETTLE, run=sample()), ["approved and deployed"]),
    (
        "10-deliver-the-fix",
        lambda: play(("retry", "Build"), SETTLE, YES, SETTLE, run=sample()),
        ["second push", "tests are", "approved"],
    ),
    ("11-largest-batch", lambda: together(1), ["A larger batch would not do"]),
    ("11-largest-batch", lambda: together(5), ["A larger batch would not do"]),
    ("11-largest-batch", lambda: together(6, 20), ["interval"]),
    ("11-largest-batch", lambda: together(7), ["interval"]),
    ("11-largest-batch", lambda: together(6, chance=0.01), ["Ten changes a day"]),
    ("11-largest-batch", lambda: together(0, arrivals=commits(5, batch=6)), ["Ten changes a day"]),
    ("11-better-or-not", lambda: by_intervals, ["though the intervals overlap", "slower is slower"]),
    (
        "11-better-or-not",
        lambda: lambda before, after: by_pairs(after, before),
        ["though the intervals overlap", "slower is slower"],
    ),
    ("11-better-or-not", lambda: lambda *studies: "cannot tell", ["quicker is faster", "slower is slower"]),
    ("12-five-quotas", lambda: crowded(**MENDED | {"name": 101}), ["name is short", "AWS accepts it"]),
    (
        "12-five-quotas",
        lambda: crowded(**MENDED | {"variables": 51}),
        ["more variables", "AWS accepts it"],
    ),
    ("12-five-quotas", lambda: crowded(**MENDED | {"minutes": 4}), ["ends in time", "AWS accepts it"]),
    ("12-five-quotas", lambda: crowded(**MENDED | {"order": 0}), ["run orders", "AWS accepts it"]),
    ("12-five-quotas", lambda: crowded(**MENDED | {"tests": 50}), ["All 51 tests"]),
    (
        "12-five-quotas",
        lambda: Pipeline.of("shop", Source="CodeCommit", Test="Test/CodeBuild", Prod="CodeDeploy"),
        ["ends in time", "more variables", "All 51 tests"],
    ),
    ("12-two-regions", lambda: abroad(""), ["different buckets"]),
    ("12-two-regions", lambda: abroad(both=False), ["still runs at home"]),
    (
        "12-two-regions",
        lambda: {**abroad(), "artifactStore": {"type": "S3", "location": "shop-home"}},
        ["old artifactStore", "AWS accepts it"],
    ),
    ("12-reviewer", lambda: approving("shop/*"), ["no other approval"]),
    ("12-reviewer", lambda: approving("shop"), ["answer the approval of Prod"]),
    ("12-reviewer", lambda: approving(action="codepipeline:Put*"), ["no other"]),
    (
        "12-reviewer",
        lambda: {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        ["no other", "no other approval", "no other service"],
    ),
    (
        "12-reviewer",
        lambda: {**approving(), "Statement": [*approving()["Statement"], *DENY_ALL]},
        ["answer the approval of Prod"],
    ),
    ("12-least-privilege", lambda: least(action="codebuild:StartBuild"), ["nothing beyond"]),
    ("12-least-privilege", lambda: least(action="iam:*"), ["nothing beyond"]),
    (
        "12-least-privilege",
        lambda: {"Statement": least()["Statement"][1:]},
        ["has what it needs"],
    ),
]


def test_every_exercise_is_tried():
    assert set(RIGHT) == set(BEFORE) == set(EXERCISES) == {name for name, _, _ in WRONG}


def test_under_nbgrader_what_is_missing_is_an_exception_with_the_same_words(monkeypatch):
    run = BEFORE["07-make-way"]()
    words = repr(check("07-make-way", run))
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError) as error:
        check("07-make-way", run)
    assert str(error.value) == words
    assert check("07-make-way", RIGHT["07-make-way"]())


@pytest.mark.parametrize("name", EXERCISES)
def test_red_before(name):
    checked = check(name, BEFORE[name]())
    assert not checked
    assert checked.missing
    assert all(line.todo for line in checked.missing)


@pytest.mark.parametrize("name", EXERCISES)
def test_green_after_the_right_solution(name):
    checked = check(name, RIGHT[name]())
    assert checked, checked
    assert not any(line.todo for line in checked.lines)


@pytest.mark.parametrize(("name", "answer", "missing"), WRONG)
def test_red_after_a_wrong_one_and_it_says_what_is_missing(name, answer, missing):
    output = [line.text for line in check(name, answer()).missing]
    assert len(output) == len(missing), output
    for text, words in zip(output, missing, strict=True):
        assert words in text


def test_it_lists_glyph_and_word_and_what_to_do():
    output = str(check("03-mend-and-retry", play(FULL, A, SETTLE)))
    assert "03-mend-and-retry: not yet. 2 of 4 conditions are met." in output
    assert "✓ Met: Execution 1 failed in Beta." in output
    assert '✗ Missing: Its stage was retried.\n      Hint: Call run.retry("Beta").' in output


def test_a_notebook_gets_the_same_as_a_list():
    html = check("00-to-prod", play(A))._repr_html_()
    assert html.count("<li") == 4
    assert html.count("✓ Met") == 1
    assert html.count("✗ Missing") == 3
    assert "not yet. 1 of 4 conditions are met." in html


def test_what_a_learner_wrote_is_escaped():
    html = check("02-who-used-it", {"<script>/x"})._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


SMALL = Pipeline.of("small", Source="S3", Build="CodeBuild")
JUNK = [
    None,
    3,
    "a text",
    b"bytes",
    [],
    [1, 2],
    {},
    {"stages": "none"},
    {"a", "b"},
    object(),
    Run,
    Pipeline,
    fresh,
    SMALL,
    Pipeline("empty", ()),
    Pipeline("x", (Stage("Build", ()), Stage("Build", ()))),
    Pipeline("cut", load_pipeline("demo").stages[:3]),
    Pipeline("cut", load_pipeline("demo").stages[:3]).to_aws(),
    lambda: Run(SMALL),
    lambda: fresh(),
    lambda: play(A, ("delete",)),
    lambda: play(A, SETTLE, ("undo",), ("reset",)),
    lambda: Run(load_pipeline("demo"), ByHand()),
]


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("junk", range(len(JUNK)))
def test_a_wrong_kind_of_answer_gets_a_sentence_and_no_traceback(name, junk):
    given = JUNK[junk]
    for answer in (
        given,
        given() if callable(given) and getattr(given, "__name__", "") == "<lambda>" else given,
    ):
        checked = check(name, answer)
        assert not checked
        assert str(checked).startswith(f"{name}: not yet.")
        assert checked.complaint == "" or checked.todo


def test_a_console_is_as_good_as_its_run():
    assert check("00-to-prod", cp_teach.Console(RIGHT["00-to-prod"]()))


def test_the_json_of_a_pipeline_is_as_good_as_the_pipeline():
    assert check("02-own-pipeline", json.loads(json.dumps(own().to_aws())))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (lambda before, after: before.speed, "AttributeError"),
        (lambda before, after: "quicker", "returns 'quicker'"),
        (lambda before, after: None, "returns None"),
        (lambda: "faster", "TypeError"),
    ],
)
def test_a_function_that_cannot_be_judged_is_told_why(verdict, words):
    checked = check("11-better-or-not", verdict)
    assert words in checked.complaint
    assert checked.todo


def test_a_study_of_something_else_is_told_apart():
    other = Line(1).study(arrivals=poisson(1), durations=1.0, revisions=100)
    assert "looks at a Study" in check("11-largest-batch", other).complaint
    weekly = together(0, 20, arrivals=train("Fri 16:00", 10))
    assert "do not arrive by commits" in check("11-largest-batch", weekly).complaint


def test_what_is_no_structure_inside_is_told_in_the_words_of_aws():
    checked = check("12-five-quotas", {"pipeline": "shop"})
    assert checked.complaint.startswith("This structure cannot be read: ")
    assert checked.complaint.endswith("Member must be a structure")
    assert checked.todo == "Run the cell above, and begin anew."


def test_what_is_no_text_is_told_from_a_buildspec():
    checked = check("10-pack-only-what-is-good", {"version": 0.2})
    assert "looks at the text of a buildspec" in checked.complaint
    assert checked.todo.startswith("Write the buildspec as a text")


def test_a_run_of_another_pipeline_is_told_apart():
    assert (
        check("03-hold-a-release", Run(SMALL)).complaint
        == "The pipeline small of this run has no stage Prod."
    )


def test_what_to_do_for_changes_that_did_not_wait_depends_on_the_door_that_was_closed():
    at_another = play(("disable", "Beta", "Sale"), A, SETTLE, B, SETTLE)
    close = "Disable the transition into Prod before you release."
    assert close in str(check("03-hold-a-release", at_another))
    one_change = str(check("03-hold-a-release", play(CLOSE, A, SETTLE, OPEN)))
    assert "let it reach the transition" in one_change
    assert close not in one_change


@pytest.mark.parametrize("name", ["00-to-pro", "", None, 7, ["00-to-prod"]])
def test_a_name_that_no_exercise_has_lists_those_there_are(name):
    checked = check(name, None)
    assert not checked
    assert all(known in checked.todo for known in EXERCISES)


def test_a_name_that_is_nearly_right_is_guessed():
    assert 'Did you mean check("03-hold-a-release", …)?' in check("03-hold-release", None).todo
