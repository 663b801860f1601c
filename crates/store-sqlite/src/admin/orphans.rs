//! Rows that refer to rows which do not exist, and payloads.

use rusqlite::{Connection, Row};

use super::report::Findings;
use crate::engine::payload::Codec;
use crate::engine::training::Collector;
use crate::open::load_dictionaries;
use crate::rows::flag;

/// Payload rows of a table that a sample looks at.
const SAMPLE: i64 = 2_000;

/// Queries that answer rows which should not exist, with what they are.
const CHECKS: &[(&str, &str)] = &[
    (
        "payload of a trace that does not exist",
        "SELECT p.seq FROM trace_payload p LEFT JOIN trace t ON t.seq = p.seq WHERE t.seq IS NULL",
    ),
    (
        "payload of a span that does not exist",
        "SELECT p.seq FROM span_payload p LEFT JOIN span s ON s.seq = p.seq WHERE s.seq IS NULL",
    ),
    (
        "span of a trace that does not exist",
        "SELECT s.seq FROM span s LEFT JOIN trace t ON t.seq = s.trace WHERE s.flags & 1 = 0 AND t.seq IS NULL",
    ),
    (
        "trace in a thread that does not exist or is in another project",
        "SELECT t.seq FROM trace t LEFT JOIN thread h ON h.seq = t.thread \
         WHERE t.thread IS NOT NULL AND (h.seq IS NULL OR h.project <> t.project OR h.workspace <> t.workspace)",
    ),
    (
        "score of something that does not exist",
        "SELECT c.kind || ':' || c.entity FROM score c WHERE CASE c.kind \
           WHEN 1 THEN NOT EXISTS (SELECT 1 FROM trace t WHERE t.seq = c.entity) \
           WHEN 2 THEN NOT EXISTS (SELECT 1 FROM span s WHERE s.seq = c.entity) \
           WHEN 3 THEN NOT EXISTS (SELECT 1 FROM thread h WHERE h.seq = c.entity) ELSE 1 END",
    ),
    (
        "comment on something that does not exist",
        "SELECT c.kind || ':' || c.entity FROM comment c WHERE CASE c.kind \
           WHEN 1 THEN NOT EXISTS (SELECT 1 FROM trace t WHERE t.seq = c.entity AND t.flags & 128 <> 0) \
           WHEN 2 THEN NOT EXISTS (SELECT 1 FROM span s WHERE s.seq = c.entity AND s.flags & 128 <> 0) \
           WHEN 3 THEN NOT EXISTS (SELECT 1 FROM thread h WHERE h.seq = c.entity AND h.flags & 128 <> 0) ELSE 1 END",
    ),
    (
        "guardrail result of a trace that does not exist",
        "SELECT g.seq FROM guardrail g LEFT JOIN trace t ON t.seq = g.trace WHERE t.seq IS NULL OR t.flags & 256 = 0",
    ),
    (
        "number of failed guardrails differs",
        "SELECT t.seq FROM trace t WHERE t.failed_guardrails <> \
         (SELECT COUNT(*) FROM guardrail g WHERE g.trace = t.seq AND g.failed)",
    ),
    (
        "rows of a project that does not exist",
        "SELECT r.kind || ' of ' || r.project FROM ( \
           SELECT DISTINCT 'traces' AS kind, project FROM trace WHERE project <> 0 OR flags & 1 = 0 UNION ALL \
           SELECT DISTINCT 'spans', project FROM span UNION ALL \
           SELECT DISTINCT 'threads', project FROM thread UNION ALL \
           SELECT DISTINCT 'attachments', project FROM attachment UNION ALL \
           SELECT DISTINCT 'ids of OpenTelemetry', project FROM otel_trace \
         ) r WHERE r.project NOT IN (SELECT key FROM project UNION ALL SELECT project FROM purge)",
    ),
    (
        "id of a trace of OpenTelemetry cannot be read",
        "SELECT o.project || ':' || quote(o.otel_id) FROM otel_trace o \
         WHERE typeof(o.otel_id) <> 'blob' OR length(o.otel_id) = 0 \
         OR typeof(o.trace) <> 'blob' OR length(o.trace) <> 16 OR typeof(o.used_us) <> 'integer'",
    ),
    (
        "item of an experiment whose trace does not exist or does not know of it",
        "SELECT i.seq FROM experiment_item i LEFT JOIN trace t ON t.seq = i.trace \
         WHERE t.seq IS NULL OR t.flags & 2048 = 0",
    ),
    (
        "item of an experiment that does not exist",
        "SELECT i.seq FROM experiment_item i WHERE i.experiment NOT IN \
         (SELECT key FROM experiment UNION ALL SELECT key FROM experiment_awaited)",
    ),
    (
        "part of an experiment that does not exist",
        "SELECT x.experiment FROM (SELECT experiment FROM experiment_summary UNION ALL \
         SELECT experiment FROM experiment_prompt) x WHERE x.experiment NOT IN (SELECT key FROM experiment)",
    ),
    (
        "project of a workspace that does not exist",
        "SELECT p.key FROM project p LEFT JOIN workspace w ON w.key = p.workspace WHERE w.key IS NULL",
    ),
    (
        "row of another workspace than its project",
        "SELECT 'trace ' || t.seq FROM trace t JOIN project p ON p.key = t.project WHERE p.workspace <> t.workspace \
         UNION ALL SELECT 'span ' || s.seq FROM span s JOIN project p ON p.key = s.project \
         WHERE p.workspace <> s.workspace",
    ),
    (
        "version of a prompt that does not exist",
        "SELECT v.key FROM prompt_version v \
         WHERE v.prompt NOT IN (SELECT key FROM prompt UNION ALL SELECT prompt FROM prompt_purge)",
    ),
    (
        "number of versions of a prompt differs",
        "SELECT p.key FROM prompt p LEFT JOIN (SELECT prompt, COUNT(*) AS versions, MAX(number) AS last \
           FROM prompt_version WHERE number IS NOT NULL GROUP BY prompt) v ON v.prompt = p.key \
         WHERE p.versions <> IFNULL(v.versions, 0) OR p.last_number < IFNULL(v.last, 0)",
    ),
    (
        "environment of a prompt version that does not exist",
        "SELECT e.prompt || ':' || e.folded_name FROM prompt_environment e \
         LEFT JOIN prompt_version v ON v.key = e.version AND v.prompt = e.prompt AND v.number IS NOT NULL \
         WHERE v.key IS NULL",
    ),
    (
        "number of blueprints of a configuration differs",
        "SELECT c.project FROM agent_config c WHERE c.project NOT IN (SELECT project FROM purge) AND c.blueprints <> \
         (SELECT COUNT(*) FROM blueprint b WHERE b.project = c.project AND b.number IS NOT NULL)",
    ),
    (
        "environment of a blueprint that does not exist",
        "SELECT e.key FROM blueprint_environment e LEFT JOIN blueprint b ON b.key = e.blueprint AND b.project = e.project \
         WHERE b.key IS NULL AND e.project NOT IN (SELECT project FROM purge)",
    ),
];

