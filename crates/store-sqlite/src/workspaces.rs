//! Workspaces and their settings.

use async_trait::async_trait;
use ferropik_model::WorkspaceConfiguration;
use ferropik_store::{Scope, StoreResult, WorkspaceStore};
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::translate;
use crate::rows::uuid_at;
use crate::state::workspace_key;

/// The column `configuration`.
fn write_configuration(configuration: &WorkspaceConfiguration) -> String {
    json!({
        "thread_timeout_secs": configuration.timeout_to_mark_thread_as_inactive,
        "truncation_on_tables": configuration.truncation_on_tables,
        "color_map": configuration.color_map,
    })
    .to_string()
}

/// The inverse of [`write_configuration`].
pub(crate) fn read_configuration(text: &str) -> Option<WorkspaceConfiguration> {
    let stored: Map<String, Value> = serde_json::from_str(text).ok()?;
    Some(WorkspaceConfiguration {
        timeout_to_mark_thread_as_inactive: stored.get("thread_timeout_secs").and_then(Value::as_u64),
        truncation_on_tables: stored
            .get("truncation_on_tables")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        color_map: stored.get("color_map").and_then(Value::as_object).map(|colors| {
            colors
                .iter()
                .filter_map(|(name, color)| color.as_str().map(|color| (name.clone(), color.to_owned())))
                .collect()
        }),
    })
}

#[async_trait]
impl WorkspaceStore for SqliteStore {
    async fn workspace_by_name(&self, name: &str) -> StoreResult<Option<Uuid>> {
        if let Some(id) = self.known_workspace(name) {
            return Ok(Some(id));
        }
        let wanted = name.to_owned();
        let found = self
            .read(move |connection, _| {
                connection
                    .prepare_cached("SELECT id FROM workspace WHERE name = ?1")
                    .and_then(|mut statement| statement.query_row([wanted], |row| uuid_at(row, 0)).optional())
                    .map_err(translate)
            })
            .await?;
        if let Some(id) = found {
            self.remember_workspace(name, id);
        }
        Ok(found)
    }

    async fn workspace_configuration(&self, scope: &Scope) -> StoreResult<Option<WorkspaceConfiguration>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let stored: Option<String> = connection
                .prepare_cached("SELECT configuration FROM workspace WHERE key = ?1")
                .and_then(|mut statement| statement.query_row([workspace], |row| row.get(0)))
                .map_err(translate)?;
            Ok(stored.as_deref().and_then(read_configuration))
        })
        .await
    }

    async fn set_workspace_configuration(
        &self,
        scope: &Scope,
        configuration: Option<WorkspaceConfiguration>,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let workspace = state.workspace(connection, &scope)?;
            connection
                .execute(
                    "UPDATE workspace SET configuration = ?2 WHERE key = ?1",
                    params![workspace, configuration.as_ref().map(write_configuration)],
                )
                .map_err(translate)?;
            Ok(())
        })
        .await
    }

    async fn is_healthy(&self) -> bool {
        self.read(|connection, _| connection.query_row("SELECT 1", [], |_| Ok(())).map_err(translate))
            .await
            .is_ok()
    }
}
