//! Writing rows together with the files that were taken out of their payloads.

use std::future::Future;

use ferropik_model::{AttachmentEntity, NewAttachment, Timestamp};
use ferropik_store::{Conflict, Leftovers, Scope, StoreError, StoreResult};

use indexmap::IndexMap;
use uuid::Uuid;

use crate::AppState;
use crate::attachments::service::{Payloads, discard, discard_new, extract};
use crate::http::{ApiError, ApiResult};

/// Moves large files out of the payloads of many rows. When it fails, no file is left.
///
/// # Errors
/// Those of storing files.
pub(crate) async fn extract_all<R>(
    state: &AppState,
    scope: &Scope,
    entity: AttachmentEntity,
    rows: &mut [R],
    parts: impl for<'a> Fn(&'a mut R) -> (Uuid, Uuid, Payloads<'a>, &'a mut Vec<NewAttachment>),
) -> ApiResult<()> {
    let mut failure = None;
    for row in &mut *rows {
        let (project, id, payloads, attachments) = parts(row);
        match extract(state, scope, project, entity, id, payloads).await {
            Ok(extracted) => *attachments = extracted,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let Some(error) = failure else { return Ok(()) };
    let stored = rows.iter_mut().flat_map(|row| std::mem::take(parts(row).3)).collect();
    discard_new(state, stored).await;
    Err(error)
}

/// Runs a write to its end, even when the client hangs up meanwhile, and cleans up the files: those that the write left
/// over, or, when it failed, those that it should have recorded.
///
/// # Errors
/// Those of the write.
pub(crate) async fn commit<F>(
    state: &AppState,
    new_files: Vec<NewAttachment>,
    write: F,
) -> ApiResult<Result<(), StoreError>>
where
    F: Future<Output = StoreResult<Leftovers>> + Send + 'static,
{
    let state = state.clone();
    let outcome = tokio::spawn(async move {
        match write.await {
            Ok(leftovers) => {
                discard(&state, leftovers).await;
                Ok(())
            }
            Err(error) => {
                discard_new(&state, new_files).await;
                Err(error)
            }
        }
    });
    Ok(outcome.await?)
}

/// The answer to a failed write of a trace or span: conflicts name it.
pub(crate) fn write_error(error: StoreError, entity: AttachmentEntity) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::Exists) => {
            let name = match entity {
                AttachmentEntity::Trace => "Trace",
                AttachmentEntity::Span => "Span",
            };
            ApiError::conflict(format!("{name} already exists"))
        }
        StoreError::Conflict(Conflict::OtherProject) => ApiError::conflict(format!(
            "Project name and workspace name do not match the existing {}",
            entity.as_str()
        )),
        other => other.into(),
    }
}

/// The rows of a batch without those that a newer row of the same id replaces: the newest `last_updated_at` stays, ties
/// go to the later one, and a row without a time goes before all rows ahead of it.
pub(crate) fn newest_of_each<R>(rows: Vec<R>, key: impl Fn(&R) -> (Option<Uuid>, Option<Timestamp>)) -> Vec<R> {
    let mut newest: IndexMap<Uuid, usize> = IndexMap::with_capacity(rows.len());
    let mut is_kept = vec![true; rows.len()];
    for (index, row) in rows.iter().enumerate() {
        let (Some(id), time) = key(row) else { continue };
        let Some(earlier) = newest.get_mut(&id) else {
            newest.insert(id, index);
            continue;
        };
        let is_older = match (time, key(&rows[*earlier]).1) {
            (Some(time), Some(other)) => time < other,
            _ => false,
        };
        if is_older {
            is_kept[index] = false;
        } else {
            is_kept[*earlier] = false;
            *earlier = index;
        }
    }
    let mut is_kept = is_kept.into_iter();
    rows.into_iter().filter(|_| is_kept.next().unwrap_or(true)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<u8>, Option<i64>, usize);

    fn deduplicated(rows: Vec<Row>) -> Vec<Row> {
        newest_of_each(rows, |(id, time, _)| {
            (
                id.map(|id| Uuid::from_u128(id.into())),
                time.map(Timestamp::from_micros),
            )
        })
    }

    #[test]
    fn newest_row_of_an_id_stays() {
        assert_eq!(
            deduplicated(vec![(Some(1), Some(5), 0), (Some(1), Some(4), 1)]),
            [(Some(1), Some(5), 0)]
        );
        assert_eq!(
            deduplicated(vec![(Some(1), Some(5), 0), (Some(1), Some(5), 1)]),
            [(Some(1), Some(5), 1)]
        );
        assert_eq!(
            deduplicated(vec![(Some(1), Some(5), 0), (Some(1), None, 1)]),
            [(Some(1), None, 1)]
        );
        let anonymous = vec![(None, Some(5), 0), (None, Some(4), 1)];
        assert_eq!(deduplicated(anonymous.clone()), anonymous);
    }

    proptest! {
        #[test]
        fn one_row_of_each_id_stays_in_order(ids in proptest::collection::vec((proptest::option::of(0_u8..4), 0_i64..4), 0..20)) {
            let rows: Vec<Row> = ids.iter().enumerate().map(|(index, (id, time))| (*id, Some(*time), index)).collect();
            let kept = deduplicated(rows.clone());
            prop_assert!(kept.windows(2).all(|pair| pair[0].2 < pair[1].2));
            for row in &rows {
                let same: Vec<&Row> = kept.iter().filter(|other| other.0 == row.0).collect();
                match row.0 {
                    None => prop_assert!(same.contains(&row)),
                    Some(_) => {
                        prop_assert_eq!(same.len(), 1);
                        prop_assert!((same[0].1, same[0].2) >= (row.1, row.2));
                    }
                }
            }
        }
    }
}
