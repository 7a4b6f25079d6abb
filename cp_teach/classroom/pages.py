"""The HTML pages of a classroom. Each page contains its scripts and styles, and loads nothing else."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from importlib.resources import files

from cp_teach.show.static_files import CONSOLE_SCRIPTS, scripts, static, words
from cp_teach.style import css_variables


def join_page(problem: str) -> str:
    """The page that asks for the join code."""
    alert = f'<p role="alert" class="wrong">✗ {escape(problem)}</p>' if problem else ""
    return _page(
        "Join the lesson",
        '<main><h1>Join the lesson</h1><form action="room" method="get" class="join">'
        '<label for="code">Code</label><input id="code" name="code" autocomplete="off" autocapitalize="none" '
        f'spellcheck="false" maxlength="24" required autofocus> <button>Join</button></form>{alert}'
        "<p>The code is on the screen at the front.</p></main>",
    )


def crossing_page(uri: str) -> str:
    """The page for a browser that follows a link from another site: it offers the same address as its own link.

    A click on that link is a request from this server's own page. Only then does the browser send its cookie
    (SameSite=Strict), so it stays the same voter.
    """
    return _page(
        "Join the lesson",
        '<main><h1>Join the lesson</h1><p role="alert">You followed a link from another site.</p>'
        f'<p><a href="{escape(uri)}">Open the lesson</a></p></main>',
    )


@lru_cache(maxsize=8)
def room_page(pipeline: str, *, teaches: bool, note: str = "") -> str:
    """The page of the instructor or of a student. It is cached, because many requests at once must not delay others."""
    script = scripts(CONSOLE_SCRIPTS)
    if translated := words(CONSOLE_SCRIPTS):
        script += f"\nlearnWords({json.dumps(translated)});".replace("<", "\\u003c")
    script += f"\n{_read_static('classroom.js')}"
    return _page(
        f"{pipeline}: {'instructor' if teaches else 'lesson'}",
        f'<main><h1 class="small">{escape(pipeline)}</h1><p class="bar"><span id="note">{escape(note)}</span> '
        '<span id="people"></span> <span id="state" role="status"></span></p>'
        '<section id="vote" aria-label="Asked"></section><div id="console"></div></main>'
        f'<script type="text/css" id="cp-style-console">{static("console.css")}</script>'
        f'<script type="module">const TEACHES = {str(teaches).lower()};\n{script}</script>',
    )


def _read_static(name: str) -> str:
    return (files("cp_teach.classroom") / "static" / name).read_text(encoding="utf-8")


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f"<style>{css_variables(':root')}{static('reading.css')}{_read_static('classroom.css')}</style></head><body>{body}</body></html>"
    )
