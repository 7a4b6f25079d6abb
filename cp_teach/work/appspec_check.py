"""How an AppSpec file is checked: everything that is wrong is said at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from cp_teach.work.appspec import Appspec, BadAppspec, Behavior, File, Permission, Script
from cp_teach.work.events import EVENT_SECONDS, RESERVED, SCRIPTABLE
from cp_teach.work.lined import Lined, Unreadable, parse

KEYS = {
    "": ("version", "os", "files", "file_exists_behavior", "permissions", "hooks"),
    "files": ("source", "destination"),
    "hooks": ("location", "timeout", "runas"),
    "permissions": ("object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type"),
    "context": ("user", "type", "range"),
}


def checked(data: bytes) -> Appspec:
    """See ``cp_teach.work.appspec.parse``."""
    try:
        top = parse(data)
    except Unreadable as error:
        raise BadAppspec([str(error)]) from None
    return _Check().appspec(top)


class _Check:
    def __init__(self) -> None:
        self.breaches: list[str] = []
        self.warnings: list[str] = []

    def say(self, path: str, at: Lined, words: str) -> None:
        line = f" (line {at.line})" if at.line else ""
        self.breaches.append(f"{path or 'the file'}{line}: {words}")

    def appspec(self, top: Lined) -> Appspec:
        if top.value is None:
            raise BadAppspec(["the file is empty. It begins with version: 0.0 and os: linux."])
        if isinstance(top.value, dict) and {"Resources", "resources"} & top.value.keys():
            raise BadAppspec(
                ["Resources: this is an AppSpec file for Lambda or ECS. Instances need os, files and hooks."]
            )
        values = self.mapping("", top)
        self.version(values.get("version"), top)
        self.os(values.get("os"), top)
        behavior = values.get("file_exists_behavior")
        known = get_args(Behavior)
        if behavior is not None and behavior.value not in known:
            self.say("file_exists_behavior", behavior, f"{behavior.value!r} is none of {', '.join(known)}.")
        spec = Appspec(
            tuple(self.files(values.get("files"))),
            behavior.value if behavior is not None else "DISALLOW",
            tuple(self.permissions(values.get("permissions"))),
            dict(self.hooks(values.get("hooks"))),
            tuple(self.warnings),
        )
        if self.breaches:
            raise BadAppspec(self.breaches)
        return spec

    # -- helpers ---------------------------------------------------------------------------------------
    def mapping(self, path: str, at: Lined, kind: str | None = None) -> Mapping[str, Lined]:
        """The keys of a mapping. What AWS does not know it passes over; here it is at least told."""
        keys = KEYS[path if kind is None else kind]
        if not isinstance(at.value, dict):
            self.say(path, at, f"it must have keys ({', '.join(keys)}), but it is {_kind(at)}.")
            return {}
        for key in at.twice:
            self.say(path, at, f"the key {key} stands there twice. Keep one of them.")
        for key, inner in at.value.items():
            if key not in keys:
                near = get_close_matches(key, keys, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                where = f" (line {inner.line})" if inner.line else ""
                self.warnings.append(
                    f"{path + '.' if path else ''}{key}{where}: CodeDeploy ignores it.{hint}"
                )
        return at.value

    def items(self, path: str, at: Lined | None) -> Iterator[tuple[str, Lined]]:
        if at is None or at.value is None:
            return
        if not isinstance(at.value, list):
            self.say(
                path, at, f"it must be a list, whose every item begins with a hyphen; it is {_kind(at)}."
            )
            return
        for number, item in enumerate(at.value):
            yield f"{path}[{number}]", item

    def text(self, path: str, key: str, values: Mapping[str, Lined], at: Lined, need: bool = False) -> str:
        found = values.get(key)
        if found is None or found.value is None or found.value == "":
            if need:
                self.say(path, at, f"it has no {key}. Add one.")
            return ""
        if isinstance(found.value, dict | list):
            self.say(f"{path}.{key}", found, f"it must be text, but it is {_kind(found)}.")
            return ""
        return (found.text or str(found.value)).strip()

    def texts(self, path: str, at: Lined | None) -> tuple[str, ...]:
        return tuple(item.text or str(item.value) for _, item in self.items(path, at))

    # -- sections --------------------------------------------------------------------------------------
    def version(self, at: Lined | None, top: Lined) -> None:
        if at is None:
            self.say("version", top, "it is missing. Write version: 0.0, the only one there is.")
        elif str(at.value) != "0.0" or isinstance(at.value, bool):
            self.say("version", at, f"{at.value!r} is no version of AppSpec files. Write 0.0.")

    def os(self, at: Lined | None, top: Lined) -> None:
        if at is None:
            self.say("os", top, "it is missing. Write os: linux.")
        elif at.value == "windows":
            self.say("os", at, "instances with windows are not supported here; on AWS they are. Write linux.")
        elif at.value != "linux":
            self.say("os", at, f"{at.value!r} is no operating system of CodeDeploy. Write linux.")

    def files(self, at: Lined | None) -> Iterator[File]:
        for path, item in self.items("files", at):
            values = self.mapping(path, item, "files")
            if not isinstance(item.value, dict):
                continue
            source = self.text(path, "source", values, item, need=True)
            destination = self.text(path, "destination", values, item, need=True)
            if ".." in source.split("/"):
                self.say(f"{path}.source", values["source"], f"{source} leads out of the revision.")
            if "\\" in source + destination:
                self.say(path, item, "it has a backslash. Paths on linux are written with /.")
            elif destination and not destination.startswith("/"):
                near = f"Write the whole path, such as /{destination}."
                self.say(
                    f"{path}.destination", values["destination"], f"{destination} is not absolute. {near}"
                )
            if ".." in destination.split("/"):
                self.say(
                    f"{path}.destination", values["destination"], f"{destination} must not have .. in it."
                )
            yield File(source, destination)

    def hooks(self, at: Lined | None) -> Iterator[tuple[str, tuple[Script, ...]]]:
        if at is None or at.value is None:
            return
        if not isinstance(at.value, dict):
            self.say("hooks", at, f"it must have events as keys, without hyphens; it is {_kind(at)}.")
            return
        for event in at.twice:
            self.say("hooks", at, f"the event {event} stands there twice. Put all its scripts into one list.")
        for event, inner in at.value.items():
            path = f"hooks.{event}"
            if event in RESERVED:
                self.say(path, inner, f"no script can run at {event}: it belongs to CodeDeploy itself.")
            elif event not in SCRIPTABLE:
                folded = {known.lower(): known for known in SCRIPTABLE}
                near = get_close_matches(event.lower(), folded, 1, 0.45)
                known = f"Did you mean {folded[near[0]]}?" if near else f"There are: {', '.join(SCRIPTABLE)}."
                self.say(path, inner, f"there is no such event. {known}")
            if inner.value is None or inner.value == []:
                self.say(path, inner, "it has no scripts. Give it a list of locations, or take it out.")
                continue
            scripts = tuple(self.scripts(path, inner))
            # The guide counts what is "specified in timeout"; a script without one has what the others leave.
            stated = [
                script.timeout for script, item in zip(scripts, inner.value, strict=False) if _timed(item)
            ]
            if sum(stated) > EVENT_SECONDS:
                words = f"its scripts may take {sum(stated)} seconds together; an event has {EVENT_SECONDS} at most."
                self.say(path, inner, f"{words} Give them smaller timeouts.")
            yield event, scripts

    def scripts(self, event: str, at: Lined) -> Iterator[Script]:
        for path, item in self.items(event, at):
            values = self.mapping(path, item, "hooks")
            if not isinstance(item.value, dict):
                continue
            location = self.text(path, "location", values, item, need=True)
            if ".." in location.split("/"):
                self.say(f"{path}.location", values["location"], f"{location} leads out of the revision.")
            yield Script(location, self.timeout(path, values), self.text(path, "runas", values, item))

    def timeout(self, path: str, values: Mapping[str, Lined]) -> int:
        at = values.get("timeout")
        if at is None or at.value is None:
            return EVENT_SECONDS
        if re.fullmatch(r"[0-9]+", str(at.value)) and 0 < int(at.value) <= EVENT_SECONDS:
            return int(at.value)
        words = f"{at.value!r} must be a whole number of seconds from 1 to {EVENT_SECONDS}."
        self.say(f"{path}.timeout", at, words)
        return 1

    def permissions(self, at: Lined | None) -> Iterator[Permission]:
        for path, item in self.items("permissions", at):
            values = self.mapping(path, item, "permissions")
            if not isinstance(item.value, dict):
                continue
            types = self.texts(f"{path}.type", values.get("type")) or ("file", "directory")
            for kind in types:
                if kind not in ("file", "directory"):
                    self.say(f"{path}.type", values["type"], f"{kind!r} is neither file nor directory.")
            context = values.get("context")
            labels = self.mapping(f"{path}.context", context, "context") if context else {}
            place = self.text(path, "object", values, item, need=True)
            if place and (not place.startswith("/") or ".." in place.split("/")):
                self.say(f"{path}.object", values["object"], f"{place} is no absolute path without ..")
            yield Permission(
                place,
                self.text(path, "pattern", values, item) or "**",
                self.texts(f"{path}.except", values.get("except")),
                self.text(path, "owner", values, item),
                self.text(path, "group", values, item),
                self.mode(path, values),
                self.texts(f"{path}.acls", values.get("acls")),
                {key: self.text(f"{path}.context", key, labels, item) for key in labels},
                types,
            )

    def mode(self, path: str, values: Mapping[str, Lined]) -> str:
        """Octal digits. YAML reads 0644 without quotes as the number 420, which the agent takes for the mode."""
        at = values.get("mode")
        if at is None or at.value is None:
            return ""
        text = str(at.value)
        if at.text.startswith("0") and text != at.text:
            words = f'YAML reads {at.text} as the number {text}. Write {at.text.lstrip("0")} or "{at.text}".'
            self.say(f"{path}.mode", at, words)
        elif not re.fullmatch(r"[0-7]{3,4}", text):
            self.say(f"{path}.mode", at, f"{text!r} must be three or four digits from 0 to 7, such as 644.")
            return ""
        return text


def _timed(item: Lined) -> bool:
    return isinstance(item.value, dict) and "timeout" in item.value


def _kind(at: Lined) -> str:
    names: dict[Any, str] = {
        dict: "a mapping",
        list: "a list",
        type(None): "empty",
        str: f"the text {at.value!r}",
    }
    return names.get(type(at.value), f"the value {at.value!r}")
