"""What a request is once authentication has let it through."""

from rest_framework.request import Request

from accounts.models import Account


class SignedInRequest(Request):
    """Its user is an account: the permission of UserViewSet and AdministratorViewSet has seen to it."""

    user: Account
