// Takes messages as the library of Standard Webhooks says. Reads requests as JSON, one a line.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
	const { secret, headers, body } = JSON.parse(line);
	try {
		console.log("verified " + new Webhook(secret).verify(body, headers).type);
	} catch (problem) {
		console.log("refused " + problem.message);
	}
}
