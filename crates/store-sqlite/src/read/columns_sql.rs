//! How the tables spell the fields that filters, searches and sorts name.

use ferropik_model::id;
use ferropik_query::sql::{NumberExpr, NumberUnit, SqlBuilder, SqlColumns, SqlValue};
use ferropik_query::{Condition, Field, ListTest, ScoreTest, Test, TextOp, UsageKey};
use uuid::Uuid;

use crate::functions::{FN_FRAME, FN_NUMBERS, FN_TOTAL, FN_USAGE, FN_UUID};
use crate::rows::{flag, source};
use crate::scoring;

/// Text of an interned string, by the column that holds its number.
fn interned(column: &str) -> String {
    format!("(SELECT text FROM string WHERE key = {column})")
}

/// Number of an interned usage key; none when nothing has ever used it.
fn key_number(key: UsageKey) -> String {
    match key.name() {
        // The names are constants of ours, so that they need no placeholder.
        Some(name) => format!("(SELECT key FROM string WHERE text = '{name}')"),
        None => "NULL".to_owned(),
    }
}

fn integer(sql: impl Into<String>) -> NumberExpr {
    NumberExpr {
        sql: sql.into(),
        unit: NumberUnit::Scaled(0),
    }
}

fn unknown_number() -> NumberExpr {
    integer("NULL")
}

fn micros_between(table: &str) -> NumberExpr {
    NumberExpr {
        sql: format!("(CASE WHEN {table}.start_ns > 0 THEN ({table}.end_ns - {table}.start_ns) / 1000 END)"),
        unit: NumberUnit::Scaled(3),
    }
}

fn source_text(table: &str) -> String {
    format!(
        "(CASE {table}.source WHEN 1 THEN 'sdk' WHEN 2 THEN 'experiment' WHEN 3 THEN 'playground' \
         WHEN 4 THEN 'optimization' WHEN 5 THEN 'evaluator' WHEN 6 THEN 'experiment' END)"
    )
}

fn tags_any(column: &str, predicate: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM (SELECT x.text AS value FROM json_each({FN_NUMBERS}({column})) j \
         JOIN string x ON x.key = j.value) WHERE {predicate})"
    )
}

/// The tags as JSON text, for sorting.
fn tags_text(column: &str) -> String {
    format!(
        "(SELECT json_group_array(x.text) FROM json_each({FN_NUMBERS}({column})) j JOIN string x ON x.key = j.value \
         HAVING COUNT(*) > 0)"
    )
}

/// Aggregated scores as a table of `name` and `value`.
fn score_table(from: &str) -> String {
    format!(
        "SELECT x.text AS name, CASE WHEN COUNT(*) = 1 THEN MAX(c.value) \
         ELSE CAST(ROUND(AVG(c.value)) AS INTEGER) END AS value FROM {from} \
         AND c.category IS NOT 'suite_assertion' JOIN string x ON x.key = c.name GROUP BY c.name"
    )
}

fn own_scores(kind: i64, entity: &str) -> String {
    score_table(&format!(
        "(SELECT 1) JOIN score c ON c.kind = {kind} AND c.entity = {entity}"
    ))
}

fn scores_where(table: &str, predicate: &str) -> String {
    format!("EXISTS (SELECT 1 FROM ({table}) WHERE {predicate})")
}

fn push_score_by_name(table: &str, key: &str, sql: &mut SqlBuilder) {
    sql.push("(SELECT value FROM (")
        .push(table)
        .push(") WHERE name = ")
        .bind_text(key)
        .push(")");
}

/// A comparison of the aggregated score of the row through the index of values.
fn push_score_by_index(kind: i64, project: i64, column: &str, condition: &Condition, sql: &mut SqlBuilder) -> bool {
    let Test::Score { name, test } = &condition.test else {
        return false;
    };
    let ScoreTest::Compare { op, value } = test else {
        return false;
    };
    if *op == ferropik_query::Compare::NotEqual {
        return false;
    }
    let Some(limit) = ferropik_model::decimal::to_scaled(value.decimal, ferropik_model::decimal::SCORE_SCALE) else {
        return false;
    };
    sql.push(column)
        .push(&format!(
            " IN (SELECT v.entity FROM string x JOIN score_value v ON v.kind = {kind} AND v.project = {project} \
             AND v.name = x.key WHERE x.key IN (SELECT key FROM string WHERE text = "
        ))
        .bind_text(name.as_str())
        .push(" OR fq_fold(text) = ")
        .bind_text(name.folded())
        .push(") AND v.value ")
        .push(op.sql())
        .push(" ")
        .bind(SqlValue::Integer(limit))
        .push(")");
    true
}

