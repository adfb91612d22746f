// The explorer: Swagger UI, and a form to sign in with, which keeps the password out of sight.

/* global SwaggerUIBundle */

const explorer = document.getElementById("explorer");
const api = new URL(explorer.dataset.document, location.href); // below the path at which the server is reached
const signIn = document.getElementById("sign-in");
const signOut = document.getElementById("sign-out");
const status = document.getElementById("session-status");

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

// Swagger UI leaves these fields without labels, and these boxes out of the keyboard's reach.
function mendAccessibility() {
  for (const field of explorer.querySelectorAll("textarea.body-param__text, .parameters-col_description select")) {
    const name = field.closest("[data-param-name]")?.dataset.paramName ?? "Body";
    field.setAttribute("aria-label", name);
  }
  for (const box of explorer.querySelectorAll("pre.microlight:not([tabindex])")) box.tabIndex = 0;
}
new MutationObserver(mendAccessibility).observe(explorer, { childList: true, subtree: true });

SwaggerUIBundle({
  url: explorer.dataset.document,
  dom_id: "#explorer",
  deepLinking: false, // its links are inside of buttons, where no screen reader finds them
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null, // would send the document to another host
});

let session = null;

function show(text) {
  status.textContent = text;
  signIn.hidden = session !== null;
  signOut.hidden = session === null;
}

async function call(method, route, body) {
  const options = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(new URL(`user/${route}`, api), { method, ...options });
  return { response, answer: await response.json() };
}

signIn.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { response, answer } = await call("POST", "create-session", Object.fromEntries(new FormData(signIn)));
  signIn.elements.password.value = "";
  if (response.ok) session = answer;
  show(response.ok ? `Signed in: accountid ${answer.accountid}, sessionid ${answer.sessionid}` : answer.detail);
});

signOut.addEventListener("submit", async (event) => {
  event.preventDefault();
  await call("PATCH", `set-session-ended?sessionid=${session.sessionid}`);
  session = null;
  show("Signed out.");
});
