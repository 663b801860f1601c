//! Items of experiments side by side, against a recomputation from what was written.

use std::collections::{BTreeMap, BTreeSet};

use ferropik_model::{
    DatasetItemSource, DatasetType, EvaluationMethod, ExperimentStatus, ExperimentType, RawJson, StatValue, Visibility,
};
use ferropik_query::{Entity, Filter, Sorting, TermSearch};
use ferropik_store::{
    ComparedPage, Comparison, ComparisonStore, DatasetItemsPut, DatasetStore, ExperimentStore, NewDataset,
    NewDatasetItem, NewExperiment, NewExperimentItem, NewTrace, ScoreTarget, WriteTo,
};
use uuid::Uuid;

use crate::support::{Fixture, at, fixture, id, id_at, json, new_trace};

const DATASET: &str = "questions";

/// Ids that do not collide: each kind has minutes of its own.
fn item_id(number: u64) -> Uuid {
    id_at(number, 1)
}

fn experiment_id(number: u64) -> Uuid {
    id_at(number, 2)
}

fn trace_id(number: u64) -> Uuid {
    id_at(number, 3)
}

fn run_id(number: u64) -> Uuid {
    id_at(number, 4)
}

fn item(number: u64, data: &str) -> NewDatasetItem {
    NewDatasetItem {
        id: item_id(number),
        source: DatasetItemSource::Sdk,
        trace_id: None,
        span_id: None,
        data: RawJson::parse(data.to_owned()).unwrap(),
        description: None,
        tags: Vec::new(),
        evaluators: None,
        policy: None,
    }
}

struct World {
    fixture: Fixture,
    project: Uuid,
    dataset: Uuid,
    runs: u64,
    /// By experiment and item, how many runs there are.
    expected: BTreeMap<u64, BTreeMap<Uuid, usize>>,
}

impl World {
    async fn new() -> World {
        let fixture = fixture();
        let project = fixture.project("p").await;
        let dataset = id(7);
        let new = NewDataset {
            id: dataset,
            name: DATASET.to_owned(),
            project: None,
            kind: DatasetType::Dataset,
            visibility: Visibility::Private,
            tags: Vec::new(),
            description: None,
        };
        fixture.store.create_dataset(&fixture.scope, new).await.unwrap();
        World {
            fixture,
            project,
            dataset,
            runs: 0,
            expected: BTreeMap::new(),
        }
    }

    async fn put(&self, target: WriteTo, items: Vec<NewDatasetItem>) {
        let put = DatasetItemsPut {
            target,
            description: None,
            copy_from: None,
            items,
        };
        let Fixture { store, scope, .. } = &self.fixture;
        store.put_dataset_items(scope, self.dataset, put).await.unwrap();
    }

    async fn experiment(&self, number: u64) {
        let experiment = NewExperiment {
            id: experiment_id(number),
            dataset_name: DATASET.to_owned(),
            project: Some(self.project),
            name: format!("experiment {number}"),
            metadata: None,
            tags: Vec::new(),
            kind: ExperimentType::Regular,
            method: EvaluationMethod::Dataset,
            optimization: None,
            status: ExperimentStatus::Completed,
            scores: Vec::new(),
            prompt_versions: Vec::new(),
            dataset_version: None,
        };
        let Fixture { store, scope, .. } = &self.fixture;
        store.create_experiment(scope, experiment).await.unwrap();
    }