/// Equality with an id, which the index of ids answers.
fn push_id_equality(column: &str, condition: &Condition, sql: &mut SqlBuilder) -> bool {
    let Test::Text {
        op: TextOp::Equal,
        needle,
        ..
    } = &condition.test
    else {
        return false;
    };
    let Ok(id) = Uuid::parse_str(needle.as_str()) else {
        return false;
    };
    if id.to_string() != needle.as_str() {
        return false;
    }
    sql.push(column)
        .push(" = ")
        .bind(SqlValue::Blob(id.as_bytes().to_vec()));
    true
}

/// Whether lists show traces of a source, as clients name it.
pub(crate) fn visibility_of(source: i64) -> &'static str {
    if source == source::HIDDEN { "hidden" } else { "default" }
}

/// Experiments that have a trace as an item: `e`, with the items `i`.
fn experiments_of(trace: &str) -> String {
    format!(
        "experiment_item i JOIN experiment e ON e.key = i.experiment WHERE i.trace = {trace}.seq AND {trace}.flags & {} \
         <> 0",
        flag::EXPERIMENT
    )
}

/// A column of the newest experiment that has the trace as an item.
fn newest_experiment(column: &str, trace: &str) -> String {
    format!("(SELECT {column} FROM {} ORDER BY i.seq DESC LIMIT 1)", experiments_of(trace))
}

/// Being an item of one of some experiments, which the index of items answers.
fn push_experiments(ids: &[&str], sql: &mut SqlBuilder) {
    sql.push(
        "t.seq IN (SELECT i.trace FROM experiment e JOIN experiment_item i ON i.experiment = e.key WHERE e.id IN (",
    );
    let ids = ids.iter().filter_map(|id| Uuid::parse_str(id).ok());
    for (index, id) in ids.enumerate() {
        sql.push(if index > 0 { ", " } else { "" });
        sql.bind(SqlValue::Blob(id.as_bytes().to_vec()));
    }
    sql.push("))");
}

