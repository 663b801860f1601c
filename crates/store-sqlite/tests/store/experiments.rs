//! Experiments and what their traces add up to.

use std::time::Duration;

use ferropik_model::{EvaluationMethod, Experiment, ExperimentStatus, ExperimentType};
use ferropik_query::{Entity, Filter};
use ferropik_store::{
    ExperimentCreation, ExperimentList, ExperimentSelection, ExperimentStore, ItemCreation, NewExperiment,
    NewExperimentItem, ProjectStore, ScoreTarget, TraceStore,
};
use uuid::Uuid;

use crate::support::{Fixture, fixture, id, new_span, new_trace, whole_list};

fn experiment(id: Uuid) -> NewExperiment {
    NewExperiment {
        id,
        dataset_name: "dataset".to_owned(),
        project: None,
        name: "run".to_owned(),
        metadata: None,
        tags: Vec::new(),
        kind: ExperimentType::Regular,
        method: EvaluationMethod::Dataset,
        optimization: None,
        status: ExperimentStatus::Completed,
        scores: Vec::new(),
        prompt_versions: Vec::new(),
        dataset_version: None,
    }
}

fn item(id: Uuid, experiment: Uuid, trace: Uuid) -> NewExperimentItem {
    NewExperimentItem {
        id,
        experiment,
        item: Uuid::from_u128(id.as_u128() ^ 1),
        trace,
        project: None,
        policy: None,
    }
}

impl Fixture {
    async fn create(&self, id: Uuid) -> ExperimentCreation {
        self.store.create_experiment(&self.scope, experiment(id)).await.unwrap()
    }

    async fn add(&self, items: Vec<NewExperimentItem>) {
        let stored = self.store.put_experiment_items(&self.scope, items).await.unwrap();
        assert_eq!(stored, ItemCreation::Stored);
    }

