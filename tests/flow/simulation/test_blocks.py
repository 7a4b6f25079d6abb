"""Who computes does not matter: workers, threads, Dask; and what is done is never lost."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cp_teach.flow import Line, exponential, poisson
from cp_teach.flow.simulation.block_executor import Blocks

GIVEN = {
    "arrivals": poisson(1),
    "durations": exponential(1),
    "failures": 0.02,
    "revisions": 5000,
    "replications": 600,
    "seed": 5,
}
LINE = Line(2, "supersede")


def same(one, other) -> bool:
    return all(np.array_equal(one.sums[name], other.sums[name]) for name in one.sums)


def test_threads_compute_what_one_computes() -> None:
    alone = LINE.study(**GIVEN)
    assert len(alone.blocks.done) > 2
    with ThreadPoolExecutor(3) as crew:
        assert same(alone, LINE.study(**GIVEN, executor=crew))


def test_the_task_of_a_line_can_be_sent_to_another_process() -> None:
    task = LINE.study(**GIVEN).blocks.task
    sent = pickle.loads(pickle.dumps(task))
    assert all(np.array_equal(values, sent(1)[name]) for name, values in task(1).items())


def test_a_dask_cluster_computes_what_one_computes() -> None:
    """In ``make prove`` its worker is another process, which takes seconds to start."""
    import distributed

    apart = bool(os.environ.get("CP_TEACH_PROVE"))
    given = {"dashboard_address": None, "host": "127.0.0.1", "protocol": "tcp://"}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=apart, **given) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 1
        assert same(LINE.study(**GIVEN), LINE.study(**GIVEN, executor=client.get_executor()))


def interrupted(at: int, number: int) -> dict:
    if number == at:
        raise KeyboardInterrupt
    return {"value": np.array([float(number)])}


def test_an_interruption_loses_nothing_and_resume_goes_on(tmp_path: Path) -> None:
    blocks = Blocks(partial(interrupted, 3), 6, about="six", checkpoint=tmp_path)
    assert not blocks.run()
    assert sorted(blocks.done) == [0, 1, 2]
    blocks.task = partial(interrupted, -1)
    assert blocks.run()
    assert blocks.joined()["value"].tolist() == [0, 1, 2, 3, 4, 5]


def test_another_process_goes_on_from_the_folder(tmp_path: Path) -> None:
    assert not Blocks(partial(interrupted, 4), 6, about="six", checkpoint=tmp_path).run()

    def only_the_rest(number: int) -> dict:
        assert number >= 4
        return interrupted(-1, number)

    later = Blocks(only_the_rest, 6, about="six", checkpoint=tmp_path)
    assert later.run()
    assert later.joined()["value"].tolist() == [0, 1, 2, 3, 4, 5]
    assert not list(tmp_path.glob("*.part"))


def test_the_blocks_of_another_study_are_refused(tmp_path: Path) -> None:
    LINE.study(**GIVEN, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="holds the blocks of another study"):
        LINE.study(**{**GIVEN, "seed": 6}, checkpoint=tmp_path)


def test_an_interrupted_study_tells_what_it_has_and_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    from cp_teach.flow.queueing import tandem_queue

    done, real = [], tandem_queue.simulate_block

    def stop_after_one(streams, path, number):
        if done:
            raise KeyboardInterrupt
        done.append(number)
        return real(streams, path, number)

    monkeypatch.setattr(tandem_queue, "simulate_block", stop_after_one)
    half = LINE.study(**GIVEN)
    assert not half.complete
    assert 0 < half.replications < 600
    assert half.lead_time > 0
    monkeypatch.setattr(tandem_queue, "simulate_block", real)
    half.blocks.task = partial(real, *half.blocks.task.args)
    assert same(half.resume(), LINE.study(**GIVEN))


def test_an_error_in_a_block_comes_out_and_the_others_are_cancelled() -> None:
    def wrong(number: int) -> dict:
        raise RuntimeError(f"block {number}")

    with ThreadPoolExecutor(1) as crew, pytest.raises(RuntimeError, match="block"):
        Blocks(wrong, 50, about="wrong").run(crew)


def test_a_bar_is_shown_when_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    Blocks(partial(interrupted, -1), 4, about="bar").run(progress=True)
    assert "4/4" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [0, -2, "two"])
def test_workers_are_counted_from_one(workers: object) -> None:
    with pytest.raises(ValueError, match="workers must be a whole number"):
        LINE.study(**GIVEN, workers=workers)


def test_workers_of_a_script_without_a_guard_end_quietly_and_say_what_is_missing(tmp_path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import numpy as np\n"
        "from cp_teach.flow.simulation.block_executor import Blocks\n"
        "def task(number): return {'value': np.array([float(number)])}\n"
        "blocks = Blocks(task, 3, about='x')\n"
        "print(blocks.run(workers=2), blocks.joined()['value'])\n",
        encoding="utf-8",
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stdout) == (0, "True [0. 1. 2.]\n")
    assert "Traceback" not in run.stderr
    assert 'if __name__ == "__main__":' in run.stderr
