"""Playback: an asyncio task that moves the clock of a run while its console plays. It blocks nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from cp_teach.engine.run.protocols import Steppable

TICK = 0.2
"""Seconds between two pictures while the console plays: smooth enough for the eye, and the kernel stays free."""


class Playback(Protocol):
    """Whether the clock runs, and how fast."""

    playing: bool
    speed: float
    """Simulated minutes a second."""

    def stop_playing(self, error: Exception) -> None:
        """Stop the clock and show the error."""


async def play(run: Steppable, playback: Playback) -> None:
    """Move the clock of ``run`` until it is paused.

    While everything waits for a person the clock stands still, so that no approval times out during a talk.
    """
    last = time.monotonic()
    while True:
        await asyncio.sleep(TICK)
        if not playback.playing:
            return
        now = time.monotonic()
        # After a cell that kept the loop busy, the clock must not leap.
        elapsed, last = min(now - last, 2 * TICK), now
        try:
            if run.next_due() is not None:
                run.advance(minutes=playback.speed * elapsed)
        except (
            Exception
        ) as error:  # if the task ended, the button would say Pause while the clock stands still
            playback.stop_playing(error)
            return
