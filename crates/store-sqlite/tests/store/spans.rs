//! Writes of spans, and what traces know of their spans.

use ferropik_model::{SpanType, SpanUpdate};
use ferropik_store::{Conflict, NewSpan, ScoreTarget, SpanStore, StoreError};
use rust_decimal::Decimal;

use crate::support::{Fixture, at, fixture, id, json, new_span, new_trace, span_patch, texts, usage};

async fn create(fixture: &Fixture, span: NewSpan) -> Result<(), StoreError> {
    fixture.store.create_span(&fixture.scope, span).await.map(drop)
}

#[tokio::test]
async fn spans_may_arrive_before_their_trace() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let mut llm = new_span(id(10), id(1), project, 1);
    llm.span.r#type = Some(SpanType::Llm);
    llm.span.provider = Some("openai".to_owned());
    llm.span.usage = Some(usage(&[("total_tokens", 7), ("prompt_tokens", 3)]));
    llm.cost = Decimal::new(25, 2);
    let mut tool = new_span(id(11), id(1), project, 1);
    tool.span.r#type = Some(SpanType::Tool);
    tool.span.usage = Some(usage(&[("total_tokens", 5)]));
    tool.cost = Decimal::new(5, 2);
    fixture.put_spans(vec![llm, tool]).await;
    assert!(fixture.trace(id(1)).await.is_none(), "the trace itself has not arrived");
    assert_eq!(fixture.traces(project).await, []);
    assert_eq!(fixture.spans(project, Some(id(1))).await.len(), 2);
    fixture.assert_healthy();

    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let trace = fixture.trace(id(1)).await.unwrap();
    assert_eq!(
        (trace.span_count, trace.llm_span_count, trace.has_tool_spans),
        (2, 1, true)
    );
    assert_eq!(trace.total_estimated_cost, Some(Decimal::new(3, 1)));
    assert_eq!(trace.usage, usage(&[("total_tokens", 12), ("prompt_tokens", 3)]));
    assert_eq!(trace.providers, ["openai"]);
    fixture.assert_healthy();
}

#[tokio::test]
async fn newer_rows_replace_the_sums_of_older_ones() {
    for swapped in [false, true] {
        let fixture = fixture();
        let project = fixture.project("p").await;
        fixture.put(vec![new_trace(id(1), project, 1)]).await;
        let mut start = new_span(id(10), id(1), project, 1);
        start.span.usage = Some(usage(&[("a", 5)]));
        start.cost = Decimal::ONE;
        let mut end = new_span(id(10), id(1), project, 2);
        end.span.usage = Some(usage(&[("b", 7)]));
        end.span.end_time = Some(at(4));
        let rows = if swapped { [end, start] } else { [start, end] };
        for row in rows {
            fixture.put_spans(vec![row]).await;
        }
        let trace = fixture.trace(id(1)).await.unwrap();
        assert_eq!(trace.usage, usage(&[("b", 7)]));
        assert_eq!(trace.total_estimated_cost, None);
        assert_eq!(fixture.span(id(10)).await.unwrap().duration, Some(4_000.0));
        fixture.assert_healthy();
    }
}

#[tokio::test]
async fn the_first_create_of_a_span_stays_and_strangers_are_refused() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let mut first = new_span(id(10), id(1), project, 1);
    first.span.parent_span_id = Some(id(9));
    let mut second = first.clone();
    second.span.name = Some("second".to_owned());
    create(&fixture, first.clone()).await.unwrap();
    create(&fixture, second).await.unwrap();
    let stored = fixture.span(id(10)).await.unwrap();
    assert_eq!(stored.name.as_deref(), Some("step"));
    assert_eq!(stored.project_name.as_deref(), Some("p"));
    let elsewhere = NewSpan {
        project: other,
        ..first.clone()
    };
    assert!(matches!(
        create(&fixture, elsewhere).await,
        Err(StoreError::Conflict(Conflict::OtherProject))
    ));
    let other_trace = NewSpan {
        trace_id: id(2),
        ..first.clone()
    };
    assert!(matches!(
        create(&fixture, other_trace).await,
        Err(StoreError::Conflict(Conflict::OtherTrace))
    ));
    let mut other_parent = first;
    other_parent.span.parent_span_id = None;
    assert!(matches!(
        create(&fixture, other_parent).await,
        Err(StoreError::Conflict(Conflict::OtherParent))
    ));
    fixture.assert_healthy();
}

#[tokio::test]
async fn updates_before_the_create_merge_into_it() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let update = SpanUpdate {
        output: json("\"late\""),
        r#type: Some(SpanType::Llm),
        usage: Some(usage(&[("total_tokens", 3)])),
        model: Some("priced".to_owned()),
        provider: Some("openai".to_owned()),
        ..SpanUpdate::default()
    };
    fixture
        .patch_span(span_patch(id(10), id(1), project, update))
        .await
        .unwrap();
    let mut created = new_span(id(10), id(1), project, 1);
    created.span.output = json("\"early\"");
    created.span.r#type = Some(SpanType::Tool);
    created.span.usage = Some(usage(&[("total_tokens", 100)]));
    created.span.tags = Some(texts(&["x"]));
    create(&fixture, created).await.unwrap();
    let span = fixture.span(id(10)).await.unwrap();
    assert_eq!(span.output.unwrap().as_str(), "\"late\"");
    assert_eq!(span.r#type, Some(SpanType::Llm));
    assert_eq!(span.usage, usage(&[("total_tokens", 3)]));
    assert_eq!(span.tags, ["x"]);
    assert_eq!(span.total_estimated_cost, Some(Decimal::new(3, 2)));
    assert_eq!(span.total_estimated_cost_version.as_deref(), Some("1.1"));
    fixture.assert_healthy();
}

