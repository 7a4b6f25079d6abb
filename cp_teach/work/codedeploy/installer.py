"""What the CodeDeploy agent does in the event Install: the files of the last deployment go, those of this one come.

Source: the agent's own installer and the user guide, reference-appspec-file-structure-files and -permissions. Where
the two differ, as in how deep ``type: file`` reaches, the agent is followed, because it is what runs.
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
from cp_teach.security.patterns.wildcard import name_like
from cp_teach.work.codedeploy.appspec import Appspec, Permission
from cp_teach.work.codedeploy.fleet import AGENT, Instance, Outside, write

INSTRUCTIONS = f"{AGENT}/deployment-instructions"


class NotInstalled(Exception):
    """The files of a revision could not be put in their places."""


def install(instance: Instance, spec: Appspec, bundle: Path, group: str, log: Callable[[str], None]) -> None:
    """Put the files of the unpacked revision in ``bundle`` where ``spec`` says. Raises ``NotInstalled``.

    First everything that the last deployment of this group copied is removed, successful or not. What is found at a
    destination after that was put there by somebody else: ``file_exists_behavior`` says what becomes of it.
    """
    clean(instance, group, log)
    installer = Installer(instance, spec, bundle.resolve())
    for file in spec.files:
        installer.plan(file.source, file.destination)
    modes = [found for permission in spec.permissions for found in installer.modes(permission, log)]
    if twice := [path for path, times in Counter(path for path, _ in modes).items() if times > 1]:
        raise NotInstalled(f"The permissions of {instance.inside(min(twice))} are given more than once.")
    made = [*installer.folders, *installer.copies]
    # Before the first file is copied: a deployment that is cut short must not leave files that nobody owns.
    write(instance.path(f"{INSTRUCTIONS}/{group}-cleanup"), [instance.inside(path) for path in made])
    for folder in installer.folders:
        folder.mkdir(parents=True, exist_ok=True)
    for destination, source in installer.copies.items():
        _copy(source, destination)
    for path, mode in modes:
        if not path.is_symlink():
            path.chmod(mode)
    log(f"{len(installer.copies)} files were copied.")


def clean(instance: Instance, group: str, log: Callable[[str], None]) -> None:
    """Remove what the last deployment of this group installed. What others put into its folders stays, and with it
    the folders."""
    record = instance.path(f"{INSTRUCTIONS}/{group}-cleanup")
    if record.is_symlink() or not record.is_file():
        return
    try:
        names = [str(name) for name in parse_json(read_input_file(record))]
    except (ValueError, TypeError):
        log("The record of the last deployment's files cannot be read: nothing was removed.")
        names = []
    for name in reversed(names):
        try:
            path = instance.path(name)
            if path == instance.root or not path.parent.is_dir():
                continue
            if not os.access(path.parent, os.W_OK | os.X_OK):  # the agent is root, whom no mode stops
                path.parent.chmod(0o755)
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        except Outside as error:
            log(f"Not removed: {error}")
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    record.unlink()


class Installer:
    """Finds out what has to be made, before anything is: a fault leaves the instance without half a revision."""

    def __init__(self, instance: Instance, spec: Appspec, bundle: Path) -> None:
        self.instance, self.spec, self.bundle = instance, spec, bundle
        self.folders: dict[Path, None] = {}
        self.copies: dict[Path, Path] = {}
        """Destination -> source."""

    def plan(self, source: str, destination: str) -> None:
        """One entry of ``files``."""
        found = self.bundle / source.lstrip("/")
        if found != self.bundle and not found.parent.resolve().is_relative_to(self.bundle):
            raise NotInstalled(f"The source {source} leads out of the revision, through a link.")
        if found.is_dir() and not found.is_symlink():
            self._folder(found, destination)
        elif os.path.lexists(found):
            self._folder_made(destination)
            self._file(found, f"{destination.rstrip('/')}/{found.name}")
        else:
            raise NotInstalled(
                f"The source {source} is not in the revision. Look at its name, at upper and lower case, and at "
                "what the build puts into its artifact."
            )

    def _folder(self, source: Path, destination: str) -> None:
        self._folder_made(destination)
        for entry in sorted(source.iterdir()):
            target = f"{destination.rstrip('/')}/{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                self._folder(entry, target)
            else:
                self._file(entry, target)

    def _folder_made(self, destination: str) -> None:
        path = self._place(destination)
        missing = []
        while path != self.instance.root and not path.is_dir():
            if os.path.lexists(path) or path in self.copies:
                raise NotInstalled(f"{self.instance.inside(path)} must be a folder, but a file is there.")
            missing.append(path)
            path = path.parent
        self.folders |= dict.fromkeys(reversed(missing))

    def _file(self, source: Path, destination: str) -> None:
        path = self._place(destination)
        if path in self.copies or path in self.folders:
            raise NotInstalled(f"Two sources go to {destination}. Take one of them out of files.")
        if source.is_symlink():
            self._link(source, path)
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
                    f"{destination}. No deployment put it there. Remove it, or write in the AppSpec file "
                    "file_exists_behavior: OVERWRITE or RETAIN."
                )
        self.copies[path] = source

    def _link(self, source: Path, path: Path) -> None:
        target = source.readlink()
        end = Path(os.path.normpath(path.parent.resolve() / target))
        if target.is_absolute() or not end.is_relative_to(self.instance.root.resolve()):
            name = source.relative_to(self.bundle)
            raise NotInstalled(f"The link {name} points to {target}, out of the instance. Make it relative.")

    def _place(self, destination: str) -> Path:
        try:
            return self.instance.path(destination)
        except Outside as error:
            raise NotInstalled(str(error)) from None

    def modes(self, permission: Permission, log: Callable[[str], None]) -> list[tuple[Path, int]]:
        """Which files and folders get which mode. Owners, groups, ACLs and contexts are not ours to give."""
        path = self._place(permission.object)
        if path in self.copies:
            if permission.pattern != "**" or permission.excepted:
                raise NotInstalled(f"{permission.object} is a file: pattern and except are for folders.")
            found = [path] if "file" in permission.type else []
        else:
            known = [*(self.copies if "file" in permission.type else ())]
            known += [*(self.folders if "directory" in permission.type else ())]
            found = [each for each in known if _matches(each, path, permission)]
        told = [key for key in ("owner", "group", "acls", "context") if getattr(permission, key)]
        if told and found:
            log(
                f"{permission.object}: {', '.join(told)} would be set on a real instance; here the mode alone is."
            )
        if not permission.mode:
            return []
        # On a machine of many users a file that runs with its owner's rights would hand them to the others.
        mode = int(permission.mode, 8) & 0o777
        if mode != int(permission.mode, 8):
            log(f"{permission.object}: mode {permission.mode} is set as {mode:o}, without its special bits.")
        return [(each, mode) for each in found]


def _matches(path: Path, base: Path, permission: Permission) -> bool:
    if path == base or not path.is_relative_to(base):
        return False
    name = path.relative_to(base).as_posix()

    return (permission.pattern == "**" or name_like(permission.pattern, name)) and not any(
        name_like(pattern, name) for pattern in permission.excepted
    )


def _copy(source: Path, destination: Path) -> None:
    if os.path.lexists(destination):
        destination.unlink()  # or a link that stands there would lead the copy elsewhere
    if source.is_symlink():
        destination.symlink_to(source.readlink())
    else:
        shutil.copyfile(source, destination)
        destination.chmod(source.stat().st_mode & 0o777)
