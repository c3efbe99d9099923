"use strict";
// Asks the browser for a passkey and lets a form bring its answer to the line. Without it, or where
// the browser knows none, the passphrase does.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const prfOf = (credential) => credential.getClientExtensionResults().prf;

async function options(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value });
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  const asked = await answer.json();
  const prf = { eval: { first: bytes(asked.prf) } };
  delete asked.prf;
  return { ...asked, challenge: bytes(asked.challenge), extensions: { prf } };
}

function bring(form, credential, response, first) {
  const { id, type, rawId } = credential;
  const answer = { id, type, rawId: written(rawId), response, clientExtensionResults: {} };
  form.elements.credential.value = JSON.stringify(answer);
  form.elements.prf.value = first ? written(first) : "";
  form.submit();
}

async function enter(form) {
  const asked = await options(form);
  const credential = await navigator.credentials.get({
    publicKey: { ...asked, allowCredentials: [] },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  const response = {
    clientDataJSON: written(clientDataJSON),
    authenticatorData: written(authenticatorData),
    signature: written(signature),
    userHandle: userHandle && written(userHandle),
  };
  bring(form, credential, response, prfOf(credential)?.results?.first);
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
  const asked = await options(form);
  const known = (asked.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
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

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!here(form)) continue;
  const said = form.querySelector("[data-said]");
  for (const part of document.querySelectorAll(`[data-shows="${form.dataset.passkey}"]`)) {
    part.hidden = false;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      await WORK[form.dataset.passkey](form);
    } catch {
      said.textContent = form.dataset.failed;
    }
  });
}
