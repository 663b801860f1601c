//! Guardrail results.

use async_trait::async_trait;
use ferropik_model::{GuardrailCheck, GuardrailOutcome, GuardrailValidation};
use ferropik_store::{GuardrailStore, NewGuardrail, Scope, StoreResult};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rows::{flag, uuid_at};
use crate::work::Work;

/// The results of a trace, grouped by span in order of arrival, the checks of a span by name.
pub(crate) fn of_trace(
    connection: &Connection,
    strings: &Strings,
    trace: i64,
) -> rusqlite::Result<Vec<GuardrailValidation>> {
    let mut statement =
        connection.prepare_cached("SELECT span_id, name, failed FROM guardrail WHERE trace = ?1 ORDER BY seq")?;
    let mut rows = statement.query([trace])?;
    let mut validations: Vec<GuardrailValidation> = Vec::new();
    while let Some(row) = rows.next()? {
        let span_id: Uuid = uuid_at(row, 0)?;
        let check = GuardrailCheck {
            name: strings.text(connection, row.get(1)?)?.to_string(),
            result: if row.get(2)? {
                GuardrailOutcome::Failed
            } else {
                GuardrailOutcome::Passed
            },
        };
        match validations.iter_mut().find(|validation| validation.span_id == span_id) {
            Some(validation) => validation.checks.push(check),
            None => validations.push(GuardrailValidation {
                span_id,
                checks: vec![check],
            }),
        }
    }
    for validation in &mut validations {
        validation.checks.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(validations)
}

#[async_trait]
impl GuardrailStore for SqliteStore {
    async fn put_guardrails(&self, scope: &Scope, results: Vec<NewGuardrail>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            for result in &results {
                let project = work.project(result.project)?;
                let name = work.state.strings.intern(connection, &result.name).map_err(translate)?;
                let failed = result.outcome == GuardrailOutcome::Failed;
                let row = &mut work.trace(result.trace_id, project)?.now;
                row.set(flag::GUARDRAILS, true);
                row.failed_guardrails += i64::from(failed);
                let trace = row.seq;
                connection
                    .prepare_cached(
                        "INSERT INTO guardrail (trace, span_id, name, failed, config, details, created_ns, created_by) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![
                            trace,
                            result.span_id.as_bytes(),
                            name,
                            failed,
                            result.config.as_str().as_bytes(),
                            result.details.as_str().as_bytes(),
                            work.now.as_nanos(),
                            work.user,
                        ])
                    })
                    .map_err(translate)?;
            }
            work.finish()
        })
        .await
    }
}
