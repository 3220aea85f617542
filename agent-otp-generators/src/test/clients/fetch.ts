import { Configuration, DecidingApi, PermissionsApi, ResponseError, ServiceApi } from "./typescript-fetch";

const basePath = process.env.BASE_URL!;
const agent = new Configuration({ basePath, accessToken: process.env.AGENT_KEY! });
const user = new Configuration({ basePath, accessToken: process.env.USER_KEY! });

function check(condition: boolean, what: unknown) {
	if (!condition) {
		throw new Error(`not as expected: ${JSON.stringify(what)}`);
	}
}

async function main() {
	const health = await new ServiceApi(agent).getHealth();
	check(health.data.status === "healthy", health);
	const permissions = new PermissionsApi(agent);
	const asked = await permissions.requestPermission({
		requestPermission: { action: "mail.send", resource: "mail:a@b.c", scope: { max_emails: 2 }, context: { reason: "fetch" } },
	});
	check(asked.data.status === "pending" && asked.data.scope["max_emails"] === 2, asked);
	const id = asked.data.id;
	const decided = await new DecidingApi(user).decidePermission({
		id, decision: { approved: true, reason: "fine", scopeModifications: null },
	});
	check(decided.data.status === "approved" && decided.data.agentId === "mailer", decided);
	const granted = await permissions.getPermission({ id });
	const token = granted.data.token!;
	const verified = await permissions.verifyToken({ id, token: { token } });
	check(verified.data.valid, verified);
	const used = await permissions.useToken({ id, use: { token, actionDetails: { sent: 1 } } });
	check(used.data.success && used.data.usesRemaining === 0, used);
	const again = await permissions.useToken({ id, use: { token } });
	check(!again.data.success && again.data.code === "TOKEN_USED", again);
	const list = await new DecidingApi(user).listPermissions({ status: "used", limit: 5 });
	check(list.data.some((permission) => permission.id === id) && list.meta.page === 1, list);
	const refused = await permissions.requestPermission({ requestPermission: { action: " " } }).catch((ex) => ex);
	check(refused instanceof ResponseError && refused.response.status === 400, refused);
	const failure = await refused.response.json();
	check(failure.error.code === "VALIDATION_ERROR" && "action" in failure.error.details, failure);
	console.log("all done");
}

main().catch((ex) => {
	console.error(ex);
	process.exit(1);
});