    /// Records runs of items; the trace of each is answered.
    async fn run(&mut self, experiment: u64, items: &[u64]) -> Vec<Uuid> {
        let mut links = Vec::new();
        let mut traces = Vec::new();
        for number in items {
            self.runs += 1;
            let runs = self.runs;
            let item = item_id(*number);
            *self.expected.entry(experiment).or_default().entry(item).or_default() += 1;
            let mut trace: NewTrace = new_trace(trace_id(runs), self.project, 0);
            trace.trace.end_time = Some(at(i64::try_from(runs % 5).unwrap()));
            trace.trace.output = json(&format!(r#"{{"n":{}}}"#, runs % 3));
            traces.push(trace);
            links.push(NewExperimentItem {
                id: run_id(runs),
                experiment: experiment_id(experiment),
                item,
                trace: trace_id(runs),
                project: None,
                policy: None,
            });
        }
        let answer = links.iter().map(|link| link.trace).collect();
        self.fixture.put(traces).await;
        let Fixture { store, scope, .. } = &self.fixture;
        store.put_experiment_items(scope, links).await.unwrap();
        answer
    }

    fn comparison(&self, experiments: &[u64]) -> Comparison {
        Comparison {
            dataset: self.dataset,
            experiments: experiments.iter().map(|number| experiment_id(*number)).collect(),
            filter: Filter::default(),
            search: None,
            sort: None,
            page: 1,
            size: 10_000,
            truncate: false,
        }
    }

    async fn page(&self, comparison: Comparison) -> ComparedPage {
        let Fixture { store, scope, .. } = &self.fixture;
        store.compared_items(scope, comparison).await.unwrap()
    }

    /// Items of some experiments with the number of their runs, in descending order.
    fn rows(&self, experiments: &[u64]) -> Vec<(Uuid, usize)> {
        let mut rows: BTreeMap<Uuid, usize> = BTreeMap::new();
        for number in experiments.iter().copied().collect::<BTreeSet<_>>() {
            for (item, runs) in self.expected.get(&number).into_iter().flatten() {
                *rows.entry(*item).or_default() += runs;
            }
        }
        rows.into_iter().rev().collect()
    }
}

fn shown(page: &ComparedPage) -> Vec<(Uuid, usize)> {
    page.rows
        .iter()
        .map(|row| (row.item.id, row.experiment_items.len()))
        .collect()
}

fn filter(text: &str) -> Filter {
    Filter::from_query_param(Entity::ExperimentItem, text).unwrap()
}

/// Numbers that look random and are the same on every run.
fn scrambled(seed: u64, count: u64, below: u64) -> Vec<u64> {
    (0..count)
        .map(|index| {
            let mixed = (seed * 1_000_003 + index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 33) % below
        })
        .collect()
}

#[tokio::test]
async fn runs_of_several_experiments_are_merged_in_descending_order() {
    let mut world = World::new().await;
    world
        .put(
            WriteTo::Latest,
            (0..40).map(|number| item(number, &format!(r#"{{"n":{number}}}"#))).collect(),
        )
        .await;
    for number in 0..5 {
        world.experiment(number).await;
        // Some items are in no version, some experiments are nearly empty.
        world.run(number, &scrambled(number, number * 13, 50)).await;
    }
    for experiments in [vec![1], vec![0], vec![4, 2], vec![0, 1, 2, 3, 4], vec![3, 3, 9]] {
        let page = world.page(world.comparison(&experiments)).await;
        assert_eq!(shown(&page), world.rows(&experiments), "{experiments:?}");
        assert_eq!(page.total, page.rows.len() as u64);
        for row in &page.rows {
            let places: Vec<_> = row
                .experiment_items
                .iter()
                .map(|run| experiments.iter().position(|number| experiment_id(*number) == run.item.experiment_id))
                .collect();
            assert!(places.is_sorted(), "{places:?}");
        }
        let mut paged = Vec::new();
        for number in 1.. {
            let mut part = world.comparison(&experiments);
            (part.page, part.size) = (number, 7);
            let page_part = world.page(part).await;
            assert_eq!(page_part.total, page.total);
            if page_part.rows.is_empty() {
                break;
            }
            paged.extend(page_part.rows);
        }
        assert_eq!(paged, page.rows);
    }
}

#[tokio::test]
async fn what_is_remembered_follows_every_change() {
    let mut world = World::new().await;
    world.put(WriteTo::Latest, (0..9).map(|number| item(number, r#"{"a":1}"#)).collect()).await;
    world.experiment(1).await;
    let traces = world.run(1, &[1, 2, 3]).await;
    let count = async |world: &World| {
        let Fixture { store, scope, .. } = &world.fixture;
        let stats = store
            .comparison_stats(scope, world.dataset, vec![experiment_id(1)], Filter::default())
            .await
            .unwrap();
        let names: Vec<String> = stats.stats.iter().map(|stat| stat.name.clone()).collect();
        let StatValue::Count(runs) = stats.stats[0].value else {
            panic!("the first statistic counts runs");
        };
        (runs, names)
    };
    let columns = async |world: &World| {
        let Fixture { store, scope, .. } = &world.fixture;
        let columns = store.output_columns(scope, world.dataset, None).await.unwrap();
        columns.into_iter().map(|column| column.name).collect::<Vec<_>>()
    };
    assert_eq!(count(&world).await.0, 3);
    assert_eq!(columns(&world).await, ["n"]);
    assert_eq!(world.page(world.comparison(&[1])).await.total, 3);

    world.run(1, &[3, 4]).await;
    assert_eq!(count(&world).await.0, 5);
    assert_eq!(shown(&world.page(world.comparison(&[1])).await), world.rows(&[1]));

    let Fixture { store, scope, .. } = &world.fixture;
    store.delete_experiment_items(scope, vec![run_id(1)]).await.unwrap();
    assert_eq!(count(&world).await.0, 4);
    assert_eq!(world.page(world.comparison(&[1])).await.total, 3);

    world
        .fixture
        .score(ScoreTarget::Trace(traces[1]), world.project, "quality", "0.5")
        .await;
    assert!(count(&world).await.1.contains(&"feedback_scores.quality".to_owned()));

    let mut changed = new_trace(traces[2], world.project, 100);
    changed.trace.output = json(r#"{"other":true}"#);
    world.fixture.put(vec![changed]).await;
    assert_eq!(columns(&world).await, ["n", "other"]);

    world.fixture.delete(&[traces[2]]).await;
    assert_eq!(columns(&world).await, ["n"]);
    assert_eq!(world.page(world.comparison(&[1])).await.total, 3);
    world.fixture.assert_healthy();
}

#[tokio::test]
async fn each_experiment_sees_the_version_that_it_is_pinned_to() {
    let mut world = World::new().await;
    world.put(WriteTo::NewVersion, vec![item(1, r#"{"v":"old"}"#), item(2, r#"{"v":"old"}"#)]).await;
    world.experiment(1).await;
    world.put(WriteTo::NewVersion, vec![item(1, r#"{"v":"new","w":[1]}"#)]).await;
    world.experiment(2).await;
    world.run(1, &[1, 2]).await;
    world.run(2, &[1, 3]).await;
    let data = |page: &ComparedPage| -> Vec<String> {
        page.rows.iter().map(|row| row.item.data.as_str().to_owned()).collect()
    };
    let old = world.page(world.comparison(&[1])).await;
    assert_eq!(data(&old), [r#"{"v":"old"}"#, r#"{"v":"old"}"#]);
    assert_eq!(old.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["v"]);
    let new = world.page(world.comparison(&[2])).await;
    assert_eq!(data(&new), ["{}", r#"{"v":"new","w":[1]}"#]);
    let both = world.page(world.comparison(&[1, 2])).await;
    assert_eq!(data(&both), ["{}", r#"{"v":"old"}"#, r#"{"v":"new","w":[1]}"#]);
    assert_eq!(both.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["v", "w"]);
    // Filters look at what each run saw.
    let mut filtered = world.comparison(&[1, 2]);
    filtered.filter = filter(r#"[{"field":"data.v","operator":"=","value":"old","type":"string"}]"#);
    let page = world.page(filtered).await;
    assert_eq!(shown(&page), [(item_id(2), 1), (item_id(1), 1)]);
    assert_eq!(page.rows[1].experiment_items[0].item.experiment_id, experiment_id(1));
}

#[tokio::test]
async fn sorts_filters_and_searches_work_together() {
    let mut world = World::new().await;
    let words = ["Äpfel", "birnen", "kirschen \\\"rot\\\""];
    let items = (0..30)
        .map(|number| item(number, &format!(r#"{{"fruit":"{}","n":{}}}"#, words[number as usize % 3], number % 4)))
        .collect();
    world.put(WriteTo::Latest, items).await;
    world.experiment(1).await;
    world.run(1, &(0..30).collect::<Vec<_>>()).await;
    let mut comparison = world.comparison(&[1]);
    comparison.search = TermSearch::new("äPFEL \"ROT\"");
    comparison.filter = filter(r#"[{"field":"data.n","operator":">=","value":"2","type":"number"}]"#);
    comparison.sort =
        Sorting::from_query_param(Entity::ExperimentItem, r#"[{"field":"data.n","direction":"ASC"}]"#).unwrap();
    let mut expected: Vec<u64> = (0..30_u64).filter(|number| number % 3 != 1 && number % 4 >= 2).collect();
    expected.sort_by_key(|number| (number % 4, std::cmp::Reverse(*number)));
    let page = world.page(comparison.clone()).await;
    let found: Vec<Uuid> = page.rows.iter().map(|row| row.item.id).collect();
    assert_eq!(found, expected.iter().map(|number| item_id(*number)).collect::<Vec<_>>());
    (comparison.page, comparison.size) = (2, 4);
    let part = world.page(comparison).await;
    assert_eq!(part.rows, page.rows[4..8]);
    assert_eq!(part.total, page.total);
    assert_eq!(part.columns, page.columns);
}

#[tokio::test]
async fn unknown_datasets_and_other_workspaces_have_nothing() {
    let mut world = World::new().await;
    world.put(WriteTo::Latest, vec![item(1, r#"{"a":1}"#)]).await;
    world.experiment(1).await;
    world.run(1, &[1]).await;
    let mut comparison = world.comparison(&[1]);
    comparison.dataset = id(99);
    let page = world.page(comparison).await;
    assert_eq!((page.rows.len(), page.total, page.columns.len()), (0, 0, 0));
    let page = world.page(world.comparison(&[5])).await;
    assert_eq!((page.rows.len(), page.total, page.columns.len()), (0, 0, 0));
}
