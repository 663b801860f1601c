//! Report failures and preferences, the welcome wizard, and what an assistant keeps for a user.

use async_trait::async_trait;
use ferropik_model::{ReportFailure, ReportPreference, Timestamp, id};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Listed, NewReportFailure, NewReportPreference, ReportStore, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings;
use crate::error::translate;
use crate::read::limit_offset;
use crate::read::statement::{id_value, number, query};
use crate::rows::uuid_at;
use crate::state::workspace_key;
use crate::work::Work;

fn preference(connection: &Connection, workspace: i64, project: Uuid) -> StoreResult<Option<ReportPreference>> {
    connection
        .prepare_cached(
            "SELECT enabled, schedule, prompt, created_us, updated_us FROM report_preference \
             WHERE workspace = ?1 AND project = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, project.as_bytes()], |row| {
                    Ok(ReportPreference {
                        project_id: project,
                        enabled: row.get(0)?,
                        schedule_time: row.get(1)?,
                        custom_prompt: row.get(2)?,
                        created_at: Timestamp::from_micros(row.get(3)?),
                        last_updated_at: Timestamp::from_micros(row.get(4)?),
                    })
                })
                .optional()
        })
        .map_err(translate)
}

#[async_trait]
impl ReportStore for SqliteStore {
    async fn add_report_failure(&self, scope: &Scope, failure: NewReportFailure) -> StoreResult<Uuid> {
        let (scope, new) = (scope.clone(), id::new());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            connection
                .prepare_cached(
                    "INSERT INTO report_failure (id, workspace, project, type, reason, detail, created_us, created_by) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        new.as_bytes(),
                        work.workspace,
                        failure.project.as_bytes(),
                        failure.kind,
                        failure.reason,
                        failure.detail,
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            work.finish()?;
            Ok(new)
        })
        .await
    }

    async fn report_failures(
        &self,
        scope: &Scope,
        kind: Option<String>,
        project: Option<Uuid>,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<ReportFailure>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let mut conditions = SqlBuilder::default();
            conditions
                .push(" FROM report_failure WHERE workspace = ")
                .bind(SqlValue::Integer(workspace_key(connection, &scope)?));
            if let Some(kind) = &kind {
                conditions.push(" AND type = ").bind_text(kind);
            }
            if let Some(project) = project {
                conditions.push(" AND project = ").bind(id_value(project));
            }
            let mut counting = SqlBuilder::default();
            counting.push("SELECT COUNT(*)").append(conditions.clone());
            let total = number(connection, counting)?;
            let (limit, offset) = limit_offset(page, size);
            let mut reading = SqlBuilder::default();
            reading
                .push("SELECT id, type, project, reason, detail, created_us, created_by")
                .append(conditions)
                .push(" ORDER BY created_us DESC, id DESC LIMIT ")
                .bind(SqlValue::Integer(limit))
                .push(" OFFSET ")
                .bind(SqlValue::Integer(offset));
            let rows = query(connection, reading, |row| {
                let created_at = Timestamp::from_micros(row.get(5)?);
                let created_by = strings.text(connection, row.get(6)?)?.to_string();
                Ok(ReportFailure {
                    id: uuid_at(row, 0)?,
                    r#type: row.get(1)?,
                    project_id: uuid_at(row, 2)?,
                    reason: row.get(3)?,
                    detail: row.get(4)?,
                    created_at,
                    created_by: created_by.clone(),
                    last_updated_at: created_at,
                    last_updated_by: created_by,
                })
            })?;
            Ok(Listed { rows, total })
        })
        .await
    }

    async fn report_preference(&self, scope: &Scope, project: Uuid) -> StoreResult<Option<ReportPreference>> {
        let scope = scope.clone();
        self.read(move |connection, _| preference(connection, workspace_key(connection, &scope)?, project))
            .await
    }

    async fn set_report_preference(
        &self,
        scope: &Scope,
        project: Uuid,
        wanted: NewReportPreference,
    ) -> StoreResult<ReportPreference> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            connection
                .prepare_cached(
                    "INSERT INTO report_preference (workspace, project, enabled, schedule, prompt, created_us, updated_us) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (workspace, project) DO UPDATE \
                     SET enabled = ?3, schedule = ?4, prompt = ?5, updated_us = ?6",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        project.as_bytes(),
                        wanted.enabled,
                        wanted.schedule_time,
                        wanted.custom_prompt,
                        work.now.as_micros(),
                    ])
                })
                .map_err(translate)?;
            let workspace = work.workspace;
            work.finish()?;
            preference(connection, workspace, project)?.ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn is_welcomed(&self, scope: &Scope) -> StoreResult<bool> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM welcome_wizard WHERE workspace = ?1)")
                .and_then(|mut statement| statement.query_row([workspace], |row| row.get(0)))
                .map_err(translate)
        })
        .await
    }

    async fn set_welcomed(&self, scope: &Scope, answers: String) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO welcome_wizard (workspace, answers, created_us, created_by) \
                     VALUES (?1, ?2, ?3, ?4)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![work.workspace, answers, work.now.as_micros(), work.user])
                })
                .map_err(translate)?;
            work.finish()
        })
        .await
    }

    async fn assistant_state(&self, scope: &Scope) -> StoreResult<Option<Vec<u8>>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(user) = strings::find(connection, &scope.user).map_err(translate)? else {
                return Ok(None);
            };
            connection
                .prepare_cached("SELECT bytes FROM assistant_state WHERE workspace = ?1 AND user = ?2")
                .and_then(|mut statement| statement.query_row([workspace, user], |row| row.get(0)).optional())
                .map_err(translate)
        })
        .await
    }

    async fn set_assistant_state(&self, scope: &Scope, bytes: Option<Vec<u8>>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let key = params![work.workspace, work.user];
            match &bytes {
                Some(bytes) => connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO assistant_state (workspace, user, bytes) VALUES (?1, ?2, ?3)",
                    )
                    .and_then(|mut statement| statement.execute(params![work.workspace, work.user, bytes])),
                None => connection
                    .prepare_cached("DELETE FROM assistant_state WHERE workspace = ?1 AND user = ?2")
                    .and_then(|mut statement| statement.execute(key)),
            }
            .map_err(translate)?;
            work.finish()
        })
        .await
    }
}
