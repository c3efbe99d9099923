"use strict";
// Send and Save note leave the page where it is: who goes on writing while the words are on their
// way loses none. What the line does not simply take is posted as it is without a script.

const ONE_PRESS = 1_000; // milliseconds in which a second press belongs to the first
const ANSWERED = 20_000;

function sendInPlace(form, box, note) {
  const state = document.getElementById("draft");
  let underWay = false;
  let next = null;
  let takenAt = -ONE_PRESS;

  const boxOf = (button) => ({ send: box, "save-note": note })[button?.id];

  /** What the line has now is taken out; what was written since stays. */
  function takeOut(written, said) {
    if (!written.value.startsWith(said)) return;
    written.value = written.value.slice(said.length).trimStart();
    written.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function postAsAPage(place, fields) {
    const page = document.createElement("form");
    page.method = "post";
    page.action = place;
    page.hidden = true;
    for (const [name, value] of fields) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      page.append(field);
    }
    document.body.append(page);
    page.submit();
  }

  async function send(button) {
    const fields = new URLSearchParams(new FormData(form, button));
    const place = button.hasAttribute("formaction") ? button.formAction : form.action;
    const written = boxOf(button);
    const [reply, said] = [box.value, written.value];
    state.textContent = form.dataset[written === box ? "sending" : "saving"];
    const body = new URLSearchParams([...fields, ["quiet", "1"]]);
    const signal = AbortSignal.timeout(ANSWERED);
    const request = { method: "POST", body, redirect: "manual", keepalive: true, signal };
    const answer = await fetch(place, request).catch(() => null);
    const taken = answer?.status === 200 ? await answer.json().catch(() => null) : null;
    if (!taken && answer) {
      for (const each of [box, note]) fields.set(each.name, each.value);
      postAsAPage(place, fields);
      return;
    }
    if (taken) {
      form.elements.form_key.value = taken.form_key;
      for (const tick of form.querySelectorAll("[name=asked]")) tick.checked = false;
      takeOut(written, said);
      takenAt = performance.now();
      refresh("thread");
    }
    say(taken ? "" : form.dataset.unsure);
    const has = written === box ? { reply: "" } : { reply, note: "" };
    form.dispatchEvent(new CustomEvent("answered", { detail: taken ? has : {} }));
    underWay = false;
    const pressed = taken && next;
    next = null;
    if (pressed && boxOf(pressed).value.trim()) form.requestSubmit(pressed);
  }

  document.addEventListener("submit", (event) => {
    const written = boxOf(event.submitter);
    if (event.target !== form || event.defaultPrevented || !written) return;
    const again = !written.value.trim() && performance.now() - takenAt < ONE_PRESS;
    // A page that says what went wrong is made anew as a whole.
    const whole = over || document.querySelector(".trouble, .betrays, [aria-invalid]");
    if (whole && !underWay) return;
    event.preventDefault();
    if (underWay) next = event.submitter;
    else if (!again) {
      underWay = true;
      send(event.submitter);
    }
  });
}

if (form) sendInPlace(form, document.getElementById("reply"), document.getElementById("note"));
