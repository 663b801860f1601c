//! Agent configurations.

use ferropik_model::{BlueprintType, ConfigValue, ConfigValueType};
use ferropik_store::{AgentConfigStore, BlueprintSelector, Conflict, NewBlueprint, StoreError};
use uuid::Uuid;

use crate::support::{Fixture, fixture, id};

fn blueprint(number: u64, kind: BlueprintType, values: &[(&str, &str)]) -> NewBlueprint {
    NewBlueprint {
        id: id(number),
        kind,
        description: None,
        values: values
            .iter()
            .map(|(key, text)| ConfigValue {
                key: (*key).to_owned(),
                value: Some((*text).to_owned()),
                r#type: ConfigValueType::String,
                description: None,
            })
            .collect(),
    }
}

async fn latest(fixture: &Fixture, project: Uuid) -> (String, Vec<String>) {
    let found = fixture
        .store
        .select_blueprint(&fixture.scope, project, BlueprintSelector::Latest)
        .await
        .unwrap()
        .unwrap();
    let values = found.values.into_iter().map(|value| value.key).collect();
    (found.name, values)
}

#[tokio::test]
async fn states_are_numbered_and_masks_are_not() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let first = blueprint(1, BlueprintType::Blueprint, &[("a", "1")]);
    let added = fixture
        .store
        .add_blueprint(&fixture.scope, project, first.clone())
        .await;
    assert!(matches!(added, Err(StoreError::NotFound)));
    let created = fixture
        .store
        .create_agent_config(&fixture.scope, project, id(100), first.clone())
        .await
        .unwrap();
    assert_eq!(created.as_deref(), Some("Added a"));
    let again = fixture
        .store
        .create_agent_config(&fixture.scope, project, id(101), first)
        .await;
    assert!(matches!(again, Err(StoreError::Conflict(Conflict::Exists))));

    let mask = blueprint(2, BlueprintType::Mask, &[("b", "2")]);
    fixture
        .store
        .add_blueprint(&fixture.scope, project, mask)
        .await
        .unwrap();
    assert_eq!(latest(&fixture, project).await, ("v1".to_owned(), vec!["a".to_owned()]));
    let made = fixture
        .store
        .add_blueprint_of_mask(&fixture.scope, project, id(2), id(3))
        .await
        .unwrap();
    assert_eq!(made, Ok(()));
    let (name, keys) = latest(&fixture, project).await;
    assert_eq!((name.as_str(), keys.join(" ").as_str()), ("v2", "a b"));
    let keys = vec!["b".to_owned(), "x".to_owned()];
    let removed = fixture
        .store
        .remove_config_keys(&fixture.scope, project, keys.clone(), id(4))
        .await;
    assert!(removed.unwrap());
    let removed = fixture
        .store
        .remove_config_keys(&fixture.scope, project, keys, id(5))
        .await;
    assert!(!removed.unwrap());
    assert_eq!(latest(&fixture, project).await.0, "v3");
    assert_eq!(fixture.rows("blueprint"), 4);
}

#[tokio::test]
async fn the_past_of_environments_is_kept() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let first = blueprint(1, BlueprintType::Blueprint, &[("a", "1")]);
    fixture
        .store
        .create_agent_config(&fixture.scope, project, id(100), first)
        .await
        .unwrap();
    let second = blueprint(2, BlueprintType::Blueprint, &[("a", "2")]);
    fixture
        .store
        .add_blueprint(&fixture.scope, project, second)
        .await
        .unwrap();
    let set = async |name: &str, number: u64| {
        fixture
            .store
            .set_blueprint_environments(&fixture.scope, project, vec![(name.to_owned(), id(number))])
            .await
            .unwrap()
    };
    let used = async |name: &str| {
        let selector = BlueprintSelector::Environment(name.to_owned());
        let found = fixture.store.select_blueprint(&fixture.scope, project, selector).await;
        found.unwrap().map(|blueprint| blueprint.id)
    };
    assert_eq!(used("prod").await, Some(id(1)));
    assert!(set("PROD", 2).await.is_empty());
    assert!(set("prod", 2).await.is_empty());
    assert_eq!(used("prod").await, Some(id(2)));
    assert_eq!(fixture.rows("blueprint_environment"), 2);
    assert_eq!(set("prod", 7).await, [id(7)]);
    fixture
        .store
        .end_blueprint_environment(&fixture.scope, project, "Prod")
        .await
        .unwrap();
    assert_eq!(used("prod").await, None);
    fixture.assert_healthy();
    assert_eq!(fixture.rows("blueprint_environment"), 2);
}
