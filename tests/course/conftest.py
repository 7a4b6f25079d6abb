"""What the proofs of the statements share: an account to work in, and runs of the demo pipeline."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # the folder's own helpers

from account import Account

from cp_teach.aws import mock_aws


class Box:
    """What a sandbox offers to a wizard."""

    def __init__(self, account):
        self.account, self.client, self.region_name = account, account.client, account.region


@pytest.fixture
def account():
    """An account of today in us-east-1 whose clock stands still until ``tick``."""
    with mock_aws(clock="manual") as mock:
        yield Account(mock)


@pytest.fixture
def course():
    """The same in the edition of the course."""
    with mock_aws(clock="manual", edition="course") as mock:
        yield Account(mock)


@pytest.fixture
def box(account):
    return Box(account)
