//! A run of an item as filters, searches and sorts see it: each part is read when it is first needed.

use std::borrow::Cow;

use ferropik_model::{Timestamp, decimal};
use ferropik_query::{Field, NumberValue, Record, UsageKey};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::{OptionalExtension, params};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::field::{FRAME_COUNT, FRAMES, Part, part_of};
use super::merge::Run;
use super::scope::Watch;
use crate::datasets::ItemState;
use crate::datasets::find::source_of;
use crate::error::translate;
use crate::rows::{Totals, duration_us, flag};
use crate::scoring::{self, ASSERTION_QUEUE, mean};

/// What filters and statistics look at in the row of a trace.
#[derive(Debug, Clone)]
pub(super) struct TraceFacts {
    pub(super) flags: i64,
    pub(super) duration_us: Option<i64>,
    /// 1e-12 US dollars.
    pub(super) cost: i64,
    pub(super) totals: Totals,
}

impl TraceFacts {
    /// The facts of a trace. One that has not arrived yet may have scores already, but nothing else.
    pub(super) fn find(watch: &Watch<'_>, seq: i64) -> StoreResult<Option<TraceFacts>> {
        watch
            .connection
            .prepare_cached("SELECT flags, start_ns, end_ns, cost, totals FROM trace WHERE seq = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([seq], |row| {
                        let flags: i64 = row.get(0)?;
                        if flags & flag::GHOST != 0 {
                            return Ok(TraceFacts {
                                flags: flags & flag::SCORES,
                                duration_us: None,
                                cost: 0,
                                totals: Totals::default(),
                            });
                        }
                        Ok(TraceFacts {
                            flags,
                            duration_us: duration_us(row.get(1)?, row.get(2)?),
                            cost: row.get(3)?,
                            totals: Totals::decode(row.get_ref(4)?.as_blob_or_null()?),
                        })
                    })
                    .optional()
            })
            .map_err(translate)
    }
}

/// The feedback scores of a trace: interned name and aggregated value in 1e-9, one element a name.
pub(super) fn scores_of(watch: &Watch<'_>, trace: i64) -> StoreResult<Vec<(i64, i64)>> {
    let mut statement = watch
        .connection
        .prepare_cached("SELECT name, value FROM score WHERE kind = ?1 AND entity = ?2 AND queue <> ?3")
        .map_err(translate)?;
    let mut rows = statement
        .query(params![scoring::TRACE, trace, ASSERTION_QUEUE])
        .map_err(translate)?;
    // The key of the table keeps the entries of a name together.
    let mut sums: Vec<(i64, i128, i128)> = Vec::new();
    while let Some(row) = rows.next().map_err(translate)? {
        let name: i64 = row.get(0).map_err(translate)?;
        let value: i64 = row.get(1).map_err(translate)?;
        match sums.last_mut() {
            Some((last, sum, count)) if *last == name => {
                *sum += i128::from(value);
                *count += 1;
            }
            _ => sums.push((name, i128::from(value), 1)),
        }
    }
    Ok(sums
        .into_iter()
        .map(|(name, sum, count)| (name, mean(sum, count)))
        .collect())
}

/// A run that is being tested.
pub(super) struct RunRecord<'a> {
    watch: &'a Watch<'a>,
    item: Uuid,
    run: Run,
    state: Option<&'a ItemState>,
    facts: Option<Option<TraceFacts>>,
    data: Option<Option<String>>,
    frames: [Option<Option<String>>; FRAME_COUNT],
    scores: Option<Vec<(String, Decimal)>>,
    comments: Option<Option<String>>,
    users: Option<(String, String)>,
    tags: Option<Vec<String>>,
    usage: Option<Vec<(String, i64)>>,
}

