//! Accounts of uploads and exports.

use std::time::Duration;

use ferropik_model::{DatasetExportStatus, DatasetItemSource, DatasetStatus, DatasetType, RawJson, Visibility, id};
use ferropik_store::{
    DatasetExportStore, DatasetItemsPut, DatasetStore, DatasetUploadStore, NewDataset, NewDatasetItem, StoreError,
    UploadFormat, WriteTo,
};
use ferropik_store_sqlite::SqliteStore;
use uuid::Uuid;

use crate::support::*;

const DAY: Duration = Duration::from_secs(86_400);

async fn dataset(store: &SqliteStore, name: &str) -> Uuid {
    let dataset = NewDataset {
        id: id::new(),
        name: name.to_owned(),
        project: None,
        kind: DatasetType::Dataset,
        visibility: Visibility::Private,
        tags: Vec::new(),
        description: None,
    };
    let id = dataset.id;
    store.create_dataset(&scope("admin"), dataset).await.unwrap();
    id
}

async fn new_version(store: &SqliteStore, dataset: Uuid) {
    let item = NewDatasetItem {
        id: id::new(),
        source: DatasetItemSource::Manual,
        trace_id: None,
        span_id: None,
        data: RawJson::from_stored(r#"{"a":1}"#),
        description: None,
        tags: Vec::new(),
        evaluators: None,
        policy: None,
    };
    let put = DatasetItemsPut {
        target: WriteTo::NewVersion,
        description: None,
        copy_from: None,
        items: vec![item],
    };
    store.put_dataset_items(&scope("admin"), dataset, put).await.unwrap();
}

async fn status(store: &SqliteStore, dataset: Uuid) -> DatasetStatus {
    store.dataset(&scope("admin"), dataset).await.unwrap().unwrap().status
}

async fn waiting(store: &SqliteStore, dataset: Uuid) -> Uuid {
    let upload = id::new();
    store.begin_dataset_upload(&scope("admin"), upload).await.unwrap();
    store
        .accept_dataset_upload(&scope("admin"), upload, dataset, UploadFormat::JsonLines)
        .await
        .unwrap();
    upload
}

#[tokio::test]
async fn the_last_upload_decides_about_the_status() {
    let fixture = fixture();
    let store = &fixture.store;
    let dataset = dataset(store, "d").await;
    let first = waiting(store, dataset).await;
    let second = waiting(store, dataset).await;
    assert_eq!(status(store, dataset).await, DatasetStatus::Processing);
    let next = store.waiting_dataset_upload().await.unwrap().unwrap();
    assert_eq!(
        (next.id, next.dataset, next.format, next.items),
        (first, dataset, UploadFormat::JsonLines, 0)
    );
    assert_eq!(next.scope, scope("admin"));
    store
        .advance_dataset_upload(&scope("admin"), first, 1000)
        .await
        .unwrap();
    assert_eq!(store.waiting_dataset_upload().await.unwrap().unwrap().items, 1000);
    store.end_dataset_upload(&scope("admin"), first, false).await.unwrap();
    assert_eq!(status(store, dataset).await, DatasetStatus::Processing);
    store.end_dataset_upload(&scope("admin"), second, true).await.unwrap();
    store.end_dataset_upload(&scope("admin"), second, false).await.unwrap();
    assert_eq!(status(store, dataset).await, DatasetStatus::Completed);
    assert_eq!(store.waiting_dataset_upload().await.unwrap(), None);
    let spent = store.spent_dataset_uploads(10).await.unwrap();
    assert_eq!(
        spent.iter().map(|upload| upload.id).collect::<Vec<_>>(),
        [first, second]
    );
    store.forget_dataset_upload(first).await.unwrap();
    assert_eq!(store.spent_dataset_uploads(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn uploads_that_did_not_arrive_are_spent() {
    let fixture = fixture();
    let store = &fixture.store;
    let dataset = dataset(store, "d").await;
    let upload = id::new();
    store.begin_dataset_upload(&scope("admin"), upload).await.unwrap();
    let refused = store
        .accept_dataset_upload(&scope("admin"), upload, id::new(), UploadFormat::Csv)
        .await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    let unknown = store
        .accept_dataset_upload(&scope("admin"), id::new(), dataset, UploadFormat::Csv)
        .await;
    assert!(unknown.is_err());
    assert_eq!(status(store, dataset).await, DatasetStatus::Unknown);
    assert!(store.spent_dataset_uploads(10).await.unwrap().is_empty());
    let arrived = waiting(store, dataset).await;
    store.abandon_dataset_uploads(upload).await.unwrap();
    assert!(store.spent_dataset_uploads(10).await.unwrap().is_empty());
    store.abandon_dataset_uploads(id::new()).await.unwrap();
    assert_eq!(store.spent_dataset_uploads(10).await.unwrap()[0].id, upload);
    assert_eq!(store.waiting_dataset_upload().await.unwrap().unwrap().id, arrived);
}

#[tokio::test]
async fn an_upload_outlives_its_dataset() {
    let fixture = fixture();
    let store = &fixture.store;
    let dataset = dataset(store, "d").await;
    let upload = waiting(store, dataset).await;
    store.delete_datasets(&scope("admin"), vec![dataset]).await.unwrap();
    assert_eq!(store.waiting_dataset_upload().await.unwrap().unwrap().id, upload);
    store.end_dataset_upload(&scope("admin"), upload, false).await.unwrap();
    assert_eq!(store.spent_dataset_uploads(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn exports_of_one_version_are_one() {
    let fixture = fixture();
    let store = &fixture.store;
    let dataset = dataset(store, "d").await;
    let start = async || {
        store
            .start_dataset_export(&scope("admin"), id::new(), dataset, DAY)
            .await
            .unwrap()
    };
    let first = start().await;
    assert_eq!(
        (first.status, first.dataset_name.as_str()),
        (DatasetExportStatus::Pending, "d")
    );
    assert_eq!(start().await.id, first.id);
    new_version(store, dataset).await;
    let second = start().await;
    assert_ne!(second.id, first.id);
    let claimed = store.claim_dataset_export().await.unwrap().unwrap();
    assert_eq!(
        (claimed.id, claimed.dataset, claimed.version),
        (first.id, dataset, None)
    );
    let claimed = store.claim_dataset_export().await.unwrap().unwrap();
    assert!(claimed.id == second.id && claimed.version.is_some() && claimed.scope == scope("admin"));
    assert_eq!(store.claim_dataset_export().await.unwrap(), None);
    assert_eq!(start().await.status, DatasetExportStatus::Processing);
    let listed = store.dataset_exports(&scope("admin"), 1).await.unwrap();
    assert_eq!((listed.len(), listed[0].id), (1, second.id));

    let key = "a/b.csv".to_owned();
    assert!(
        store
            .end_dataset_export(&scope("admin"), second.id, Ok(key.clone()))
            .await
            .unwrap()
    );
    assert!(
        !store
            .end_dataset_export(&scope("admin"), second.id, Err("late".to_owned()))
            .await
            .unwrap()
    );
    let ended = store.dataset_export(&scope("admin"), second.id).await.unwrap().unwrap();
    assert_eq!(
        (ended.status, ended.file_path, ended.error_message),
        (DatasetExportStatus::Completed, Some(key), None)
    );
    assert_ne!(start().await.id, second.id);

    store.requeue_dataset_exports().await.unwrap();
    let again = store.claim_dataset_export().await.unwrap().unwrap();
    assert_eq!(again.id, first.id);
    store
        .end_dataset_export(&scope("admin"), first.id, Err("no".to_owned()))
        .await
        .unwrap();
    let failed = store.dataset_export(&scope("admin"), first.id).await.unwrap().unwrap();
    assert_eq!(
        (failed.status, failed.error_message.as_deref()),
        (DatasetExportStatus::Failed, Some("no"))
    );
}

#[tokio::test]
async fn exports_end_with_their_time() {
    let fixture = fixture();
    let store = &fixture.store;
    let dataset = dataset(store, "d").await;
    let missing = store
        .start_dataset_export(&scope("admin"), id::new(), id::new(), DAY)
        .await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
    let kept = store
        .start_dataset_export(&scope("admin"), id::new(), dataset, DAY)
        .await
        .unwrap();
    assert_eq!(
        kept.expires_at.as_micros() - kept.created_at.as_micros(),
        86_400_000_000
    );
    new_version(store, dataset).await;
    let gone = id::new();
    let started = store
        .start_dataset_export(&scope("admin"), gone, dataset, Duration::ZERO)
        .await;
    assert!(matches!(started, Err(StoreError::NotFound)));
    assert_eq!(store.dataset_export(&scope("admin"), gone).await.unwrap(), None);
    assert!(matches!(
        store.view_dataset_export(&scope("admin"), gone).await,
        Err(StoreError::NotFound)
    ));
    let expired = store.expired_dataset_exports(10).await.unwrap();
    assert_eq!(expired.iter().map(|export| export.id).collect::<Vec<_>>(), [gone]);
    store.forget_dataset_exports(vec![gone]).await.unwrap();
    assert!(store.expired_dataset_exports(10).await.unwrap().is_empty());
    assert_eq!(store.dataset_exports(&scope("admin"), 10).await.unwrap().len(), 1);

    store.view_dataset_export(&scope("admin"), kept.id).await.unwrap();
    let viewed = store.dataset_export(&scope("admin"), kept.id).await.unwrap().unwrap();
    store.view_dataset_export(&scope("admin"), kept.id).await.unwrap();
    assert_eq!(
        store.dataset_export(&scope("admin"), kept.id).await.unwrap().unwrap(),
        viewed
    );
    assert!(viewed.viewed_at.is_some());
}
