"""Zip files of strangers: nothing but stored and deflated entries is read, in bounded memory and time."""

import base64
import io
import resource
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest

from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, unpack
from cp_teach.work.simulation.artifact_contents import files_of_zip

PACKED = (
    "eNpzisqwNHSMVAuO5ON8dJ8xvs+B4QADA4cCg0GDr5vTAtWVXA3TR+VH5SmXf7dPZzfD1XMOHEB5hgaQijOcqzJX"
    "BEzK9QiYVLF7kuahlvYPP5tuAACYOMvF"
)
"""``bz2.compress(bytes(900_000_000))``, packed, because making it takes 20 seconds."""


def bomb():
    """758 bytes whose one entry says that it has ten bytes, and that bzip2 makes 900 MB of."""
    packed = zlib.decompress(base64.b64decode(PACKED))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("x", packed)
    data = bytearray(made.getvalue())
    central = data.find(b"PK\1\2")
    for at, method, crc, size in ((0, 8, 14, 22), (central, 10, 16, 24)):
        data[at + method : at + method + 2] = struct.pack("<H", zipfile.ZIP_BZIP2)
        data[at + crc : at + crc + 4] = struct.pack("<I", zlib.crc32(bytes(10)))
        data[at + size : at + size + 4] = struct.pack("<I", 10)
    return bytes(data)


def test_a_bomb_of_bzip2_takes_no_memory(tmp_path):
    (tmp_path / "bomb.zip").write_bytes(bomb())
    code = (
        "import sys; from pathlib import Path; from cp_teach.work.artifacts.zip_artifacts import *\n"
        "try: unpack(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except InvalidArtifact as no: print(no)"
    )
    memory = 700_000_000
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "bomb.zip"), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
    )
    assert "only stored and deflated entries are read" in done.stdout, done.stderr
    assert files_of_zip(bomb()) == {}


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("at", [35, 40, 45, 50])
def test_a_damaged_entry_is_told_in_a_sentence(tmp_path, method, at):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("a", b"hello world " * 1000)
    data = bytearray(made.getvalue())
    data[at] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InvalidArtifact):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    files_of_zip(bytes(data))


@pytest.mark.parametrize("names", [[str(n) for n in range(3000)], ["n" * 60_000], ["░" * 5_000]])
def test_inputs_with_many_or_long_names_are_not_carried_along(names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    assert files_of_zip(made.getvalue()) == {}
