"use strict";
// The app without a network: one page that shows nothing of anybody. No conversation, no queue and
// no answer of the line is ever kept here. And pages to a counsellor: shown, pressed, acknowledged.

const OFFLINE = "/offline";
const STYLE = "{{ style }}";
const KEPT = `utvag ${STYLE}`;

self.addEventListener("install", (event) => {
  const asked = [OFFLINE, STYLE].map((path) => new Request(path, { credentials: "omit" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(asked)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const others = (names) => Promise.all(names.filter((n) => n !== KEPT).map((n) => caches.delete(n)));
  event.waitUntil(caches.keys().then(others));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (new URL(request.url).pathname + new URL(request.url).search === STYLE) {
    event.respondWith(fetch(request).catch(() => caches.match(STYLE)));
  }
});

const WAITS = "{{ t("worker.waits") }}";
const FAILED = "{{ t("worker.failed") }}";
const ICON = "/icons/any-192.png";

/** A notification is shown whatever came: the browser asks for one, and somebody may be waiting. */
function shown(told) {
  const { title, body, topic, read } = told;
  return self.registration.showNotification(title || "{{ t("app.name") }}", {
    body: body || WAITS,
    tag: topic || "page",
    renotify: true,
    requireInteraction: true,
    icon: ICON,
    vibrate: [400, 200, 400],
    actions: read ? [{ action: "read", title: read }] : [],
    data: told,
  });
}

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json() ?? {};
  } catch {
    // Nothing that can be read: it is shown all the same.
  }
  event.waitUntil(shown(told));
});

/** Its own proof goes with it: no session is needed, and none is used. */
async function pressed(told) {
  const body = new URLSearchParams({ mark: told.mark ?? "" });
  const answer = await fetch("/pages/pressed", { method: "POST", credentials: "omit", body });
  if (answer.ok) return (await answer.json()).said;
  if (answer.status === 404) return null;
  throw new Error(String(answer.status));
}

async function open(path) {
  const there = new URL(path ?? "/queue", self.location.origin);
  if (there.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const here = windows.find((one) => new URL(one.url).pathname === there.pathname);
  await (here ? here.focus() : self.clients.openWindow(there.href));
}

async function acknowledge(told, alone) {
  try {
    const said = await pressed(told);
    if (alone && said) await shown({ ...told, body: said, read: "", mark: "" });
  } catch {
    // It may be pressed again: nobody takes it for acknowledged.
    await shown({ ...told, body: `${told.body ?? WAITS} ${FAILED}` });
  }
}

self.addEventListener("notificationclick", (event) => {
  const told = event.notification.data ?? {};
  const alone = event.action === "read";
  event.notification.close();
  const work = [told.mark ? acknowledge(told, alone) : null, alone ? null : open(told.path)];
  event.waitUntil(Promise.allSettled(work));
});
