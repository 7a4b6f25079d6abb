"""How quick the API is: each operation beside moto's own get_pipeline, many pipelines held, many clients, a restart.

python benchmarks/api_speed.py            # the operations, and 100,000 executions held
python benchmarks/api_speed.py --clients  # 100 clients for a minute against a server
python benchmarks/api_speed.py --restart  # how long a server takes to be back after kill -9
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "codepipeline.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def structure(name, role):
    def action(name, kind, ins=(), outs=(), **configuration):
        category, owner, provider = kind.split("/")
        return {
            "name": name,
            "actionTypeId": {"category": category, "owner": owner, "provider": provider, "version": "1"},
            "configuration": configuration,
            "inputArtifacts": [{"name": each} for each in ins],
            "outputArtifacts": [{"name": each} for each in outs],
        }

    source = action(
        "Commit",
        "Source/AWS/CodeCommit",
        (),
        ["S"],
        RepositoryName="r",
        BranchName="m",
        PollForSourceChanges="false",
    )
    build = action("Compile", "Build/AWS/CodeBuild", ["S"], ["B"], ProjectName="p")
    deploy = action(
        "Release", "Deploy/AWS/CodeDeploy", ["B"], (), ApplicationName="a", DeploymentGroupName="g"
    )
    stages = [("Source", source), ("Build", build), ("Prod", deploy)]
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [{"name": stage, "actions": [each]} for stage, each in stages],
    }


def role(client):
    return client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]


def here(service):
    return boto3.client(service, region_name="us-east-1")


def timed(call, times=200):
    """Median seconds of a call."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def resident():
    """Bytes of memory that this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def operations():
    """Milliseconds of each operation, and how many of moto's own get_pipeline that is."""
    import moto

    with moto.mock_aws():
        cp = here("codepipeline")
        cp.create_pipeline(pipeline=structure("shop", role(here)))
        base = timed(lambda: cp.get_pipeline(name="shop"))
    from cp_teach import mock_aws

    with mock_aws(clock="manual") as mock:
        cp = here("codepipeline")
        pipeline = structure("shop", role(here))
        cp.create_pipeline(pipeline=pipeline)
        mock.tick(60)
        execution = cp.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0][
            "pipelineExecutionId"
        ]
        door = {"pipelineName": "shop", "stageName": "Prod", "transitionType": "Inbound"}
        calls = {
            "get_pipeline": lambda: cp.get_pipeline(name="shop"),
            "get_pipeline_state": lambda: cp.get_pipeline_state(name="shop"),
            "get_pipeline_execution": lambda: cp.get_pipeline_execution(
                pipelineName="shop", pipelineExecutionId=execution
            ),
            "list_pipelines": lambda: cp.list_pipelines(),
            "list_pipeline_executions, 100": lambda: cp.list_pipeline_executions(pipelineName="shop"),
            "list_action_executions, 100": lambda: cp.list_action_executions(pipelineName="shop"),
            "list_action_types": lambda: cp.list_action_types(),
            "disable_stage_transition": lambda: cp.disable_stage_transition(**door, reason="x"),
            "enable_stage_transition": lambda: cp.enable_stage_transition(**door),
            "update_pipeline, unchanged": lambda: cp.update_pipeline(pipeline=pipeline),
            "start_pipeline_execution": lambda: (
                cp.start_pipeline_execution(name="shop"),
                mock.settings.clock.tick(20),
            ),
        }
        rows = [(name, timed(call)) for name, call in calls.items()]
    print(f"moto's own get_pipeline: {base * 1000:.2f} ms")
    for name, seconds in rows:
        print(f"{name:32} {seconds * 1000:7.2f} ms  {seconds / base:5.2f} x")


