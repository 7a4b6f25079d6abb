"""The one shell of a build: what stays from command to command, and what a command cannot do to it."""

import pytest
from build_workshop import Workshop, phases_of

from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.sandbox.run_command import USUAL


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


SHELLS = pytest.mark.parametrize("shell", ["bash", "/bin/sh"])


def built(workshop, shell, more="", **phases):
    return workshop(f"env: {{shell: {shell}{more}}}\n" + phases_of(**phases))


@SHELLS
def test_a_variable_that_is_not_exported_is_there_in_the_next_phase(workshop, shell):
    """The buildspec of AWS's own sample for ECS sets REPOSITORY_URI in pre_build, and builds with it in build."""
    done = built(
        workshop,
        shell,
        pre_build=["REPOSITORY_URI=registry/shop", "COMMIT_HASH=4711", "IMAGE_TAG=${COMMIT_HASH:=latest}"],
        build=['echo "$REPOSITORY_URI:$IMAGE_TAG"'],
        post_build=['printf "%s\\n" "$REPOSITORY_URI"'],
    )
    assert done.failure == ""
    assert workshop.said == ["registry/shop:4711", "registry/shop"]


@SHELLS
def test_what_a_phase_leaves_running_is_there_in_the_next_and_gone_at_the_end(way, workshop, shell):
    serve = f"sh -c 'exec sleep 300 # {workshop.mark}' & echo $! > server"
    done = built(
        workshop, shell, install=[serve], build=["kill -0 $(cat server) && echo alive"], post_build=["true"]
    )
    assert done.failure == ""
    assert workshop.said == ["alive"]
    assert not workshop.left()


@SHELLS
def test_who_leaves_the_shell_loses_what_was_not_exported(workshop, shell):
    built(
        workshop,
        shell,
        build=["mkdir deep; cd deep; export KEPT=1; LOST=1", "exit 3", "echo never"],
        post_build=['basename "$PWD"', 'echo "${KEPT:-no} ${LOST:-no}"'],
    )
    assert workshop.said == ["deep", "1 no"]
    assert workshop.states() | {"UPLOAD_ARTIFACTS": ""} == {
        **dict.fromkeys(("INSTALL", "PRE_BUILD", "POST_BUILD", "FINALIZING"), "SUCCEEDED"),
        "BUILD": "FAILED",
        "UPLOAD_ARTIFACTS": "",
    }


@SHELLS
@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param("exec > hidden 2>&1; echo hidden", [], id="sends the output elsewhere"),
        pytest.param("exec >&- 2>&-", [], id="closes the output"),
        pytest.param("exec < /dev/zero", [], id="reads something else"),
        pytest.param("cat; read -r line || echo nothing", ["nothing"], id="reads what there is"),
        pytest.param("printf unfinished", ["unfinished"], id="does not end its line"),
        pytest.param("echo; echo a; echo; echo", ["", "a", "", ""], id="writes empty lines"),
        pytest.param("printf '%09999d' 1 | head -c 9999", ["0" * 4000 + " … (line cut)"], id="has no line"),
        pytest.param("printf '\\377\\000\\376\\n'", ["\ufffd\0\ufffd"], id="is no text"),
        pytest.param("set -e; set -u", [], id="wants to end at the first fault"),
        pytest.param("IFS=x; PATH=", [], id="sets what shells look at"),
        pytest.param("false || true", [], id="fails inside"),
        pytest.param("trap 'echo bye' EXIT", ["bye"], id="wants to be heard at the end"),
    ],
)
def test_after_a_command_the_next_one_is_run_and_heard(workshop, shell, command, said):
    done = built(workshop, shell, build=[command, "echo next"])
    assert done.failure == ""
    assert sorted(workshop.said) == sorted([*said, "next"])


@SHELLS
@pytest.mark.parametrize("command", ["exit 7", "set -e; (exit 7)", "return 7", "sh -c 'exit 7'"])
def test_whichever_way_a_command_fails_it_is_named_and_nothing_follows(workshop, shell, command):
    done = built(workshop, shell, build=["true", command, "echo never"], build__finally=["echo last"])
    assert f"Error while executing command: {command}. Reason: exit status 7" in done.message
    assert workshop.said == ["last"]


@SHELLS
def test_a_shell_that_is_killed_fails_its_phase(way, workshop, shell):
    done = built(workshop, shell, build=["true", "kill -9 $$", "echo never"], post_build=["echo after"])
    assert "command: kill -9 $$. Reason: exit status 137" in done.message
    assert workshop.said == ["after"]


@SHELLS
def test_the_word_that_marks_what_the_shell_tells_cannot_be_used_to_break_the_build(workshop, shell):
    """A command may read the script and say what only the shell says: it harms nobody but its own build."""
    word = r"""word=$(grep -oh ' [0-9a-f]\{32\} "' ../* 2>/dev/null | head -n 1 | cut -c 2-33)"""
    lies = [
        f'{word}; echo "$word {lie}"' for lie in ("at 99999999999", "at x", "end", "end -1", "at 77", "odd 1")
    ]
    done = built(workshop, shell, build=[*lies, 'echo "${#word}"', "false"])
    assert workshop.said == ["32"]
    assert "exit status 1" in done.message


@SHELLS
def test_what_the_shell_tells_of_itself_does_not_count_as_output(workshop, shell):
    workshop.provider = CodeBuild(yes=True, limits=USUAL._replace(output=300))
    done = built(workshop, shell, build=["true"] * 20 + ["echo heard"])
    assert done.failure == ""
    assert workshop.said == ["heard"]


def test_ten_thousand_commands_are_run(workshop):
    done = workshop.sh(build=["n=0", *["n=$((n + 1))"] * 10_000, "echo $n"])
    assert done.failure == ""
    assert workshop.said == ["10000"]
