"""The job workers of `cp-teach run`: they poll for tests of partners, and for custom actions that have a command."""

from typing import TYPE_CHECKING

from cp_teach.cli.user_error import Mistake

if TYPE_CHECKING:
    from cp_teach.work.runtime.action_executor import Workshop
    from cp_teach.work.runtime.local_resources import Local


def hire(shop: "Workshop", local: "Local", given: list[str]) -> None:
    """Let workers join, where the pipeline has something for them; AWS's API is loaded only then. They leave when the
    workshop is closed."""
    from cp_teach.work.workers.worker_matching import worked

    projects: dict[str, str] = {}
    for one in given:
        name, equals, command = one.partition("=")
        if not (name and equals and command.strip()):
            raise Mistake(f"--jenkins {one}: write PROJECT=COMMAND, such as shop='make test'.")
        projects[name] = command
    try:
        if not worked(shop.run.pipeline, projects) and shop.worker.polls is None:
            return
        from cp_teach.aws.local.workers.hired_workers import hire as workers

        hired = workers(shop, local, projects, yes=True)
    except ValueError as wrong:
        raise Mistake(str(wrong)) from None
    if hired is not None:
        kinds = ", ".join(sorted("/".join(kind) for kind in hired.kinds))
        print(f"Job workers poll at {hired.shown.url} for: {kinds}", flush=True)
        print(hired.shown.exports, flush=True)
