//! Datasets: versions against a model, and what the interface promises beside.

use std::collections::BTreeMap;

use ferropik_model::{DatasetItemSource, DatasetType, RawJson, Visibility};
use ferropik_query::{Entity, Filter};
use ferropik_store::merge::TagChange;
use ferropik_store::{
    Access, ChangeRefusal, Conflict, CopyFrom, DatasetChanges, DatasetItemList, DatasetItemPatch, DatasetItemSelection,
    DatasetItemStream, DatasetItemsPut, DatasetList, DatasetPatch, DatasetStore, NewDataset, NewDatasetItem, Scope,
    SelectionOutcome, StoreError, VersionRef, WriteTo,
};
use uuid::Uuid;

use crate::support::{Fixture, fixture};

fn new_dataset(name: &str) -> NewDataset {
    NewDataset {
        id: ferropik_model::id::new(),
        name: name.to_owned(),
        project: None,
        kind: DatasetType::Dataset,
        visibility: Visibility::Private,
        tags: Vec::new(),
        description: None,
    }
}

fn new_item(id: Uuid, value: u64) -> NewDatasetItem {
    NewDatasetItem {
        id,
        source: DatasetItemSource::Sdk,
        trace_id: None,
        span_id: None,
        data: RawJson::parse(format!(
            r#"{{"value":{value},"text":"the value of this item is {value}"}}"#
        ))
        .unwrap(),
        description: None,
        tags: Vec::new(),
        evaluators: None,
        policy: None,
    }
}

fn put(target: WriteTo, items: Vec<NewDatasetItem>) -> DatasetItemsPut {
    DatasetItemsPut {
        target,
        description: None,
        copy_from: None,
        items,
    }
}

fn tag(tag: String) -> DatasetItemPatch {
    DatasetItemPatch {
        tags: TagChange {
            tags: Some(vec![tag]),
            ..TagChange::default()
        },
        ..DatasetItemPatch::default()
    }
}

fn whole(version: VersionRef) -> DatasetItemList {
    DatasetItemList {
        page: 1,
        size: 10_000,
        version,
        filter: Filter::default(),
        truncate: false,
    }
}

impl Fixture {
    async fn dataset(&self, name: &str) -> Uuid {
        let dataset = new_dataset(name);
        let id = dataset.id;
        self.store.create_dataset(&self.scope, dataset).await.unwrap();
        id
    }

    async fn put_items(&self, dataset: Uuid, target: WriteTo, items: Vec<NewDatasetItem>) {
        self.store
            .put_dataset_items(&self.scope, dataset, put(target, items))
            .await
            .unwrap();
    }
}

/// A value and a tag.
type Content = (u64, Option<String>);

/// What a dataset should be: its versions with their items, and the groups that have made them.
#[derive(Default)]
struct Model {
    versions: Vec<BTreeMap<Uuid, Content>>,
    groups: BTreeMap<Uuid, usize>,
}

impl Model {
    fn latest(&self) -> BTreeMap<Uuid, Content> {
        self.versions.last().cloned().unwrap_or_default()
    }

    fn target(&mut self, target: WriteTo) -> usize {
        let known = match target {
            WriteTo::Latest => self.versions.len().checked_sub(1),
            WriteTo::Group(group) => self.groups.get(&group).copied(),
            WriteTo::NewVersion => None,
        };
        known.unwrap_or_else(|| {
            self.versions.push(self.latest());
            let index = self.versions.len() - 1;
            if let WriteTo::Group(group) = target {
                self.groups.insert(group, index);
            }
            index
        })
    }

    /// Sets or removes an item from a version on, up to the next version in which it changes by itself.
    fn set(&mut self, index: usize, id: Uuid, content: Option<Content>) {
        let before = self.versions[index].get(&id).cloned();
        for version in &mut self.versions[index..] {
            if version.get(&id) != before.as_ref() {
                break;
            }
            match &content {
                Some(content) => version.insert(id, content.clone()),
                None => version.remove(&id),
            };
        }
    }
}

/// A small generator of numbers, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