/// Conditions on the experiments of a trace that name them.
fn push_experiment_condition(condition: &Condition, sql: &mut SqlBuilder) -> bool {
    match &condition.test {
        Test::Text {
            op: op @ (TextOp::Equal | TextOp::NotEqual),
            needle,
            ..
        } => {
            if *op == TextOp::NotEqual {
                sql.push("NOT ");
            }
            push_experiments(&[needle.as_str()], sql);
            true
        }
        Test::List(test @ (ListTest::HasAny(words) | ListTest::HasNone(words))) => {
            if matches!(test, ListTest::HasNone(_)) {
                sql.push("NOT ");
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            push_experiments(&words, sql);
            true
        }
        _ => false,
    }
}

/// Fields of traces; the table is called `t`.
pub(crate) struct TraceColumns {
    /// The project that the statement is about.
    pub(crate) project: i64,
}

impl SqlColumns for TraceColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(t.id)"),
            Field::Name => interned("t.name"),
            Field::ThreadId => "(SELECT thread_id FROM thread WHERE seq = t.thread)".to_owned(),
            Field::Input => format!("{FN_FRAME}((SELECT input FROM trace_payload WHERE seq = t.seq))"),
            Field::Output => format!("{FN_FRAME}((SELECT output FROM trace_payload WHERE seq = t.seq))"),
            Field::Metadata => format!("{FN_FRAME}((SELECT metadata FROM trace_payload WHERE seq = t.seq))"),
            Field::ErrorInfo => format!("{FN_FRAME}((SELECT error FROM trace_payload WHERE seq = t.seq))"),
            Field::ErrorType => interned("t.error_type"),
            Field::Guardrails => format!(
                "(CASE WHEN t.failed_guardrails > 0 THEN 'failed' WHEN t.flags & {} THEN 'passed' END)",
                flag::GUARDRAILS
            ),
            Field::CreatedBy => interned("t.created_by"),
            Field::VisibilityMode => {
                format!("(CASE WHEN t.source = {} THEN 'hidden' ELSE 'default' END)", source::HIDDEN)
            }
            Field::ExperimentId => newest_experiment(&format!("{FN_UUID}(e.id)"), "t"),
            Field::Environment => interned("t.environment"),
            Field::Source => source_text("t"),
            Field::Tags => tags_text("t.tags"),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::StartTime => "t.start_ns",
            Field::EndTime => "t.end_ns",
            Field::CreatedAt => "t.created_ns",
            Field::LastUpdatedAt => "(t.updated_us * 1000)",
            _ => "NULL",
        }
        .to_owned()
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        match field {
            Field::Duration => micros_between("t"),
            Field::Ttft => NumberExpr {
                sql: "t.ttft".to_owned(),
                unit: NumberUnit::Real,
            },
            Field::TotalEstimatedCost => NumberExpr {
                sql: "t.cost".to_owned(),
                unit: NumberUnit::Scaled(12),
            },
            Field::SpanCount => integer("t.span_count"),
            Field::LlmSpanCount => integer("t.llm_span_count"),
            Field::Usage(key) => integer(format!("{FN_TOTAL}(t.totals, {})", key_number(key))),
            _ => unknown_number(),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        match field {
            Field::Tags => tags_any("t.tags", predicate),
            Field::ExperimentIds => format!(
                "EXISTS (SELECT 1 FROM (SELECT {FN_UUID}(e.id) AS value FROM {}) WHERE {predicate})",
                experiments_of("t")
            ),
            Field::AnnotationQueueIds => queues_any("t.id", self.project, predicate),
            _ => no_rows(predicate),
        }
    }

    fn scores_any(&self, field: Field, predicate: &str) -> String {
        scores_where(&self.score_table(field), predicate)
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            Field::ExperimentId => newest_experiment("e.name", "t"),
            field => self.text_expr(field),
        }
    }

    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder) {
        match field {
            Field::Usage(_) => {
                sql.push(FN_TOTAL)
                    .push("(t.totals, (SELECT key FROM string WHERE text = ")
                    .bind_text(key)
                    .push("))");
            }
            _ => push_score_by_name(&self.score_table(field), key, sql),
        }
    }

    fn is_never_null(&self, field: Field) -> bool {
        matches!(
            field,
            Field::Id | Field::StartTime | Field::CreatedAt | Field::SpanCount | Field::LlmSpanCount
        )
    }

    fn push_condition(&self, condition: &Condition, sql: &mut SqlBuilder) -> bool {
        match condition.field {
            Field::ExperimentId | Field::ExperimentIds => push_experiment_condition(condition, sql),
            Field::Id => push_id_equality("t.id", condition, sql),
            Field::ThreadId => push_thread_equality(self.project, condition, sql),
            Field::ErrorInfo => push_error_presence("t.flags", condition, sql),
            Field::AnnotationQueueIds => push_queue_items("t.id", self.project, condition, sql),
            Field::FeedbackScores => push_score_by_index(scoring::TRACE, self.project, "t.seq", condition, sql),
            Field::SpanFeedbackScores => {
                push_score_by_index(scoring::SPANS_OF_TRACE, self.project, "t.seq", condition, sql)
            }
            _ => false,
        }
    }
}

impl TraceColumns {
    fn score_table(&self, field: Field) -> String {
        match field {
            Field::SpanFeedbackScores => score_table(
                "(SELECT seq FROM span WHERE trace = t.seq) y JOIN score c ON c.kind = 2 AND c.entity = y.seq",
            ),
            _ => own_scores(scoring::TRACE, "t.seq"),
        }
    }
}

/// The workspace of a project, as an expression that is the same for all rows.
fn workspace_of(project: i64) -> String {
    format!("(SELECT workspace FROM project WHERE key = {project})")
}

/// The ids of the annotation queues that hold an item.
fn queues_any(column: &str, project: i64, predicate: &str) -> String {
    let workspace = workspace_of(project);
    format!(
        "EXISTS (SELECT 1 FROM (SELECT {FN_UUID}(q.id) AS value FROM annotation_queue_item i \
         CROSS JOIN annotation_queue q ON q.key = i.queue WHERE i.item = {column} AND q.workspace = {workspace}) \
         WHERE {predicate})"
    )
}

