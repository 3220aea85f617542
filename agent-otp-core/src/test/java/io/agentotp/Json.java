package io.agentotp;

import java.nio.charset.StandardCharsets;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bodies for tests. Quotes are written as apostrophes.
 */
final class Json {

	static final String TOKEN = "otp_s3cr3tT0kenThatNobodyMaySee";

	static final String PENDING = json("{'id':'p1','status':'pending','action':'email.send',"
			+ "'resource':'email:a@b.c','scope':{'max_emails':2},'context':{'reason':'monthly'},"
			+ "'approvalUrl':'https://otp.example/approve/p1','expiresAt':'2026-01-01T00:10:00Z',"
			+ "'createdAt':'2026-01-01T00:00:00Z'}");

	static final String APPROVED = json("{'id':'p1','status':'approved','action':'email.send',"
			+ "'resource':'email:a@b.c','scope':{'max_emails':1},'token':'" + TOKEN
			+ "','expiresAt':'2026-01-01T00:05:00.250Z','reason':'fine','decidedBy':'user:alice',"
			+ "'decidedAt':'2026-01-01T01:00:30+01:00','createdAt':'2026-01-01T00:00:00Z','policyId':'pol_1',"
			+ "'callDigest':'sha256:abc','somethingNew':{'x':1}}");

	static final String DENIED = json("{'id':'p1','status':'denied','action':'email.send','reason':'not today'}");

	static final String EXPIRED = json("{'id':'p1','status':'expired','action':'email.send'}");

	static final String USED = json("{'success':true,'usesRemaining':0}");

	static final String REVOKED = json("{'success':true,'revokedAt':'2026-01-01T00:00:00Z'}");

	private static final JsonMapper MAPPER = new JsonMapper();

	private Json() {
	}

	static String json(String text) {
		return text.replace('\'', '"');
	}

	static String data(String data) {
		return "{\"success\":true,\"data\":" + data + "}";
	}

	static String error(String code, String message) {
		return "{\"success\":false,\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}";
	}

	static JsonNode read(byte[] body) {
		return MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
	}

}
