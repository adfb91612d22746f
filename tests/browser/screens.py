"""Screen sizes."""

from playwright.sync_api import Error, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def fits(page: Page, size: ViewportSize) -> bool:
    """Return whether the page needs no horizontal scrolling on a screen of this size."""
    page.set_viewport_size(size)
    try:  # the new layout takes a moment
        page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=30_000)
    except Error:
        return False
    return True
