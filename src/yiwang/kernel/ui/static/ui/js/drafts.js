// What was typed, kept in this browser only while the server could not take it.
// Bound to the person and dropped after a day; identity numbers and passwords are never kept.
import { owner } from "./session.js";

const PREFIX = "yiwang.draft.";
const DAY_MS = 24 * 3600 * 1000;

const key = (form) => `${PREFIX}${owner()}.${form.dataset.autosaveKey ?? location.pathname}`;

const keepable = (field) =>
  field.name &&
  field.name !== "csrfmiddlewaretoken" &&
  field.type !== "file" &&
  field.type !== "password" &&
  field.type !== "hidden" &&
  !field.closest("[data-never-keep]");

function values(form) {
  const kept = {};
  for (const field of form.elements) {
    if (!keepable(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      kept[field.name] ??= [];
      if (field.checked) kept[field.name].push(field.value);
    } else {
      kept[field.name] = field.value;
    }
  }
  return kept;
}

export function keep(form) {
  try {
    localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values: values(form) }));
    return true;
  } catch {
    return false; // private window or full storage: the page itself still holds the text
  }
}

export function forget(form) {
  localStorage.removeItem(key(form));
}

// data-autosave-at: when the server last saved, in milliseconds. What it has newer wins.
// Puts a kept draft back into the form; answers the names of the fields that it changed.
export function restore(form) {
  const raw = localStorage.getItem(key(form));
  if (!raw) return [];
  let kept;
  try {
    kept = JSON.parse(raw);
  } catch {
    forget(form);
    return [];
  }
  if (Number(form.dataset.autosaveAt ?? 0) > kept.at) {
    forget(form);
    return [];
  }
  const changed = new Set();
  for (const field of form.elements) {
    if (!keepable(field) || !(field.name in kept.values)) continue;
    const value = kept.values[field.name];
    if (field.type === "checkbox" || field.type === "radio") {
      const on = value.includes(field.value);
      if (field.checked !== on) changed.add(field.name);
      field.checked = on;
    } else if (field.value !== value) {
      field.value = value;
      changed.add(field.name);
    }
  }
  return [...changed];
}

// Drafts of other people or of yesterday have no business on this machine.
export function sweep() {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(PREFIX)) continue;
    let at = 0;
    try {
      at = JSON.parse(localStorage.getItem(name)).at;
    } catch {
      at = 0;
    }
    const theirs = owner() && !name.startsWith(`${PREFIX}${owner()}.`);
    if (theirs || Date.now() - at > DAY_MS) localStorage.removeItem(name);
  }
}
