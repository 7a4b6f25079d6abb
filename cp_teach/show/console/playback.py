"""Playing: the clock of a run goes on while a console plays, as a task on the kernel's loop that blocks
nothing.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cp_teach.show.console.widget import Console

TICK = 0.2
"""Seconds between two pictures while it plays: quick enough for the eye, and the kernel stays free."""


async def play(console: Console) -> None:
    """Let the clock of the console's run go on until it is paused or closed.

    While everything waits for a person the clock stands still, so that no approval times out behind a talk.
    """
    last = time.monotonic()
    while True:
        await asyncio.sleep(TICK)
        if not console.playing:
            return
        now = time.monotonic()
        # A cell that kept the loop busy must not be followed by a leap of the clock.
        elapsed, last = min(now - last, 2 * TICK), now
        try:
            if console.run.next_due() is not None:
                console.run.advance(minutes=console.speed * elapsed)
        except (
            Exception
        ) as error:  # if the task just died, the button would still say Pause while the clock stands still
            console.stop_playing(error)
            return
