//! Evaluation data: one large dataset, two large experiments over it, and many small ones.

use crate::client::{Call, Connection};
use crate::corpus::{Corpus, RARE_WORD};
use crate::dataset::{MODELS, SCORE_NAMES, TAGS};
use crate::draw::{Draw, Stream};
use crate::latency::{Latencies, rounded};
use crate::load::Target;
use crate::wire::instant;
use anyhow::Context as _;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use uuid::{Builder, Uuid};

/// Elements of a request, the most that the bulk routes take.
const BATCH: u64 = 1_000;

/// Experiments that are compared with each other.
pub(crate) const COMPARED: u64 = 2;

/// Items of each small experiment.
const SMALL_ITEMS: u64 = 3;

/// Separates the random numbers of the kinds of rows.
mod salt {
    pub(super) const DATASET: u64 = 1;
    pub(super) const ITEM: u64 = 2;
    pub(super) const EXPERIMENT: u64 = 3;
    pub(super) const TRACE: u64 = 4;
    pub(super) const SPAN: u64 = 5;
    pub(super) const LINK: u64 = 6;
    pub(super) const SMALL_LINK: u64 = 7;
}

/// Parameters of the evaluation data. Equal parameters give equal bytes on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation {
    /// Seed of all random choices.
    pub(crate) seed: u64,
    /// Items of the dataset.
    pub(crate) items: u64,
    /// Items of each of the two compared experiments; at most all of the dataset.
    pub(crate) runs: u64,
    /// Small experiments.
    pub(crate) experiments: u64,
    /// When all of it begins, Unix microseconds.
    pub(crate) start_us: i64,
}

impl Evaluation {
    /// Name of the dataset.
    pub(crate) const DATASET: &'static str = "bench-evaluation";

    /// Name of the project of the runs.
    pub(crate) const PROJECT: &'static str = "bench-evaluation";

    fn draw(&self, salt: u64, row: u64) -> Draw {
        Draw::new(self.seed, salt, Stream::Evaluation, row)
    }