async fn compare(fixture: &Fixture, dataset: Uuid, model: &Model) {
    let listed = fixture
        .store
        .dataset_versions(&fixture.scope, dataset, 1, 1_000)
        .await
        .unwrap();
    assert_eq!(listed.total, model.versions.len() as u64);
    for (expected, version) in model.versions.iter().rev().zip(&listed.rows) {
        let list = whole(VersionRef::Hash(version.version_hash.clone()));
        let found = fixture
            .store
            .dataset_items(&fixture.scope, dataset, list)
            .await
            .unwrap();
        let items: BTreeMap<Uuid, Content> = found
            .rows
            .iter()
            .map(|row| {
                let data: serde_json::Value = serde_json::from_str(row.data.as_str()).unwrap();
                (row.id, (data["value"].as_u64().unwrap(), row.tags.first().cloned()))
            })
            .collect();
        assert_eq!(&items, expected, "{}", version.version_name);
        assert_eq!(found.rows.len(), expected.len());
        assert_eq!(version.items_total, expected.len() as u64, "{}", version.version_name);
        assert_eq!(found.columns.len(), if expected.is_empty() { 0 } else { 2 });
    }
}

async fn random_step(fixture: &Fixture, dataset: Uuid, model: &mut Model, numbers: &mut Numbers, ids: &[Uuid]) {
    let store = &fixture.store;
    let some = |numbers: &mut Numbers, count: u64| -> Vec<Uuid> {
        let mut chosen: Vec<Uuid> = (0..count)
            .map(|_| ids[usize::try_from(numbers.below(ids.len() as u64)).unwrap()])
            .collect();
        chosen.sort();
        chosen.dedup();
        chosen
    };
    let target = match numbers.below(3) {
        0 => WriteTo::Latest,
        _ => WriteTo::Group(Uuid::from_u128(u128::from(numbers.below(6)) + 1)),
    };
    let kind = numbers.below(8);
    match kind {
        0..=2 => {
            let index = model.target(target);
            let items: Vec<NewDatasetItem> = some(numbers, 4)
                .into_iter()
                .map(|id| new_item(id, numbers.below(1_000_000)))
                .collect();
            for item in &items {
                let data: serde_json::Value = serde_json::from_str(item.data.as_str()).unwrap();
                model.set(index, item.id, Some((data["value"].as_u64().unwrap(), None)));
            }
            fixture.put_items(dataset, target, items).await;
        }
        3 | 4 => {
            // Only what the latest version has can be deleted.
            let latest = model.latest();
            let chosen: Vec<Uuid> = some(numbers, 3)
                .into_iter()
                .filter(|id| latest.contains_key(id))
                .collect();
            let group = match target {
                WriteTo::Group(group) => Some(group),
                _ => None,
            };
            let index = match group.and_then(|group| model.groups.get(&group).copied()) {
                Some(index) => Some(index),
                None if chosen.is_empty() => None,
                None => Some(model.target(target)),
            };
            if let Some(index) = index {
                for id in &chosen {
                    if model.versions[index].contains_key(id) {
                        model.set(index, *id, None);
                    }
                }
            }
            if !chosen.is_empty() {
                let selection = DatasetItemSelection::Ids(chosen);
                store
                    .delete_dataset_items(&fixture.scope, selection, group)
                    .await
                    .unwrap();
            }
        }
        5 => {
            let latest = model.latest();
            let chosen: Vec<Uuid> = some(numbers, 3)
                .into_iter()
                .filter(|id| latest.contains_key(id))
                .collect();
            let word = format!("tag {}", numbers.below(1_000_000));
            if !chosen.is_empty() {
                let index = model.target(WriteTo::NewVersion);
                for id in &chosen {
                    let value = model.versions[index][id].0;
                    model.versions[index].insert(*id, (value, Some(word.clone())));
                }
                let selection = DatasetItemSelection::Ids(chosen);
                store
                    .update_dataset_items(&fixture.scope, selection, tag(word))
                    .await
                    .unwrap();
            }
        }
        _ if model.versions.is_empty() => {}
        _ => {
            let base = usize::try_from(numbers.below(model.versions.len() as u64)).unwrap();
            let reference = VersionRef::Number(base as u64 + 1);
            let version = store
                .dataset_version(&fixture.scope, dataset, reference)
                .await
                .unwrap()
                .unwrap();
            let mut items = model.versions[base].clone();
            let before = model.latest();
            let made = if kind == 6 {
                if base + 1 == model.versions.len() {
                    return;
                }
                store
                    .restore_dataset_version(&fixture.scope, dataset, &version.version_hash)
                    .await
                    .unwrap()
            } else {
                let (deleted, edited) = (some(numbers, 2), some(numbers, 2));
                let added = new_item(ferropik_model::id::new(), numbers.below(1_000_000));
                let data: serde_json::Value = serde_json::from_str(added.data.as_str()).unwrap();
                let word = format!("edited {}", numbers.below(1_000_000));
                for id in &edited {
                    if let Some(content) = items.get_mut(id) {
                        content.1 = Some(word.clone());
                    }
                }
                for id in &deleted {
                    items.remove(id);
                }
                items.insert(added.id, (data["value"].as_u64().unwrap(), None));
                let changes = DatasetChanges {
                    base: Some(version.id),
                    is_override: true,
                    added: vec![added],
                    edited: edited.into_iter().map(|id| (id, tag(word.clone()))).collect(),
                    deleted,
                    ..DatasetChanges::default()
                };
                store
                    .change_dataset(&fixture.scope, dataset, changes)
                    .await
                    .unwrap()
                    .unwrap()
            };
            let added = items.keys().filter(|id| !before.contains_key(id)).count();
            let deleted = before.keys().filter(|id| !items.contains_key(id)).count();
            assert_eq!((made.items_added, made.items_deleted), (added as u64, deleted as u64));
            model.versions.push(items);
        }
    }
}

