import os

from openapi_client import ApiClient, Configuration, DecidingApi, PermissionsApi, ServiceApi
from openapi_client.exceptions import BadRequestException
from openapi_client.models import Decision, RequestPermission, Token, Use


def client(key):
    configuration = Configuration(host=os.environ["BASE_URL"], access_token=os.environ[key])
    return ApiClient(configuration)


agent = client("AGENT_KEY")
user = client("USER_KEY")

assert ServiceApi(agent).get_health().data.status == "healthy"
permissions = PermissionsApi(agent)
asked = permissions.request_permission(
    RequestPermission(action="mail.send", resource="mail:a@b.c", scope={"max_emails": 2}, context={"reason": "python"})
).data
assert asked.status == "pending" and asked.scope["max_emails"] == 2, asked
decided = DecidingApi(user).decide_permission(asked.id, Decision(approved=True, reason="fine")).data
assert decided.status == "approved" and decided.agent_id == "mailer", decided
token = permissions.get_permission(asked.id).data.token
assert permissions.verify_token(asked.id, Token(token=token)).data.valid
used = permissions.use_token(asked.id, Use(token=token, actionDetails={"sent": 1})).data
assert used.success and used.uses_remaining == 0, used
again = permissions.use_token(asked.id, Use(token=token)).data
assert not again.success and again.code == "TOKEN_USED", again
listed = DecidingApi(user).list_permissions(status="used")
assert any(permission.id == asked.id for permission in listed.data) and listed.meta.page == 1, listed
try:
    permissions.request_permission(RequestPermission(action=" "))
    raise AssertionError("not refused")
except BadRequestException as ex:
    assert "VALIDATION_ERROR" in ex.body, ex.body
print("all done")
