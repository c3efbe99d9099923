"use strict";
// Keeps an open page as the line has it. Each page works without: by its link to refresh it.

const line = document.getElementById("connection");
const address = new URL(line.getAttribute("hx-sse:connect"), location.origin).searchParams;
const typed = () => ["reply", "note"].map((id) => document.getElementById(id)).filter(Boolean);

// The session has ended: nothing is listened to any more. What is left of the page is lock.js's.

let over = false;

function end() {
  if (over) return;
  over = true;
  clearTimeout(saying);
  say(line.dataset.signedOut);
  line.dispatchEvent(new Event("ended"));
}

// Blocks are fetched when something happened to them, and again when that failed.

const SPACING = 700;
const AGAIN = 2_000;
const waiting = new Map();
const fetched = new Map();
const failing = new Set();
const afresh = new Set();

function fetchBlock(id) {
  const block = document.getElementById(id);
  if (!block || over) return;
  fetched.set(id, performance.now());
  htmx.trigger(block, "live");
}

function refresh(id, least = 0) {
  if (waiting.has(id)) return;
  const spaced = (fetched.get(id) ?? -SPACING) + SPACING - performance.now();
  const wait = Math.max(spaced, least);
  if (wait <= 0) {
    fetchBlock(id);
    return;
  }
  const timer = setTimeout(() => {
    waiting.delete(id);
    fetchBlock(id);
  }, wait);
  waiting.set(id, timer);
}

const blockOf = (event) => (["rows", "board", "thread"].includes(event.target.id) ? event.target.id : null);

function failed(id) {
  failing.add(id);
  lost();
  refresh(id, AGAIN);
}

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (afresh.delete(blockOf(event))) request.action = request.action.replace(/since=\d+/, "since=");
});
document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx.response.status;
  const id = blockOf(event);
  if (status === 401) end();
  else if (event.target === line) reopen();
  else if (id && status >= 500) failed(id);
  else if (id && failing.delete(id)) found();
});
document.addEventListener("htmx:error", (event) => {
  const id = blockOf(event);
  if (event.target === line) reopen();
  else if (id) failed(id);
});

// Contact lost and found. A hiccup is not worth a word.

const HICCUP = 4_000;
let up = false;
let lostAt = null;
let saying = null;

function say(words) {
  if (line.textContent !== words) line.textContent = words;
}

function sayOffline() {
  const time = lostAt.toLocaleTimeString("sv-SE", { hour: "2-digit", minute: "2-digit" });
  say(line.dataset.offline.replace("%t", time));
}

function lost() {
  if (lostAt || over) return;
  lostAt = new Date();
  saying = setTimeout(sayOffline, HICCUP);
}

function found() {
  if (!up || failing.size) return;
  const box = document.getElementById("reply");
  if (lostAt && box?.value) box.dispatchEvent(new Event("input", { bubbles: true }));
  lostAt = null;
  clearTimeout(saying);
  say("");
}

const reachable = () =>
  fetch("/healthz", { cache: "no-store", signal: within(5_000) })
    .then((answer) => answer.ok)
    .catch(() => false);

/** What is sent while nothing is heard would be lost on the way: asked first, then sent. */
let sure = false;
document.addEventListener(
  "submit",
  async (event) => {
    const { target, submitter } = event;
    if (!lostAt || sure || ["send", "save-note"].includes(submitter?.id)) return; // sending.js asks
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await reachable())) {
      clearTimeout(saying);
      say(line.dataset.notSent);
      return;
    }
    if (!target.isConnected || submitter?.isConnected === false) return;
    sure = true;
    target.requestSubmit(submitter);
    sure = false;
  },
  true,
);

// The stream: numbers and ids. It stays open; only hidden pages but one let it go after a while.

const SILENCE = 40_000;
const HIDDEN = 20_000;
let stream = null;
let heardAt = 0;
let paused = false;
let tries = 0;
let opening = null;
let connecting = false;

function open() {
  if (stream || connecting || over || paused) return;
  connecting = true;
  htmx.trigger(line, "connect");
}

function reopen() {
  lost();
  up = connecting = false;
  clearTimeout(opening);
  opening = setTimeout(open, Math.min(500 * 2 ** tries, 15_000) * (0.7 + 0.6 * Math.random()));
  tries += 1;
}

function hurry() {
  if (paused || over) return;
  if (!stream) open();
  else if (!up) stream.delayCanceller?.();
  else if (performance.now() - heardAt > SILENCE) stream.reader?.cancel();
}

