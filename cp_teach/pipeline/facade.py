"""``Pipeline``: a declaration together with its formats, its validation, and its graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cp_teach.former_names import accept_former_keyword
from cp_teach.pipeline import graph as graphs
from cp_teach.pipeline import notebook_html, rules
from cp_teach.pipeline.formats import cloudformation, json_codec, shorthand
from cp_teach.pipeline.formats.unknown_values import unknown_parts
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.rules.v2_feature_rules import needs_v2
from cp_teach.pipeline.violation import Violation

if TYPE_CHECKING:  # networkx takes long to load
    import networkx


class Pipeline(PipelineDeclaration):
    """A release process: stages in order, the transitions between them, and where artifacts are stored.

    Make one from AWS's JSON with ``Pipeline.from_aws(d)``, or by hand::

        Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")

    ``from_aws`` raises ``InvalidPipeline`` for a pipeline that AWS would refuse. The other constructors accept such a
    pipeline, and ``check()`` lists what is wrong with it.
    """

    @cached_property
    def type(self) -> str:
        """V1 or V2. Without an explicit type: V2 if the pipeline uses a feature that only V2 has, else V1."""
        return self.pipeline_type or ("V2" if needs_v2(self) else "V1")

    @classmethod
    @accept_former_keyword("catalogue", "catalog")
    def from_aws(
        cls,
        declaration: Any,
        *,
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
        region: str = "",
    ) -> Pipeline:
        """Return the pipeline that this JSON of ``get-pipeline`` or ``create-pipeline`` declares.

        ``declaration`` is the parsed JSON: a dict, with or without the outer ``pipeline`` key and ``metadata``; or the
        text of a JSON or YAML file. ``readings`` chooses a reading where AWS's sources contradict each other.
        ``region`` is the pipeline's own Region; if it is empty, it is inferred from the declaration. Raises
        ``InvalidPipeline``, which lists every violation, if AWS would refuse the pipeline.
        """
        pipeline, violations = json_codec.read(declaration, cls)
        return rules.admit(pipeline, violations, catalog, readings, region)

    @classmethod
    @accept_former_keyword("catalogue", "catalog")
    def from_cloudformation(
        cls,
        template: str | Path | Mapping[str, Any],
        logical_id: str = "",
        *,
        parameters: Mapping[str, Any] | None = None,
        region: str = "",
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
    ) -> Pipeline:
        """Return the pipeline of a CloudFormation template: the path of a YAML or JSON file, its text, or parsed.

        The path can also be the folder that ``cdk synth`` writes, and the file the output of ``aws cloudformation
        get-template``. ``logical_id`` selects the resource if there are several pipelines. ``parameters`` (name ->
        value) and ``region`` are those of the stack; without them, parameters take their defaults, and the Region is
        that of the CDK stack, or the only one that the actions name, or us-east-1. A value that only a stack has
        stays as ``${LogicalId}``, and ``unknown`` lists it. Transitions that the template disables are disabled from
        the beginning. Raises ``InvalidTemplate`` (a ``ValueError``), or ``InvalidPipeline``.
        """
        read = cloudformation.read_declaration(template, logical_id, parameters, region)
        return cls.from_template(read, catalog=catalog, readings=readings)

    @classmethod
    def from_template(
        cls,
        read: cloudformation.TemplatePipeline,
        *,
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
    ) -> Pipeline:
        """Return the pipeline of an evaluated template (``cloudformation.read_declaration``)."""
        pipeline = cls.from_aws(read.structure, catalog=catalog, readings=readings, region=read.region)
        return replace(pipeline, disabled_transitions=tuple(read.disabled_transitions.items()))

    @classmethod
    def of(cls, name: str, **stages: Any) -> Pipeline:
        """Return the pipeline that one line of shorthand describes (``cp_teach.pipeline.formats.shorthand``)."""
        return shorthand.expand(cls, name, **stages)

    def to_aws(self) -> dict[str, Any]:
        """Return the structure as AWS prints it: exactly what ``from_aws`` was given."""
        return json_codec.write(self)

    @accept_former_keyword("catalogue", "catalog")
    def check(
        self,
        *,
        catalog: Literal["today", "course"] = "today",
        readings: Readings = SUGGESTED,
        region: str = "",
    ) -> list[Violation]:
        """Return every rule of AWS that this pipeline violates, and warnings; empty for a valid pipeline.

        ``region`` is the pipeline's own Region; if it is empty, it is inferred from the pipeline.
        """
        return rules.check(self, catalog, readings, region)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The values of its template that only a stack has, such as ``Bucket.Arn``; empty without a template."""
        parts = unknown_parts(self.to_aws())
        return tuple(dict.fromkeys(name for _, value, _ in parts for name in value.names))

    def graph(self) -> networkx.DiGraph[Any]:
        """Return stages, actions, artifacts, and transitions as one ``networkx.DiGraph``."""
        return graphs.graph(self)

    def _repr_html_(self) -> str:
        return notebook_html.render(self, self.type, self.unknown)
