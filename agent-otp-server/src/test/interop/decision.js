// Verifies proofs of decisions. Reads requests as JSON, one a line. What was signed is computed here, too.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { verifyAuthenticationResponse } from "@simplewebauthn/server";

for await (const line of createInterface({ input: process.stdin })) {
	const { proof, publicKey, origin, rpId } = JSON.parse(line);
	try {
		const hash = createHash("sha256").update(proof.statement, "utf8").digest("hex");
		if (!proof.statements.includes(hash)) {
			throw new Error("the statement was not signed");
		}
		// RFC 8785: names in order, no spaces.
		const signed = JSON.stringify({ statements: proof.statements, type: "agent-otp-decisions", v: 1 });
		const { verified } = await verifyAuthenticationResponse({
			response: { id: proof.credentialId, rawId: proof.credentialId, type: "public-key", clientExtensionResults: {},
				response: { authenticatorData: proof.authenticatorData, clientDataJSON: proof.clientDataJSON, signature: proof.signature } },
			expectedChallenge: createHash("sha256").update(signed, "utf8").digest("base64url"),
			expectedOrigin: origin,
			expectedRPID: rpId,
			credential: { id: proof.credentialId, publicKey: Buffer.from(publicKey, "base64url"), counter: 0 },
			requireUserVerification: true,
		});
		const said = JSON.parse(proof.statement);
		console.log(verified ? `verified ${said.decision} ${said.permission} by ${said.approver}` : "refused");
	} catch (problem) {
		console.log("refused " + problem.message.replaceAll("\n", " "));
	}
}