line.addEventListener("htmx:sse:before:connection", (event) => {
  const { connection } = event.detail;
  if (over || paused) connection.cancelled = true;
  else if (connection.attempt > 0) {
    up = false;
    lost();
  }
});
line.addEventListener("htmx:sse:after:connection", (event) => {
  stream = event.detail.connection;
  connecting = false;
  heardAt = performance.now();
  tries = 0;
  up = true;
  found();
});
line.addEventListener("htmx:sse:error", (event) => {
  up = false;
  if (event.detail.status === 401) end();
  else lost();
});
line.addEventListener("htmx:sse:close", () => {
  stream = null;
  up = false;
  if (!paused && !over) reopen();
});
line.addEventListener("htmx:sse:before:message", () => {
  heardAt = performance.now();
});
line.addEventListener("news", (event) => {
  const news = JSON.parse(event.detail.data);
  for (const id of ["rows", "board"]) {
    if (news.afresh) afresh.add(id);
    refresh(id);
  }
  const opened = address.get("open");
  if (!news.talks || news.talks.includes(opened)) refresh("thread");
});
line.addEventListener("over", end);
line.addEventListener("anew", async (event) => {
  const { same } = JSON.parse(event.detail.data);
  await drafts?.keep(); // the page that comes shows it
  location.replace(same ? location.pathname + location.search : "/queue");
});
line.addEventListener("uncovered", () => {
  for (const id of ["rows", "board", "thread"]) refresh(id);
});
setInterval(() => {
  if (up && performance.now() - heardAt > SILENCE) stream.reader?.cancel();
}, 10_000);
window.addEventListener("online", hurry);
window.addEventListener("offline", () => stream?.reader?.cancel());
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/** A browser has six connections for all its windows over HTTP/1.1. One hidden page listens for
 * all of them; whoever is shown again listens at once and catches up. */
let letGo = null;
let hiding = null;

function hide() {
  hiding = setTimeout(() => {
    if (!navigator.locks) return;
    paused = true;
    letGo = new AbortController();
    const { signal } = letGo;
    navigator.locks
      .request("utvag hidden page", { signal }, () => {
        paused = false;
        open();
        return new Promise((resolve) => signal.addEventListener("abort", resolve));
      })
      .catch(() => {});
    setTimeout(() => {
      if (paused) stream?.reader?.cancel();
    }, 500);
  }, HIDDEN);
}

function show() {
  clearTimeout(hiding);
  letGo?.abort();
  letGo = null;
  paused = false;
  hurry();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hide();
  else show();
  sign(document.hidden ? "away" : "reading");
});

// Who else is here.

const TYPING = 3_000;
let typedAt = -TYPING;
let there = {};
let asking = null;

function sign(doing) {
  if (!address.get("open") || over) return;
  const fields = { csrf: line.dataset.csrf, page: address.get("page"), talk: address.get("open") };
  const body = new URLSearchParams({ ...fields, doing });
  fetch("/live/sign", { method: "POST", body, keepalive: true }).catch(() => {});
}

function showThere() {
  for (const place of document.querySelectorAll("[data-here]")) {
    const words = there[place.dataset.here] ?? "";
    if (place.textContent !== words) place.textContent = words;
    place.hidden = !words;
  }
}

line.addEventListener("here", () => {
  asking ??= setTimeout(async () => {
    asking = null;
    const answer = await fetch("/live/here").catch(() => null);
    if (answer?.status === 401) end();
    if (!answer?.ok) return;
    there = await answer.json();
    showThere();
  }, 200);
});
for (const box of typed()) {
  box.addEventListener("input", (event) => {
    if (!event.isTrusted || performance.now() - typedAt < TYPING) return;
    typedAt = performance.now();
    sign("typing");
  });
}

// The number that waits, in the title; a quiet tone for whoever switched it on.

const SOUND = "utvag-sound";
const title = document.title;
const button = document.getElementById("sound");
let audio = null;
let before = null;

function tone(urgent) {
  audio ??= new AudioContext();
  audio.resume();
  const notes = urgent ? [587, 440, 587] : [440, 587];
  for (const [place, pitch] of notes.entries()) {
    const at = audio.currentTime + place * 0.22;
    const voice = audio.createOscillator();
    const volume = audio.createGain();
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.2, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    voice.connect(volume).connect(audio.destination);
    voice.start(at);
    voice.stop(at + 0.42);
  }
  line.dispatchEvent(new CustomEvent("sounded", { bubbles: true, detail: { urgent } }));
}

const wanted = () => localStorage.getItem(SOUND) === "on";

/** Of several windows one sounds. */
function ring(urgent) {
  if (!wanted()) return;
  if (!navigator.locks) {
    tone(urgent);
    return;
  }
  navigator.locks.request("utvag tone", { ifAvailable: true }, (lock) => {
    if (!lock) return null;
    tone(urgent);
    return new Promise((resolve) => setTimeout(resolve, 1_500));
  });
}

function snapshot() {
  const rows = document.querySelectorAll("#waiting [data-talk], #mine [data-talk]");
  const seen = [...rows].map((row) => [
    row.dataset.talk,
    { urgent: row.dataset.tier === "1", unread: Number(row.dataset.unread) },
  ]);
  return new Map(seen);
}

function heed() {
  const count = Number(document.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
  document.title = count ? `(${count}) ${title}` : title;
  const now = snapshot();
  const fresh = [...now].filter(([talk, row]) => {
    const was = before?.get(talk);
    return before && (!was || (row.urgent && !was.urgent) || row.unread > was.unread);
  });
  before = now;
  if (fresh.length) ring(fresh.some(([, row]) => row.urgent));
}

if (button) {
  const press = () => button.setAttribute("aria-pressed", String(wanted()));
  button.hidden = false;
  press();
  button.addEventListener("click", () => {
    localStorage.setItem(SOUND, wanted() ? "off" : "on");
    press();
    if (wanted()) tone(false);
  });
  window.addEventListener("storage", press);
}
document.addEventListener(
  "pointerdown",
  () => {
    if (wanted()) (audio ??= new AudioContext()).resume();
  },
  { once: true },
);
document.addEventListener("htmx:after:swap", () => {
  heed();
  showThere();
});
heed();
setTimeout(() => {
  open();
  if (document.hidden) hide();
});
