"""Rate limits: a token bucket, and a bounded table with one bucket for each address."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_KEYS = 2_000
"""Maximum addresses in a table; after that, the address that was quiet longest is dropped."""


class TokenBucket:
    """Allows ``burst`` takes at once and ``rate`` a second from then on."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._tokens, self._filled = burst, clock()

    def take(self) -> bool:
        """Take a token; False when the bucket is empty."""
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + self.rate * (now - self._filled))
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class TokenBuckets:
    """One bucket for each key. The table is bounded, so that many addresses cannot fill the memory."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> bool:
        """Take a token from the bucket of ``key``; False when it is empty."""
        bucket = self._buckets.get(key) or TokenBucket(self.rate, self.burst, self._clock)
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return bucket.take()
