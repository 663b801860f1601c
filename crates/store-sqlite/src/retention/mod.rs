//! Retention: rules, and what they delete.

mod pass;

use async_trait::async_trait;
use ferropik_model::{RetentionLevel, RetentionPeriod, RetentionRule, Timestamp, id};
use ferropik_store::{Listed, NewRetentionRule, RetentionPass, RetentionStore, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::limit_offset;
use crate::rows::{optional_uuid_at, uuid_at};
use crate::state::workspace_key;
use crate::work::Work;

const COLUMNS: &str = "id, project, level, retention, past, enabled, created_us, created_by, updated_us, updated_by, \
                       cursor, caught_up";

fn level_number(level: RetentionLevel) -> i64 {
    match level {
        RetentionLevel::Organization => 0,
        RetentionLevel::Workspace => 1,
        RetentionLevel::Project => 2,
    }
}

fn level_from_number(number: i64) -> RetentionLevel {
    match number {
        0 => RetentionLevel::Organization,
        1 => RetentionLevel::Workspace,
        _ => RetentionLevel::Project,
    }
}

fn period_number(period: RetentionPeriod) -> i64 {
    match period {
        RetentionPeriod::Unlimited => 0,
        RetentionPeriod::Short => 1,
        RetentionPeriod::Base => 2,
        RetentionPeriod::Extended => 3,
    }
}

/// The inverse of [`period_number`]. Nothing is deleted for an unknown number.
fn period_from_number(number: i64) -> RetentionPeriod {
    match number {
        1 => RetentionPeriod::Short,
        2 => RetentionPeriod::Base,
        3 => RetentionPeriod::Extended,
        _ => RetentionPeriod::Unlimited,
    }
}

fn from_row(
    connection: &Connection,
    strings: &Strings,
    scope: &Scope,
    row: &Row<'_>,
) -> rusqlite::Result<RetentionRule> {
    Ok(RetentionRule {
        id: uuid_at(row, 0)?,
        workspace_id: scope.workspace,
        project_id: optional_uuid_at(row, 1)?,
        level: level_from_number(row.get(2)?),
        retention: period_from_number(row.get(3)?),
        apply_to_past: row.get(4)?,
        enabled: row.get(5)?,
        created_at: Timestamp::from_micros(row.get(6)?),
        created_by: strings.text(connection, row.get(7)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(8)?),
        last_updated_by: strings.text(connection, row.get(9)?)?.to_string(),
        catch_up_cursor: optional_uuid_at(row, 10)?,
        catch_up_done: row.get(11)?,
    })
}

fn find(
    connection: &Connection,
    strings: &Strings,
    scope: &Scope,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<RetentionRule>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM retention_rule WHERE workspace = ?1 AND id = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes()], |row| {
                    from_row(connection, strings, scope, row)
                })
                .optional()
        })
        .map_err(translate)
}

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn create_retention_rule(&self, scope: &Scope, rule: NewRetentionRule) -> StoreResult<RetentionRule> {
        let (scope, strings, new) = (scope.clone(), self.strings(), id::new());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            connection
                .prepare_cached(
                    "UPDATE retention_rule SET enabled = 0, updated_us = ?4, updated_by = ?5 \
                     WHERE workspace = ?1 AND level = ?2 AND project IS ?3 AND enabled = 1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        level_number(rule.level),
                        rule.project.as_ref().map(Uuid::as_bytes),
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            let catches_up = rule.apply_to_past && rule.retention.days().is_some();
            connection
                .prepare_cached(
                    "INSERT INTO retention_rule (workspace, id, project, level, retention, past, enabled, caught_up, \
                     created_us, created_by, updated_us, updated_by) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?8, ?9)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        new.as_bytes(),
                        rule.project.as_ref().map(Uuid::as_bytes),
                        level_number(rule.level),
                        period_number(rule.retention),
                        rule.apply_to_past,
                        !catches_up,
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            let workspace = work.workspace;
            work.finish()?;
            find(connection, &strings, &scope, workspace, new)?.ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn retention_rule(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<RetentionRule>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            find(connection, &strings, &scope, workspace, id)
        })
        .await
    }

    async fn retention_rules(
        &self,
        scope: &Scope,
        page: u64,
        size: u64,
        include_inactive: bool,
    ) -> StoreResult<Listed<RetentionRule>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let total: i64 = connection
                .prepare_cached("SELECT COUNT(*) FROM retention_rule WHERE workspace = ?1 AND (enabled = 1 OR ?2)")
                .and_then(|mut statement| statement.query_row(params![workspace, include_inactive], |row| row.get(0)))
                .map_err(translate)?;
            let (limit, offset) = limit_offset(page, size);
            let mut statement = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM retention_rule WHERE workspace = ?1 AND (enabled = 1 OR ?2) \
                     ORDER BY id DESC LIMIT ?3 OFFSET ?4"
                ))
                .map_err(translate)?;
            let rows = statement
                .query_map(params![workspace, include_inactive, limit, offset], |row| {
                    from_row(connection, &strings, &scope, row)
                })
                .and_then(Iterator::collect)
                .map_err(translate)?;
            Ok(Listed {
                rows,
                total: total.unsigned_abs(),
            })
        })
        .await
    }

    async fn deactivate_retention_rule(&self, scope: &Scope, id: Uuid) -> StoreResult<()> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            if find(connection, &strings, &scope, work.workspace, id)?.is_none() {
                return Err(StoreError::NotFound);
            }
            connection
                .prepare_cached(
                    "UPDATE retention_rule SET enabled = 0, updated_us = ?3, updated_by = ?4 \
                     WHERE workspace = ?1 AND id = ?2 AND enabled = 1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![work.workspace, id.as_bytes(), work.now.as_micros(), work.user])
                })
                .map_err(translate)?;
            work.finish()
        })
        .await
    }

    async fn apply_retention(&self, now: Timestamp, limit: usize) -> StoreResult<RetentionPass> {
        pass::run(self, now, limit).await
    }
}
