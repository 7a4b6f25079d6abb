"""Admission to a lesson: the join code, the instructor's key, ballots, and the cost of wrong guesses.

The right code and the right key are always accepted, however many wrong ones came before, because locking an address
would lock out a whole school that shares it. The length of the code makes guessing hopeless. It has ``CODE_LENGTH``
characters out of 31, which is 31 ** 10 = 8.2e14 codes. A server that does nothing else answers fewer than 5,000
requests a second. Eight hours of that are 1.44e8 guesses, so one attacker who saturates the server for a whole day of
lessons finds the code with a probability of 1.8e-7. The key has 128 random bits.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets

from cp_teach.classroom.rate_limits import TokenBucket, TokenBuckets

CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters that are easy to distinguish when they are read aloud or from a projector."""

CODE_LENGTH = 10

FREE_TYPOS = 20
"""Wrong codes a minute that are answered at once, because a class mistypes some. Further ones must wait."""

WRONG_PAUSE = 1.0
"""Seconds before a further wrong code is answered."""

BALLOTS_AT_ONCE = 60
"""Ballots that one address gets at once, so that a class behind one router joins within a minute."""

BALLOTS_PER_SECOND = 0.5
"""Ballots a second that one address gets after that."""

CONNECTS_AT_ONCE, CONNECTS_PER_SECOND = 40, 1
"""How often one ballot can connect. A browser that loses its network retries more and more slowly."""

GUESTS_AT_ONCE, GUESTS_PER_SECOND = 400, 5
"""How often all clients without a ballot can connect from one address."""


def new_code() -> str:
    """A random join code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class Admission:
    """The secrets of one lesson and the limits on guesses and ballots."""

    def __init__(self) -> None:
        self.code = new_code()
        self.key = secrets.token_urlsafe(16)
        self._typos = TokenBucket(FREE_TYPOS / 60, FREE_TYPOS)
        self._ballots = TokenBuckets(BALLOTS_PER_SECOND, BALLOTS_AT_ONCE)
        self._connects = TokenBuckets(CONNECTS_PER_SECOND, CONNECTS_AT_ONCE)
        self._guests = TokenBuckets(GUESTS_PER_SECOND, GUESTS_AT_ONCE)

    def knows_code(self, given: str) -> bool:
        """Whether this is the join code; capital letters, spaces and hyphens make no difference."""
        return _same("".join(given.split()).replace("-", "").lower(), self.code)

    def knows_key(self, given: str) -> bool:
        """Whether this is the instructor's key."""
        return _same(given, self.key)

    def may_connect(self, ballot: str, address: str) -> bool:
        """Whether a browser that knows the code can connect now; one that connects in a loop cannot."""
        return self._connects.take(ballot) if ballot else self._guests.take(address)

    async def slow_down(self) -> None:
        """Delay the answer to a wrong code, unless it is one of the first ``FREE_TYPOS`` in a minute."""
        if not self._typos.take():
            await asyncio.sleep(WRONG_PAUSE)

    def new_ballot(self, address: str) -> str | None:
        """A new ballot for a browser at this address; None if the address got too many recently."""
        return secrets.token_urlsafe(9) if self._ballots.take(address) else None


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
