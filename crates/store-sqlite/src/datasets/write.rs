//! Writes of items: upserts, changes, deletions, change sets, restores.

use ferropik_model::DatasetVersion;
use ferropik_store::{
    ChangeRefusal, CopyFrom, DatasetChanges, DatasetItemPatch, Scope, StoreError, StoreResult, VersionRef, WriteTo,
};
use rusqlite::Connection;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::base::{self, source_of_copy};
use super::edit::{Editor, store_data};
use super::find::{self, DatasetRow};
use super::item::{EncodedData, EncodedItem, ItemState, policy_text, source_column, tags_text};
use super::version::{self, NewVersion, VersionRow};
use crate::Context;
use crate::payloads::Encoder;
use crate::state::State;
use crate::work::Work;

/// Description of versions that groups of writes make.
const GROUP_DESCRIPTION: &str = "Auto-created from SDK batch operation";

/// A change of an item, ready to be stored.
#[derive(Debug, Clone)]
pub(super) struct EncodedPatch {
    patch: DatasetItemPatch,
    data: Option<EncodedData>,
    policy: Option<Option<String>>,
}

impl EncodedPatch {
    /// Compresses the data of a change; to be called on a thread for blocking work.
    pub(super) fn new(encoder: &mut Encoder<'_>, patch: &DatasetItemPatch) -> StoreResult<EncodedPatch> {
        let data = patch
            .data
            .as_ref()
            .map(|data| EncodedData::new(encoder, data))
            .transpose()?;
        let policy = patch
            .policy
            .map(|policy| policy.as_ref().map(policy_text).transpose())
            .transpose()?;
        Ok(EncodedPatch {
            patch: DatasetItemPatch {
                data: None,
                ..patch.clone()
            },
            data,
            policy,
        })
    }

    /// Applies the change to an item of the version that is edited.
    fn apply(&self, work: &mut Work<'_>, editor: &mut Editor, current: &ItemState) -> StoreResult<()> {
        let patch = &self.patch;
        let mut next = current.clone();
        if let Some(tags) = patch.tags.apply(&current.tag_list())? {
            next.tags = tags_text(&tags)?;
        }
        if let Some(data) = &self.data {
            (next.data, next.shape) = store_data(work, data)?;
        }
        next.source = source_column(patch.source).unwrap_or(next.source);
        next.trace_id = patch.trace_id.or(next.trace_id);
        next.span_id = patch.span_id.or(next.span_id);
        if let Some(description) = &patch.description {
            next.description = Some(description.clone());
        }
        if let Some(evaluators) = &patch.evaluators {
            next.evaluators = evaluators.as_ref().map(|array| array.as_str().to_owned());
        }
        if let Some(policy) = &self.policy {
            next.policy.clone_from(policy);
        }
        editor.replace(work, current, next)
    }
}

/// The version that items are written to, made when it is not there yet.
fn target(
    work: &Work<'_>,
    dataset: &mut DatasetRow,
    target: WriteTo,
    description: Option<&str>,
    copy_from: Option<CopyFrom>,
) -> StoreResult<Editor> {
    let connection = work.connection;
    let latest = version::latest(connection, dataset)?;
    let mut new = NewVersion::like(latest.as_ref());
    new.description = description.map(str::to_owned);
    match target {
        WriteTo::Latest => {
            if let (Some(latest), None) = (latest, copy_from) {
                return Ok(Editor::new(latest, false));
            }
        }
        WriteTo::Group(group) => {
            if let Some(version) = version::by_group(connection, dataset.key, group)? {
                return Ok(Editor::new(version, false));
            }
            new.group = Some(group);
            new.description.get_or_insert_with(|| GROUP_DESCRIPTION.to_owned());
        }
        WriteTo::NewVersion => {}
    }
    let Some(copy_from) = copy_from else {
        return Ok(Editor::new(version::create(work, dataset, &new)?, true));
    };
    let source = source_of_copy(connection, work.workspace, copy_from)?.ok_or(StoreError::NotFound)?;
    new.evaluators.clone_from(&source.evaluators);
    new.policy.clone_from(&source.policy);
    let mut editor = Editor::new(version::create(work, dataset, &new)?, true);
    base::copy(work, &mut editor, &source, &FxHashSet::default(), &FxHashSet::default())?;
    Ok(editor)
}

/// Adds or replaces items.
#[derive(Clone)]
pub(super) struct Put {
    pub(super) dataset: Uuid,
    pub(super) target: WriteTo,
    pub(super) description: Option<String>,
    pub(super) copy_from: Option<CopyFrom>,
    pub(super) items: Vec<EncodedItem>,
}

