//! Dashboards, insights views and saved queries.

use async_trait::async_trait;
use ferropik_model::{Dashboard, DashboardScope, DashboardType, DashboardUpdate, RawJson, SavedQuery, Timestamp, id};
use ferropik_query::Field;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Conflict, DashboardStore, Listed, Listing, NewDashboard, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::listing::{self, PlainColumns, Table, push_contains};
use crate::read::statement::id_value;
use crate::rows::{optional_uuid_at, uuid_at};
use crate::state::workspace_key;
use crate::work::Work;

const COLUMNS: &str = "d.id, d.project, d.name, d.slug, d.type, d.scope, d.description, d.config, d.created_us, \
                       d.created_by, d.updated_us, d.updated_by";

/// How filters and orders of lists spell fields.
const FIELDS: PlainColumns = PlainColumns {
    id: "d.id",
    folds: true,
    texts: &[
        (Field::Name, "d.name"),
        (Field::Description, "d.description"),
        (
            Field::Type,
            "(CASE d.type WHEN 0 THEN 'multi_project' ELSE 'experiments' END)",
        ),
        (
            Field::Scope,
            "(CASE d.scope WHEN 0 THEN 'workspace' ELSE 'insights' END)",
        ),
        (Field::CreatedBy, "(SELECT text FROM string WHERE key = d.created_by)"),
        (
            Field::LastUpdatedBy,
            "(SELECT text FROM string WHERE key = d.updated_by)",
        ),
    ],
    times: &[
        (Field::CreatedAt, "(d.created_us * 1000)"),
        (Field::LastUpdatedAt, "(d.updated_us * 1000)"),
    ],
    lists: &[],
};

fn scope_number(scope: DashboardScope) -> i64 {
    match scope {
        DashboardScope::Workspace => 0,
        DashboardScope::Insights => 1,
    }
}

fn kind_number(kind: DashboardType) -> i64 {
    match kind {
        DashboardType::MultiProject => 0,
        DashboardType::Experiments => 1,
    }
}

fn from_row(connection: &Connection, strings: &Strings, scope: &Scope, row: &Row<'_>) -> rusqlite::Result<Dashboard> {
    let config: String = row.get(7)?;
    Ok(Dashboard {
        id: uuid_at(row, 0)?,
        workspace_id: scope.workspace,
        project_id: optional_uuid_at(row, 1)?,
        name: row.get(2)?,
        slug: row.get(3)?,
        r#type: match row.get::<_, i64>(4)? {
            0 => DashboardType::MultiProject,
            _ => DashboardType::Experiments,
        },
        scope: match row.get::<_, i64>(5)? {
            0 => DashboardScope::Workspace,
            _ => DashboardScope::Insights,
        },
        description: row.get(6)?,
        config: RawJson::from_stored(&config),
        created_at: Timestamp::from_micros(row.get(8)?),
        created_by: strings.text(connection, row.get(9)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(10)?),
        last_updated_by: strings.text(connection, row.get(11)?)?.to_string(),
    })
}

fn find(
    connection: &Connection,
    strings: &Strings,
    scope: &Scope,
    workspace: i64,
    shown: DashboardScope,
    id: Uuid,
) -> StoreResult<Option<Dashboard>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dashboard d WHERE d.workspace = ?1 AND d.id = ?2 AND d.scope = ?3"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes(), scope_number(shown)], |row| {
                    from_row(connection, strings, scope, row)
                })
                .optional()
        })
        .map_err(translate)
}

/// The slug with a number when others of the workspace start with it.
fn numbered(connection: &Connection, workspace: i64, slug: &str) -> StoreResult<String> {
    // Whatever starts with the slug lies below the slug with the greatest character after it.
    let end = format!("{slug}{}", char::MAX);
    let others: i64 = connection
        .prepare_cached("SELECT COUNT(*) FROM dashboard WHERE workspace = ?1 AND slug >= ?2 AND slug < ?3")
        .and_then(|mut statement| statement.query_row(params![workspace, slug, end], |row| row.get(0)))
        .map_err(translate)?;
    let slug = match others {
        0 => slug.to_owned(),
        _ => format!("{slug}-{}", others + 1),
    };
    let is_taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM dashboard WHERE workspace = ?1 AND slug = ?2)")
        .and_then(|mut statement| statement.query_row(params![workspace, slug], |row| row.get(0)))
        .map_err(translate)?;
    if is_taken {
        Err(StoreError::Conflict(Conflict::NameTaken))
    } else {
        Ok(slug)
    }
}

fn find_query(connection: &Connection, strings: &Strings, workspace: i64, id: Uuid) -> StoreResult<Option<SavedQuery>> {
    connection
        .prepare_cached(
            "SELECT id, project, sql, created_us, created_by FROM saved_query WHERE workspace = ?1 AND id = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes()], |row| {
                    Ok(SavedQuery {
                        id: uuid_at(row, 0)?,
                        project_id: optional_uuid_at(row, 1)?,
                        sql: row.get(2)?,
                        created_at: Timestamp::from_micros(row.get(3)?),
                        created_by: strings.text(connection, row.get(4)?)?.to_string(),
                    })
                })
                .optional()
        })
        .map_err(translate)
}

