// <form data-autosave="URL" data-autosave-key="KEY">: sends changed fields a moment after typing.
// The server answers 2xx, or 401 when the session is over; anything else is tried again.
import * as drafts from "./drafts.js";
import { askSession, owner, token } from "./session.js";

const PAUSE_MS = 900;
const RETRY_MS = 20000;

export function show(form, state) {
  const line = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
  if (!line) return;
  line.dataset.state = state;
  const word = line.querySelector("[data-saved-word]");
  const text = line.getAttribute(`data-word-${state}`) ?? "";
  if (word && word.textContent !== text) word.textContent = text;
  const time = line.querySelector("time");
  if (time) time.hidden = state !== "saved";
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.changed = new Set();
    this.timer = 0;
    this.sending = false;
    form.addEventListener("input", (event) => this.note(event.target));
    form.addEventListener("change", (event) => this.note(event.target));
    form.addEventListener("yiwang:sent", () => {
      clearTimeout(this.timer);
      this.changed.clear();
      drafts.forget(form);
    });
    addEventListener("online", () => this.later(0));
    addEventListener("pagehide", () => this.changed.size && drafts.keep(form));
    const restored = drafts.restore(form);
    if (restored.length) {
      restored.forEach((name) => this.changed.add(name));
      form.dispatchEvent(new Event("change", { bubbles: true }));
      this.later(0);
    }
  }

  note(field) {
    if (!field?.name || field.type === "file" || field.name === "csrfmiddlewaretoken") return;
    this.changed.add(field.name);
    this.later(PAUSE_MS);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), pause);
  }

  async send() {
    if (!this.changed.size) return;
    if (this.sending) {
      this.later(PAUSE_MS);
      return;
    }
    this.sending = true;
    const names = [...this.changed];
    const data = new FormData();
    const typed = new FormData(this.form);
    for (const name of names) {
      data.append("changed", name);
      typed.getAll(name).forEach((value) => data.append(name, value));
    }
    names.forEach((name) => this.changed.delete(name));
    show(this.form, "saving");
    const outcome = await this.post(data);
    this.sending = false;
    if (outcome === "saved") {
      if (!this.changed.size) drafts.forget(this.form);
      show(this.form, "saved");
      return;
    }
    names.forEach((name) => this.changed.add(name));
    drafts.keep(this.form);
    show(this.form, outcome);
    this.later(RETRY_MS);
  }

  async post(data) {
    let answer;
    try {
      answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: data,
        headers: { "X-CSRFToken": token(), Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
      });
    } catch {
      return "offline";
    }
    if (answer.ok) return "saved";
    // A redirect is a sign-in page; a 403 is often the token of a session that has ended.
    if (answer.type === "opaqueredirect" || answer.status === 401) return "expired";
    if (answer.status === 403 && owner()) {
      return (await askSession()) === "same" ? "failed" : "expired";
    }
    return "failed";
  }
}

export function startAutosave(part) {
  if (part === document) drafts.sweep();
  part.querySelectorAll("form[data-autosave]").forEach((form) => {
    if (form.autosave) return;
    form.autosave = new Autosave(form);
  });
}
