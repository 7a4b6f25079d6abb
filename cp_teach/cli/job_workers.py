"""The job workers of `cp-teach run`, for partners' test actions and for custom actions with a command."""

from typing import TYPE_CHECKING

from cp_teach.cli.user_error import UserError

if TYPE_CHECKING:
    from cp_teach.work.runtime.action_executor import ActionExecutor
    from cp_teach.work.runtime.local_resources import LocalProviders


def start_job_workers(workshop: "ActionExecutor", local: "LocalProviders", options: list[str]) -> None:
    """Start the workers that the pipeline needs, until the workshop closes. AWS's API is loaded only for them."""
    from cp_teach.work.workers.worker_matching import match_workers

    projects: dict[str, str] = {}
    for option in options:
        name, equals, command = option.partition("=")
        if not (name and equals and command.strip()):
            raise UserError(f"--jenkins {option}: write PROJECT=COMMAND, such as shop='make test'.")
        projects[name] = command
    try:
        if not match_workers(workshop.run.pipeline, projects) and workshop.worker.job_workers is None:
            return
        from cp_teach.aws.local.job_workers import hire as hire_workers

        job_workers = hire_workers(workshop, local, projects, yes=True)
    except ValueError as error:
        raise UserError(str(error)) from None
    if job_workers is not None:
        types = ", ".join(sorted(f"{kind}/{kind.version}" for kind in job_workers.action_types))
        print(f"Job workers poll at {job_workers.published_work.url} for: {types}", flush=True)
        print(job_workers.published_work.exports, flush=True)
