"""An application with a memory. It reads the feed over a separate connection, which can be cut off."""

import os

from dashboard_client import Dashboard, Memory
from dashboard_client.flask import FlaskDashboard
from flask import Flask, request

app = Flask(__name__)
dashboard = FlaskDashboard(app, os.environ["DASHBOARD"])
feed = Dashboard(os.environ["FEED"], credential=os.environ["CREDENTIAL"])
dashboard.gate.memory = Memory(feed, within=float(os.environ["WITHIN"]))


@app.get("/")
@dashboard.signed_in
def home() -> str:
    """Show who is signed in."""
    return str(request.account.accountid)  # type: ignore[attr-defined]