    async fn read(&self, id: Uuid) -> Experiment {
        self.store.experiment(&self.scope, id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn items_may_come_before_everything_else() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.add(vec![item(id(50), id(1), id(10))]).await;
    fixture.assert_healthy();
    assert!(fixture.store.experiment(&fixture.scope, id(1)).await.unwrap().is_none());
    let created = fixture.create(id(1)).await;
    assert_eq!(
        created,
        ExperimentCreation::Created {
            dataset_elsewhere: false
        }
    );
    assert_eq!(fixture.create(id(1)).await, ExperimentCreation::Exists);
    assert_eq!(fixture.read(id(1)).await.trace_count, 1);
    fixture.put_spans(vec![new_span(id(20), id(10), project, 1)]).await;
    fixture.put(vec![new_trace(id(10), project, 1)]).await;
    assert_eq!(fixture.read(id(1)).await.project_id, Some(project));
    assert_eq!(fixture.rows("experiment_awaited"), 0);
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_deleted_trace_leaves_its_id_and_nothing_else() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.create(id(1)).await;
    fixture
        .put(vec![new_trace(id(10), project, 1), new_trace(id(11), project, 1)])
        .await;
    fixture.score(ScoreTarget::Trace(id(10)), project, "s", "1").await;
    fixture
        .add(vec![item(id(50), id(1), id(10)), item(id(51), id(1), id(11))])
        .await;
    assert_eq!(fixture.read(id(1)).await.feedback_scores.len(), 1);
    fixture.delete(&[id(10), id(10)]).await;
    fixture.assert_healthy();
    let found = fixture.read(id(1)).await;
    assert_eq!((found.trace_count, found.feedback_scores.len()), (2, 0));
    assert!(fixture.trace(id(10)).await.is_none());
    let kept = fixture
        .store
        .experiment_item(&fixture.scope, id(50))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.trace_id, kept.project_id), (id(10), None));
    // The row that keeps the id goes with its last item.
    fixture
        .store
        .delete_experiment_items(&fixture.scope, vec![id(50)])
        .await
        .unwrap();
    assert_eq!(fixture.rows("trace"), 1);
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_deleted_experiment_leaves_nothing() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.create(id(1)).await;
    fixture.put(vec![new_trace(id(10), project, 1)]).await;
    let mut items: Vec<_> = (0..1200).map(|n| item(id(1000 + n), id(1), id(5000 + n))).collect();
    items.push(item(id(999), id(1), id(10)));
    fixture.add(items).await;
    fixture.read(id(1)).await;
    fixture.assert_healthy();
    fixture
        .store
        .delete_experiments(&fixture.scope, vec![id(1), id(2)])
        .await
        .unwrap();
    for table in [
        "experiment",
        "experiment_item",
        "experiment_summary",
        "experiment_awaited",
    ] {
        assert_eq!(fixture.rows(table), 0, "{table}");
    }
    assert_eq!(fixture.rows("trace"), 1);
    assert!(fixture.trace(id(10)).await.unwrap().experiment.is_none());
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_deleted_project_is_left() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let mut new = experiment(id(1));
    new.project = Some(project);
    fixture.store.create_experiment(&fixture.scope, new).await.unwrap();
    fixture.put(vec![new_trace(id(10), project, 1)]).await;
    fixture.add(vec![item(id(50), id(1), id(10))]).await;
    let of_project = |project_deleted: bool| ExperimentList {
        selection: ExperimentSelection {
            project: (!project_deleted).then_some(project),
            project_deleted,
            ..ExperimentSelection::default()
        },
        page: 1,
        size: 10,
        sort: None,
    };
    let list = fixture
        .store
        .experiments(&fixture.scope, of_project(false))
        .await
        .unwrap();
    assert_eq!(list.total, 1);
    fixture
        .store
        .delete_projects(&fixture.scope, vec![project])
        .await
        .unwrap();
    let started = std::time::Instant::now();
    while fixture.rows("purge") > 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "the project is not purged");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let list = fixture
        .store
        .experiments(&fixture.scope, of_project(true))
        .await
        .unwrap();
    assert_eq!(list.rows[0].id, id(1));
    assert_eq!((list.rows[0].project_id, list.rows[0].trace_count), (None, 1));
    fixture.assert_healthy();
}

#[tokio::test]
async fn traces_are_found_by_their_experiments() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.create(id(1)).await;
    fixture.create(id(2)).await;
    fixture
        .put((10..13).map(|n| new_trace(id(n), project, 1)).collect())
        .await;
    fixture
        .add(vec![
            item(id(50), id(1), id(10)),
            item(id(51), id(2), id(10)),
            item(id(52), id(2), id(11)),
        ])
        .await;
    for (filter, expected) in [
        (
            format!(r#"{{"field":"experiment_id","operator":"=","value":"{}"}}"#, id(1)),
            vec![id(10)],
        ),
        (
            format!(
                r#"{{"field":"experiment_ids","operator":"in","value":"{},{}"}}"#,
                id(1),
                id(2)
            ),
            vec![id(11), id(10)],
        ),
        (
            format!(
                r#"{{"field":"experiment_ids","operator":"not_in","value":"{}"}}"#,
                id(1)
            ),
            vec![id(12), id(11)],
        ),
        (
            format!(
                r#"{{"field":"experiment_id","operator":"contains","value":"{}"}}"#,
                id(2)
            ),
            vec![id(11), id(10)],
        ),
    ] {
        let selection = ferropik_store::Selection {
            filter: Filter::from_query_param(Entity::Trace, &format!("[{filter}]")).unwrap(),
            ..ferropik_store::Selection::all(project)
        };
        let found = fixture
            .store
            .traces(&fixture.scope, selection, whole_list())
            .await
            .unwrap();
        let ids: Vec<Uuid> = found.rows.iter().map(|trace| trace.id).collect();
        assert_eq!(ids, expected, "{filter}");
    }
    let shown = fixture.trace(id(10)).await.unwrap().experiment.unwrap();
    assert_eq!(shown.id, id(2));
}
