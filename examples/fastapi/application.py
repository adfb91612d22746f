"""A small application: register, sign in, a page for members, my sessions, forgot password, delete me."""

import os
from contextlib import suppress
from typing import Annotated

from dashboard_client import Identity, SecondFactorRequired
from dashboard_client.generated.codes import InvalidAccount, InvalidUsername, TooManyRequests
from dashboard_client.starlette import StarletteDashboard
from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

app = FastAPI()
dashboard = StarletteDashboard(app, os.environ["DASHBOARD"], credential=os.environ.get("CREDENTIAL"))
page = Jinja2Templates("templates").TemplateResponse
app.exception_handler(SecondFactorRequired)(lambda request, step: page(request, "second_step.html", {"step": step}))
Account, Text = Annotated[Identity, Depends(dashboard.signed_in)], Annotated[str, Form()]


@app.get("/")
async def members(request: Request, account: Account):
    return page(request, "members.html", {"account": account})


@app.post("/register")
async def register(request: Request, username: Text, password: Text):
    await dashboard.caller(request).user.create_account(username=username, password=password)
    return await sign_in(request)


@app.get("/sign-in")
async def sign_in_page(request: Request):
    return page(request, "sign_in.html")


@app.post("/sign-in")
async def sign_in(request: Request):
    await dashboard.sign_in_by(request, await request.form())
    return RedirectResponse(dashboard.next_path(request), 303)


@app.api_route("/sessions", methods=["GET", "POST"])
async def sessions(request: Request, account: Account):
    user = dashboard.caller(request).user
    if request.method == "POST":
        await user.end_other_sessions(accountid=account.accountid)
    return page(request, "sessions.html", {"sessions": await user.sessions(accountid=account.accountid)})


@app.post("/sign-out")
async def sign_out(request: Request):
    await dashboard.sign_out(request)
    return RedirectResponse("/sign-in", 303)


@app.post("/forgot")
async def forgot(request: Request, username: Text):
    with suppress(InvalidUsername, InvalidAccount, TooManyRequests):  # the same answer for everybody
        made = await dashboard.application(request).service.create_reset_code(username=username)
        print(f"To {username}: your code is {made.secret_code}", flush=True)  # send it instead
    return page(request, "reset.html")


@app.post("/reset")
async def reset(request: Request, username: Text, secret_code: Text, new_password: Text):
    user = dashboard.caller(request).user
    await user.reset_account_password(username=username, secret_code=secret_code, new_password=new_password)
    return RedirectResponse("/sign-in", 303)


@app.post("/delete-me")
async def delete_me(request: Request, account: Account, password: Text):
    await dashboard.caller(request).user.set_account_deleted(accountid=account.accountid, password=password)
    return await sign_out(request)
