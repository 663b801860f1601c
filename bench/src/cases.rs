//! The measured reads and single writes, as the web interface and the SDKs issue them.

use crate::client::Call;
use crate::corpus::{COMMON_WORD, RARE_WORD};
use crate::dataset::{Dataset, PLANS, SCORE_NAMES, TAGS, WINDOW_US};
use crate::draw::{Draw, Stream};
use crate::wire::instant;
use http::Method;
use serde_json::{Value, json};

/// Wanted upper limits of the 99th percentile, in milliseconds.
const PAGE_TARGET_MS: f64 = 15.0;
const STATS_TARGET_MS: f64 = 15.0;
const WIDE_TRACE_TARGET_MS: f64 = 250.0;
const PAYLOAD_TARGET_MS: f64 = 1_500.0;
const RARE_TARGET_MS: f64 = 400.0;
const METRICS_TARGET_MS: f64 = 100.0;

/// One measured operation.
pub(crate) struct Case {
    /// Heading under which it is reported.
    pub(crate) group: &'static str,
    /// What is measured.
    pub(crate) name: String,
    /// Wanted 99th percentile in milliseconds.
    pub(crate) target_ms: Option<f64>,
    /// Variants that are used in turn. A variant is a list of requests whose times are added.
    pub(crate) variants: Vec<Vec<Call>>,
    /// Whether every variant may be used only once, because it changes data.
    pub(crate) writes: bool,
}

/// Builds cases for one data set.
pub(crate) struct CaseBuilder<'a> {
    dataset: &'a Dataset,
    project_id: &'a str,
    draw: Draw,
    cases: Vec<Case>,
}

fn filter(field: &str, key: &str, operator: &str, value: &str) -> Value {
    json!({"field": field, "key": key, "operator": operator, "value": value})
}

/// The path of a private route with its query.
pub(crate) fn encode(path: &str, parameters: &[(&str, String)]) -> String {
    let query = serde_urlencoded::to_string(parameters).expect("pairs of strings can always be encoded");
    format!("/api/v1/private/{path}?{query}")
}

impl<'a> CaseBuilder<'a> {
    /// `project_id` is the id of the data set's largest project.
    pub(crate) fn new(dataset: &'a Dataset, project_id: &'a str) -> Self {
        Self {
            dataset,
            project_id,
            draw: dataset.draw(Stream::Query, 0),
            cases: Vec::new(),
        }
    }

    /// All cases; the ones that change data come last.
    pub(crate) fn build(mut self, repetitions: usize) -> Vec<Case> {
        self.details(repetitions);
        self.pages();
        self.payload_filters();
        self.statistics();
        self.spans_and_threads();
        self.projects_and_streams();
        self.project_metrics();
        self.single_writes(repetitions);
        self.cases
    }

    fn push(&mut self, group: &'static str, name: impl Into<String>, target_ms: Option<f64>, call: Call) {
        let variants = vec![vec![call]];
        self.cases.push(Case {
            group,
            name: name.into(),
            target_ms,
            variants,
            writes: false,
        });
    }

