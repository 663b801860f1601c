//! Environments.

use ferropik_model::EnvironmentWrite;
use ferropik_store::{Conflict, EnvironmentStore, StoreError};

use crate::support::{Fixture, fixture, id, new_trace, open};

async fn names(fixture: &Fixture) -> Vec<String> {
    let environments = fixture.store.environments(&fixture.scope).await.unwrap();
    environments.into_iter().map(|found| found.name).collect()
}

fn named(name: &str) -> EnvironmentWrite {
    EnvironmentWrite {
        name: Some(name.to_owned()),
        ..EnvironmentWrite::default()
    }
}

#[tokio::test]
async fn environments_that_traces_name_are_registered() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    for (number, name) in [(1, "prod"), (2, "PROD"), (3, "STAGING"), (4, "no good"), (5, "")] {
        let mut new = new_trace(id(number), project, 1);
        new.trace.environment = Some(name.to_owned());
        fixture.put(vec![new]).await;
    }
    assert_eq!(names(&fixture).await, ["development", "staging", "production", "prod"]);
    assert_eq!(
        fixture.trace(id(4)).await.unwrap().environment.as_deref(),
        Some("no good")
    );
    assert_eq!(fixture.trace(id(5)).await.unwrap().environment.as_deref(), Some(""));
}

#[tokio::test]
async fn seeds_that_were_deleted_stay_away() {
    let fixture = fixture();
    let seeds = fixture.store.environments(&fixture.scope).await.unwrap();
    let ids = seeds.iter().map(|seed| seed.id).collect();
    fixture.store.delete_environments(&fixture.scope, ids).await.unwrap();
    fixture.store.close();
    let Fixture {
        store,
        directory,
        scope,
    } = fixture;
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.environments(&scope).await.unwrap(), []);
}

#[tokio::test]
async fn names_and_ids_are_unique() {
    let fixture = fixture();
    let create = async |number: u64, name: &str| {
        fixture
            .store
            .create_environment(&fixture.scope, id(number), named(name))
            .await
    };
    create(1, "one").await.unwrap();
    assert!(matches!(
        create(2, "ONE").await,
        Err(StoreError::Conflict(Conflict::NameTaken))
    ));
    assert!(matches!(
        create(1, "two").await,
        Err(StoreError::Conflict(Conflict::Exists))
    ));
    create(2, "two").await.unwrap();
    let update = async |number: u64, name: &str| {
        fixture
            .store
            .update_environment(&fixture.scope, id(number), named(name))
            .await
    };
    assert!(matches!(
        update(2, "One").await,
        Err(StoreError::Conflict(Conflict::NameTaken))
    ));
    assert!(matches!(update(3, "three").await, Err(StoreError::NotFound)));
    update(2, "TWO").await.unwrap();
    assert_eq!(names(&fixture).await.last().unwrap(), "TWO");
}

#[tokio::test]
async fn a_rename_keeps_the_color() {
    let fixture = fixture();
    fixture
        .store
        .create_environment(&fixture.scope, id(1), named("one"))
        .await
        .unwrap();
    // As a database has it that was made before environments had colors.
    fixture.sql("UPDATE environment SET color = NULL WHERE name = 'one'");
    let color = async || {
        let found = fixture.store.environment(&fixture.scope, id(1)).await.unwrap();
        found.unwrap().color
    };
    let before = color().await;
    assert_eq!(before, ferropik_model::Environment::color_of("one"));
    fixture
        .store
        .update_environment(&fixture.scope, id(1), named("other"))
        .await
        .unwrap();
    assert_eq!(color().await, before);
}
