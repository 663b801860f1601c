//! Prompts and their versions.
//!
//! - A version's template and metadata are frames; whoever filters by them inflates them.
//! - Numbers of versions are given out by the writer: `prompt.last_number` counts them and never goes back.
//! - A prompt is deleted at once, its versions in slices soon after: what joins versions with prompts does not see them.

mod columns;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use ferropik_model::{Prompt, PromptUpdate, PromptVersion, PromptVersionRef};
use ferropik_query::sql::{FN_TEXT, SqlBuilder, SqlValue};
use ferropik_query::{TextMode, TextOp};
use ferropik_store::merge::TagChange;
use ferropik_store::{
    CommitMatch, Conflict, EnvironmentConflict, Listed, Listing, NewPrompt, NewPromptVersion, PromptPlace, PromptStore,
    Scope, StoreError, StoreResult, VersionConflict, VersionSelector,
};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use self::columns::{PromptColumns, VersionColumns};
use self::rows::{PROMPT_COLUMNS, VERSION_COLUMNS, VERSION_TABLES};
use self::write::Encoded;
use crate::error::translate;
use crate::functions::FN_FRAME;
use crate::read::listing::{self, Table, push_contains};
use crate::rows::uuid_at;
use crate::state::{State, project_key, workspace_key};
use crate::work::Work;
use crate::{Context, SqliteStore};

/// Versions that one write deletes.
const PURGE_SLICE: usize = 500;

/// Texts up to this many bytes are compressed where they are; handing them over would cost more.
const INLINE_BYTES: usize = 16 * 1024;

/// Deletes at most `limit` prompts of a deleted project, or versions of deleted prompts. Answers 0 when nothing is left.
pub(crate) fn delete_of_project(
    connection: &Connection,
    _state: &mut State,
    project: i64,
    limit: usize,
) -> StoreResult<usize> {
    let keys = write::keys_of_project(connection, project, limit)?;
    if keys.is_empty() {
        return write::purge(connection, limit);
    }
    write::delete_prompts(connection, &keys)?;
    Ok(keys.len())
}

fn list(context: &Context, connection: &Connection, scope: &Scope, wanted: &Listing) -> StoreResult<Listed<Prompt>> {
    let workspace = workspace_key(connection, scope)?;
    let mut condition = SqlBuilder::default();
    match wanted.project {
        None => {
            condition.push("p.workspace = ").bind(SqlValue::Integer(workspace));
        }
        Some(project) => {
            let Some(project) = known_project(connection, workspace, project)? else {
                return Ok(Listed {
                    rows: Vec::new(),
                    total: 0,
                });
            };
            condition.push("p.project = ").bind(SqlValue::Integer(project));
        }
    }
    push_contains("p.name", wanted.name.as_deref(), &mut condition);
    let table = Table {
        from: "prompt p",
        selected: PROMPT_COLUMNS,
        order: "p.id DESC",
        columns: &PromptColumns,
    };
    listing::page(connection, &table, condition, wanted, |row| {
        rows::prompt(context, connection, row)
    })
}

