// A question in a page without a kernel: all it needs is a place to keep the answer.
class Question {
  constructor(traits) { this.traits = { chosen: -1, revealed: false, ...traits }; this.listeners = {}; }
  get(name) { return this.traits[name]; }
  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    for (const listener of this.listeners[`change:${name}`] || []) listener();
  }
  save_changes() {}
  on(event, listener) { (this.listeners[event] ??= new Set()).add(listener); }
  off(event, listener) { this.listeners[event]?.delete(listener); }
}

mounts.predict = (place) => {
  const model = new Question(JSON.parse(place.dataset.model));
  render({ model, el: shadowRoot(place, "predict") });
  place.model = model;
};
