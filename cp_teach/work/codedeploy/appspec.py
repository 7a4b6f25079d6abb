"""AppSpec files: their contents, and a parser that reports every error with its location in one pass.

>>> spec = parse(b'''
... version: 0.0
... os: linux
... files:
...   - source: index.html
...     destination: /var/www
... hooks:
...   ApplicationStart:
...     - location: scripts/start.sh
...       timeout: 60
... ''')
>>> spec.files
(File(source='index.html', destination='/var/www'),)
>>> spec.hooks["ApplicationStart"][0].timeout
60

Source: CodeDeploy user guide, reference-appspec-file-structure, for EC2/on-premises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from cp_teach.work.codedeploy.deployment import EVENT_SECONDS, RESERVED, SCRIPTABLE
from cp_teach.work.yaml_with_lines import YamlValue, read_yaml

Behavior = Literal["DISALLOW", "OVERWRITE", "RETAIN"]
"""The treatment of a file at a destination that no deployment put there."""


class BadAppspec(ValueError):
    """An AppSpec file that CodeDeploy cannot use. ``errors`` holds every error with its location."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("The AppSpec file cannot be used:\n" + "\n".join(f"- {error}" for error in errors))


@dataclass(frozen=True)
class File:
    """A file or folder of the revision, and the folder on the instance that it is copied to.

    The contents of a folder are copied, not the folder itself; ``/`` is the whole revision.
    """

    source: str
    destination: str


@dataclass(frozen=True)
class Script:
    """A script of the revision. ``timeout`` is in seconds; ``runas`` is the user who runs it ("": the agent's)."""

    location: str
    timeout: int
    runas: str = ""


@dataclass(frozen=True)
class Permission:
    """The permissions of what was copied to ``object`` or below it. ``mode`` is octal, such as "644"."""

    object: str
    pattern: str = "**"
    excepted: tuple[str, ...] = ()
    owner: str = ""
    group: str = ""
    mode: str = ""
    acls: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    type: tuple[str, ...] = ("file", "directory")


@dataclass(frozen=True)
class Appspec:
    """The contents of an AppSpec file. ``warnings`` name lines that the agent would ignore without a message."""

    files: tuple[File, ...] = ()
    file_exists_behavior: Behavior = "DISALLOW"
    permissions: tuple[Permission, ...] = ()
    hooks: Mapping[str, tuple[Script, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


NAMES = ("appspec.yml", "appspec.yaml")
"""The file names that the agent accepts, at the root of the revision only."""
TOP_KEYS = ("version", "os", "files", "file_exists_behavior", "permissions", "hooks")
FILE_KEYS = ("source", "destination")
SCRIPT_KEYS = ("location", "timeout", "runas")
PERMISSION_KEYS = ("object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type")
CONTEXT_KEYS = ("user", "type", "range")
INTEGER = "tag:yaml.org,2002:int"


def read(folder: Path) -> Appspec:
    """Parse the AppSpec file of the revision that is unpacked in ``folder``. Raises ``BadAppspec``."""
    for name in NAMES:
        path = folder / name
        if path.is_file() and not path.is_symlink():
            return _parse(path.read_bytes())
    deeper = sorted(
        path.relative_to(folder).as_posix() for name in NAMES for path in folder.glob(f"*/{name}")
    )
    message = (
        f"appspec.yml must be at the root of the revision, but it is at {deeper[0]}. "
        "Zip what is in the folder, not the folder itself."
        if deeper
        else "there is no appspec.yml at the root of the revision. Add one; if a build makes the artifact, "
        "list appspec.yml among the artifacts of its buildspec."
    )
    raise BadAppspec([message])


@lru_cache(maxsize=16)
def _parse(data: bytes) -> Appspec:
    """``parse`` for the agents: every event of every instance reads the file, and a deployment has one content."""
    return parse(data)


def parse(data: bytes) -> Appspec:
    """Parse an AppSpec file in YAML or JSON. Raises ``BadAppspec`` with every error and its line."""
    errors: list[str] = []
    text = _decode(data)
    root = read_yaml(text, errors)
    if errors and (line := _tab_line(text)):
        errors = [f"line {line} has a tab. Indent YAML with spaces, two for each step."]
    if errors:
        raise BadAppspec(errors)
    if not root.present:
        raise BadAppspec(["the file is empty. It begins with version: 0.0 and os: linux."])
    return _Parser().appspec(root)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadAppspec([f"line {line} is not UTF-8 text. Save the file as UTF-8."]) from None


def _tab_line(text: str) -> int:
    """The first line that is indented with a tab, or 0."""
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if "\t" in line[: len(line) - len(line.lstrip())]), 0)


