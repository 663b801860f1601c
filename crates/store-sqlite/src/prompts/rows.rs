//! Reading prompts and versions.

use ferropik_model::{Prompt, PromptType, PromptVersion, PromptVersionKind, RawJson, TemplateStructure, Timestamp};
use ferropik_store::{PromptPlace, StoreResult, VersionSelector};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::projects::folded;
use crate::rows::{optional_uuid_at, uuid_at};
use crate::state::project_key;

/// The columns of [`prompt`], of `prompt p`.
pub(super) const PROMPT_COLUMNS: &str = "p.id, p.name, (SELECT id FROM project WHERE key = p.project), p.description, \
     p.structure, p.tags, p.created_us, p.created_by, p.updated_us, p.updated_by, p.versions";

/// The columns of [`version`], of [`VERSION_TABLES`].
pub(super) const VERSION_COLUMNS: &str = "v.id, p.id, v.hash, v.number, v.template, v.metadata, v.type, \
     (SELECT json_group_array(e.name ORDER BY e.name) FROM prompt_environment e WHERE e.version = v.key), \
     v.change_description, v.tags, p.structure, v.created_us, v.created_by";

/// Versions with their prompts.
pub(super) const VERSION_TABLES: &str = "prompt_version v JOIN prompt p ON p.key = v.prompt";

/// The number of a structure.
pub(super) fn structure_number(structure: TemplateStructure) -> i64 {
    match structure {
        TemplateStructure::Text => 0,
        TemplateStructure::Chat => 1,
    }
}

fn structure_of(number: i64) -> TemplateStructure {
    match number {
        1 => TemplateStructure::Chat,
        _ => TemplateStructure::Text,
    }
}

/// The number of a type.
pub(super) fn type_number(template_type: PromptType) -> i64 {
    match template_type {
        PromptType::Mustache => 0,
        PromptType::Jinja2 => 1,
        PromptType::Python => 2,
    }
}

/// The inverse of [`type_number`].
pub(super) fn type_of(number: i64) -> PromptType {
    match number {
        1 => PromptType::Jinja2,
        2 => PromptType::Python,
        _ => PromptType::Mustache,
    }
}

/// A list of texts as a column; none when empty.
pub(super) fn list_column(list: &[String]) -> Option<String> {
    if list.is_empty() {
        return None;
    }
    serde_json::to_string(list).ok()
}

/// The inverse of [`list_column`].
pub(super) fn list_of(column: Option<&str>) -> Vec<String> {
    column
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The name of a version's number.
pub(crate) fn version_number(number: i64) -> String {
    format!("v{number}")
}

/// A prompt without versions.
pub(super) fn prompt(context: &Context, connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Prompt> {
    let tags: Option<String> = row.get(5)?;
    Ok(Prompt {
        id: uuid_at(row, 0)?,
        name: row.get(1)?,
        project_id: optional_uuid_at(row, 2)?,
        description: row.get(3)?,
        template_structure: structure_of(row.get(4)?),
        tags: list_of(tags.as_deref()),
        created_at: Timestamp::from_micros(row.get(6)?),
        created_by: context.strings.text(connection, row.get(7)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(8)?),
        last_updated_by: context.strings.text(connection, row.get(9)?)?.to_string(),
        version_count: row.get::<_, i64>(10)?.unsigned_abs(),
        latest_version: None,
        requested_version: None,
    })
}

fn frame_at(context: &Context, row: &Row<'_>, index: usize) -> rusqlite::Result<Option<String>> {
    let Some(frame) = row.get_ref(index)?.as_blob_or_null()? else {
        return Ok(None);
    };
    context
        .codec
        .decode(frame)
        .map(Some)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Blob, Box::new(error)))
}

