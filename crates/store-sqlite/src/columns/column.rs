//! One column: whole numbers in the order of the rows, in chunks that each use as few bytes as their values allow.
//!
//! A full chunk is packed: its values are kept as multiples of a unit above a base, in one, two or four bytes, or as a
//! single value when all are the same. Instants of one application, counts and numbers of interned strings shrink to a
//! fraction that way, and reading a chunk is one multiplication a value.

/// Stands for a missing value.
pub(crate) const NULL: i64 = i64::MIN;

/// Binary logarithm of [`CHUNK`]; tests have enough rows for several chunks.
pub(crate) const CHUNK_BITS: usize = if cfg!(test) { 8 } else { 14 };

/// Rows of a chunk.
pub(crate) const CHUNK: usize = 1 << CHUNK_BITS;

/// Packed chunks that may stay open after changes before they are packed again.
const MAX_LOOSE: usize = 24;

#[derive(Debug, Clone)]
struct Packed<T> {
    base: i64,
    unit: i64,
    codes: Box<[T]>,
}

#[derive(Debug, Clone)]
enum Chunk {
    /// Plain values; the last chunk, and changed ones for a while.
    Open(Vec<i64>),
    /// The same value in all rows.
    Same(i64),
    Byte(Packed<u8>),
    Short(Packed<u16>),
    Word(Packed<u32>),
    Wide(Box<[i64]>),
}

/// A number of a packed chunk; the greatest one stands for a missing value.
trait Code: Copy + Eq {
    const MISSING: Self;
    fn widen(self) -> u64;
    fn narrow(value: u64) -> Option<Self>;
}

macro_rules! code {
    ($($type:ty),*) => {$(
        impl Code for $type {
            const MISSING: Self = <$type>::MAX;
            fn widen(self) -> u64 {
                u64::from(self)
            }
            fn narrow(value: u64) -> Option<Self> {
                <$type>::try_from(value).ok().filter(|code| *code != Self::MISSING)
            }
        }
    )*};
}

code!(u8, u16, u32);

impl<T: Code> Packed<T> {
    /// Packs values that are known to fit.
    fn of(values: &[i64], base: i64, unit: i64) -> Packed<T> {
        let packed = Packed {
            base,
            unit,
            codes: Box::default(),
        };
        let codes = values
            .iter()
            .map(|value| packed.code(*value).unwrap_or(T::MISSING))
            .collect();
        Packed { codes, ..packed }
    }

    fn value(&self, code: T) -> i64 {
        if code == T::MISSING {
            return NULL;
        }
        self.base
            .wrapping_add(code.widen().cast_signed().wrapping_mul(self.unit))
    }

    fn code(&self, value: i64) -> Option<T> {
        if value == NULL {
            return Some(T::MISSING);
        }
        let above = value
            .checked_sub(self.base)
            .filter(|above| *above >= 0)?
            .cast_unsigned();
        let unit = self.unit.cast_unsigned();
        if unit == 1 {
            return T::narrow(above);
        }
        if above % unit == 0 {
            T::narrow(above / unit)
        } else {
            None
        }
    }

    fn unpack(&self, into: &mut Vec<i64>) {
        into.extend(self.codes.iter().map(|code| self.value(*code)));
    }

