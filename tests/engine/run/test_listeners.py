"""Who listens to a Run hears every change once, in order, whatever others do."""

import threading
import warnings

import pytest

from cp_teach.engine import Change, Refused, Run
from cp_teach.pipeline import Pipeline


# -- listeners ---------------------------------------------------------------------------------------------------
def test_everybody_hears_in_journal_order_even_when_a_listener_acts(run: Run) -> None:
    heard: list[list[int]] = [[], []]

    def first(change: Change) -> None:
        assert change.entry is not None
        heard[0].append(change.entry.state.newest)
        if change.entry.state.newest < 4:
            run.release()

    run.listen(first)
    run.listen(lambda change: heard[1].append(change.entry.state.newest if change.entry else -1))
    run.release()
    assert heard == [[1, 2, 3, 4], [1, 2, 3, 4]]


def test_changes_say_what_kind_they_are(run: Run) -> None:
    kinds: list[str] = []
    stop = run.listen(lambda change: kinds.append(change.kind))
    run.release()
    run.undo()
    run.advance(minutes=1)
    with pytest.raises(Refused):
        run.disable("Nope")
    assert kinds == ["did", "moved", "clock"]
    stop()
    stop()
    run.release()
    assert len(kinds) == 3


def test_ending_one_registration_leaves_the_others(run: Run) -> None:
    heard: list[str] = []

    def listener(change: Change) -> None:
        heard.append(change.kind)

    stop = run.listen(listener)
    run.listen(listener)
    stop()
    stop()
    run.release()
    assert heard == ["did"]


def test_who_was_taken_away_by_one_before_him_hears_no_more(run: Run) -> None:
    heard: list[str] = []
    run.listen(lambda change: stop())
    stop = run.listen(lambda change: heard.append("late"))
    run.release()
    assert heard == []


def test_a_listener_that_raises_is_told_of_and_the_others_hear_everything(run: Run) -> None:
    heard: list[int] = []

    def broken(change: Change) -> None:
        raise ZeroDivisionError("in my plot")

    run.listen(broken)
    run.listen(lambda change: heard.append(run.journal.position))
    with pytest.warns(RuntimeWarning, match="in my plot"):
        run.release()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="in my plot"):
            run.succeed("Source")
    assert heard == [1, 2]


def test_many_threads_lose_nothing_and_everybody_hears_the_same_order() -> None:
    run = Run(Pipeline.of("busy", Source="S3", Build="CodeBuild"))
    heard: list[list[int]] = [[], []]
    for ears in heard:
        run.listen(lambda change, ears=ears: ears.append(change.entry.state.newest))

    def work() -> None:
        for _ in range(100):
            run.release()
            run.history.actions[-1:]

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert run.state.newest == 600
    assert heard[0] == heard[1] == list(range(1, 601))
    ids = {row.revisions[0].id for row in run.history.executions.values()}
    assert len(ids) == 600


def test_a_listener_may_wait_for_another_thread_that_acts(run: Run) -> None:
    positions: list[int] = []

    def listener(change: Change) -> None:
        positions.append(change.entry.state.newest if change.entry else 0)
        if len(positions) == 1:
            other = threading.Thread(target=run.release, daemon=True)
            other.start()
            other.join(20)
            assert not other.is_alive(), "do() waited for a listener"

    run.listen(listener)
    run.release()
    assert positions == [1, 2]
