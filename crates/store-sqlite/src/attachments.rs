//! Records of attachments.

use async_trait::async_trait;
use ferropik_model::{Attachment, AttachmentEntity, NewAttachment, json};
use ferropik_store::{AttachmentOwner, AttachmentStore, Leftovers, Listed, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::translate;
use crate::payloads::Payload;
use crate::rows::flag;
use crate::state::{project_key, workspace_key};
use crate::work::Work;

/// `kind` of files of traces.
pub(crate) const TRACE: i64 = 1;
/// `kind` of files of spans.
pub(crate) const SPAN: i64 = 2;

fn kind_of(entity: AttachmentEntity) -> i64 {
    match entity {
        AttachmentEntity::Trace => TRACE,
        AttachmentEntity::Span => SPAN,
    }
}

/// Names of the payload fields that a change brings.
pub(crate) fn fields_of(payload: &Payload) -> Vec<&'static str> {
    [
        ("input", payload.input.is_some()),
        ("output", payload.output.is_some()),
        ("metadata", payload.metadata.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, present)| present.then_some(name))
    .collect()
}

/// Records the files that were taken out of some fields in place of those of an earlier write.
pub(crate) fn replace_extracted(
    work: &mut Work<'_>,
    kind: i64,
    entity: Uuid,
    project: i64,
    files: &[NewAttachment],
    fields: &[&str],
    leftovers: &mut Leftovers,
) -> StoreResult<()> {
    let stored = names_of(work.connection, work.workspace, kind, entity)?;
    for (name, object_key) in stored {
        let of_changed_field = fields
            .iter()
            .any(|field| name.strip_prefix(field).is_some_and(|rest| rest.starts_with('-')));
        if json::is_auto_extracted_name(&name) && of_changed_field {
            remove(work, kind, entity, &name)?;
            leftovers.object_keys.push(object_key);
        }
    }
    for file in files {
        put(work, kind, entity, project, file, leftovers)?;
    }
    Ok(())
}

/// Records the files that were taken out of the payloads of a whole row in place of those of an earlier write. Fields
/// in `kept` (bits of `flags`) stay as an update has written them, with their files: those that arrive are left over.
pub(crate) fn replace_all_extracted(
    work: &mut Work<'_>,
    kind: i64,
    entity: Uuid,
    project: i64,
    files: &[NewAttachment],
    kept: i64,
    leftovers: &mut Leftovers,
) -> StoreResult<()> {
    let fields = [
        ("input", flag::INPUT),
        ("output", flag::OUTPUT),
        ("metadata", flag::METADATA),
    ];
    let (kept, replaced): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, bit)| kept & bit != 0);
    let is_of_kept = |file: &NewAttachment| {
        kept.iter().any(|(field, _)| {
            file.file_name
                .strip_prefix(field)
                .is_some_and(|rest| rest.starts_with('-'))
        })
    };
    let (unwanted, wanted): (Vec<_>, Vec<_>) = files.iter().cloned().partition(is_of_kept);
    leftovers
        .object_keys
        .extend(unwanted.into_iter().map(|file| file.object_key));
    let replaced: Vec<&str> = replaced.into_iter().map(|(field, _)| field).collect();
    replace_extracted(work, kind, entity, project, &wanted, &replaced, leftovers)
}

