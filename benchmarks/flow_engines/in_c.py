"""The line in C, compiled when it is first wanted. Where there is no compiler, ``library`` is None."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np


@cache
def library():
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    made = Path(tempfile.mkdtemp(prefix="cp-teach-c-")) / "line.so"
    source = Path(__file__).with_name("line.c")
    subprocess.run(
        [compiler, "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(made), "-lm"],
        check=True,
    )
    found = ctypes.CDLL(str(made))
    pointer = ctypes.c_void_p
    found.given.argtypes = [ctypes.c_int64, ctypes.c_int, pointer, pointer, pointer, pointer]
    found.own.argtypes = [
        ctypes.c_int64, ctypes.c_int, ctypes.c_double, ctypes.c_double, ctypes.c_uint64, pointer,
    ]  # fmt: skip
    return found


def run(arrived, service, fails):
    out = np.zeros(5)
    arrays = [
        np.ascontiguousarray(arrived),
        np.ascontiguousarray(service),
        np.ascontiguousarray(fails, dtype=np.uint8),
    ]
    library().given(len(arrived), len(service), *(one.ctypes.data for one in arrays), out.ctypes.data)
    return _told(out)


def own(n, stations, rate, p, seed):
    out = np.zeros(5)
    library().own(n, stations, rate, p, seed, out.ctypes.data)
    return _told(out)


def _told(out):
    return int(out[0]), int(out[1]), int(out[2]), float(out[3]), float(out[4])