/// Looks for rows that refer to nothing.
pub(super) fn check(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    for (problem, sql) in CHECKS {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            findings.add(problem, text(row)?);
        }
    }
    for table in ["trace", "span"] {
        for (field, bit) in [
            ("input", flag::INPUT),
            ("output", flag::OUTPUT),
            ("metadata", flag::METADATA),
            ("error", flag::ERROR),
        ] {
            let sql = format!(
                "SELECT t.seq FROM {table} t LEFT JOIN {table}_payload p ON p.seq = t.seq \
                 WHERE (t.flags & {bit} <> 0) <> (p.{field} IS NOT NULL)"
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                findings.add(format!("{field} of a {table} is missing or not noted"), text(row)?);
            }
        }
    }
    Ok(())
}

/// The first column as text.
pub(super) fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    Ok(match row.get_ref(0)? {
        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
        value => value.as_str()?.to_owned(),
    })
}

/// Inflates all payloads, or some from all over the tables; answers how many fields that were.
pub(super) fn payloads(connection: &Connection, deep: bool, findings: &mut Findings) -> rusqlite::Result<u64> {
    let codec = Codec::new();
    load_dictionaries(connection, &codec, &Collector::default())?;
    let mut checked = 0;
    for table in ["trace_payload", "span_payload"] {
        let bounds = format!("SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), -1) FROM {table}");
        let (first, last): (i64, i64) = connection.query_row(&bounds, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let step = if deep { 1 } else { ((last - first) / SAMPLE).max(1) };
        let mut next = connection.prepare(&format!(
            "SELECT seq, input, output, metadata, error FROM {table} WHERE seq >= ?1 ORDER BY seq LIMIT ?2"
        ))?;
        let batch = if step == 1 { i64::MAX } else { 1 };
        let mut seq = first;
        let mut text = Vec::new();
        while seq <= last {
            let mut rows = next.query([seq, batch])?;
            seq = last + 1;
            while let Some(row) = rows.next()? {
                let number: i64 = row.get(0)?;
                seq = number + step;
                for (column, field) in ["input", "output", "metadata", "error"].into_iter().enumerate() {
                    let Some(frame) = row.get_ref(column + 1)?.as_blob_or_null()? else {
                        continue;
                    };
                    checked += 1;
                    let problem = match codec.decode_into(frame, &mut text) {
                        Err(error) => error.to_string(),
                        Ok(()) if std::str::from_utf8(&text).is_err() => "not utf-8".to_owned(),
                        Ok(()) => continue,
                    };
                    findings.add(
                        "payload cannot be read",
                        format_args!("{table} {number} {field}: {problem}"),
                    );
                }
            }
        }
    }
    let sample = if deep { None } else { Some(SAMPLE) };
    Ok(checked + super::datasets::payloads(connection, &codec, sample, findings)?)
}
