//! Rollups: sums per project, hour and source that are kept up to date in the transaction of every change.
//!
//! The rollup of an hour is the sum of the contributions of its rows. A change takes away the contribution of the row
//! as it was and adds the one of the row as it is, so rollups equal a recount at every commit.

mod read;

pub(crate) use read::{
    Hours, Sources, Tally, count, error_count, exact_percentiles, exists, has_pieces, plain_sources, tally,
};

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;

use crate::histogram::Histogram;
use crate::rows::{SpanRow, TraceRow, flag, hour_of};

/// `kind` of rollups over traces.
pub(crate) const TRACES: i64 = 1;
/// `kind` of rollups over spans.
pub(crate) const SPANS: i64 = 2;

/// Which rollup a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Bucket {
    /// [`TRACES`], [`SPANS`], or a kind of scores.
    pub(crate) kind: i64,
    /// Project.
    pub(crate) project: i64,
    /// Hour since the epoch.
    pub(crate) hour: i64,
    /// Source.
    pub(crate) source: i64,
}

/// The sums of one rollup, or what a transaction adds to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) rows: i64,
    pub(crate) errors: i64,
    pub(crate) inputs: i64,
    pub(crate) outputs: i64,
    pub(crate) metadatas: i64,
    pub(crate) tags: i64,
    pub(crate) spans: i64,
    pub(crate) llm_spans: i64,
    pub(crate) costs: i64,
    pub(crate) cost: i64,
    pub(crate) failed_guardrails: i64,
    pub(crate) durations: i64,
    pub(crate) duration_us: i64,
    pub(crate) histogram: Histogram,
}

impl Sums {
    /// Adds other sums.
    pub(crate) fn add(&mut self, other: &Sums) {
        self.rows += other.rows;
        self.errors += other.errors;
        self.inputs += other.inputs;
        self.outputs += other.outputs;
        self.metadatas += other.metadatas;
        self.tags += other.tags;
        self.spans += other.spans;
        self.llm_spans += other.llm_spans;
        self.costs += other.costs;
        self.cost = self.cost.saturating_add(other.cost);
        self.failed_guardrails += other.failed_guardrails;
        self.durations += other.durations;
        self.duration_us = self.duration_us.saturating_add(other.duration_us);
        self.histogram.merge(&other.histogram);
    }

    fn add_flags(&mut self, flags: i64, sign: i64) {
        self.rows += sign;
        self.errors += if flags & flag::ERROR == 0 { 0 } else { sign };
        self.inputs += if flags & flag::INPUT == 0 { 0 } else { sign };
        self.outputs += if flags & flag::OUTPUT == 0 { 0 } else { sign };
        self.metadatas += if flags & flag::METADATA == 0 { 0 } else { sign };
    }

    fn add_cost(&mut self, cost: i64, sign: i64) {
        if cost > 0 {
            self.costs += sign;
            self.cost = self.cost.saturating_add(sign * cost);
        }
    }

    fn add_duration(&mut self, duration_us: Option<i64>, sign: i64) {
        if let Some(micros) = duration_us {
            self.durations += sign;
            self.duration_us = self.duration_us.saturating_add(sign.saturating_mul(micros));
            self.histogram.add(micros, sign);
        }
    }
}

/// What a transaction changes in the rollups.
#[derive(Debug, Default)]
pub(crate) struct Rollups {
    pub(crate) sums: FxHashMap<Bucket, Sums>,
    /// Bucket and interned usage key to rows and total.
    pub(crate) usage: FxHashMap<(Bucket, i64), (i64, i64)>,
    /// Bucket and interned score name to rows and total.
    pub(crate) scores: FxHashMap<(Bucket, i64), (i64, i64)>,
}

impl Rollups {
    /// Adds (`sign` 1) or takes away (`sign` -1) a trace.
    pub(crate) fn add_trace(&mut self, row: &TraceRow, sign: i64) {
        if !row.is_visible() {
            return;
        }
        let bucket = Bucket {
            kind: TRACES,
            project: row.project,
            hour: hour_of(row.id),
            source: row.source,
        };
        let sums = self.sums.entry(bucket).or_default();
        sums.add_flags(row.flags, sign);
        sums.tags += sign * i64::try_from(row.tags.len()).unwrap_or(i64::MAX);
        sums.spans += sign * row.span_count;
        sums.llm_spans += sign * row.llm_span_count;
        sums.failed_guardrails += sign * row.failed_guardrails;
        sums.add_cost(row.cost, sign);
        sums.add_duration(row.duration_us(), sign);
        for (key, total, _) in &row.totals.usage {
            let slot = self.usage.entry((bucket, *key)).or_default();
            slot.0 += sign;
            slot.1 = slot.1.saturating_add(sign.saturating_mul(*total));
        }
    }

