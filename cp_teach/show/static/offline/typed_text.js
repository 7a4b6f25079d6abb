// Text that a person types, in a command for a shell and in a call of Python: quoted as shlex.quote, repr and
// style/aws_call_text.py do it. tests/browser/test_typed_text.py compares both on the same cases.
const shellQuoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
const pythonQuoted = (text) => {
  const escaped = text.replaceAll("\\", "\\\\");
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
};

// `call` has `marker` where the typed text belongs.
function typedCall(call, marker, typed) {
  const cli = call.cli?.replace(new RegExp(`'([^']*)${marker}([^']*)'`), (all, before, after) => {
    const simple = /^[\p{L}\p{N}_ .!?()/-]+$/u.test(typed);
    if (!before || simple) return shellQuoted(before + typed + after);
    return shellQuoted(`{"summary": ${JSON.stringify(typed)}, "status": "${after.split("=")[1]}"}`);
  });
  return { ...call, ...(cli && { cli }), ...(call.boto3 && { boto3: call.boto3.replaceAll(`'${marker}'`, () => pythonQuoted(typed)) }) };
}

// Why AWS does not accept a reason, or "". `rules` is {pattern, refused, names}: show/offline/page_rules.py. The characters are
// named as engine/rules/validation.py names them.
function refusedReason(reason, { pattern, refused, names }) {
  const allowed = new RegExp(pattern);
  if (!reason.trim() || allowed.test(reason)) return "";
  const letters = [...new Set([...reason].filter((letter) => !allowed.test(letter)))];
  const called = [...new Set(letters.map((letter) => names[letter] || (/[\p{C}\p{Z}]/u.test(letter) ? "a control character" : letter)))];
  const shown = called.length > 4 ? [...called.slice(0, 3), `${called.length - 3} other characters`] : called;
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}` : shown[0];
  return refused.replace("{letters}", () => list);
}
