"""Servers in processes of their own, forked from this one, and what happens to them. Run by ``in_namespaces``.

The program prints one JSON object of what was seen. It runs in a process namespace of its own, because it kills
processes, with a small file system at ``SMALL``.
"""

import contextlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from stored_service import make_role, structure

SMALL = Path("/tmp/small")
LARGEST = 200_000
"""Bytes of the largest file, where that is limited."""
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/codepipeline/aws4_request, Signature=0"


class ForkedServer:
    """``cp-teach serve`` in a child of this process. Raises ``RuntimeError`` where it does not come up."""

    def __init__(self, state, log):
        # Loaded before the fork: each child has it then.
        import moto.moto_server.werkzeug_app
        import moto.server  # noqa: F401

        from cp_teach.cli import main

        reading, writing = os.pipe()
        self.log = log
        self.process = os.fork()
        if not self.process:
            os.dup2(writing, 1)
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            sys.stdout, sys.stderr = open(1, "w", buffering=1), open(2, "w", buffering=1)  # noqa: SIM115
            code = 1
            try:
                code = main(["serve", "--port", "0", "--state", str(state), "--clock", "manual"])
            finally:
                sys.stdout.flush()
                os._exit(code)
        os.close(writing)
        with os.fdopen(reading) as output:
            line = output.readline()
        if " on http" not in line:
            _, status = os.waitpid(self.process, 0)
            raise RuntimeError(f"{os.waitstatus_to_exitcode(status)}: {Path(log).read_text()}")
        self.url = line.split(" on ")[1].split()[0]

    def ask(self, operation, **request):
        """The status and the answer."""
        headers = {
            "X-Amz-Target": f"CodePipeline_20150709.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": AUTHORIZATION,
        }
        made = urllib.request.Request(self.url, json.dumps(request).encode(), headers)
        try:
            with urllib.request.urlopen(made, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def start(self, acknowledged):
        """The status and the sentence of a start; an execution that was acknowledged is noted."""
        status, answer = self.ask(
            "StartPipelineExecution", name="shop", clientRequestToken=os.urandom(60).hex()
        )
        if status == 200:
            acknowledged.append(answer["pipelineExecutionId"])
        return status, answer.get("message", "")

    def executions(self):
        """The ids of all executions."""
        found, token = set(), None
        while True:
            more = {"nextToken": token} if token else {}
            answer = self.ask("ListPipelineExecutions", pipelineName="shop", **more)[1]
            found |= {each["pipelineExecutionId"] for each in answer["pipelineExecutionSummaries"]}
            if not (token := answer.get("nextToken")):
                return found

    def end(self, how=signal.SIGKILL):
        """End the child, by default as the kernel does it; its exit code."""
        os.kill(self.process, how)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def pipeline(role):
    """Its approval keeps all executions waiting, so that each start only adds."""
    made = structure("shop", role)
    made["stages"][1]["actions"] = [
        {
            "name": "Approve",
            "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
        }
    ]
    return made


def full_file_system(role):
    """Fill the disk, all but a little."""
    ballast = SMALL / "ballast"

    def fill(server):
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        os.truncate(ballast, ballast.stat().st_size - 100_000)

    return _full(role, SMALL / "state", fill, lambda server: ballast.unlink())


def largest_file(role):
    """Let the process write no file larger than that."""
    unlimited = resource.RLIM_INFINITY

    def fill(server):
        resource.prlimit(server.process, resource.RLIMIT_FSIZE, (LARGEST, unlimited))

    def empty(server):
        resource.prlimit(server.process, resource.RLIMIT_FSIZE, (unlimited, unlimited))

    return _full(role, Path(tempfile.mkdtemp()) / "state", fill, empty)


def _full(role, state, fill, empty):
    log = f"{tempfile.mkdtemp()}/log"
    server, acknowledged, statuses, sentence = ForkedServer(state, log), [], [], ""
    server.ask("CreatePipeline", pipeline=pipeline(role))
    fill(server)
    while statuses.count(503) < 5 and len(statuses) < 2000:
        status, told = server.start(acknowledged)
        statuses.append(status)
        sentence = sentence or told
    reading = server.ask("GetPipelineState", name="shop")[0]
    again = []
    if state.is_relative_to(SMALL):
        server.end()
        server = ForkedServer(state, log)  # there is still no room
        again = [server.ask("GetPipelineState", name="shop")[0], server.start(acknowledged)[0]]
    empty(server)
    after = server.start(acknowledged)[0]
    server.end()
    restarted = ForkedServer(state, log)
    lost = sorted(set(acknowledged) - restarted.executions())
    restarted.end(signal.SIGTERM)
    return {
        "statuses": sorted(set(statuses)),
        "sentence": sentence,
        "reading": reading,
        "restarted while full": again,
        "after": after,
        "acknowledged": len(acknowledged),
        "lost": lost,
        "log": Path(log).read_text(),
    }


def kills(role, rounds):
    """Kill a server again and again while three clients write."""
    folder = Path(tempfile.mkdtemp())
    chance = random.Random(rounds)
    acknowledged, lost, log = [], [], folder / "log"
    server = ForkedServer(folder / "state", log)
    server.ask("CreatePipeline", pipeline=pipeline(role))
    for _ in range(rounds):

        def write(server=server):
            with contextlib.suppress(OSError, ValueError):  # it is killed meanwhile
                while True:
                    server.start(acknowledged)

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.1, 0.4))
        server.end()
        for writer in writers:
            writer.join()
        server = ForkedServer(folder / "state", log)
        lost += sorted(set(acknowledged) - server.executions())
    server.end()
    return {"acknowledged": len(acknowledged), "lost": lost, "log": log.read_text()}


def owners():
    """Two servers on one folder, in both orders, and after the end of the first."""
    folder = Path(tempfile.mkdtemp())
    state, log, seen = folder / "state", folder / "log", {}

    def refusal():
        try:
            ForkedServer(state, folder / "second").end()
        except RuntimeError as error:
            return str(error)
        return ""

    first = ForkedServer(state, log)
    seen["second"], seen["process"] = refusal(), first.process
    seen["first answers"] = first.ask("ListPipelines")[0]
    first.end()
    second = ForkedServer(state, log)  # no lock outlives its process
    seen["first again"] = refusal()
    seen["end"] = second.end(signal.SIGTERM)
    third = ForkedServer(state, log)
    other = ForkedServer(folder / "other", log)
    seen["third"], seen["another folder"] = third.ask("ListPipelines")[0], other.ask("ListPipelines")[0]
    third.end()
    other.end()
    seen["folder"] = str(state)
    return seen


def main(what, rounds):
    """Do it, and print what was seen."""
    role = make_role()
    made = (
        {"file system": full_file_system(role), "file size": largest_file(role)}
        if what == "full"
        else {"kills": kills(role, rounds), "owners": owners()}
    )
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
