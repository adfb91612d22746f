// The page that shows new recovery codes once: copy them all.
document.addEventListener("DOMContentLoaded", () => {
    const codes = document.getElementById("recovery-codes");
    const status = document.getElementById("copy-status");
    document.getElementById("copy-codes").addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(codes.innerText);
            status.textContent = "Copied.";
        } catch {
            window.getSelection().selectAllChildren(codes);
            status.textContent = "The codes are selected. Press Ctrl-C or Cmd-C to copy them.";
        }
    });
});
