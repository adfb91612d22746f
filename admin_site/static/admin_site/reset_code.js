// The pages that show a new reset code or token once: copy it, hide it while the page is in the background, and forget it when
// the page is left.
document.addEventListener("DOMContentLoaded", () => {
    const field = document.getElementById("secret-code");
    const copy = document.getElementById("copy-code");
    const show = document.getElementById("show-code");
    const status = document.getElementById("copy-status");
    const name = field.dataset.name ?? "code";
    const masked = field.value.replace(/[^-]/g, "•");
    let code = field.value;

    const display = (text, isMasked) => {
        field.value = text;
        show.hidden = !isMasked || !code;
        copy.hidden = isMasked;
    };
    const mask = () => display(masked, true);
    const forget = () => {
        code = "";
        field.defaultValue = masked; // the attribute, from which browsers restore forms
        mask();
        status.textContent = `The ${name} is no longer shown. Create a new one if you need it.`;
    };

    field.addEventListener("focus", () => field.select());
    show.addEventListener("click", () => {
        display(code, false);
        status.textContent = "";
        field.focus();
    });
    copy.addEventListener("click", async () => {
        field.focus();
        field.select();
        // The clipboard API needs https and permission; the older command needs neither, but browsers may drop it.
        let copied = false;
        try {
            await navigator.clipboard.writeText(code);
            copied = true;
        } catch {
            copied = document.execCommand("copy");
        }
        status.textContent = copied ? "Copied." : `The ${name} is selected. Press Ctrl-C or Cmd-C to copy it.`;
    });
    document.addEventListener("visibilitychange", () => document.hidden && code && mask());
    window.addEventListener("pagehide", forget);
});
