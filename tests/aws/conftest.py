"""What the tests of the AWS face share: an account to work in, pipelines to work on."""

import boto3
import pytest
from account import Account

from cp_teach.aws import mock_aws


@pytest.fixture
def account():
    """An account in us-east-1 whose clock stands still until ``tick``."""
    with mock_aws(clock="manual") as mock:
        yield Account(mock)


@pytest.fixture
def at_once():
    """An account in which whatever can happen happens at once."""
    with mock_aws() as mock:
        yield Account(mock)


@pytest.fixture
def cp(account):
    return account.cp


@pytest.fixture
def fresh_session():
    """boto3 forgets the session that an earlier test made."""
    boto3.DEFAULT_SESSION = None
    yield
    boto3.DEFAULT_SESSION = None
