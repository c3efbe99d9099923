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
    const found = segments(box.value.trim(), gsm);
    if (Array.from(box.value.trim()).length > Number(line.dataset.most)) {
      line.textContent = line.dataset.long;
      return;
    }
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

/** Keeps what is being written; a text on its way out is never kept after it. */
function keepDraft(form, box) {
  const state = document.getElementById("draft");
  let kept = box.value;
  let timer = null;
  let saving = null;
  let leaving = false;
  const body = () =>
    new URLSearchParams({ csrf: form.elements.csrf.value, reply: box.value, quiet: "1" });
  const save = async () => {
    const value = box.value;
    if (leaving || value === kept) return;
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
  form.addEventListener("submit", async (event) => {
    if (event.submitter && event.submitter.id !== "send") return;
    clearTimeout(timer);
    leaving = true;
    if (!saving) return;
    event.preventDefault();
    await saving;
    form.submit();
  });
  for (const other of document.forms) {
    if (other === form) continue;
    other.addEventListener("submit", async (event) => {
      if (leaving || event.defaultPrevented || (!saving && box.value === kept)) return;
      event.preventDefault();
      clearTimeout(timer);
      await (saving ?? save());
      leaving = true;
      other.requestSubmit(event.submitter);
    });
  }
  window.addEventListener("pagehide", () => {
    if (!leaving && box.value !== kept) navigator.sendBeacon(form.dataset.draft, body());
  });
}

/** A note that is not saved yet goes along with Send, and is asked about before Close. */
function keepNote(noteForm, replyForm, closeForm) {
  const box = noteForm.elements.note;
  const state = document.getElementById("draft");
  let asked = false;
  box.addEventListener("input", () => {
    asked = false;
  });
  replyForm.addEventListener("formdata", (event) => {
    if (box.value.trim()) event.formData.set("note", box.value);
  });
  closeForm?.addEventListener("submit", (event) => {
    if (asked || !box.value.trim()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = true;
    state.textContent = noteForm.dataset.unsaved;
    box.focus();
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

/** Says when the page no longer hears from the line. */
function watchConnection(line) {
  const say = (text) => {
    if (line.textContent !== text) line.textContent = text;
  };
  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail.ctx?.response?.raw?.status ?? 0;
    if (status === 401) say(line.dataset.signedOut);
    else if (status >= 500) say(line.dataset.lost);
    else if (status) say("");
  });
  document.addEventListener("htmx:error", () => {
    if (line.textContent !== line.dataset.signedOut) say(line.dataset.lost);
  });
}

const form = document.getElementById("reply-form");
if (form) {
  const box = document.getElementById("reply");
  countAsTyped(box, document.getElementById("count"));
  const noteForm = document.getElementById("note-form");
  keepNote(noteForm, form, document.getElementById("close-form"));
  keepDraft(form, box);
  readyTexts(box);
}
watchConnection(document.getElementById("connection"));
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open], details.ready[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
