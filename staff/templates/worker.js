"use strict";
// The app without a network: one page that shows nothing of anybody. No conversation, no queue and
// no answer of the line is ever kept here.

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