impl Put {
    /// Runs the write.
    pub(super) fn run(&self, connection: &Connection, state: &mut State, scope: &Scope) -> StoreResult<()> {
        let mut work = Work::begin(connection, state, scope)?;
        let mut dataset = find::by_id(connection, work.workspace, self.dataset)?.ok_or(StoreError::NotFound)?;
        let mut editor = target(
            &work,
            &mut dataset,
            self.target,
            self.description.as_deref(),
            self.copy_from,
        )?;
        for item in &self.items {
            editor.put(&mut work, item)?;
        }
        editor.finish(&work)?;
        work.finish()
    }
}

/// What to do with items.
pub(super) enum Action {
    /// Change them.
    Patch(Box<EncodedPatch>),
    /// Delete them.
    Delete,
}

/// Changes or deletes items of one dataset in slices, so that other writes get their turn.
pub(super) struct Slice<'a> {
    /// Key of the dataset.
    pub(super) dataset: i64,
    /// The version that the slice before has written to; none for the first slice.
    pub(super) version: Option<i64>,
    /// Where the first slice writes to.
    pub(super) target: WriteTo,
    pub(super) description: Option<&'a str>,
    pub(super) ids: &'a [Uuid],
    pub(super) action: &'a Action,
}

/// What a slice has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SliceDone {
    /// Items that were changed.
    pub(super) items: u64,
    /// Key of the version; none when nothing was changed.
    pub(super) version: Option<i64>,
}

