//! Datasets as clients read them: rows with what is computed from experiments and optimizations.

use ferropik_model::{Dataset, Timestamp, Visibility};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Access, DatasetList, Listed, Scope, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::fields::DatasetFields;
use super::find::{kind_of, status_of, visibility_of};
use super::version;
use crate::Context;
use crate::error::translate;
use crate::projects;
use crate::read::listing::{Table, page, push_contains};
use crate::read::statement::id_value;
use crate::rows::uuid_at;
use crate::state::{project_key, workspace_key};

const COLUMNS: &str = "d.key, d.id, d.name, d.project, d.type, d.visibility, d.status, d.description, d.tags, \
    d.created_us, d.created_by, d.updated_us, d.updated_by, d.last_experiment_us, d.last_optimization_us, d.latest";

/// What is in the row itself, before anything is computed.
struct Plain {
    key: i64,
    project: Option<i64>,
    latest: i64,
    created_by: i64,
    updated_by: i64,
    dataset: Dataset,
}

impl Plain {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Plain> {
        let time = |index: usize| -> rusqlite::Result<Option<Timestamp>> {
            Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_micros))
        };
        let tags: Option<String> = row.get(8)?;
        let dataset = Dataset {
            id: uuid_at(row, 1)?,
            name: row.get(2)?,
            project_id: None,
            r#type: kind_of(row.get(4)?),
            visibility: visibility_of(row.get(5)?),
            status: status_of(row.get(6)?),
            description: row.get(7)?,
            tags: tags
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
            created_at: Timestamp::from_micros(row.get(9)?),
            created_by: String::new(),
            last_updated_at: Timestamp::from_micros(row.get(11)?),
            last_updated_by: String::new(),
            dataset_items_count: 0,
            experiment_count: 0,
            most_recent_experiment_at: None,
            last_created_experiment_at: time(13)?,
            optimization_count: 0,
            most_recent_optimization_at: None,
            last_created_optimization_at: time(14)?,
            latest_version: None,
        };
        Ok(Plain {
            key: row.get(0)?,
            project: row.get(3)?,
            latest: row.get(15)?,
            created_by: row.get(10)?,
            updated_by: row.get(12)?,
            dataset,
        })
    }

    fn complete(self, connection: &Connection, context: &Context) -> StoreResult<Dataset> {
        let mut dataset = self.dataset;
        let user = |number: i64| -> StoreResult<String> {
            let text = context.strings.text(connection, number).map_err(translate)?;
            Ok(text.to_string())
        };
        dataset.created_by = user(self.created_by)?;
        dataset.last_updated_by = user(self.updated_by)?;
        if let Some(project) = self.project {
            dataset.project_id = projects::id_of(connection, project).map_err(translate)?;
        }
        if let Some(latest) = version::by_number(connection, self.key, self.latest)? {
            dataset.dataset_items_count = u64::try_from(latest.items).unwrap_or(0);
            dataset.latest_version = Some(latest.summary(connection, self.latest)?);
        }
        // The items of an experiment are only looked at when its summary is out of date.
        (dataset.experiment_count, dataset.most_recent_experiment_at) = used(
            connection,
            self.key,
            "SELECT COUNT(updated), MAX(updated) FROM (SELECT CASE WHEN e.summarized = e.revision THEN s.updated_us \
             ELSE (SELECT MAX(x.updated_us) FROM experiment_item x WHERE x.experiment = e.key) END AS updated \
             FROM experiment e LEFT JOIN experiment_summary s ON s.experiment = e.key WHERE e.dataset = ?1)",
        )?;
        (dataset.optimization_count, dataset.most_recent_optimization_at) = used(
            connection,
            self.key,
            "SELECT COUNT(*), MAX(updated_us) FROM optimization WHERE dataset = ?1",
        )?;
        Ok(dataset)
    }
}

fn used(connection: &Connection, dataset: i64, sql: &str) -> StoreResult<(u64, Option<Timestamp>)> {
    let (count, latest): (i64, Option<i64>) = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([dataset], |row| Ok((row.get(0)?, row.get(1)?))))
        .map_err(translate)?;
    Ok((count.unsigned_abs(), latest.map(Timestamp::from_micros)))
}

/// A dataset that is not deleted.
pub(super) fn one(connection: &Connection, context: &Context, scope: &Scope, id: Uuid) -> StoreResult<Option<Dataset>> {
    let workspace = workspace_key(connection, scope)?;
    let row = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset d WHERE d.id = ?1 AND d.workspace = ?2 AND d.folded_name IS NOT NULL"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], Plain::from_row)
                .optional()
        })
        .map_err(translate)?;
    let row = row.filter(|row| scope.access == Access::Workspace || row.dataset.visibility == Visibility::Public);
    row.map(|row| row.complete(connection, context)).transpose()
}

/// One page of datasets.
pub(super) fn many(
    connection: &Connection,
    context: &Context,
    scope: &Scope,
    list: &DatasetList,
) -> StoreResult<Listed<Dataset>> {
    let workspace = workspace_key(connection, scope)?;
    let mut condition = SqlBuilder::default();
    condition.push("d.workspace = ").bind(SqlValue::Integer(workspace));
    condition.push(" AND d.folded_name IS NOT NULL");
    if scope.access == Access::PublicOnly {
        condition.push(" AND d.visibility = 1");
    }
    if let Some(project) = list.listing.project {
        match project_key(connection, workspace, project) {
            Ok(project) => condition.push(" AND d.project = ").bind(SqlValue::Integer(project)),
            Err(ferropik_store::StoreError::ProjectNotFound(_)) => {
                return Ok(Listed {
                    rows: Vec::new(),
                    total: 0,
                });
            }
            Err(error) => return Err(error),
        };
    }
    push_contains("d.name", list.listing.name.as_deref(), &mut condition);
    if list.with_experiments_only {
        condition.push(" AND EXISTS (SELECT 1 FROM experiment e WHERE e.dataset = d.key AND e.type = 0)");
    }
    if list.with_optimizations_only {
        condition.push(" AND d.last_optimization_us IS NOT NULL");
    }
    if let Some(prompt) = list.prompt {
        condition
            .push(
                " AND d.key IN (SELECT e.dataset FROM experiment_prompt u JOIN experiment e ON e.key = u.experiment \
                 WHERE e.type = 0 AND u.prompt = ",
            )
            .bind(id_value(prompt));
        condition.push(")");
    }
    let table = Table {
        from: "dataset d",
        selected: COLUMNS,
        order: "d.id DESC",
        columns: &DatasetFields,
    };
    let listed = page(connection, &table, condition, &list.listing, Plain::from_row)?;
    let rows = listed
        .rows
        .into_iter()
        .map(|row| row.complete(connection, context))
        .collect::<StoreResult<_>>()?;
    Ok(Listed {
        rows,
        total: listed.total,
    })
}
