//! The rules by which writes of the same row combine. Pure functions, so that every store decides alike.

use std::collections::BTreeSet;

use ferropik_model::Usage;
use rust_decimal::Decimal;

use crate::{SpanPricer, StoreError};

/// Most tags that an item may have after a change that adds some.
pub const MAX_TAGS: usize = 50;

/// What is stored under the id of a whole row that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Nothing,
    /// A row that only updates have written: its start is the epoch.
    Partial,
    /// A row that a create has written.
    Complete {
        /// Its `last_updated_at`, microseconds.
        updated_at: i64,
    },
}

/// What becomes of a whole row that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upsert {
    /// It is stored as it is.
    Insert,
    /// It takes the place of the stored one, except for who created that and when.
    Replace,
    /// It fills what the partial row leaves open.
    Merge,
    /// It is older than the stored one.
    Ignore,
}

/// Decides about a whole row of a batch: the newest `last_updated_at` wins, ties go to the one that arrives.
pub fn upsert(stored: Stored, arriving_updated_at: i64) -> Upsert {
    match stored {
        Stored::Nothing => Upsert::Insert,
        Stored::Partial => Upsert::Merge,
        Stored::Complete { updated_at } if arriving_updated_at >= updated_at => Upsert::Replace,
        Stored::Complete { .. } => Upsert::Ignore,
    }
}

/// A change of the tags of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChange {
    /// Replaces all tags, or is added to them with `merge`.
    pub tags: Option<Vec<String>>,
    /// Tags to add; `tags` is then ignored.
    pub add: Option<Vec<String>>,
    /// Tags to remove; `tags` is then ignored.
    pub remove: Option<Vec<String>>,
    /// Whether `tags` is added to the stored ones.
    pub merge: bool,
}

impl TagChange {
    /// The tags after the change, or `None` when they stay as they are.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`] when more than [`MAX_TAGS`] would be left.
    pub fn apply(&self, stored: &[String]) -> Result<Option<Vec<String>>, StoreError> {
        let changed = if self.add.is_some() || self.remove.is_some() {
            let removed: BTreeSet<&str> = self.remove.iter().flatten().map(String::as_str).collect();
            let kept = stored.iter().filter(|tag| !removed.contains(tag.as_str()));
            union(kept, self.add.iter().flatten())
        } else {
            match &self.tags {
                None => return Ok(None),
                Some(tags) if self.merge => union(stored.iter(), tags.iter()),
                Some(tags) => union([].iter(), tags.iter()),
            }
        };
        if changed.len() > MAX_TAGS {
            return Err(StoreError::TagLimit);
        }
        Ok(Some(changed))
    }
}

fn union<'a>(first: impl Iterator<Item = &'a String>, second: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in first.chain(second) {
        if !all.contains(tag) {
            all.push(tag.clone());
        }
    }
    all
}

/// Cost of a span: the amount in US dollars and whether the server computed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanCost {
    /// US dollars.
    pub amount: Decimal,
    /// Whether the server computed it; a cost that a client gave is never computed anew.
    pub estimated: bool,
}

/// What the cost of a span depends on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CostBasis {
    /// Model that was called.
    pub model: Option<String>,
    /// Who serves it.
    pub provider: Option<String>,
    /// Token usage.
    pub usage: Option<Usage>,
}

