// Starts every behaviour once, and again on parts that htmx brings in. Pages work without it.
import { startAutosave } from "./autosave.js";
import { startConditions } from "./conditions.js";
import { startDialogs } from "./dialogs.js";
import { startHelpers } from "./helpers.js";
import { startKeyboard } from "./keyboard.js";
import { startSubmit } from "./submit.js";
import { startUploads } from "./uploads.js";

const perPart = [startConditions, startAutosave, startUploads, startHelpers];
startDialogs();
startSubmit();
startKeyboard();
perPart.forEach((start) => start(document));
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) perPart.forEach((start) => start(event.target));
});
