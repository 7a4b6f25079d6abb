"""Write the template of the stack: a queue for each line of queues.txt, and a bucket for the receipts."""

import json
from pathlib import Path

DAY = 24 * 60 * 60
ALLOWED = ["1", "4", "7", "14"]


def template(names: list[str]) -> dict[str, object]:
    """The template with these queues. A name such as `orders` gives the output `OrdersUrl`."""
    retention = {"Fn::FindInMap": ["Retention", {"Ref": "RetentionDays"}, "Seconds"]}
    queues = {
        name.capitalize(): {
            "Type": "AWS::SQS::Queue",
            "Properties": {"MessageRetentionPeriod": retention},
        }
        for name in names
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Queues and receipts of the little shop",
        "Parameters": {
            "Version": {"Type": "String"},
            "RetentionDays": {"Type": "String", "AllowedValues": ALLOWED, "Default": "4"},
        },
        "Mappings": {"Retention": {days: {"Seconds": int(days) * DAY} for days in ALLOWED}},
        "Resources": {**queues, "Bucket": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {
            "Version": {"Value": {"Ref": "Version"}},
            "Receipts": {"Value": {"Ref": "Bucket"}},
            **{f"{name}Url": {"Value": {"Ref": name}} for name in queues},
        },
    }


if __name__ == "__main__":
    lines = Path("queues.txt").read_text(encoding="utf-8").split()
    print(json.dumps(template(lines), indent=2))
