// Keys of the desk. j/k move in the list, Enter opens, a writes an opinion, / searches, ? explains.
// A button with data-key="g" is pressed by that key; the help lists all of them by their label.
import { openDialog } from "./dialogs.js";

const SWITCH = "yiwang.keys";
const enabled = () => localStorage.getItem(SWITCH) !== "off";

const typing = (element) =>
  element.closest?.('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]');

function move(step) {
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const from = at >= 0 ? at : rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, from + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function listKeys() {
  const list = document.querySelector("[data-keys]");
  if (!list) return;
  list.querySelectorAll("[data-listed]").forEach((entry) => entry.remove());
  document.querySelectorAll("[data-key]").forEach((button) => {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    key.textContent = button.dataset.key;
    term.append(key);
    const words = document.createElement("dd");
    words.textContent = button.textContent.trim();
    term.dataset.listed = words.dataset.listed = "yes";
    list.append(term, words);
  });
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return;
  if (!enabled() || typing(event.target) || document.querySelector("dialog[open]")) return;
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    a: () => document.querySelector("[data-opinion] textarea")?.focus(),
    "/": () => document.querySelector('[data-search] input[type="search"]')?.focus(),
    "?": () => {
      listKeys();
      openDialog("keys");
    },
  };
  const bound = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!actions[event.key] && !bound) return;
  event.preventDefault();
  if (actions[event.key]) actions[event.key]();
  else bound.click();
}

export function startKeyboard() {
  const choice = document.querySelector("[data-keys-switch]");
  if (!choice) return;
  choice.checked = enabled();
  choice.addEventListener("change", () => {
    localStorage.setItem(SWITCH, choice.checked ? "on" : "off");
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-dialog-open="keys"]')) listKeys();
  });
}
