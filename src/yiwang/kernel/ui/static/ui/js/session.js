// Whether the person is still signed in, and the form token that goes with it.
const body = document.body;

export const owner = () => body.dataset.sessionOwner ?? "";
export const token = () => body.dataset.token ?? "";

// A new sign-in brings a new token: put it wherever the page kept the old one.
export function renewToken(value) {
  body.dataset.token = value;
  body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": value }));
  document.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach((field) => {
    field.value = value;
  });
}

// Answers "same", "other" (someone else signed in), "none", or "unknown" (no network: let it try).
export async function askSession() {
  if (!body.dataset.sessionUrl) return "unknown";
  let answer;
  try {
    answer = await fetch(body.dataset.sessionUrl, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(8000),
    });
  } catch {
    return "unknown";
  }
  if (answer.status !== 200 && answer.status !== 401) return "unknown";
  const state = await answer.json();
  if (!owner()) return "same";
  if (!state.signed_in) return "none";
  if (state.owner !== owner()) return "other";
  renewToken(state.token);
  return "same";
}
