//! The measured reads of datasets, experiments and comparisons.

use crate::cases::{Case, encode};
use crate::client::Call;
use crate::corpus::RARE_WORD;
use crate::dataset::SCORE_NAMES;
use crate::evaluation::{COMPARED, Evaluation};
use http::Method;
use serde_json::{Value, json};

/// Wanted upper limits of the 99th percentile, in milliseconds.
const PAGE_TARGET_MS: f64 = 15.0;
const COMPARISON_TARGET_MS: f64 = 50.0;
const PASS_TARGET_MS: f64 = 1_500.0;
const GROUPS_TARGET_MS: f64 = 250.0;

/// All cases of the evaluation data.
pub(crate) fn cases(data: &Evaluation) -> Vec<Case> {
    let mut builder = Builder { data, cases: Vec::new() };
    builder.items();
    builder.comparison();
    builder.experiments();
    builder.cases
}

struct Builder<'a> {
    data: &'a Evaluation,
    cases: Vec<Case>,
}

fn typed(field: &str, kind: &str, operator: &str, value: &str) -> String {
    json!([{"field": field, "operator": operator, "value": value, "type": kind}]).to_string()
}

fn scored(operator: &str, value: &str) -> String {
    json!([{"field": "feedback_scores", "key": SCORE_NAMES[0], "operator": operator, "value": value}]).to_string()
}

fn sorted(field: &str) -> String {
    json!([{"field": field, "direction": "DESC"}]).to_string()
}

