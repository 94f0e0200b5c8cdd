// The table editor by keyboard: Ctrl with arrows goes up and down a column, Ctrl+Enter adds a row
// below, Ctrl+S saves. Without this script Tab and the buttons do the same.
const form = document.querySelector("[data-grid]");

function move(cell, step) {
  const place = cell.closest("td");
  const row = place.parentElement;
  // Rows that only say what is wrong with the one above hold no box.
  const rows = [...row.parentElement.children].filter((one) => one.querySelector("input"));
  const box = rows[rows.indexOf(row) + step]?.children[place.cellIndex]?.querySelector("input");
  if (box) {
    box.focus();
    box.select();
  }
}

form?.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  const cell = event.target.closest(".rule-cell");
  if (event.key === "s") {
    event.preventDefault();
    form.querySelector("[data-save]").click();
  } else if (cell && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    move(cell, event.key === "ArrowUp" ? -1 : 1);
  } else if (cell && event.key === "Enter") {
    event.preventDefault();
    cell.closest("tr").querySelector("[data-add]")?.click();
  }
});

// The browser goes to the row of the address when all is loaded, and takes the focus off then.
window.addEventListener("load", () => {
  const added = document.querySelector(`${location.hash || "#none"} .rule-cell`);
  if (form && added) setTimeout(() => added.focus());
});