/// Whether whole ids name the queues: then their items are few against the rows of the project.
fn push_queue_items(column: &str, project: i64, condition: &Condition, sql: &mut SqlBuilder) -> bool {
    let Test::List(test) = &condition.test else {
        return false;
    };
    let (words, is_wanted): (Vec<&str>, bool) = match test {
        ListTest::Contains(needle) => (vec![needle.folded()], true),
        ListTest::NotContains(needle) => (vec![needle.folded()], false),
        ListTest::HasAny(words) => (words.iter().map(String::as_str).collect(), true),
        ListTest::HasNone(words) => (words.iter().map(String::as_str).collect(), false),
        ListTest::IsEmpty | ListTest::IsNotEmpty => return false,
    };
    let whole = |word: &&str| Uuid::parse_str(word).ok().filter(|id| id.to_string() == **word);
    let Some(ids) = words.iter().map(whole).collect::<Option<Vec<Uuid>>>() else {
        return false;
    };
    sql.push(column)
        .push(if is_wanted { " IN " } else { " NOT IN " })
        .push("(SELECT i.item FROM annotation_queue q JOIN annotation_queue_item i ON i.queue = q.key WHERE q.workspace = ")
        .push(&workspace_of(project))
        .push(" AND q.id IN (");
    for (index, id) in ids.into_iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        sql.bind(SqlValue::Blob(id.as_bytes().to_vec()));
    }
    sql.push("))");
    true
}

fn no_rows(predicate: &str) -> String {
    format!("EXISTS (SELECT 1 FROM (SELECT NULL AS value WHERE 0) WHERE {predicate})")
}

fn push_thread_equality(project: i64, condition: &Condition, sql: &mut SqlBuilder) -> bool {
    let Test::Text {
        op: TextOp::Equal,
        needle,
        ..
    } = &condition.test
    else {
        return false;
    };
    if needle.as_str().is_empty() {
        return false;
    }
    sql.push(&format!(
        "t.thread = (SELECT seq FROM thread WHERE project = {project} AND thread_id = "
    ))
    .bind_text(needle.as_str())
    .push(")");
    true
}

fn push_error_presence(flags: &str, condition: &Condition, sql: &mut SqlBuilder) -> bool {
    let Test::Presence { present } = condition.test else {
        return false;
    };
    sql.push(&format!(
        "{flags} & {} {} 0",
        flag::ERROR,
        if present { "<>" } else { "=" }
    ));
    true
}

/// Fields of spans; the table is called `s`.
pub(crate) struct SpanColumns {
    /// The project that the statement is about.
    pub(crate) project: i64,
}

impl SqlColumns for SpanColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(s.id)"),
            Field::TraceId => format!("{FN_UUID}((SELECT id FROM trace WHERE seq = s.trace))"),
            Field::ParentSpanId => format!("{FN_UUID}(s.parent)"),
            Field::Name => interned("s.name"),
            Field::Type => {
                "(CASE s.type WHEN 1 THEN 'general' WHEN 2 THEN 'tool' WHEN 3 THEN 'llm' WHEN 4 THEN 'guardrail' END)"
                    .to_owned()
            }
            Field::Input => format!("{FN_FRAME}((SELECT input FROM span_payload WHERE seq = s.seq))"),
            Field::Output => format!("{FN_FRAME}((SELECT output FROM span_payload WHERE seq = s.seq))"),
            Field::Metadata => format!("{FN_FRAME}((SELECT metadata FROM span_payload WHERE seq = s.seq))"),
            Field::ErrorInfo => format!("{FN_FRAME}((SELECT error FROM span_payload WHERE seq = s.seq))"),
            Field::ErrorType => interned("s.error_type"),
            Field::Model => interned("s.model"),
            Field::Provider => interned("s.provider"),
            Field::CreatedBy => interned("s.created_by"),
            Field::Environment => interned("s.environment"),
            Field::Source => source_text("s"),
            Field::Tags => tags_text("s.tags"),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::StartTime => "s.start_ns",
            Field::EndTime => "s.end_ns",
            Field::CreatedAt => "s.created_ns",
            Field::LastUpdatedAt => "(s.updated_us * 1000)",
            _ => "NULL",
        }
        .to_owned()
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        match field {
            Field::Duration => micros_between("s"),
            Field::Ttft => NumberExpr {
                sql: "s.ttft".to_owned(),
                unit: NumberUnit::Real,
            },
            Field::TotalEstimatedCost => NumberExpr {
                sql: "s.cost".to_owned(),
                unit: NumberUnit::Scaled(12),
            },
            Field::Usage(key) => integer(format!("{FN_USAGE}(s.usage, {})", key_number(key))),
            _ => unknown_number(),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        match field {
            Field::Tags => tags_any("s.tags", predicate),
            _ => no_rows(predicate),
        }
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        scores_where(&own_scores(scoring::SPAN, "s.seq"), predicate)
    }

    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder) {
        match field {
            Field::Usage(_) => {
                sql.push(FN_USAGE)
                    .push("(s.usage, (SELECT key FROM string WHERE text = ")
                    .bind_text(key)
                    .push("))");
            }
            _ => push_score_by_name(&own_scores(scoring::SPAN, "s.seq"), key, sql),
        }
    }

    fn is_never_null(&self, field: Field) -> bool {
        matches!(
            field,
            Field::Id | Field::TraceId | Field::StartTime | Field::CreatedAt | Field::LastUpdatedAt
        )
    }

    fn push_condition(&self, condition: &Condition, sql: &mut SqlBuilder) -> bool {
        match condition.field {
            Field::Id => push_id_equality("s.id", condition, sql),
            Field::TraceId => {
                let mut equality = SqlBuilder::default();
                if !push_id_equality("id", condition, &mut equality) {
                    return false;
                }
                sql.push("s.trace IN (SELECT seq FROM trace WHERE ")
                    .append(equality)
                    .push(")");
                true
            }
            Field::ErrorInfo => push_error_presence("s.flags", condition, sql),
            Field::FeedbackScores => push_score_by_index(scoring::SPAN, self.project, "s.seq", condition, sql),
            _ => false,
        }
    }
}

