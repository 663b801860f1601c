//! Feedback scores as clients read them: one element a name, all entries inside.

use ferropik_model::{AuthorScore, FeedbackScore, Timestamp, decimal};
use indexmap::IndexMap;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::engine::strings::Strings;
use crate::rows::{span_type, uuid_at};
use crate::scoring::{self, ASSERTION_CATEGORY, mean};

struct Entry {
    name: String,
    author: String,
    queue: Option<Uuid>,
    value: i64,
    category: Option<String>,
    reason: Option<String>,
    source: i64,
    created_ns: i64,
    updated_ns: i64,
    span: Option<(Uuid, i64)>,
}

/// Whether entries show the span that they are on, and how empty reasons read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// As lists show them.
    List,
    /// As a read of a single trace shows the scores of its spans.
    WithSpans,
}

/// The scores of a trace, span or thread; with a queue only those given in it.
pub(crate) fn of_entity(
    connection: &Connection,
    strings: &Strings,
    kind: i64,
    entity: i64,
    queue: Option<Uuid>,
) -> rusqlite::Result<Vec<FeedbackScore>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, author, queue, value, category, reason, source, created_ns, updated_ns FROM score \
         WHERE kind = ?1 AND entity = ?2",
    )?;
    let mut rows = statement.query(params![kind, entity])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(connection, strings, row, None)?);
    }
    if queue.is_some() {
        entries.retain(|entry| entry.queue == queue);
    }
    Ok(aggregate(entries, Detail::List))
}

/// The scores of all spans of a trace.
pub(crate) fn of_spans(
    connection: &Connection,
    strings: &Strings,
    trace: i64,
    detail: Detail,
) -> rusqlite::Result<Vec<FeedbackScore>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.name, c.author, c.queue, c.value, c.category, c.reason, c.source, c.created_ns, c.updated_ns, \
         s.id, s.type FROM span s JOIN score c ON c.kind = ?1 AND c.entity = s.seq WHERE s.trace = ?2",
    )?;
    let mut rows = statement.query(params![scoring::SPAN, trace])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let span = (uuid_at(row, 9)?, row.get(10)?);
        entries.push(entry(connection, strings, row, Some(span))?);
    }
    Ok(aggregate(entries, detail))
}

fn entry(
    connection: &Connection,
    strings: &Strings,
    row: &Row<'_>,
    span: Option<(Uuid, i64)>,
) -> rusqlite::Result<Entry> {
    let queue: Vec<u8> = row.get(2)?;
    Ok(Entry {
        name: strings.text(connection, row.get(0)?)?.to_string(),
        author: strings.text(connection, row.get(1)?)?.to_string(),
        queue: Uuid::from_slice(&queue).ok(),
        value: row.get(3)?,
        category: row.get(4)?,
        reason: row.get(5)?,
        source: row.get(6)?,
        created_ns: row.get(7)?,
        updated_ns: row.get(8)?,
        span,
    })
}

fn aggregate(mut entries: Vec<Entry>, detail: Detail) -> Vec<FeedbackScore> {
    entries.retain(|entry| entry.category.as_deref() != Some(ASSERTION_CATEGORY));
    entries.sort_by(|a, b| {
        (a.name.as_str(), a.created_ns, a.author.as_str()).cmp(&(b.name.as_str(), b.created_ns, b.author.as_str()))
    });
    entries
        .chunk_by(|a, b| a.name == b.name)
        .map(|group| one(group, detail))
        .collect()
}

fn one(group: &[Entry], detail: Detail) -> FeedbackScore {
    let newest = group.iter().max_by_key(|entry| entry.updated_ns).unwrap_or(&group[0]);
    let sum: i128 = group.iter().map(|entry| i128::from(entry.value)).sum();
    let value = mean(sum, i128::try_from(group.len()).unwrap_or(1));
    let several = group.len() > 1;
    let joined = |text: &dyn Fn(&Entry) -> String| group.iter().map(text).collect::<Vec<_>>().join(", ");
    let reason = if !several {
        group[0].reason.clone().filter(|reason| !reason.is_empty())
    } else if detail == Detail::WithSpans {
        let reasons: Vec<&str> = group
            .iter()
            .filter_map(|entry| entry.reason.as_deref())
            .filter(|reason| !reason.is_empty())
            .collect();
        (!reasons.is_empty()).then(|| reasons.join(", "))
    } else {
        Some(joined(&|entry| match entry.reason.as_deref() {
            Some(reason) if !reason.is_empty() => reason.to_owned(),
            _ => "<no reason>".to_owned(),
        }))
    };
    let category_name = if several {
        Some(joined(&|entry| entry.category.clone().unwrap_or_default()))
    } else {
        group[0].category.clone().filter(|category| !category.is_empty())
    };
    let authors = joined(&|entry| entry.author.clone());
    let mut value_by_author = IndexMap::with_capacity(group.len());
    for entry in group {
        value_by_author.insert(author_key(entry, detail), author_score(entry, detail));
    }
    FeedbackScore {
        name: group[0].name.clone(),
        category_name,
        value: decimal::from_scaled(value, decimal::SCORE_SCALE),
        reason,
        source: scoring::source_from_number(newest.source),
        created_at: Timestamp::from_nanos(group.iter().map(|entry| entry.created_ns).min().unwrap_or(0)),
        last_updated_at: Timestamp::from_nanos(newest.updated_ns),
        created_by: authors.clone(),
        last_updated_by: authors,
        value_by_author,
    }
}

fn author_key(entry: &Entry, detail: Detail) -> String {
    let mut key = entry.author.clone();
    if let Some(queue) = entry.queue {
        key.push('_');
        key.push_str(&queue.to_string());
    }
    if detail == Detail::WithSpans
        && let Some((span, _)) = entry.span
    {
        key.push('_');
        key.push_str(&span.to_string());
    }
    key
}

fn author_score(entry: &Entry, detail: Detail) -> AuthorScore {
    let span = entry.span.filter(|_| detail == Detail::WithSpans);
    AuthorScore {
        value: decimal::from_scaled(entry.value, decimal::SCORE_SCALE),
        reason: entry.reason.clone().filter(|reason| !reason.is_empty()),
        category_name: entry.category.clone().filter(|category| !category.is_empty()),
        source: scoring::source_from_number(entry.source),
        last_updated_at: Timestamp::from_nanos(entry.updated_ns),
        span_type: span
            .and_then(|(_, number)| span_type::from_number(number))
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        span_id: span.map(|(id, _)| id.to_string()).unwrap_or_default(),
        source_queue_id: entry.queue,
        author: entry.author.clone(),
    }
}
