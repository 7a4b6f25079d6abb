"""What a pipeline is: the blueprint, the rules AWS holds it to, AWS's JSON in and out, and its graph.

>>> from cp_teach.pipeline import Pipeline
>>> print(Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy"))
shop: Source → Build → Beta
"""

from cp_teach.pipeline.blueprint import (
    Action,
    ActionType,
    ArtifactStore,
    Blocker,
    Condition,
    Conditions,
    EncryptionKey,
    EnvironmentVariable,
    GitFilter,
    OutputArtifact,
    Patterns,
    Pipeline,
    Rule,
    RuleType,
    Stage,
    Trigger,
    Variable,
)
from cp_teach.pipeline.breach import Breach, InvalidPipeline

__all__ = [
    "Action",
    "ActionType",
    "ArtifactStore",
    "Blocker",
    "Breach",
    "Condition",
    "Conditions",
    "EncryptionKey",
    "EnvironmentVariable",
    "GitFilter",
    "InvalidPipeline",
    "OutputArtifact",
    "Patterns",
    "Pipeline",
    "Rule",
    "RuleType",
    "Stage",
    "Trigger",
    "Variable",
]
