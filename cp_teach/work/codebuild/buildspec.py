"""Buildspecs: their contents, and a parser with an error message for everything that CodeBuild would refuse.

>>> spec = parse('''
... version: 0.2
... phases:
...   build:
...     commands: [make]
... artifacts:
...   files: [target/*.jar]
... ''')
>>> spec.phases["build"].commands, spec.artifacts.files
(('make',), ('target/*.jar',))

Source: CodeBuild user guide, build-spec-ref.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cp_teach.pipeline.globs import find_glob_error
from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.patterns.automaton import TooCostly
from cp_teach.security.patterns.regex import BadPattern, check_syntax
from cp_teach.work.yaml_with_lines import YamlValue, read_yaml


class BadBuildspec(ValueError):
    """A buildspec that CodeBuild would refuse. ``errors`` holds a message for every error."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("The buildspec cannot be used. " + " ".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class OnFailure:
    """The reaction of a build to a failed phase."""

    action: str
    """ABORT, CONTINUE, or RETRY."""
    retries: int = 0
    pattern: str = ".*"
    """RETRY applies only if this regular expression occurs in the phase's output or its error."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase. ``finally_commands`` run also if a command failed."""

    commands: tuple[str, ...]
    finally_commands: tuple[str, ...] = ()
    on_failure: OnFailure | None = None


@dataclass(frozen=True)
class ArtifactFiles:
    """The files of an artifact: globs below ``base_directory``, which may itself be a glob."""

    files: tuple[str, ...]
    base_directory: str = ""
    discard_paths: bool = False
    """Whether only the names of the files are kept, without their folders."""
    exclude_paths: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Buildspec:
    """A valid buildspec."""

    version: str
    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable -> the AWS source of its value, such as "parameter-store /shop/password"."""
    exported: tuple[str, ...] = ()
    shell: str = "sh"
    artifacts: ArtifactFiles | None = None
    secondary: Mapping[str, ArtifactFiles] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Log lines about settings that have no effect in a local build."""


PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = {"bash": "bash", "/bin/bash": "bash", "sh": "sh", "/bin/sh": "sh"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RETRY = re.compile(r"RETRY(?:-(?P<times>[0-9]+))?(?:-(?P<pattern>.+))?")
EMPTY = YamlValue(None, "", [])
RETRIES = 3
"""The number of retries of RETRY without a number (user guide)."""
MOST_RETRIES = 100

IGNORED = {
    "cache": "no cache is kept: each build begins with an empty folder.",
    "reports": "no report groups are kept; the files stay in the build's folder.",
    "batch": "batch builds do not run here: this is one build.",
    "proxy": "no proxy is used.",
    "run-as": "all commands run as the user who runs this program.",
}
"""Valid keys that have no effect in a local build."""
IGNORED_IN_ARTIFACTS = {
    "enable-symlinks": "a link is packed as its target file.",
    "s3-prefix": "CodePipeline chooses the location of an artifact.",
}
KEYS = ("version", "env", "environment_variables", "phases", "artifacts", *IGNORED)
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
ARTIFACT_KEYS = (
    "files",
    "name",
    "base-directory",
    "discard-paths",
    "exclude-paths",
    "secondary-artifacts",
    *IGNORED_IN_ARTIFACTS,
)


def parse(text: str) -> Buildspec:
    """Parse a buildspec. Raises ``BadBuildspec`` with every error and its line."""
    parser = _Parser()
    spec = parser.buildspec(read_yaml(text, parser.errors))
    if parser.errors:
        raise BadBuildspec(parser.errors)
    return spec


@dataclass
class _Parser:
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def buildspec(self, root: YamlValue) -> Buildspec:
        if not root.present and not self.errors:
            root.report("the buildspec is empty; it begins with «version: 0.2».")
        keys = root.children()
        version = keys["version"].text() if "version" in keys else ""
        if keys and version not in ("0.1", "0.2") and keys.get("version", EMPTY).is_single:
            problem = f"not {version!r}" if version else "and it is missing"
            keys.get("version", root).report(f"the version of a buildspec is 0.1 or 0.2, {problem}.")
        self._note_unknown(keys, KEYS, "a buildspec")
        for name in IGNORED:
            if name in keys:
                self.notes.append(f"{name}: {IGNORED[name]}")
        if keys and not ("phases" in keys and keys["phases"].present):
            root.report("phases are missing: a buildspec needs at least one phase with commands.")
        phases = {
            name: self._phase(name, value)
            for name, value in (keys["phases"].children() if "phases" in keys else {}).items()
            if self._is_phase(name, value)
        }
        env = {
            name: value
            for section in ("environment_variables", "env")
            if section in keys
            for name, value in keys[section].children().items()
        }
        artifacts = keys["artifacts"].children() if "artifacts" in keys else {}
        others = artifacts["secondary-artifacts"].children() if "secondary-artifacts" in artifacts else {}
        secondary = {name: self._artifact(value, value.children()) for name, value in others.items()}
        return Buildspec(
            version,
            phases,
            *self._env(env),
            self._artifact(keys["artifacts"], artifacts) if artifacts else None,
            {name: files for name, files in secondary.items() if files},
            tuple(self.notes),
        )

    def _is_phase(self, name: str, value: YamlValue) -> bool:
        if name in PHASES:
            return True
        similar = get_close_matches(name.lower().replace("-", "_"), PHASES, 1, 0.5)
        hint = _did_you_mean(similar) or f"The phases are {', '.join(PHASES)}."
        value.report(f"the phase {name!r} does not exist. {hint}")
        return False

    def _phase(self, name: str, value: YamlValue) -> Phase:
        errors = len(self.errors)
        keys = value.children()
        self._note_unknown(keys, PHASE_KEYS, f"the phase {name}")
        commands = keys["commands"].texts(single=True) if "commands" in keys else ()
        finally_commands = keys["finally"].texts(single=True) if "finally" in keys else ()
        # The install phase may only choose runtimes (user guide: commands are optional there).
        optional = name == "install" and "runtime-versions" in keys
        if not (commands or finally_commands or optional) and len(self.errors) == errors:
            value.report("the phase has no commands; list at least one under «commands:».")
        if "runtime-versions" in keys:
            for runtime, version in keys["runtime-versions"].children().items():
                self.notes.append(
                    f"{runtime} {version.text()} is not installed: the build uses what this machine has."
                )
        if "run-as" in keys:
            self.notes.append(f"{name}.run-as: {IGNORED['run-as']}")
        on_failure = _on_failure(keys["on-failure"]) if "on-failure" in keys else None
        return Phase(commands, finally_commands, on_failure)

    def _env(
        self, keys: Mapping[str, YamlValue]
    ) -> tuple[dict[str, str], dict[str, str], tuple[str, ...], str]:
        """The variables, the secrets, the names of the exported variables, and the shell."""
        self._note_unknown(keys, ENV_KEYS, "env")
        values = {
            kind: {
                name: value.text()
                for name, value in keys[kind].children().items()
                if self._can_set(value, name)
            }
            for kind in ("variables", "plaintext", "parameter-store", "secrets-manager")
            if kind in keys
        }
        shell = keys["shell"].text() if "shell" in keys else "sh"
        if shell not in SHELLS and keys["shell"].is_single:
            keys["shell"].report(f"the shell is bash or /bin/sh, not {shell!r}.")
        return (
            {**values.get("plaintext", {}), **values.get("variables", {})},
            {
                name: f"{kind} {location}"
                for kind in ("parameter-store", "secrets-manager")
                for name, location in values.get(kind, {}).items()
            },
            self._exported(keys["exported-variables"]) if "exported-variables" in keys else (),
            SHELLS.get(shell, "sh"),
        )

    def _can_set(self, value: YamlValue, name: str) -> bool:
        if not NAME.fullmatch(name):
            value.report(
                f"{name!r} is not a valid variable name: use letters, digits, and _, with no digit first."
            )
        if name.startswith("CODEBUILD_"):
            self.notes.append(
                f"{value.location}: this variable is not set, because names that begin with CODEBUILD_ belong to "
                "CodeBuild."
            )
            return False
        return True

    def _exported(self, value: YamlValue) -> tuple[str, ...]:
        names = value.texts(single=True)
        for name in names:
            if not NAME.fullmatch(name):
                value.report(f"{name!r} is not a valid variable name.")
            elif name.startswith("AWS_"):
                value.report(f"{name} cannot be exported: its name begins with AWS_.")
        return names

    def _artifact(self, value: YamlValue, keys: Mapping[str, YamlValue]) -> ArtifactFiles | None:
        if not keys:
            return None
        self._note_unknown(keys, ARTIFACT_KEYS, "artifacts")
        for name in IGNORED_IN_ARTIFACTS.keys() & keys:
            self.notes.append(f"{keys[name].location}: {IGNORED_IN_ARTIFACTS[name]}")
        errors = len(self.errors)
        files = keys["files"].texts(single=True) if "files" in keys else ()
        if not files and "secondary-artifacts" not in keys and len(self.errors) == errors:
            value.report("files are missing: list at least one, or a pattern such as '**/*'.")
        excluded = keys["exclude-paths"].texts(single=True) if "exclude-paths" in keys else ()
        base = keys["base-directory"].text() if "base-directory" in keys else ""
        for glob in (*files, *excluded, base):
            if problem := find_glob_error(glob) or _too_costly(glob):
                value.report(problem)
        discard = keys["discard-paths"].boolean() if "discard-paths" in keys else False
        name = keys["name"].text() if "name" in keys else ""
        return ArtifactFiles(files, base, discard, excluded, name) if files else None

    def _note_unknown(self, keys: Mapping[str, YamlValue], valid: tuple[str, ...], section: str) -> None:
        """AWS silently ignores an unknown key; here the log mentions it."""
        for name, value in keys.items():
            if name not in valid:
                hint = _did_you_mean(get_close_matches(name, valid, 1))
                self.notes.append(
                    f"{value.location}: {name!r} is not a key of {section} and is ignored. {hint}".strip()
                )


def _on_failure(value: YamlValue) -> OnFailure | None:
    text = value.text()
    if text in ("ABORT", "CONTINUE"):
        return OnFailure(text)
    match = RETRY.fullmatch(text)
    if not value.is_single:
        return None
    if match is None:
        value.report(
            f"on-failure is ABORT, CONTINUE, RETRY, RETRY-2, RETRY-regex or RETRY-2-regex, not {text!r}."
        )
        return None
    retries = whole_number(match["times"] or str(RETRIES), MOST_RETRIES)
    pattern = match["pattern"] or ".*"
    if retries is None:
        value.report(f"RETRY allows at most {MOST_RETRIES} retries, not {match['times'][:20]}.")
        return None
    try:
        check_syntax(pattern)
    except (BadPattern, TooCostly) as error:
        value.report(f"{pattern[:60]!r} is not a usable regular expression: {error}.")
        return None
    return OnFailure("RETRY", retries, pattern)


def _too_costly(glob: str) -> str:
    # No build needs a longer glob. It is a mistake, which is reported before the build runs.
    if glob.count("**") > 3 or any(part.replace("**", "").count("*") > 3 for part in glob.split("/")):
        return f"The glob {glob!r} has too many stars: use at most three ** and at most three * between two slashes."
    return ""


def _did_you_mean(similar: list[str]) -> str:
    return f"Did you mean {similar[0]!r}?" if similar else ""
