//! Deployment names of a workspace.

use async_trait::async_trait;
use ferropik_model::{Environment, EnvironmentWrite, Timestamp, id};
use ferropik_store::{Conflict, EnvironmentStore, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::engine::strings::Strings;
use crate::error::translate;
use crate::projects::folded;
use crate::rows::uuid_at;
use crate::state::workspace_key;
use crate::work::Work;
use crate::{Context, SqliteStore};

const COLUMNS: &str = "id, name, description, color, position, created_us, created_by, updated_us, updated_by";

/// What a fresh install has: name, color and position.
const SEEDS: [(&str, &str, i64); 3] = [
    ("development", "#945FCF", 0),
    ("staging", "#12A4B4", 1),
    ("production", "#19A979", 2),
];

/// Adds the environments of a fresh install.
pub(crate) fn seed(connection: &Connection, workspace: i64, user: i64, now_us: i64) -> rusqlite::Result<()> {
    for (name, color, position) in SEEDS {
        connection.execute(
            "INSERT INTO environment (workspace, id, name, folded_name, color, position, created_us, created_by, \
             updated_us, updated_by) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?6, ?7)",
            params![workspace, id::new().as_bytes(), name, color, position, now_us, user],
        )?;
    }
    Ok(())
}

/// Registers a name that a trace or a prompt version carries, unless it is no valid name or there are too many.
pub(crate) fn ensure(work: &mut Work<'_>, name: &str) -> StoreResult<()> {
    if !Environment::is_valid_name(name) || find_by_name(work.connection, work.workspace, name)?.is_some() {
        return Ok(());
    }
    if count(work)? >= Environment::MAX_PER_WORKSPACE {
        return Ok(());
    }
    let environment = EnvironmentWrite {
        name: Some(name.to_owned()),
        ..EnvironmentWrite::default()
    };
    insert(work, id::new(), &environment)
}

/// Those of the names that no environment of the workspace has.
pub(crate) fn unknown(connection: &Connection, workspace: i64, names: &[String]) -> StoreResult<Vec<String>> {
    let mut unknown = Vec::new();
    for name in names {
        if find_by_name(connection, workspace, name)?.is_none() {
            unknown.push(name.clone());
        }
    }
    Ok(unknown)
}

fn find_by_name(connection: &Connection, workspace: i64, name: &str) -> StoreResult<Option<Uuid>> {
    connection
        .prepare_cached("SELECT id FROM environment WHERE workspace = ?1 AND folded_name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, folded(name)], |row| uuid_at(row, 0))
                .optional()
        })
        .map_err(translate)
}

fn count(work: &Work<'_>) -> StoreResult<usize> {
    work.connection
        .prepare_cached("SELECT COUNT(*) FROM environment WHERE workspace = ?1")
        .and_then(|mut statement| statement.query_row([work.workspace], |row| row.get::<_, i64>(0)))
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
        .map_err(translate)
}

/// The chosen color, or the one of the name for a blank one.
fn color_of<'a>(color: Option<&'a str>, name: &str) -> &'a str {
    color
        .filter(|color| !color.trim().is_empty())
        .unwrap_or_else(|| Environment::color_of(name))
}

fn insert(work: &Work<'_>, id: Uuid, environment: &EnvironmentWrite) -> StoreResult<()> {
    let name = environment.name.as_deref().unwrap_or_default();
    work.connection
        .prepare_cached(
            "INSERT INTO environment (workspace, id, name, folded_name, description, color, position, created_us, \
             created_by, updated_us, updated_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?9)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                id.as_bytes(),
                name,
                folded(name),
                environment.description,
                color_of(environment.color.as_deref(), name),
                environment.position.unwrap_or(0),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<Environment> {
    let name: String = row.get(1)?;
    let color: Option<String> = row.get(3)?;
    Ok(Environment {
        id: uuid_at(row, 0)?,
        description: row.get(2)?,
        color: color.unwrap_or_else(|| Environment::color_of(&name).to_owned()),
        name,
        position: row.get(4)?,
        created_at: Timestamp::from_micros(row.get(5)?),
        created_by: strings.text(connection, row.get(6)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(7)?),
        last_updated_by: strings.text(connection, row.get(8)?)?.to_string(),
    })
}

fn find(context: &Context, connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<Environment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM environment WHERE id = ?1 AND workspace = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| {
                    from_row(connection, &context.strings, row)
                })
                .optional()
        })
        .map_err(translate)
}

fn update(context: &Context, work: &Work<'_>, id: Uuid, update: &EnvironmentWrite) -> StoreResult<()> {
    let stored = find(context, work.connection, work.workspace, id)?.ok_or(StoreError::NotFound)?;
    let name = update.name.clone().unwrap_or(stored.name);
    let other = find_by_name(work.connection, work.workspace, &name)?;
    if other.is_some_and(|other| other != id) {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    let color = match update.color.as_deref() {
        Some(color) => color_of(Some(color), &name),
        None => &stored.color,
    };
    work.connection
        .prepare_cached(
            "UPDATE environment SET name = ?2, folded_name = ?3, description = ?4, color = ?5, position = ?6, \
             updated_us = ?7, updated_by = ?8 WHERE id = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                id.as_bytes(),
                name,
                folded(&name),
                update.description.as_ref().or(stored.description.as_ref()),
                color,
                update.position.unwrap_or(stored.position),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

#[async_trait]
impl EnvironmentStore for SqliteStore {
    async fn environments(&self, scope: &Scope) -> StoreResult<Vec<Environment>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM environment WHERE workspace = ?1 ORDER BY created_us, key"
                ))
                .and_then(|mut statement| {
                    statement
                        .query_map([workspace], |row| from_row(connection, &context.strings, row))?
                        .collect()
                })
                .map_err(translate)
        })
        .await
    }

    async fn environment(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Environment>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            find(&context, connection, workspace, id)
        })
        .await
    }

    async fn create_environment(&self, scope: &Scope, id: Uuid, environment: EnvironmentWrite) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let name = environment.name.as_deref().unwrap_or_default();
            if find_by_name(connection, work.workspace, name)?.is_some() {
                return Err(StoreError::Conflict(Conflict::NameTaken));
            }
            if count(&work)? >= Environment::MAX_PER_WORKSPACE {
                return Err(StoreError::Conflict(Conflict::LimitReached));
            }
            let id_is_taken: bool = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM environment WHERE id = ?1)")
                .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)))
                .map_err(translate)?;
            if id_is_taken {
                return Err(StoreError::Conflict(Conflict::Exists));
            }
            insert(&work, id, &environment)?;
            work.finish()
        })
        .await
    }

    async fn update_environment(&self, scope: &Scope, id: Uuid, changes: EnvironmentWrite) -> StoreResult<()> {
        let (scope, context) = (scope.clone(), self.context());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            update(&context, &work, id, &changes)?;
            work.finish()
        })
        .await
    }

    async fn delete_environments(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            for id in &ids {
                connection
                    .prepare_cached("DELETE FROM environment WHERE id = ?1 AND workspace = ?2")
                    .and_then(|mut statement| statement.execute(params![id.as_bytes(), work.workspace]))
                    .map_err(translate)?;
            }
            work.finish()
        })
        .await
    }
}
