"""The message with which a Run refuses a command."""

from typing import Any

import pytest

from cp_teach.engine import Refused


def error(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return str(refused.value)
