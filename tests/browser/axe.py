"""axe-core, which finds violations of WCAG and of good practice in a page."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
FOUND = """async () => (await axe.run()).violations.flatMap(
    (rule) => rule.nodes.map((node) => {
        const check = [...node.any, ...node.all, ...node.none][0];
        return `${rule.id}: ${node.target.join(" ")}: ${check ? check.message : ""}`;
    })
)"""


def violations(page: Page) -> list[str]:
    """Return every violation of any rule, whatever its impact. The page's own scripts and policy do not matter."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FOUND)
    return found