    /// An id whose order follows the row number.
    fn id(&self, salt: u64, row: u64) -> Uuid {
        let mut bytes = self.draw(salt, row).id_bytes();
        bytes[0..2].copy_from_slice(&((row & 0xfff) as u16).to_be_bytes());
        let millis = (self.start_us / 1_000) as u64 + row / 0x1000;
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// Id of the dataset.
    pub(crate) fn dataset_id(&self) -> Uuid {
        self.id(salt::DATASET, 0)
    }

    /// Id of an item of the dataset.
    pub(crate) fn item_id(&self, row: u64) -> Uuid {
        self.id(salt::ITEM, row)
    }

    /// Id of an experiment; the first [`COMPARED`] are the large ones.
    pub(crate) fn experiment_id(&self, number: u64) -> Uuid {
        self.id(salt::EXPERIMENT, number)
    }

    /// The item of a run of a large experiment: evenly spread over the dataset.
    fn item_of_run(&self, run: u64) -> u64 {
        run * (self.items / self.runs.max(1)).max(1) % self.items.max(1)
    }

    fn trace_id(&self, experiment: u64, run: u64) -> Uuid {
        self.id(salt::TRACE, experiment * self.runs + run)
    }

    fn text(&self, corpus: &Corpus, draw: &mut Draw, length: usize) -> String {
        let mut text = Vec::with_capacity(length + 16);
        corpus.write_text(draw, length, &mut text);
        // The chain writes what goes between the quotes of a JSON string.
        let quoted = [b"\"".as_slice(), &text, b"\""].concat();
        serde_json::from_slice(&quoted).unwrap_or_default()
    }

    fn item(&self, corpus: &Corpus, row: u64) -> Value {
        let mut draw = self.draw(salt::ITEM, row);
        let mut question = self.text(corpus, &mut draw, 120);
        if draw.chance(1) {
            question.push_str(RARE_WORD);
        }
        let mut data = json!({
            "question": question,
            "expected_answer": self.text(corpus, &mut draw, 200),
            "difficulty": draw.below(10),
            "topic": corpus.noun(&mut draw),
        });
        if draw.chance(200) {
            data["reviewed"] = json!(draw.chance(500));
        }
        json!({"id": self.item_id(row), "source": "sdk", "data": data})
    }

    fn trace(&self, corpus: &Corpus, experiment: u64, run: u64) -> Value {
        let row = experiment * self.runs + run;
        let mut draw = self.draw(salt::TRACE, row);
        let start_us = self.start_us + row as i64 * 1_000;
        let duration_us = draw.skewed(200_000, 9_000_000) as i64;
        json!({
            "id": self.trace_id(experiment, run), "project_name": Self::PROJECT, "name": "evaluation_task",
            "source": "experiment", "start_time": instant(start_us), "end_time": instant(start_us + duration_us),
            "input": {"question": self.text(corpus, &mut draw, 120)},
            "output": {"answer": self.text(corpus, &mut draw, 300), "confidence": draw.below(100)},
            "metadata": {"model": MODELS[experiment as usize % MODELS.len()].0},
        })
    }

    fn span(&self, experiment: u64, run: u64) -> Value {
        let row = experiment * self.runs + run;
        let mut draw = self.draw(salt::SPAN, row);
        let start_us = self.start_us + row as i64 * 1_000;
        let (prompt, completion) = (draw.skewed(100, 4_000), draw.skewed(20, 900));
        json!({
            "id": self.id(salt::SPAN, row), "trace_id": self.trace_id(experiment, run), "project_name": Self::PROJECT,
            "name": "chat", "type": "llm", "start_time": instant(start_us), "end_time": instant(start_us + 90_000),
            "total_estimated_cost": (prompt + 4 * completion) as f64 * 1e-6,
            "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
        })
    }

    fn scores(&self, experiment: u64, run: u64) -> [Value; 2] {
        let mut draw = self.draw(salt::SPAN, u64::MAX - (experiment * self.runs + run));
        SCORE_NAMES.map(|name| {
            json!({"id": self.trace_id(experiment, run), "project_name": Self::PROJECT, "name": name,
                   "value": draw.below(101) as f64 / 100.0, "source": "sdk"})
        })
    }

    fn experiment(&self, number: u64) -> Value {
        let mut draw = self.draw(salt::EXPERIMENT, number);
        json!({
            "id": self.experiment_id(number), "name": format!("run {number:06}"), "dataset_name": Self::DATASET,
            "project_name": Self::PROJECT, "tags": [TAGS[draw.below(TAGS.len() as u64) as usize]],
            "metadata": {"model": MODELS[draw.below(MODELS.len() as u64) as usize].0, "temperature": draw.below(10)},
        })
    }

    fn link(&self, experiment: u64, run: u64) -> Value {
        json!({"id": self.id(salt::LINK, experiment * self.runs + run), "experiment_id": self.experiment_id(experiment),
               "dataset_item_id": self.item_id(self.item_of_run(run)), "trace_id": self.trace_id(experiment, run)})
    }

    /// An item of a small experiment, which shares its trace with a large one.
    fn small_link(&self, row: u64) -> Value {
        let run = row % self.runs.max(1);
        json!({"id": self.id(salt::SMALL_LINK, row), "experiment_id": self.experiment_id(COMPARED + row / SMALL_ITEMS),
               "dataset_item_id": self.item_id(self.item_of_run(run)), "trace_id": self.trace_id(run % COMPARED, run)})
    }

    /// Everything to be sent, in an order in which each request finds what it refers to.
    fn phases(&self) -> Vec<Phase> {
        let (runs, all_runs) = (self.runs, self.runs * COMPARED);
        let in_run = move |row: u64| (row / runs.max(1), row % runs.max(1));
        let bulk = |name, rows, method: Method, path, wrap: Wrap, row: Row| Phase {
            name,
            rows,
            per_call: BATCH,
            make: Box::new(move |data, corpus, rows| {
                let elements = rows.flat_map(|number| row(data, corpus, number)).collect();
                Call::json(method.clone(), path, &wrap(data, elements))
            }),
        };
        vec![
            bulk(
                "dataset items",
                self.items,
                Method::PUT,
                "/api/v1/private/datasets/items",
                Box::new(|data, items| {
                    json!({"dataset_id": data.dataset_id(), "batch_group_id": data.id(salt::DATASET, 1), "items": items})
                }),
                Box::new(|data, corpus, row| vec![data.item(corpus, row)]),
            ),
            Phase {
                name: "experiments",
                rows: COMPARED + self.experiments,
                per_call: 1,
                make: Box::new(|data, _, rows| {
                    Call::json(Method::POST, "/api/v1/private/experiments", &data.experiment(rows.start))
                }),
            },
            bulk(
                "traces",
                all_runs,
                Method::POST,
                "/api/v1/private/traces/batch",
                Box::new(|_, traces| json!({"traces": traces})),
                Box::new(move |data, corpus, row| {
                    let (experiment, run) = in_run(row);
                    vec![data.trace(corpus, experiment, run)]
                }),
            ),
            bulk(
                "spans",
                all_runs,
                Method::POST,
                "/api/v1/private/spans/batch",
                Box::new(|_, spans| json!({"spans": spans})),
                Box::new(move |data, _, row| {
                    let (experiment, run) = in_run(row);
                    vec![data.span(experiment, run)]
                }),
            ),
            Phase {
                per_call: BATCH / 2,
                ..bulk(
                    "scored traces",
                    all_runs,
                    Method::PUT,
                    "/api/v1/private/traces/feedback-scores",
                    Box::new(|_, scores| json!({"scores": scores})),
                    Box::new(move |data, _, row| {
                        let (experiment, run) = in_run(row);
                        data.scores(experiment, run).to_vec()
                    }),
                )
            },
            bulk(
                "items of large experiments",
                all_runs,
                Method::POST,
                "/api/v1/private/experiments/items",
                Box::new(|_, items| json!({"experiment_items": items})),
                Box::new(move |data, _, row| {
                    let (experiment, run) = in_run(row);
                    vec![data.link(experiment, run)]
                }),
            ),
            bulk(
                "items of small experiments",
                if runs == 0 { 0 } else { self.experiments * SMALL_ITEMS },
                Method::POST,
                "/api/v1/private/experiments/items",
                Box::new(|_, items| json!({"experiment_items": items})),
                Box::new(|data, _, row| vec![data.small_link(row)]),
            ),
        ]
    }
}

type Row = Box<dyn Fn(&Evaluation, &Corpus, u64) -> Vec<Value> + Send + Sync>;
type Wrap = Box<dyn Fn(&Evaluation, Vec<Value>) -> Value + Send + Sync>;
type Make = Box<dyn Fn(&Evaluation, &Corpus, std::ops::Range<u64>) -> Call + Send + Sync>;

/// Requests of one kind, which may be sent in any order.
struct Phase {
    name: &'static str,
    rows: u64,
    per_call: u64,
    make: Make,
}

/// Fills a server and answers how long that took.
///
/// # Errors
/// When the server cannot be reached or refuses a request.
pub(crate) fn load(runtime: &Runtime, target: &Target, data: &Evaluation) -> anyhow::Result<Value> {
    let corpus = Arc::new(Corpus::new());
    let shared = Arc::new(data.clone());
    runtime.block_on(async {
        let create = Call::json(
            Method::POST,
            "/api/v1/private/datasets",
            &json!({"id": data.dataset_id(), "name": Evaluation::DATASET, "project_name": Evaluation::PROJECT}),
        );
        Connection::new(&target.address)
            .send(&create)
            .await?
            .expect_success(&create)?;
        let mut results = Vec::new();
        for phase in data.phases() {
            let (name, rows) = (phase.name, phase.rows);
            let started = Instant::now();
            let latencies = send_all(target, Arc::new(phase), &shared, &corpus)
                .await
                .with_context(|| format!("send {name}"))?;
            let seconds = started.elapsed().as_secs_f64();
            eprintln!("{rows} {name}: {seconds:.1} s");
            results.push(json!({
                "name": name,
                "rows": rows,
                "seconds": rounded(seconds),
                "rows_per_second": (rows as f64 / seconds.max(1e-9)).round(),
                "requests": latencies.summary(),
            }));
        }
        Ok(json!({
            "items": data.items,
            "runs": data.runs,
            "experiments": data.experiments + COMPARED,
            "phases": results,
        }))
    })
}

/// Sends a phase over all connections.
async fn send_all(
    target: &Target,
    phase: Arc<Phase>,
    data: &Arc<Evaluation>,
    corpus: &Arc<Corpus>,
) -> anyhow::Result<Latencies> {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..target.connections.max(1) {
        let (next, phase, data, corpus) = (
            Arc::clone(&next),
            Arc::clone(&phase),
            Arc::clone(data),
            Arc::clone(corpus),
        );
        let mut connection = Connection::new(&target.address);
        workers.spawn(async move {
            let mut latencies = Latencies::default();
            loop {
                let first = next.fetch_add(phase.per_call, Ordering::Relaxed);
                if first >= phase.rows {
                    return anyhow::Ok(latencies);
                }
                let call = (phase.make)(&data, &corpus, first..(first + phase.per_call).min(phase.rows));
                let reply = connection.send(&call).await?.expect_success(&call)?;
                latencies.push(reply.elapsed);
            }
        });
    }
    let mut all = Latencies::default();
    while let Some(done) = workers.join_next().await {
        all.extend(done.context("a sender panicked")??);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::DEFAULT_START_US;

    fn small() -> Evaluation {
        Evaluation {
            seed: 1,
            items: 10_000,
            runs: 2_500,
            experiments: 7,
            start_us: DEFAULT_START_US,
        }
    }

    #[test]
    fn ids_follow_the_rows_and_are_of_version_7() {
        let data = small();
        let ids: Vec<Uuid> = (0..10_000).map(|row| data.item_id(row)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(data.experiment_id(0), data.experiment_id(1));
        assert_eq!(data.item_of_run(2_499), 9_996);
    }

    #[test]
    fn phases_cover_every_row_once() {
        let data = small();
        let corpus = Corpus::new();
        let count = |name: &str, key: &str| {
            let phases = data.phases();
            let phase = phases.iter().find(|phase| phase.name == name).expect("a known phase");
            let mut rows = 0;
            for first in (0..phase.rows).step_by(usize::try_from(phase.per_call).expect("fits")) {
                let call = (phase.make)(&data, &corpus, first..(first + phase.per_call).min(phase.rows));
                let body: Value = serde_json::from_slice(&call.body.expect("a body")).expect("valid JSON");
                let elements = body[key].as_array().expect("a list").len();
                assert!(elements <= 1_000);
                rows += elements;
            }
            rows
        };
        assert_eq!(count("dataset items", "items"), 10_000);
        assert_eq!(count("traces", "traces"), 5_000);
        assert_eq!(count("scored traces", "scores"), 10_000);
        assert_eq!(count("items of small experiments", "experiment_items"), 21);
    }
}
