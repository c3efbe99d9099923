"use strict";
// The app without a network: one page that shows nothing of anybody. No conversation, no queue and
// no answer of the line is ever kept here. And pages to a counsellor: shown, pressed, acknowledged.
// Beside that page stands what this browser's push service knows it by, so that it can be followed.

const OFFLINE = "/offline";
const STYLE = "{{ style }}";
const KEPT = `utvag ${STYLE}`;
const DEVICE = "utvag device";
const PUSH_KEY = "{{ push_key }}";

self.addEventListener("install", (event) => {
  const asked = [OFFLINE, STYLE].map((path) => new Request(path, { credentials: "omit" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(asked)));
  // The last words of a page that goes must not wait for a worker: with the page gone they are lost.
  event.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" });
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const others = (names) => Promise.all(names.filter((n) => n !== KEPT && n !== DEVICE).map((n) => caches.delete(n)));
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
  event.waitUntil(shown(told).then(() => reported(told)));
});

/** That it was shown, once; nobody is told what was answered, and no session is used. */
async function reported(told) {
  if (!told.shown) return;
  const body = new URLSearchParams({ shown: told.shown });
  await fetch("/pages/shown", { method: "POST", credentials: "omit", body }).catch(() => null);
}

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

async function lastKnown() {
  const kept = await caches.match("/device", { cacheName: DEVICE });
  return kept ? kept.text() : "";
}

async function remember(told) {
  const cache = await caches.open(DEVICE);
  await cache.put("/device", new Response(told));
}

async function subscribedAnew() {
  try {
    const wish = { userVisibleOnly: true, applicationServerKey: PUSH_KEY };
    return await self.registration.pushManager.subscribe(wish);
  } catch {
    return null; // The line is told so, and whoever is paged here hears it by another way.
  }
}

/** The browser has renewed its subscription, or lost it. The old one, with its secret, is the proof:
 * no session is used. A line that cannot be reached is told a little later. */
async function renewed(event) {
  const old = event.oldSubscription ? JSON.stringify(event.oldSubscription) : await lastKnown();
  if (!old || !PUSH_KEY) return;
  const fresh = event.newSubscription ?? (await subscribedAnew());
  const told = fresh ? JSON.stringify(fresh) : "";
  const body = new URLSearchParams({ old, new: told });
  for (const wait of [0, 2000, 8000]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const asked = { method: "POST", credentials: "omit", body };
    const answer = await fetch("/pages/renewed", asked).catch(() => null);
    if (answer?.ok) {
      await remember(told);
      return;
    }
  }
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewed(event)));
