"use strict";
// The line locks a session that nobody uses. Somebody who types, points or scrolls is there: the
// line is told so, and nothing else.

const line = document.getElementById("connection");
const SPACING = 21_000;
const IDLE = 10 * 60_000;
const LOOKS = 15_000;
let toldAt = Date.now();
let usedAt = Date.now();

function used(event) {
  if (!event.isTrusted) return;
  usedAt = Date.now();
  if (usedAt - toldAt < SPACING) return;
  toldAt = usedAt;
  const body = new URLSearchParams({ csrf: line.dataset.csrf });
  fetch("/live/used", { method: "POST", body, keepalive: true }).catch(() => {});
}

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
  addEventListener(kind, used, { passive: true, capture: true });
}

/** Where the stream does not say that the session is over, such as in a window that was hidden. */
setInterval(async () => {
  if (Date.now() - usedAt < IDLE) return;
  const answer = await fetch("/live/here").catch(() => null);
  if (answer?.status === 401) line.dispatchEvent(new Event("over"));
}, LOOKS);
