"""What the course refuses, because the service did not have it yet."""

import pytest
from shop_structure import action, deploy, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(executionMode="QUEUED"), "QUEUED or PARALLEL mode can only"),
        (lambda d: d.update(pipelineType="V2"), "Pipeline type V2 is not available"),
        (
            lambda d: d["stages"].extend({"name": f"S{n}", "actions": [deploy("D")]} for n in range(8)),
            "only be up to 10 stages",
        ),
        (
            lambda d: d["stages"][2].update(actions=[deploy(f"D{n}") for n in range(6)]),
            "up to 5 parallel actions",
        ),
        (
            lambda d: d["stages"][2]["actions"].append(
                action("E", "Deploy", "ECS", inputs=["Built"], ClusterName="c", ServiceName="s")
            ),
            "Provider: 'ECS'",
        ),
    ],
)
def test_the_course_refuses_what_it_does_not_have_yet(change, message):
    structure = valid()
    assert Pipeline.from_aws(structure, catalog="course").check(catalog="course") == []
    change(structure)
    assert Pipeline.from_aws(structure).check() == []
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure, catalog="course")
    assert any(message in breach.message for breach in caught.value.errors)
