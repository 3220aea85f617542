import { isAxiosError } from "axios";
import { Configuration, DecidingApi, PermissionsApi, ServiceApi } from "./typescript-axios";

const basePath = process.env.BASE_URL!;
const agent = new Configuration({ basePath, accessToken: process.env.AGENT_KEY! });
const user = new Configuration({ basePath, accessToken: process.env.USER_KEY! });

function check(condition: boolean, what: unknown) {
	if (!condition) {
		throw new Error(`not as expected: ${JSON.stringify(what)}`);
	}
}

async function main() {
	const health = (await new ServiceApi(agent).getHealth()).data;
	check(health.data.status === "healthy", health);
	const permissions = new PermissionsApi(agent);
	const asked = (
		await permissions.requestPermission({
			action: "mail.send", resource: "mail:a@b.c", scope: { max_emails: 2 }, context: { reason: "axios" },
		})
	).data;
	check(asked.data.status === "pending" && asked.data.scope["max_emails"] === 2, asked);
	const id = asked.data.id;
	const decided = (await new DecidingApi(user).decidePermission(id, { approved: true, reason: "fine" })).data;
	check(decided.data.status === "approved" && decided.data.agentId === "mailer", decided);
	const granted = (await permissions.getPermission(id)).data;
	const token = granted.data.token!;
	const verified = (await permissions.verifyToken(id, { token })).data;
	check(verified.data.valid, verified);
	const used = (await permissions.useToken(id, { token, actionDetails: { sent: 1 } })).data;
	check(used.data.success && used.data.usesRemaining === 0, used);
	const again = (await permissions.useToken(id, { token })).data;
	check(!again.data.success && again.data.code === "TOKEN_USED", again);
	const list = (await new DecidingApi(user).listPermissions("used")).data;
	check(list.data.some((permission) => permission.id === id) && list.meta.page === 1, list);
	const refused = await permissions.requestPermission({ action: " " }).catch((ex) => ex);
	check(isAxiosError(refused) && refused.response!.status === 400, String(refused));
	check(refused.response.data.error.code === "VALIDATION_ERROR", refused.response.data);
	console.log("all done");
}

main().catch((ex) => {
	console.error(ex);
	process.exit(1);
});
