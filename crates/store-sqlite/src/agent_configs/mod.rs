//! Agent configurations: at most one for each project, a list of blueprints.
//!
//! The values of a blueprint are one frame. States are numbered by the writer (`agent_config.blueprints`), masks have no
//! number. Of the environments' blueprints the past is kept: rows with an end.

mod rows;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use ferropik_model::{Blueprint, ConfigValue};
use ferropik_store::{
    AgentConfigStore, BlueprintSelector, Conflict, Listed, MaskConflict, NewBlueprint, Scope, StoreError, StoreResult,
    overlay, shortened,
};
use rusqlite::{Connection, params};
use uuid::Uuid;

use self::write::Encoded;
use crate::SqliteStore;
use crate::error::translate;
use crate::read::limit_offset;
use crate::state::{State, project_key, workspace_key};
use crate::work::Work;

/// Deletes at most `limit` rows of the configuration of a deleted project. Answers 0 when nothing is left.
pub(crate) fn delete_of_project(
    connection: &Connection,
    _state: &mut State,
    project: i64,
    limit: usize,
) -> StoreResult<usize> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    for table in ["blueprint", "blueprint_environment"] {
        let deleted = connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE project = ?1 LIMIT ?2)"
            ))
            .and_then(|mut statement| statement.execute([project, limit]))
            .map_err(translate)?;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    connection
        .prepare_cached("DELETE FROM agent_config WHERE project = ?1")
        .and_then(|mut statement| statement.execute([project]))
        .map_err(translate)
}

