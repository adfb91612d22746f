"""Run every flow of the API guide against an empty server: python docs/examples/guide.py http://localhost:8000

Needs requests. To include the part of the application server, set APPLICATION_SERVER and APPLICATION_SERVER_TOKEN to
the same values as for the server.
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
    """An error response. Its arguments are the HTTP status and the error code."""


def call(method, address, fields=None, headers=None):
    """Call a route and return its JSON. Raise RefusedError for an error response."""
    response = requests.request(method, f"{api}/{address}", data=fields, headers=headers, timeout=30)
    answer = response.json()
    if not response.ok:
        raise RefusedError(response.status_code, answer["message"])
    return answer


def bearer(session):
    return {"Authorization": f"Bearer {session['sessionid']}.{session['token']}"}


# Register

administrator = call("POST", "user/create-account", {"username": "administrator", "password": "change-this"})
if not administrator.get("owner"):
    sys.exit("There are accounts already: run this against an empty server.")

alice = call("POST", "user/create-account", {"username": "alice-jones", "password": "first password"})
accountid = alice["accountid"]
print("registered:", accountid)

try:
    call("POST", "user/create-account", {"username": "alice-jones", "password": "another password"})
except RefusedError as refusal:
    print("registered again:", *refusal.args)


# Sign in

fields = {"username": "alice-jones", "password": "first password", "remember": "hours"}
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
        if refusal.args[0] == 401:
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
browser.post(f"{api}/user/create-session", {"username": "alice-jones", "password": "first password"}, timeout=30)
print("the application, to Alice:", browser.get(page, timeout=30).text)


# Sign out

ended = call("PATCH", f"user/set-session-ended?sessionid={session['sessionid']}", headers=bearer(session))
print("signed out at", ended["endedAt"])

try:
    call("GET", f"user/account?accountid={accountid}", headers=bearer(session))
except RefusedError as refusal:
    print("after that:", *refusal.args)


# Sign out everywhere else

session = call("POST", "user/create-session", {"username": "alice-jones", "password": "first password"})
count = call("PATCH", f"user/end-other-sessions?accountid={accountid}", headers=bearer(session))
print("ended elsewhere:", count)
print("the application, to the browser:", browser.get(page, allow_redirects=False, timeout=30).status_code)


# Change the password

fields = {"new-password": "second password", "password": "first password"}
account = call("PATCH", f"user/set-account-password?accountid={accountid}", fields, bearer(session))
print("password changed at", account["passwordLastChangedAt"])


# Reset a lost password

fields = {"username": "administrator", "password": "change-this"}
of_administrator = bearer(call("POST", "user/create-session", fields))
secret_code = secrets.token_hex(8)
fields = {"secret-code": secret_code}
code = call("POST", f"administrator/create-reset-code?accountid={accountid}", fields, of_administrator)
print("reset code made:", code["codeid"])

fields = {"username": "alice-jones", "new-password": "third password", "secret-code": secret_code}
print("password reset:", call("PATCH", "user/reset-account-password", fields))

try:
    call("PATCH", "user/reset-account-password", fields)
except RefusedError as refusal:
    print("reset again:", *refusal.args)


# Schedule an account's deletion, and restore it

alice = {"username": "alice-jones", "password": "third password"}
session = call("POST", "user/create-session", alice)
fields = {"password": "third password"}
account = call("PATCH", f"user/set-account-deleted?accountid={accountid}", fields, bearer(session))
print("will be deleted at", account["deletedAt"])

try:
    call("POST", "user/create-session", alice)
except RefusedError as refusal:
    print("signing in meanwhile:", *refusal.args)

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
