//! Feedback scores.

use ferropik_model::SpanType;
use ferropik_store::{NewScore, ScoreKind, ScoreStore, ScoreTarget, ScoredEntity, StoreError};
use rust_decimal::Decimal;

use crate::support::{fixture, id, new_span, new_trace, scope, score};

#[tokio::test]
async fn scores_may_arrive_before_their_entity() {
    let fixture = fixture();
    let (guessed, project) = (fixture.project("guessed").await, fixture.project("p").await);
    fixture
        .score(ScoreTarget::Trace(id(1)), guessed, "quality", "0.5")
        .await;
    fixture.score(ScoreTarget::Span(id(10)), guessed, "speed", "3").await;
    assert!(fixture.trace(id(1)).await.is_none() && fixture.span(id(10)).await.is_none());
    fixture.assert_healthy();
    fixture.put_spans(vec![new_span(id(10), id(1), project, 1)]).await;
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let trace = fixture.trace(id(1)).await.unwrap();
    assert_eq!(trace.project_id, project);
    assert_eq!(trace.feedback_scores[0].value, Decimal::new(5, 1));
    assert_eq!(trace.span_feedback_scores[0].value, Decimal::new(3, 0));
    assert_eq!(fixture.span(id(10)).await.unwrap().feedback_scores[0].name, "speed");
    fixture.assert_healthy();
}

#[tokio::test]
async fn the_value_is_the_mean_over_authors_and_queues() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let entity = || ScoredEntity {
        target: ScoreTarget::Trace(id(1)),
        project,
    };
    let queued = |value| NewScore {
        source_queue_id: Some(id(77)),
        ..score("quality", value)
    };
    for (user, score) in [
        ("ann", score("quality", "1")),
        ("bob", score("quality", "0")),
        ("bob", queued("0.5")),
        ("ann", score("quality", "0.6")),
    ] {
        fixture
            .store
            .put_scores(&scope(user), vec![(entity(), score)])
            .await
            .unwrap();
    }
    let found = fixture.trace(id(1)).await.unwrap().feedback_scores.remove(0);
    assert_eq!(found.value, "0.366666667".parse().unwrap());
    let mut authors: Vec<&str> = found.value_by_author.keys().map(String::as_str).collect();
    authors.sort_unstable();
    assert_eq!(authors, ["ann", "bob", format!("bob_{}", id(77)).as_str()]);
    fixture.assert_healthy();

    let delete = async |author: Option<&str>, queue| {
        let author = author.map(str::to_owned);
        let target = ScoreTarget::Trace(id(1));
        fixture
            .store
            .delete_scores(&fixture.scope, target, None, vec!["quality".to_owned()], author, queue)
            .await
            .unwrap();
    };
    delete(Some("nobody"), None).await;
    delete(Some("ann"), None).await;
    assert_eq!(
        fixture.trace(id(1)).await.unwrap().feedback_scores[0].value,
        Decimal::new(25, 2)
    );
    delete(None, None).await;
    assert_eq!(
        fixture.trace(id(1)).await.unwrap().feedback_scores[0].value,
        Decimal::new(5, 1)
    );
    delete(None, Some(id(77))).await;
    assert_eq!(fixture.trace(id(1)).await.unwrap().feedback_scores, []);
    assert_eq!(
        (
            fixture.rows("score"),
            fixture.rows("score_value"),
            fixture.rows("score_rollup")
        ),
        (0, 0, 0)
    );
    fixture.assert_healthy();
}

#[tokio::test]
async fn assertion_results_are_no_feedback_scores() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let assertion = NewScore {
        category_name: Some("suite_assertion".to_owned()),
        ..score("is polite", "1")
    };
    let entity = ScoredEntity {
        target: ScoreTarget::Trace(id(1)),
        project,
    };
    fixture
        .store
        .put_scores(&fixture.scope, vec![(entity, assertion)])
        .await
        .unwrap();
    assert_eq!(fixture.trace(id(1)).await.unwrap().feedback_scores, []);
    fixture.assert_healthy();
}

#[tokio::test]
async fn scores_of_existing_entities_need_the_entity() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.score(ScoreTarget::Trace(id(1)), project, "quality", "1").await;
    for target in [
        ScoreTarget::Trace(id(1)),
        ScoreTarget::Span(id(10)),
        ScoreTarget::Thread("t".to_owned()),
    ] {
        let result = fixture
            .store
            .put_score_of_existing(&fixture.scope, target, score("quality", "1"))
            .await;
        assert!(matches!(result, Err(StoreError::NotFound)));
    }
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let target = ScoreTarget::Trace(id(1));
    fixture
        .store
        .put_score_of_existing(&fixture.scope, target, score("quality", "-2"))
        .await
        .unwrap();
    assert_eq!(
        fixture.trace(id(1)).await.unwrap().feedback_scores[0].value,
        Decimal::new(-2, 0)
    );
    fixture.assert_healthy();
}

#[tokio::test]
async fn names_are_distinct_sorted_and_of_what_was_asked_for() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    fixture
        .put(vec![new_trace(id(1), project, 1), new_trace(id(2), other, 1)])
        .await;
    let mut span = new_span(id(10), id(1), project, 1);
    span.span.r#type = Some(SpanType::Llm);
    fixture.put_spans(vec![span]).await;
    fixture.score(ScoreTarget::Trace(id(1)), project, "b", "1").await;
    fixture.score(ScoreTarget::Trace(id(1)), project, "a", "1").await;
    fixture.score(ScoreTarget::Trace(id(2)), other, "c", "1").await;
    fixture.score(ScoreTarget::Span(id(10)), project, "d", "1").await;
    fixture
        .score(ScoreTarget::Thread("t".to_owned()), project, "e", "1")
        .await;
    let names = async |kind, projects, span_type| {
        fixture
            .store
            .score_names(&fixture.scope, kind, projects, span_type)
            .await
            .unwrap()
            .join("")
    };
    assert_eq!(names(Some(ScoreKind::Trace), Some(vec![project]), None).await, "ab");
    assert_eq!(names(Some(ScoreKind::Trace), None, None).await, "abc");
    assert_eq!(
        names(Some(ScoreKind::Span), Some(vec![project]), Some(SpanType::Llm)).await,
        "d"
    );
    assert_eq!(
        names(Some(ScoreKind::Span), Some(vec![project]), Some(SpanType::Tool)).await,
        ""
    );
    assert_eq!(names(Some(ScoreKind::Thread), Some(vec![project]), None).await, "e");
    assert_eq!(names(None, None, None).await, "abcde");
    let unknown = fixture
        .store
        .score_names(&fixture.scope, None, Some(vec![id(5)]), None)
        .await;
    assert!(matches!(unknown, Err(StoreError::ProjectNotFound(_))));
}
