"use strict";
// Everything here is a convenience: each page works without it.

const KEPT = 10_000; // milliseconds in which the line has to keep a draft
const UNSURE = JSON.stringify([false, false]); // it may have kept them and never said so
const within = (milliseconds) => AbortSignal.timeout?.(milliseconds); // older Safari has none

/** Keeps what is being written, and before any form leads away from it. Words that the line does not
 * have yet are marked on the form. A text on its way out is never kept after it: whoever sends one
 * holds the keeping, and says when they release it what the line has in either box. */
function keepDraft(form, box, note) {
  const state = document.getElementById("draft");
  const words = () => JSON.stringify([box.value, note.value]);
  let kept = JSON.stringify([box.defaultValue, note.defaultValue]);
  let said = state.textContent;
  let timer = null;
  let saving = null;
  let follows = false;
  let leaving = false;
  let held = false;
  const body = () => {
    const written = { reply: box.value, note: note.value };
    return new URLSearchParams({ csrf: form.elements.csrf.value, quiet: "1", ...written });
  };
  const mark = () => {
    if (words() === kept) delete form.dataset.unkept;
    else form.dataset.unkept = "";
  };
  const save = async () => {
    const value = words();
    if (held) return;
    if (value === kept) {
      state.textContent = said;
      return;
    }
    try {
      const signal = within(KEPT);
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body(), signal });
      if (answer.status !== 204) throw new Error("not kept");
      kept = value;
      said = form.dataset.kept;
      if (words() === value) state.textContent = said; // what was written since is not kept yet
      mark();
    } catch {
      kept = UNSURE;
      state.textContent = form.dataset.notKept;
    }
  };
  const begin = () => {
    state.textContent = "";
    mark();
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (follows) return;
      follows = true;
      const mine = Promise.resolve(saving)
        .then(() => {
          follows = false;
          return save();
        })
        .finally(() => {
          if (saving === mine) saving = null;
        });
      saving = mine;
    }, 600);
  };
  const keep = async () => {
    clearTimeout(timer);
    await saving;
    await save();
  };
  for (const each of [box, note]) each.addEventListener("input", begin);
  if (words() !== kept) begin(); // written before this was here
  document.addEventListener("submit", async (event) => {
    if (leaving || event.defaultPrevented) return;
    const { target, submitter } = event;
    clearTimeout(timer);
    if (!saving && words() === kept) return;
    event.preventDefault();
    leaving = true;
    await keep();
    if (target.isConnected && submitter?.isConnected !== false) target.requestSubmit(submitter);
    leaving = false;
  });
  window.addEventListener("pagehide", () => {
    if (!held && words() !== kept) navigator.sendBeacon(form.dataset.draft, body());
  });
  /** What the line has of these boxes by now, and that it is no draft. */
  const has = (these) => {
    const [reply, noted] = JSON.parse(kept);
    kept = JSON.stringify([these.reply ?? reply, these.note ?? noted]);
    said = "";
  };
  return {
    keep,
    async hold() {
      clearTimeout(timer);
      held = true;
      await saving;
    },
    release(these) {
      has(these);
      held = false;
      begin();
    },
    /** The page goes while this is held: what stands in the other box is kept. */
    leave(written) {
      const other = written === box ? note : box;
      if (JSON.parse(kept)[other === box ? 0 : 1] === other.value) return;
      const fields = { csrf: form.elements.csrf.value, quiet: "1", [other.name]: other.value };
      navigator.sendBeacon(form.dataset.draft, new URLSearchParams(fields));
    },
    /** What stands in this box was sent in another window. Where words are on their way to be kept,
     * nobody knows what the line has (`false`), and what stands then is kept after them. */
    sentElsewhere(written) {
      if (held || leaving) return;
      has({ [written.id]: saving ? false : "" });
      written.value = "";
      written.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
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

/** One press adds the text to what is there, also where the page has changed by itself. */
function readyTexts(form, box) {
  form.addEventListener("click", (event) => {
    const ready = event.target.closest("[data-text]");
    if (!ready) return;
    event.preventDefault();
    const before = box.value.trimEnd();
    box.value = before ? `${before}\n${ready.dataset.text}` : ready.dataset.text;
    for (const open of form.querySelectorAll("details.ready[open]")) open.open = false;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** A press leaves the focus where it is: what comes and goes with it on a low screen would move the
 * button from under the thumb, and the press would be lost. */
function standStill(write) {
  write.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });
}

/** Enter beside the hour means the hour, and sends nothing now. */
function enterPlans(later) {
  later.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    later.querySelector("button").click();
  });
}

const form = document.getElementById("reply-form");
let drafts = null;
let others = null; // the other windows of this conversation, where the browser knows of them
if (form) {
  const box = document.getElementById("reply");
  countAsTyped(box, document.getElementById("count"), document.getElementById("plain"));
  askBeforeLosing(document.getElementById("note"), form);
  drafts = keepDraft(form, box, document.getElementById("note"));
  enterPlans(form.querySelector("details.later"));
  readyTexts(form, box);
  standStill(form.parentElement);
}
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open], details.ready[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// The thread is drawn anew with whatever happens: what somebody has opened in it stays open.
const opened = new Set();
document.addEventListener("click", (event) => {
  const rung = event.target.closest("details.rung > summary")?.parentElement;
  if (rung) opened[rung.open ? "delete" : "add"](rung.id);
});
document.addEventListener("htmx:after:swap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});

// For the page without a network, and nothing else: the worker keeps nothing of anybody. Where the
// browser knows Trusted Types, an address of a script must have been looked at.
const WORKER = "/worker.js";
const looked = window.trustedTypes?.createPolicy("worker", {
  createScriptURL(address) {
    if (address !== WORKER) throw new TypeError(address);
    return address;
  },
});
navigator.serviceWorker?.register(looked?.createScriptURL(WORKER) ?? WORKER).catch(() => {});
