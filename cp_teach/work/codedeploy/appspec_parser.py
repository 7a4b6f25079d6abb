"""How an AppSpec file is checked: everything that is wrong is said at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import cast, get_args

from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.work.codedeploy.appspec import Appspec, BadAppspec, Behavior, File, Permission, Script
from cp_teach.work.codedeploy.lifecycle_events import EVENT_SECONDS, RESERVED, SCRIPTABLE
from cp_teach.work.yaml_with_lines import Tree, read

TOP = ("version", "os", "files", "file_exists_behavior", "permissions", "hooks")
FILE = ("source", "destination")
SCRIPT = ("location", "timeout", "runas")
PERMISSION = ("object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type")
CONTEXT = ("user", "type", "range")
INTEGER = "tag:yaml.org,2002:int"


def checked(data: bytes) -> Appspec:
    """See ``cp_teach.work.codedeploy.appspec.parse``."""
    breaches: list[str] = []
    text = _text(data)
    top = read(text, breaches)
    if breaches and (line := _tab(text)):
        breaches = [f"line {line} has a tab. Indent YAML with spaces, two for each step."]
    if breaches:
        raise BadAppspec(breaches)
    if not top.there:
        raise BadAppspec(["the file is empty. It begins with version: 0.0 and os: linux."])
    return _Check().appspec(top)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadAppspec([f"line {line} is not UTF-8 text. Save the file as UTF-8."]) from None
    if "\t" in text and text.lstrip().startswith("{"):
        try:
            parse_json(text)
        except BadJson:
            return text
        return text.replace("\t", " ")  # JSON is YAML, but for tabs; inside its strings there are none
    return text


def _tab(text: str) -> int:
    """The first line that is indented with a tab, or 0."""
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if "\t" in line[: len(line) - len(line.lstrip())]), 0)


class _Check:
    """One reading. ``Tree`` keeps its own faults in the same list, so that all stand in the file's order."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def appspec(self, top: Tree) -> Appspec:
        values = self.keys(top, TOP)
        if top.faults:  # not even keys
            raise BadAppspec(top.faults)
        if "Resources" in values:
            words = (
                "Resources: this is an AppSpec file for Lambda or ECS. Instances need os, files and hooks."
            )
            raise BadAppspec([words])
        self.version(top, values)
        self.os(top, values)
        spec = Appspec(
            tuple(self.files(values)),
            self.behavior(values),
            tuple(self.permissions(values)),
            dict(self.hooks(values)),
            tuple(self.warnings),
        )
        if top.faults:
            raise BadAppspec(top.faults)
        return spec

    def keys(self, tree: Tree, known: tuple[str, ...]) -> dict[str, Tree]:
        """The keys of a mapping. What CodeDeploy does not know it passes over; here that is at least told."""
        values = tree.children(self.warnings.append)
        for key, value in values.items():
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                self.warnings.append(f"{value.where}: CodeDeploy ignores it.{hint}")
        return values

    def text(self, tree: Tree, values: dict[str, Tree], key: str, need: bool = False) -> str:
        text = values[key].text().strip() if key in values else ""
        mapping = getattr(tree.node, "id", "") == "mapping"  # if not, that is told already
        if need and mapping and not text and not (key in values and values[key].there):
            tree.wrong(f"it has no {key}. Add one.")
        return text

    # -- sections --------------------------------------------------------------------------------------
    def version(self, top: Tree, values: dict[str, Tree]) -> None:
        text = self.text(top, values, "version")
        if "version" not in values:
            top.wrong("version is missing. Write version: 0.0, the only one there is.")
        elif text != "0.0":
            values["version"].wrong(f"{text!r} is no version of AppSpec files. Write 0.0.")

    def os(self, top: Tree, values: dict[str, Tree]) -> None:
        text = self.text(top, values, "os")
        if "os" not in values:
            top.wrong("os is missing. Write os: linux.")
        elif text == "windows":
            values["os"].wrong("instances with windows are not supported here; on AWS they are. Write linux.")
        elif text != "linux":
            values["os"].wrong(f"{text!r} is no operating system of CodeDeploy. Write linux.")

    def behavior(self, values: dict[str, Tree]) -> Behavior:
        known = get_args(Behavior)
        given = values.get("file_exists_behavior")
        text = given.text() if given and given.there else "DISALLOW"
        if given and text not in known:
            given.wrong(f"{text!r} is none of {', '.join(known)}.")
        return cast(Behavior, text)

    def files(self, values: dict[str, Tree]) -> Iterator[File]:
        for item in values["files"].items() if "files" in values else ():
            pair = self.keys(item, FILE)
            source = self.text(item, pair, "source", need=True)
            destination = self.text(item, pair, "destination", need=True)
            if ".." in source.split("/"):
                pair["source"].wrong(f"{source} leads out of the revision.")
            if "\\" in source + destination:
                item.wrong("it has a backslash. Paths on linux are written with /.")
            elif destination and not destination.startswith("/"):
                words = f"{destination} is not absolute. Write the whole path, such as /{destination}."
                pair["destination"].wrong(words)
            if ".." in destination.split("/"):
                pair["destination"].wrong(f"{destination} must not have .. in it.")
            yield File(source, destination)

    def hooks(self, values: dict[str, Tree]) -> Iterator[tuple[str, tuple[Script, ...]]]:
        hooks = values["hooks"].children(self.warnings.append) if "hooks" in values else {}
        for event, scripts in hooks.items():
            if event in RESERVED:
                said = f"no script runs at {event}: it belongs to CodeDeploy itself."
                self.warnings.append(f"{scripts.where}: {said}")
                continue
            if event not in SCRIPTABLE:
                folded = {known.lower(): known for known in SCRIPTABLE}
                near = get_close_matches(event.lower(), folded, 1, 0.45)
                known = f"Did you mean {folded[near[0]]}?" if near else f"There are: {', '.join(SCRIPTABLE)}."
                said = f"there is no such event, so nothing of it runs. {known}"
                self.warnings.append(f"{scripts.where}: {said}")
                continue
            if not scripts.there:
                scripts.wrong("it has no scripts. Give it a list of locations, or take it out.")
                continue
            found = [self.script(item) for item in scripts.items()]
            # The guide counts what is "specified in timeout"; a script without one has what the others leave.
            stated = sum(script.timeout for script, said in found if said)
            if stated > EVENT_SECONDS:
                words = (
                    f"its scripts may take {stated} seconds together; an event has {EVENT_SECONDS} at most."
                )
                scripts.wrong(f"{words} Give them smaller timeouts.")
            yield event, tuple(script for script, _ in found)

    def script(self, item: Tree) -> tuple[Script, bool]:
        """A script, and whether it says how long it may take."""
        values = self.keys(item, SCRIPT)
        location = self.text(item, values, "location", need=True)
        if ".." in location.split("/"):
            values["location"].wrong(f"{location} leads out of the revision.")
        time, seconds = self.text(item, values, "timeout"), EVENT_SECONDS
        if re.fullmatch(r"[0-9]{1,9}", time) and 0 < int(time) <= EVENT_SECONDS:
            seconds = int(time)
        elif "timeout" in values and values["timeout"].there:
            words = f"{time!r} must be a whole number of seconds from 1 to {EVENT_SECONDS}."
            values["timeout"].wrong(words)
        return Script(location, seconds, self.text(item, values, "runas")), bool(time)

    def permissions(self, values: dict[str, Tree]) -> Iterator[Permission]:
        for item in values["permissions"].items() if "permissions" in values else ():
            given = self.keys(item, PERMISSION)
            lists = {key: given[key].texts() if key in given else () for key in ("except", "acls", "type")}
            for kind in lists["type"]:
                if kind not in ("file", "directory"):
                    given["type"].wrong(f"{kind!r} is neither file nor directory.")
            labels = self.keys(given["context"], CONTEXT) if "context" in given else {}
            place = self.text(item, given, "object", need=True)
            if place and (not place.startswith("/") or ".." in place.split("/")):
                given["object"].wrong(f"{place} is no absolute path without .. in it.")
            yield Permission(
                place,
                self.text(item, given, "pattern") or "**",
                lists["except"],
                self.text(item, given, "owner"),
                self.text(item, given, "group"),
                self.mode(given.get("mode")),
                lists["acls"],
                {key: label.text() for key, label in labels.items()},
                lists["type"] or ("file", "directory"),
            )

    def mode(self, tree: Tree | None) -> str:
        """Octal digits. YAML reads 0644 without quotes as the number 420, and the agent takes that for the mode."""
        text = tree.text() if tree else ""
        if tree and tree.node and re.fullmatch("0[0-7]+", text) and tree.node.tag == INTEGER:
            number = str(int(text, 8))
            words = f"YAML reads {text} as the number {number}, which the agent takes for the mode. Write "
            words += f'{text.lstrip("0") or 0} or "{text}".'
            if re.fullmatch("[0-7]{1,4}", number):
                self.warnings.append(f"{tree.where}: {words}")
                return number.zfill(3)
            tree.wrong(words)
        elif tree and text and not re.fullmatch(r"[0-7]{1,4}", text):
            tree.wrong(f"{text!r} must be one to four digits from 0 to 7, such as 644.")
        return text.zfill(3) if text else ""
