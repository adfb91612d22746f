// The theme's charts write their labels in one grey for light and dark, too pale for either: here in the text's colour.
const paint = () => {
    const root = document.documentElement;
    const shade = root.classList.contains("dark") ? 300 : 600;
    Chart.defaults.color = getComputedStyle(root).getPropertyValue(`--color-base-${shade}`).trim();
    Object.values(Chart.instances).forEach((chart) => chart.update("none"));
};
window.addEventListener("load", paint);
new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