#[tokio::test]
async fn versions_agree_with_a_model() {
    for seed in 1..=6 {
        let fixture = fixture();
        let dataset = fixture.dataset("model").await;
        let (mut model, mut numbers) = (Model::default(), Numbers(seed));
        let ids: Vec<Uuid> = (0..12).map(|_| ferropik_model::id::new()).collect();
        for _ in 0..60 {
            random_step(&fixture, dataset, &mut model, &mut numbers, &ids).await;
        }
        compare(&fixture, dataset, &model).await;
        fixture.assert_healthy();
        fixture
            .store
            .delete_datasets(&fixture.scope, vec![dataset])
            .await
            .unwrap();
        for table in ["dataset", "dataset_version", "dataset_item", "dataset_item_data"] {
            assert_eq!(fixture.rows(table), 0, "{table}");
        }
        fixture.assert_healthy();
    }
}

#[tokio::test]
async fn names_are_unique_without_case_and_free_after_deletion() {
    let fixture = fixture();
    let store = &fixture.store;
    let first = fixture.dataset("Größe").await;
    let taken = store.create_dataset(&fixture.scope, new_dataset("GRÖßE ")).await;
    assert!(matches!(taken, Err(StoreError::Conflict(Conflict::NameTaken))));
    let same_id = NewDataset {
        id: first,
        ..new_dataset("other")
    };
    let taken = store.create_dataset(&fixture.scope, same_id).await;
    assert!(matches!(taken, Err(StoreError::Conflict(Conflict::Exists))));
    let unknown_project = NewDataset {
        project: Some(Uuid::from_u128(7)),
        ..new_dataset("other")
    };
    let refused = store.create_dataset(&fixture.scope, unknown_project).await;
    assert!(matches!(refused, Err(StoreError::ProjectNotFound(_))));
    let found = store
        .find_dataset(&fixture.scope, "größe", None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.is_elsewhere), (first, false));
    for project in [None, Some(Uuid::from_u128(7))] {
        let found = store
            .find_dataset(&fixture.scope, "größe", Some(project))
            .await
            .unwrap();
        assert!(found.unwrap().is_elsewhere);
    }
    store.delete_datasets(&fixture.scope, vec![first]).await.unwrap();
    assert_eq!(store.find_dataset(&fixture.scope, "größe", None).await.unwrap(), None);
    fixture.dataset("größe").await;
    let patch = DatasetPatch {
        name: "x".to_owned(),
        description: None,
        visibility: None,
        tags: None,
    };
    let missing = store.update_dataset(&fixture.scope, first, patch).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
    fixture.assert_healthy();
}

