// Small helpers: copy, print, read aloud, phrases, arrows in search results.
function label(button, words) {
  const text = button.querySelector("span");
  const before = text.textContent;
  text.textContent = words;
  return () => {
    text.textContent = before;
  };
}

// Browsers give the clipboard only to pages that came by https or from this machine.
function offerCopy(button) {
  button.hidden = !navigator.clipboard;
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  setTimeout(label(button, button.dataset.done), 2500);
}

function readAloud(button) {
  const speech = window.speechSynthesis;
  if (!speech) {
    button.hidden = true;
    return;
  }
  let back = null;
  const stop = () => {
    back?.();
    back = null;
    button.setAttribute("aria-pressed", "false");
  };
  button.addEventListener("click", () => {
    if (back) {
      speech.cancel();
      stop();
      return;
    }
    const source = document.getElementById(button.dataset.readAloud);
    if (!source) return;
    const words = new SpeechSynthesisUtterance(source.innerText);
    words.lang = document.documentElement.lang;
    words.rate = 0.9;
    words.addEventListener("end", stop);
    words.addEventListener("error", stop);
    back = label(button, button.dataset.stop);
    button.setAttribute("aria-pressed", "true");
    speech.speak(words);
  });
  addEventListener("pagehide", () => speech.cancel());
}

function phrase(button) {
  const text = button.closest("[data-opinion]").querySelector("textarea");
  text.value = text.value ? `${text.value.trimEnd()}\n${button.dataset.phrase}` : button.dataset.phrase;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
}

function arrows(form) {
  const results = form.querySelector(".search-results");
  if (!results) return;
  const input = form.querySelector('input[type="search"]');
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      results.replaceChildren();
      input.focus();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...results.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) results.replaceChildren();
  });
}

let listening = false;

export function startHelpers(part) {
  part.querySelectorAll("[data-read-aloud]").forEach(readAloud);
  part.querySelectorAll("[data-copy]").forEach(offerCopy);
  part.querySelectorAll("form[data-search]").forEach(arrows);
  if (listening) return;
  listening = true;
  document.addEventListener("click", (event) => {
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    if (event.target.closest("[data-print]")) window.print();
    const chosen = event.target.closest("[data-phrase]");
    if (chosen) phrase(chosen);
  });
}
