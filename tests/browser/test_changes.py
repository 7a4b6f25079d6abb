"""The kernel sends what changed in the picture: the page makes the same picture of it, and asks for what it missed."""

import json
import random

from cp_teach import Console, Pipeline, Run, Simulated
from cp_teach.engine import DisableTransition, EnableTransition
from cp_teach.show.static_files import module, static

MODEL = """
class Model {
    constructor(state) { this.state = state; this.heard = {}; this.sent = []; }
    get(name) { return this.state[name]; }
    set(name, value) { this.state[name] = value; }
    on(event, listener) { this.heard[event] = listener; }
    off() {}
    send(message) { this.sent.push(message); }
}
"""


def test_a_page_follows_a_console_by_its_changes_and_asks_for_what_it_missed(page):
    pipeline = Pipeline.of("shop", Source="S3", Build="CodeBuild", Prod="Manual then CodeDeploy")
    console = Console(Run(pipeline, Simulated()))
    sent = []
    console.send = lambda content, buffers=None: sent.append((content, console.view))
    draw = random.Random(3)
    console.run.release("One")
    for _ in range(45):  # the lists are full: a new line drops the oldest
        console.run.do(DisableTransition("Prod"))
        console.run.do(EnableTransition("Prod"))
    first, sent[:] = console.get_state(), []
    acts = [{"act": "do", "command": ["StartExecution"]}, {"act": "step"}, {"act": "undo"}, {"act": "redo"}]
    acts += [{"act": "do", "command": [kind, "Prod"]} for kind in ("DisableTransition", "EnableTransition")]
    for _ in range(80):
        console.ask(draw.choice(acts))
    assert len(sent) > 40

    script = module(static("console/connection/changes.js"))
    shown, asked = page.evaluate(
        f"""([first, messages]) => {{
            {MODEL}{script}
            const model = new Model(first);
            initialize({{ model }});
            const shown = messages.map((message) => {{
                model.heard["msg:custom"](message);
                return structuredClone(model.get("view"));
            }});
            const late = new Model(first);
            initialize({{ model: late }});
            late.heard["msg:custom"](messages[1]);
            return [shown, late.sent];
        }}""",
        [{name: first[name] for name in ("view", "drawing")}, [content for content, _ in sent]],
    )
    assert shown == [view for _, view in sent]
    assert asked == [{"act": "whole"}]
    console.close()


def test_a_click_sends_what_it_changed_and_a_page_that_missed_it_gets_the_whole(monkeypatch):
    console = Console(Run(Pipeline.of("shop", Source="S3", Prod="CodeDeploy"), Simulated()))
    for _ in range(20):
        console.ask({"act": "do", "command": ["StartExecution"]})
        console.ask({"act": "step"})
    sent = []
    monkeypatch.setattr(console, "_send", lambda message, buffers=None: sent.append(message))
    console.ask({"act": "do", "command": ["DisableTransition", "Prod"]})
    (message,) = sent
    assert len(json.dumps(message)) < len(json.dumps(console.view)) / 2
    console._on_message(console, {"act": "whole"}, [])
    assert sent[1]["state"] == {"view": console.view, "drawing": message["content"]["drawing"][1]}
    console.close()
