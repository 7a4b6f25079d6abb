"""A buildspec is read as CodeBuild reads it; what CodeBuild refuses is refused, with the place."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.work.codebuild import buildspec
from cp_teach.work.codebuild.buildspec import ArtifactFiles, BadBuildspec, Buildspec, OnFailure, Phase, parse

COURSE = """\
version: 0.2
phases:
  install:
    runtime-versions:
      java: corretto8
  build:
    commands:
      - echo Build started
      - mvn test
  post_build:
    commands:
      - mvn package
artifacts:
  files:
    - target/my-app-1.0-SNAPSHOT.jar
    - appspec.yml
  discard-paths: yes
"""

EVERYTHING = """\
version: 0.2
run-as: someone
env:
  shell: bash
  variables: {PORT: 0080, ANSWER: yes, EMPTY: , CODEBUILD_BUILD_ID: mine}
  parameter-store: {PASSWORD: /shop/password}
  secrets-manager: {TOKEN: "shop:token"}
  exported-variables: [PORT, VERSION]
  git-credential-helper: no
proxy: {logs: no}
batch: {fast-fail: false}
phases:
  pre_build:
    run-as: someone
    on-failure: CONTINUE
    commands: [a, 0.10]
    finally: [c]
  build:
    on-failure: 'RETRY-2-.*Error: [0-9]+'
    commands:
      - |
        if true
        then echo
        fi
artifacts:
  files: ['**/*']
  name: it
  base-directory: 'build*'
  exclude-paths: ['**/*.log']
  secondary-artifacts:
    Other: {files: [x], discard-paths: no}
