//! What retention rules delete, told what time it is.

use ferropik_model::{RetentionLevel, RetentionPeriod, RetentionRule, Timestamp};
use ferropik_store::{NewRetentionRule, RetentionStore, ScoreTarget, ThreadStore};
use uuid::Uuid;

use super::support::{BASE_MILLIS, Fixture, attachment, fixture, id_at, json, new_span, new_trace};

const DAY_MINUTES: i64 = 24 * 60;

/// So many days after the start of the ids.
fn days_later(days: i64) -> Timestamp {
    Timestamp::from_millis(BASE_MILLIS + days * DAY_MINUTES * 60_000 + 1)
}

fn rule(project: Option<Uuid>, retention: RetentionPeriod) -> NewRetentionRule {
    NewRetentionRule {
        project,
        level: match project {
            Some(_) => RetentionLevel::Project,
            None => RetentionLevel::Workspace,
        },
        retention,
        apply_to_past: true,
    }
}

async fn add(fixture: &Fixture, rule: NewRetentionRule) -> RetentionRule {
    fixture.store.create_retention_rule(&fixture.scope, rule).await.unwrap()
}

async fn apply(fixture: &Fixture, days: i64) -> usize {
    let pass = fixture
        .store
        .apply_retention(days_later(days), 1_000_000)
        .await
        .unwrap();
    assert!(pass.is_finished);
    pass.deleted
}

async fn names(fixture: &Fixture, project: Uuid) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = fixture.traces(project).await.iter().map(|trace| trace.id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn traces_go_with_everything_when_they_are_too_old() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    // One a day, for five days.
    let ids: Vec<Uuid> = (0..5).map(|day| id_at(day, day.cast_signed() * DAY_MINUTES)).collect();
    let mut traces: Vec<_> = ids.iter().map(|id| new_trace(*id, project, 0)).collect();
    traces[0].trace.thread_id = Some("old".to_owned());
    traces[0].trace.input = json(r#"{"a":1}"#);
    traces[0].attachments.push(attachment("a.png", "key/a"));
    traces[4].trace.thread_id = Some("new".to_owned());
    fixture.put(traces).await;
    fixture
        .put_spans(vec![new_span(id_at(10, 0), ids[0], project, 0)])
        .await;
    fixture.score(ScoreTarget::Trace(ids[0]), project, "acc", "1").await;

    assert_eq!(apply(&fixture, 100).await, 0, "there is no rule");
    let rule = add(&fixture, rule(None, RetentionPeriod::Short)).await;
    assert!(!rule.catch_up_done);
    assert_eq!(apply(&fixture, 14).await, 0, "a day is kept until it is over");
    let pass = fixture.store.apply_retention(days_later(16), 1_000).await.unwrap();
    assert_eq!((pass.deleted, pass.is_finished), (3, true), "two traces and a thread");
    assert_eq!(pass.leftovers.object_keys, ["key/a"]);
    assert_eq!(names(&fixture, project).await, ids[2..]);
    assert!(fixture.span(id_at(10, 0)).await.is_none());
    let status = |thread: &'static str| fixture.store.thread_status(&fixture.scope, project, thread);
    assert!(status("old").await.unwrap().is_none());
    assert!(status("new").await.unwrap().is_some());
    let stored = fixture
        .store
        .retention_rule(&fixture.scope, rule.id)
        .await
        .unwrap()
        .unwrap();
    assert!(stored.catch_up_done && stored.catch_up_cursor.is_none());
    assert_eq!(apply(&fixture, 16).await, 0);
    fixture.assert_healthy();
}

#[tokio::test]
async fn the_most_special_rule_counts() {
    let fixture = fixture();
    let (own, other) = (fixture.project("own").await, fixture.project("other").await);
    for (number, project) in [(1, own), (2, other)] {
        fixture.put(vec![new_trace(id_at(number, 0), project, 0)]).await;
    }
    let organization = NewRetentionRule {
        level: RetentionLevel::Organization,
        ..rule(None, RetentionPeriod::Short)
    };
    add(&fixture, organization).await;
    let of_workspace = add(&fixture, rule(None, RetentionPeriod::Base)).await;
    add(&fixture, rule(Some(own), RetentionPeriod::Unlimited)).await;
    assert_eq!(apply(&fixture, 50).await, 0);
    assert_eq!(apply(&fixture, 61).await, 1);
    assert!(names(&fixture, other).await.is_empty());
    // Without the rule of the workspace the one of the organization counts; the project keeps its own.
    fixture.put(vec![new_trace(id_at(3, 0), other, 0)]).await;
    fixture
        .store
        .deactivate_retention_rule(&fixture.scope, of_workspace.id)
        .await
        .unwrap();
    assert_eq!(apply(&fixture, 20).await, 1);
    assert_eq!(apply(&fixture, 1_000).await, 0);
    assert_eq!(names(&fixture, own).await, [id_at(1, 0)]);
}

#[tokio::test]
async fn the_past_is_left_alone_when_the_rule_says_so() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let now = Timestamp::now();
    let today = (now.as_millis() - BASE_MILLIS) / 60_000;
    // Long ago, and today.
    let (ancient, fresh) = (id_at(1, 0), id_at(2, today));
    fixture
        .put(vec![new_trace(ancient, project, 0), new_trace(fresh, project, 0)])
        .await;
    let keeps_past = NewRetentionRule {
        apply_to_past: false,
        ..rule(Some(project), RetentionPeriod::Short)
    };
    let created = add(&fixture, keeps_past).await;
    assert!(created.catch_up_done);
    let later = Timestamp::from_millis(now.as_millis() + 30 * DAY_MINUTES * 60_000);
    let pass = fixture.store.apply_retention(later, 100).await.unwrap();
    // The ids of these tests may lie so close to now that the first trace is not yet too old.
    let is_ancient = today > 15 * DAY_MINUTES;
    assert_eq!(names(&fixture, project).await.contains(&ancient), is_ancient);
    assert!(!names(&fixture, project).await.contains(&fresh));
    assert_eq!(pass.deleted, if is_ancient { 1 } else { 2 });
}

