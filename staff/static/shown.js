"use strict";
// What came while the page of a conversation's owner is open is read once it stands before them: the
// page is shown, not hidden behind another, and the newest of it is within the part that they see.

let told = null;
let reading = { since: null, to: null };
/** When the thread was asked for, until its answer is in place: it may be of before the reading. */
let asked = null;
const LONG = 3_000;
const SOON_AGAIN = 300;
/** While it is being told, what is held up until the line has answered: the page made anew. */
let telling = null;

const numberOf = (address) => /since=(\d+)/.exec(address ?? "")?.[1];

async function tellShown() {
  const thread = document.getElementById("thread");
  const newest = thread?.dataset.shown;
  if (!newest || newest === told || over || document.visibilityState !== "visible") return;
  if (telling || (asked !== null && performance.now() - asked < LONG)) {
    setTimeout(watch, SOON_AGAIN);
    return;
  }
  told = newest;
  const since = numberOf(thread.getAttribute("hx-get"));
  const body = new URLSearchParams({ csrf: line.dataset.csrf, seen: newest, since });
  const place = `/conversations/${address.get("open")}/shown`;
  telling = { since, held: false };
  const signal = within(5_000);
  const answer = await fetch(place, { method: "POST", body, signal }).catch(() => null);
  const said = answer?.status === 200 ? await answer.json().catch(() => null) : null;
  if (said) reading = { since, to: said.event };
  else if (!answer?.ok) told = null;
  const { held } = telling;
  telling = null;
  if (held) refresh("thread");
  else if (thread.dataset.shown !== newest) watch();
}

const watcher = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) tellShown();
});
let came = false;

function watch() {
  watcher.disconnect();
  if (!came) return;
  const last = [...document.querySelectorAll("#thread .said:has(.tag.new)")].at(-1);
  if (last) watcher.observe(last);
}

document.addEventListener("htmx:after:swap", () => {
  came = true;
  watch();
});
document.addEventListener("visibilitychange", watch);
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.id === "thread") asked = performance.now();
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.target.id !== "thread") return;
  asked = null;
  watch();
});

// The reading is an event too, and may be heard of before the answer to it; by itself it does not
// make the page anew.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (event.target.id !== "thread") return;
  if (telling && numberOf(request.action) === telling.since) {
    telling.held = true;
    event.preventDefault();
    return;
  }
  if (reading.to === null || numberOf(request.action) !== reading.since) return;
  request.action = request.action.replace(/since=\d+/, `since=${reading.to}`);
});
