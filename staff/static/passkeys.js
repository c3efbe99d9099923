"use strict";
// Asks the browser for a passkey and lets a form bring its answer to the line: to add one, to sign
// in, or to prove who somebody is that has no passphrase, or not in mind. Else the passphrase does.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const prfOf = (credential) => credential.getClientExtensionResults().prf;

async function options(form, address) {
  const { deed = "", about = "" } = form.dataset;
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, deed, about });
  const answer = await fetch(address, { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  const asked = await answer.json();
  const prf = { eval: { first: bytes(asked.prf) } };
  delete asked.prf;
  return { ...asked, challenge: bytes(asked.challenge), extensions: { prf } };
}

const listed = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function answered({ id, type, rawId }, response) {
  return JSON.stringify({ id, type, rawId: written(rawId), response, clientExtensionResults: {} });
}

function bring(form, credential, response, first) {
  form.elements.credential.value = answered(credential, response);
  form.elements.prf.value = first ? written(first) : "";
  form.submit();
}

function signed({ clientDataJSON, authenticatorData, signature, userHandle }) {
  return {
    clientDataJSON: written(clientDataJSON),
    authenticatorData: written(authenticatorData),
    signature: written(signature),
    userHandle: userHandle && written(userHandle),
  };
}

async function enter(form) {
  const asked = await options(form, form.dataset.options);
  const credential = await navigator.credentials.get({
    publicKey: { ...asked, allowCredentials: [] },
  });
  bring(form, credential, signed(credential.response), prfOf(credential)?.results?.first);
}

/** With one of their own, before anything else is done. */
async function prove(form) {
  const asked = await options(form, form.dataset.proof);
  const credential = await navigator.credentials.get({
    publicKey: { ...asked, allowCredentials: listed(asked.allowCredentials) },
  });
  const first = prfOf(credential)?.results?.first;
  form.elements.proof.value = answered(credential, signed(credential.response));
  form.elements.proof_prf.value = first ? written(first) : "";
}

/** Many authenticators give the output only when they are asked once more. */
async function output(credential, asked) {
  const prf = prfOf(credential);
  if (prf?.results?.first || !prf?.enabled) return prf?.results?.first;
  const again = await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rpId: asked.rp.id,
      allowCredentials: [{ type: "public-key", id: credential.rawId }],
      userVerification: "required",
      extensions: asked.extensions,
    },
  });
  return prfOf(again)?.results?.first;
}

async function enrol(form) {
  const asked = await options(form, form.dataset.options);
  const known = listed(asked.excludeCredentials);
  const user = { ...asked.user, id: bytes(asked.user.id) };
  const credential = await navigator.credentials.create({
    publicKey: { ...asked, user, excludeCredentials: known },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  const response = {
    clientDataJSON: written(clientDataJSON),
    attestationObject: written(attestationObject),
  };
  bring(form, credential, response, await output(credential, asked));
}

const WORK = { enter, enrol };
const here = (form) => window.PublicKeyCredential && location.hostname === form.dataset.host;

for (const form of document.querySelectorAll("form[data-passkey], form[data-proof]")) {
  if (!here(form)) continue;
  const said = form.querySelector("[data-said]");
  for (const part of document.querySelectorAll(`[data-shows="${form.dataset.passkey}"]`)) {
    part.hidden = false;
  }
  const phrase = form.querySelector("[data-passphrase]");
  const work = async (proves) => {
    said.textContent = "";
    try {
      if (proves) await prove(form);
      if (form.dataset.passkey) await WORK[form.dataset.passkey](form);
      else form.submit();
    } catch {
      said.textContent = form.dataset.failed;
    }
  };
  form.addEventListener("submit", (event) => {
    const proves = form.dataset.proof && !phrase;
    if (!proves && !form.dataset.passkey) return;
    event.preventDefault();
    work(proves);
  });
  const instead = form.querySelector("[data-by-passkey]");
  if (!instead) continue;
  instead.hidden = false;
  instead.addEventListener("click", () => {
    phrase.required = false;
    if (form.reportValidity()) work(true);
    phrase.required = true;
  });
}
