"""In the pseudo-language no word of a console is left in plain English: not in its tabs, menus, and dialogs."""

import json
import re

import pytest

import cp_teach
from cp_teach.show import Console
from cp_teach.show.static_files import CONSOLE_SCRIPTS, scripts
from cp_teach.translation import set_language

pytestmark = pytest.mark.needs("chromium")

PAGE = """<!DOCTYPE html><html lang="en"><title>Console</title><style>%s</style><div id="console"></div><script>%s
const heard = {};
const fire = (name, message) => { for (const listener of heard[name] || []) listener(message); };
const model = {
  widget_manager: {}, values: %s,
  get(name) { return this.values[name]; },
  set(name, value) { this.values[name] = value; fire(`change:${name}`); },
  save_changes() {},
  on(name, listener) { (heard[name] ??= new Set()).add(listener); },
  off(name, listener) { heard[name]?.delete(listener); },
  async send(message) {
    const { view, answers } = await window.kernel(message);
    this.set("view", view);
    for (const one of answers) fire("msg:custom", one);
  },
};
render({ model, el: document.getElementById("console") });
</script></html>"""
"""A console in a plain page. Its model speaks with a console of this process instead of a kernel."""

LOOK = """async (root, keys) => {
    const texts = [], names = ["aria-label", "title", "placeholder", "aria-valuetext"];
    const walk = (node) => {
        if (node.nodeType === 3) { texts.push(node.data); return; }
        const data = `code, pre, [data-key="shell"] option, [data-key^="type:"] option`;
        if (node.nodeType !== 1 || node.matches(data)) return;
        if (["⟦Çöñƒîĝûŕàţîöñ⟧", "⟦Öûţþûţ ṽàŕîàƀļéš⟧"].includes(node.firstChild?.textContent)) return;
        texts.push(...names.map((name) => node.getAttribute(name) || ""));
        node.childNodes.forEach(walk);
    };
    const until = async (found) => {
        for (let i = 0; i < 300 && !found(); i++) await new Promise((done) => setTimeout(done, 10));
        return found();
    };
    for (const key of keys) {
        const control = await until(() => root.querySelector(`[data-key="${CSS.escape(key)}"]`));
        if (!control) throw new Error(`there is no ${key}`);
        control.click();
    }
    await until(() => !root.querySelector(".cp-dialog [role=status]"));
    walk(root);
    return texts;
}"""
"""Press these controls; then every text and label of the console, without code and settings of actions."""

OF_PEOPLE = [
    "Fix login",
    "Faster search",
    "New header",
    "Freeze",
    "Change 4",
    "Look at Beta before you approve.",
]
"""Messages and reasons that a person wrote."""
OF_AWS = [
    "AWS CLI", "AWS", "CLI", "boto3", "Run.load", "JSON", "SVG", "PNG", "PARALLEL", "QUEUED", "SUPERSEDED", "V1", "V2",
    "StartPipelineExecution", "min",
]  # fmt: skip
"""Names and values that are the same in every language."""
ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4,12}){4}\b|\b\w{32}\b|\b[0-9a-f]{7,}\b|\S+/\S+/\S+")
"""Of an execution, of a revision, and the place of an artifact."""


@pytest.fixture
def pseudo():
    set_language("pseudo")
    yield
    set_language("en")


class Host:
    """A console in a page, and what it shows."""

    def __init__(self, page, run):
        self.page, self.console, self.answers = page, Console(run), []
        self.left = {}
        self.console.send = lambda message, *_: self.answers.append(message)
        page.expose_function("kernel", self.kernel)
        state = {**self.console.get_state(), "work": self.console.work}
        plain = {key: value for key, value in state.items() if not key.startswith("_")}
        data = json.dumps(plain).replace("<", "\\u003c")
        page.set_content(PAGE % (self.console._css, scripts(CONSOLE_SCRIPTS), data))
        self.widget = page.locator(".cp-console")

    def kernel(self, message):
        self.answers.clear()
        self.console._on_message(None, message, [])
        self.console.refresh()
        answers = [each for each in self.answers if "changes" not in each]
        return {"view": dict(self.console.view), "answers": answers}

    def keys(self, start):
        """The controls whose keys begin with this."""
        found = self.widget.locator(f'[data-key^="{start}"]')
        return list(dict.fromkeys(found.evaluate_all("all => all.map(el => el.dataset.key)")))

    def look(self, *keys):
        """Press these controls, and note which texts no translator could reach."""
        texts = self.widget.evaluate(LOOK, list(keys))
        data = self.data()
        if english := [text for text in texts if re.search(r"[A-Za-z]{2,}", data.sub("", ID.sub("", text)))]:
            self.left[" > ".join(keys)] = english

    def close(self):
        assert self.widget.locator(".cp-dialog[open]").count()
        self.widget.locator('[data-key="dialog:cancel"]').evaluate("el => el.click()")

    def data(self):
        """What is the same in every language."""
        pipeline = self.console.run.state.pipeline
        names = {pipeline.name, *OF_PEOPLE, *OF_AWS}
        for stage in pipeline.stages:
            names.add(stage.name)
            for action in stage.actions:
                names |= {action.name, action.provider, action.category}
                names |= {output.name for output in action.outputs}
        for made in self.console.view["artifacts"].values():
            names |= {one["from"].split()[0] for one in made}
        return re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))


def test_every_word_of_a_console_is_translated(pseudo, page):
    run = cp_teach.demo().run
    run.release("Fix login")
    run.settle()
    run.disable("Beta", reason="Freeze")
    run.release("Faster search")
    run.settle()
    run.release("New header")
    run.step()
    host = Host(page, run)
    assert "⟦Ñöŵ⟧" in host.widget.inner_text(), "the page has the words"
    assert host.widget.get_by_label("⟦1 ɱöŕé éẋéçûţîöñ⟧", exact=True).count() == 1, "and their plurals"
    for tab in host.keys("tab:"):
        host.look(tab)
    for menu in dict.fromkeys(
        key.partition("/")[0] for key in host.keys("open:")
    ):  # one for each kind and stage
        host.look(next(key for key in host.keys("open:") if key.startswith(menu)))
    for menu, item in (
        ("open:stop:1", "details:execution/1"),
        ("open:stop:1", "stop:1:⟦Šţöþ àñđ ⟦àƀàñđöñ⟧ #1⟧"),
        ("open:stage:Beta", "details:stage/Beta"),
        ("open:action:Source/Source", "details:action/Source/Source"),
    ):
        host.look(menu, item)
        host.close()
    for dialog in ("review:Prod/Approve:1", "door:Prod"):
        host.look(dialog, "dialog:submit")  # what is missing is said there
        host.close()
    host.look("help")
    host.close()
    host.look("undo")  # the next act would begin a branch
    host.look("release")
    host.look("open:branches")
    page.set_viewport_size({"width": 400, "height": 900})
    host.look()
    page.evaluate("fire('comm_live_update')")  # the kernel has ended
    assert host.widget.get_attribute("data-gone") == "true"
    host.look()
    assert not host.left, json.dumps(host.left, ensure_ascii=False, indent=1)
