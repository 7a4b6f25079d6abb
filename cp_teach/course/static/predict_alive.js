// A question in a page without a kernel: all it needs is a place to keep the answer.
class Question {
  constructor(traits) { this.traits = { chosen: -1, revealed: false, ...traits }; this.heard = {}; }
  get(name) { return this.traits[name]; }
  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    for (const listener of this.heard[`change:${name}`] || []) listener();
  }
  save_changes() {}
  on(event, listener) { (this.heard[event] ??= new Set()).add(listener); }
  off(event, listener) { this.heard[event]?.delete(listener); }
}

mounts.predict = (place) => {
  const model = new Question(JSON.parse(place.dataset.model));
  render({ model, el: opened(place, "predict") });
  place.model = model;
};
