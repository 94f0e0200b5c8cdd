// [data-drop]: checks size and kind at once, sends each file with progress when there is an address.
// Without an address the files travel with the form. The server checks everything again.
import { token } from "./session.js";

const size = (bytes) =>
  bytes < 1048576 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;

function row(list, name) {
  const item = document.createElement("li");
  item.className = "file";
  const mark = document.createElement("span");
  const text = document.createElement("div");
  const title = document.createElement("span");
  title.className = "file-name";
  title.textContent = name;
  const state = document.createElement("span");
  state.className = "file-state";
  text.append(title, state);
  item.append(mark, text);
  list.append(item);
  return { item, text, state };
}

function removeButton(item, drop, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = drop.dataset.wordRemove;
  button.setAttribute("aria-label", `${drop.dataset.wordRemove} ${name}`);
  button.addEventListener("click", () => {
    item.remove();
    drop.querySelector("input").focus();
  });
  item.append(button);
}

function fits(input, file) {
  const allowed = input.accept.split(",").map((part) => part.trim().toLowerCase()).filter(Boolean);
  if (!allowed.length) return true;
  const name = file.name.toLowerCase();
  return allowed.some((kind) =>
    kind.startsWith(".")
      ? name.endsWith(kind)
      : kind.endsWith("/*")
        ? file.type.startsWith(kind.slice(0, -1))
        : file.type === kind,
  );
}

function send(drop, file, shown) {
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", `${drop.dataset.wordSending} ${file.name}`);
  shown.text.append(bar);
  shown.state.textContent = drop.dataset.wordSending;
  const request = new XMLHttpRequest();
  request.open("POST", drop.dataset.uploadUrl);
  request.responseType = "json";
  request.timeout = 300000;
  request.setRequestHeader("X-CSRFToken", token());
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100;
  });
  const fail = (words) => {
    bar.remove();
    shown.item.classList.add("file-failed");
    shown.state.textContent = words || drop.dataset.wordFailed;
    removeButton(shown.item, drop, file.name);
  };
  request.addEventListener("load", () => {
    if (request.status < 200 || request.status > 299) {
      fail(request.response?.detail || request.response?.title);
      return;
    }
    bar.remove();
    shown.state.textContent = `${drop.dataset.wordDone} · ${size(file.size)}`;
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = `${drop.dataset.name}_ids`;
    kept.value = request.response?.id ?? "";
    shown.item.append(kept);
    removeButton(shown.item, drop, file.name);
    kept.dispatchEvent(new Event("change", { bubbles: true }));
  });
  ["error", "abort", "timeout"].forEach((name) => request.addEventListener(name, () => fail("")));
  const data = new FormData();
  data.append("file", file);
  request.send(data);
}

function take(drop, input, list) {
  const files = [...input.files];
  list.querySelectorAll("[data-chosen]").forEach((item) => item.remove());
  let refused = false;
  for (const file of files) {
    const shown = row(list, file.name);
    const problem = !fits(input, file)
      ? drop.dataset.wordKind
      : file.size > Number(drop.dataset.maxBytes)
        ? drop.dataset.wordLarge
        : "";
    if (problem) {
      refused = true;
      shown.item.classList.add("file-failed");
      shown.state.textContent = problem;
      removeButton(shown.item, drop, file.name);
    } else if (drop.dataset.uploadUrl) {
      send(drop, file, shown);
    } else {
      shown.item.dataset.chosen = "yes";
      shown.state.textContent = `${drop.dataset.wordChosen} · ${size(file.size)}`;
    }
  }
  if (drop.dataset.uploadUrl) {
    input.value = "";
  } else if (refused) {
    const kept = new DataTransfer();
    files
      .filter((file) => fits(input, file) && file.size <= Number(drop.dataset.maxBytes))
      .forEach((file) => kept.items.add(file));
    input.files = kept.files;
  }
}

export function startUploads(part) {
  part.querySelectorAll("[data-drop]").forEach((drop) => {
    if (drop.dataset.ready) return;
    drop.dataset.ready = "yes";
    const input = drop.querySelector('input[type="file"]');
    const list = drop.parentElement.querySelector("[data-files]");
    input.addEventListener("change", () => take(drop, input, list));
    ["dragenter", "dragover"].forEach((name) =>
      drop.addEventListener(name, () => drop.classList.add("over")),
    );
    ["dragleave", "drop"].forEach((name) =>
      drop.addEventListener(name, () => drop.classList.remove("over")),
    );
  });
}
