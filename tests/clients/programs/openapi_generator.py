"""Signs in with the package that openapi-generator has generated. Prints the account's id, and the refusal."""

import sys

from openapi_client import ApiClient, ApiException, Configuration, UserApi, UserCreateSessionBody

address, username, password = sys.argv[1:]
anybody = UserApi(ApiClient(Configuration(host=address)))

session = anybody.user_create_session(UserCreateSessionBody(username=username, password=password))
signed_in = UserApi(ApiClient(Configuration(host=address, access_token=f"{session.sessionid}.{session.token}")))
account = signed_in.user_account(session.accountid)
export = signed_in.user_export_account(session.accountid)
assert export.sessions[0].sessionid == session.sessionid
print(account.accountid, account.created_at.year >= 2022)

try:
    anybody.user_create_session(UserCreateSessionBody(username=username, password="wrong"))
except ApiException as refused:
    print(refused.status, refused.data and refused.data.actual_instance.message)