    /// Adds or takes away a span.
    pub(crate) fn add_span(&mut self, row: &SpanRow, sign: i64) {
        if !row.is_visible() {
            return;
        }
        let bucket = Bucket {
            kind: SPANS,
            project: row.project,
            hour: hour_of(row.id),
            source: row.source,
        };
        let sums = self.sums.entry(bucket).or_default();
        sums.add_flags(row.flags, sign);
        sums.tags += sign * i64::try_from(row.tags.len()).unwrap_or(i64::MAX);
        sums.add_cost(row.cost, sign);
        sums.add_duration(row.duration_us(), sign);
        for (key, value) in &row.usage.0 {
            let slot = self.usage.entry((bucket, *key)).or_default();
            slot.0 += sign;
            slot.1 = slot.1.saturating_add(sign.saturating_mul(*value));
        }
    }

    /// Adds or takes away an aggregated score value.
    pub(crate) fn add_score(&mut self, bucket: Bucket, name: i64, value: i64, sign: i64) {
        let slot = self.scores.entry((bucket, name)).or_default();
        slot.0 += sign;
        slot.1 = slot.1.saturating_add(sign.saturating_mul(value));
    }

    /// Applies the changes to the tables.
    pub(crate) fn flush(self, connection: &Connection) -> rusqlite::Result<()> {
        for (bucket, sums) in self.sums {
            if sums != Sums::default() {
                flush_sums(connection, bucket, &sums)?;
            }
        }
        flush_pairs(connection, "usage_rollup", self.usage)?;
        flush_pairs(connection, "score_rollup", self.scores)
    }
}

fn flush_sums(connection: &Connection, bucket: Bucket, change: &Sums) -> rusqlite::Result<()> {
    let histogram: Option<Vec<u8>> = if change.histogram.is_empty() {
        None
    } else {
        let stored: Option<Option<Vec<u8>>> = connection
            .prepare_cached(
                "SELECT histogram FROM rollup WHERE kind = ?1 AND project = ?2 AND hour = ?3 AND source = ?4",
            )?
            .query_row(
                params![bucket.kind, bucket.project, bucket.hour, bucket.source],
                |row| row.get(0),
            )
            .optional()?;
        let mut histogram = Histogram::decode(stored.flatten().as_deref());
        histogram.merge(&change.histogram);
        // An empty blob stands for "set to nothing", a null parameter for "leave as it is".
        Some(histogram.encode().unwrap_or_default())
    };
    connection
        .prepare_cached(
            "INSERT INTO rollup (kind, project, hour, source, rows, errors, inputs, outputs, metadatas, tags, spans, \
             llm_spans, costs, cost, failed_guardrails, durations, duration_us, histogram) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
             ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, errors = errors + excluded.errors, \
             inputs = inputs + excluded.inputs, outputs = outputs + excluded.outputs, \
             metadatas = metadatas + excluded.metadatas, tags = tags + excluded.tags, spans = spans + excluded.spans, \
             llm_spans = llm_spans + excluded.llm_spans, costs = costs + excluded.costs, cost = cost + excluded.cost, \
             failed_guardrails = failed_guardrails + excluded.failed_guardrails, \
             durations = durations + excluded.durations, duration_us = duration_us + excluded.duration_us, \
             histogram = COALESCE(excluded.histogram, histogram)",
        )?
        .execute(params![
            bucket.kind,
            bucket.project,
            bucket.hour,
            bucket.source,
            change.rows,
            change.errors,
            change.inputs,
            change.outputs,
            change.metadatas,
            change.tags,
            change.spans,
            change.llm_spans,
            change.costs,
            change.cost,
            change.failed_guardrails,
            change.durations,
            change.duration_us,
            histogram,
        ])?;
    if change.rows < 0 {
        connection
            .prepare_cached(
                "DELETE FROM rollup WHERE kind = ?1 AND project = ?2 AND hour = ?3 AND source = ?4 AND rows = 0",
            )?
            .execute(params![bucket.kind, bucket.project, bucket.hour, bucket.source])?;
    }
    Ok(())
}

fn flush_pairs(
    connection: &Connection,
    table: &str,
    changes: FxHashMap<(Bucket, i64), (i64, i64)>,
) -> rusqlite::Result<()> {
    for ((bucket, name), (rows, total)) in changes {
        if rows == 0 && total == 0 {
            continue;
        }
        connection
            .prepare_cached(&format!(
                "INSERT INTO {table} (kind, project, hour, source, name, rows, total) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, total = total + excluded.total"
            ))?
            .execute(params![
                bucket.kind,
                bucket.project,
                bucket.hour,
                bucket.source,
                name,
                rows,
                total
            ])?;
        if rows < 0 {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM {table} WHERE kind = ?1 AND project = ?2 AND hour = ?3 AND source = ?4 AND name = ?5 \
                     AND rows = 0"
                ))?
                .execute(params![bucket.kind, bucket.project, bucket.hour, bucket.source, name])?;
        }
    }
    Ok(())
}
