"""The kernels of the tests are kernels: forked, they are interrupted, ended and killed as any other."""

import os
import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = [
    pytest.mark.usefixtures("warm_kernels"),
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="kernels are forked on Linux"),
]


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(extra_arguments=["--log-level=ERROR"])
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client, code):
    said = []
    client.execute_interactive(
        code, timeout=60, output_hook=lambda told: said.append(told["content"].get("text", ""))
    )
    return "".join(said).strip()


def gone(number):
    for _ in range(600):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_it_has_its_libraries_and_nothing_of_ours(kernel):
    _, client = kernel
    assert (
        printed(client, "import os, sys; print('moto' in sys.modules, 'cp_teach' in sys.modules)")
        == "True False"
    )
    assert float(printed(client, "print(os.environ['CP_TEACH_TEST_LOADED'])")) > 0


def test_it_is_interrupted(kernel):
    manager, client = kernel
    asked = client.execute("print('begun', flush=True)\nwhile True: pass")
    while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    answer = client.get_shell_msg(timeout=60)
    while answer["parent_header"].get("msg_id") != asked:
        answer = client.get_shell_msg(timeout=60)
    assert answer["content"]["ename"] == "KeyboardInterrupt"


def test_nothing_is_left_of_one_that_ends_or_is_killed(kernel):
    manager, client = kernel
    number = int(printed(client, "import os; print(os.getpid())"))
    assert number != manager.provisioner.pid
    manager.shutdown_kernel(now=True)  # SIGKILL for who was started, and that is not the kernel
    assert gone(number)
    again, other = start_new_kernel()
    number = int(printed(other, "import os; print(os.getpid())"))
    other.stop_channels()
    again.shutdown_kernel()
    assert gone(number)
