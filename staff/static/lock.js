"use strict";
// The line locks a session that nobody uses. Somebody who types, points or scrolls is there: the
// line is told so, and nothing else. Whoever comes back to a locked page finds nothing of it, also
// where the line cannot be asked.

const line = document.getElementById("connection");
const form = document.getElementById("reply-form");
const boxes = ["reply", "note"].map((id) => document.getElementById(id)).filter(Boolean);
const SPACING = 21_000;
const IDLE = 10 * 60_000;
const LOOKS = 15_000;
const PATIENCE = 5_000;
let toldAt = Date.now();
let usedAt = Date.now();

const isIdle = () => Date.now() - usedAt >= IDLE;

function used(event) {
  if (!event.isTrusted) return;
  if (covered || isIdle()) {
    comeBack();
    return;
  }
  usedAt = Date.now();
  if (usedAt - toldAt < SPACING) return;
  toldAt = usedAt;
  const body = new URLSearchParams({ csrf: line.dataset.csrf });
  fetch("/live/used", { method: "POST", body, keepalive: true }).catch(() => {});
}

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
  addEventListener(kind, used, { passive: true, capture: true });
}

// Covered: everything is taken off the page, and put back if the session holds after all, because
// it was used in another window.

let covered = null;

function cover() {
  if (covered) return;
  const card = document.createElement("main");
  const title = document.createElement("h1");
  const about = document.createElement("p");
  card.className = "card";
  card.tabIndex = -1;
  title.textContent = line.dataset.lockedTitle;
  card.append(title, about);
  const place = document.createComment("");
  line.replaceWith(place);
  covered = { place, about, parts: [...document.body.childNodes], title: document.title };
  line.hidden = true;
  document.body.replaceChildren(card, line);
  document.title = line.dataset.lockedTitle;
  card.focus();
}

function uncover() {
  if (!covered) return;
  const { place, parts, title } = covered;
  covered = null;
  document.body.replaceChildren(...parts);
  line.hidden = false;
  place.replaceWith(line);
  document.title = title;
  line.dispatchEvent(new Event("uncovered"));
}

function sayWhy() {
  cover();
  covered.about.textContent = line.dataset.locked;
}

let looking = false;

async function look() {
  if (looking || !isIdle()) return false;
  looking = true;
  const signal = within(PATIENCE);
  const answer = await fetch("/live/here", { cache: "no-store", signal }).catch(() => null);
  looking = false;
  if (answer?.status === 401) line.dispatchEvent(new Event("over"));
  else if (answer?.ok) uncover();
  else sayWhy();
  return Boolean(answer?.ok);
}

/** Nothing is seen until it is known whether the session holds. */
async function comeBack() {
  if (!isIdle()) return;
  cover();
  if (await look()) usedAt = Date.now();
}

setInterval(look, LOOKS);
addEventListener("online", look);
for (const kind of ["focus", "pageshow"]) addEventListener(kind, comeBack);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) comeBack();
});

// The session has ended: the page does too, except for words that nobody else has. Whoever is there
// keeps them before their eyes; those of a page that was locked go on to the form to sign in, sealed.

line.addEventListener("ended", () => {
  const unkept = form && form.dataset.unkept !== undefined;
  const words = unkept ? boxes.filter((box) => box.value.trim()) : [];
  if (!words.length) {
    location.replace(`/login?${new URLSearchParams({ back: location.pathname })}`);
  } else if (covered || isIdle()) {
    form.hidden = true;
    form.append(...boxes);
    document.body.replaceChildren(form);
    form.action = form.dataset.draft;
    form.submit();
  } else {
    document.body.replaceChildren(line, kept(words));
  }
});

function kept(words) {
  const card = document.createElement("main");
  card.className = "card";
  const link = document.createElement("a");
  link.className = "button";
  link.href = "/login";
  link.textContent = line.dataset.signIn;
  const copies = words.map((box) => {
    const copy = document.createElement("textarea");
    copy.readOnly = true;
    copy.setAttribute("aria-label", box.labels[0]?.textContent ?? "");
    copy.value = box.value;
    return copy;
  });
  card.append(...copies, link);
  return card;
}