/// The key of a project; none when it is unknown.
fn known_project(connection: &Connection, scope: &Scope, project: Uuid) -> StoreResult<Option<i64>> {
    match project_key(connection, workspace_key(connection, scope)?, project) {
        Ok(key) => Ok(Some(key)),
        Err(StoreError::ProjectNotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl SqliteStore {
    async fn encode_blueprint(&self, blueprint: NewBlueprint) -> StoreResult<Encoded> {
        let codec = Arc::clone(&self.context().codec);
        tokio::task::spawn_blocking(move || Encoded::new(&codec, blueprint))
            .await
            .map_err(StoreError::internal)?
    }
}

#[async_trait]
impl AgentConfigStore for SqliteStore {
    async fn create_agent_config(
        &self,
        scope: &Scope,
        project: Uuid,
        id: Uuid,
        blueprint: NewBlueprint,
    ) -> StoreResult<Option<String>> {
        let (scope, context) = (scope.clone(), self.context());
        let blueprint = self.encode_blueprint(blueprint).await?;
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            if write::has_config(connection, project)? {
                return Err(StoreError::Conflict(Conflict::Exists));
            }
            write::insert_config(&work, project, id)?;
            let (key, description) = write::insert(&context, &work, project, &blueprint)?;
            write::set_environment(&work, project, ferropik_store::FIRST_BLUEPRINT_ENVIRONMENT, key)?;
            work.finish()?;
            Ok(description)
        })
        .await
    }

    async fn add_blueprint(&self, scope: &Scope, project: Uuid, blueprint: NewBlueprint) -> StoreResult<()> {
        let (scope, context) = (scope.clone(), self.context());
        let blueprint = self.encode_blueprint(blueprint).await?;
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            if !write::has_config(connection, project)? {
                return Err(StoreError::NotFound);
            }
            write::insert(&context, &work, project, &blueprint)?;
            work.finish()
        })
        .await
    }

    async fn add_blueprint_of_mask(
        &self,
        scope: &Scope,
        project: Uuid,
        mask: Uuid,
        new_id: Uuid,
    ) -> StoreResult<Result<(), MaskConflict>> {
        let (scope, context) = (scope.clone(), self.context());
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            let Some(latest) = rows::select(&context, connection, project, &BlueprintSelector::Latest)? else {
                return Ok(Err(MaskConflict::NoConfig));
            };
            let Some(mask) = rows::find_mask(&context, connection, project, mask)? else {
                return Ok(Err(MaskConflict::NoMask));
            };
            let values = overlay(latest.values, &mask.values);
            let next = Encoded::new(&context.codec, write::state_of(new_id, None, values))?;
            write::insert(&context, &work, project, &next)?;
            work.finish()?;
            Ok(Ok(()))
        })
        .await
    }

    async fn remove_config_keys(
        &self,
        scope: &Scope,
        project: Uuid,
        keys: Vec<String>,
        new_id: Uuid,
    ) -> StoreResult<bool> {
        let (scope, context) = (scope.clone(), self.context());
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            let latest = rows::select(&context, connection, project, &BlueprintSelector::Latest)?;
            let values = latest.ok_or(StoreError::NotFound)?.values;
            let is_present = |key: &&String| values.iter().any(|value| value.key == **key);
            let mut present: Vec<&str> = Vec::new();
            for key in keys.iter().filter(is_present) {
                if !present.contains(&key.as_str()) {
                    present.push(key);
                }
            }
            if present.is_empty() {
                return Ok(false);
            }
            let description = shortened(format!("Deleted configuration parameters: [{}]", present.join(", ")));
            let kept: Vec<ConfigValue> = values
                .iter()
                .filter(|value| !present.contains(&value.key.as_str()))
                .cloned()
                .collect();
            let next = Encoded::new(&context.codec, write::state_of(new_id, Some(description), kept))?;
            write::insert(&context, &work, project, &next)?;
            work.finish()?;
            Ok(true)
        })
        .await
    }

    async fn blueprint(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Blueprint>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            rows::find(&context, connection, workspace, id)
        })
        .await
    }

    async fn select_blueprint(
        &self,
        scope: &Scope,
        project: Uuid,
        selector: BlueprintSelector,
    ) -> StoreResult<Option<Blueprint>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| match known_project(connection, &scope, project)? {
            Some(project) => rows::select(&context, connection, project, &selector),
            None => Ok(None),
        })
        .await
    }

    async fn blueprint_history(
        &self,
        scope: &Scope,
        project: Uuid,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<Blueprint>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let Some(project) = known_project(connection, &scope, project)? else {
                return Ok(Listed {
                    rows: Vec::new(),
                    total: 0,
                });
            };
            rows::history(&context, connection, project, limit_offset(page, size))
        })
        .await
    }

    async fn set_blueprint_environments(
        &self,
        scope: &Scope,
        project: Uuid,
        environments: Vec<(String, Uuid)>,
    ) -> StoreResult<Vec<Uuid>> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let project = known_project(connection, &scope, project)?;
            let mut known: Vec<(&str, i64)> = Vec::with_capacity(environments.len());
            let mut unknown: Vec<Uuid> = Vec::new();
            for (name, id) in &environments {
                let key = match project {
                    Some(project) => write::state_key(connection, project, *id)?,
                    None => None,
                };
                match key {
                    Some(key) => known.push((name, key)),
                    None if unknown.contains(id) => {}
                    None => unknown.push(*id),
                }
            }
            if let (Some(project), true) = (project, unknown.is_empty()) {
                for (name, key) in known {
                    write::set_environment(&work, project, name, key)?;
                }
            }
            work.finish()?;
            Ok(unknown)
        })
        .await
    }

    async fn end_blueprint_environment(&self, scope: &Scope, project: Uuid, name: &str) -> StoreResult<()> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            if let Some(project) = known_project(connection, &scope, project)? {
                connection
                    .prepare_cached(
                        "UPDATE blueprint_environment SET ended_us = ?3 \
                         WHERE project = ?1 AND name = ?2 AND ended_us IS NULL",
                    )
                    .and_then(|mut statement| statement.execute(params![project, name, work.now.as_micros()]))
                    .map_err(translate)?;
            }
            work.finish()
        })
        .await
    }
}
