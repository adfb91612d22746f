"""Run every flow of the API guide against a server: python docs/examples/guide.py http://localhost:8000

Needs requests. On an empty server it creates the owner, administrator with the password change-this. On a server whose
administrator is somebody else, set ADMINISTRATOR_USERNAME and ADMINISTRATOR_PASSWORD. Each run registers another Alice.

To include the part of the application server, set APPLICATION_SERVER and APPLICATION_SERVER_TOKEN to the same values as
for the server.
"""
# ruff: noqa: T201
# mypy: ignore-errors

import os
import secrets
import sys
import threading
from http.cookies import SimpleCookie
from urllib.parse import quote, urljoin
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests

# Shared code

api = (sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000") + "/api"


class RefusedError(Exception):
    """An error response: its HTTP status, its code, and a sentence for people."""

    def __init__(self, status, code, detail):
        super().__init__(status, code, detail)
        self.status, self.code, self.detail = status, code, detail

    def __str__(self):
        return f"{self.status} {self.code}"


def call(method, address, fields=None, headers=None):
    """Call a route and return its JSON. Raise RefusedError for an error response."""
    response = requests.request(method, f"{api}/{address}", data=fields, headers=headers, timeout=30)
    answer = response.json()
    if not response.ok:
        raise RefusedError(response.status_code, answer["message"], answer.get("detail", ""))
    return answer


def bearer(session):
    return {"Authorization": f"Bearer {session['sessionid']}.{session['token']}"}


# An administrator, who creates a reset code later


def stop_with_a_sentence(kind, error, traceback):
    """Say what to do, instead of printing a traceback, when the server cannot be reached or refuses a request."""
    if isinstance(error, RefusedError):
        print(f"Stopped: {error}: {error.detail}", file=sys.stderr)
    elif isinstance(error, requests.RequestException):
        print(f"No Dashboard responds at {api}. Start one with make run, or name its address.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = stop_with_a_sentence

fields = {
    "username": os.environ.get("ADMINISTRATOR_USERNAME", "administrator"),
    "password": os.environ.get("ADMINISTRATOR_PASSWORD", "change-this"),
}
try:
    account = call("POST", "user/create-account", fields)
    if not account.get("owner"):  # there were accounts already: leave none behind that nobody wants
        of_nobody = bearer(call("POST", "user/create-session", fields))
        call("PATCH", f"user/set-account-deleted?accountid={account['accountid']}", fields, of_nobody)
except RefusedError as refusal:
    if refusal.code not in ("duplicate-username", "registration-disabled"):
        raise
try:
    of_administrator = bearer(call("POST", "user/create-session", fields))
    call("GET", "administrator/accounts-count", headers=of_administrator)
except RefusedError as refusal:
    sys.exit(
        f"{fields['username']} with this password is not an administrator of this server ({refusal})."
        " Set ADMINISTRATOR_USERNAME and ADMINISTRATOR_PASSWORD to those of one."
    )


# Register

username = f"alice-{secrets.token_hex(4)}"
alice = call("POST", "user/create-account", {"username": username, "password": "first password"})
accountid = alice["accountid"]
print("registered:", accountid)

try:
    call("POST", "user/create-account", {"username": username, "password": "another password"})
except RefusedError as refusal:
    print("registered again:", refusal)


# Sign in

fields = {"username": username, "password": "first password", "remember": "hours"}
session = call("POST", "user/create-session", fields)
print("signed in:", session["sessionid"], "for", session["duration"], "seconds")

account = call("GET", f"user/account?accountid={accountid}", headers=bearer(session))
print("last signed in at", account["lastSignedInAt"])


# Check a session on each request


def session_of(cookies):
    """Return the session that a browser's cookies authenticate, or None."""
    if not (cookies.get("sessionid") and cookies.get("token")):
        return None
    try:
        return call("GET", f"user/session?sessionid={quote(cookies['sessionid'])}", headers=bearer(cookies))
    except RefusedError as refusal:
        if refusal.status == 401:
            return None
        raise


class SignedIn:
    """WSGI middleware; in Flask: app.wsgi_app = SignedIn(app.wsgi_app)"""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        cookies = {name: morsel.value for name, morsel in SimpleCookie(environ.get("HTTP_COOKIE", "")).items()}
        environ["dashboard.session"] = session_of(cookies)
        if environ["dashboard.session"]:
            return self.app(environ, start_response)
        start_response("302 Found", [("Location", "/sign-in")])
        return []


def application(environ, start_response):
    """The protected application: it greets the signed-in account."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello, {environ['dashboard.session']['accountid']}".encode()]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("localhost", 0, SignedIn(application), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
page = f"http://localhost:{server.server_port}/"

browser = requests.Session()  # keeps cookies, as a browser does
print("the application, to a stranger:", browser.get(page, allow_redirects=False, timeout=30).status_code)
browser.post(f"{api}/user/create-session", {"username": username, "password": "first password"}, timeout=30)
print("the application, to Alice:", browser.get(page, timeout=30).text)


# Sign out

ended = call("PATCH", f"user/set-session-ended?sessionid={session['sessionid']}", headers=bearer(session))
print("signed out at", ended["endedAt"])

try:
    call("GET", f"user/account?accountid={accountid}", headers=bearer(session))
except RefusedError as refusal:
    print("after that:", refusal)


# Sign out everywhere else

session = call("POST", "user/create-session", {"username": username, "password": "first password"})
count = call("PATCH", f"user/end-other-sessions?accountid={accountid}", headers=bearer(session))
print("ended elsewhere:", count)
print("the application, to the browser:", browser.get(page, allow_redirects=False, timeout=30).status_code)


# Change the password

fields = {"new-password": "second password", "password": "first password"}
account = call("PATCH", f"user/set-account-password?accountid={accountid}", fields, bearer(session))
print("password changed at", account["passwordLastChangedAt"])


# Reset a lost password

secret_code = secrets.token_hex(8)
fields = {"secret-code": secret_code}
code = call("POST", f"administrator/create-reset-code?accountid={accountid}", fields, of_administrator)
print("reset code made:", code["codeid"])

fields = {"username": username, "new-password": "third password", "secret-code": secret_code}
print("password reset:", call("PATCH", "user/reset-account-password", fields))

try:
    call("PATCH", "user/reset-account-password", fields)
except RefusedError as refusal:
    print("reset again:", refusal)


# Schedule an account's deletion, and restore it

alice = {"username": username, "password": "third password"}
session = call("POST", "user/create-session", alice)
fields = {"password": "third password"}
account = call("PATCH", f"user/set-account-deleted?accountid={accountid}", fields, bearer(session))
print("will be deleted at", account["deletedAt"])

try:
    call("POST", "user/create-session", alice)
except RefusedError as refusal:
    print("signing in meanwhile:", refusal)

account = call("PATCH", "user/reset-account-deleted", alice)
print("restored, deletedAt is gone:", "deletedAt" not in account)
session = call("POST", "user/create-session", alice)


# Walk a list


def rows(address, headers):
    """Yield every row of a list, page by page."""
    url = f"{api}/{address}"
    while url:
        response = requests.get(url, headers=headers, timeout=30)
        response.raise_for_status()
        yield from response.json()
        url = response.links and urljoin(url, response.links["next"]["url"])


address = f"administrator/sessions?accountid={accountid}&limit=2"
print("sessions:", [row["ended"] for row in rows(address, of_administrator)])
print("sessions counted:", call("GET", f"administrator/sessions-count?accountid={accountid}", headers=of_administrator))


# Call on behalf of a user, as the application server


def on_behalf_of(session):
    return {
        "x-application-server": os.environ["APPLICATION_SERVER"],
        "x-application-server-token": os.environ["APPLICATION_SERVER_TOKEN"],
        "x-accountid": session["accountid"],
        "x-sessionid": session["sessionid"],
    }


if "APPLICATION_SERVER_TOKEN" in os.environ:
    account = call("GET", f"user/account?accountid={accountid}", headers=on_behalf_of(session))
    print("on behalf of", account["accountid"])
