// `render({ model, el })` mounts a console and returns a function that removes it.

export function render({ model, el }) {
  const picture = new Picture(model, el);
  const redraw = () => picture.draw();
  const news = ["change:view", "change:work", "change:selected", "change:playing", "change:speed", "change:size"];
  // The widget manager reports this for a shown model only when its kernel has ended; a new picture proves otherwise.
  const parted = () => picture.lose(LOST);
  const heard = () => { picture.lost = ""; };
  model.on("comm_live_update", parted);
  model.on("change:view", heard);
  for (const name of news) model.on(name, redraw);
  picture.send({ act: "shown" });
  return () => {
    for (const name of news) model.off(name, redraw);
    model.off("comm_live_update", parted);
    model.off("change:view", heard);
    picture.sizes.disconnect();
    window.removeEventListener("keydown", picture.mark, true);
    picture.root.remove();
    try { model.send({ act: "hidden" }); } catch { /* the kernel is gone: nobody is left to tell */ }
  };
}
