// The glyph and the word of a status, and long names.

const mark = ([key, , glyph]) => h("span", { class: `cp-glyph cp-is-${key}`, "aria-hidden": "true" }, glyph);
const status = (s, extra) => h("span", { class: "cp-status" }, mark(s), h("span", { class: "cp-word" }, s[1], extra));
const glyphs = { succeeded: "✓", failed: "✗", "in-progress": "▶", waiting: "◷", stopped: "■", superseded: "»", none: "○" };

// A long name breaks where its words meet (CodeSecurity|Scan), and elsewhere only when it must.
const soft = (name) => name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[-_.])/).flatMap((part, i) => (i ? [h("wbr"), part] : part));
