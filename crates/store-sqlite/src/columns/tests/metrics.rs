//! Metrics are the same from rollups, columns and tables.

use ferropik_model::{Measure, MetricEntity, MetricInterval, MetricType, Timestamp};
use ferropik_query::{Entity, Filter, TextSearch};
use ferropik_store::{BreakdownBy, FoundSeries, MetricQuery, MetricRange, MetricStore, Percentile, SubMetric};
use uuid::Uuid;

use super::{BASE_MILLIS, World};

/// Holds for everything, but rollups do not know that.
const TRUE: &str = r#"[{"field":"created_at","operator":">","value":"2000-01-01T00:00:00Z"}]"#;

const INTERVALS: [MetricInterval; 4] = MetricInterval::ALL;

fn entity_of(entity: MetricEntity) -> Entity {
    match entity {
        MetricEntity::Traces => Entity::Trace,
        MetricEntity::Spans => Entity::Span,
        MetricEntity::Threads => Entity::Thread,
    }
}

fn sub_metrics(metric: MetricType) -> Vec<Option<SubMetric>> {
    match metric.measure() {
        Measure::Durations => vec![Some(SubMetric::Percentile(Percentile::P90))],
        Measure::Scores => ["quality", "ß", "nothing"]
            .map(|name| Some(SubMetric::Named(name.to_owned())))
            .to_vec(),
        Measure::Usage => ["prompt_tokens", "original.x"]
            .map(|name| Some(SubMetric::Named(name.to_owned())))
            .to_vec(),
        _ => vec![None],
    }
}

impl World {
    fn range(&mut self, entity: MetricEntity, filter: Filter) -> MetricRange {
        // Whole hours, pieces of them, or both.
        let (from, to) = match self.random.below(3) {
            0 => (0, 200 * 60_000),
            1 => (60 * 60_000, 120 * 60_000 - 1),
            _ => {
                let from = self.random.below(90 * 60_000);
                (from, from + self.random.below(110 * 60_000))
            }
        };
        let at = |millis: u64| Timestamp::from_millis(i64::try_from(BASE_MILLIS + millis).unwrap());
        MetricRange {
            projects: vec![self.project, self.other, Uuid::nil()],
            entity,
            filter,
            search: None,
            from: at(from),
            to: at(to),
        }
    }

    async fn series(&self, query: &MetricQuery) -> Vec<FoundSeries> {
        self.store.metric(&self.scope, query.clone()).await.unwrap()
    }

    async fn check_metrics(&mut self) {
        for metric in MetricType::ALL {
            let entity = entity_of(metric.entity());
            let always = Filter::from_query_param(entity, TRUE).unwrap();
            let mut query = MetricQuery {
                range: self.range(metric.entity(), Filter::default()),
                measure: metric.measure(),
                interval: self.random.pick(&INTERVALS),
                group_by: None,
                sub_metric: None,
            };
            let what = format!("{metric:?} {query:?}");
            let rolled = self.series(&query).await;
            query.range.filter = always;
            self.compare(&what, || self.store.metric(&self.scope, query.clone()))
                .await;
            assert_eq!(self.series(&query).await, rolled, "{what}");
            query.range.filter = match entity {
                Entity::Thread => Filter::default(),
                entity => self.selection(entity).filter,
            };
            let what = format!("{metric:?} {query:?}");
            self.compare(&what, || self.store.metric(&self.scope, query.clone()))
                .await;
            self.compare(&what, || self.store.metric_totals(&self.scope, query.range.clone()))
                .await;
            query.range.search = self
                .random
                .pick_clone(&[None, TextSearch::new("1"), TextSearch::new("KEY")]);
            let what = format!("{metric:?} {query:?}");
            self.compare(&what, || self.store.metric(&self.scope, query.clone()))
                .await;
            self.compare(&what, || self.store.metric_totals(&self.scope, query.range.clone()))
                .await;
            if metric.entity() == MetricEntity::Threads {
                continue;
            }
            for group_by in [
                BreakdownBy::Tags,
                BreakdownBy::Name,
                BreakdownBy::ErrorInfo,
                BreakdownBy::ErrorType,
                BreakdownBy::Model,
                BreakdownBy::Provider,
                BreakdownBy::Type,
                BreakdownBy::Metadata("k".to_owned()),
            ] {
                let of_spans = matches!(group_by, BreakdownBy::Model | BreakdownBy::Provider | BreakdownBy::Type);
                if of_spans && metric.entity() != MetricEntity::Spans {
                    continue;
                }
                query.group_by = Some(group_by);
                query.sub_metric = self.random.pick_clone(&sub_metrics(*metric));
                let what = format!("{metric:?} {query:?}");
                self.compare(&what, || self.store.metric(&self.scope, query.clone()))
                    .await;
            }
        }
        let at = |millis: u64| Timestamp::from_millis(i64::try_from(BASE_MILLIS + millis).unwrap());
        self.compare("costs", || {
            let projects = vec![self.project, self.other];
            self.store.daily_costs(&self.scope, projects, at(0), at(60 * 60_000))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_agree() {
    let mut world = World::new(0x5eed_0042).await;
    world.put_traces(200).await;
    world.put_spans(400).await;
    world.put_scores(120).await;
    for _ in 0..3 {
        world.check_metrics().await;
        for _ in 0..12 {
            world.change().await;
        }
    }
}