impl Builder<'_> {
    fn push(&mut self, group: &'static str, name: impl Into<String>, target_ms: Option<f64>, call: Call) {
        self.cases.push(Case {
            group,
            name: name.into(),
            target_ms,
            variants: vec![vec![call]],
            writes: false,
        });
    }

    fn items(&mut self) {
        let group = "Dataset items";
        let dataset = self.data.dataset_id();
        let page = |number: u64, extra: &[(&str, String)]| {
            let mut parameters = vec![
                ("page", number.to_string()),
                ("size", "100".to_owned()),
                ("truncate", "true".to_owned()),
            ];
            parameters.extend(extra.iter().cloned());
            Call::get(encode(&format!("datasets/{dataset}/items"), &parameters))
        };
        let middle = (self.data.items / 200).max(1);
        let contains = |field: &str, key: &str, value: &str| {
            json!([{"field": field, "key": key, "operator": "contains", "value": value}]).to_string()
        };
        self.push(group, "first page of 100", Some(PAGE_TARGET_MS), page(1, &[]));
        self.push(group, format!("page {middle} (middle)"), None, page(middle, &[]));
        let call = page(1, &[("filters", contains("data", "topic", "sextant"))]);
        self.push(group, "filter one column", Some(PASS_TARGET_MS), call);
        let call = page(1, &[("filters", contains("full_data", "", RARE_WORD))]);
        self.push(group, "search all columns, rare word", Some(PASS_TARGET_MS), call);
        for (name, cursor) in [
            ("stream of 2000", None),
            ("stream of 2000 from the middle", Some(self.data.item_id(self.data.items / 2))),
        ] {
            let body = json!({"dataset_name": Evaluation::DATASET, "steam_limit": 2000, "last_retrieved_id": cursor});
            let call = Call::json(Method::POST, "/api/v1/private/datasets/items/stream", &body);
            self.push(group, name, None, call);
        }
    }

    fn compared(&self, path: &str, extra: &[(&str, String)]) -> Call {
        let ids: Vec<String> = (0..COMPARED)
            .map(|number| self.data.experiment_id(number).to_string())
            .collect();
        let mut parameters = vec![("experiment_ids", json!(ids).to_string())];
        parameters.extend(extra.iter().cloned());
        let dataset = self.data.dataset_id();
        Call::get(encode(&format!("datasets/{dataset}/items/experiments/items{path}"), &parameters))
    }

    fn comparison(&mut self) {
        let group = "Comparison of two experiments";
        let page = |number: u64, size: u64, truncate: bool| {
            vec![
                ("page", number.to_string()),
                ("size", size.to_string()),
                ("truncate", truncate.to_string()),
            ]
        };
        for (size, truncate) in [(10, true), (100, true), (100, false)] {
            let call = self.compared("", &page(1, size, truncate));
            let name = format!("first page of {size}{}", if truncate { ", truncated" } else { "" });
            self.push(group, name, Some(COMPARISON_TARGET_MS), call);
        }
        let middle = (self.data.runs / 200).max(1);
        let call = self.compared("", &page(middle, 100, true));
        self.push(group, format!("page {middle} (middle)"), Some(COMPARISON_TARGET_MS), call);
        for (name, parameter) in [
            ("filter feedback score", ("filters", scored(">", "0.9"))),
            (
                "filter duration",
                ("filters", json!([{"field": "duration", "operator": ">", "value": "5000"}]).to_string()),
            ),
            ("filter data.difficulty", ("filters", typed("data.difficulty", "number", "=", "3"))),
            ("filter output.confidence", ("filters", typed("output.confidence", "number", ">", "90"))),
            ("search, rare word", ("search", RARE_WORD.to_owned())),
            ("sort by duration", ("sorting", sorted("duration"))),
            (
                "sort by feedback score",
                ("sorting", sorted(&format!("feedback_scores.{}", SCORE_NAMES[1]))),
            ),
            ("sort by data.question", ("sorting", sorted("data.question"))),
        ] {
            let mut parameters = page(1, 100, true);
            parameters.push(parameter);
            let call = self.compared("", &parameters);
            self.push(group, name, Some(PASS_TARGET_MS), call);
        }
        let call = self.compared("/stats", &[]);
        self.push(group, "statistics", Some(COMPARISON_TARGET_MS), call);
        let call = self.compared("/stats", &[("filters", scored(">", "0.5"))]);
        self.push(group, "statistics, filter feedback score", Some(PASS_TARGET_MS), call);
        let call = self.compared("/output/columns", &[]);
        self.push(group, "output columns", Some(COMPARISON_TARGET_MS), call);
    }

    fn experiments(&mut self) {
        let group = "Experiments";
        let types = ("types", json!(["regular"]).to_string());
        let page = [("page", "1".to_owned()), ("size", "100".to_owned()), types.clone()];
        let call = Call::get(encode("experiments", &page));
        self.push(group, "first page of 100", Some(COMPARISON_TARGET_MS), call);
        let large = self.data.experiment_id(0);
        let call = Call::get(format!("/api/v1/private/experiments/{large}"));
        self.push(group, "one large experiment by id", Some(PAGE_TARGET_MS), call);
        let by = |fields: Value| [("groups", fields.to_string()), types.clone()];
        let dataset = json!({"field": "dataset_id", "type": "string"});
        let model = json!({"field": "metadata", "key": "model", "type": "dictionary"});
        let tags = json!({"field": "tags", "type": "list"});
        for (name, fields) in [
            ("by dataset and model", json!([dataset, model])),
            ("by tag", json!([tags])),
        ] {
            let call = Call::get(encode("experiments/groups", &by(fields.clone())));
            self.push(group, format!("groups {name}"), Some(GROUPS_TARGET_MS), call);
            let call = Call::get(encode("experiments/groups/aggregations", &by(fields)));
            self.push(group, format!("aggregations {name}"), Some(GROUPS_TARGET_MS), call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::DEFAULT_START_US;

    #[test]
    fn cases_cover_the_described_operations() {
        let data = Evaluation {
            seed: 1,
            items: 1_000,
            runs: 100,
            experiments: 5,
            start_us: DEFAULT_START_US,
        };
        let cases = cases(&data);
        let count = |group: &str| cases.iter().filter(|case| case.group == group).count();
        assert_eq!(count("Dataset items"), 6);
        assert!(count("Comparison of two experiments") >= 15);
        assert!(count("Experiments") >= 6);
        assert!(cases.iter().all(|case| !case.writes && case.variants.len() == 1));
        let first = cases.iter().find(|case| case.group.starts_with("Comparison")).expect("a case");
        let path = &first.variants[0][0].path;
        assert!(path.contains("%5B%22") && path.contains("truncate=true"), "{path}");
    }
}