/// Fields of threads; the table is called `h`.
pub(crate) struct ThreadColumns {
    /// The project that the statement is about.
    pub(crate) project: i64,
}

impl SqlColumns for ThreadColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => "h.thread_id".to_owned(),
            Field::ThreadModelId => format!("{FN_UUID}(h.model_id)"),
            Field::FirstMessage => format!("{FN_FRAME}((SELECT input FROM trace_payload WHERE seq = h.first_trace))"),
            Field::LastMessage => format!("{FN_FRAME}((SELECT output FROM trace_payload WHERE seq = h.last_trace))"),
            Field::CreatedBy => interned("h.created_by"),
            Field::Environment => interned("h.environment"),
            Field::Status => "(CASE h.inactive WHEN 0 THEN 'active' ELSE 'inactive' END)".to_owned(),
            Field::Tags => tags_text("h.tags"),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::StartTime => "h.start_ns",
            Field::EndTime => "h.end_ns",
            Field::CreatedAt => "h.created_ns",
            Field::LastUpdatedAt => "(h.updated_us * 1000)",
            _ => "NULL",
        }
        .to_owned()
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        match field {
            Field::Duration => micros_between("h"),
            Field::TotalEstimatedCost => NumberExpr {
                sql: "h.cost".to_owned(),
                unit: NumberUnit::Scaled(12),
            },
            Field::NumberOfMessages => integer("(h.trace_count * 2)"),
            Field::Usage(key) => integer(format!("{FN_TOTAL}(h.totals, {})", key_number(key))),
            _ => unknown_number(),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        let of_traces = |expression: &str| {
            format!(
                "EXISTS (SELECT 1 FROM (SELECT {expression} AS value FROM trace t WHERE t.thread = h.seq \
                 AND t.flags & 1 = 0) WHERE {predicate})"
            )
        };
        let columns = TraceColumns { project: self.project };
        match field {
            Field::Tags => tags_any("h.tags", predicate),
            Field::AnnotationQueueIds => queues_any("h.model_id", self.project, predicate),
            Field::TraceId => of_traces(&columns.text_expr(Field::Id)),
            Field::Input | Field::Output | Field::Environment | Field::Source => of_traces(&columns.text_expr(field)),
            _ => no_rows(predicate),
        }
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        scores_where(&own_scores(scoring::THREAD, "h.seq"), predicate)
    }

    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder) {
        match field {
            Field::Usage(_) => {
                sql.push(FN_TOTAL)
                    .push("(h.totals, (SELECT key FROM string WHERE text = ")
                    .bind_text(key)
                    .push("))");
            }
            _ => push_score_by_name(&own_scores(scoring::THREAD, "h.seq"), key, sql),
        }
    }

    fn is_never_null(&self, field: Field) -> bool {
        matches!(
            field,
            Field::Id | Field::CreatedAt | Field::LastUpdatedAt | Field::NumberOfMessages
        )
    }

    fn push_condition(&self, condition: &Condition, sql: &mut SqlBuilder) -> bool {
        match condition.field {
            Field::AnnotationQueueIds => push_queue_items("h.model_id", self.project, condition, sql),
            _ => false,
        }
    }
}

/// The lowest and highest id of a range of instants, in milliseconds, both inclusive.
pub(crate) fn id_range(
    from: Option<ferropik_model::Timestamp>,
    to: Option<ferropik_model::Timestamp>,
) -> (Option<Uuid>, Option<Uuid>) {
    (
        from.map(|from| id::lowest_at(from.as_millis())),
        to.map(|to| id::highest_at(to.as_millis())),
    )
}
