"""Turn a forked child process into a program: its files, environment, folder, arguments, and exit code.

This module imports only the standard library, because the kernels of the tests load it by its path.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn


def become(
    main: Callable[[], object],
    *,
    files: Sequence[int],
    environment: Mapping[str, str],
    folder: str,
    arguments: Sequence[str],
) -> NoReturn:
    """Run ``main`` as a program and end the process with its exit code.

    ``files`` are the descriptors that become standard input, output, and error; ``arguments`` becomes ``sys.argv``.
    """
    code = 255
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = list(arguments)
        result = main()
        code = result if isinstance(result, int) else 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 255
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