impl Slice<'_> {
    /// Runs the write.
    pub(super) fn run(&self, connection: &Connection, state: &mut State, scope: &Scope) -> StoreResult<SliceDone> {
        let mut work = Work::begin(connection, state, scope)?;
        let dataset = find::by_key(connection, self.dataset)?.filter(|dataset| !dataset.is_deleted);
        let mut dataset = dataset.ok_or(StoreError::NotFound)?;
        let mut editor = match self.version {
            Some(key) => Editor::new(version::by_key(connection, key)?.ok_or(StoreError::NotFound)?, false),
            None => {
                if !self.finds_any(connection, &dataset)? {
                    return Ok(SliceDone::default());
                }
                target(&work, &mut dataset, self.target, self.description, None)?
            }
        };
        let mut items = 0;
        for id in self.ids {
            let Some(current) = editor.find(connection, *id)? else {
                continue;
            };
            match self.action {
                Action::Patch(patch) => patch.apply(&mut work, &mut editor, &current)?,
                Action::Delete => editor.remove(connection, &current)?,
            }
            items += 1;
        }
        let version = Some(editor.version.key);
        editor.finish(&work)?;
        work.finish()?;
        Ok(SliceDone { items, version })
    }

    /// Whether the version that would be written to has one of the items.
    fn finds_any(&self, connection: &Connection, dataset: &DatasetRow) -> StoreResult<bool> {
        let existing = match self.target {
            WriteTo::Group(group) => version::by_group(connection, dataset.key, group)?,
            WriteTo::Latest | WriteTo::NewVersion => None,
        };
        let number = existing.map_or(dataset.latest, |version| version.number);
        for id in self.ids {
            if super::item::item_in_version(connection, dataset.key, *id, number)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A change set, ready to be stored.
pub(super) struct EncodedChanges {
    changes: DatasetChanges,
    added: Vec<EncodedItem>,
    edited: Vec<(Uuid, EncodedPatch)>,
    metadata: Option<String>,
    policy: Option<Option<String>>,
}

impl EncodedChanges {
    /// Compresses the data of a change set; to be called on a thread for blocking work.
    pub(super) fn new(encoder: &mut Encoder<'_>, mut changes: DatasetChanges) -> StoreResult<EncodedChanges> {
        let added = std::mem::take(&mut changes.added);
        let edited = std::mem::take(&mut changes.edited);
        Ok(EncodedChanges {
            added: added
                .iter()
                .map(|item| EncodedItem::new(encoder, item))
                .collect::<StoreResult<_>>()?,
            edited: edited
                .iter()
                .map(|(id, patch)| Ok((*id, EncodedPatch::new(encoder, patch)?)))
                .collect::<StoreResult<_>>()?,
            metadata: changes
                .metadata
                .as_ref()
                .map(serde_json::to_string)
                .transpose()
                .map_err(StoreError::internal)?,
            policy: changes
                .policy
                .map(|policy| policy.as_ref().map(policy_text).transpose())
                .transpose()?,
            changes,
        })
    }

    /// Runs the write.
    pub(super) fn run(
        &self,
        connection: &Connection,
        state: &mut State,
        scope: &Scope,
        (context, dataset): (&Context, Uuid),
    ) -> StoreResult<Result<DatasetVersion, ChangeRefusal>> {
        let mut work = Work::begin(connection, state, scope)?;
        let Some(mut dataset) = find::by_id(connection, work.workspace, dataset)? else {
            return Ok(Err(ChangeRefusal::UnknownDataset));
        };
        let base = match self.base(connection, &dataset)? {
            Ok(base) => base,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let source = match self.changes.copy_from {
            None => None,
            Some(copy) => match source_of_copy(connection, work.workspace, copy)? {
                None => return Ok(Err(ChangeRefusal::UnknownVersion)),
                found => found,
            },
        };
        for tag in &self.changes.tags {
            if version::is_taken(connection, dataset.key, tag)? {
                return Ok(Err(ChangeRefusal::TagTaken));
            }
        }
        let new = self.new_version(source.as_ref().or(base.as_ref()));
        let latest_before = dataset.latest;
        let mut editor = Editor::new(version::create(&work, &mut dataset, &new)?, true);
        for tag in &self.changes.tags {
            version::add_tag(connection, &editor.version, tag)?;
        }
        match (&source, &base) {
            (Some(source), _) => self.edit_copy(&mut work, &mut editor, source)?,
            (None, base) => {
                if let Some(base) = base.as_ref().filter(|base| base.number != latest_before) {
                    base::rebase(connection, &mut editor, base)?;
                }
                for (id, patch) in &self.edited {
                    if let Some(current) = editor.find(connection, *id)? {
                        patch.apply(&mut work, &mut editor, &current)?;
                    }
                }
                for id in &self.changes.deleted {
                    if let Some(current) = editor.find(connection, *id)? {
                        editor.remove(connection, &current)?;
                    }
                }
            }
        }
        for item in &self.added {
            editor.put(&mut work, item)?;
        }
        let number = editor.version.number;
        editor.finish(&work)?;
        work.finish()?;
        let version = version::by_number(connection, dataset.key, number)?.ok_or(StoreError::NotFound)?;
        version.to_wire(connection, context, &dataset).map(Ok)
    }

    /// The version that the changes are based on; none for the first one.
    fn base(
        &self,
        connection: &Connection,
        dataset: &DatasetRow,
    ) -> StoreResult<Result<Option<VersionRow>, ChangeRefusal>> {
        let Some(id) = self.changes.base else {
            let is_allowed = dataset.latest == 0 || (self.changes.copy_from.is_some() && self.changes.is_override);
            return Ok(is_allowed.then_some(None).ok_or(ChangeRefusal::HasVersions));
        };
        let Some(base) = version::by_id(connection, dataset.key, id)? else {
            return Ok(Err(ChangeRefusal::UnknownVersion));
        };
        let is_accepted = base.number == dataset.latest || self.changes.is_override;
        Ok(is_accepted.then_some(Some(base)).ok_or(ChangeRefusal::StaleBase))
    }

    fn new_version(&self, base: Option<&VersionRow>) -> NewVersion {
        let mut new = NewVersion::like(base);
        new.description.clone_from(&self.changes.description);
        new.metadata.clone_from(&self.metadata);
        if let Some(evaluators) = &self.changes.evaluators {
            new.evaluators = evaluators.as_ref().map(|array| array.as_str().to_owned());
        }
        if let Some(policy) = &self.policy {
            new.policy.clone_from(policy);
        }
        new
    }

    /// Begins with another version; the changes name its items by the ids that they have there.
    fn edit_copy(&self, work: &mut Work<'_>, editor: &mut Editor, source: &VersionRow) -> StoreResult<()> {
        let deleted: FxHashSet<Uuid> = self.changes.deleted.iter().copied().collect();
        let edited: FxHashSet<Uuid> = self.edited.iter().map(|(id, _)| *id).collect();
        let copied = base::copy(work, editor, source, &deleted, &edited)?;
        for (id, patch) in &self.edited {
            let Some(new_id) = copied.get(id) else { continue };
            if let Some(current) = editor.find(work.connection, *new_id)? {
                patch.apply(work, editor, &current)?;
            }
        }
        Ok(())
    }
}

/// Makes a version with the items of an older one.
pub(super) fn restore(
    connection: &Connection,
    state: &mut State,
    scope: &Scope,
    (context, dataset): (&Context, Uuid),
    reference: &str,
) -> StoreResult<DatasetVersion> {
    let work = Work::begin(connection, state, scope)?;
    let mut dataset = find::by_id(connection, work.workspace, dataset)?.ok_or(StoreError::NotFound)?;
    let source = version::resolve(connection, &dataset, &VersionRef::Text(reference.to_owned()))?;
    let source = source.ok_or(StoreError::NotFound)?;
    if source.number == dataset.latest {
        return source.to_wire(connection, context, &dataset);
    }
    let new = NewVersion {
        description: Some(format!("Restored from version: {reference}")),
        ..NewVersion::like(Some(&source))
    };
    let mut editor = Editor::new(version::create(&work, &mut dataset, &new)?, true);
    base::rebase(connection, &mut editor, &source)?;
    editor.finish(&work)?;
    work.finish()?;
    let version = version::latest(connection, &dataset)?.ok_or(StoreError::NotFound)?;
    version.to_wire(connection, context, &dataset)
}