/// The cost of a span after an update, or `None` when it stays.
///
/// A cost in the update wins and is the client's from then on. A stored cost of the client's is not touched otherwise.
/// When the update changes the model, the provider or the usage, the cost is computed from these and the stored rest,
/// and written if above 0. When it only brings metadata that name a cost, that is written.
pub fn span_cost_after_update(
    stored: Option<(&CostBasis, SpanCost)>,
    update: &CostBasis,
    given: Option<Decimal>,
    metadata_cost: Option<Decimal>,
    pricer: &dyn SpanPricer,
) -> Option<SpanCost> {
    if let Some(amount) = given {
        return Some(SpanCost {
            amount,
            estimated: false,
        });
    }
    if let Some((_, cost)) = stored
        && cost.amount > Decimal::ZERO
        && !cost.estimated
    {
        return None;
    }
    let stored_basis = stored.map(|(basis, _)| basis);
    if update.model.is_some() || update.provider.is_some() || update.usage.is_some() {
        let model = update
            .model
            .as_deref()
            .or_else(|| stored_basis.and_then(|basis| basis.model.as_deref()));
        let provider = update
            .provider
            .as_deref()
            .or_else(|| stored_basis.and_then(|basis| basis.provider.as_deref()));
        let no_usage = Usage::new();
        let usage = update
            .usage
            .as_ref()
            .or_else(|| stored_basis.and_then(|basis| basis.usage.as_ref()))
            .unwrap_or(&no_usage);
        let amount = pricer.price(model, provider, usage);
        if amount > Decimal::ZERO {
            return Some(SpanCost {
                amount,
                estimated: true,
            });
        }
    }
    metadata_cost.map(|amount| SpanCost {
        amount,
        estimated: amount > Decimal::ZERO,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn newest_row_wins_in_any_order_of_arrival() {
        assert_eq!(upsert(Stored::Complete { updated_at: 5 }, 6), Upsert::Replace);
        assert_eq!(upsert(Stored::Complete { updated_at: 5 }, 5), Upsert::Replace);
        assert_eq!(upsert(Stored::Complete { updated_at: 5 }, 4), Upsert::Ignore);
        assert_eq!(upsert(Stored::Partial, 0), Upsert::Merge);
        assert_eq!(upsert(Stored::Nothing, 0), Upsert::Insert);
    }

    #[test]
    fn adding_and_removing_go_before_replacing() {
        let stored = tags(&["a", "b"]);
        let change = TagChange {
            tags: Some(tags(&["x"])),
            add: Some(tags(&["c", "a"])),
            remove: Some(tags(&["b"])),
            merge: false,
        };
        assert_eq!(change.apply(&stored).unwrap(), Some(tags(&["a", "c"])));
        let replace = TagChange {
            tags: Some(tags(&["x", "x"])),
            ..TagChange::default()
        };
        assert_eq!(replace.apply(&stored).unwrap(), Some(tags(&["x"])));
        let merge = TagChange {
            tags: Some(tags(&["x"])),
            merge: true,
            ..TagChange::default()
        };
        assert_eq!(merge.apply(&stored).unwrap(), Some(tags(&["a", "b", "x"])));
        assert_eq!(TagChange::default().apply(&stored).unwrap(), None);
        let many = (0..=MAX_TAGS).map(|n| n.to_string()).collect();
        assert!(
            TagChange {
                add: Some(many),
                ..TagChange::default()
            }
            .apply(&stored)
            .is_err()
        );
    }

    struct TenPerCall;

    impl SpanPricer for TenPerCall {
        fn price(&self, model: Option<&str>, provider: Option<&str>, usage: &Usage) -> Decimal {
            if model.is_some() && provider.is_some() && !usage.is_empty() {
                Decimal::TEN
            } else {
                Decimal::ZERO
            }
        }
    }

    #[test]
    fn cost_of_the_client_stays_and_estimates_follow_the_update() {
        let basis = CostBasis {
            model: Some("m".to_owned()),
            provider: Some("p".to_owned()),
            usage: None,
        };
        let usage = CostBasis {
            usage: Some(Usage::from_iter([("prompt_tokens".to_owned(), 1)])),
            ..CostBasis::default()
        };
        let none = SpanCost {
            amount: Decimal::ZERO,
            estimated: false,
        };
        let manual = SpanCost {
            amount: Decimal::ONE,
            estimated: false,
        };
        let estimated = SpanCost {
            amount: Decimal::TEN,
            estimated: true,
        };

        let after = |cost, update: &CostBasis, given| {
            span_cost_after_update(Some((&basis, cost)), update, given, None, &TenPerCall)
        };
        assert_eq!(after(none, &usage, None), Some(estimated));
        assert_eq!(after(manual, &usage, None), None);
        assert_eq!(
            after(manual, &usage, Some(Decimal::TWO)),
            Some(SpanCost {
                amount: Decimal::TWO,
                estimated: false
            })
        );
        assert_eq!(after(none, &CostBasis::default(), None), None);
        assert_eq!(
            span_cost_after_update(None, &CostBasis::default(), None, Some(Decimal::ONE), &TenPerCall),
            Some(SpanCost {
                amount: Decimal::ONE,
                estimated: true
            })
        );
    }
}