fn known_project(connection: &Connection, workspace: i64, project: Uuid) -> StoreResult<Option<i64>> {
    match project_key(connection, workspace, project) {
        Ok(key) => Ok(Some(key)),
        Err(StoreError::ProjectNotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn list_versions(
    context: &Context,
    connection: &Connection,
    prompt: i64,
    search: Option<&str>,
    wanted: &Listing,
) -> StoreResult<Listed<PromptVersion>> {
    let mut condition = SqlBuilder::default();
    condition
        .push("v.prompt = ")
        .bind(SqlValue::Integer(prompt))
        .push(" AND v.number IS NOT NULL");
    if let Some(search) = search.filter(|search| !search.is_empty()) {
        condition.push(" AND (");
        for (index, column) in [&format!("{FN_FRAME}(v.template)"), "v.change_description"]
            .into_iter()
            .enumerate()
        {
            if index > 0 {
                condition.push(" OR ");
            }
            condition
                .push(FN_TEXT)
                .push("(")
                .bind(SqlValue::Integer(TextOp::Contains.code()))
                .push(", ")
                .bind(SqlValue::Integer(TextMode::Insensitive.code()))
                .push(", ")
                .push(column)
                .push(", ")
                .bind_text(search)
                .push(")");
        }
        condition.push(")");
    }
    let table = Table {
        from: VERSION_TABLES,
        selected: VERSION_COLUMNS,
        order: "v.id DESC",
        columns: &VersionColumns,
    };
    listing::page(connection, &table, condition, wanted, |row| {
        rows::version(context, connection, row)
    })
}

fn by_commit(context: &Context, connection: &Connection, scope: &Scope, commit: &str) -> StoreResult<CommitMatch> {
    let workspace = workspace_key(connection, scope)?;
    let mut prompts: Vec<(i64, Uuid)> = connection
        .prepare_cached(
            "SELECT DISTINCT p.key, p.id FROM prompt_version v JOIN prompt p ON p.key = v.prompt \
             WHERE v.workspace = ?1 AND v.hash = ?2 LIMIT 2",
        )
        .and_then(|mut statement| {
            statement
                .query_map(params![workspace, commit], |row| Ok((row.get(0)?, uuid_at(row, 1)?)))?
                .collect()
        })
        .map_err(translate)?;
    let Some((key, id)) = prompts.pop() else {
        return Ok(CommitMatch::None);
    };
    if !prompts.is_empty() {
        return Ok(CommitMatch::Ambiguous);
    }
    let selector = VersionSelector::Commit(commit.to_owned());
    let version = rows::select_version(context, connection, key, &selector)?;
    let prompt = rows::find_prompt(context, connection, workspace, id)?;
    Ok(match (prompt, version) {
        (Some(prompt), Some(version)) => CommitMatch::One(Box::new(Prompt {
            requested_version: Some(version),
            ..prompt
        })),
        _ => CommitMatch::None,
    })
}

fn commit_refs(connection: &Connection, workspace: i64, commits: Vec<String>) -> StoreResult<Vec<PromptVersionRef>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT v.id, p.id, p.name FROM prompt_version v JOIN prompt p ON p.key = v.prompt \
             WHERE v.workspace = ?1 AND v.hash = ?2 ORDER BY v.id DESC LIMIT 1",
        )
        .map_err(translate)?;
    commits
        .into_iter()
        .map(|commit| {
            let found = statement
                .query_row(params![workspace, commit], |row| {
                    Ok((uuid_at(row, 0)?, uuid_at(row, 1)?, row.get(2)?))
                })
                .optional()
                .map_err(translate)?;
            Ok(match found {
                Some((version, prompt, name)) => PromptVersionRef {
                    prompt_version_id: Some(version),
                    commit,
                    prompt_id: Some(prompt),
                    prompt_name: Some(name),
                },
                None => PromptVersionRef {
                    prompt_version_id: None,
                    commit,
                    prompt_id: None,
                    prompt_name: None,
                },
            })
        })
        .collect()
}

impl SqliteStore {
    /// Compresses the texts of a version, large ones on a thread for blocking work.
    async fn encode_version(&self, version: NewPromptVersion) -> StoreResult<Encoded> {
        let codec = Arc::clone(&self.context().codec);
        let metadata = version.metadata.as_ref().map_or(0, |json| json.as_str().len());
        if version.template.len() + metadata <= INLINE_BYTES {
            return Ok(Encoded::new(&codec, version));
        }
        tokio::task::spawn_blocking(move || Encoded::new(&codec, version))
            .await
            .map_err(StoreError::internal)
    }

    /// A version that was just written.
    async fn written_version(&self, scope: &Scope, id: Uuid) -> StoreResult<PromptVersion> {
        let versions = self.prompt_versions_by_id(scope, vec![id]).await?;
        versions.into_iter().next().ok_or(StoreError::NotFound)
    }
}

#[async_trait]
impl PromptStore for SqliteStore {
    async fn create_prompt(
        &self,
        scope: &Scope,
        prompt: NewPrompt,
        version: Option<NewPromptVersion>,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        let version = match version {
            Some(version) => Some(self.encode_version(version).await?),
            None => None,
        };
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let key = write::insert_prompt(&mut work, &prompt)?;
            if let Some(version) = &version
                && write::insert_version(&mut work, key, version)?.is_err()
            {
                return Err(StoreError::Conflict(Conflict::Exists));
            }
            work.finish()
        })
        .await
    }

    async fn prompts(&self, scope: &Scope, wanted: Listing) -> StoreResult<Listed<Prompt>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| list(&context, connection, &scope, &wanted))
            .await
    }

    async fn prompt(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Prompt>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(key) = rows::prompt_key(connection, workspace, id)? else {
                return Ok(None);
            };
            let latest_version = rows::select_version(&context, connection, key, &VersionSelector::Latest)?;
            let prompt = rows::find_prompt(&context, connection, workspace, id)?;
            Ok(prompt.map(|prompt| Prompt {
                latest_version,
                ..prompt
            }))
        })
        .await
    }

    async fn prompt_by_name(&self, scope: &Scope, name: &str, place: PromptPlace) -> StoreResult<Option<Prompt>> {
        let (scope, context, name) = (scope.clone(), self.context(), name.to_owned());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            match rows::find_by_name(connection, workspace, &name, place) {
                Ok(Some((_, id))) => rows::find_prompt(&context, connection, workspace, id),
                Ok(None) | Err(StoreError::ProjectNotFound(_)) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn update_prompt(&self, scope: &Scope, id: Uuid, update: PromptUpdate) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            write::update_prompt(&work, id, &update)?;
            work.finish()
        })
        .await
    }

    async fn delete_prompts(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<usize> {
        let scope = scope.clone();
        let deleted = self
            .write(move |connection, state| {
                let work = Work::begin(connection, state, &scope)?;
                let mut keys = Vec::with_capacity(ids.len());
                for id in &ids {
                    keys.extend(rows::prompt_key(connection, work.workspace, *id)?);
                }
                write::delete_prompts(connection, &keys)?;
                work.finish()?;
                Ok(keys.len())
            })
            .await?;
        // In slices, so that others can write in between. Should the program end before this does, the next deletion
        // goes on with it.
        while deleted > 0
            && self
                .write(|connection, _| write::purge(connection, PURGE_SLICE))
                .await?
                > 0
        {}
        Ok(deleted)
    }

    async fn add_prompt_version(
        &self,
        scope: &Scope,
        prompt: NewPrompt,
        version: NewPromptVersion,
    ) -> StoreResult<Result<PromptVersion, VersionConflict>> {
        let id = version.id;
        let version = self.encode_version(version).await?;
        let writing = scope.clone();
        let written = self
            .write(move |connection, state| {
                let mut work = Work::begin(connection, state, &writing)?;
                let known = write::target(&work, &prompt)?;
                let key = match known {
                    Some(key) => key,
                    None => write::insert_prompt(&mut work, &prompt)?,
                };
                let written = write::insert_version(&mut work, key, &version)?;
                if known.is_none() && written.is_err() {
                    // The new prompt must not stay. Only the id can be in the way of its first version.
                    return Err(StoreError::Conflict(Conflict::Exists));
                }
                work.finish()?;
                Ok(written)
            })
            .await?;
        match written {
            Ok(()) => Ok(Ok(self.written_version(scope, id).await?)),
            Err(conflict) => Ok(Err(conflict)),
        }
    }

    async fn restore_prompt_version(
        &self,
        scope: &Scope,
        prompt: Uuid,
        version: Uuid,
        new_id: Uuid,
    ) -> StoreResult<Option<PromptVersion>> {
        let writing = scope.clone();
        let restored = self
            .write(move |connection, state| {
                let mut work = Work::begin(connection, state, &writing)?;
                let restored = write::restore(&mut work, prompt, version, new_id)?;
                work.finish()?;
                Ok(restored)
            })
            .await?;
        if !restored {
            return Ok(None);
        }
        self.written_version(scope, new_id).await.map(Some)
    }

    async fn prompt_versions(
        &self,
        scope: &Scope,
        prompt: Uuid,
        search: Option<String>,
        wanted: Listing,
    ) -> StoreResult<Listed<PromptVersion>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(key) = rows::prompt_key(connection, workspace, prompt)? else {
                return Ok(Listed {
                    rows: Vec::new(),
                    total: 0,
                });
            };
            list_versions(&context, connection, key, search.as_deref(), &wanted)
        })
        .await
    }

    async fn prompt_versions_by_id(&self, scope: &Scope, mut ids: Vec<Uuid>) -> StoreResult<Vec<PromptVersion>> {
        let (scope, context) = (scope.clone(), self.context());
        ids.sort_unstable_by(|left, right| right.cmp(left));
        ids.dedup();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let mut versions = Vec::with_capacity(ids.len());
            for id in ids {
                versions.extend(rows::find_version(&context, connection, workspace, id)?);
            }
            Ok(versions)
        })
        .await
    }

    async fn select_prompt_version(
        &self,
        scope: &Scope,
        prompt: Uuid,
        selector: VersionSelector,
    ) -> StoreResult<Option<PromptVersion>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(key) = rows::prompt_key(connection, workspace, prompt)? else {
                return Ok(None);
            };
            rows::select_version(&context, connection, key, &selector)
        })
        .await
    }

    async fn prompt_by_commit(&self, scope: &Scope, commit: &str) -> StoreResult<CommitMatch> {
        let (scope, context, commit) = (scope.clone(), self.context(), commit.to_owned());
        self.read(move |connection, _| by_commit(&context, connection, &scope, &commit))
            .await
    }

    async fn prompt_commits(&self, scope: &Scope, commits: Vec<String>) -> StoreResult<Vec<PromptVersionRef>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            commit_refs(connection, workspace, commits)
        })
        .await
    }

    async fn tag_prompt_versions(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        tags: Vec<String>,
        merge: bool,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        let change = TagChange {
            tags: Some(tags),
            merge,
            ..TagChange::default()
        };
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            write::tag_versions(&work, &ids, &change)?;
            work.finish()
        })
        .await
    }

    async fn set_prompt_version_environments(
        &self,
        scope: &Scope,
        version: Uuid,
        environments: Vec<String>,
    ) -> StoreResult<Result<(), EnvironmentConflict>> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let changed = write::set_environments(&work, version, &environments)?;
            work.finish()?;
            Ok(changed)
        })
        .await
    }
}
