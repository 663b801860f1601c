//! Blobs of token usage: of one span, and summed over the spans of a trace or thread.

use smallvec::SmallVec;

use crate::engine::varint;

/// Token usage of one span: interned key and value, in the order of the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpanUsage(pub(crate) SmallVec<[(i64, i64); 12]>);

impl SpanUsage {
    /// The blob of the column; none when empty.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(self.0.len() * 4);
        for (key, value) in &self.0 {
            varint::put_signed(&mut out, *key);
            varint::put_signed(&mut out, *value);
        }
        Some(out)
    }

    /// Reads the column.
    pub(crate) fn decode(blob: Option<&[u8]>) -> SpanUsage {
        let mut bytes = blob.unwrap_or_default();
        let mut pairs = SmallVec::new();
        while let Some(key) = varint::take_signed(&mut bytes)
            && let Some(value) = varint::take_signed(&mut bytes)
        {
            pairs.push((key, value));
        }
        SpanUsage(pairs)
    }
}

/// What the spans of a trace (or the traces of a thread) add up to: per usage key the sum and how many spans have it,
/// and per provider how many spans name it. The counts make it possible to subtract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Interned key, sum, number of spans.
    pub(crate) usage: SmallVec<[(i64, i64, i64); 8]>,
    /// Interned provider, number of spans.
    pub(crate) providers: SmallVec<[(i64, i64); 2]>,
}

impl Totals {
    /// Adds (`sign` 1) or takes away (`sign` -1) the usage of a span.
    pub(crate) fn add_usage(&mut self, usage: &SpanUsage, sign: i64) {
        for (key, value) in &usage.0 {
            self.add_key(*key, sign.saturating_mul(*value), sign);
        }
    }

    /// Adds or takes away a provider.
    pub(crate) fn add_provider(&mut self, provider: Option<i64>, sign: i64) {
        let Some(provider) = provider else { return };
        match self.providers.iter_mut().find(|(known, _)| *known == provider) {
            Some((_, count)) => *count += sign,
            None => self.providers.push((provider, sign)),
        }
        self.providers.retain(|(_, count)| *count != 0);
    }

    /// Adds or takes away the usage of other totals; providers are left alone.
    pub(crate) fn add_totals(&mut self, other: &Totals, sign: i64) {
        for (key, sum, count) in &other.usage {
            self.add_key(*key, sign.saturating_mul(*sum), sign * count);
        }
    }

    fn add_key(&mut self, key: i64, value: i64, count: i64) {
        match self.usage.iter_mut().find(|(known, _, _)| *known == key) {
            Some((_, sum, rows)) => {
                *sum = sum.saturating_add(value);
                *rows += count;
            }
            None => self.usage.push((key, value, count)),
        }
        if count < 0 {
            self.usage.retain(|(_, _, rows)| *rows != 0);
        }
    }

    /// The sum of a key, if any span has it.
    pub(crate) fn sum_of(&self, key: i64) -> Option<i64> {
        self.usage
            .iter()
            .find(|(known, _, _)| *known == key)
            .map(|(_, sum, _)| *sum)
    }

    /// The blob of the column; none when empty.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.usage.is_empty() && self.providers.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(2 + self.usage.len() * 5 + self.providers.len() * 3);
        varint::put(&mut out, self.usage.len() as u64);
        for (key, sum, count) in &self.usage {
            varint::put_signed(&mut out, *key);
            varint::put_signed(&mut out, *sum);
            varint::put_signed(&mut out, *count);
        }
        for (provider, count) in &self.providers {
            varint::put_signed(&mut out, *provider);
            varint::put_signed(&mut out, *count);
        }
        Some(out)
    }

    /// Reads the column.
    pub(crate) fn decode(blob: Option<&[u8]>) -> Totals {
        let mut totals = Totals::default();
        let Some(mut bytes) = blob else { return totals };
        let keys = varint::take(&mut bytes).unwrap_or(0);
        for _ in 0..keys {
            let (Some(key), Some(sum), Some(count)) = (
                varint::take_signed(&mut bytes),
                varint::take_signed(&mut bytes),
                varint::take_signed(&mut bytes),
            ) else {
                break;
            };
            totals.usage.push((key, sum, count));
        }
        while let Some(provider) = varint::take_signed(&mut bytes)
            && let Some(count) = varint::take_signed(&mut bytes)
        {
            totals.providers.push((provider, count));
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_away_what_was_added_leaves_nothing() {
        let first = SpanUsage(SmallVec::from_slice(&[(1, 10), (2, 0)]));
        let second = SpanUsage(SmallVec::from_slice(&[(1, 5)]));
        let mut totals = Totals::default();
        totals.add_usage(&first, 1);
        totals.add_usage(&second, 1);
        totals.add_provider(Some(7), 1);
        assert_eq!(totals.sum_of(1), Some(15));
        assert_eq!(totals.sum_of(2), Some(0));
        assert_eq!(Totals::decode(totals.encode().as_deref()), totals);
        totals.add_usage(&first, -1);
        assert_eq!(totals.sum_of(2), None);
        totals.add_usage(&second, -1);
        totals.add_provider(Some(7), -1);
        assert_eq!(totals, Totals::default());
        assert_eq!(totals.encode(), None);
    }
}
