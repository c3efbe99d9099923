"use strict";
// What a text takes on the wire, by the rules and tables of domain/segments.py, as it is typed.

/** The tables come from the page, so that they stand in one place. */
function alphabets(tables) {
  return {
    basic: new Set(tables.basic),
    extension: new Set(tables.extension),
    plain: new Map(Object.entries(tables.plain)),
  };
}

function segments(text, gsm) {
  const chars = Array.from(text);
  const culprits = [...new Set(chars.filter((c) => !gsm.basic.has(c) && !gsm.extension.has(c)))];
  const wide = culprits.length > 0;
  const [alone, part] = wide ? [70, 67] : [160, 153];
  const sizes = chars.map((c) => (wide ? c.length : gsm.extension.has(c) ? 2 : 1));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const encoding = wide ? "UCS-2" : "GSM-7";
  if (units <= alone) {
    return { encoding, count: units > 0 ? 1 : 0, left: units ? alone - units : 0, culprits };
  }
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, count, left: part - used, culprits };
}

/** The same words without what needlessly makes them longer. */
function plain(text, gsm) {
  return Array.from(text.normalize("NFC"), (c) => gsm.plain.get(c) ?? c).join("");
}

/** A character as it can be shown: what is not seen has a number. */
function shown(char) {
  const code = char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  return /[\s\p{C}\p{M}]/u.test(char) ? `U+${code}` : char;
}

function saidOf(text, line, gsm) {
  const length = Array.from(text).length;
  if (length > Number(line.dataset.most)) return line.dataset.long;
  if (!gsm) return line.dataset.characters.replace("%n", length);
  const found = segments(text, gsm);
  if (!found.count) return line.dataset.none;
  const said = line.dataset.some
    .replace("%n", found.count)
    .replace("%e", found.encoding)
    .replace("%l", found.left);
  if (!found.culprits.length) return said;
  const why = found.culprits.slice(0, 8).map(shown).join(" ");
  return `${said} ${line.dataset.because.replace("%c", () => why)}`;
}

/** Only texts by SMS have segments; of others the characters are counted. */
function countAsTyped(box, line, button) {
  const gsm = line.dataset.gsm ? alphabets(JSON.parse(line.dataset.gsm)) : null;
  const say = () => {
    const text = box.value.trim();
    line.textContent = saidOf(text, line, gsm);
    line.classList.toggle("over", Array.from(text).length > Number(line.dataset.most));
    if (button) button.hidden = plain(box.value, gsm) === box.value;
  };
  if (button) {
    button.type = "button";
    button.addEventListener("click", () => {
      box.value = plain(box.value, gsm);
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  box.addEventListener("input", say);
  say();
}