#[tokio::test]
async fn costs_of_clients_are_not_computed_anew() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    fixture.put_spans(vec![new_span(id(10), id(1), project, 1)]).await;
    let by_usage = SpanUpdate {
        model: Some("priced".to_owned()),
        provider: Some("openai".to_owned()),
        usage: Some(usage(&[("total_tokens", 10)])),
        ..SpanUpdate::default()
    };
    let cost = async || fixture.trace(id(1)).await.unwrap().total_estimated_cost;
    fixture
        .patch_span(span_patch(id(10), id(1), project, by_usage.clone()))
        .await
        .unwrap();
    assert_eq!(cost().await, Some(Decimal::new(1, 1)));
    let by_hand = SpanUpdate {
        total_estimated_cost: Some(Decimal::new(5, 0)),
        ..SpanUpdate::default()
    };
    fixture
        .patch_span(span_patch(id(10), id(1), project, by_hand))
        .await
        .unwrap();
    fixture
        .patch_span(span_patch(id(10), id(1), project, by_usage.clone()))
        .await
        .unwrap();
    assert_eq!(cost().await, Some(Decimal::new(5, 0)));
    let none = SpanUpdate {
        total_estimated_cost: Some(Decimal::ZERO),
        ..SpanUpdate::default()
    };
    fixture
        .store
        .update_spans(&fixture.scope, vec![id(10), id(10)], none, false)
        .await
        .unwrap();
    assert_eq!(cost().await, None);
    fixture.assert_healthy();
}

#[tokio::test]
async fn an_update_must_name_the_stored_trace_and_parent() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let mut span = new_span(id(10), id(1), project, 1);
    span.span.parent_span_id = Some(id(9));
    fixture.put_spans(vec![span]).await;
    let with_parent = SpanUpdate {
        parent_span_id: Some(id(9)),
        ..SpanUpdate::default()
    };
    fixture
        .patch_span(span_patch(id(10), id(1), project, with_parent.clone()))
        .await
        .unwrap();
    for (patch, conflict) in [
        (
            span_patch(id(10), id(1), other, with_parent.clone()),
            Conflict::OtherProject,
        ),
        (span_patch(id(10), id(2), project, with_parent), Conflict::OtherTrace),
        (
            span_patch(id(10), id(1), project, SpanUpdate::default()),
            Conflict::OtherParent,
        ),
    ] {
        let refused = fixture.patch_span(patch).await;
        assert!(matches!(refused, Err(StoreError::Conflict(found)) if found == conflict));
    }
    fixture.assert_healthy();
}

#[tokio::test]
async fn an_id_that_is_named_twice_is_changed_once() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put_spans(vec![new_span(id(10), id(1), project, 1)]).await;
    let update = SpanUpdate {
        tags: Some(texts(&["x"])),
        output: json("1"),
        usage: Some(usage(&[("a", 4)])),
        ..SpanUpdate::default()
    };
    fixture
        .store
        .update_spans(&fixture.scope, vec![id(10), id(10)], update, true)
        .await
        .unwrap();
    fixture.assert_healthy();
    let refused = SpanUpdate {
        name: Some("changed".to_owned()),
        tags_to_add: Some((0..50).map(|n| format!("tag {n}")).collect()),
        ..SpanUpdate::default()
    };
    fixture.put_spans(vec![new_span(id(11), id(1), project, 1)]).await;
    let result = fixture
        .store
        .update_spans(&fixture.scope, vec![id(11), id(10)], refused, false)
        .await;
    assert!(matches!(result, Err(StoreError::TagLimit)));
    assert_eq!(fixture.span(id(11)).await.unwrap().name.as_deref(), Some("step"));
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_scored_span_takes_its_scores_along_to_another_trace() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put(vec![new_trace(id(1), project, 1), new_trace(id(2), project, 1)])
        .await;
    fixture
        .put_spans(vec![
            new_span(id(10), id(1), project, 1),
            new_span(id(11), id(1), project, 1),
            new_span(id(12), id(2), project, 1),
        ])
        .await;
    for (span, value) in [(10, "1"), (11, "3"), (12, "8")] {
        fixture
            .score(ScoreTarget::Span(id(span)), project, "speed", value)
            .await;
    }
    let value = async |trace| {
        let scores = fixture.trace(trace).await.unwrap().span_feedback_scores;
        scores.first().map(|score| score.value.normalize().to_string())
    };
    assert_eq!(
        (value(id(1)).await.as_deref(), value(id(2)).await.as_deref()),
        (Some("2"), Some("8"))
    );
    fixture.put_spans(vec![new_span(id(10), id(2), project, 2)]).await;
    assert_eq!(
        (value(id(1)).await.as_deref(), value(id(2)).await.as_deref()),
        (Some("3"), Some("4.5"))
    );
    fixture.assert_healthy();
}
