// data-show-when='{"field": "signboard", "equals": "yes"}': shows a question when its rule holds.
// Rules: equals, in, contains, filled; all, any, not combine them. The server decides in the end.
function given(form, name) {
  return new FormData(form).getAll(name).filter((value) => value !== "");
}

export function holds(rule, form) {
  if (rule.all) return rule.all.every((part) => holds(part, form));
  if (rule.any) return rule.any.some((part) => holds(part, form));
  if (rule.not) return !holds(rule.not, form);
  const values = given(form, rule.field);
  if ("equals" in rule) return values.includes(String(rule.equals));
  if ("in" in rule) return rule.in.some((value) => values.includes(String(value)));
  if ("contains" in rule) return values.some((value) => value.includes(rule.contains));
  if ("filled" in rule) return values.length > 0 === Boolean(rule.filled);
  return true;
}

function apply(form) {
  // Hidden questions stop counting, which may hide others: repeat until nothing changes, at most
  // once per question.
  const parts = [...form.querySelectorAll("[data-show-when]")];
  for (let round = 0; round <= parts.length; round += 1) {
    let changed = false;
    for (const part of parts) {
      const shown = holds(JSON.parse(part.dataset.showWhen), form);
      if (part.hidden === !shown) continue;
      part.hidden = !shown;
      part.querySelectorAll("input, select, textarea, button").forEach((control) => {
        control.disabled = !shown;
      });
      changed = true;
    }
    if (!changed) return;
  }
}

export function startConditions(part) {
  const forms = new Set();
  part.querySelectorAll("[data-show-when]").forEach((question) => {
    const form = question.closest("form");
    if (form) forms.add(form);
  });
  forms.forEach((form) => {
    apply(form);
    if (form.dataset.conditions) return;
    form.dataset.conditions = "on";
    form.addEventListener("input", () => apply(form));
    form.addEventListener("change", () => apply(form));
  });
}
