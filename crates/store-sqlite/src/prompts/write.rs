//! Writing prompts and versions.

use ferropik_model::{PromptUpdate, PromptVersionKind, id};
use ferropik_store::merge::TagChange;
use ferropik_store::{
    Conflict, EnvironmentConflict, NewPrompt, NewPromptVersion, PromptPlace, StoreError, StoreResult, VersionConflict,
};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows::{
    find_by_name, list_column, list_of, prompt_key, structure_number, type_number, type_of, version_number,
};
use crate::engine::payload::{Codec, Field};
use crate::environments;
use crate::error::translate;
use crate::projects::folded;
use crate::work::Work;

/// Times that a commit is made anew when a version of the prompt has it.
const COMMIT_ATTEMPTS: usize = 3;

/// Digits of a commit.
const COMMIT_LENGTH: usize = 8;

/// A version to write, with its texts as frames.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    pub(super) version: NewPromptVersion,
    pub(super) template: Vec<u8>,
    pub(super) metadata: Option<Vec<u8>>,
}

impl Encoded {
    /// Compresses the texts of a version.
    pub(super) fn new(codec: &Codec, mut version: NewPromptVersion) -> Encoded {
        let template = std::mem::take(&mut version.template);
        let metadata = version.metadata.take();
        Encoded {
            template: codec.encode(Field::Input, &template),
            metadata: metadata.map(|json| codec.encode(Field::Metadata, json.as_str())),
            version,
        }
    }
}

/// The key of a new prompt.
pub(super) fn insert_prompt(work: &mut Work<'_>, prompt: &NewPrompt) -> StoreResult<i64> {
    let project = prompt.project.map(|id| work.project(id)).transpose()?;
    let id_is_taken: bool = work
        .connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM prompt WHERE id = ?1)")
        .and_then(|mut statement| statement.query_row([prompt.id.as_bytes()], |row| row.get(0)))
        .map_err(translate)?;
    if id_is_taken {
        return Err(StoreError::Conflict(Conflict::Exists));
    }
    if name_is_taken(work, &prompt.name, project, None)? {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    work.connection
        .prepare_cached(
            "INSERT INTO prompt (workspace, project, id, name, folded_name, description, structure, tags, versions, \
             last_number, created_us, created_by, updated_us, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?9, ?10, ?9, ?10)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                project,
                prompt.id.as_bytes(),
                prompt.name,
                folded(&prompt.name),
                prompt.description,
                structure_number(prompt.structure),
                list_column(&prompt.tags),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(work.connection.last_insert_rowid())
}

/// Whether another prompt of the project has the name.
fn name_is_taken(work: &Work<'_>, name: &str, project: Option<i64>, own_key: Option<i64>) -> StoreResult<bool> {
    work.connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM prompt WHERE workspace = ?1 AND folded_name = ?2 \
             AND IFNULL(project, 0) = IFNULL(?3, 0) AND key IS NOT ?4)",
        )
        .and_then(|mut statement| {
            statement.query_row(params![work.workspace, folded(name), project, own_key], |row| {
                row.get(0)
            })
        })
        .map_err(translate)
}