#[tokio::test]
async fn who_may_see_only_public_things_sees_only_public_datasets() {
    let fixture = fixture();
    let hidden = fixture.dataset("hidden").await;
    let public = NewDataset {
        visibility: Visibility::Public,
        ..new_dataset("open")
    };
    let open = public.id;
    fixture.store.create_dataset(&fixture.scope, public).await.unwrap();
    let item = ferropik_model::id::new();
    fixture
        .put_items(hidden, WriteTo::Latest, vec![new_item(item, 1)])
        .await;
    let visitor = Scope {
        access: Access::PublicOnly,
        ..fixture.scope.clone()
    };
    let store = &fixture.store;
    assert!(store.dataset(&visitor, hidden).await.unwrap().is_none());
    assert!(store.dataset(&visitor, open).await.unwrap().is_some());
    assert!(store.dataset_item(&visitor, item).await.unwrap().is_none());
    assert!(store.find_dataset(&visitor, "hidden", None).await.unwrap().is_none());
    let list = whole(VersionRef::Latest);
    assert!(
        store
            .dataset_items(&visitor, hidden, list)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    let mut datasets = DatasetList::default();
    (datasets.listing.page, datasets.listing.size) = (1, 10);
    let listed = store.datasets(&visitor, datasets).await.unwrap();
    let ids: Vec<Uuid> = listed.rows.iter().map(|row| row.id).collect();
    assert_eq!((ids, listed.total), (vec![open], 1));
}

#[tokio::test]
async fn a_dataset_with_experiments_keeps_its_items_until_they_go() {
    let fixture = fixture();
    let dataset = fixture.dataset("used").await;
    let items: Vec<NewDatasetItem> = (0..5).map(|n| new_item(ferropik_model::id::new(), n)).collect();
    fixture.put_items(dataset, WriteTo::Latest, items).await;
    fixture.sql(
        "INSERT INTO experiment (workspace, id, dataset, name, type, method, status, created_us, created_by, updated_us, \
         updated_by) SELECT d.workspace, x'00', d.key, 'e', 0, 0, 0, 0, 1, 0, 1 FROM dataset d",
    );
    fixture
        .store
        .delete_datasets(&fixture.scope, vec![dataset])
        .await
        .unwrap();
    assert!(fixture.store.dataset(&fixture.scope, dataset).await.unwrap().is_none());
    assert_eq!((fixture.rows("dataset"), fixture.rows("dataset_item")), (1, 5));
    fixture.sql("DELETE FROM experiment");
    // The next deletion cleans up behind it.
    fixture.store.delete_datasets(&fixture.scope, vec![]).await.unwrap();
    for table in ["dataset", "dataset_version", "dataset_item", "dataset_item_data"] {
        assert_eq!(fixture.rows(table), 0, "{table}");
    }
}

#[tokio::test]
async fn copies_share_their_data() {
    let fixture = fixture();
    let (source, copy) = (fixture.dataset("source").await, fixture.dataset("copy").await);
    let items: Vec<NewDatasetItem> = (0..5).map(|n| new_item(ferropik_model::id::new(), n)).collect();
    fixture.put_items(source, WriteTo::Latest, items).await;
    let store = &fixture.store;
    let version = store
        .dataset_version(&fixture.scope, source, VersionRef::Latest)
        .await
        .unwrap()
        .unwrap();
    let changes = DatasetChanges {
        copy_from: Some(CopyFrom {
            dataset: source,
            version: version.id,
        }),
        ..DatasetChanges::default()
    };
    let made = store
        .change_dataset(&fixture.scope, copy, changes.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((made.items_total, made.items_added), (5, 5));
    assert_eq!(fixture.rows("dataset_item_data"), 5);
    let again = store.change_dataset(&fixture.scope, copy, changes).await.unwrap();
    assert_eq!(again, Err(ChangeRefusal::HasVersions));
    fixture.assert_healthy();
    store.delete_datasets(&fixture.scope, vec![source]).await.unwrap();
    assert_eq!(fixture.rows("dataset_item_data"), 5);
    let list = whole(VersionRef::Latest);
    assert_eq!(
        store
            .dataset_items(&fixture.scope, copy, list)
            .await
            .unwrap()
            .rows
            .len(),
        5
    );
    store.delete_datasets(&fixture.scope, vec![copy]).await.unwrap();
    assert_eq!(fixture.rows("dataset_item_data"), 0);
}

#[tokio::test]
async fn ids_of_several_datasets_are_told_apart() {
    let fixture = fixture();
    let (one, two) = (fixture.dataset("one").await, fixture.dataset("two").await);
    let ids: Vec<Uuid> = (0..3).map(|_| ferropik_model::id::new()).collect();
    let item = |index: usize| new_item(ids[index], 1);
    fixture.put_items(one, WriteTo::Latest, vec![item(0), item(1)]).await;
    fixture.put_items(two, WriteTo::Latest, vec![item(1), item(2)]).await;
    let store = &fixture.store;
    let patch = store
        .update_dataset_items(
            &fixture.scope,
            DatasetItemSelection::Ids(vec![ids[0], ids[2]]),
            tag("x".to_owned()),
        )
        .await
        .unwrap();
    assert_eq!(patch, SelectionOutcome::SeveralDatasets);
    // The first dataset has both of these items, the other one only one.
    let deleted = store
        .delete_dataset_items(&fixture.scope, DatasetItemSelection::Ids(vec![ids[0], ids[1]]), None)
        .await
        .unwrap();
    assert_eq!(deleted, SelectionOutcome::Changed(2));
    let count = async |dataset: Uuid| {
        let list = whole(VersionRef::Latest);
        store.dataset_items(&fixture.scope, dataset, list).await.unwrap().total
    };
    assert_eq!((count(one).await, count(two).await), (0, 2));
    let unknown = store
        .delete_dataset_items(&fixture.scope, DatasetItemSelection::Ids(vec![ids[0]]), None)
        .await
        .unwrap();
    assert_eq!(unknown, SelectionOutcome::NoneFound);
    fixture.assert_healthy();
}

#[tokio::test]
async fn streams_and_filters_read_one_version() {
    let fixture = fixture();
    let dataset = fixture.dataset("stream").await;
    let items: Vec<NewDatasetItem> = (0..25).map(|n| new_item(ferropik_model::id::new(), n % 5)).collect();
    fixture.put_items(dataset, WriteTo::Latest, items.clone()).await;
    let store = &fixture.store;
    store
        .delete_dataset_items(
            &fixture.scope,
            DatasetItemSelection::Ids(vec![items[0].id]),
            Some(Uuid::from_u128(1)),
        )
        .await
        .unwrap();
    let filter = r#"[{"field":"data","key":"value","operator":"=","value":"0"}]"#;
    let mut stream = DatasetItemStream {
        dataset,
        version: VersionRef::Number(1),
        filter: Filter::from_query_param(Entity::DatasetItem, filter).unwrap(),
        before: None,
        limit: 2,
    };
    let mut seen = Vec::new();
    loop {
        let rows = store
            .stream_dataset_items(&fixture.scope, stream.clone())
            .await
            .unwrap();
        let Some(last) = rows.last() else { break };
        stream.before = Some(last.id);
        seen.extend(rows.iter().map(|row| row.id));
    }
    let expected: Vec<Uuid> = items.iter().step_by(5).map(|item| item.id).rev().collect();
    assert_eq!(seen, expected);
    stream.version = VersionRef::Number(3);
    let missing = store.stream_dataset_items(&fixture.scope, stream).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
}
