"""Take screenshots of the administrators' site with demo data: `python -m tests.browser.screenshots [FOLDER]`.

Without an argument, renew docs/images. With a folder, save every page there, light and dark, for desktop and phone.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.processes import HOST, Program, running
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.screens import DESKTOP, PHONE
from throwaway.programs import free_port

ROOT = Path(__file__).parent.parent.parent
DOCUMENTED = {
    ("home", "light", "desktop"),
    ("home", "dark", "phone"),
    ("accounts", "light", "desktop"),
    ("account", "light", "desktop"),
    ("account", "dark", "desktop"),
    ("account", "light", "phone"),
    ("confirm", "light", "desktop"),
    ("events", "dark", "desktop"),
}
PAGES = {
    "home": "",
    "accounts": "accounts/account/",
    "account": "accounts/account/?state=locked",  # opens the first row
    "confirm": "accounts/account/?state=locked",  # opens the first row and presses a button
    "profiles": "accounts/profile/",
    "sessions": "sessions_app/session/",
    "codes": "resetcodes/resetcode/",
    "events": "events/event/",
    "credentials": "service-credentials/",
    "credential": "service-credentials/add/",
}
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
USERNAME = "administrator"
JPEG_QUALITY = 66  # percent


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with TemporaryDirectory(prefix="dashboard-screenshots-") as name:
        environment, password = _environment(Path(name)), secrets.token_urlsafe()
        _fill(environment, password)
        program = Program("dashboard", _manage("serve"), int(environment["PORT"]), environment)
        with running(program, Path(name)), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            _take(browser, environment["DASHBOARD_SERVER"], password, folder)
            browser.close()


def _environment(folder: Path) -> dict[str, str]:
    port = str(free_port())
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "HOST": HOST,
        "PORT": port,
        "DASHBOARD_SERVER": f"http://{HOST}:{port}",
    }


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _fill(environment: dict[str, str], password: str) -> None:
    subprocess.run(_manage("migrate", "--verbosity", "0"), env=environment, check=True)
    seed = _manage("seed_demo", "--accounts", "2000", "--seed", "1", "--username", USERNAME, "--password")
    subprocess.run(seed, env=environment, input=f"{password}\n", text=True, check=True)


def _take(browser: Browser, address: str, password: str, folder: Path | None) -> None:
    for theme in ("light", "dark"):
        for screen, size in (("desktop", DESKTOP), ("phone", PHONE)):
            context = browser.new_context(
                viewport=size, color_scheme=theme, base_url=f"{address}/admin/", user_agent=AGENT
            )
            page = context.new_page()
            page.goto("login/")
            _save(page, folder, "sign-in", theme, screen)
            page.get_by_label("Username").fill(USERNAME)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin/")
            for name, path in PAGES.items():
                _open(page, name, path)
                _save(page, folder, name, theme, screen)
            context.close()


def _open(page: Page, name: str, path: str) -> None:
    page.goto(path)
    if name in ("account", "confirm"):
        page.locator("#result_list tbody a").first.click()
        page.get_by_role("region", name="Can they sign in?").wait_for()
    if name == "confirm":
        page.get_by_role("link", name="Schedule deletion").click()
        page.get_by_role("link", name="Cancel").wait_for()
    page.wait_for_load_state("networkidle")


def _save(page: Page, folder: Path | None, name: str, theme: str, screen: str) -> None:
    if folder:
        page.screenshot(path=folder / f"{name}-{theme}-{screen}.png", full_page=True)
    elif (name, theme, screen) in DOCUMENTED:
        path = ROOT / "docs" / "images" / f"{name}-{theme}-{screen}.jpg"
        page.screenshot(path=path, type="jpeg", quality=JPEG_QUALITY)


if __name__ == "__main__":
    main()
