// The glyph and the word of a status, and long names.

const mark = ([key, , glyph]) => h("span", { class: `cp-glyph cp-is-${key}`, "aria-hidden": "true" }, glyph);
const status = (s, extra, tab) => h("span", { class: "cp-status" }, mark(s), explained(s[1], { tab }, extra));
const glyphs = { succeeded: "✓", failed: "✗", "in-progress": "▶", waiting: "◷", stopped: "■", superseded: "»", none: "○" };

// A long name breaks where its words meet (CodeSecurity|Scan), and elsewhere only when it must.
const soft = (name) => name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[-_.])/).flatMap((part, i) => (i ? [h("wbr"), part] : part));
