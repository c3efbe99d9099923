"use strict";
// This browser asks its push service for an address, and the form brings it to the line.

const form = document.getElementById("push-form");
const button = document.getElementById("push-add");
const note = document.getElementById("push-cannot");

function say(words) {
  note.textContent = words;
  note.setAttribute("role", "alert");
  note.hidden = false;
}

/** One that was made for another key of the line is given up. */
async function subscribed(registration) {
  const wish = { userVisibleOnly: true, applicationServerKey: form.dataset.key };
  try {
    return await registration.pushManager.subscribe(wish);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    const earlier = await registration.pushManager.getSubscription();
    await earlier?.unsubscribe();
    return registration.pushManager.subscribe(wish);
  }
}

async function enrol() {
  if ((await Notification.requestPermission()) !== "granted") {
    say(form.dataset.denied);
    return;
  }
  try {
    const subscription = await subscribed(await navigator.serviceWorker.ready);
    const told = JSON.stringify(subscription);
    form.elements.subscription.value = told;
    // By which the worker proves who it is when the browser renews the subscription by itself.
    const cache = await caches.open("utvag device");
    await cache.put("/device", new Response(told));
    form.submit();
  } catch {
    say(form.dataset.failed);
  }
}

if (form && navigator.serviceWorker && "PushManager" in window && "Notification" in window) {
  note.hidden = true;
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enrol();
  });
}
