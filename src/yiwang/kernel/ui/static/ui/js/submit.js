// Forms are sent once, and never into an expired session.
// <form data-guard>: asks whether the session lives before sending. Every POST form: no double send.
import * as drafts from "./drafts.js";
import { askSession } from "./session.js";

// If no answer comes the person may try again: the transaction id keeps it one act.
const PATIENCE_MS = 25000;

let waiting = null;

function busy(form, submitter, on) {
  form.dataset.sending = on ? "yes" : "";
  form.querySelectorAll('button:not([type="button"]), input[type="submit"]').forEach((button) => {
    if (on) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  });
  if (!submitter) return;
  const word = submitter.querySelector("span");
  if (on) {
    submitter.setAttribute("aria-busy", "true");
    if (word && submitter.dataset.busy) {
      submitter.dataset.label = word.textContent;
      word.textContent = submitter.dataset.busy;
    }
  } else {
    submitter.removeAttribute("aria-busy");
    if (word && submitter.dataset.label) word.textContent = submitter.dataset.label;
  }
}

function openSessionDialog(form, submitter, state) {
  waiting = { form, submitter };
  if (form.dataset.autosave !== undefined) drafts.keep(form);
  const dialog = document.getElementById("session-expired");
  showProblem(state === "other" ? "other" : "");
  if (dialog && !dialog.open) dialog.showModal();
}

function showProblem(kind) {
  const line = document.querySelector("[data-session-problem]");
  if (!line) return;
  line.hidden = !kind;
  line.textContent = kind ? line.dataset[kind] : "";
}

// requestSubmit runs our listener again; the mark lets that second run through.
function sendNow(form, submitter) {
  form.dataset.checked = "yes";
  if (submitter?.isConnected) form.requestSubmit(submitter);
  else form.requestSubmit();
}

async function check(form, submitter) {
  busy(form, submitter, true);
  const state = await askSession();
  busy(form, submitter, false);
  if (state === "none" || state === "other") openSessionDialog(form, submitter, state);
  else sendNow(form, submitter);
}

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sending === "yes") {
    event.preventDefault();
    return;
  }
  if ("guard" in form.dataset && form.dataset.checked !== "yes") {
    event.preventDefault();
    check(form, event.submitter);
    return;
  }
  form.dataset.checked = "";
  form.dispatchEvent(new CustomEvent("yiwang:sent"));
  // After the browser has read the form: a disabled button would not be sent.
  setTimeout(() => busy(form, event.submitter, true));
  setTimeout(() => busy(form, event.submitter, false), PATIENCE_MS);
}

async function resume() {
  const state = await askSession();
  if (state === "none" || state === "other") {
    showProblem(state === "other" ? "other" : "still");
    return;
  }
  document.getElementById("session-expired")?.close();
  if (waiting) sendNow(waiting.form, waiting.submitter);
  waiting = null;
}

export function startSubmit() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", (event) => {
    if (event.target.closest('button[aria-disabled="true"]')) event.preventDefault();
    if (event.target.closest("[data-session-resume]")) resume();
  });
  // The back button may bring a page back as it was left: ready to send again.
  addEventListener("pageshow", () => {
    document.querySelectorAll('form[data-sending="yes"]').forEach((form) => {
      busy(form, form.querySelector("[aria-busy]"), false);
    });
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) {
      const dialog = document.getElementById("session-expired");
      if (dialog && !dialog.open) dialog.showModal();
    }
  });
}