def held(pipelines=1000, executions=100):
    """What holding many executions costs, and whether reads stay flat."""
    from cp_teach import mock_aws

    with mock_aws(clock="virtual") as mock:
        cp = here("codepipeline")
        service = role(here)
        cp.create_pipeline(pipeline=structure("first", service))

        def reads(name):
            state = timed(lambda: cp.get_pipeline_state(name=name), 50)
            return state, timed(lambda: cp.list_action_executions(pipelineName=name, maxResults=20), 50)

        before = reads("first")
        empty = resident()
        start = time.perf_counter()
        from cp_teach.aws.backend.service_registry import active

        (region,) = active().regions
        for number in range(pipelines - 1):
            name = f"p{number}"
            cp.create_pipeline(pipeline=structure(name, service))
            hosted = region.pipelines[name]
            for _ in range(executions):
                region.start(hosted, "StartPipelineExecution")
        spent = time.perf_counter() - start
        size = resident() - empty
        total = pipelines * executions
        after = reads("p500" if pipelines > 500 else "p0")
        hosted = region.pipelines["first"]
        for _ in range(5000):
            region.start(hosted, "StartPipelineExecution")
        long = reads("first")
    print(
        f"{pipelines} pipelines, {total:,} executions: {size / 1e6:,.0f} MB, {size / total:,.0f} bytes each; "
        f"made in {spent:.0f} s"
    )
    for words, times in (("alone", before), ("among all", after), ("with 5,000 executions of its own", long)):
        print(
            f"get_pipeline_state {times[0] * 1000:.2f} ms, first page of list_action_executions "
            f"{times[1] * 1000:.2f} ms: {words}"
        )
    del mock


def serving(*words):
    process = subprocess.Popen(
        [sys.executable, "-m", "cp_teach", "serve", "--port", "0", *words], stdout=subprocess.PIPE, text=True
    )
    return process, process.stdout.readline().split(" on ")[1].split()[0]


def there(url):
    def make(service):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )

    return make


def clients(number=100, seconds=60):
    """Many clients at once: how many requests were answered, and how many ended with an error."""
    process, url = serving()
    make = there(url)
    cp = make("codepipeline")
    service = role(make)
    for each in range(10):
        cp.create_pipeline(pipeline=structure(f"p{each}", service))
    answered, failed, end = [0] * number, [], time.monotonic() + seconds

    def work(index):
        mine, name = make("codepipeline"), f"p{index % 10}"
        while time.monotonic() < end:
            try:
                mine.start_pipeline_execution(name=name)
                mine.get_pipeline_state(name=name)
                mine.list_pipeline_executions(pipelineName=name, maxResults=5)
                answered[index] += 3
            except Exception as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.kill()
    print(
        f"{number} clients for {seconds} s: {sum(answered):,} requests answered, {len(failed)} errors {failed[:1]}"
    )


def restart(executions=2000):
    """How long a server takes to be back after kill -9, with that many executions in its store."""
    with tempfile.TemporaryDirectory() as folder:
        process, url = serving("--state", folder, "--clock", "virtual")
        make = there(url)
        cp = make("codepipeline")
        cp.create_pipeline(pipeline=structure("shop", role(make)))
        start = time.perf_counter()
        for _ in range(executions):
            cp.start_pipeline_execution(name="shop")
        each = (time.perf_counter() - start) / executions
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        start = time.perf_counter()
        process, url = serving("--state", folder, "--clock", "virtual")
        count = len(
            there(url)("codepipeline").list_pipeline_executions(pipelineName="shop")[
                "pipelineExecutionSummaries"
            ]
        )
        spent = time.perf_counter() - start
        empty, _ = serving()
        process.kill()
        empty.kill()
    print(
        f"{executions:,} executions kept ({each * 1000:.1f} ms each, {size / 1e6:.0f} MB): back after "
        f"{spent:.1f} s ({count} on the first page)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", action="store_true")
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--pipelines", type=int, default=1000)
    parser.add_argument("--executions", type=int, default=100)
    options = parser.parse_args()
    if options.clients:
        clients()
    elif options.restart:
        restart()
    else:
        operations()
        held(options.pipelines, options.executions)
