// Replays recorded views in the console of console.js, which stands before this text in the same module and gives
// `render`. There is no kernel: whoever wants to act is told so, in one sentence.
{
  const NO_KERNEL = "This page replays recorded steps; open the notebook to act.";
  const PACE = 1200; // milliseconds from one recorded moment to the next while it plays
  const { pool, recordings: packed } = JSON.parse(document.getElementById("cp-recordings").textContent);

  // {"$": 7} stands for pool[7]; each is unpacked once and then shared.
  const unpacked = new Map();
  const unpack = (part) => {
    if (Array.isArray(part)) return part.map(unpack);
    if (!part || typeof part !== "object") return part;
    if ("$" in part) {
      if (!unpacked.has(part.$)) unpacked.set(part.$, unpack(pool[part.$]));
      return unpacked.get(part.$);
    }
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, unpack(value)]));
  };

  const recordings = unpack(packed);

  class Recorded {
    constructor(views, at) {
      this.views = views;
      this.last = views.length - 1;
      this.at = Math.min(at, this.last);
      this.told = 0;
      this.heard = {};
      this.values = { view: this.picture(), selected: 0, playing: false, speed: null, size: "normal" };
    }

    // -- what anywidget's model has -----------------------------------------------------------------------------------
    get(name) { return this.values[name]; }
    set(name, value) { this.values[name] = value; this.fire(name); }
    save_changes() {}
    on(event, listener) { (this.heard[event] ??= new Set()).add(listener); }
    off(event, listener) { this.heard[event]?.delete(listener); }
    fire(name) { for (const listener of this.heard[`change:${name}`] || []) listener(); }

    send(message) {
      const to = { undo: this.at - 1, redo: this.at + 1, step: this.at + 1, jump: Number(message.to) }[message.act];
      if (to !== undefined) { this.stop(); this.go(to); }
      else if (message.act === "play") this.play();
      else if (message.act === "pause" || message.act === "hidden") this.stop();
      else if (message.act !== "shown") this.refuse();
    }

    // -- moving among the recorded moments ------------------------------------------------------------------------------
    picture(more) { return { ...this.views[this.at], said: { n: this.told, text: "", alert: false }, ...more }; }

    go(to) {
      if (!(to >= 0 && to <= this.last)) return;
      this.at = to;
      const { sentence, bad } = this.views[to];
      this.say(`Moment ${to} of ${this.last}: ${sentence}`, Boolean(bad));
    }

    say(text, alert, notice) {
      this.told += 1;
      this.set("view", this.picture({ said: { n: this.told, text, alert }, ...notice }));
    }

    refuse() { this.say(NO_KERNEL, true, { notice: { text: NO_KERNEL, error: "" } }); }

    play() {
      if (this.at === this.last) this.go(0);
      this.set("playing", true);
      this.clock = setInterval(() => (this.at < this.last ? this.go(this.at + 1) : this.stop()), PACE);
    }

    stop() {
      clearInterval(this.clock);
      if (this.values.playing) this.set("playing", false);
    }
  }

  // Each console lives in a shadow root: reveal.js takes every <section> inside a slide for a slide of its own, and the
  // styles of the deck end at its border. One style sheet serves all of them.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(document.getElementById("cp-console-style").textContent);
  for (const place of document.querySelectorAll(".cp-replay")) {
    const root = place.attachShadow({ mode: "open" }); // hides the still picture, which is for readers without scripts
    root.adoptedStyleSheets = [sheet];
    const views = recordings[Number(place.dataset.recording)];
    render({ model: new Recorded(views, Number(place.dataset.at)), el: root });
  }
}