fn names_of(connection: &Connection, workspace: i64, kind: i64, entity: Uuid) -> StoreResult<Vec<(String, String)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT file_name, object_key FROM attachment WHERE workspace = ?1 AND kind = ?2 AND entity = ?3",
        )
        .map_err(translate)?;
    let rows = statement
        .query_map(params![workspace, kind, entity.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

fn remove(work: &Work<'_>, kind: i64, entity: Uuid, name: &str) -> StoreResult<()> {
    work.connection
        .prepare_cached("DELETE FROM attachment WHERE workspace = ?1 AND kind = ?2 AND entity = ?3 AND file_name = ?4")
        .and_then(|mut statement| statement.execute(params![work.workspace, kind, entity.as_bytes(), name]))
        .map_err(translate)?;
    Ok(())
}

fn put(
    work: &mut Work<'_>,
    kind: i64,
    entity: Uuid,
    project: i64,
    file: &NewAttachment,
    leftovers: &mut Leftovers,
) -> StoreResult<()> {
    let replaced: Option<String> = work
        .connection
        .prepare_cached(
            "SELECT object_key FROM attachment WHERE workspace = ?1 AND kind = ?2 AND entity = ?3 AND file_name = ?4",
        )
        .and_then(|mut statement| {
            statement
                .query_row(
                    params![work.workspace, kind, entity.as_bytes(), file.file_name],
                    |row| row.get(0),
                )
                .optional()
        })
        .map_err(translate)?;
    leftovers
        .object_keys
        .extend(replaced.filter(|key| *key != file.object_key));
    let size = i64::try_from(file.size).map_err(StoreError::internal)?;
    work.connection
        .prepare_cached(
            "INSERT OR REPLACE INTO attachment (workspace, kind, entity, file_name, project, mime_type, size, \
             object_key, created_ns, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                kind,
                entity.as_bytes(),
                file.file_name,
                project,
                file.mime_type,
                size,
                file.object_key,
                work.now.as_nanos(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// Forgets all files of an entity.
pub(crate) fn delete_all(work: &mut Work<'_>, kind: i64, entity: Uuid, leftovers: &mut Leftovers) -> StoreResult<()> {
    for (name, object_key) in names_of(work.connection, work.workspace, kind, entity)? {
        remove(work, kind, entity, &name)?;
        leftovers.object_keys.push(object_key);
    }
    Ok(())
}

fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Attachment> {
    Ok(Attachment {
        file_name: row.get(0)?,
        mime_type: row.get(1)?,
        size: row.get::<_, i64>(2)?.unsigned_abs(),
        object_key: row.get(3)?,
    })
}

#[async_trait]
impl AttachmentStore for SqliteStore {
    async fn put_attachment(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        project: Uuid,
        attachment: NewAttachment,
    ) -> StoreResult<Leftovers> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut leftovers = Leftovers::default();
            let project = work.project(project)?;
            put(
                &mut work,
                kind_of(owner.entity),
                owner.id,
                project,
                &attachment,
                &mut leftovers,
            )?;
            if owner.entity == AttachmentEntity::Trace
                && let Some(trace) = work.find_trace(owner.id)?
            {
                trace.now.set(flag::ATTACHMENTS, true);
            }
            work.finish()?;
            Ok(leftovers)
        })
        .await
    }

    async fn attachments(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        project: Option<Uuid>,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<Attachment>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = match project {
                Some(id) => match project_key(connection, workspace, id) {
                    Ok(key) => Some(key),
                    Err(StoreError::ProjectNotFound(_)) => {
                        return Ok(Listed {
                            rows: Vec::new(),
                            total: 0,
                        });
                    }
                    Err(error) => return Err(error),
                },
                None => None,
            };
            let kind = kind_of(owner.entity);
            let total: i64 = connection
                .prepare_cached(
                    "SELECT COUNT(*) FROM attachment WHERE workspace = ?1 AND kind = ?2 AND entity = ?3 \
                     AND (?4 IS NULL OR project = ?4)",
                )
                .and_then(|mut statement| {
                    statement.query_row(params![workspace, kind, owner.id.as_bytes(), project], |row| row.get(0))
                })
                .map_err(translate)?;
            let mut statement = connection
                .prepare_cached(
                    "SELECT file_name, mime_type, size, object_key FROM attachment \
                     WHERE workspace = ?1 AND kind = ?2 AND entity = ?3 AND (?4 IS NULL OR project = ?4) \
                     ORDER BY file_name DESC LIMIT ?5 OFFSET ?6",
                )
                .map_err(translate)?;
            let (limit, offset) = crate::read::limit_offset(page, size);
            let rows = statement
                .query_map(
                    params![workspace, kind, owner.id.as_bytes(), project, limit, offset],
                    from_row,
                )
                .map_err(translate)?
                .collect::<rusqlite::Result<Vec<_>>>()
                .map_err(translate)?;
            Ok(Listed {
                rows,
                total: total.unsigned_abs(),
            })
        })
        .await
    }

    async fn attachment(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        file_name: &str,
    ) -> StoreResult<Option<Attachment>> {
        let (scope, file_name) = (scope.clone(), file_name.to_owned());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            connection
                .prepare_cached(
                    "SELECT file_name, mime_type, size, object_key FROM attachment \
                     WHERE workspace = ?1 AND kind = ?2 AND entity = ?3 AND file_name = ?4",
                )
                .and_then(|mut statement| {
                    let owner_kind = kind_of(owner.entity);
                    statement
                        .query_row(params![workspace, owner_kind, owner.id.as_bytes(), file_name], from_row)
                        .optional()
                })
                .map_err(translate)
        })
        .await
    }

    async fn delete_attachments(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        file_names: Vec<String>,
    ) -> StoreResult<Leftovers> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let kind = kind_of(owner.entity);
            let mut leftovers = Leftovers::default();
            for (name, object_key) in names_of(connection, work.workspace, kind, owner.id)? {
                if file_names.contains(&name) {
                    remove(&work, kind, owner.id, &name)?;
                    leftovers.object_keys.push(object_key);
                }
            }
            work.finish()?;
            Ok(leftovers)
        })
        .await
    }
}
