"""Files and texts that strangers give: of bounded size and depth, and each fault is one sentence."""

import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach import Run, load_pipeline, resources
from cp_teach.cli import main
from cp_teach.course.levels.level_parser import BadLevel, read_level
from cp_teach.course.practice.progress import BadProgress, read_progress
from cp_teach.engine.run.file_values import BadRunFile
from cp_teach.flow import history
from cp_teach.flow.inputs.calibration import BadCalibration, calibration
from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.pipeline.check_report import check_text
from cp_teach.security.input.input_files import UnreadableFile, read_bounded, read_input_file, read_text_file
from cp_teach.security.input.whole_number import whole_number
from cp_teach.show.export.notebook_reader import BadNotebook
from cp_teach.show.export.notebook_reader import read as read_notebook

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
ENDLESS = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero on this system")


# -- the helper --------------------------------------------------------------------------------------------
def test_only_regular_files_of_bounded_size_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xef\xbb\xbf{}")
    assert read_input_file(file) == b"\xef\xbb\xbf{}"
    assert read_text_file(file) == "{}"
    with pytest.raises(UnreadableFile, match=r"a\.json is too large: the limit is 3 bytes"):
        read_input_file(file, 3)
    with pytest.raises(UnreadableFile, match="is a folder; give a file"):
        read_input_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_input_file(tmp_path / "b.json")
    with pytest.raises(UnreadableFile, match="is not a valid file name"):
        read_input_file(Path("a\0b"))
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_input_file(Path("a" * 5000))
    file.write_bytes(b"\xff")
    with pytest.raises(UnreadableFile, match=r"not UTF-8 text \(byte 0\)"):
        read_text_file(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(UnreadableFile, match="not a regular file, but a pipe"):
        read_input_file(pipe)


@ENDLESS
def test_a_device_without_end_is_refused_by_every_command() -> None:
    with pytest.raises(UnreadableFile, match="not a regular file, but a device"):
        read_input_file(Path("/dev/zero"))
    with (
        Path("/dev/zero").open("rb") as endless,
        pytest.raises(UnreadableFile, match="the limit is 1,000 bytes"),
    ):
        read_bounded(endless, "standard input", 1000)
    done = subprocess.run(
        [sys.executable, "-c", EVERY_COMMAND], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 5, "one sentence each"


EVERY_COMMAND = """
from cp_teach.cli import main
for line in (["check"], ["explore"], ["draw", "-o", "/nowhere/a.svg"], ["slides"], ["run", "--yes"]):
    assert main([*line, "/dev/zero"]) in (1, 2), line
"""


# -- JSON --------------------------------------------------------------------------------------------------
HOSTILE = {
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "deep and closed": "[" * 5000 + "]" * 5000,
    "long number": '{"cells": ' + "9" * 5000 + "}",
    "no number": '{"cells": NaN}',
    "half a character": '{"cells": "\\ud800"}',
    "nothing": "",
    "a single value": "5",
    "half an object": '{"pipeline": {"name": ',
}
READERS: dict[str, tuple[Callable[[Path], Any], tuple[type[Exception], ...]]] = {
    "pipeline": (load_pipeline, (UnreadableFile, InvalidPipeline)),
    "run": (Run.load, (BadRunFile,)),
    "history": (history, (BadHistory,)),
    "notebook": (read_notebook, (BadNotebook,)),
    "progress": (lambda path: read_progress(path.read_text("utf-8")), (BadProgress,)),
    "template": (Pipeline.from_cloudformation, (ValueError,)),
    "level": (read_level, (BadLevel,)),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", READERS)
def test_hostile_json_is_refused_in_one_sentence(kind: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    file.write_text(HOSTILE[name], encoding="utf-8")
    read, errors = READERS[kind]
    with pytest.raises(errors) as refused:
        read(file)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("name", HOSTILE)
def test_check_reports_hostile_json(name: str) -> None:
    status, said = check_text(HOSTILE[name], "hostile.json")
    assert status == 1
    assert said.startswith("hostile.json")
    assert "\n" not in said


def test_slides_of_a_deep_file_are_refused_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deep.json"
    file.write_text('{"cells": ' + "[" * 100_000, encoding="utf-8")
    assert main(["slides", "--yes", str(file)]) == 1
    assert "nested deeper than 100 levels" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "title = " + "[" * 5000,
        "title = " + "9" * 5000,
        "title = " + "{a=" * 3000,
        "title = 0001-99-99",
        "title = '" + " (at " * 5000 + "'\nx",
    ],
)
def test_a_hostile_level_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "level.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadLevel):
        read_level(file)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = " + "{b=" * 3000, ".".join("a" * 5000) + " = 1"]
)
def test_a_hostile_calibration_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "calibration.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadCalibration):
        calibration(file)


@ENDLESS
def test_levels_and_calibrations_are_regular_files(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/zero"), tmp_path):
        with pytest.raises(BadLevel, match="give a file"):
            read_level(place)
        with pytest.raises(BadCalibration, match="give a file"):
            calibration(place)


def test_policies_and_parameters_are_bounded_too() -> None:
    from cp_teach.aws.iam.policy_evaluation import BadPolicy, Policy
    from cp_teach.aws.local.action_failed import ActionFailed
    from cp_teach.aws.local.cloudformation.artifact_lookup import json_object

    for text in ("[" * 100_000, '{"Statement": ' + "9" * 5000 + "}"):
        with pytest.raises(BadPolicy, match=r"deeper than 100 levels|5000 digits"):
            Policy.read(text)
        with pytest.raises(ActionFailed, match=r"deeper than 100 levels|5000 digits"):
            json_object(text, "ParameterOverrides")


# -- histories ---------------------------------------------------------------------------------------------
ENTRY = {
    "pipelineExecutionId": "e1",
    "actionExecutionId": "a1",
    "pipelineVersion": 1,
    "stageName": "Source",
    "actionName": "Commit",
    "startTime": "2026-05-04T09:30:00+02:00",
    "lastUpdateTime": "2026-05-04T09:31:00+02:00",
    "status": "Succeeded",
    "input": {
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": "b"},
        "region": "us-east-1",
        "inputArtifacts": [],
        "namespace": "N",
    },
    "output": {
        "outputArtifacts": [{"name": "o"}],
        "outputVariables": {"a": "b"},
        "executionResult": {"externalExecutionId": "x", "externalExecutionSummary": "s"},
    },
}
VALUES: list[Any] = [
    "text",
    "",
    5,
    -1,
    1e300,
    10**350,
    None,
    True,
    [],
    ["a"],
    [[]],
    {},
    {"a": "b"},
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
]


def mutated(value: Any, dice: random.Random) -> Any:
    """The same entry with one of its values replaced, at any depth."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(sorted(value))
        return {**value, key: mutated(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        return [mutated(value[0], dice), *value[1:]]
    return dice.choice(VALUES)


def test_any_history_is_shown_or_refused() -> None:
    dice = random.Random(7)
    shown = 0
    for _ in range(5000 if PROVE else 250):
        entries = [ENTRY, mutated(ENTRY, dice), mutated(mutated(ENTRY, dice), dice)]
        try:
            past = history({"actionExecutionDetails": entries})
        except BadHistory:
            continue
        assert len(past.frame()) >= 1
        past.failures()
        shown += 1
    assert shown > 10


def test_a_text_in_the_place_of_a_result_is_passed_over() -> None:
    entry = {**ENTRY, "output": {"executionResult": "done"}}
    assert list(history({"actionExecutionDetails": [entry]}).frame()["message"]) == [""]


@pytest.mark.parametrize("time", [1e300, 10**350, -1, "9999-12-31T23:59:59-23:59"])
def test_a_time_out_of_range_is_told(time: Any) -> None:
    with pytest.raises(BadHistory, match=r"startTime is .*, not a time such as"):
        history({"actionExecutionDetails": [{**ENTRY, "startTime": time}]})


# -- numbers -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1_0", " 1", "1.0", "9" * 19, "9" * 5000, "①"])
def test_what_is_no_whole_number(text: str) -> None:
    assert whole_number(text) is None


@given(st.integers(0, 10**18 - 1))
def test_a_whole_number_is_read(number: int) -> None:
    assert whole_number(str(number)) == number
    assert whole_number(f"{number:020}") is None
    assert whole_number(str(number), number) == number
    assert whole_number(str(number + 1), number) is None


def test_numbers_in_opening_hours_are_refused_in_words() -> None:
    from cp_teach.flow.inputs.weekly_hours import Hours

    for text in ("Mon-Fri ٣-17", "Mon-Fri " + "9" * 5000 + "-17"):
        with pytest.raises(ValueError, match=r"not a time of day|cannot read"):
            Hours.of(text)


def test_a_pipeline_that_comes_with_the_kit_is_read_as_before() -> None:
    for path in resources.pipelines().glob("*.json"):
        assert load_pipeline(path) == Pipeline.from_aws(json.loads(path.read_text("utf-8")))