    fn set(&mut self, index: usize, value: i64) -> bool {
        let Some(code) = self.code(value) else { return false };
        self.codes[index] = code;
        true
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The smallest form of a full chunk.
fn pack(values: Vec<i64>) -> Chunk {
    let present = || values.iter().copied().filter(|value| *value != NULL);
    let Some(base) = present().min() else {
        return Chunk::Same(NULL);
    };
    let top = present().max().unwrap_or(base);
    if base == top && !values.contains(&NULL) {
        return Chunk::Same(base);
    }
    let Some(range) = top.checked_sub(base).map(i64::cast_unsigned) else {
        return Chunk::Wide(values.into_boxed_slice());
    };
    let unit = if range < u64::from(u16::MAX) {
        1
    } else {
        let mut unit = 0;
        for value in present() {
            let above = (value - base).cast_unsigned();
            if unit == 0 || above % unit != 0 {
                unit = greatest_common_divisor(unit, above);
            }
            if unit == 1 {
                break;
            }
        }
        unit.max(1)
    };
    let greatest = range / unit;
    let unit = unit.cast_signed();
    if greatest < u64::from(u8::MAX) {
        Chunk::Byte(Packed::of(&values, base, unit))
    } else if greatest < u64::from(u16::MAX) {
        Chunk::Short(Packed::of(&values, base, unit))
    } else if greatest < u64::from(u32::MAX) {
        Chunk::Word(Packed::of(&values, base, unit))
    } else {
        Chunk::Wide(values.into_boxed_slice())
    }
}

impl Chunk {
    fn get(&self, index: usize) -> i64 {
        match self {
            Chunk::Open(values) => values[index],
            Chunk::Same(value) => *value,
            Chunk::Byte(packed) => packed.value(packed.codes[index]),
            Chunk::Short(packed) => packed.value(packed.codes[index]),
            Chunk::Word(packed) => packed.value(packed.codes[index]),
            Chunk::Wide(values) => values[index],
        }
    }

    /// Sets a value; false when the packed form has no room for it.
    fn set(&mut self, index: usize, value: i64) -> bool {
        match self {
            Chunk::Open(values) => values[index] = value,
            Chunk::Same(same) => return *same == value,
            Chunk::Byte(packed) => return packed.set(index, value),
            Chunk::Short(packed) => return packed.set(index, value),
            Chunk::Word(packed) => return packed.set(index, value),
            Chunk::Wide(values) => values[index] = value,
        }
        true
    }

    fn unpack(&self) -> Vec<i64> {
        let mut values = Vec::with_capacity(CHUNK);
        match self {
            Chunk::Open(open) => values.extend_from_slice(open),
            Chunk::Same(value) => values.resize(CHUNK, *value),
            Chunk::Byte(packed) => packed.unpack(&mut values),
            Chunk::Short(packed) => packed.unpack(&mut values),
            Chunk::Word(packed) => packed.unpack(&mut values),
            Chunk::Wide(wide) => values.extend_from_slice(wide),
        }
        values
    }

    fn bytes(&self) -> usize {
        match self {
            Chunk::Open(values) => values.capacity() * 8,
            Chunk::Same(_) => 0,
            Chunk::Byte(packed) => packed.codes.len(),
            Chunk::Short(packed) => packed.codes.len() * 2,
            Chunk::Word(packed) => packed.codes.len() * 4,
            Chunk::Wide(values) => values.len() * 8,
        }
    }
}

/// The values of one chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Values<'a> {
    /// All rows have this one.
    Same(i64),
    /// One a row.
    Each(&'a [i64]),
}

impl Values<'_> {
    /// The value of a row, by its place in the chunk.
    pub(crate) fn at(&self, index: usize) -> i64 {
        match self {
            Values::Same(value) => *value,
            Values::Each(values) => values[index],
        }
    }
}

/// A column of whole numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    chunks: Vec<Chunk>,
    len: usize,
    /// Full chunks that changes have opened.
    loose: Vec<usize>,
}

