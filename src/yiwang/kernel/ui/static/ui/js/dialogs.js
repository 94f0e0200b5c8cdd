// Dialogs and messages. A dialog also opens as a link target when scripts do not run.
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog?.showModal && !dialog.open) dialog.showModal();
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      event.preventDefault();
      openDialog(opener.dataset.dialogOpen);
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog")?.close();
      return;
    }
    event.target.closest("[data-toast-close]")?.closest("[data-toast]")?.remove();
    if (event.target.closest("[data-back]")) history.back();
  });
  // Links that look like buttons also act on the space bar, as buttons do.
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.('a[role="button"]')) return;
    event.preventDefault();
    event.target.click();
  });
  document.querySelector("[data-focus-on-load]")?.focus();
}
