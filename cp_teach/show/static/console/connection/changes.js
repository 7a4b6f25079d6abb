// The kernel sends what changed in the picture. The model always holds the whole picture, so that a saved notebook and a
// second view of the same output have it, too. cp_teach/show/console/view_changes.py describes the form of the changes.

// What did not change is shared with the picture before.
function changed(before, changes) {
  const after = Array.isArray(before) ? [...before] : { ...before };
  for (const key of changes.drop || []) delete after[key];
  Object.assign(after, changes.put);
  for (const key in changes.in) after[key] = changed(before[key], changes.in[key]);
  for (const [from, count, items] of changes.splice || []) after.splice(from, count, ...items);
  return after;
}

// Once for each model, however many views show it.
export function initialize({ model }) {
  const receive = (message) => {
    if (!message?.changes) return;
    const [from, to] = message.drawing;
    // Changes of another picture than ours: one was missed, so the whole is asked for.
    if (model.get("drawing") !== from) return model.send({ act: "whole" });
    model.set("drawing", to);
    model.set("view", changed(model.get("view"), message.changes));
  };
  model.on("msg:custom", receive);
  return () => model.off("msg:custom", receive);
}