/// Changes a prompt.
pub(super) fn update_prompt(work: &Work<'_>, id: Uuid, update: &PromptUpdate) -> StoreResult<()> {
    let stored: Option<(i64, Option<i64>)> = work
        .connection
        .prepare_cached("SELECT key, project FROM prompt WHERE id = ?1 AND workspace = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), work.workspace], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        })
        .map_err(translate)?;
    let (key, project) = stored.ok_or(StoreError::NotFound)?;
    let name = update.name.as_deref().unwrap_or_default();
    if name_is_taken(work, name, project, Some(key))? {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    work.connection
        .prepare_cached(
            "UPDATE prompt SET name = ?2, folded_name = ?3, description = ?4, \
             tags = CASE WHEN ?5 THEN ?6 ELSE tags END, updated_us = ?7, updated_by = ?8 WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                name,
                folded(name),
                update.description,
                update.tags.is_some(),
                update.tags.as_deref().and_then(list_column),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// The key of the prompt that a version is for; none when it is to be created.
pub(super) fn target(work: &Work<'_>, prompt: &NewPrompt) -> StoreResult<Option<i64>> {
    let place = match prompt.project {
        Some(project) => PromptPlace::Project(project),
        None => PromptPlace::Workspace,
    };
    Ok(find_by_name(work.connection, work.workspace, &prompt.name, place)?.map(|(key, _)| key))
}

/// Adds a version to a prompt. Nothing is written when there is a conflict.
pub(super) fn insert_version(
    work: &mut Work<'_>,
    prompt: i64,
    new: &Encoded,
) -> StoreResult<Result<(), VersionConflict>> {
    let Encoded {
        version,
        template,
        metadata,
    } = new;
    if version_exists(work.connection, version.id)? {
        return Ok(Err(VersionConflict::Exists));
    }
    let Some(hash) = free_commit(work.connection, prompt, version)? else {
        return Ok(Err(VersionConflict::Exists));
    };
    let taken = taken_environments(work.connection, prompt, &version.environments)?;
    if !taken.is_empty() {
        return Ok(Err(VersionConflict::EnvironmentsTaken(taken)));
    }
    let number = match version.kind {
        PromptVersionKind::Mask => None,
        PromptVersionKind::PromptVersion => Some(count_version(work, prompt)?),
    };
    work.connection
        .prepare_cached(
            "INSERT INTO prompt_version (workspace, prompt, id, hash, number, type, template, metadata, \
             change_description, tags, created_us, created_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                prompt,
                version.id.as_bytes(),
                hash,
                number,
                type_number(version.template_type),
                template,
                metadata,
                version.change_description,
                list_column(&version.tags),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    let key = work.connection.last_insert_rowid();
    for name in &version.environments {
        environments::ensure(work, name)?;
        give_environment(work.connection, prompt, key, name)?;
    }
    Ok(Ok(()))
}

fn version_exists(connection: &Connection, id: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM prompt_version WHERE id = ?1)")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)))
        .map_err(translate)
}

/// The commit that the version asks for, or one made from ids; none when it is taken.
fn free_commit(connection: &Connection, prompt: i64, version: &NewPromptVersion) -> StoreResult<Option<String>> {
    let is_free = |commit: &str| -> StoreResult<bool> {
        connection
            .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM prompt_version WHERE prompt = ?1 AND hash = ?2)")
            .and_then(|mut statement| statement.query_row(params![prompt, commit], |row| row.get(0)))
            .map_err(translate)
    };
    if let Some(commit) = &version.commit {
        return Ok(is_free(commit)?.then(|| commit.clone()));
    }
    let mut source = version.id;
    for _ in 0..COMMIT_ATTEMPTS {
        let text = source.simple().to_string();
        let commit = text[text.len() - COMMIT_LENGTH..].to_owned();
        if is_free(&commit)? {
            return Ok(Some(commit));
        }
        source = id::new();
    }
    Ok(None)
}

/// Those of the names that versions of the prompt have.
fn taken_environments(connection: &Connection, prompt: i64, names: &[String]) -> StoreResult<Vec<String>> {
    let mut taken = Vec::new();
    for name in names {
        let is_taken: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM prompt_environment WHERE prompt = ?1 AND folded_name = ?2)")
            .and_then(|mut statement| statement.query_row(params![prompt, folded(name)], |row| row.get(0)))
            .map_err(translate)?;
        if is_taken {
            taken.push(name.clone());
        }
    }
    Ok(taken)
}

/// Counts one more version and answers its number.
fn count_version(work: &Work<'_>, prompt: i64) -> StoreResult<i64> {
    work.connection
        .prepare_cached(
            "UPDATE prompt SET versions = versions + 1, last_number = last_number + 1, updated_us = ?2, \
             updated_by = ?3 WHERE key = ?1 RETURNING last_number",
        )
        .and_then(|mut statement| {
            statement.query_row(params![prompt, work.now.as_micros(), work.user], |row| row.get(0))
        })
        .map_err(translate)
}

/// Takes an environment away from whatever version has it.
fn give_environment(connection: &Connection, prompt: i64, version: i64, name: &str) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO prompt_environment (prompt, folded_name, name, version) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| statement.execute(params![prompt, folded(name), name, version]))
        .map_err(translate)?;
    Ok(())
}

