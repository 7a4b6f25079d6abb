// `render({ model, el })` mounts a console and returns a function that removes it.

export function render({ model, el }) {
  learnWords(model.get("words") || {});
  const picture = new Picture(model, el);
  const redraw = () => picture.draw();
  const events = ["change:view", "change:work", "change:selected", "change:playing", "change:speed", "change:size"];
  // The widget manager reports this for a shown model only when its kernel has ended.
  const ended = () => picture.heartbeat.say(ENDED);
  const alive = () => picture.heartbeat.alive();
  const heard = (message) => { if (message?.heard) picture.heartbeat.heard(message.heard); else picture.answered(message); };
  model.on("comm_live_update", ended);
  model.on("change:view", alive);
  model.on("msg:custom", heard);
  for (const name of events) model.on(name, redraw);
  picture.send({ act: "shown" });
  return () => {
    for (const name of events) model.off(name, redraw);
    model.off("comm_live_update", ended);
    model.off("change:view", alive);
    model.off("msg:custom", heard);
    picture.heartbeat.stop();
    picture.sizes.disconnect();
    window.removeEventListener("keydown", picture.mark, true);
    window.removeEventListener("pointerdown", picture.outside, true);
    picture.root.remove();
    try { model.send({ act: "hidden" }); } catch { /* the kernel has ended */ }
  };
}
