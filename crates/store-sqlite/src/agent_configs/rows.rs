//! Reading blueprints.

use ferropik_model::{Blueprint, BlueprintType, Timestamp};
use ferropik_store::{BlueprintSelector, Listed, StoreResult};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::rows::uuid_at;

const SELECT: &str = "SELECT b.id, p.id, b.number, b.description, b.content, \
     (SELECT json_group_array(e.name ORDER BY e.name) FROM blueprint_environment e \
      WHERE e.blueprint = b.key AND e.ended_us IS NULL), b.created_us, b.created_by \
     FROM blueprint b JOIN project p ON p.key = b.project";

fn from_row(context: &Context, connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Blueprint> {
    const CONTENT: usize = 4;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(CONTENT, Type::Blob, error)
    };
    let frame = row.get_ref(CONTENT)?.as_blob()?;
    let content = context.codec.decode(frame).map_err(|error| failed(error.into()))?;
    let number: Option<i64> = row.get(2)?;
    let environments: String = row.get(5)?;
    let created_at = Timestamp::from_micros(row.get(6)?);
    let created_by = context.strings.text(connection, row.get(7)?)?.to_string();
    Ok(Blueprint {
        id: uuid_at(row, 0)?,
        project_id: uuid_at(row, 1)?,
        name: number.map(|number| format!("v{number}")).unwrap_or_default(),
        r#type: match number {
            Some(_) => BlueprintType::Blueprint,
            None => BlueprintType::Mask,
        },
        description: row.get(3)?,
        envs: Some(serde_json::from_str(&environments).unwrap_or_default()),
        values: serde_json::from_str(&content).map_err(|error| failed(error.into()))?,
        created_at,
        created_by: created_by.clone(),
        last_updated_at: created_at,
        last_updated_by: created_by,
    })
}

fn one(
    context: &Context,
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> StoreResult<Option<Blueprint>> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE {condition}"))
        .and_then(|mut statement| {
            statement
                .query_row(parameters, |row| from_row(context, connection, row))
                .optional()
        })
        .map_err(translate)
}

/// The blueprint or mask of an id.
pub(super) fn find(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<Blueprint>> {
    one(
        context,
        connection,
        "b.id = ?1 AND b.workspace = ?2",
        params![id.as_bytes(), workspace],
    )
}

/// A mask of a project.
pub(super) fn find_mask(
    context: &Context,
    connection: &Connection,
    project: i64,
    id: Uuid,
) -> StoreResult<Option<Blueprint>> {
    one(
        context,
        connection,
        "b.id = ?1 AND b.project = ?2 AND b.number IS NULL",
        params![id.as_bytes(), project],
    )
}

/// A state of a project's configuration.
pub(super) fn select(
    context: &Context,
    connection: &Connection,
    project: i64,
    selector: &BlueprintSelector,
) -> StoreResult<Option<Blueprint>> {
    match selector {
        BlueprintSelector::Latest => one(
            context,
            connection,
            "b.project = ?1 AND b.number IS NOT NULL ORDER BY b.id DESC LIMIT 1",
            params![project],
        ),
        BlueprintSelector::Number(number) => one(
            context,
            connection,
            "b.project = ?1 AND b.number = ?2",
            params![project, number],
        ),
        BlueprintSelector::Environment(name) => one(
            context,
            connection,
            "b.key = (SELECT blueprint FROM blueprint_environment \
             WHERE project = ?1 AND name = ?2 AND ended_us IS NULL)",
            params![project, name],
        ),
    }
}

/// States of a project's configuration, newest first.
pub(super) fn history(
    context: &Context,
    connection: &Connection,
    project: i64,
    (limit, offset): (i64, i64),
) -> StoreResult<Listed<Blueprint>> {
    let total: i64 = connection
        .prepare_cached("SELECT COUNT(*) FROM blueprint WHERE project = ?1 AND number IS NOT NULL")
        .and_then(|mut statement| statement.query_row([project], |row| row.get(0)))
        .map_err(translate)?;
    let rows = connection
        .prepare_cached(&format!(
            "{SELECT} WHERE b.project = ?1 AND b.number IS NOT NULL ORDER BY b.created_us DESC, b.id DESC \
             LIMIT ?2 OFFSET ?3"
        ))
        .and_then(|mut statement| {
            statement
                .query_map([project, limit, offset], |row| from_row(context, connection, row))?
                .collect()
        })
        .map_err(translate)?;
    Ok(Listed {
        rows,
        total: total.unsigned_abs(),
    })
}
