//! Writing blueprints.

use ferropik_model::{BlueprintType, ConfigValue};
use ferropik_store::{BlueprintSelector, Conflict, NewBlueprint, StoreError, StoreResult, describe_change};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows;
use crate::Context;
use crate::engine::payload::{Codec, Field};
use crate::error::translate;
use crate::work::Work;

/// A blueprint to write, with its values also as a frame.
pub(super) struct Encoded {
    blueprint: NewBlueprint,
    content: Vec<u8>,
}

impl Encoded {
    /// Compresses the values.
    pub(super) fn new(codec: &Codec, blueprint: NewBlueprint) -> StoreResult<Encoded> {
        let text = serde_json::to_string(&blueprint.values).map_err(StoreError::internal)?;
        Ok(Encoded {
            content: codec.encode(Field::Metadata, &text),
            blueprint,
        })
    }
}

/// A state to write.
pub(super) fn state_of(id: Uuid, description: Option<String>, values: Vec<ConfigValue>) -> NewBlueprint {
    NewBlueprint {
        id,
        kind: BlueprintType::Blueprint,
        description,
        values,
    }
}

/// Whether a project has a configuration.
pub(super) fn has_config(connection: &Connection, project: i64) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM agent_config WHERE project = ?1)")
        .and_then(|mut statement| statement.query_row([project], |row| row.get(0)))
        .map_err(translate)
}

fn id_is_taken(connection: &Connection, table: &str, id: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?1)"))
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)))
        .map_err(translate)
}

/// Creates the configuration of a project.
pub(super) fn insert_config(work: &Work<'_>, project: i64, id: Uuid) -> StoreResult<()> {
    if id_is_taken(work.connection, "agent_config", id)? {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    work.connection
        .prepare_cached(
            "INSERT INTO agent_config (project, workspace, id, blueprints, created_us, created_by) \
             VALUES (?1, ?2, ?3, 0, ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                project,
                work.workspace,
                id.as_bytes(),
                work.now.as_micros(),
                work.user
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// Adds a blueprint to an existing configuration. Answers its key and its description.
pub(super) fn insert(
    context: &Context,
    work: &Work<'_>,
    project: i64,
    new: &Encoded,
) -> StoreResult<(i64, Option<String>)> {
    let Encoded { blueprint, content } = new;
    if id_is_taken(work.connection, "blueprint", blueprint.id)? {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    let mut description = blueprint.description.clone();
    let mut number: Option<i64> = None;
    if blueprint.kind == BlueprintType::Blueprint {
        if description.is_none() {
            let latest = rows::select(context, work.connection, project, &BlueprintSelector::Latest)?;
            let before = latest.map(|latest| latest.values).unwrap_or_default();
            description = describe_change(&before, &blueprint.values);
        }
        number = Some(
            work.connection
                .prepare_cached(
                    "UPDATE agent_config SET blueprints = blueprints + 1 WHERE project = ?1 RETURNING blueprints",
                )
                .and_then(|mut statement| statement.query_row([project], |row| row.get(0)))
                .map_err(translate)?,
        );
    }
    work.connection
        .prepare_cached(
            "INSERT INTO blueprint (workspace, project, id, number, description, content, created_us, created_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                project,
                blueprint.id.as_bytes(),
                number,
                description,
                content,
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok((work.connection.last_insert_rowid(), description))
}

/// The key of a state of a project.
pub(super) fn state_key(connection: &Connection, project: i64, id: Uuid) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM blueprint WHERE id = ?1 AND project = ?2 AND number IS NOT NULL")
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), project], |row| row.get(0))
                .optional()
        })
        .map_err(translate)
}

/// Lets an environment use a blueprint from now on.
pub(super) fn set_environment(work: &Work<'_>, project: i64, name: &str, blueprint: i64) -> StoreResult<()> {
    let now = work.now.as_micros();
    let used: Option<i64> = work
        .connection
        .prepare_cached(
            "SELECT blueprint FROM blueprint_environment WHERE project = ?1 AND name = ?2 AND ended_us IS NULL",
        )
        .and_then(|mut statement| statement.query_row(params![project, name], |row| row.get(0)).optional())
        .map_err(translate)?;
    if used == Some(blueprint) {
        return Ok(());
    }
    work.connection
        .prepare_cached(
            "UPDATE blueprint_environment SET ended_us = ?3 WHERE project = ?1 AND name = ?2 AND ended_us IS NULL",
        )
        .and_then(|mut statement| statement.execute(params![project, name, now]))
        .and_then(|_| {
            work.connection.prepare_cached(
                "INSERT INTO blueprint_environment (project, name, blueprint, started_us, started_by) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
        })
        .and_then(|mut statement| statement.execute(params![project, name, blueprint, now, work.user]))
        .map_err(translate)?;
    Ok(())
}
