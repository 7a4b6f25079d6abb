"""The Install event of the CodeDeploy agent: remove the files of the last deployment, and install those of this one.

Source: the agent's own installer and the user guide, reference-appspec-file-structure-files and -permissions. Where
the two differ, as in the depth of ``type: file``, this follows the agent, because the agent is what runs.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cp_teach.security.input.input_files import read_input_file
from cp_teach.security.input.json_input import parse_json
from cp_teach.security.patterns.wildcard import appspec_like
from cp_teach.work.codedeploy.appspec import Appspec, Permission
from cp_teach.work.codedeploy.fleet import AGENT, Instance, OutsideInstance, write_json

INSTRUCTIONS = f"{AGENT}/deployment-instructions"


class NotInstalled(Exception):
    """The files of a revision cannot be installed."""


def install(instance: Instance, spec: Appspec, bundle: Path, group: str, log: Callable[[str], None]) -> None:
    """Install the files of the unpacked revision in ``bundle`` as ``spec`` says. Raises ``NotInstalled``.

    First, everything that the last deployment of this group copied is removed, whether it succeeded or not. A file
    that is still at a destination was not put there by a deployment; ``file_exists_behavior`` decides what happens to
    it.
    """
    clean(instance, group, log)
    installer = Installer(instance, spec, bundle.resolve())
    for file in spec.files:
        installer.plan(file.source, file.destination)
    modes = [entry for permission in spec.permissions for entry in installer.modes(permission, log)]
    if duplicates := [path for path, times in Counter(path for path, _ in modes).items() if times > 1]:
        raise NotInstalled(f"The permissions of {instance.inside(min(duplicates))} are given more than once.")
    targets = [*installer.folders, *installer.copies]
    # Before the first file is copied, so that the next deployment also removes the files of an interrupted one.
    write_json(instance.path(f"{INSTRUCTIONS}/{group}-cleanup"), [instance.inside(path) for path in targets])
    for folder in installer.folders:
        folder.mkdir(parents=True, exist_ok=True)
    for destination, source in installer.copies.items():
        _copy(source, destination)
    for path, mode in modes:
        if not path.is_symlink():
            path.chmod(mode)
    log(f"{len(installer.copies)} files were copied.")


def clean(instance: Instance, group: str, log: Callable[[str], None]) -> None:
    """Remove the files that the last deployment of this group installed. Other files in its folders stay, and so do
    these folders."""
    record = instance.path(f"{INSTRUCTIONS}/{group}-cleanup")
    if record.is_symlink() or not record.is_file():
        return
    try:
        names = [str(name) for name in parse_json(read_input_file(record))]
    except (ValueError, TypeError):
        log("The record of the last deployment's files cannot be read, so nothing was removed.")
        names = []
    for name in reversed(names):
        try:
            path = instance.path(name)
            if path == instance.root or not path.parent.is_dir():
                continue
            if not os.access(
                path.parent, os.W_OK | os.X_OK
            ):  # a real agent is root, for whom modes do not matter
                path.parent.chmod(0o755)
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        except OutsideInstance as error:
            log(f"Not removed: {error}")
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    record.unlink()


class Installer:
    """Plans all changes before the first one, so that an error leaves no partial installation."""

    def __init__(self, instance: Instance, spec: Appspec, bundle: Path) -> None:
        self.instance, self.spec, self.bundle = instance, spec, bundle
        self.folders: dict[Path, None] = {}
        self.copies: dict[Path, Path] = {}
        """Destination -> source."""

    def plan(self, source: str, destination: str) -> None:
        """Plan one entry of ``files``."""
        path = self.bundle / source.lstrip("/")
        if path != self.bundle and not path.parent.resolve().is_relative_to(self.bundle):
            raise NotInstalled(f"The source {source} leads out of the revision through a link.")
        if path.is_dir() and not path.is_symlink():
            self._plan_folder(path, destination)
        elif os.path.lexists(path):
            self._create_folder(destination)
            self._plan_file(path, f"{destination.rstrip('/')}/{path.name}")
        else:
            raise NotInstalled(
                f"The source {source} is not in the revision. Check its name, upper and lower case, and which "
                "files the build packs."
            )

    def _plan_folder(self, source: Path, destination: str) -> None:
        self._create_folder(destination)
        for entry in sorted(source.iterdir()):
            target = f"{destination.rstrip('/')}/{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                self._plan_folder(entry, target)
            else:
                self._plan_file(entry, target)

    def _create_folder(self, destination: str) -> None:
        path = self._path_on_disk(destination)
        missing = []
        while path != self.instance.root and not path.is_dir():
            if os.path.lexists(path) or path in self.copies:
                raise NotInstalled(f"{self.instance.inside(path)} must be a folder, but a file is there.")
            missing.append(path)
            path = path.parent
        self.folders |= dict.fromkeys(reversed(missing))

    def _plan_file(self, source: Path, destination: str) -> None:
        path = self._path_on_disk(destination)
        if path in self.copies or path in self.folders:
            raise NotInstalled(f"Two sources go to {destination}. Remove one of them from files.")
        if source.is_symlink():
            self._check_link(source, path)
        elif not source.is_file():
            raise NotInstalled(
                f"{source.relative_to(self.bundle)} is neither a file nor a folder nor a link."
            )
        if os.path.lexists(path):
            if self.spec.file_exists_behavior == "RETAIN":
                return
            if self.spec.file_exists_behavior == "DISALLOW" or (path.is_dir() and not path.is_symlink()):
                raise NotInstalled(
                    "The deployment failed because a specified file already exists at this location: "
                    f"{destination}. No deployment put it there. Remove it, or set "
                    "file_exists_behavior to OVERWRITE or RETAIN in the AppSpec file."
                )
        self.copies[path] = source

    def _check_link(self, source: Path, path: Path) -> None:
        target = source.readlink()
        end = Path(os.path.normpath(path.parent.resolve() / target))
        if target.is_absolute() or not end.is_relative_to(self.instance.root.resolve()):
            name = source.relative_to(self.bundle)
            raise NotInstalled(f"The link {name} points to {target}, out of the instance. Make it relative.")

    def _path_on_disk(self, destination: str) -> Path:
        try:
            return self.instance.path(destination)
        except OutsideInstance as error:
            raise NotInstalled(str(error)) from None

    def modes(self, permission: Permission, log: Callable[[str], None]) -> list[tuple[Path, int]]:
        """The mode of each file and folder. Owners, groups, ACLs, and contexts are not set here."""
        path = self._path_on_disk(permission.object)
        if path in self.copies:
            if permission.pattern != "**" or permission.excepted:
                raise NotInstalled(f"{permission.object} is a file: pattern and except are for folders.")
            chosen = [path] if "file" in permission.type else []
        else:
            candidates = [*(self.copies if "file" in permission.type else ())]
            candidates += [*(self.folders if "directory" in permission.type else ())]
            chosen = [candidate for candidate in candidates if _matches(candidate, path, permission)]
        unsupported = [key for key in ("owner", "group", "acls", "context") if getattr(permission, key)]
        if unsupported and chosen:
            log(
                f"{permission.object}: {', '.join(unsupported)} would be set on a real instance, but not here."
            )
        if not permission.mode:
            return []
        # A setuid file would give other users of this machine its owner's rights.
        mode = int(permission.mode, 8) & 0o777
        if mode != int(permission.mode, 8):
            log(f"{permission.object}: mode {permission.mode} is set as {mode:o}, without its special bits.")
        return [(entry, mode) for entry in chosen]


def _matches(path: Path, base: Path, permission: Permission) -> bool:
    if path == base or not path.is_relative_to(base):
        return False
    name = path.relative_to(base).as_posix()

    return (permission.pattern == "**" or appspec_like(permission.pattern, name)) and not any(
        appspec_like(pattern, name) for pattern in permission.excepted
    )


def _copy(source: Path, destination: Path) -> None:
    if os.path.lexists(destination):
        destination.unlink()  # otherwise, the copy would follow a link
    if source.is_symlink():
        destination.symlink_to(source.readlink())
    else:
        shutil.copyfile(source, destination)
        destination.chmod(source.stat().st_mode & 0o777)
