"""How long a CloudFormation template of 1 MB takes, in multiples of what PyYAML's C loader needs for it alone.

    python benchmarks/template_speed.py

The text is a stack of many resources with one pipeline. The two are measured in turn, in one process, and the smallest
time of each counts, so the ratio hardly depends on the machine. The target is at most 3.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import yaml

from cp_teach import Pipeline

SIZE = 980_000
ROUNDS = 5
TARGET = 3.0

PIPELINE = """Parameters: {Env: {Type: String, Default: dev}}
Mappings: {Branches: {dev: {Branch: develop}}}
Resources:
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Sub "shop-${Env}"
      RoleArn: !GetAtt Role.Arn
      ArtifactStore: {Type: S3, Location: !Ref Artifacts}
      Stages:
        - Name: Source
          Actions:
            - Name: Get
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration: {RepositoryName: shop, BranchName: !FindInMap [Branches, !Ref Env, Branch]}
              OutputArtifacts: [{Name: Code}]
        - Name: Build
          Actions:
            - Name: Make
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: 1}
              Configuration: {ProjectName: !Ref Project}
              InputArtifacts: [{Name: Code}]
"""
RESOURCE = """  Queue{number}:
    Type: AWS::SQS::Queue
    Condition: Never
    Properties:
      QueueName: !Sub "${{AWS::StackName}}-queue-{number}"
      VisibilityTimeout: 30
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt [Dead, Arn]
        maxReceiveCount: 5
      Tags:
        - Key: team
          Value: !Ref Env
        - {{Key: number, Value: "{number}"}}
"""


def template(size: int = SIZE) -> str:
    """A template of about ``size`` characters."""
    parts, length, number = [PIPELINE], len(PIPELINE), 0
    while length < size:
        parts.append(RESOURCE.format(number=number))
        length += len(parts[-1])
        number += 1
    return "".join(parts)


def c_loader(text: str) -> object:
    """PyYAML's C loader alone, with the short forms as plain data."""

    class Loader(yaml.CSafeLoader):
        """A loader that takes short forms."""

    def construct(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.ScalarNode):
            return {suffix: loader.construct_scalar(node)}
        if isinstance(node, yaml.SequenceNode):
            return {suffix: loader.construct_sequence(node, deep=True)}
        return {suffix: loader.construct_mapping(node, deep=True)}

    Loader.add_multi_constructor("!", construct)
    return yaml.load(text, Loader)


def seconds(work: Callable[[str], object], text: str) -> float:
    """The time of one call."""
    begun = time.perf_counter()
    work(text)
    return time.perf_counter() - begun


def ratio(rounds: int = ROUNDS, size: int = SIZE) -> tuple[float, float]:
    """(seconds of the C loader, seconds of ``Pipeline.from_cloudformation``), the smallest of each."""
    text = template(size)
    times = [(seconds(c_loader, text), seconds(Pipeline.from_cloudformation, text)) for _ in range(rounds)]
    return min(alone for alone, _ in times), min(ours for _, ours in times)


def main() -> None:
    """Print the times and their ratio."""
    alone, ours = ratio()
    print(f"PyYAML's C loader: {alone:.2f} s; from_cloudformation: {ours:.2f} s; ratio {ours / alone:.2f}")
    print("within the target" if ours / alone <= TARGET else f"more than the target of {TARGET:g}")


if __name__ == "__main__":
    main()
