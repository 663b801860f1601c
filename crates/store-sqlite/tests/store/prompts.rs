//! Prompts and their versions.

use ferropik_model::{PromptType, PromptVersion, PromptVersionKind, TemplateStructure};
use ferropik_store::{
    CommitMatch, Conflict, NewPrompt, NewPromptVersion, PromptPlace, PromptStore, StoreError, VersionConflict,
    VersionSelector,
};
use uuid::Uuid;

use crate::support::{Fixture, fixture, id, scope};

fn prompt(number: u64, project: Option<Uuid>, name: &str) -> NewPrompt {
    NewPrompt {
        id: id(number),
        project,
        name: name.to_owned(),
        description: None,
        structure: TemplateStructure::Text,
        tags: Vec::new(),
    }
}

fn version(number: u64, template: &str) -> NewPromptVersion {
    NewPromptVersion {
        id: id(number),
        commit: None,
        template: template.to_owned(),
        metadata: None,
        template_type: PromptType::Mustache,
        kind: PromptVersionKind::PromptVersion,
        change_description: None,
        tags: Vec::new(),
        environments: Vec::new(),
    }
}

async fn add(fixture: &Fixture, to: NewPrompt, new: NewPromptVersion) -> PromptVersion {
    fixture
        .store
        .add_prompt_version(&fixture.scope, to, new)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn numbers_are_never_given_twice() {
    let fixture = fixture();
    let writes = (0..40).map(|number| add(&fixture, prompt(100 + number, None, "p"), version(number, "t")));
    let versions = futures::future::join_all(writes).await;
    let mut numbers: Vec<String> = versions.into_iter().filter_map(|made| made.version_number).collect();
    numbers.sort_by_key(|number| number[1..].parse::<u32>().unwrap());
    let expected: Vec<String> = (1..=40).map(|number| format!("v{number}")).collect();
    assert_eq!(numbers, expected);
    fixture.assert_healthy();
    assert_eq!((fixture.rows("prompt"), fixture.rows("prompt_version")), (1, 40));
}

#[tokio::test]
async fn a_refused_version_leaves_nothing_behind() {
    let fixture = fixture();
    add(&fixture, prompt(1, None, "p"), version(10, "t")).await;
    let refused = fixture
        .store
        .add_prompt_version(&fixture.scope, prompt(2, None, "q"), version(10, "t"))
        .await;
    assert!(matches!(refused, Err(StoreError::Conflict(Conflict::Exists))));
    let refused = fixture
        .store
        .add_prompt_version(&fixture.scope, prompt(3, None, "P"), version(10, "t"))
        .await
        .unwrap();
    assert_eq!(refused, Err(VersionConflict::Exists));
    let mut taken = version(11, "t");
    taken.environments = vec!["production".to_owned()];
    add(&fixture, prompt(1, None, "p"), taken.clone()).await;
    taken.id = id(12);
    let refused = fixture
        .store
        .add_prompt_version(&fixture.scope, prompt(1, None, "p"), taken)
        .await
        .unwrap();
    assert_eq!(
        refused,
        Err(VersionConflict::EnvironmentsTaken(vec!["production".to_owned()]))
    );
    assert_eq!((fixture.rows("prompt"), fixture.rows("prompt_version")), (1, 2));
}

#[tokio::test]
async fn names_are_looked_for_in_the_project_first() {
    let fixture = fixture();
    let (here, there) = (fixture.project("here").await, fixture.project("there").await);
    let create = async |new: NewPrompt| fixture.store.create_prompt(&fixture.scope, new, None).await;
    create(prompt(1, Some(there), "name")).await.unwrap();
    let find = async |place| {
        let found = fixture.store.prompt_by_name(&fixture.scope, "NAME", place).await;
        found.unwrap().map(|prompt| prompt.id)
    };
    assert_eq!(find(PromptPlace::Project(here)).await, None);
    create(prompt(2, None, "name")).await.unwrap();
    assert_eq!(find(PromptPlace::Project(here)).await, Some(id(2)));
    create(prompt(3, Some(here), "name")).await.unwrap();
    assert_eq!(find(PromptPlace::Project(here)).await, Some(id(3)));
    assert_eq!(find(PromptPlace::Project(there)).await, Some(id(1)));
    assert_eq!(find(PromptPlace::Workspace).await, Some(id(3)));
    assert_eq!(find(PromptPlace::Project(id(9))).await, None);
    for taken in [prompt(4, Some(here), "Name"), prompt(4, None, "NAME ")] {
        assert!(matches!(
            create(taken).await,
            Err(StoreError::Conflict(Conflict::NameTaken))
        ));
    }
}

#[tokio::test]
async fn deleting_a_prompt_deletes_its_versions() {
    let fixture = fixture();
    for number in 0..600 {
        add(&fixture, prompt(1_000, None, "p"), version(number, "t")).await;
    }
    add(&fixture, prompt(2_000, None, "q"), version(3_000, "t")).await;
    let deleted = fixture
        .store
        .delete_prompts(&fixture.scope, vec![id(1_000), id(7_777)])
        .await;
    assert_eq!(deleted.unwrap(), 1);
    let tables = ["prompt", "prompt_version", "prompt_purge"];
    assert_eq!(tables.map(|table| fixture.rows(table)), [1, 1, 0]);
    let again = add(&fixture, prompt(1_000, None, "p"), version(0, "t")).await;
    assert_eq!(again.version_number.as_deref(), Some("v1"));
    fixture.assert_healthy();
}

#[tokio::test]
async fn commits_compare_without_case_and_lead_to_prompts() {
    let fixture = fixture();
    let with_commit = |number: u64, commit: &str| NewPromptVersion {
        commit: Some(commit.to_owned()),
        ..version(number, "t")
    };
    add(&fixture, prompt(1, None, "p"), with_commit(10, "ABCDEFG1")).await;
    let refused = fixture
        .store
        .add_prompt_version(&fixture.scope, prompt(1, None, "p"), with_commit(11, "abcdefg1"))
        .await
        .unwrap();
    assert_eq!(refused, Err(VersionConflict::Exists));
    let found = fixture
        .store
        .prompt_by_commit(&fixture.scope, "abcdefg1")
        .await
        .unwrap();
    let CommitMatch::One(found) = found else {
        panic!("{found:?}");
    };
    assert_eq!((found.id, found.requested_version.unwrap().id), (id(1), id(10)));
    add(&fixture, prompt(2, None, "q"), with_commit(12, "abcdefg1")).await;
    let found = fixture
        .store
        .prompt_by_commit(&fixture.scope, "abcdefg1")
        .await
        .unwrap();
    assert_eq!(found, CommitMatch::Ambiguous);
}

#[tokio::test]
async fn other_workspaces_see_nothing() {
    let fixture = fixture();
    fixture.sql("INSERT INTO workspace (id, name) VALUES (x'0190babc62a071d2832a0feffa4676ec', 'other')");
    let mut other = scope("someone");
    other.workspace = Uuid::from_u128(0x0190_babc_62a0_71d2_832a_0fef_fa46_76ec);
    let mut new = version(10, "t");
    new.environments = vec!["production".to_owned()];
    let made = add(&fixture, prompt(1, None, "p"), new).await;
    let store = &fixture.store;
    assert_eq!(store.prompt(&other, id(1)).await.unwrap(), None);
    assert_eq!(
        store.prompt_by_name(&other, "p", PromptPlace::Workspace).await.unwrap(),
        None
    );
    assert_eq!(store.prompt_versions_by_id(&other, vec![id(10)]).await.unwrap(), []);
    let selected = store
        .select_prompt_version(&other, id(1), VersionSelector::Latest)
        .await
        .unwrap();
    assert_eq!(selected, None);
    assert_eq!(
        store.prompt_by_commit(&other, &made.commit).await.unwrap(),
        CommitMatch::None
    );
    assert_eq!(store.delete_prompts(&other, vec![id(1)]).await.unwrap(), 0);
    let changed = store.set_prompt_version_environments(&other, id(10), Vec::new()).await;
    assert!(matches!(changed, Err(StoreError::NotFound)));
    store
        .tag_prompt_versions(&other, vec![id(10)], vec!["x".to_owned()], false)
        .await
        .unwrap();
    assert_eq!(
        store
            .restore_prompt_version(&other, id(1), id(10), id(11))
            .await
            .unwrap(),
        None
    );
    let kept = store.prompt_versions_by_id(&fixture.scope, vec![id(10)]).await.unwrap();
    assert_eq!(kept, [made]);
}
