//! Verdicts on the assertions about a trace.

use ferropik_model::AssertionResult;
use ferropik_store::StoreResult;
use rusqlite::{Connection, params};

use crate::engine::strings::Strings;
use crate::error::translate;
use crate::scoring::{self, ASSERTION_QUEUE};

/// What a judge writes for an assertion that holds, 1e-9.
const PASSED: i64 = 1_000_000_000;

/// The verdicts on the assertions about a trace, sorted by assertion. One passes when all who judged it say so; their
/// reasons are joined.
pub(crate) fn verdicts_of(connection: &Connection, strings: &Strings, trace: i64) -> StoreResult<Vec<AssertionResult>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT name, value, reason FROM score WHERE kind = ?1 AND entity = ?2 AND queue = ?3 \
             ORDER BY name, created_ns",
        )
        .map_err(translate)?;
    let mut rows = statement
        .query(params![scoring::TRACE, trace, ASSERTION_QUEUE])
        .map_err(translate)?;
    let mut results: Vec<AssertionResult> = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next().map_err(translate)? {
        let name: i64 = row.get(0).map_err(translate)?;
        let passed = row.get::<_, i64>(1).map_err(translate)? >= PASSED;
        let reason: Option<String> = row.get(2).map_err(translate)?;
        let reason = reason.filter(|reason| !reason.is_empty());
        match results.last_mut() {
            Some(result) if last == Some(name) => {
                result.passed &= passed;
                result.reason = match (result.reason.take(), reason) {
                    (Some(known), Some(reason)) => Some(format!("{known}, {reason}")),
                    (known, reason) => known.or(reason),
                };
            }
            _ => results.push(AssertionResult {
                value: strings.text(connection, name).map_err(translate)?.to_string(),
                passed,
                reason,
            }),
        }
        last = Some(name);
    }
    results.sort_by(|left, right| left.value.cmp(&right.value));
    Ok(results)
}
