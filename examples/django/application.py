"""A small application: register, sign in, a page for members, my sessions, forgot password, delete me."""

import os
from contextlib import suppress

from dashboard_client import SecondFactorRequired
from dashboard_client.django import application, caller, next_path, sign_in_by, sign_out, signed_in
from dashboard_client.generated.codes import InvalidAccount, InvalidUsername, TooManyRequests
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

settings.configure(
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["dashboard_client.django.DashboardMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}],
    DASHBOARD={"address": os.environ["DASHBOARD"], "credential": os.environ.get("CREDENTIAL")},
)


@signed_in
def members(request):
    return render(request, "members.html", {"account": request.account})


def register(request):
    caller(request).user.create_account(username=request.POST["username"], password=request.POST["password"])
    return sign_in(request)


def sign_in(request):
    if request.method != "POST":
        return render(request, "sign_in.html")
    try:
        sign_in_by(request, request.POST)
    except SecondFactorRequired as step:
        return render(request, "second_step.html", {"step": step})
    return redirect(next_path(request))


@signed_in
def sessions(request):
    user, accountid = caller(request).user, request.account.accountid
    if request.method == "POST":
        user.end_other_sessions(accountid=accountid)
    return render(request, "sessions.html", {"sessions": user.sessions(accountid=accountid)})


def leave(request):
    sign_out(request)
    return redirect("/sign-in")


def forgot(request):
    with suppress(InvalidUsername, InvalidAccount, TooManyRequests):  # the same answer for everybody
        made = application(request).service.create_reset_code(username=request.POST["username"])
        print(f"To {request.POST['username']}: your code is {made.secret_code}", flush=True)  # send it instead
    return render(request, "reset.html")


def reset(request):
    username, code, password = (request.POST[name] for name in ("username", "secret_code", "new_password"))
    caller(request).user.reset_account_password(username=username, secret_code=code, new_password=password)
    return redirect("/sign-in")


@signed_in
def delete_me(request):
    caller(request).user.set_account_deleted(accountid=request.account.accountid, password=request.POST["password"])
    return leave(request)


forms = {"register": register, "sign-out": leave, "forgot": forgot, "reset": reset, "delete-me": delete_me}
urlpatterns = [path("", members), path("sign-in", sign_in), path("sessions", sessions)]
urlpatterns += [path(address, require_POST(view)) for address, view in forms.items()]
app = get_wsgi_application()
