// The theme's Alpine attributes that Alpine's CSP build cannot interpret, written so that it can.
//
// Alpine itself compiles its attributes to functions, for which the Content-Security-Policy would have to allow
// unsafe-eval. The CSP build, which static/unfold/js/alpine/alpine.js replaces it by, interprets them: without arrow
// functions, statements and global names.

/* global Alpine, getCurrentTab, searchCommand, searchForm, theme */

const SIDEBAR = "sidebarDesktopOpen";

const layout = () => ({
  activeTab: "",
  sidebarMobileOpen: false,
  sidebarDesktopOpen: (localStorage.getItem(SIDEBAR) ?? "1") === "1",
  init() {
    this.activeTab = getCurrentTab() || "general";
    this.$watch(SIDEBAR, (isOpen) => localStorage.setItem(SIDEBAR, isOpen ? "1" : "0"));
  },
  formAction() {
    const { pathname, search } = window.location;
    return this.activeTab === "general" ? pathname + search : `${pathname}${search}#${this.activeTab}`;
  },
});

const command = () => ({
  ...searchCommand(),
  selectFirst() {
    this.$nextTick(() => (this.currentIndex = 1));
  },
});

const loginForm = () => ({
  init() {
    this.$nextTick(() => this.$el.elements.username.focus());
  },
});

function replace(attribute, part, expression) {
  for (const element of document.querySelectorAll(`[${CSS.escape(attribute)}*="${part}"]`)) {
    element.setAttribute(attribute, expression);
  }
}

document.addEventListener("alpine:init", () => {
  Alpine.data("theme", theme);
  Alpine.data("searchForm", searchForm);
  Alpine.data("searchCommand", command);
  Alpine.data("loginForm", loginForm);
  Alpine.data("layout", layout);
  document.body.setAttribute("x-data", "layout");
  document.body.removeAttribute("x-init");
  replace("x-bind:action", "window.location", "formAction()");
  replace("x-on:keydown.enter.prevent", "if (", "!$event.metaKey && !$event.ctrlKey && selectItem(false, false)");
});