/// A version without its variables.
pub(super) fn version(context: &Context, connection: &Connection, row: &Row<'_>) -> rusqlite::Result<PromptVersion> {
    let number: Option<i64> = row.get(3)?;
    let environments: Option<String> = row.get(7)?;
    let tags: Option<String> = row.get(9)?;
    Ok(PromptVersion {
        id: uuid_at(row, 0)?,
        prompt_id: Some(uuid_at(row, 1)?),
        commit: row.get(2)?,
        version_number: number.map(version_number),
        template: frame_at(context, row, 4)?.unwrap_or_default(),
        metadata: frame_at(context, row, 5)?.map(|text| RawJson::from_stored(&text)),
        r#type: type_of(row.get(6)?),
        version_type: match number {
            Some(_) => PromptVersionKind::PromptVersion,
            None => PromptVersionKind::Mask,
        },
        environments: list_of(environments.as_deref()),
        change_description: row.get(8)?,
        tags: list_of(tags.as_deref()),
        variables: None,
        template_structure: Some(structure_of(row.get(10)?)),
        created_at: Timestamp::from_micros(row.get(11)?),
        created_by: context.strings.text(connection, row.get(12)?)?.to_string(),
    })
}

/// The key of a prompt.
pub(super) fn prompt_key(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM prompt WHERE id = ?1 AND workspace = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| row.get(0))
                .optional()
        })
        .map_err(translate)
}

/// The prompt of an id, without versions.
pub(super) fn find_prompt(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<Prompt>> {
    connection
        .prepare_cached(&format!(
            "SELECT {PROMPT_COLUMNS} FROM prompt p WHERE p.id = ?1 AND p.workspace = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| {
                    prompt(context, connection, row)
                })
                .optional()
        })
        .map_err(translate)
}

/// Key and id of the prompt of a name.
pub(super) fn find_by_name(
    connection: &Connection,
    workspace: i64,
    name: &str,
    place: PromptPlace,
) -> StoreResult<Option<(i64, Uuid)>> {
    let (project, condition) = match place {
        PromptPlace::Workspace => (0, "?3 = 0 ORDER BY created_us DESC, id DESC"),
        PromptPlace::Project(id) => (
            project_key(connection, workspace, id)?,
            "(project = ?3 OR project IS NULL) ORDER BY project IS NULL",
        ),
    };
    connection
        .prepare_cached(&format!(
            "SELECT key, id FROM prompt WHERE workspace = ?1 AND folded_name = ?2 AND {condition} LIMIT 1"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, folded(name), project], |row| {
                    Ok((row.get(0)?, uuid_at(row, 1)?))
                })
                .optional()
        })
        .map_err(translate)
}

/// The version of an id.
pub(super) fn find_version(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<PromptVersion>> {
    one_version(
        context,
        connection,
        "v.id = ?1 AND v.workspace = ?2",
        params![id.as_bytes(), workspace],
    )
}

/// A version of a prompt.
pub(super) fn select_version(
    context: &Context,
    connection: &Connection,
    prompt: i64,
    selector: &VersionSelector,
) -> StoreResult<Option<PromptVersion>> {
    match selector {
        VersionSelector::Latest => one_version(
            context,
            connection,
            "v.prompt = ?1 AND v.number IS NOT NULL ORDER BY v.id DESC LIMIT 1",
            params![prompt],
        ),
        VersionSelector::Commit(commit) => one_version(
            context,
            connection,
            "v.prompt = ?1 AND v.hash = ?2",
            params![prompt, commit],
        ),
        VersionSelector::Number(number) => one_version(
            context,
            connection,
            "v.prompt = ?1 AND v.number = ?2",
            params![prompt, number],
        ),
        VersionSelector::Environment(name) => one_version(
            context,
            connection,
            "v.key = (SELECT version FROM prompt_environment WHERE prompt = ?1 AND folded_name = ?2)",
            params![prompt, folded(name)],
        ),
        VersionSelector::Mask(id) => one_version(
            context,
            connection,
            "v.prompt = ?1 AND v.id = ?2 AND v.number IS NULL",
            params![prompt, id.as_bytes()],
        ),
    }
}

fn one_version(
    context: &Context,
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> StoreResult<Option<PromptVersion>> {
    connection
        .prepare_cached(&format!(
            "SELECT {VERSION_COLUMNS} FROM {VERSION_TABLES} WHERE {condition}"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(parameters, |row| version(context, connection, row))
                .optional()
        })
        .map_err(translate)
}
