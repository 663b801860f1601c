//! Sets of rows.

use super::column::{CHUNK, CHUNK_BITS, Column, Values};

/// Words of 64 rows in a chunk.
const CHUNK_WORDS: usize = CHUNK / 64;

/// A set of rows, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// No row of so many.
    pub(crate) fn none(len: usize) -> Bits {
        Bits {
            words: vec![0; len.div_ceil(64)],
            len,
        }
    }

    /// Appends a row.
    pub(crate) fn push(&mut self, on: bool) {
        if self.len & 63 == 0 {
            self.words.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, on);
    }

    /// Whether a row is in the set.
    pub(crate) fn get(&self, row: usize) -> bool {
        self.words[row >> 6] >> (row & 63) & 1 != 0
    }

    /// Takes a row in or out.
    pub(crate) fn set(&mut self, row: usize, on: bool) {
        let bit = 1 << (row & 63);
        if on {
            self.words[row >> 6] |= bit;
        } else {
            self.words[row >> 6] &= !bit;
        }
    }

    /// Takes all rows out.
    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Rows in the set.
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Keeps the rows that are in the other set as well, or with `negated` those that are not.
    pub(crate) fn keep(&mut self, other: &Bits, negated: bool) {
        let flip = if negated { u64::MAX } else { 0 };
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other ^ flip;
        }
    }

    /// Numbers of the chunks that hold rows of the set.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = usize> {
        self.words
            .chunks(CHUNK_WORDS)
            .enumerate()
            .filter(|(_, words)| words.iter().any(|word| *word != 0))
            .map(|(number, _)| number)
    }

    fn chunk_words(&self, number: usize) -> std::ops::Range<usize> {
        let start = number * CHUNK_WORDS;
        start..(start + CHUNK_WORDS).min(self.words.len())
    }

    /// Calls `visit` with the place inside of the chunk of each row of the set.
    pub(crate) fn each_in_chunk(&self, number: usize, mut visit: impl FnMut(usize)) {
        for (offset, word) in self.words[self.chunk_words(number)].iter().enumerate() {
            let base = offset << 6;
            if *word == u64::MAX {
                for index in base..base + 64 {
                    visit(index);
                }
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                visit(base + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    /// Puts the places inside of the chunk of the rows of the set into a list.
    pub(crate) fn list_chunk(&self, number: usize, places: &mut Vec<u16>) {
        places.clear();
        self.each_in_chunk(number, |index| places.push(index as u16));
    }

    /// Rows of the set in a chunk.
    pub(crate) fn count_in_chunk(&self, number: usize) -> usize {
        self.words[self.chunk_words(number)]
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// All rows of the set.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(number, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let row = (number << 6) + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(row)
            })
        })
    }

    /// Rows of the set, on average one in `step`, which is at least 1.
    pub(crate) fn every(&self, step: usize) -> impl Iterator<Item = usize> {
        let (mut skip, mut noise) = (0, 0x9e37_79b9_7f4a_7c15_u64);
        // Varying steps, so that rows that repeat in a rhythm are all met.
        let mut next = move || {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            usize::try_from(noise >> 33).unwrap_or(0) % (2 * step - 1)
        };
        self.words.iter().enumerate().flat_map(move |(number, word)| {
            let mut rest = *word;
            let mut found = smallvec::SmallVec::<[usize; 64]>::new();
            let mut left = rest.count_ones() as usize;
            while skip < left {
                for _ in 0..skip {
                    rest &= rest - 1;
                }
                found.push((number << 6) + rest.trailing_zeros() as usize);
                rest &= rest - 1;
                left -= skip + 1;
                skip = next();
            }
            skip -= left;
            found
        })
    }

    /// Keeps the rows whose value passes.
    pub(crate) fn retain(&mut self, column: &Column, mut passes: impl FnMut(i64) -> bool) {
        let mut buffer = Vec::new();
        let numbers: Vec<usize> = self.chunks().collect();
        for number in numbers {
            match column.chunk(number, &mut buffer) {
                Values::Same(value) => {
                    if !passes(value) {
                        let words = self.chunk_words(number);
                        self.words[words].fill(0);
                    }
                }
                Values::Each(values) => self.retain_values(number, values, &mut passes),
            }
        }
    }

    fn retain_values(&mut self, number: usize, values: &[i64], passes: &mut impl FnMut(i64) -> bool) {
        let words = self.chunk_words(number);
        for (word, values) in self.words[words].iter_mut().zip(values.chunks(64)) {
            if word.count_ones() > 16 {
                let mut mask = 0;
                for (bit, value) in values.iter().enumerate() {
                    mask |= u64::from(passes(*value)) << bit;
                }
                *word &= mask;
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                if !passes(values[bit as usize]) {
                    *word &= !(1 << bit);
                }
                rest &= rest - 1;
            }
        }
    }

    /// Keeps the rows of a chunk that pass, by their place in the chunk.
    pub(crate) fn retain_chunk(&mut self, number: usize, mut passes: impl FnMut(usize) -> bool) {
        let words = self.chunk_words(number);
        let rows = self.len - (number << CHUNK_BITS);
        for (offset, word) in self.words[words].iter_mut().enumerate() {
            let base = offset << 6;
            if word.count_ones() > 16 {
                let mut mask = 0;
                for bit in 0..64.min(rows - base) {
                    mask |= u64::from(passes(base + bit)) << bit;
                }
                *word &= mask;
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                if !passes(base + bit as usize) {
                    *word &= !(1 << bit);
                }
                rest &= rest - 1;
            }
        }
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_rows_that_pass() {
        let rows = CHUNK + 1_000;
        let mut column = Column::default();
        let mut bits = Bits::default();
        for row in 0..rows {
            column.push(i64::try_from(row % 10).unwrap());
            bits.push(row % 3 != 0);
        }
        bits.retain(&column, |value| value >= 5);
        let expected: Vec<usize> = (0..rows).filter(|row| row % 3 != 0 && row % 10 >= 5).collect();
        assert_eq!(bits.rows().collect::<Vec<_>>(), expected);
        assert_eq!(bits.count(), expected.len());
        bits.retain(&column, |value| value == 7);
        assert!(bits.rows().all(|row| row % 10 == 7 && row % 3 != 0));
        let mut seen = 0;
        for number in bits.chunks() {
            bits.each_in_chunk(number, |_| seen += 1);
        }
        assert_eq!(seen, bits.count());
        let kept = bits.clone();
        bits.keep(&kept, true);
        assert_eq!(bits.count(), 0);
        assert_eq!(bits.chunks().count(), 0);
    }
}