impl Column {
    /// A column in which so many rows have no value.
    pub(crate) fn missing(rows: usize) -> Column {
        let full = rows >> CHUNK_BITS;
        let mut chunks = vec![Chunk::Same(NULL); full];
        let rest = rows - (full << CHUNK_BITS);
        if rest > 0 {
            chunks.push(Chunk::Open(vec![NULL; rest]));
        }
        Column {
            chunks,
            len: rows,
            loose: Vec::new(),
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends a row.
    pub(crate) fn push(&mut self, value: i64) {
        let index = self.len & (CHUNK - 1);
        if index == 0 {
            self.chunks.push(Chunk::Open(Vec::new()));
        }
        self.len += 1;
        let Some(last) = self.chunks.last_mut() else { return };
        if let Chunk::Open(values) = last {
            values.push(value);
            if values.len() == CHUNK {
                *last = pack(std::mem::take(values));
            }
        }
    }

    /// The value of a row.
    pub(crate) fn get(&self, row: usize) -> i64 {
        self.chunks[row >> CHUNK_BITS].get(row & (CHUNK - 1))
    }

    /// Replaces the value of a row.
    pub(crate) fn set(&mut self, row: usize, value: i64) {
        let number = row >> CHUNK_BITS;
        if self.open_to_set(number, row & (CHUNK - 1), value) && self.loose.len() > MAX_LOOSE {
            self.pack_loose();
        }
    }

    /// Replaces the value of a row without ever packing; [`Column::pack_loose`] has to follow the last call.
    pub(crate) fn set_many(&mut self, row: usize, value: i64) {
        self.open_to_set(row >> CHUNK_BITS, row & (CHUNK - 1), value);
    }

    fn open_to_set(&mut self, number: usize, index: usize, value: i64) -> bool {
        let chunk = &mut self.chunks[number];
        if chunk.set(index, value) {
            return false;
        }
        let mut values = chunk.unpack();
        values[index] = value;
        *chunk = Chunk::Open(values);
        self.loose.push(number);
        true
    }

    /// Packs the chunks that changes have opened.
    pub(crate) fn pack_loose(&mut self) {
        for number in std::mem::take(&mut self.loose) {
            if let Chunk::Open(values) = &mut self.chunks[number] {
                self.chunks[number] = pack(std::mem::take(values));
            }
        }
    }

    /// The values of a chunk; `buffer` is used when they have to be unpacked.
    pub(crate) fn chunk<'a>(&'a self, number: usize, buffer: &'a mut Vec<i64>) -> Values<'a> {
        buffer.clear();
        match &self.chunks[number] {
            Chunk::Open(values) => return Values::Each(values),
            Chunk::Wide(values) => return Values::Each(values),
            Chunk::Same(value) => return Values::Same(*value),
            Chunk::Byte(packed) => packed.unpack(buffer),
            Chunk::Short(packed) => packed.unpack(buffer),
            Chunk::Word(packed) => packed.unpack(buffer),
        }
        Values::Each(buffer)
    }

    /// Number of rows of a chunk.
    pub(crate) fn rows_of_chunk(&self, number: usize) -> usize {
        (self.len - (number << CHUNK_BITS)).min(CHUNK)
    }

    /// Number of chunks.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.chunks.len() * size_of::<Chunk>() + self.chunks.iter().map(Chunk::bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(column: &Column) -> Vec<i64> {
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        for number in 0..column.len().div_ceil(CHUNK) {
            let rows = (column.len() - number * CHUNK).min(CHUNK);
            match column.chunk(number, &mut buffer) {
                Values::Same(value) => found.extend(std::iter::repeat_n(value, rows)),
                Values::Each(values) => found.extend_from_slice(values),
            }
        }
        found
    }

    #[test]
    fn full_chunks_take_as_few_bytes_as_their_values_allow() {
        let start = 1_700_000_000_000_000_000_i64;
        for (values, bytes) in [
            ((|_| 7) as fn(i64) -> i64, 0),
            (|_| NULL, 0),
            (|n| n % 200, CHUNK),
            (|n| if n % 2 == 0 { NULL } else { n % 200 - 100 }, CHUNK),
            (|n| n * 1_000_000_000_000, 2 * CHUNK),
            (|n| 1_700_000_000_000_000_000 + n * 137_000, 2 * CHUNK),
            (|n| 1_700_000_000_000_000_000 + n * 137_000 + n % 7, 4 * CHUNK),
            (|n| n * 0x1234_5678_9abc, 2 * CHUNK),
            (|n| n * n * n * 100_003 + n, 8 * CHUNK),
            (|n| if n == 0 { i64::MIN + 1 } else { i64::MAX - n }, 8 * CHUNK),
        ] {
            let values: Vec<i64> = (0..CHUNK as i64).map(values).collect();
            let mut column = Column::default();
            values.iter().for_each(|value| column.push(*value));
            assert_eq!(all(&column), values);
            assert_eq!(column.bytes() - size_of::<Chunk>(), bytes, "{start} {:?}", &values[..3]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn agrees_with_a_list(
            spread in prop_oneof![Just(1_i64), Just(200), Just(60_000), Just(4_000_000_000), Just(i64::MAX)],
            unit in prop_oneof![Just(1_i64), Just(1_000)],
            rows in 1_usize..3 * CHUNK,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<i64>()), 0..80),
            gaps in any::<bool>(),
        ) {
            let mut seed = 88_172_645_463_325_252_u64;
            let mut next = || {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed.cast_signed()
            };
            let mut expected: Vec<i64> = (0..rows)
                .map(|_| if gaps && next() % 3 == 0 { NULL } else { (next() % spread).wrapping_mul(unit) })
                .collect();
            let mut column = Column::default();
            expected.iter().for_each(|value| column.push(*value));
            for (row, value) in changes {
                let row = row.index(rows);
                expected[row] = value;
                column.set(row, value);
            }
            prop_assert_eq!(&all(&column), &expected);
            column.pack_loose();
            prop_assert_eq!(&all(&column), &expected);
            for (row, value) in expected.iter().enumerate().step_by(977) {
                prop_assert_eq!(column.get(row), *value);
            }
        }
    }
}
