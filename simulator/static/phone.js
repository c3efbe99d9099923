"use strict";
// Sends without a reload and asks once a second for what is new. The page works without it.
(() => {
  for (const link of document.querySelectorAll(".choice [aria-current]")) {
    const list = link.closest("ul");
    list.scrollLeft += link.getBoundingClientRect().left - list.getBoundingClientRect().left - 16;
  }
  if (!document.getElementById("thread")) return; // during a call there is nothing to write

  const screen = document.getElementById("screen");
  const thread = document.getElementById("thread");
  const form = document.getElementById("compose");
  const box = document.getElementById("body");
  const offline = document.getElementById("offline");
  let busy = false;
  let again = false;

  const atEnd = () => screen.scrollHeight - screen.scrollTop - screen.clientHeight < 48;
  const toEnd = () => { screen.scrollTop = screen.scrollHeight; };

  const show = (html) => {
    const follow = atEnd();
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const items = [...fresh.content.children];
    const wanted = new Set(items.map((item) => item.id));
    for (const old of [...thread.children]) if (!wanted.has(old.id)) old.remove();
    items.forEach((item, place) => {
      const here = thread.children[place];
      if (here && here.id === item.id) {
        if (here.outerHTML !== item.outerHTML) here.replaceWith(item);
      } else {
        thread.insertBefore(item, here || null);
      }
    });
    if (follow) toEnd();
  };

  const look = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(`${thread.dataset.address}&since=${thread.dataset.revision}`);
      if (answer.status === 200) {
        thread.dataset.revision = answer.headers.get("X-Revision");
        show(await answer.text());
      }
    } catch {
      // The next look in a second tries again.
    } finally {
      busy = false;
      if (again) { again = false; look(); }
    }
  };

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  };

  const send = async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    if (!fields.get("body").trim() && !fields.has("picture")) return;
    box.value = "";
    grow();
    try {
      const answer = await fetch(form.action, {method: "POST", body: fields, headers: {"X-From": "script"}});
      if (!answer.ok) throw new Error(String(answer.status));
      offline.textContent = "";
      toEnd();
      await look();
    } catch {
      if (!box.value) box.value = fields.get("body");
      grow();
      offline.textContent = offline.dataset.text;
    }
  };

  form.addEventListener("submit", send);
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".send"));
    }
  });
  document.documentElement.classList.add("live");
  toEnd();
  setInterval(() => { if (!document.hidden) look(); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
})();