impl<'a> RunRecord<'a> {
    /// A run of which nothing is read yet.
    pub(super) fn new(watch: &'a Watch<'a>, item: Uuid, run: Run, state: Option<&'a ItemState>) -> RunRecord<'a> {
        RunRecord {
            watch,
            item,
            run,
            state,
            facts: None,
            data: None,
            frames: [const { None }; FRAME_COUNT],
            scores: None,
            comments: None,
            users: None,
            tags: None,
            usage: None,
        }
    }

    /// Reads what a field is made of, unless that has been done.
    pub(super) fn load(&mut self, field: Field) -> StoreResult<()> {
        match part_of(field) {
            Part::Id | Part::Item => {}
            Part::Users => self.load_users()?,
            Part::Tags => self.load_tags(),
            Part::Trace => {
                self.load_facts()?;
            }
            Part::Usage => self.load_usage()?,
            Part::Scores => self.load_scores()?,
            Part::Comments => self.load_comments()?,
            Part::Data => self.load_data()?,
            Part::Frame(frame) => self.load_frame(frame)?,
        }
        Ok(())
    }

    fn load_facts(&mut self) -> StoreResult<Option<&TraceFacts>> {
        if self.facts.is_none() {
            self.facts = Some(TraceFacts::find(self.watch, self.run.trace)?);
        }
        Ok(self.facts())
    }

    fn facts(&self) -> Option<&TraceFacts> {
        self.facts.as_ref().and_then(Option::as_ref)
    }

    fn text_of(&self, number: i64) -> StoreResult<String> {
        self.watch
            .context
            .strings
            .text(self.watch.connection, number)
            .map(|text| text.to_string())
            .map_err(translate)
    }

    fn load_users(&mut self) -> StoreResult<()> {
        if let (None, Some(state)) = (&self.users, self.state) {
            self.users = Some((self.text_of(state.created_by)?, self.text_of(state.updated_by)?));
        }
        Ok(())
    }

    fn load_tags(&mut self) {
        if self.tags.is_none() {
            self.tags = Some(self.state.map(ItemState::tag_list).unwrap_or_default());
        }
    }

    fn load_usage(&mut self) -> StoreResult<()> {
        if self.usage.is_some() {
            return Ok(());
        }
        let totals = self.load_facts()?.map(|facts| facts.totals.clone()).unwrap_or_default();
        let mut usage = Vec::with_capacity(totals.usage.len());
        for (key, sum, _) in &totals.usage {
            usage.push((self.text_of(*key)?, *sum));
        }
        self.usage = Some(usage);
        Ok(())
    }

    fn load_scores(&mut self) -> StoreResult<()> {
        if self.scores.is_some() {
            return Ok(());
        }
        let has_scores = self.load_facts()?.is_some_and(|facts| facts.flags & flag::SCORES != 0);
        let mut scores = Vec::new();
        if has_scores {
            for (name, value) in scores_of(self.watch, self.run.trace)? {
                scores.push((self.text_of(name)?, decimal::from_scaled(value, decimal::SCORE_SCALE)));
            }
        }
        self.scores = Some(scores);
        Ok(())
    }

    fn load_comments(&mut self) -> StoreResult<()> {
        if self.comments.is_some() {
            return Ok(());
        }
        let has_comments = self
            .load_facts()?
            .is_some_and(|facts| facts.flags & flag::COMMENTS != 0);
        let mut texts: Vec<String> = Vec::new();
        if has_comments {
            let mut statement = self
                .watch
                .connection
                .prepare_cached("SELECT text FROM comment WHERE kind = ?1 AND entity = ?2 ORDER BY id")
                .map_err(translate)?;
            let rows = statement
                .query_map([scoring::TRACE, self.run.trace], |row| row.get(0))
                .map_err(translate)?;
            texts = rows.collect::<rusqlite::Result<_>>().map_err(translate)?;
        }
        self.comments = Some((!texts.is_empty()).then(|| texts.join(", ")));
        Ok(())
    }

    fn load_data(&mut self) -> StoreResult<()> {
        if self.data.is_none() {
            let Watch {
                context, connection, ..
            } = self.watch;
            self.data = Some(
                self.state
                    .map(|state| state.data_text(connection, context))
                    .transpose()?,
            );
        }
        Ok(())
    }

    fn load_frame(&mut self, frame: usize) -> StoreResult<()> {
        if self.frames[frame].is_some() {
            return Ok(());
        }
        let (_, column, bit) = FRAMES[frame];
        let has_frame = self.load_facts()?.is_some_and(|facts| facts.flags & bit != 0);
        let mut text = None;
        if has_frame {
            let stored: Option<Option<Vec<u8>>> = self
                .watch
                .connection
                .prepare_cached(&format!("SELECT {column} FROM trace_payload WHERE seq = ?1"))
                .and_then(|mut statement| statement.query_row([self.run.trace], |row| row.get(0)).optional())
                .map_err(translate)?;
            text = stored
                .flatten()
                .map(|frame| self.watch.context.codec.decode(&frame).map_err(StoreError::internal))
                .transpose()?;
        }
        self.frames[frame] = Some(text);
        Ok(())
    }

    /// The JSON text of a field that was loaded.
    pub(super) fn json(&self, field: Field) -> Option<&str> {
        match part_of(field) {
            Part::Data => self.data.as_ref()?.as_deref(),
            Part::Frame(frame) => self.frames[frame].as_ref()?.as_deref(),
            _ => None,
        }
    }
}

/// Answers from what was loaded.
impl Record for RunRecord<'_> {
    fn text(&self, field: Field) -> Option<Cow<'_, str>> {
        let uuid = |id: Uuid| -> Cow<'_, str> { Cow::Owned(id.to_string()) };
        match field {
            Field::Id => Some(uuid(self.item)),
            Field::Source => self.state.map(|state| source_of(state.source).as_str().into()),
            Field::TraceId => self.state?.trace_id.map(uuid),
            Field::SpanId => self.state?.span_id.map(uuid),
            Field::Description => self.state?.description.as_deref().map(Cow::Borrowed),
            Field::CreatedBy => self.users.as_ref().map(|(creator, _)| Cow::Borrowed(creator.as_str())),
            Field::LastUpdatedBy => self.users.as_ref().map(|(_, author)| Cow::Borrowed(author.as_str())),
            Field::Comments => self.comments.as_ref()?.as_deref().map(Cow::Borrowed),
            Field::Tags => {
                let tags = self.tags.as_ref().filter(|tags| !tags.is_empty())?;
                Some(Cow::Owned(tags.join(", ")))
            }
            field => self.json(field).map(Cow::Borrowed),
        }
    }

    fn time(&self, field: Field) -> Option<Timestamp> {
        match field {
            Field::CreatedAt => self.state.map(|state| Timestamp::from_micros(state.created_us)),
            Field::LastUpdatedAt => self.state.map(|state| Timestamp::from_micros(state.updated_us)),
            _ => None,
        }
    }

    fn number(&self, field: Field) -> Option<NumberValue> {
        match field {
            Field::Duration => {
                let micros = self.facts()?.duration_us?;
                Some(NumberValue::Decimal(decimal::from_scaled(micros, 3)))
            }
            Field::TotalEstimatedCost => {
                let cost = self.facts()?.cost;
                (cost > 0).then(|| NumberValue::Decimal(decimal::from_scaled(cost, decimal::COST_SCALE)))
            }
            Field::Usage(key) => self.usage_of(UsageKey::name(key)?),
            _ => None,
        }
    }

    fn list(&self, field: Field) -> Vec<Cow<'_, str>> {
        match field {
            Field::Tags => self
                .tags
                .iter()
                .flatten()
                .map(|tag| Cow::Borrowed(tag.as_str()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn scores(&self, field: Field) -> Vec<(Cow<'_, str>, Decimal)> {
        match field {
            Field::FeedbackScores => self
                .scores
                .iter()
                .flatten()
                .map(|(name, value)| (Cow::Borrowed(name.as_str()), *value))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn keyed_number(&self, field: Field, key: &str) -> Option<NumberValue> {
        match field {
            Field::Usage(_) => self.usage_of(key),
            Field::FeedbackScores => self
                .scores
                .iter()
                .flatten()
                .find(|(name, _)| name == key)
                .map(|(_, value)| NumberValue::Decimal(*value)),
            _ => None,
        }
    }
}

impl RunRecord<'_> {
    fn usage_of(&self, key: &str) -> Option<NumberValue> {
        let (_, sum) = self.usage.iter().flatten().find(|(name, _)| name == key)?;
        Some(NumberValue::Integer(*sum))
    }
}
