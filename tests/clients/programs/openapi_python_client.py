"""Signs in with the package that openapi-python-client has generated. Prints the account's id, and the refusal."""

import sys

from dashboard_client import AuthenticatedClient, Client
from dashboard_client.api.user import user_account, user_create_session, user_export_account
from dashboard_client.models import Account, AccountExport, Session, UnauthorizedError, UserCreateSessionBody

address, username, password = sys.argv[1:]
anybody = Client(base_url=address)

session = user_create_session.sync(client=anybody, body=UserCreateSessionBody(username=username, password=password))
assert isinstance(session, Session)
assert isinstance(session.token, str)
signed_in = AuthenticatedClient(base_url=address, token=f"{session.sessionid}.{session.token}")
account = user_account.sync(client=signed_in, accountid=session.accountid)
assert isinstance(account, Account)
export = user_export_account.sync(client=signed_in, accountid=session.accountid)
assert isinstance(export, AccountExport)
assert export.sessions[0].sessionid == session.sessionid
print(account.accountid, account.created_at.year >= 2022)

refused = user_create_session.sync_detailed(
    client=anybody, body=UserCreateSessionBody(username=username, password="wrong")
)
assert isinstance(refused.parsed, UnauthorizedError)
print(int(refused.status_code), refused.parsed.message)