reports: {tests: {files: ['*.xml']}}
cache: {paths: ['/home/me/.m2/**/*']}
"""


def refused(text: str) -> str:
    with pytest.raises(BadBuildspec) as no:
        parse(text)
    return "\n".join(no.value.errors)


def with_phase(lines: str) -> str:
    return "version: 0.2\nphases:\n  build:\n    commands: [make]\n" + lines


def test_the_examples_are_true():
    result = doctest.testmod(buildspec)
    assert result.attempted
    assert not result.failed


def test_the_course_s_buildspec():
    assert parse(COURSE) == Buildspec(
        "0.2",
        {
            "install": Phase(()),
            "build": Phase(("echo Build started", "mvn test")),
            "post_build": Phase(("mvn package",)),
        },
        artifacts=ArtifactFiles(("target/my-app-1.0-SNAPSHOT.jar", "appspec.yml"), discard_paths=True),
        notes=("java corretto8 is not installed: the build uses what this machine has.",),
    )


def test_every_word_of_a_buildspec():
    spec = parse(EVERYTHING)
    # A value is the text that was written, and not what YAML makes of it.
    assert spec.variables == {"PORT": "0080", "ANSWER": "yes", "EMPTY": ""}
    assert spec.secrets == {
        "PASSWORD": "parameter-store /shop/password",
        "TOKEN": "secrets-manager shop:token",
    }
    assert (spec.shell, spec.exported) == ("bash", ("PORT", "VERSION"))
    assert spec.phases["pre_build"] == Phase(("a", "0.10"), ("c",), OnFailure("CONTINUE"))
    assert spec.phases["build"] == Phase(
        ("if true\nthen echo\nfi\n",), (), OnFailure("RETRY", 2, ".*Error: [0-9]+")
    )
    assert spec.artifacts == ArtifactFiles(("**/*",), "build*", False, ("**/*.log",), "it")
    assert spec.secondary == {"Other": ArtifactFiles(("x",))}
    told = "\n".join(spec.notes)
    for word in ("run-as", "proxy", "batch", "reports", "cache", "CODEBUILD_BUILD_ID"):
        assert word in told


def test_version_0_1_has_its_own_words():
    spec = parse(
        "version: 0.1\nenvironment_variables:\n  plaintext: {A: b}\nphases:\n  build:\n    commands: [make]\n"
    )
    assert (spec.version, spec.variables) == ("0.1", {"A": "b"})


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("ABORT", OnFailure("ABORT")),
        ("CONTINUE", OnFailure("CONTINUE")),
        ("RETRY", OnFailure("RETRY", 3)),
        ("RETRY-5", OnFailure("RETRY", 5)),
        ("RETRY-0", OnFailure("RETRY", 0)),
        ("RETRY-time.*out", OnFailure("RETRY", 3, "time.*out")),
        ("RETRY-2-time-out", OnFailure("RETRY", 2, "time-out")),
    ],
)
def test_what_follows_a_failure(text, then):
    assert parse(with_phase(f"    on-failure: {text}\n")).phases["build"].on_failure == then


@pytest.mark.parametrize("text", ["abort", "RETRY-", "RETRY-101", "RETRY-(", "[ABORT]", "IGNORE"])
def test_what_cannot_follow_a_failure(text):
    assert "phases.build.on-failure (line 5)" in refused(with_phase(f"    on-failure: {text}\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["the file: the buildspec is empty"]),
        ("# nothing\n", ["the buildspec is empty"]),
        ("just words", ["the file (line 1)", "expected a mapping"]),
        ("- version: 0.2", ["expected a mapping"]),
        ("version: 0.2\nphases:\n\tbuild:\n", ["not YAML (line 3)"]),
        ("version: 0.2\nphases: {build: [}", ["not YAML (line 2)"]),
        ("a: \x01", ["not YAML"]),
        ("version: 0.3\nphases:\n  build:\n    commands: [a]", ["version (line 1)", "0.1 or 0.2, not '0.3'"]),
        ("phases:\n  build:\n    commands: [a]", ["it is missing"]),
        ("version: 0.2\n", ["phases are missing"]),
        ("version: 0.2\nphases:\n", ["phases are missing"]),
        ("version: 0.2\nphases:\n  build:\n", ["phases.build (line 3)", "no commands"]),
        ("version: 0.2\nphases:\n  build:\n    finally: []\n", ["phases.build (line 4)", "no commands"]),
        (
            "version: 0.2\nphases:\n  build:\n    runtime-versions: {java: corretto8}\n",
            ["phases.build (line 4)", "no commands"],
        ),
        ("version: 0.2\nphases:\n  build:\n    commands: ''\n", ["phases.build (line 4)", "no commands"]),
        (
            "version: 0.2\nphases:\n  prebuild:\n    commands: [a]",
            ["'prebuild'", "Did you mean 'pre_build'?"],
        ),
        ("version: 0.2\nphases:\n  Post-Build:\n    commands: [a]", ["Did you mean 'post_build'?"]),
        ("version: 0.2\nphases:\n  xyz:\n    commands: [a]", ["The phases are install, pre_build"]),
        ("version: 0.2\nphases:\n  build:\n    commands: {a: b}", ["build.commands (line 4)", "a list"]),
        (with_phase("    <<: 5\n"), ["phases.build (line 5)", "<< must refer to a mapping"]),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n      - echo result: good",
            ["phases.build.commands[0] (line 5)", "put it in quotes"],
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n      - a\n      -\n",
            ["commands[1] (line 6)", "the item is empty"],
        ),
        ('version: 0.2\nphases:\n  build:\n    commands: ["a\\0"]', ["commands[0]", "not valid text"]),
        ('version: 0.2\nphases:\n  build:\n    commands: ["\\ud800"]', ["commands[0]", "not valid text"]),
        (with_phase("  build:\n    commands: [b]\n"), ["the key 'build' appears twice"]),
        (with_phase("env:\n  shell: powershell.exe\n"), ["env.shell (line 6)", "bash or /bin/sh"]),
        (
            with_phase("env:\n  variables:\n    1A: b\n"),
            ["env.variables.1A (line 7)", "not a valid variable name"],
        ),
        (with_phase("env:\n  variables: [A]\n"), ["env.variables (line 6)", "expected a mapping"]),
        (with_phase("env:\n  exported-variables: [AWS_REGION]\n"), ["AWS_REGION cannot be exported"]),
        (with_phase("env:\n  exported-variables: ['a;b']\n"), ["'a;b' is not a valid variable name"]),
        (with_phase("artifacts:\n  name: x\n"), ["artifacts (line 6)", "files are missing"]),
        (with_phase("artifacts:\n  files: ['a[']\n"), ["artifacts", "The glob 'a[' is invalid"]),
        (with_phase("artifacts:\n  files: ['*a*a*a*a*']\n"), ["too many stars"]),
        (with_phase("artifacts:\n  files: [a]\n  discard-paths: perhaps\n"), ["yes or no, not 'perhaps'"]),
        (
            with_phase("artifacts:\n  files: [a]\n  secondary-artifacts:\n    B: {name: c}\n"),
            ["artifacts.secondary-artifacts.B (line 8)", "files are missing"],
        ),
        ("x: &a [*a]\nversion: 0.2\n", ["line 1", "the value *a contains itself"]),
        ("- " * 5000, ["this YAML cannot be read", "nested deeper than 100 levels"]),
    ],
)
def test_what_is_refused_and_where(text, words):
    told = refused(text)
    for word in words:
        assert word in told


def test_all_that_is_wrong_is_told_at_once():
    told = refused("version: 9\nphases:\n  built:\n    commands: [a]\n  build:\n    commands: {b: c}\n")
    assert "version (line 1)" in told
    assert "phases.built (line 4)" in told
    assert "phases.build.commands (line 6)" in told


@pytest.mark.parametrize(
    "text",
    [
        'version: 0.2\nphases:\n  build:\n    commands:\n      - echo "FATAL: no { } file"\n',
        "version: 0.2\nphases:\n  build:\n    commands: {echo: a}\n",
        "version: 0.2\nphases:\n  build:\n    commands: ['']\n",
        "version: 0.2\nphases:\n  build: [echo]\n",
        "version: [0.2]\nphases: {build: {commands: [a]}}\n",
        "version: 0.2\nenv: {shell: [sh]}\nphases: {build: {commands: [a]}}\n",
        "version: 0.2\nphases: {build: {commands: [a], on-failure: {A: b}}}\n",
        "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {files: [{a: b}]}\n",
    ],
)
def test_one_fault_is_one_sentence(text):
    assert len(refused(text).splitlines()) == 1
    assert "expected a" in refused(text) or "the item is empty" in refused(text)


def test_a_key_that_aws_passes_over_is_told():
    notes = parse(with_phase("    command: [b]\nartifact:\n  files: [a]\n")).notes
    assert any(
        "'command' is not a key of the phase build" in note and "Did you mean 'commands'?" in note
        for note in notes
    )
    assert any(
        "'artifact' is not a key of a buildspec" in note and "Did you mean 'artifacts'?" in note
        for note in notes
    )


def test_one_command_or_file_needs_no_list():
    spec = parse(
        "version: 0.2\nphases:\n  build:\n    commands: make\n    finally: make clean\n"
        "artifacts:\n  files: '**/*'\n  exclude-paths: .git/**/*\n"
    )
    assert spec.phases["build"].commands == ("make",)
    assert spec.phases["build"].finally_commands == ("make clean",)
    assert spec.artifacts == ArtifactFiles(("**/*",), exclude_paths=(".git/**/*",))


def test_a_phase_may_have_nothing_but_its_finally():
    phase = parse("version: 0.2\nphases:\n  post_build:\n    finally: [a]\n").phases["post_build"]
    assert (phase.commands, phase.finally_commands) == ((), ("a",))


def test_what_is_written_once_can_be_used_again():
    spec = parse(
        "version: 0.2\n"
        "x-log: &log {on-failure: CONTINUE, finally: [a]}\n"
        "x-more: &more {<<: *log, finally: [b], commands: [c]}\n"
        "phases:\n  build: {<<: [*log, *more], commands: &steps [d]}\n  post_build: {commands: *steps}\n"
    )
    assert spec.phases["build"] == Phase(("d",), ("a",), OnFailure("CONTINUE"))
    assert spec.phases["post_build"].commands == ("d",)


def test_a_small_file_cannot_become_endless():
    merge = "a0: &a0 {commands: [x]}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 40)
    )
    told = refused(f"version: 0.2\n{merge}phases: {{build: *a39}}\n")
    assert "this YAML cannot be read (line 7): it has more than 100000 values" in told
    assert "*a contains itself" in refused("version: 0.2\nphases: {build: &a {<<: *a}}\n")
    laughs = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
    )
    assert "more than 100000 values" in refused(
        f"version: 0.2\n{laughs}phases: {{build: {{commands: *a39}}}}\n"
    )


def test_what_aws_knows_and_a_build_here_does_not_do_is_told():
    notes = parse(with_phase("artifacts:\n  files: [a]\n  enable-symlinks: yes\n  s3-prefix: b\n")).notes
    assert sorted(note.partition(":")[0] for note in notes) == [
        "artifacts.enable-symlinks (line 7)",
        "artifacts.s3-prefix (line 8)",
    ]


@given(st.text(alphabet="versionphcmad:0.2 \n-[]{}&*!|>'\"\\<", max_size=80))
def test_whatever_is_written_is_read_or_refused(text):
    try:
        parse(text)
    except BadBuildspec as no:
        assert no.errors  # noqa: PT017 - either way is right