/// Lets exactly these environments use a version.
pub(super) fn set_environments(
    work: &Work<'_>,
    version: Uuid,
    names: &[String],
) -> StoreResult<Result<(), EnvironmentConflict>> {
    let stored: Option<(i64, i64, bool)> = work
        .connection
        .prepare_cached(
            "SELECT v.key, v.prompt, v.number IS NULL FROM prompt_version v JOIN prompt p ON p.key = v.prompt \
             WHERE v.id = ?1 AND v.workspace = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![version.as_bytes(), work.workspace], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .map_err(translate)?;
    let (key, prompt, is_mask) = stored.ok_or(StoreError::NotFound)?;
    if is_mask {
        return Ok(Err(EnvironmentConflict::Mask));
    }
    let unknown = environments::unknown(work.connection, work.workspace, names)?;
    if !unknown.is_empty() {
        return Ok(Err(EnvironmentConflict::Unknown(unknown)));
    }
    work.connection
        .prepare_cached("DELETE FROM prompt_environment WHERE version = ?1")
        .and_then(|mut statement| statement.execute([key]))
        .map_err(translate)?;
    for name in names {
        give_environment(work.connection, prompt, key, name)?;
    }
    Ok(Ok(()))
}

/// Adds a version with the content of another one of the prompt; false when there is none.
pub(super) fn restore(work: &mut Work<'_>, prompt: Uuid, version: Uuid, new_id: Uuid) -> StoreResult<bool> {
    let Some(prompt) = prompt_key(work.connection, work.workspace, prompt)? else {
        return Ok(false);
    };
    let restored = work
        .connection
        .prepare_cached(
            "SELECT number, hash, type, template, metadata FROM prompt_version WHERE id = ?1 AND prompt = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![version.as_bytes(), prompt], |row| {
                    let name = match row.get::<_, Option<i64>>(0)? {
                        Some(number) => version_number(number),
                        None => row.get(1)?,
                    };
                    Ok(Encoded {
                        version: NewPromptVersion {
                            id: new_id,
                            commit: None,
                            template: String::new(),
                            metadata: None,
                            template_type: type_of(row.get(2)?),
                            kind: PromptVersionKind::PromptVersion,
                            change_description: Some(format!("Restored from version {name}")),
                            tags: Vec::new(),
                            environments: Vec::new(),
                        },
                        template: row.get(3)?,
                        metadata: row.get(4)?,
                    })
                })
                .optional()
        })
        .map_err(translate)?;
    let Some(restored) = restored else { return Ok(false) };
    match insert_version(work, prompt, &restored)? {
        Ok(()) => Ok(true),
        Err(conflict) => Err(StoreError::Unrepresentable(format!(
            "the restored version cannot be stored: {conflict:?}"
        ))),
    }
}

/// Changes the tags of versions.
pub(super) fn tag_versions(work: &Work<'_>, ids: &[Uuid], change: &TagChange) -> StoreResult<()> {
    for id in ids {
        let stored: Option<(i64, Option<String>)> = work
            .connection
            .prepare_cached("SELECT key, tags FROM prompt_version WHERE id = ?1 AND workspace = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![id.as_bytes(), work.workspace], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()
            })
            .map_err(translate)?;
        let Some((key, tags)) = stored else { continue };
        let Some(tags) = change.apply(&list_of(tags.as_deref()))? else {
            continue;
        };
        work.connection
            .prepare_cached("UPDATE prompt_version SET tags = ?2 WHERE key = ?1")
            .and_then(|mut statement| statement.execute(params![key, list_column(&tags)]))
            .map_err(translate)?;
    }
    Ok(())
}

/// Deletes prompts at once; what they leave is for [`purge`].
pub(super) fn delete_prompts(connection: &Connection, keys: &[i64]) -> StoreResult<()> {
    for key in keys {
        connection
            .prepare_cached("INSERT OR IGNORE INTO prompt_purge (prompt) VALUES (?1)")
            .and_then(|mut statement| statement.execute([key]))
            .and_then(|_| connection.prepare_cached("DELETE FROM prompt WHERE key = ?1"))
            .and_then(|mut statement| statement.execute([key]))
            .map_err(translate)?;
    }
    Ok(())
}

/// Deletes at most `limit` versions of deleted prompts. Answers 0 when there is nothing left to do.
pub(super) fn purge(connection: &Connection, limit: usize) -> StoreResult<usize> {
    let prompt: Option<i64> = connection
        .prepare_cached("SELECT prompt FROM prompt_purge LIMIT 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map_err(translate)?;
    let Some(prompt) = prompt else { return Ok(0) };
    let slice = i64::try_from(limit).unwrap_or(i64::MAX);
    let deleted = connection
        .prepare_cached("DELETE FROM prompt_environment WHERE prompt = ?1")
        .and_then(|mut statement| statement.execute([prompt]))
        .and_then(|_| {
            connection.prepare_cached(
                "DELETE FROM prompt_version WHERE key IN (SELECT key FROM prompt_version WHERE prompt = ?1 LIMIT ?2)",
            )
        })
        .and_then(|mut statement| statement.execute([prompt, slice]))
        .map_err(translate)?;
    if deleted < limit {
        connection
            .prepare_cached("DELETE FROM prompt_purge WHERE prompt = ?1")
            .and_then(|mut statement| statement.execute([prompt]))
            .map_err(translate)?;
    }
    Ok(deleted.max(1))
}

/// Keys of prompts of a project, at most `limit`.
pub(super) fn keys_of_project(connection: &Connection, project: i64, limit: usize) -> StoreResult<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached("SELECT key FROM prompt WHERE project = ?1 LIMIT ?2")
        .and_then(|mut statement| statement.query_map([project, limit], |row| row.get(0))?.collect())
        .map_err(translate)
}
