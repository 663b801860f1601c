//! Writes of experiments.

use ferropik_model::{ExperimentStatus, ExperimentType, ExperimentUpdate, NamedScore};
use ferropik_store::merge::TagChange;
use ferropik_store::{ExperimentCreation, NewExperiment, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::codes;
use super::dataset;
use super::items;
use super::rows::ExperimentRow;
use crate::datasets::{self, find, version};
use crate::error::translate;
use crate::rows::uuid_at;
use crate::work::Work;

/// Stores an experiment.
pub(super) fn create(
    work: &mut Work<'_>,
    new: &NewExperiment,
    metadata: Option<&[u8]>,
) -> StoreResult<ExperimentCreation> {
    let connection = work.connection;
    if exists(connection, new.id)? {
        return Ok(ExperimentCreation::Exists);
    }
    let project = new.project.map(|id| work.project(id)).transpose()?;
    let Some(prompts) = prompts_of(connection, work.workspace, &new.prompt_versions)? else {
        return Ok(ExperimentCreation::UnknownPromptVersion);
    };
    let known = find::by_name(connection, work.workspace, &new.dataset_name)?;
    let pinned = match (&known, new.dataset_version) {
        (None, Some(_)) => return Ok(ExperimentCreation::UnknownDatasetVersion),
        (None, None) => None,
        (Some(dataset), Some(id)) => match version::by_id(connection, dataset.key, id)? {
            Some(found) => Some(found),
            None => return Ok(ExperimentCreation::UnknownDatasetVersion),
        },
        (Some(dataset), None) => version::latest(connection, dataset)?,
    };
    let dataset = match known {
        Some(dataset) => dataset,
        None => dataset::ensure(work, &new.dataset_name, project)?,
    };
    let (key, is_awaited) = match awaited_key(connection, work.workspace, new.id)? {
        Some(key) => (key, true),
        None => (next_key(connection)?, false),
    };
    let policy = pinned.as_ref().and_then(|version| version.policy.clone());
    let now = work.now.as_micros();
    connection
        .prepare_cached(
            "INSERT INTO experiment (key, workspace, id, dataset, version, project, optimization, name, type, method, \
             status, metadata, tags, scores, policy, created_us, created_by, updated_us, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?16, ?17)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                work.workspace,
                new.id.as_bytes(),
                dataset.key,
                pinned.as_ref().map(|version| version.key),
                project,
                new.optimization.as_ref().map(Uuid::as_bytes),
                new.name,
                codes::type_number(new.kind),
                codes::method_number(new.method),
                codes::status_number(new.status),
                metadata,
                codes::tags_text(&new.tags).map_err(to_sql)?,
                codes::scores_text(&new.scores).map_err(to_sql)?,
                policy,
                now,
                work.user,
            ])
        })
        .map_err(translate)?;
    for (position, (version, prompt)) in prompts.iter().enumerate() {
        connection
            .prepare_cached(
                "INSERT INTO experiment_prompt (experiment, position, version, prompt) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut statement| {
                statement.execute(params![key, position as i64, version.as_bytes(), prompt.as_bytes()])
            })
            .map_err(translate)?;
    }
    if is_awaited {
        let row = ExperimentRow::find(connection, work.workspace, new.id)
            .map_err(translate)?
            .ok_or(StoreError::NotFound)?;
        items::fill_policies(connection, &row)?;
    }
    if new.kind == ExperimentType::Regular {
        connection
            .prepare_cached(
                "UPDATE dataset SET last_experiment_us = MAX(COALESCE(last_experiment_us, 0), ?2) WHERE key = ?1",
            )
            .and_then(|mut statement| statement.execute([dataset.key, now]))
            .map_err(translate)?;
    }
    Ok(ExperimentCreation::Created {
        dataset_elsewhere: project.is_some() && dataset.project != project,
    })
}

fn to_sql(error: StoreError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn exists(connection: &Connection, id: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM experiment WHERE id = ?1)")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)))
        .map_err(translate)
}

/// The versions with their prompts; none when one of them does not exist.
fn prompts_of(connection: &Connection, workspace: i64, versions: &[Uuid]) -> StoreResult<Option<Vec<(Uuid, Uuid)>>> {
    let mut prompts = Vec::with_capacity(versions.len());
    for version in versions {
        let prompt: Option<Uuid> = connection
            .prepare_cached(
                "SELECT p.id FROM prompt_version v JOIN prompt p ON p.key = v.prompt \
                 WHERE v.id = ?1 AND v.workspace = ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![version.as_bytes(), workspace], |row| uuid_at(row, 0))
                    .optional()
            })
            .map_err(translate)?;
        let Some(prompt) = prompt else { return Ok(None) };
        prompts.push((*version, prompt));
    }
    Ok(Some(prompts))
}

