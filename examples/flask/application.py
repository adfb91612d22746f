"""A small application: register, sign in, a page for members, my sessions, forgot password, delete me."""

import os
from contextlib import suppress

from dashboard_client import SecondFactorRequired
from dashboard_client.flask import FlaskDashboard
from dashboard_client.generated.codes import InvalidAccount, InvalidUsername, TooManyRequests
from flask import Flask, redirect, render_template, request

app = Flask(__name__)
dashboard = FlaskDashboard(app, os.environ["DASHBOARD"], credential=os.environ.get("CREDENTIAL"))
app.register_error_handler(SecondFactorRequired, lambda step: render_template("second_step.html", step=step))


@app.get("/")
@dashboard.signed_in
def members():
    return render_template("members.html", account=request.account)


@app.post("/register")
def register():
    dashboard.caller.user.create_account(username=request.form["username"], password=request.form["password"])
    return sign_in()


@app.get("/sign-in")
def sign_in_page():
    return render_template("sign_in.html")


@app.post("/sign-in")
def sign_in():
    dashboard.sign_in_by(request.form)
    return redirect(dashboard.next_path, 303)


@app.route("/sessions", methods=["GET", "POST"])
@dashboard.signed_in
def sessions():
    user, accountid = dashboard.caller.user, request.account.accountid
    if request.method == "POST":
        user.end_other_sessions(accountid=accountid)
    return render_template("sessions.html", sessions=user.sessions(accountid=accountid))


@app.post("/sign-out")
def sign_out():
    dashboard.sign_out()
    return redirect("/sign-in", 303)


@app.post("/forgot")
def forgot():
    with suppress(InvalidUsername, InvalidAccount, TooManyRequests):  # the same answer for everybody
        made = dashboard.application.service.create_reset_code(username=request.form["username"])
        print(f"To {request.form['username']}: your code is {made.secret_code}", flush=True)  # send it instead
    return render_template("reset.html")


@app.post("/reset")
def reset():
    username, code, password = (request.form[name] for name in ("username", "secret_code", "new_password"))
    dashboard.caller.user.reset_account_password(username=username, secret_code=code, new_password=password)
    return redirect("/sign-in", 303)


@app.post("/delete-me")
@dashboard.signed_in
def delete_me():
    dashboard.caller.user.set_account_deleted(accountid=request.account.accountid, password=request.form["password"])
    return sign_out()
