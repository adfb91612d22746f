// The theme draws chart labels in one grey, too pale on light and dark backgrounds. Use the colour of the text instead.
const recolour = () => {
    const root = document.documentElement;
    const shade = root.classList.contains("dark") ? 300 : 600;
    Chart.defaults.color = getComputedStyle(root).getPropertyValue(`--color-base-${shade}`).trim();
    Object.values(Chart.instances).forEach((chart) => chart.update("none"));
};
window.addEventListener("load", recolour);
new MutationObserver(recolour).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