/// A key that neither an experiment nor one that items await has.
pub(super) fn next_key(connection: &Connection) -> StoreResult<i64> {
    connection
        .prepare_cached(
            "SELECT 1 + MAX((SELECT COALESCE(MAX(key), 0) FROM experiment), \
             (SELECT COALESCE(MAX(key), 0) FROM experiment_awaited))",
        )
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(translate)
}

/// The key that items await an experiment under, which is awaited no longer.
fn awaited_key(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("DELETE FROM experiment_awaited WHERE id = ?1 AND workspace = ?2 RETURNING key")
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| row.get(0))
                .optional()
        })
        .map_err(translate)
}

/// Changes the existing ones of `ids`. All tags are worked out before anything changes.
pub(super) fn update(
    work: &Work<'_>,
    ids: &[Uuid],
    update: &ExperimentUpdate,
    scores: Option<&[NamedScore]>,
    metadata: Option<&[u8]>,
    merge_tags: bool,
) -> StoreResult<usize> {
    let change = TagChange {
        tags: update.tags.clone(),
        add: update.tags_to_add.clone(),
        remove: update.tags_to_remove.clone(),
        merge: merge_tags,
    };
    let mut changes = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = ExperimentRow::find(work.connection, work.workspace, *id).map_err(translate)? else {
            continue;
        };
        let stored = codes::tags_from(row.tags.as_deref())?;
        let tags = change.apply(&stored)?;
        changes.push((row, tags));
    }
    for (row, tags) in &changes {
        let tags = match tags {
            Some(tags) => codes::tags_text(tags)?,
            None => row.tags.clone(),
        };
        let scores = match scores {
            Some(scores) => codes::scores_text(scores)?,
            None => row.scores.clone(),
        };
        let now = work.now.as_micros();
        let ends = matches!(
            update.status,
            Some(ExperimentStatus::Completed | ExperimentStatus::Cancelled | ExperimentStatus::Failed)
        );
        work.connection
            .prepare_cached(
                "UPDATE experiment SET name = COALESCE(?2, name), metadata = COALESCE(?3, metadata), tags = ?4, \
                 type = COALESCE(?5, type), status = COALESCE(?6, status), scores = ?7, updated_us = ?8, \
                 updated_by = ?9, finished_us = CASE WHEN ?10 THEN COALESCE(finished_us, ?8) ELSE finished_us END \
                 WHERE key = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    row.key,
                    update.name,
                    metadata,
                    tags,
                    update.r#type.map(codes::type_number),
                    update.status.map(codes::status_number),
                    scores,
                    now,
                    work.user,
                    ends,
                ])
            })
            .map_err(translate)?;
        if update.r#type.is_some_and(|kind| codes::type_number(kind) != row.kind) {
            datasets::note_use(work.connection, row.dataset)?;
        }
    }
    Ok(changes.len())
}

/// Notes that experiments have stopped producing items, and with `cancel` that they were stopped.
pub(super) fn finish(work: &Work<'_>, ids: &[Uuid], cancel: bool) -> StoreResult<()> {
    let cancelled = cancel.then(|| codes::status_number(ExperimentStatus::Cancelled));
    for id in ids {
        work.connection
            .prepare_cached(
                "UPDATE experiment SET finished_us = ?3, status = COALESCE(?4, status) \
                 WHERE id = ?1 AND workspace = ?2",
            )
            .and_then(|mut statement| {
                statement.execute(params![id.as_bytes(), work.workspace, work.now.as_micros(), cancelled])
            })
            .map_err(translate)?;
    }
    Ok(())
}

/// Deletes an experiment whose items are few. Answers its dataset.
pub(super) fn delete(work: &mut Work<'_>, id: Uuid) -> StoreResult<Option<i64>> {
    let connection = work.connection;
    let Some(row) = ExperimentRow::find(connection, work.workspace, id).map_err(translate)? else {
        return Ok(None);
    };
    while items::delete_some(work, row.key)? > 0 {}
    for statement in [
        "DELETE FROM experiment_prompt WHERE experiment = ?1",
        "DELETE FROM experiment_summary WHERE experiment = ?1",
        "DELETE FROM experiment WHERE key = ?1",
    ] {
        connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute([row.key]))
            .map_err(translate)?;
    }
    datasets::note_use(connection, row.dataset)?;
    Ok(Some(row.dataset))
}
