// The words of the scripts. Each is the argument of _(), in double quotes, so that the catalog finds it; the kernel sends
// those of another language.

const WORDS = {};

function learnWords(words) { Object.assign(WORDS, words); }

function _(text, values) {
  return filled(WORDS[text] ?? text, values);
}

const filled = (text, values) => (values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text);

// The form of the text that fits to the count. Another language brings its forms, and which of them 0 to 199 take; no
// language looks at more than the last two digits of a larger number.
function ngettext(one, many, count, values) {
  const [which, ...forms] = WORDS[many] ?? [];
  const text = which ? forms[which[count < 200 ? count : 100 + (count % 100)]] : count === 1 ? one : many;
  return filled(text, { count, ...values });
}

// Marks the word of a table for the catalog; it is translated where it is shown.
const N_ = (text) => text;
