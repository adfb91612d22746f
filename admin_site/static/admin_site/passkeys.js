// Passkeys: show the browser's dialog with the options of the form, and post what the passkey has signed.
document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-passkey-options]");
    if (!form?.dataset.passkeyOptions) {
        return;
    }
    const button = form.querySelector("[data-passkey]");
    const status = form.querySelector("[role=status]");
    const isNew = form.dataset.passkey === "create";

    const ask = (options) =>
        isNew
            ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
            : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });

    button.addEventListener("click", async () => {
        if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
            status.textContent = "This browser cannot use passkeys here. Use a current one, by https.";
            return;
        }
        button.disabled = true;
        status.textContent = "Follow the instructions of your browser.";
        try {
            const credential = await ask(JSON.parse(form.dataset.passkeyOptions));
            form.elements.credential.value = JSON.stringify(credential.toJSON());
            form.submit();
        } catch (error) {
            // InvalidStateError: the authenticator has a passkey of this account already
            status.textContent =
                error.name === "InvalidStateError"
                    ? "This device is one of your second factors already."
                    : "Nothing was signed. Try again.";
            button.disabled = false;
        }
    });
});
