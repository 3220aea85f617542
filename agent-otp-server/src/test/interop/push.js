// A push service that checks the signature of each message, reads it as a browser does, and keeps it.
import { createServer } from "node:net";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { PushApiModel } = require("web-push-testing/src/PushApiModel");
const WebPushTestingServer = require("web-push-testing/src/server");

const probe = createServer().listen(0, () => {
	const { port } = probe.address();
	probe.close(() => {
		console.log(port);
		new WebPushTestingServer(new PushApiModel(), port).startServer();
	});
});
process.stdin.on("end", () => process.exit(0)).resume();
