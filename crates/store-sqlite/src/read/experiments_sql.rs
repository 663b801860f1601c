//! How conditions and orders of traces reach the experiments that have them as items.

use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_query::{Condition, ListTest, Test, TextOp};
use uuid::Uuid;

use crate::rows::flag;

/// Experiments that have a trace as an item: `e`, with the items `i`.
pub(super) fn experiments_of(trace: &str) -> String {
    format!(
        "experiment_item i JOIN experiment e ON e.key = i.experiment WHERE i.trace = {trace}.seq AND {trace}.flags & {} \
         <> 0",
        flag::EXPERIMENT
    )
}

/// A column of the newest experiment that has the trace as an item.
pub(super) fn newest_experiment(column: &str, trace: &str) -> String {
    format!(
        "(SELECT {column} FROM {} ORDER BY i.seq DESC LIMIT 1)",
        experiments_of(trace)
    )
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
pub(super) fn push_experiment_condition(condition: &Condition, sql: &mut SqlBuilder) -> bool {
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
