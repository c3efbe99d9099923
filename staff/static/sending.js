"use strict";
// Send and Save note leave the page where it is: who goes on writing while the words are on their
// way loses none, and what goes is what stood in the box at the press. What the line does not simply
// take is posted as it is without a script.

const ONE_PRESS = 1_000; // milliseconds in which a second press belongs to the first
const ANSWERED = 20_000;
const OUTLIVES = 60_000; // bytes that a browser still sends for a page that is gone

function sendInPlace(form, box, note) {
  const state = document.getElementById("draft");
  const unsent = document.getElementById("unsent");
  let underWay = null;
  let next = null;
  let takenAt = -ONE_PRESS;
  let composing = false;

  const boxOf = (button) => ({ send: box, "save-note": note })[button?.id];
  const since = (words, said) =>
    words.startsWith(said) ? words.slice(said.length).trimStart() : words;

  /** What the line has now is taken out, under the hands of whoever writes; what came since stays. */
  async function takeOut(written, said) {
    const over = () => new Promise((ends) => addEventListener("compositionend", ends, { once: true }));
    if (composing) await over();
    const left = since(written.value, said);
    if (left === written.value && left) return false;
    written.setRangeText("", 0, written.value.length - left.length, "preserve");
    written.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  /** `said` goes, and the page that comes has what stands in both boxes by now. */
  function postAsAPage({ place, fields, written, said }) {
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
    underWay.leads = true;
    document.body.append(page);
    page.submit();
  }

  /** What the line says: the key of the next form, "page" where one is needed, or why not. */
  async function ask({ place, fields }) {
    if (lostAt && !(await reachable())) return "notSent";
    const body = new URLSearchParams([...fields, ["quiet", "1"]]);
    const keepalive = body.toString().length < OUTLIVES;
    underWay.gone = true;
    const request = { method: "POST", body, redirect: "manual", keepalive, signal: within(ANSWERED) };
    const answer = await fetch(place, request).catch(() => null);
    if (answer?.status === 200) return answer.json().catch(() => "unsure");
    if (answer?.status === 204 || answer?.status === 401) return "page";
    if (answer?.type === "opaqueredirect") end();
    return answer?.status >= 400 && answer.status < 500 ? "refused" : "unsure";
  }

  async function send(press) {
    const { written, said, whole } = press;
    underWay = press;
    unsent.textContent = "";
    const tell = () => {
      state.textContent = form.dataset[written === box ? "sending" : "saving"];
    };
    tell();
    await drafts.hold();
    tell();
    const reply = box.value;
    const answer = whole ? "page" : await ask(press);
    if (answer === "page") {
      postAsAPage(press);
      return;
    }
    const key = answer.form_key;
    if (key) {
      form.elements.form_key.value = key;
      others?.tell(written, said);
      // What was read of one text counts for no other; a note asks nothing.
      const ticked = written === box ? form.querySelectorAll("[name=asked]") : [];
      for (const tick of ticked) tick.checked = false;
      if (!(await takeOut(written, said))) unsent.textContent = form.dataset.other;
      takenAt = performance.now();
    } else if (answer === "notSent") say(line.dataset.notSent);
    else unsent.textContent = form.dataset[answer] ?? form.dataset.unsure;
    underWay = null;
    drafts.release(!key ? {} : written === box ? { reply: "" } : { reply, note: "" });
    refresh("thread");
    const waits = key ? next : null;
    next = null;
    if (waits?.press) send({ ...waits.press, fields: fieldsOf(waits.press) });
    else if (waits?.target.isConnected && waits.submitter?.isConnected !== false)
      waits.target.requestSubmit(waits.submitter);
  }

  function fieldsOf({ button, written, said }) {
    const fields = new URLSearchParams(new FormData(form, button));
    fields.set(written.name, said);
    return fields;
  }

  /** The first of what is pressed meanwhile is done once the line has the words, if it has them. */
  function wait({ target, submitter }, press) {
    if (underWay.leads || next) return;
    if (!press) next = { target, submitter };
    else {
      const said = press.written === underWay.written ? since(press.said, underWay.said) : press.said;
      if (said.trim()) next = { press: { ...press, said } };
    }
  }

  function pressed(button, written) {
    const place = button.hasAttribute("formaction") ? button.formAction : form.action;
    // A page that says what went wrong is made anew as a whole.
    const whole = over || document.querySelector(".trouble, .betrays, [aria-invalid]") !== null;
    const press = { button, written, said: written.value, place, whole, at: performance.now() };
    return { ...press, fields: fieldsOf(press) };
  }

  document.addEventListener(
    "submit",
    (event) => {
      const { target, submitter } = event;
      const written = target === form ? boxOf(submitter) : undefined;
      const ours = new URL(target.action).pathname.startsWith("/conversations/");
      if (!written && !(underWay && ours)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const press = written && pressed(submitter, written);
      const again = press && !press.said.trim() && press.at - takenAt < ONE_PRESS;
      if (underWay) wait(event, press);
      else if (!again) send(press);
    },
    true,
  );
  form.addEventListener("compositionstart", () => {
    composing = true;
  });
  form.addEventListener("compositionend", () => {
    composing = false;
  });
  // Whoever leaves while what goes still waits for a draft that is being kept: it goes with the page.
  addEventListener("pagehide", () => {
    if (!underWay || underWay.leads || over) return;
    const { place, fields, written, gone } = underWay;
    if (!gone) navigator.sendBeacon(place, new URLSearchParams([...fields, ["quiet", "1"]]));
    drafts.leave(written);
  });
  addEventListener("beforeunload", (event) => {
    if (!underWay || underWay.leads || over) return;
    const { written, said, at } = underWay;
    if (written.value !== said || performance.now() - at > ONE_PRESS) event.preventDefault();
  });
}

if (form) sendInPlace(form, document.getElementById("reply"), document.getElementById("note"));
