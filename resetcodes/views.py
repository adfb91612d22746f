"""Routes of reset codes."""

from rest_framework.request import Request
from rest_framework.response import Response

from dashboard_project.errors import Refusal
from dashboard_project.inputs import ACCOUNTID, SECRET_CODE
from dashboard_project.routes import AdministratorViewSet, route
from resetcodes import services


class AdministratorResetCodes(AdministratorViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        errors=(
            Refusal.ACCOUNTID_MISSING,
            Refusal.ACCOUNTID_UNKNOWN,
            Refusal.SECRET_CODE_MISSING,
            Refusal.SECRET_CODE_CHARACTERS,
            Refusal.SECRET_CODE_LENGTH,
        ),
    )
    def create_reset_code(self, request: Request) -> Response:
        return Response(services.create_reset_code(ACCOUNTID.of(request), SECRET_CODE.of(request)).as_wire())
