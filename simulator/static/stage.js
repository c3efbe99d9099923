"use strict";
// A scene starts without a reload, so that the desk keeps its place. The page works without it.
(() => {
  const form = document.getElementById("scenes");
  const says = document.getElementById("playing");
  const log = document.getElementById("night");
  const list = log.querySelector("ol");
  const beside = document.getElementById("beside");
  const pagers = document.getElementById("pagers");
  let looks = null;

  // The pagers stand where the other phone stood, for as long as a night shift is played.
  const playNight = (night) => {
    log.hidden = !night;
    if (beside) beside.hidden = night;
    if (!pagers) return;
    pagers.hidden = !night;
    for (const pager of pagers.querySelectorAll("iframe[data-src]")) {
      if (night) {
        pager.src = pager.dataset.src;
        delete pager.dataset.src;
      }
    }
    clearInterval(looks);
    if (night) looks = setInterval(look, 500);
  };

  const look = async () => {
    let hours;
    try {
      const answer = await fetch("/stage/night");
      if (!answer.ok) return;
      hours = await answer.json();
    } catch {
      return;
    }
    if (hours.length < list.children.length) list.replaceChildren();
    for (const hour of hours.slice(list.children.length)) {
      const item = document.createElement("li");
      const time = document.createElement("time");
      time.textContent = hour.time;
      item.append(time, ` ${hour.says}`);
      list.append(item);
    }
  };

  if (!log.hidden) playNight(true);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const headers = { "X-From": "script" };
    const answer = await fetch(form.action, { method: "POST", body: fields, headers });
    if (!answer.ok) return;
    const told = await answer.json();
    says.textContent = told.says;
    list.replaceChildren();
    playNight(told.night);
    const frame = document.getElementById(told.where);
    frame.src = told.frames[told.where];
    const shown = new URL(told.frames[told.where], location.href).searchParams;
    const field = told.where === "sms" ? "phone" : "chat";
    form.elements[field].value = told.where === "sms" ? `+${shown.get("phone")}` : shown.get("chat");
  });
})();
