"use strict";
// Send and Save note leave the page where it is: who goes on writing while the words are on their
// way loses none, and what is sent is what stood in the box at the press. What the line does not
// simply take is posted as it is without a script.

const ONE_PRESS = 1_000; // milliseconds in which a second press belongs to the first
const ANSWERED = 20_000;
const OUTLIVES = 60_000; // bytes that a browser still sends for a page that is gone

function sendInPlace(form, box, note) {
  const state = document.getElementById("draft");
  const pressed = new Map();
  let held = [];
  let underWay = null;
  let leads = false;
  let takenAt = -ONE_PRESS;

  const boxOf = (button) => ({ send: box, "save-note": note })[button?.id];
  const since = (words, said) =>
    words.startsWith(said) ? words.slice(said.length).trimStart() : words;

  /** What the line has now is taken out; what was written since stays. */
  function takeOut(written, said) {
    if (!written.value.startsWith(said)) return;
    written.value = since(written.value, said);
    written.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** `said` goes, and the page that comes has what stands in both boxes by now. */
  function postAsAPage(place, fields, written, said) {
    for (const each of [box, note]) fields.set(each.name, each.value);
    fields.set(written.name, said);
    if (written.value !== said) fields.set(`${written.name}_stands`, written.value);
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
    leads = true;
    document.body.append(page);
    page.submit();
  }

  const answered = (has) => form.dispatchEvent(new CustomEvent("answered", { detail: has }));

  function asked(button, said) {
    const fields = new URLSearchParams(new FormData(form, button));
    const written = boxOf(button);
    fields.set(written.name, said);
    const place = button.hasAttribute("formaction") ? button.formAction : form.action;
    return { fields, place, written, said };
  }

  async function send({ fields, place, written, said }) {
    underWay = { written, said };
    const reply = box.value;
    state.textContent = form.dataset[written === box ? "sending" : "saving"];
    const body = new URLSearchParams([...fields, ["quiet", "1"]]);
    const keepalive = body.toString().length < OUTLIVES;
    const signal = AbortSignal.timeout(ANSWERED);
    const request = { method: "POST", body, redirect: "manual", keepalive, signal };
    const answer = await fetch(place, request).catch(() => null);
    const taken = answer?.status === 200 ? await answer.json().catch(() => null) : null;
    if (answer?.status === 204 || answer?.status === 401) {
      postAsAPage(place, fields, written, said);
      return;
    }
    underWay = null;
    if (taken) {
      form.elements.form_key.value = taken.form_key;
      for (const tick of form.querySelectorAll("[name=asked]")) tick.checked = false;
      takeOut(written, said);
      takenAt = performance.now();
    }
    const refused = answer && answer.status >= 400 && answer.status < 500;
    say(taken ? "" : form.dataset[refused ? "refused" : "unsure"]);
    answered(!taken ? {} : written === box ? { reply: "" } : { reply, note: "" });
    if (answer?.type === "opaqueredirect") end();
    else refresh("thread");
    const waiting = taken ? held : [];
    held = [];
    for (const each of waiting) {
      press(each);
      if (!boxOf(each.button)) break;
    }
  }

  function press({ form, button, words }) {
    if (!form.isConnected || (button && !button.isConnected)) return;
    if (boxOf(button)) pressed.set(boxOf(button), words);
    form.requestSubmit(button);
  }

  document.addEventListener(
    "click",
    (event) => {
      const written = boxOf(event.target.closest("button"));
      if (written) pressed.set(written, written.value);
    },
    true,
  );

  /** Whatever is pressed meanwhile is done once the line has the words, and not if it has not. */
  function wait(event) {
    if (!underWay || leads) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    const written = boxOf(submitter);
    let words = pressed.get(written);
    pressed.delete(written);
    if (written && written === underWay.written) words = since(words ?? "", underWay.said);
    if (written && !words?.trim()) return;
    held = held.filter((each) => !written || boxOf(each.button) !== written);
    held.push({ form: target, button: submitter, words });
  }

  document.addEventListener("submit", wait, true);
  document.addEventListener("submit", (event) => {
    const written = boxOf(event.submitter);
    if (event.target !== form || event.defaultPrevented || !written || leads) return;
    const said = pressed.get(written);
    pressed.delete(written);
    const again = said === undefined || (!said.trim() && performance.now() - takenAt < ONE_PRESS);
    // A page that says what went wrong is made anew as a whole.
    const whole = over || document.querySelector(".trouble, .betrays, [aria-invalid]");
    if (!again && whole && said === written.value) return;
    event.preventDefault();
    if (again) answered({});
    else {
      const { fields, place } = asked(event.submitter, said);
      if (whole) postAsAPage(place, fields, written, said);
      else send({ fields, place, written, said });
    }
  });
}

if (form) sendInPlace(form, document.getElementById("reply"), document.getElementById("note"));