#[tokio::test]
async fn traces_of_experiments_stay() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let (kept, gone) = (id_at(1, 0), id_at(2, 0));
    fixture
        .put(vec![new_trace(kept, project, 0), new_trace(gone, project, 0)])
        .await;
    fixture.sql(&format!(
        "INSERT INTO experiment_item (workspace, id, experiment, item, trace, created_us, created_by, updated_us, \
         updated_by) SELECT workspace, randomblob(16), 1, randomblob(16), seq, 0, 1, 0, 1 FROM trace \
         WHERE id = x'{}'",
        kept.simple()
    ));
    add(&fixture, rule(None, RetentionPeriod::Short)).await;
    assert_eq!(apply(&fixture, 100).await, 1);
    assert_eq!(names(&fixture, project).await, [kept]);
    assert_eq!(apply(&fixture, 100).await, 0);
}

#[tokio::test]
async fn a_pass_ends_at_its_limit_and_the_next_goes_on() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let traces = (0..120).map(|number| new_trace(id_at(number, 0), project, 0)).collect();
    fixture.put(traces).await;
    let created = add(&fixture, rule(None, RetentionPeriod::Short)).await;
    let pass = fixture.store.apply_retention(days_later(30), 70).await.unwrap();
    assert_eq!((pass.deleted, pass.is_finished), (70, false));
    let stored = fixture
        .store
        .retention_rule(&fixture.scope, created.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.catch_up_done && stored.catch_up_cursor == Some(id_at(69, 0)));
    let pass = fixture.store.apply_retention(days_later(30), 70).await.unwrap();
    assert_eq!((pass.deleted, pass.is_finished), (50, true));
    assert!(names(&fixture, project).await.is_empty());
    fixture.assert_healthy();
}
