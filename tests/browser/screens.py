"""The screens that pages are read on."""

from playwright.sync_api import Error, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def fits(page: Page, size: ViewportSize) -> bool:
    """Whether nobody has to scroll sideways to read the page on a screen of this size."""
    page.set_viewport_size(size)
    try:  # the page has to be laid out anew first
        page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=3_000)
    except Error:
        return False
    return True