/// Deletes dashboards of a deleted project, at most `limit` of them. Answers how many there were.
pub(crate) fn delete_of_project(connection: &Connection, project: Uuid, limit: usize) -> StoreResult<usize> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached("DELETE FROM dashboard WHERE key IN (SELECT key FROM dashboard WHERE project = ?1 LIMIT ?2)")
        .and_then(|mut statement| statement.execute(params![project.as_bytes(), limit]))
        .map_err(translate)
}

#[async_trait]
impl DashboardStore for SqliteStore {
    async fn create_dashboard(&self, scope: &Scope, dashboard: NewDashboard) -> StoreResult<Dashboard> {
        let (scope, strings, new) = (scope.clone(), self.strings(), id::new());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let slug = numbered(connection, work.workspace, &dashboard.slug)?;
            connection
                .prepare_cached(
                    "INSERT INTO dashboard (workspace, id, project, scope, type, name, slug, description, config, \
                     created_us, created_by, updated_us, updated_by) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?10, ?11)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        new.as_bytes(),
                        dashboard.project.as_ref().map(Uuid::as_bytes),
                        scope_number(dashboard.scope),
                        kind_number(dashboard.kind),
                        dashboard.name,
                        slug,
                        dashboard.description,
                        dashboard.config.as_str(),
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            let workspace = work.workspace;
            work.finish()?;
            find(connection, &strings, &scope, workspace, dashboard.scope, new)?.ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn dashboard(&self, scope: &Scope, shown: DashboardScope, id: Uuid) -> StoreResult<Option<Dashboard>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            find(connection, &strings, &scope, workspace, shown, id)
        })
        .await
    }

    async fn dashboards(
        &self,
        scope: &Scope,
        shown: DashboardScope,
        listing: Listing,
    ) -> StoreResult<Listed<Dashboard>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let mut condition = SqlBuilder::default();
            condition
                .push("d.workspace = ")
                .bind(SqlValue::Integer(workspace_key(connection, &scope)?));
            condition
                .push(" AND d.scope = ")
                .bind(SqlValue::Integer(scope_number(shown)));
            if let Some(project) = listing.project {
                condition.push(" AND d.project = ").bind(id_value(project));
            }
            push_contains("d.name", listing.name.as_deref(), &mut condition);
            let table = Table {
                from: "dashboard d",
                selected: COLUMNS,
                order: "d.id DESC",
                columns: &FIELDS,
            };
            listing::page(connection, &table, condition, &listing, |row| {
                from_row(connection, &strings, &scope, row)
            })
        })
        .await
    }

    async fn update_dashboard(
        &self,
        scope: &Scope,
        shown: DashboardScope,
        id: Uuid,
        update: DashboardUpdate,
        slug: Option<String>,
    ) -> StoreResult<Dashboard> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let stored: Option<(i64, String)> = connection
                .prepare_cached("SELECT key, name FROM dashboard WHERE workspace = ?1 AND id = ?2 AND scope = ?3")
                .and_then(|mut statement| {
                    statement
                        .query_row(params![work.workspace, id.as_bytes(), scope_number(shown)], |row| {
                            Ok((row.get(0)?, row.get(1)?))
                        })
                        .optional()
                })
                .map_err(translate)?;
            let (key, name) = stored.ok_or(StoreError::NotFound)?;
            let slug = match (&slug, &update.name) {
                (Some(slug), Some(changed)) if *changed != name => Some(numbered(connection, work.workspace, slug)?),
                _ => None,
            };
            connection
                .prepare_cached(
                    "UPDATE dashboard SET name = COALESCE(?2, name), slug = COALESCE(?3, slug), \
                     type = COALESCE(?4, type), description = COALESCE(?5, description), \
                     config = COALESCE(?6, config), updated_us = ?7, updated_by = ?8 WHERE key = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        key,
                        update.name,
                        slug,
                        update.r#type.map(kind_number),
                        update.description,
                        update.config.as_ref().map(RawJson::as_str),
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            let workspace = work.workspace;
            work.finish()?;
            find(connection, &strings, &scope, workspace, shown, id)?.ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn delete_dashboards(&self, scope: &Scope, shown: DashboardScope, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let mut statement = connection
                .prepare_cached("DELETE FROM dashboard WHERE workspace = ?1 AND id = ?2 AND scope = ?3")
                .map_err(translate)?;
            for id in &ids {
                statement
                    .execute(params![work.workspace, id.as_bytes(), scope_number(shown)])
                    .map_err(translate)?;
            }
            drop(statement);
            work.finish()
        })
        .await
    }

    async fn save_query(&self, scope: &Scope, id: Uuid, project: Option<Uuid>, sql: String) -> StoreResult<SavedQuery> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let stored = connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO saved_query (id, workspace, project, sql, created_us, created_by) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        id.as_bytes(),
                        work.workspace,
                        project.as_ref().map(Uuid::as_bytes),
                        sql,
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            if stored == 0 {
                return Err(StoreError::Conflict(Conflict::Exists));
            }
            let workspace = work.workspace;
            work.finish()?;
            find_query(connection, &strings, workspace, id)?.ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn saved_query(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<SavedQuery>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            find_query(connection, &strings, workspace, id)
        })
        .await
    }
}