class _Parser:
    """One pass over a file. The ``YamlValue`` objects share one list of errors, in the file's order."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def appspec(self, root: YamlValue) -> Appspec:
        keys = self.check_keys(root, TOP_KEYS)
        if root.errors:  # not a mapping
            raise BadAppspec(root.errors)
        if "Resources" in keys:
            raise BadAppspec(
                ["Resources: this is an AppSpec file for Lambda or ECS. Instances need os, files and hooks."]
            )
        self.check_version(root, keys)
        self.check_os(root, keys)
        spec = Appspec(
            tuple(self.files(keys)),
            self.behavior(keys),
            tuple(self.permissions(keys)),
            dict(self.hooks(keys)),
            tuple(self.warnings),
        )
        if root.errors:
            raise BadAppspec(root.errors)
        return spec

    def check_keys(self, value: YamlValue, valid: tuple[str, ...]) -> dict[str, YamlValue]:
        """The keys of a mapping, with a warning about each key that CodeDeploy would silently ignore."""
        keys = value.children(self.warnings.append)
        for key, child in keys.items():
            if key not in valid:
                similar = get_close_matches(key, valid, 1)
                hint = f" Did you mean {similar[0]}?" if similar else ""
                self.warnings.append(f"{child.location}: CodeDeploy ignores it.{hint}")
        return keys

    def text(self, value: YamlValue, keys: dict[str, YamlValue], key: str, *, required: bool = False) -> str:
        text = keys[key].text().strip() if key in keys else ""
        is_mapping = getattr(value.node, "id", "") == "mapping"  # otherwise an error is already reported
        if required and is_mapping and not text and not (key in keys and keys[key].present):
            value.report(f"it has no {key}. Add one.")
        return text

    # -- sections --------------------------------------------------------------------------------------
    def check_version(self, root: YamlValue, keys: dict[str, YamlValue]) -> None:
        text = self.text(root, keys, "version")
        if "version" not in keys:
            root.report("version is missing. Write version: 0.0, the only valid version.")
        elif text != "0.0" and keys["version"].is_single:
            keys["version"].report(f"{text!r} is not a version of AppSpec files. Write 0.0.")

    def check_os(self, root: YamlValue, keys: dict[str, YamlValue]) -> None:
        text = self.text(root, keys, "os")
        if "os" not in keys:
            root.report("os is missing. Write os: linux.")
        elif text == "windows":
            keys["os"].report("Windows instances work on AWS, but not here. Write linux.")
        elif text != "linux" and keys["os"].is_single:
            keys["os"].report(f"{text!r} is not an operating system of CodeDeploy. Write linux.")

    def behavior(self, keys: dict[str, YamlValue]) -> Behavior:
        allowed = get_args(Behavior)
        value = keys.get("file_exists_behavior")
        text = value.text() if value and value.present else "DISALLOW"
        if value and text not in allowed and value.is_single:
            value.report(f"{text!r} is not one of {', '.join(allowed)}.")
        return cast(Behavior, text)

    def files(self, keys: dict[str, YamlValue]) -> Iterator[File]:
        for item in keys["files"].items() if "files" in keys else ():
            entry = self.check_keys(item, FILE_KEYS)
            source = self.text(item, entry, "source", required=True)
            destination = self.text(item, entry, "destination", required=True)
            if ".." in source.split("/"):
                entry["source"].report(f"{source} leads out of the revision.")
            if "\\" in source + destination:
                item.report("it has a backslash. Write paths on Linux with /.")
            elif destination and not destination.startswith("/"):
                entry["destination"].report(
                    f"{destination} is not absolute. Write the whole path, such as /{destination}."
                )
            if ".." in destination.split("/"):
                entry["destination"].report(f"{destination} must not contain .. as a part.")
            yield File(source, destination)

    def hooks(self, keys: dict[str, YamlValue]) -> Iterator[tuple[str, tuple[Script, ...]]]:
        hooks = keys["hooks"].children(self.warnings.append) if "hooks" in keys else {}
        for event, scripts in hooks.items():
            if event in RESERVED:
                self.warnings.append(
                    f"{scripts.location}: no script runs at {event}, because it belongs to CodeDeploy itself."
                )
            elif event not in SCRIPTABLE:
                lower_case = {name.lower(): name for name in SCRIPTABLE}
                similar = get_close_matches(event.lower(), lower_case, 1, 0.45)
                hint = (
                    f"Did you mean {lower_case[similar[0]]}?"
                    if similar
                    else f"The events are: {', '.join(SCRIPTABLE)}."
                )
                self.warnings.append(
                    f"{scripts.location}: this event does not exist, so its scripts do not run. {hint}"
                )
            elif not scripts.present:
                scripts.report("it has no scripts. Give it a list of locations, or remove it.")
            else:
                parsed = [self.script(item) for item in scripts.items()]
                # The guide limits the sum of the timeouts that are written. Other scripts have what these leave.
                seconds = sum(script.timeout for script, explicit in parsed if explicit)
                if seconds > EVENT_SECONDS:
                    scripts.report(
                        f"its scripts may take {seconds} seconds together; an event has at most {EVENT_SECONDS}. "
                        "Give them smaller timeouts."
                    )
                yield event, tuple(script for script, _ in parsed)

    def script(self, item: YamlValue) -> tuple[Script, bool]:
        """A script, and whether its timeout is explicit."""
        keys = self.check_keys(item, SCRIPT_KEYS)
        location = self.text(item, keys, "location", required=True)
        if ".." in location.split("/"):
            keys["location"].report(f"{location} leads out of the revision.")
        timeout, seconds = self.text(item, keys, "timeout"), EVENT_SECONDS
        if re.fullmatch(r"[0-9]{1,9}", timeout) and 0 < int(timeout) <= EVENT_SECONDS:
            seconds = int(timeout)
        elif "timeout" in keys and keys["timeout"].present and keys["timeout"].is_single:
            keys["timeout"].report(
                f"{timeout!r} must be a whole number of seconds from 1 to {EVENT_SECONDS}."
            )
        return Script(location, seconds, self.text(item, keys, "runas")), bool(timeout)

    def permissions(self, keys: dict[str, YamlValue]) -> Iterator[Permission]:
        for item in keys["permissions"].items() if "permissions" in keys else ():
            entry = self.check_keys(item, PERMISSION_KEYS)
            lists = {key: entry[key].texts() if key in entry else () for key in ("except", "acls", "type")}
            for kind in lists["type"]:
                if kind not in ("file", "directory"):
                    entry["type"].report(f"{kind!r} is neither file nor directory.")
            context = self.check_keys(entry["context"], CONTEXT_KEYS) if "context" in entry else {}
            path = self.text(item, entry, "object", required=True)
            if path and (not path.startswith("/") or ".." in path.split("/")):
                entry["object"].report(f"{path} must be an absolute path without .. as a part.")
            yield Permission(
                path,
                self.text(item, entry, "pattern") or "**",
                lists["except"],
                self.text(item, entry, "owner"),
                self.text(item, entry, "group"),
                self.mode(entry.get("mode")),
                lists["acls"],
                {key: label.text() for key, label in context.items()},
                lists["type"] or ("file", "directory"),
            )

    def mode(self, value: YamlValue | None) -> str:
        """Octal digits. YAML reads 0644 without quotes as the number 420, which the agent uses as the mode."""
        text = value.text() if value else ""
        if value and value.node and re.fullmatch("0[0-7]+", text) and value.node.tag == INTEGER:
            number = str(int(text, 8))
            problem = f"YAML reads {text} as the number {number}, which the agent uses as the mode. Write "
            problem += f'{text.lstrip("0") or 0} or "{text}".'
            if re.fullmatch("[0-7]{1,4}", number):
                self.warnings.append(f"{value.location}: {problem}")
                return number.zfill(3)
            value.report(problem)
        elif value and text and not re.fullmatch(r"[0-7]{1,4}", text):
            value.report(f"{text!r} must be one to four digits from 0 to 7, such as 644.")
        return text.zfill(3) if text else ""
