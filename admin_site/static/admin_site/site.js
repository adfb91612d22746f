// What the theme lacks for screen readers. Icons are words of an icon font ("expand_more"): hide them, also those that
// are added later. Each area that scrolls is a region, which needs a name of its own.
const ICONS = ".material-symbols-outlined:not([aria-hidden])";
const REGIONS = {
    "#nav-sidebar-apps": "Menu",
    "#changelist [data-simplebar]": "List",
    "#changelist-filter [data-simplebar]": "Filters",
    "[x-data^=searchCommand] [data-simplebar]": "Accounts found",
};
const NAMES = { "#searchbar-submit": "Search", "#command-submit": "Search", "#search-input-command": "Find an account" };
const hideIcons = (root) => root.querySelectorAll(ICONS).forEach((icon) => icon.setAttribute("aria-hidden", "true"));

// A second click on "Create" would create another one before the answer to the first replaces the page. A download does
// not replace it, and neither does a request that the browser was told to stop: after a while the form works again.
const SECONDS_BETWEEN_CLICKS = 10;
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post" || event.defaultPrevented || "download" in form.dataset) {
        return;
    }
    if ("sent" in form.dataset) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "";
    setTimeout(() => delete form.dataset.sent, SECONDS_BETWEEN_CLICKS * 1000);
});
window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent); // back in the history
});

document.addEventListener("DOMContentLoaded", () => {
    hideIcons(document);
    document.querySelectorAll("[data-label]").forEach((cell) => {
        cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
    });
    new MutationObserver(() => hideIcons(document)).observe(document.body, { childList: true, subtree: true });
    for (const [selector, name] of Object.entries(NAMES)) {
        document.querySelectorAll(selector).forEach((control) => control.setAttribute("aria-label", name));
    }
    document.querySelectorAll("[x-data^=searchCommand]").forEach((dialog) => {
        dialog.setAttribute("role", "dialog");
        dialog.setAttribute("aria-modal", "true");
        dialog.setAttribute("aria-label", "Find an account");
    });
    for (const [selector, name] of Object.entries(REGIONS)) {
        document.querySelectorAll(selector).forEach((area) => area.setAttribute("data-simplebar-aria-label", name));
    }
});
