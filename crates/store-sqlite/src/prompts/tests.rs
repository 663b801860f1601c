//! What other areas ask of prompts.

use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_model::{PromptType, PromptVersionKind, TemplateStructure, id};
use ferropik_store::{NewPrompt, NewPromptVersion, ProjectStore, PromptStore, Scope};
use uuid::Uuid;

use super::delete_of_project;
use crate::state::{project_key, workspace_key};
use crate::{SqliteOptions, SqliteStore};

async fn add(store: &SqliteStore, scope: &Scope, name: &str, project: Option<Uuid>, kind: PromptVersionKind) -> Uuid {
    let version = id::new();
    let prompt = NewPrompt {
        id: id::new(),
        project,
        name: name.to_owned(),
        description: None,
        structure: TemplateStructure::Text,
        tags: Vec::new(),
    };
    let new = NewPromptVersion {
        id: version,
        commit: None,
        template: "t".to_owned(),
        metadata: None,
        template_type: PromptType::Mustache,
        kind,
        change_description: None,
        tags: Vec::new(),
        environments: Vec::new(),
    };
    store.add_prompt_version(scope, prompt, new).await.unwrap().unwrap();
    version
}

#[tokio::test]
async fn a_project_takes_its_prompts_along() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(directory.path())).unwrap();
    let scope = Scope::new(DEFAULT_WORKSPACE_ID, "admin");
    let project = store.ensure_projects(&scope, &["p"]).await.unwrap()[0];
    let mut versions = vec![add(&store, &scope, "kept", None, PromptVersionKind::PromptVersion).await];
    for number in 0..5 {
        for _ in 0..3 {
            let name = format!("p{number}");
            versions.push(add(&store, &scope, &name, Some(project), PromptVersionKind::PromptVersion).await);
        }
    }
    let writing = scope.clone();
    let slices = store
        .write(move |connection, state| {
            let workspace = workspace_key(connection, &writing)?;
            let key = project_key(connection, workspace, project)?;
            let mut slices = Vec::new();
            loop {
                match delete_of_project(connection, state, key, 4)? {
                    0 => return Ok(slices),
                    deleted => slices.push(deleted),
                }
            }
        })
        .await
        .unwrap();
    assert!(slices.iter().all(|deleted| *deleted <= 4), "{slices:?}");
    let left = store.prompt_versions_by_id(&scope, versions.clone()).await.unwrap();
    assert_eq!(left.iter().map(|version| version.id).collect::<Vec<_>>(), versions[..1]);
    let rows: i64 = store
        .read(|connection, _| {
            connection
                .query_row("SELECT COUNT(*) FROM prompt_version", [], |row| row.get(0))
                .map_err(crate::error::translate)
        })
        .await
        .unwrap();
    assert_eq!(rows, 1);
}
