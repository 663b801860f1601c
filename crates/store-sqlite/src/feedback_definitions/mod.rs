//! Feedback definitions.

use async_trait::async_trait;
use ferropik_model::{FeedbackDefinition, FeedbackDetails, FeedbackType, Timestamp, USER_FEEDBACK, id};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{
    Conflict, FeedbackDefinitionStore, Listed, Listing, NewFeedbackDefinition, Scope, StoreError, StoreResult,
};
use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::projects::folded;
use crate::read::listing::{self, PlainColumns, Table, push_contains};
use crate::rows::uuid_at;
use crate::state::workspace_key;
use crate::work::Work;

const COLUMNS: &str = "id, name, type, description, details, created_us, created_by, updated_us, updated_by";

fn number_of(kind: FeedbackType) -> i64 {
    match kind {
        FeedbackType::Numerical => 0,
        FeedbackType::Categorical => 1,
        FeedbackType::Boolean => 2,
    }
}

fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<FeedbackDefinition> {
    let text: String = row.get(4)?;
    let details: FeedbackDetails = serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(FeedbackDefinition {
        id: uuid_at(row, 0)?,
        name: row.get(1)?,
        r#type: details.kind(),
        description: row.get(3)?,
        details,
        created_at: Timestamp::from_micros(row.get(5)?),
        created_by: strings.text(connection, row.get(6)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(7)?),
        last_updated_by: strings.text(connection, row.get(8)?)?.to_string(),
    })
}

fn text_of(details: &FeedbackDetails) -> StoreResult<String> {
    serde_json::to_string(details).map_err(StoreError::internal)
}

fn find_by_name(connection: &Connection, workspace: i64, name: &str) -> StoreResult<Option<Uuid>> {
    connection
        .prepare_cached("SELECT id FROM feedback_definition WHERE workspace = ?1 AND folded_name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, folded(name)], |row| uuid_at(row, 0))
                .optional()
        })
        .map_err(translate)
}

/// The definition that every workspace has.
pub(crate) fn seed(connection: &Connection, workspace: i64, workspace_id: Uuid, user: i64) -> rusqlite::Result<()> {
    let details = FeedbackDetails::Categorical {
        categories: IndexMap::from([("👍".to_owned(), 1.0), ("👎".to_owned(), 0.0)]),
    };
    let text = serde_json::to_string(&details).expect("labels and finite numbers are always serializable");
    connection.execute(
        "INSERT INTO feedback_definition (workspace, id, name, folded_name, type, details, created_us, created_by, \
         updated_us, updated_by) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?8 WHERE NOT EXISTS \
         (SELECT 1 FROM feedback_definition WHERE workspace = ?1 AND (folded_name = ?4 OR id = ?2))",
        params![
            workspace,
            workspace_id.as_bytes(),
            USER_FEEDBACK,
            folded(USER_FEEDBACK),
            number_of(details.kind()),
            text,
            Timestamp::now().as_micros(),
            user,
        ],
    )?;
    Ok(())
}

#[async_trait]
impl FeedbackDefinitionStore for SqliteStore {
    async fn create_feedback_definition(&self, scope: &Scope, definition: NewFeedbackDefinition) -> StoreResult<Uuid> {
        let scope = scope.clone();
        let (new, details) = (id::new(), text_of(&definition.details)?);
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            if find_by_name(connection, work.workspace, &definition.name)?.is_some() {
                return Err(StoreError::Conflict(Conflict::NameTaken));
            }
            connection
                .prepare_cached(
                    "INSERT INTO feedback_definition (workspace, id, name, folded_name, type, description, details, \
                     created_us, created_by, updated_us, updated_by) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?9)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        new.as_bytes(),
                        definition.name,
                        folded(&definition.name),
                        number_of(definition.details.kind()),
                        definition.description,
                        details,
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

    async fn replace_feedback_definition(
        &self,
        scope: &Scope,
        id: Uuid,
        definition: NewFeedbackDefinition,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        let details = text_of(&definition.details)?;
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let other = find_by_name(connection, work.workspace, &definition.name)?;
            let changed = if other.is_some_and(|other| other != id) {
                None
            } else {
                let changed = connection
                    .prepare_cached(
                        "UPDATE feedback_definition SET name = ?3, folded_name = ?4, type = ?5, description = ?6, \
                         details = ?7, updated_us = ?8, updated_by = ?9 WHERE workspace = ?1 AND id = ?2",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![
                            work.workspace,
                            id.as_bytes(),
                            definition.name,
                            folded(&definition.name),
                            number_of(definition.details.kind()),
                            definition.description,
                            details,
                            work.now.as_micros(),
                            work.user,
                        ])
                    })
                    .map_err(translate)?;
                Some(changed)
            };
            match changed {
                Some(0) => Err(StoreError::NotFound),
                Some(_) => work.finish(),
                None if exists(connection, work.workspace, id)? => Err(StoreError::Conflict(Conflict::NameTaken)),
                None => Err(StoreError::NotFound),
            }
        })
        .await
    }

    async fn feedback_definition(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<FeedbackDefinition>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM feedback_definition WHERE workspace = ?1 AND id = ?2"
                ))
                .and_then(|mut statement| {
                    statement
                        .query_row(params![workspace, id.as_bytes()], |row| {
                            from_row(connection, &strings, row)
                        })
                        .optional()
                })
                .map_err(translate)
        })
        .await
    }

    async fn feedback_definitions(
        &self,
        scope: &Scope,
        listing: Listing,
        kind: Option<FeedbackType>,
    ) -> StoreResult<Listed<FeedbackDefinition>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let mut condition = SqlBuilder::default();
            condition
                .push("workspace = ")
                .bind(SqlValue::Integer(workspace_key(connection, &scope)?));
            push_contains("name", listing.name.as_deref(), &mut condition);
            if let Some(kind) = kind {
                condition.push(" AND type = ").bind(SqlValue::Integer(number_of(kind)));
            }
            let table = Table {
                from: "feedback_definition",
                selected: COLUMNS,
                order: "id DESC",
                columns: &PlainColumns::NONE,
            };
            listing::page(connection, &table, condition, &listing, |row| {
                from_row(connection, &strings, row)
            })
        })
        .await
    }

    async fn delete_feedback_definitions(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let protected = find_by_name(connection, work.workspace, USER_FEEDBACK)?;
            if protected.is_some_and(|protected| ids.contains(&protected)) {
                return Err(StoreError::Conflict(Conflict::Protected));
            }
            let mut statement = connection
                .prepare_cached("DELETE FROM feedback_definition WHERE workspace = ?1 AND id = ?2")
                .map_err(translate)?;
            for id in &ids {
                statement
                    .execute(params![work.workspace, id.as_bytes()])
                    .map_err(translate)?;
            }
            drop(statement);
            work.finish()
        })
        .await
    }
}

fn exists(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM feedback_definition WHERE workspace = ?1 AND id = ?2)")
        .and_then(|mut statement| statement.query_row(params![workspace, id.as_bytes()], |row| row.get(0)))
        .map_err(translate)
}
