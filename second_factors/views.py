"""Routes of second factors. The second step of a sign-in is among the routes of sessions."""

from django.http.response import HttpResponseBase
from rest_framework.response import Response

from accounts.parameters import ADMINISTERED_ERRORS, OWN_ACCOUNT_ERRORS, caller_account
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from dashboard.api.access.permissions import always
from dashboard.api.access.throttling import PASSWORD_PROOF
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.api.viewsets import AdministratorViewSet, UserViewSet
from dashboard.core.errors import ErrorCode
from second_factors.models import SecondFactor
from second_factors.parameters import (
    CODE,
    CREDENTIAL,
    FACTOR_TYPE,
    FACTORID,
    FACTORID_ERRORS,
    NAME,
    NEW_NAME,
    read_proof,
)
from second_factors.schemas import FACTOR, RECOVERY_CODES
from second_factors.services import enrolment, recovery_codes


class UserSecondFactorViewSet(UserViewSet):
    @route(
        "POST",
        "create-second-factor",
        query=(ACCOUNTID,),
        body=(FACTOR_TYPE, NAME),
        returns=FACTOR,
        writes=("secondFactor",),
        errors=(
            *OWN_ACCOUNT_ERRORS,
            ErrorCode.FACTOR_TYPE,
            ErrorCode.FACTOR_NAME,
            ErrorCode.TOO_MANY_SECOND_FACTORS,
        ),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
        before_enrolment=True,
    )
    def create_second_factor(self, request: SignedInRequest) -> Response:
        """Create a second factor. It counts once confirm-second-factor has confirmed it, within ten minutes."""
        accountid, factor_type, name = (
            caller_account(request).accountid,
            FACTOR_TYPE.read(request),
            NAME.read(request),
        )
        return Response(enrolment.create_second_factor(accountid, factor_type, name, request.actor).as_json())

    @route(
        "PATCH",
        "confirm-second-factor",
        query=(FACTORID,),
        body=(CODE, CREDENTIAL),
        returns=FACTOR,
        writes=(
            "secondFactor.confirmedAt",
            "account.secondFactorSince",
            "session.secondFactorAt",
            "session.ended",
            "session.endedAt",
        ),
        errors=(
            *FACTORID_ERRORS,
            ErrorCode.FACTOR_NOT_PENDING,
            ErrorCode.SECOND_FACTOR_CODE_MISSING,
            ErrorCode.SECOND_FACTOR_WRONG,
        ),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
        before_enrolment=True,
    )
    def confirm_second_factor(self, request: SignedInRequest) -> Response:
        """Add a second factor to the caller's account, by a code of the app or what the passkey has signed.

        With the first one, every other session of the account ends.
        """
        factorid, accountid, sessionid = FACTORID.read(request), request.user.accountid, request.auth.sessionid
        proof = read_proof(request)
        factor = enrolment.confirm_second_factor(factorid, accountid, sessionid, proof, request.actor)
        return Response(factor.as_json())

    @route(
        "GET",
        "second-factors",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(FACTOR),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.FACTORID_UNKNOWN),
        before_enrolment=True,
    )
    def second_factors(self, request: SignedInRequest) -> HttpResponseBase:
        """List the caller's second factors, newest first, without those that are not confirmed."""
        accountid = caller_account(request).accountid
        return self.list_response(RecordList(SecondFactor.objects.confirmed, accountid))

    @route(
        "PATCH",
        "update-second-factor",
        query=(FACTORID,),
        body=(NEW_NAME,),
        returns=FACTOR,
        writes=("secondFactor.name",),
        errors=(*FACTORID_ERRORS, ErrorCode.FACTOR_NAME),
        recent_proof=always,
    )
    def update_second_factor(self, request: SignedInRequest) -> Response:
        """Rename one of the caller's second factors."""
        factorid, name = FACTORID.read(request), NEW_NAME.read(request)
        return Response(enrolment.update_second_factor(factorid, request.user.accountid, name, request.actor).as_json())

    @route(
        "DELETE",
        "delete-second-factor",
        query=(FACTORID,),
        returns=TRUE,
        writes=("secondFactor", "recoveryCodes", "account.secondFactorSince"),
        errors=FACTORID_ERRORS,
        recent_proof=always,
    )
    def delete_second_factor(self, request: SignedInRequest) -> Response:
        """Remove one of the caller's second factors. With the last one, its recovery codes go, too."""
        enrolment.delete_second_factor(FACTORID.read(request), request.user.accountid, request.actor)
        return Response(True)

    @route(
        "POST",
        "create-recovery-codes",
        query=(ACCOUNTID,),
        returns=RECOVERY_CODES,
        writes=("recoveryCodes",),
        errors=(*OWN_ACCOUNT_ERRORS, ErrorCode.NO_SECOND_FACTOR),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
    )
    def create_recovery_codes(self, request: SignedInRequest) -> Response:
        """Create ten recovery codes, each of which takes the second step once. They replace those before."""
        codes = recovery_codes.create_recovery_codes(caller_account(request).accountid, request.actor)
        return Response({"object": RECOVERY_CODES.name, "codes": codes})

    @route("GET", "recovery-codes-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def recovery_codes_count(self, request: SignedInRequest) -> Response:
        """Count the caller's recovery codes that are not used."""
        return Response(recovery_codes.count_unused(caller_account(request).accountid))


class AdministratorSecondFactorViewSet(AdministratorViewSet):
    @route(
        "PATCH",
        "remove-second-factors",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=("secondFactor", "recoveryCodes", "account.secondFactorSince", "session.ended", "session.endedAt"),
        errors=(*ADMINISTERED_ERRORS, ErrorCode.NO_SECOND_FACTOR),
        recent_proof=always,
    )
    def remove_second_factors(self, request: SignedInRequest) -> Response:
        """Remove all second factors and recovery codes of an account whose owner has lost them; end its sessions."""
        return Response(enrolment.remove_second_factors(ACCOUNTID.read(request), request.actor).as_json())
