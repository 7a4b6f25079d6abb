"""Runs of the demo pipeline, by the shortest way."""

from cp_teach import ByHand, Pipeline, Run, Simulated, load_pipeline


def fresh(worker=None):
    return Run(load_pipeline("demo"), worker or Simulated())


def released(*messages, approve=False):
    """These changes, each released when nothing moves any more; approved as well, if one wants."""
    run = fresh()
    for message in messages:
        run.release(message)
        run.settle()
        if approve:
            run.approve()
            run.settle()
    return run


def steps(run, execution):
    rows = run.actions()
    return list(
        rows[rows["execution"] == execution][["stage", "action", "status"]].itertuples(index=False, name=None)
    )


def by_hand(minutes=30):
    """One change on which somebody looks every so many minutes, up to Prod."""
    run = fresh(ByHand())
    run.release("New logo")
    while running := list(run.history.running.values()):
        run.advance(minutes=minutes)
        if running[0].stage == "Prod":
            break
        run.succeed(running[0].stage, running[0].action)
    return run


def in_the_course(**stages):
    """A pipeline of the course's catalog that is driven by itself, with one change released."""
    run = Run(Pipeline.of("shop", catalog="course", **stages), Simulated())
    run.release("New logo")
    run.settle()
    return run


def minutes(run, stage, what="ended"):
    """When the last action of that stage ended (or the first began), in minutes."""
    rows = run.actions().query("stage == @stage")
    return (rows[what].max() if what == "ended" else rows[what].min()) / 60
