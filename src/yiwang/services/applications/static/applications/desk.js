// The desk works without this; it saves hands: labels, focus, one more line, which material is open.
const acts = document.querySelector("form.acts");

function chosenAct() {
  return acts.querySelector('input[name="act"]:checked');
}

// The button says the act that it will carry out.
function nameTheAct() {
  const act = chosenAct();
  const button = acts.querySelector("[data-act-submit]");
  const word = button.querySelector("span");
  word.dataset.plain ??= word.textContent;
  word.textContent = act ? act.dataset.title : word.dataset.plain;
  button.classList.toggle("button-danger", Boolean(act && "danger" in act.dataset));
  acts.querySelector("[data-opinion-needed]").hidden = !(act && "needsOpinion" in act.dataset);
}

// A key chose the act (the kernel presses its label): typing goes on where the act needs words.
function goOn(event) {
  if (event.isTrusted || !event.target.closest("[data-key]")) return;
  const act = chosenAct();
  const part = [...acts.querySelectorAll(".act-part")].find((one) => !one.hidden);
  const fields = [...(part?.querySelectorAll("textarea, input, select") ?? [])];
  const opinion = "needsOpinion" in act.dataset ? acts.querySelector("[data-opinion] textarea") : null;
  (fields.find((one) => !one.value) ?? opinion ?? act).focus();
}

function addLine(event) {
  const list = event.target.closest("[data-lines]");
  if (!list) return;
  const last = list.lastElementChild;
  if (!last.querySelector("textarea").value.trim()) return;
  const next = last.cloneNode(true);
  next.querySelector("textarea").value = "";
  list.append(next);
}

// Enter goes to the next point; nothing is sent by it.
function nextLine(event) {
  if (event.key !== "Enter" || event.isComposing || !event.target.closest("[data-lines]")) return;
  event.preventDefault();
  event.target.closest("li").nextElementSibling?.querySelector("textarea").focus();
}

if (acts) {
  nameTheAct();
  acts.addEventListener("change", nameTheAct);
  acts.addEventListener("click", (event) => setTimeout(() => goOn(event)));
  acts.addEventListener("input", addLine);
  acts.addEventListener("keydown", nextLine);
}

const frame = document.querySelector(".viewer-frame");

function mark(link) {
  document.querySelectorAll("[data-view]").forEach((one) => {
    if (one === link) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  });
  const alone = document.querySelector("[data-view-alone]");
  if (alone && link) alone.href = link.href;
}

if (frame) {
  mark([...document.querySelectorAll("[data-view]")].find((one) => one.href === frame.src));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view]");
    if (!link) return;
    mark(link);
    // Where the frame has no room a file opens by itself.
    link.target = frame.offsetParent ? "material" : "_blank";
  });
}

document.querySelectorAll("select[data-submit]").forEach((choice) => {
  choice.addEventListener("change", () => choice.form.requestSubmit());
});

// 更多办理方式 closes by Escape and by a click beside it; focus goes back to its button.
document.querySelectorAll("details.ways").forEach((menu) => {
  menu.addEventListener("keydown", (event) => {
    const links = [...menu.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (menu.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      links[(at + step + links.length) % links.length]?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.querySelectorAll("[data-check-all]").forEach((all) => {
  const boxes = () => all.form.querySelectorAll(`input[name="${all.dataset.checkAll}"]`);
  all.addEventListener("change", () => {
    boxes().forEach((box) => {
      box.checked = all.checked;
    });
  });
  all.form.addEventListener("change", () => {
    const every = [...boxes()];
    all.checked = every.length > 0 && every.every((box) => box.checked);
    all.indeterminate = !all.checked && every.some((box) => box.checked);
  });
});

// A signature drawn by finger, pen or mouse leaves as a picture; an empty board leaves nothing.
document.querySelectorAll("[data-ink]").forEach((part) => {
  const board = part.querySelector("canvas");
  const kept = part.querySelector('input[name="ink"]');
  const pen = board.getContext("2d");
  let isDown = false;

  function clear() {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, board.width, board.height);
    kept.value = "";
  }

  function at(event) {
    const frame = board.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) * board.width) / frame.width,
      ((event.clientY - frame.top) * board.height) / frame.height,
    ];
  }

  board.addEventListener("pointerdown", (event) => {
    isDown = true;
    board.setPointerCapture(event.pointerId);
    Object.assign(pen, { strokeStyle: "#17212b", lineWidth: 4, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  board.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  ["pointerup", "pointercancel"].forEach((name) => {
    board.addEventListener(name, () => {
      if (!isDown) return;
      isDown = false;
      kept.value = board.toDataURL("image/png");
    });
  });
  part.querySelector("[data-ink-clear]").addEventListener("click", clear);
  clear();
});