    /// Project, period and, in front of the given filters, those the Logs view always adds.
    fn selection(&self, filters: &[Value], traces: bool) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        if traces {
            all.push(filter("visibility_mode", "", "=", "default"));
        }
        all.push(filter("source", "", "=", "sdk"));
        all.extend(filters.iter().cloned());
        vec![
            ("project_id", self.project_id.to_owned()),
            ("filters", Value::Array(all).to_string()),
            ("from_time", instant(self.dataset.start_us)),
            ("to_time", instant(self.dataset.start_us + WINDOW_US + 3_600_000_000)),
        ]
    }

    fn page(&self, kind: &str, page: u64, filters: &[Value], extra: &[(&'static str, String)]) -> Call {
        let mut parameters = vec![("page", page.to_string()), ("size", "100".to_owned())];
        parameters.push(("truncate", "true".to_owned()));
        parameters.push(("strip_attachments", "true".to_owned()));
        if kind == "traces" {
            parameters.push(("exclude", json!(["experiment"]).to_string()));
        }
        parameters.extend(self.selection(filters, kind == "traces"));
        parameters.extend(extra.iter().cloned());
        Call::get(encode(&format!("{kind}/"), &parameters))
    }

    fn stats(&self, kind: &str, filters: &[Value], extra: &[(&'static str, String)]) -> Call {
        let mut parameters = self.selection(filters, kind == "traces");
        parameters.extend(extra.iter().cloned());
        Call::get(encode(&format!("{kind}/stats"), &parameters))
    }

    fn random_row(&mut self) -> u64 {
        self.draw.below(self.dataset.traces)
    }

    fn details(&mut self, repetitions: usize) {
        let mut variants = Vec::new();
        while variants.len() < repetitions {
            let row = self.random_row();
            let plan = self.dataset.plan(row);
            // A data set may be too small to have a trace of the largest project among a few rows.
            if plan.project != 0 && self.dataset.traces > 100 {
                continue;
            }
            variants.push(self.detail_view(&plan.id.to_string(), &plan.id.to_string(), None));
        }
        self.cases.push(Case {
            group: "Detail view",
            name: "trace by id + its spans".into(),
            target_ms: None,
            variants,
            writes: false,
        });
        let wide = self.dataset.plan_wide().id.to_string();
        let tree = self.detail_view(&wide, &wide, Some(json!(["input", "output"]).to_string()));
        let full = self.detail_view(&wide, &wide, None);
        for (name, calls) in [
            ("10 000-span trace, tree only", tree),
            ("10 000-span trace, everything", full),
        ] {
            self.cases.push(Case {
                group: "Detail view",
                name: name.into(),
                target_ms: Some(WIDE_TRACE_TARGET_MS),
                variants: vec![calls],
                writes: false,
            });
        }
    }

    fn detail_view(&self, trace: &str, spans_of: &str, exclude: Option<String>) -> Vec<Call> {
        let mut parameters = vec![
            ("project_id", self.project_id.to_owned()),
            ("trace_id", spans_of.to_owned()),
            ("page", "1".to_owned()),
            ("size", "15000".to_owned()),
            ("strip_attachments", "true".to_owned()),
        ];
        parameters.extend(exclude.map(|fields| ("exclude", fields)));
        vec![
            Call::get(format!("/api/v1/private/traces/{trace}?strip_attachments=true")),
            Call::get(encode("spans/", &parameters)),
        ]
    }

    /// Filters that need no payload, with the name under which they are reported.
    fn plain_filters(&self) -> Vec<(&'static str, Value)> {
        let middle = instant(self.dataset.start_us + WINDOW_US / 2);
        let thread = (0..self.dataset.traces)
            .map(|row| self.dataset.plan(row))
            .find(|plan| plan.project == 0 && plan.thread.is_some())
            .and_then(|plan| plan.thread)
            .map_or_else(|| "none".to_owned(), |thread| self.dataset.thread_name(thread));
        vec![
            ("name contains", filter("name", "", "contains", "contract")),
            ("tags contains", filter("tags", "", "contains", TAGS[0])),
            (
                "feedback_scores > 0.8",
                filter("feedback_scores", SCORE_NAMES[0], ">", "0.8"),
            ),
            ("duration > 8 s", filter("duration", "", ">", "8000")),
            (
                "total_estimated_cost > 0.02",
                filter("total_estimated_cost", "", ">", "0.02"),
            ),
            (
                "usage.total_tokens > 9000",
                filter("usage.total_tokens", "", ">", "9000"),
            ),
            ("error_info is_not_empty", filter("error_info", "", "is_not_empty", "")),
            ("thread_id =", filter("thread_id", "", "=", &thread)),
            ("start_time >", filter("start_time", "", ">", &middle)),
            ("llm_span_count > 3", filter("llm_span_count", "", ">", "3")),
            ("environment =", filter("environment", "", "=", "staging")),
        ]
    }

    fn pages(&mut self) {
        let group = "Logs page (100 traces with payload, total)";
        let call = self.page("traces", 1, &[], &[]);
        self.push(group, "no filter", Some(PAGE_TARGET_MS), call);
        for (name, condition) in self.plain_filters() {
            let call = self.page("traces", 1, &[condition], &[]);
            self.push(group, format!("filter {name}"), Some(PAGE_TARGET_MS), call);
        }
        let both = [
            filter("tags", "", "contains", TAGS[0]),
            filter("duration", "", ">", "8000"),
        ];
        let call = self.page("traces", 1, &both, &[]);
        self.push(group, "filter tags and duration", Some(PAGE_TARGET_MS), call);
        for field in ["duration", "total_estimated_cost", "usage.total_tokens", "start_time"] {
            let sorting = json!([{"field": field, "direction": "DESC"}]).to_string();
            let call = self.page("traces", 1, &[], &[("sorting", sorting)]);
            self.push(group, format!("sort by {field}"), Some(PAGE_TARGET_MS), call);
        }
        let (near, far) = (101, (self.dataset.traces * 8 / 10 / 200).max(1));
        let call = self.page("traces", near, &[], &[]);
        self.push(group, format!("page {near}"), Some(PAGE_TARGET_MS), call);
        let call = self.page("traces", far, &[], &[]);
        self.push(group, format!("page {far} (middle)"), Some(PAGE_TARGET_MS), call);
    }

    fn payload_filters(&mut self) {
        let group = "Logs page, payload conditions";
        let user = self.dataset.plan(self.dataset.traces / 2).user;
        let conditions = [
            (
                "metadata user.id =",
                filter("metadata", "user.id", "=", &format!("user-{user:05}")),
                PAYLOAD_TARGET_MS,
            ),
            (
                "metadata user.plan = (a third)",
                filter("metadata", "user.plan", "=", PLANS[2]),
                PAYLOAD_TARGET_MS,
            ),
            (
                "input contains, frequent word",
                filter("input", "", "contains", COMMON_WORD),
                PAYLOAD_TARGET_MS,
            ),
            (
                "input contains, rare word",
                filter("input", "", "contains", RARE_WORD),
                RARE_TARGET_MS,
            ),
            (
                "input contains, absent word",
                filter("input", "", "contains", "zyzzogetonic"),
                RARE_TARGET_MS,
            ),
            (
                "output contains, frequent word",
                filter("output", "", "contains", COMMON_WORD),
                PAYLOAD_TARGET_MS,
            ),
        ];
        for (name, condition, target) in conditions {
            let call = self.page("traces", 1, &[condition], &[]);
            self.push(group, format!("filter {name}"), Some(target), call);
        }
        for (name, word, target) in [
            ("rare word", RARE_WORD, RARE_TARGET_MS),
            ("frequent word", COMMON_WORD, PAYLOAD_TARGET_MS),
        ] {
            let call = self.page("traces", 1, &[], &[("search", word.to_owned())]);
            self.push(group, format!("search, {name}"), Some(target), call);
        }
    }

    fn statistics(&mut self) {
        let group = "Trace statistics";
        let call = self.stats("traces", &[], &[]);
        self.push(group, "no filter", Some(STATS_TARGET_MS), call);
        for (name, condition) in self.plain_filters() {
            let call = self.stats("traces", &[condition], &[]);
            self.push(group, format!("filter {name}"), Some(STATS_TARGET_MS), call);
        }
        let call = self.stats("traces", &[filter("input", "", "contains", RARE_WORD)], &[]);
        self.push(group, "filter input contains, rare word", Some(RARE_TARGET_MS), call);
        let call = self.stats("traces", &[], &[("search", RARE_WORD.to_owned())]);
        self.push(group, "search, rare word", Some(RARE_TARGET_MS), call);
    }

    fn spans_and_threads(&mut self) {
        let group = "Spans and threads";
        let call = self.page("spans", 1, &[], &[]);
        self.push(group, "spans page", Some(PAGE_TARGET_MS), call);
        let model_calls = [("type", "llm".to_owned())];
        let call = self.page("spans", 1, &[], &model_calls);
        self.push(group, "spans page, type llm", Some(PAGE_TARGET_MS), call);
        let model = [filter("model", "", "contains", "sonnet")];
        let call = self.page("spans", 1, &model, &[]);
        self.push(group, "spans page, filter model contains", Some(PAGE_TARGET_MS), call);
        let by_duration = [(
            "sorting",
            json!([{"field": "duration", "direction": "DESC"}]).to_string(),
        )];
        let call = self.page("spans", 1, &[], &by_duration);
        self.push(group, "spans page, sort by duration", Some(PAGE_TARGET_MS), call);
        let call = self.stats("spans", &[], &[]);
        self.push(group, "spans statistics", Some(STATS_TARGET_MS), call);
        let call = self.stats("spans", &[filter("duration", "", ">", "1000")], &model_calls);
        self.push(
            group,
            "spans statistics, type llm, filter duration",
            Some(STATS_TARGET_MS),
            call,
        );
        let call = self.page("traces/threads", 1, &[], &[]);
        self.push(group, "threads page", Some(PAGE_TARGET_MS), call);
        let call = self.page("traces/threads", 1, &[filter("number_of_messages", "", ">", "12")], &[]);
        self.push(
            group,
            "threads page, filter number_of_messages",
            Some(PAGE_TARGET_MS),
            call,
        );
        let call = self.stats("traces/threads", &[], &[]);
        self.push(group, "threads statistics", Some(STATS_TARGET_MS), call);
        let names = encode(
            "traces/feedback-scores/names",
            &[("project_id", self.project_id.to_owned())],
        );
        self.push(group, "score names of traces", None, Call::get(names));
    }

    fn projects_and_streams(&mut self) {
        let group = "Projects and search streams";
        self.push(
            group,
            "project list",
            Some(PAGE_TARGET_MS),
            Call::get("/api/v1/private/projects?page=1&size=10"),
        );
        let statistics = Call::get("/api/v1/private/projects/stats?page=1&size=10");
        self.push(group, "project statistics", Some(STATS_TARGET_MS), statistics);
        for (path, name) in [
            ("traces/search", "stream of 2000 traces"),
            ("spans/search", "stream of 2000 spans"),
        ] {
            let body = json!({"project_name": self.dataset.projects[0], "limit": 2000, "truncate": false});
            self.push(
                group,
                name,
                None,
                Call::json(Method::POST, format!("/api/v1/private/{path}"), &body),
            );
        }
        let cursor = self.dataset.plan(self.dataset.traces / 2).id.to_string();
        let body = json!({
            "project_name": self.dataset.projects[0], "limit": 2000, "truncate": true, "last_retrieved_id": cursor,
            "filters": [filter("tags", "", "contains", TAGS[0])],
        });
        let call = Call::json(Method::POST, "/api/v1/private/traces/search", &body);
        self.push(group, "stream of 2000 traces, filter tags, from the middle", None, call);
    }

    /// What a dashboard asks for of the last 90 days.
    fn project_metrics(&mut self) {
        let group = "Project metrics (90 days)";
        let (day_us, end_us) = (24 * 3_600_000_000, self.dataset.start_us + WINDOW_US);
        for metric in [
            "TRACE_COUNT",
            "SPAN_COUNT",
            "DURATION",
            "FEEDBACK_SCORES",
            "TOKEN_USAGE",
            "COST",
        ] {
            let body = json!({
                "metric_type": metric, "interval": "DAILY", "interval_start": instant(end_us - 90 * day_us),
                "interval_end": instant(end_us + day_us),
            });
            let path = format!("/api/v1/private/projects/{}/metrics", self.project_id);
            self.push(group, metric, Some(METRICS_TARGET_MS), Call::json(Method::POST, path, &body));
        }
    }

    fn single_writes(&mut self, repetitions: usize) {
        let group = "Single writes";
        let mut write = |name: &str, make: &dyn Fn(&str, &str) -> Call| {
            let variants = (0..repetitions)
                .map(|_| {
                    let row = self.draw.below(self.dataset.traces);
                    let plan = self.dataset.plan(row);
                    vec![make(&plan.id.to_string(), &self.dataset.projects[plan.project])]
                })
                .collect();
            self.cases.push(Case {
                group,
                name: name.into(),
                target_ms: None,
                variants,
                writes: true,
            });
        };
        write("PATCH one trace, tags", &|id, project| {
            let body = json!({"project_name": project, "tags": ["reviewed", "bench"]});
            Call::json(Method::PATCH, format!("/api/v1/private/traces/{id}"), &body)
        });
        write("PATCH one trace, output", &|id, project| {
            let body = json!({"project_name": project, "output": {"answer": "replaced by a measurement"}});
            Call::json(Method::PATCH, format!("/api/v1/private/traces/{id}"), &body)
        });
        write("PUT one feedback score", &|id, _| {
            let body = json!({"name": SCORE_NAMES[0], "value": 0.5, "source": "ui"});
            Call::json(
                Method::PUT,
                format!("/api/v1/private/traces/{id}/feedback-scores"),
                &body,
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::DEFAULT_START_US;

    #[test]
    fn cases_cover_the_described_operations() {
        let dataset = Dataset::new(1, 0, 1_000, DEFAULT_START_US, "bench");
        let cases = CaseBuilder::new(&dataset, "0190babc-62a0-71d2-832a-0feffa4676eb").build(7);
        let count = |group: &str| cases.iter().filter(|case| case.group.starts_with(group)).count();
        assert!(count("Logs page (") >= 17);
        assert!(count("Logs page, payload") >= 6);
        assert!(count("Trace statistics") >= 13);
        assert!(count("Spans and threads") >= 7);
        assert_eq!(
            cases
                .iter()
                .filter(|case| case.writes)
                .map(|case| case.variants.len())
                .min(),
            Some(7)
        );
        let first_write = cases.iter().position(|case| case.writes).expect("writes exist");
        assert!(cases[first_write..].iter().all(|case| case.writes), "writes come last");
    }

    #[test]
    fn filters_survive_the_query_encoding() {
        let dataset = Dataset::new(1, 0, 1_000, DEFAULT_START_US, "bench");
        let builder = CaseBuilder::new(&dataset, "p");
        let call = builder.page("traces", 3, &[filter("name", "", "contains", "a&b +%")], &[]);
        let query = call.path.split_once('?').expect("a query").1;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("valid query");
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let filters: Value = serde_json::from_str(value("filters").expect("filters")).expect("valid JSON");
        assert_eq!(filters[2]["value"], "a&b +%");
        assert_eq!(filters[0]["field"], "visibility_mode");
        assert_eq!(value("page"), Some("3"));
        assert_eq!(value("from_time"), Some("2026-01-01T00:00:00.000000Z"));
        assert_eq!(value("to_time"), Some("2026-01-31T01:00:00.000000Z"));
    }
}
