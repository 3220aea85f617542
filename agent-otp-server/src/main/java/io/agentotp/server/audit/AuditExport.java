package io.agentotp.server.audit;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Writes the record out, row by row, in the order of the chain; rows that are not linked
 * yet come last.
 */
@Component
public final class AuditExport {

	private static final int BATCH = 500;

	// What spreadsheets run as a formula.
	private static final Pattern FORMULA = Pattern.compile("^[\\s\\p{Cntrl}]*[=+\\-@\uff1d\uff0b\uff0d\uff20].*",
			Pattern.DOTALL);

	private final AuditChainStore store;

	private final AuditMac mac;

	private final AuditCheck check;

	AuditExport(AuditChainStore store, AuditMac mac, AuditCheck check) {
		this.store = store;
		this.mac = mac;
		this.check = check;
	}

	/**
	 * Writes JSON Lines, which can be verified. What only the service can check comes
	 * last, if all rows are asked for.
	 * @param query which rows
	 * @param writer where to
	 * @throws IOException if the caller is gone
	 */
	public void writeLines(AuditQuery query, Writer writer) throws IOException {
		write(query, (row) -> writer.write(Json.write(row.toJson()) + "\n"));
		if (query.isAll()) {
			for (AuditProblem problem : this.check.beyondRows()) {
				writer.write(Json.write(problem.toLine()) + "\n");
			}
		}
	}

	/**
	 * Writes CSV, for people. Text that a spreadsheet would run gets a quote in front.
	 * @param query which rows
	 * @param writer where to
	 * @throws IOException if the caller is gone
	 */
	public void writeCsv(AuditQuery query, Writer writer) throws IOException {
		writer.write("seq,id,at,permissionId,agentId,event,actor,address,details,hash,forged\r\n");
		write(query, (row) -> {
			AuditEntry entry = row.entry();
			if (entry != null) {
				writer.write(Stream
					.of((row.seq() > 0) ? String.valueOf(row.seq()) : "", String.valueOf(entry.id()),
							entry.at().toString(), cell(entry.permissionId()), cell(entry.agentId()),
							cell(entry.event()), cell(entry.actor()), cell(entry.address()), cell(entry.text()),
							cell(row.hash()), entry.forged() ? "true" : "")
					.collect(Collectors.joining(",", "", "\r\n")));
			}
		});
	}

	private void write(AuditQuery query, Sink sink) throws IOException {
		long end = this.store.head().seq();
		long seq = 0;
		List<LinkedEntry> rows;
		do {
			rows = this.store.linked(query, seq, end, BATCH);
			for (LinkedEntry row : rows) {
				sink.write(row.entry() != null ? row.with(this.mac.mark(row.entry(), true)) : row);
				seq = row.seq();
			}
		}
		while (!rows.isEmpty());
		long id = 0;
		List<AuditEntry> entries;
		do {
			entries = this.store.notLinked(query, id, BATCH);
			for (AuditEntry entry : entries) {
				sink.write(new LinkedEntry(0, null, null, this.mac.mark(entry, false)));
				id = entry.id();
			}
		}
		while (!entries.isEmpty());
	}

	static String cell(@Nullable String text) {
		if (text == null) {
			return "";
		}
		String safe = FORMULA.matcher(text).matches() ? "'" + text : text;
		return '"' + safe.replace("\"", "\"\"") + '"';
	}

	private interface Sink {

		void write(LinkedEntry row) throws IOException;

	}

}
