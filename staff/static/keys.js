"use strict";
// The desk by keyboard. Single keys act only while nobody types, and can be switched off
// (WCAG 2.2, 2.1.4): what is said aloud to a computer must not take a conversation.

const SWITCHED_OFF = "utvag-keys-off";
const SECOND_KEY = 1500; // milliseconds between g and q

const seen = (thing) => (thing?.checkVisibility() ? thing : null);
const one = (selector) => document.querySelector(selector);

/** Private windows may have no memory. */
function remembered(change) {
  try {
    if (change !== undefined) localStorage.setItem(SWITCHED_OFF, change ? "" : "1");
    return localStorage.getItem(SWITCHED_OFF) !== "1";
  } catch {
    return true;
  }
}

function isTyping(target) {
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input:not([type=checkbox])");
}

/** Along the rows of the list, or along the ready texts while they are open. */
function step(by) {
  const ready = one("details.ready[open]");
  const links = ready
    ? [...ready.querySelectorAll("button, a")]
    : [...document.querySelectorAll(".row")].map((row) => seen(row.querySelector("a")));
  const there = links.filter(Boolean);
  const inside = document.activeElement.closest(".row");
  const now = there.findIndex((link) => link === document.activeElement || inside?.contains(link));
  const next = now < 0 ? (by > 0 ? 0 : there.length - 1) : now + by;
  there[Math.min(Math.max(next, 0), there.length - 1)]?.focus();
}

function take() {
  const row = document.activeElement.closest(".row");
  const button = row?.querySelector("form[action$='/take'] button") ?? one("button[form=take]");
  seen(button)?.click();
}

/** On a phone the box may lie behind the facts about the contact. */
function write(id) {
  const box = document.getElementById(id);
  if (!box) return;
  if (!seen(box)) location.hash = "#talk";
  box.focus();
}

function find() {
  const box = seen(one("#find")) ?? seen(one("#find-top"));
  if (box) box.focus();
  else location.assign("/find");
}

function ready() {
  const box = one("details.ready");
  if (!box) return;
  box.open = true;
  box.querySelector("button, a")?.focus();
}

function keyboard() {
  const acts = {
    "?": showKeys,
    j: () => step(1),
    k: () => step(-1),
    t: take,
    r: () => write("reply"),
    n: () => write("note"),
    p: ready,
    "/": find,
  };
  let waitsForQ = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Enter") sendFrom(event);
      return;
    }
    if (event.key === "Escape") leave(event);
    if (one("dialog[open]") || isTyping(event.target) || !remembered()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "q" && event.timeStamp - waitsForQ < SECOND_KEY) {
      location.assign("/queue");
      return;
    }
    waitsForQ = key === "g" ? event.timeStamp : -SECOND_KEY;
    if (!Object.hasOwn(acts, key)) return;
    event.preventDefault();
    acts[key]();
  });
}

/** Ctrl+Enter: the reply is sent, the note is kept; neither ever does the other's. */
function sendFrom(event) {
  const button =
    event.target.id === "reply"
      ? document.getElementById("send")
      : event.target.id === "note"
        ? one(".note-form button")
        : null;
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

/** Out of the ready texts into the reply, and out of a box to where single keys act. */
function leave(event) {
  const open = event.target.closest("details.ready[open]");
  if (open) {
    open.open = false;
    document.getElementById("reply").focus();
  } else if (["reply", "note"].includes(event.target.id)) event.target.blur();
}

/** The list is made when it is asked for first. */
function showKeys() {
  const list = document.getElementById("keys-list");
  if (!document.getElementById("keys")) {
    list.after(list.content.cloneNode(true));
    const box = document.getElementById("keys-on");
    box.checked = remembered();
    box.addEventListener("change", () => remembered(box.checked));
  }
  document.getElementById("keys").showModal();
}

const opener = document.getElementById("keys-open");
if (opener) {
  opener.hidden = false;
  opener.addEventListener("click", showKeys);
  keyboard();
}
