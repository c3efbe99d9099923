"use strict";
// Of both phones: sends and presses without a reload, and asks once a second for what is new. The
// page works without it.
(() => {
  for (const link of document.querySelectorAll(".choice [aria-current]")) {
    const list = link.closest("ul");
    list.scrollLeft += link.getBoundingClientRect().left - list.getBoundingClientRect().left - 16;
  }
  if (!document.getElementById("thread")) return; // during a call there is nothing to write

  const screen = document.getElementById("screen");
  const thread = document.getElementById("thread");
  const form = document.getElementById("compose");
  const box = form && form.querySelector("textarea");
  const offline = document.getElementById("offline");
  let busy = false;
  let again = false;

  const atEnd = () => screen.scrollHeight - screen.scrollTop - screen.clientHeight < 48;
  const toEnd = () => { screen.scrollTop = screen.scrollHeight; };
  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  };

  // What is not new keeps its place in the page, and the focus with it.
  const refresh = (old, item) => {
    const focused = old.contains(document.activeElement) && document.activeElement.value;
    old.replaceWith(item);
    if (focused) {
      const same = [...item.querySelectorAll("button")].find((button) => button.value === focused);
      if (same) same.focus();
    }
  };

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
        if (here.outerHTML !== item.outerHTML) refresh(here, item);
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
        const writing = box && box.value;
        const stage = answer.headers.get("X-Stage") ?? undefined; // only a messenger has stages
        if (stage !== thread.dataset.stage && !writing) {
          location.reload();
          return;
        }
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

  const send = async (event) => {
    const sent = event.target;
    if (!sent.classList.contains("live")) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(sent, event.submitter));
    const writes = sent === form;
    if (writes) {
      if (!fields.get(box.name).trim() && !fields.has("picture")) return;
      box.value = "";
      grow();
    }
    const fold = sent.closest("details");
    if (fold) fold.open = false;
    try {
      const answer = await fetch(sent.action, {method: "POST", body: fields, headers: {"X-From": "script"}});
      if (!answer.ok) throw new Error(String(answer.status));
      offline.textContent = "";
      toEnd();
      await look();
    } catch {
      if (writes && !box.value) { box.value = fields.get(box.name); grow(); }
      offline.textContent = offline.dataset.text;
    }
  };

  document.addEventListener("submit", send);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const fold of document.querySelectorAll(".fold[open]")) {
      fold.open = false;
      fold.querySelector("summary").focus();
    }
  });
  if (box) {
    box.addEventListener("input", grow);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit(form.querySelector(".send"));
      }
    });
    if (box.value) grow();
  }
  document.documentElement.classList.add("live");
  toEnd();
  setInterval(() => { if (!document.hidden) look(); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
})();
