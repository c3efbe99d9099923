"use strict";
// A scene starts without a reload, so that the desk keeps its place. The page works without it.
(() => {
  const form = document.getElementById("scenes");
  const says = document.getElementById("playing");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const headers = { "X-From": "script" };
    const answer = await fetch(form.action, { method: "POST", body: fields, headers });
    if (!answer.ok) return;
    const told = await answer.json();
    says.textContent = told.says;
    const frame = document.getElementById(told.where);
    frame.src = told.frames[told.where];
    const shown = new URL(told.frames[told.where], location.href).searchParams;
    const field = told.where === "sms" ? "phone" : "chat";
    form.elements[field].value = told.where === "sms" ? `+${shown.get("phone")}` : shown.get("chat");
  });
})();
