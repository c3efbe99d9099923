"use strict";
// Everything here is a convenience: each page works without it.

/** SMS segments by the rules of domain/segments.py; the character tables come from the page. */
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

function countAsTyped(box, line) {
  const tables = JSON.parse(line.dataset.gsm);
  const gsm = { basic: new Set(tables.basic), extension: new Set(tables.extension) };
  const say = () => {
    const text = box.value.trim();
    const over = Array.from(text).length > Number(line.dataset.most);
    line.classList.toggle("over", over);
    if (over) {
      line.textContent = line.dataset.long;
      return;
    }
    if (line.dataset.plain) {
      line.textContent = "";
      return;
    }
    const found = segments(text, gsm);
    if (!found.count) {
      line.textContent = line.dataset.none;
      return;
    }
    const said = line.dataset.some
      .replace("%n", found.count)
      .replace("%e", found.encoding)
      .replace("%l", found.left);
    const why = found.culprits.length
      ? ` ${line.dataset.because.replace("%c", () => found.culprits.slice(0, 8).join(" "))}`
      : "";
    line.textContent = said + why;
  };
  box.addEventListener("input", say);
  say();
}

/** Keeps what is being written, and before any form leads away from it; a text on its way out is
 * never kept after it. */
function keepDraft(form, box) {
  const state = document.getElementById("draft");
  let kept = box.value;
  let timer = null;
  let saving = null;
  let leaving = false;
  let sent = false;
  const body = () =>
    new URLSearchParams({ csrf: form.elements.csrf.value, reply: box.value, quiet: "1" });
  const save = async () => {
    const value = box.value;
    if (sent || value === kept) return;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      if (answer.status !== 204) throw new Error("not kept");
      kept = value;
      state.textContent = form.dataset.kept;
    } catch {
      state.textContent = form.dataset.notKept;
    }
  };
  box.addEventListener("input", () => {
    state.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => {
      saving = save().finally(() => {
        saving = null;
      });
    }, 600);
  });
  document.addEventListener("submit", async (event) => {
    if (leaving || event.defaultPrevented) return;
    const { target, submitter } = event;
    clearTimeout(timer);
    sent = submitter?.id === "send";
    if (!saving && (sent || box.value === kept)) return;
    event.preventDefault();
    leaving = true;
    await saving;
    await save();
    target.requestSubmit(submitter);
    leaving = false;
  });
  window.addEventListener("pagehide", () => {
    if (!sent && box.value !== kept) navigator.sendBeacon(form.dataset.draft, body());
  });
}

/** The note stands in the form of the reply and comes back after Send; any other form would lose
 * it, and asks first. */
function askBeforeLosing(note, form) {
  let asked = null;
  document.addEventListener("submit", (event) => {
    if (event.target === form || event.target === asked || !note.value.trim()) return;
    event.preventDefault();
    asked = event.target;
    const line = document.createElement("p");
    line.className = "unsaved";
    line.setAttribute("role", "alert");
    line.textContent = form.dataset.unsaved;
    asked.append(line);
  });
  note.addEventListener("input", () => {
    for (const line of document.querySelectorAll(".unsaved")) line.remove();
    asked = null;
  });
}

function readyTexts(box) {
  for (const link of document.querySelectorAll(".ready a[data-text]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const before = box.value.trimEnd();
      box.value = before ? `${before}\n${link.dataset.text}` : link.dataset.text;
      link.closest("details").open = false;
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

const form = document.getElementById("reply-form");
if (form) {
  const box = document.getElementById("reply");
  countAsTyped(box, document.getElementById("count"));
  askBeforeLosing(document.getElementById("note"), form);
  keepDraft(form, box);
  readyTexts(box);
}
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open], details.ready[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
