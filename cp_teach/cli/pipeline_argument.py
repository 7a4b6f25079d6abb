"""The argument of every command that takes a pipeline: its file, and what a CloudFormation template needs besides."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cp_teach.cli.common_options import add_repeatable
from cp_teach.cli.user_error import UserError
from cp_teach.security.input.input_files import UnreadableFile

if TYPE_CHECKING:
    from cp_teach.pipeline.pipeline_file import LoadedPipeline, StackOptions

FORMS = (
    "a pipeline as `aws codepipeline get-pipeline` prints it (JSON or YAML), a CloudFormation template, or the folder "
    "of `cdk synth`"
)


def add_pipeline_file(
    command: argparse.ArgumentParser, *, name: str = "file", note: str = "", optional: bool = False
) -> None:
    """Add the argument FILE, and the options for a template."""
    command.add_argument(name, metavar="FILE", help=f"{FORMS}{note}", nargs="?" if optional else None)
    add_repeatable(
        command, "--parameter", "KEY=VALUE", "the value of a parameter of the template; repeatable"
    )
    command.add_argument(
        "--region",
        metavar="REGION",
        default="",
        help="the Region of the pipeline (default: as the file says, or us-east-1)",
    )
    command.add_argument(
        "--logical-id", metavar="ID", default="", help="the pipeline's resource, if a template has several"
    )


def stack_options(args: argparse.Namespace) -> "StackOptions":
    """Return the options for a template. Raises ``UserError`` for a parameter without a value."""
    from cp_teach.pipeline.pipeline_file import StackOptions

    parameters: dict[str, str] = {}
    for text in args.parameter:
        key, equals, value = text.partition("=")
        if not key.strip() or not equals:
            raise UserError(f"--parameter {text}: write KEY=VALUE, such as --parameter Stage=beta.")
        if key in parameters:
            raise UserError(f"--parameter {key} is given twice. A list is one value: {key}=a,b.")
        parameters[key] = value
    if args.region and not all(character.isalnum() or character == "-" for character in args.region):
        raise UserError(f"--region {args.region}: write the name of a Region, such as eu-west-1.")
    return StackOptions(parameters, args.region, args.logical_id)


def read_pipeline(
    args: argparse.Namespace, name: str, catalog: Literal["today", "course"] = "today"
) -> "LoadedPipeline":
    """Return the pipeline of the file ``name``, and print what is unknown about it.

    Raises ``InvalidPipeline`` if AWS would refuse it, and ``UserError`` if it cannot be read.
    """
    from cp_teach.pipeline.check_report import sentence
    from cp_teach.pipeline.pipeline_file import load_file

    try:
        loaded = load_file(Path(name), stack_options(args), catalog)
    except FileNotFoundError:
        raise UserError(missing_file(name)) from None
    except UnreadableFile as error:
        raise UserError(sentence(error, name)) from None
    if unknown := dict.fromkeys(each.name for each in loaded.unknown):
        listed = ", ".join(list(unknown)[:6]) + (" and others" if len(unknown) > 6 else "")
        print(
            f"Unknown before a stack exists: {listed}. `cp-teach check` says what to give.", file=sys.stderr
        )
    return loaded


def read_valid_pipeline(args: argparse.Namespace, name: str) -> "LoadedPipeline":
    """Like ``read_pipeline``, but raises ``UserError`` with the violations if AWS would refuse the pipeline."""
    from cp_teach.pipeline import InvalidPipeline

    try:
        return read_pipeline(args, name)
    except InvalidPipeline as error:
        raise UserError(f"{name}: {error}") from None


def missing_file(name: str) -> str:
    """The sentence about a file that does not exist."""
    return f"There is no file {name}. Check the spelling and the current folder ({Path.cwd()})."
