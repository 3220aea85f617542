// A mail server that refuses some recipients, by their name: a550.5.1.1 is refused with 550 5.1.1.
import { createRequire } from "node:module";

const { SMTPServer } = createRequire(import.meta.url)("smtp-server");

function refusal(name) {
	const code = /^a(\d{3})(?:\.(\d\.\d+\.\d+))?@/.exec(name);
	return code && Object.assign(new Error((code[2] ? code[2] + " " : "") + "No, thank you"), { responseCode: Number(code[1]) });
}

const server = new SMTPServer({
	disabledCommands: ["AUTH", "STARTTLS"],
	logger: false,
	onRcptTo(address, session, callback) {
		callback(refusal(address.address));
	},
	onData(stream, session, callback) {
		let text = "";
		stream.on("data", (chunk) => (text += chunk));
		stream.on("end", () => {
			console.log(JSON.stringify({ from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((each) => each.address), text }));
			callback();
		});
	},
});
server.listen(0, "127.0.0.1", () => console.log(String(server.server.address().port)));
process.stdin.on("end", () => process.exit(0)).resume();
