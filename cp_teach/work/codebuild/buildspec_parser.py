"""How a buildspec is read: every key that CodeBuild knows, and a sentence for all that it would refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from cp_teach.pipeline.globs import fault
from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.patterns.automaton import TooCostly
from cp_teach.security.patterns.regex import BadPattern, check_syntax
from cp_teach.work.codebuild.buildspec import BadBuildspec, Buildspec, Files, OnFailure, Phase
from cp_teach.work.yaml_with_lines import Tree, read

PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = {"bash": "bash", "/bin/bash": "bash", "sh": "sh", "/bin/sh": "sh"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RETRY = re.compile(r"RETRY(?:-(?P<times>[0-9]+))?(?:-(?P<pattern>.+))?")
RETRIES = 3
"""How often RETRY tries again when it says no number (user guide)."""
MOST_RETRIES = 100

ELSEWHERE = {
    "cache": "no cache is kept: each build begins with an empty folder.",
    "reports": "no report groups are kept; the files stay in the build's folder.",
    "batch": "batch builds are not run here: this is one build.",
    "proxy": "no proxy is used.",
    "run-as": "all commands run as the user that runs this program.",
}
"""What a buildspec may say and a build here does not do."""
FILES_ELSEWHERE = {
    "enable-symlinks": "a link is packed as the file that it leads to.",
    "s3-prefix": "CodePipeline says itself where an artifact lies.",
}
KEYS = ("version", "env", "environment_variables", "phases", "artifacts", *ELSEWHERE)
PHASE_KEYS = ("commands", "finally", "on-failure", "run-as", "runtime-versions")
ENV_KEYS = (
    "variables",
    "plaintext",
    "exported-variables",
    "shell",
    "parameter-store",
    "secrets-manager",
    "git-credential-helper",
)
FILE_KEYS = (
    "files",
    "name",
    "base-directory",
    "discard-paths",
    "exclude-paths",
    "secondary-artifacts",
    *FILES_ELSEWHERE,
)


def parsed(text: str) -> Buildspec:
    """See ``parse`` in buildspec.py."""
    reading = _Reading()
    spec = reading.spec(read(text, reading.faults))
    if reading.faults:
        raise BadBuildspec(reading.faults)
    return spec


@dataclass
class _Reading:
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def spec(self, tree: Tree) -> Buildspec:
        if not tree.there and not self.faults:
            tree.wrong("the buildspec is empty; it begins with «version: 0.2».")
        tops = tree.children()
        version = tops["version"].text() if "version" in tops else ""
        if tops and version not in ("0.1", "0.2"):
            said = f"not {version!r}" if version else "and it is missing"
            tops.get("version", tree).wrong(f"the version of a buildspec is 0.1 or 0.2, {said}.")
        self._known(tops, KEYS, "a buildspec")
        for name in ELSEWHERE:
            if name in tops:
                self.notes.append(f"{name}: {ELSEWHERE[name]}")
        if tops and not ("phases" in tops and tops["phases"].there):
            tree.wrong("phases are missing: a buildspec says at least for one phase what it runs.")
        phases = {
            name: self._phase(name, child)
            for name, child in (tops["phases"].children() if "phases" in tops else {}).items()
            if self._is_phase(name, child)
        }
        env = {
            name: child
            for top in ("environment_variables", "env")
            if top in tops
            for name, child in tops[top].children().items()
        }
        variables, secrets, exported, shell = self._env(env)
        artifacts = tops["artifacts"].children() if "artifacts" in tops else {}
        others = artifacts["secondary-artifacts"].children() if "secondary-artifacts" in artifacts else {}
        secondary = {name: self._files(child, child.children()) for name, child in others.items()}
        return Buildspec(
            version,
            phases,
            variables,
            secrets,
            exported,
            shell,
            self._files(tops["artifacts"], artifacts) if artifacts else None,
            {name: files for name, files in secondary.items() if files},
            tuple(self.notes),
        )

    def _is_phase(self, name: str, child: Tree) -> bool:
        if name in PHASES:
            return True
        near = get_close_matches(name.lower().replace("-", "_"), PHASES, 1, 0.5)
        child.wrong(
            f"there is no phase {name!r}; {_meant(near) or 'the phases are ' + ', '.join(PHASES) + '.'}"
        )
        return False

    def _phase(self, name: str, tree: Tree) -> Phase:
        parts = tree.children()
        self._known(parts, PHASE_KEYS, f"the phase {name}")
        commands = parts["commands"].texts(single=True) if "commands" in parts else ()
        last = parts["finally"].texts(single=True) if "finally" in parts else ()
        # The install phase may only choose runtimes (user guide: commands are optional there).
        if not commands and not last and not (name == "install" and "runtime-versions" in parts):
            tree.wrong("the phase has no commands; list one at least under «commands:».")
        if "runtime-versions" in parts:
            for runtime, asked in parts["runtime-versions"].children().items():
                self.notes.append(
                    f"{runtime} {asked.text()} is not installed: what this machine has is used."
                )
        if "run-as" in parts:
            self.notes.append(f"{name}.run-as: {ELSEWHERE['run-as']}")
        return Phase(commands, last, _on_failure(parts["on-failure"]) if "on-failure" in parts else None)

    def _env(self, parts: Mapping[str, Tree]) -> _Env:
        self._known(parts, ENV_KEYS, "env")
        values = {
            kind: {
                name: child.text()
                for name, child in parts[kind].children().items()
                if self._settable(child, name)
            }
            for kind in ("variables", "plaintext", "parameter-store", "secrets-manager")
            if kind in parts
        }
        shell = parts["shell"].text() if "shell" in parts else "sh"
        if shell not in SHELLS:
            parts["shell"].wrong(f"the shell is bash or /bin/sh, not {shell!r}.")
        return _Env(
            {**values.get("plaintext", {}), **values.get("variables", {})},
            {
                name: f"{kind} {place}"
                for kind in ("parameter-store", "secrets-manager")
                for name, place in values.get(kind, {}).items()
            },
            self._exported(parts["exported-variables"]) if "exported-variables" in parts else (),
            SHELLS.get(shell, "sh"),
        )

    def _settable(self, child: Tree, name: str) -> bool:
        if not NAME.fullmatch(name):
            child.wrong(f"{name!r} is no name of a variable: letters, digits and _, and no digit first.")
        if name.startswith("CODEBUILD_"):
            self.notes.append(
                f"{child.where}: names that begin with CODEBUILD_ are CodeBuild's own; it is not set."
            )
            return False
        return True

    def _exported(self, tree: Tree) -> tuple[str, ...]:
        names = tree.texts(single=True)
        for name in names:
            if not NAME.fullmatch(name):
                tree.wrong(f"{name!r} is no name of a variable.")
            elif name.startswith("AWS_"):
                tree.wrong(f"{name} cannot be exported: no variable can that begins with AWS_.")
        return names

    def _files(self, tree: Tree, parts: Mapping[str, Tree]) -> Files | None:
        if not parts:
            return None
        self._known(parts, FILE_KEYS, "artifacts")
        for name in FILES_ELSEWHERE.keys() & parts:
            self.notes.append(f"{parts[name].where}: {FILES_ELSEWHERE[name]}")
        files = parts["files"].texts(single=True) if "files" in parts else ()
        if not files and "secondary-artifacts" not in parts:
            tree.wrong("files are missing: list one at least, or a pattern like '**/*'.")
        without = parts["exclude-paths"].texts(single=True) if "exclude-paths" in parts else ()
        base = parts["base-directory"].text() if "base-directory" in parts else ""
        for glob in (*files, *without, base):
            if no := fault(glob) or _costly(glob):
                tree.wrong(no)
        return (
            Files(
                files,
                base,
                parts["discard-paths"].yes() if "discard-paths" in parts else False,
                without,
                parts["name"].text() if "name" in parts else "",
            )
            if files
            else None
        )

    def _known(self, parts: Mapping[str, Tree], known: tuple[str, ...], of: str) -> None:
        """AWS passes over a key that it does not know; here it is at least told."""
        for name, child in parts.items():
            if name not in known:
                near = _meant(get_close_matches(name, known, 1))
                self.notes.append(
                    f"{child.where}: {name!r} is no key of {of} and is not read. {near}".strip()
                )


class _Env(NamedTuple):
    variables: dict[str, str]
    secrets: dict[str, str]
    exported: tuple[str, ...]
    shell: str


def _on_failure(tree: Tree) -> OnFailure | None:
    text = tree.text()
    if text in ("ABORT", "CONTINUE"):
        return OnFailure(text)
    found = RETRY.fullmatch(text)
    if found is None:
        tree.wrong(
            f"on-failure is ABORT, CONTINUE, RETRY, RETRY-2, RETRY-regex or RETRY-2-regex, not {text!r}."
        )
        return None
    times = whole_number(found["times"] or str(RETRIES), MOST_RETRIES)
    pattern = found["pattern"] or ".*"
    if times is None:
        tree.wrong(f"RETRY allows at most {MOST_RETRIES} retries, not {found['times'][:20]}.")
        return None
    try:
        check_syntax(pattern)
    except (BadPattern, TooCostly) as no:
        tree.wrong(f"{pattern[:60]!r} is not a usable regular expression: {no}.")
        return None
    return OnFailure("RETRY", times, pattern)


def _costly(glob: str) -> str:
    # No build needs a longer glob. It is a mistake, which is reported before the build runs.
    if glob.count("**") > 3 or any(part.replace("**", "").count("*") > 3 for part in glob.split("/")):
        return f"The glob {glob!r} has too many stars: three ** at most, and three * between two slashes."
    return ""


def _meant(near: list[str]) -> str:
    return f"{near[0]!r} is meant, it seems." if near else ""
