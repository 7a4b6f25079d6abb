"""Who is let in: the join code and the instructor's key, ballots, and what wrong guesses cost.

The right code and the right key always let in, however many wrong ones came before: a lock on an address would lock out
a whole school that shares it. What makes guessing hopeless is the length of the code. It has ``CODE_LENGTH`` letters
out of 31, which is 31 ** 10 = 8.2e14 codes. A server that does nothing else answers fewer than 5,000 requests a second.
Eight hours of that are 1.44e8 guesses, so one attacker who saturates the server for a whole day of lessons finds the
code with a probability of 1.8e-7. The key has 128 random bits.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets

from cp_teach.classroom.rate_limits import TokenBucket, TokenBuckets

CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters that sound and look different when they are read aloud or from a projector."""

CODE_LENGTH = 10

FREE_TYPOS = 20
"""Wrong codes that are answered at once; a class that joins mistypes some. More of them in a minute have to wait."""

WRONG_PAUSE = 1.0
"""Seconds that further wrong codes wait for their answer."""

BALLOTS_AT_ONCE = 60
"""Ballots that one address gets at once, so that a class behind one router joins within a minute."""

BALLOTS_PER_SECOND = 0.5
"""Ballots that one address gets from then on."""

CONNECTS_AT_ONCE, CONNECTS_PER_SECOND = 40, 1
"""How often one ballot can connect: a browser that loses its network tries again ever more slowly."""

GUESTS_AT_ONCE, GUESTS_PER_SECOND = 400, 5
"""How often clients without a ballot can connect from one address, all together."""


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
        """Whether a browser that knows the code may take a seat now; one that connects in a loop may not."""
        return self._connects.take(ballot) if ballot else self._guests.take(address)

    async def slow_down(self) -> None:
        """Delay the answer to a wrong guess, unless it is one of the few that a class mistypes."""
        if not self._typos.take():
            await asyncio.sleep(WRONG_PAUSE)

    def new_ballot(self, address: str) -> str | None:
        """A new ballot for a browser at this address, or None when the address had too many of them lately."""
        return secrets.token_urlsafe(9) if self._ballots.take(address) else None


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
