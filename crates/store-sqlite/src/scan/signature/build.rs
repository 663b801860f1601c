//! From the texts of rows to the slices of a segment.

use std::ops::Range;

use ferropik_query::{fold, unescape};

use super::{ANYTHING, BITS, NOWHERE, SEGMENT_ROWS, WORDS, each_bit, group_slices, slice_bytes};

/// Rows of a block at most: all of them are read when the block may match.
const MAX_BLOCK_ROWS: usize = 64;

/// Share of the bits that a block may have set, in percent, when there is space enough. Otherwise it may have more, in the
/// end all, and excludes less.
const FILL_PERCENT: usize = 30;

/// A row with more bits set than this, in percent, is not worth having any.
const MAX_FILL_PERCENT: usize = 75;

/// Most bytes that signatures may take for each row.
const MAX_ROW_BYTES: usize = 240;

/// Bytes for each row that signatures may take in any case.
const MIN_ROW_BYTES: usize = 40;

/// Otherwise signatures may take this part of the text, in percent.
const TEXT_PERCENT: usize = 7;

/// The bits of a set of grams.
pub(super) struct Bits(Box<[u64; WORDS]>);

impl Bits {
    fn none() -> Bits {
        Bits(Box::new([0; WORDS]))
    }

    fn set(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn count_with(&self, other: &Bits) -> usize {
        self.0
            .iter()
            .zip(other.0.iter())
            .map(|(a, b)| (a | b).count_ones() as usize)
            .sum()
    }

    fn add(&mut self, other: &Bits) {
        for (word, other) in self.0.iter_mut().zip(other.0.iter()) {
            *word |= other;
        }
    }

    fn each(&self, mut visit: impl FnMut(usize)) {
        for (index, word) in self.0.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                visit(index * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }
}

/// The grams of one row.
pub(super) struct RowBits {
    seq: i64,
    /// Rows with the same one are put together.
    likeness: (i64, i64),
    bits: Bits,
    text_bytes: usize,
}

impl RowBits {
    /// A row without text. Rows of the same `likeness` are put into the same blocks.
    pub(super) fn new(seq: i64, likeness: (i64, i64)) -> RowBits {
        RowBits {
            seq,
            likeness,
            bits: Bits::none(),
            text_bytes: 0,
        }
    }

    /// Adds a searched text.
    pub(super) fn add(&mut self, text: &str) {
        self.text_bytes += text.len();
        self.add_form(text);
    }

    /// Adds a searched JSON text: searches look at it as it is, and with its escapes resolved.
    pub(super) fn add_json(&mut self, json: &str) {
        self.add(json);
        if json.contains('\\') {
            self.add_form(&unescape(json));
        }
    }

    fn add_form(&mut self, text: &str) {
        let bits = &mut self.bits;
        if text.is_ascii() {
            each_bit(text.bytes().map(|byte| byte.to_ascii_lowercase()), |bit| bits.set(bit));
        } else {
            each_bit(fold(text).bytes(), |bit| bits.set(bit));
        }
    }
}

/// A segment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Built {
    blocks: usize,
    /// The block of each row.
    places: Vec<u16>,
    /// All slices, bit by bit.
    slices: Vec<u8>,
}

impl Built {
    /// A segment of rows whose numbers begin at `first`.
    pub(super) fn new(first: i64, mut rows: Vec<RowBits>) -> Built {
        let mut places = vec![NOWHERE; usize::try_from(SEGMENT_ROWS).unwrap_or(0)];
        let mut put = |row: &RowBits, place: u16| {
            if let Some(slot) = usize::try_from(row.seq - first)
                .ok()
                .and_then(|index| places.get_mut(index))
            {
                *slot = place;
            }
        };
        rows.retain(|row| row.text_bytes > 0);
        let text_bytes: usize = rows.iter().map(|row| row.text_bytes).sum();
        let share = (rows.len() * MAX_ROW_BYTES).min(text_bytes * TEXT_PERCENT / 100);
        let most_blocks = share.max(rows.len() * MIN_ROW_BYTES) / (BITS / 8);
        let mut sized: Vec<(usize, RowBits)> = rows.into_iter().map(|row| (row.bits.count(), row)).collect();
        sized.retain(|(count, row)| {
            let is_selective = *count <= BITS * MAX_FILL_PERCENT / 100;
            if !is_selective {
                put(row, ANYTHING);
            }
            is_selective
        });
        // Rows with much text apart, so that they do not keep the others from sharing blocks.
        sized.sort_unstable_by_key(|(count, row)| (row.likeness, *count > BITS * FILL_PERCENT / 200, row.seq));
        let rows: Vec<RowBits> = sized.into_iter().map(|(_, row)| row).collect();
        let mut fill = FILL_PERCENT;
        let mut blocks = pack(&rows, BITS * fill / 100);
        while blocks.len() > most_blocks.max(1) && fill < 100 {
            fill = (fill + 3).min(100);
            blocks = pack(&rows, BITS * fill / 100);
        }
        let width = slice_bytes(blocks.len());
        let mut slices = vec![0_u8; BITS * width];
        for (number, range) in blocks.iter().enumerate() {
            for row in &rows[range.clone()] {
                put(row, u16::try_from(number).unwrap_or(ANYTHING));
                row.bits
                    .each(|bit| slices[bit * width + number / 8] |= 1 << (number % 8));
            }
        }
        Built {
            blocks: blocks.len(),
            places,
            slices,
        }
    }

    /// Number of blocks: fewer than rows, as each has at least one.
    pub(super) fn blocks(&self) -> u16 {
        u16::try_from(self.blocks).unwrap_or(u16::MAX)
    }

    /// The groups of slices.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u8]> {
        self.slices
            .chunks((group_slices(self.blocks) * slice_bytes(self.blocks)).max(1))
    }

    /// The places as bytes.
    pub(super) fn place_bytes(&self) -> Vec<u8> {
        self.places.iter().flat_map(|place| place.to_le_bytes()).collect()
    }
}

/// Divides rows into blocks that have at most `limit` bits set, or hold a single row.
fn pack(rows: &[RowBits], limit: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut bits = Bits::none();
    for (index, row) in rows.iter().enumerate() {
        let is_full = index - start >= MAX_BLOCK_ROWS || bits.count_with(&row.bits) > limit;
        if index > start && is_full {
            blocks.push(start..index);
            start = index;
            bits = Bits::none();
        }
        bits.add(&row.bits);
    }
    if start < rows.len() {
        blocks.push(start..rows.len());
    }
    blocks
}

#[cfg(test)]
mod tests {
    use ferropik_query::{Needle, TextMode, TextOp, text_test};
    use proptest::prelude::*;

    use super::*;

    fn row(seq: i64, likeness: i64, text: &str) -> RowBits {
        let mut row = RowBits::new(seq, (1, likeness));
        row.add_json(text);
        row
    }

    #[test]
    fn rows_alike_share_a_block_and_empty_ones_are_nowhere() {
        let mut rows: Vec<RowBits> = (0..100)
            .map(|n| row(8_000 + n, n % 2, &format!("the same text {n}")))
            .collect();
        rows.push(row(8_200, 0, ""));
        let built = Built::new(8_000, rows);
        assert_eq!(built.blocks, 2);
        assert_eq!(built.places[0], built.places[2]);
        assert_ne!(built.places[0], built.places[99]);
        assert_eq!(built.places[200], NOWHERE);
        assert_eq!(built.slices.len(), BITS);
    }

    #[test]
    fn a_row_with_too_much_text_may_hold_anything() {
        let mut text = String::new();
        for n in 0..200_000_u64 {
            text.push_str(&format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let built = Built::new(0, vec![row(5, 0, &text), row(6, 0, "short")]);
        assert_eq!(built.places[5], ANYTHING);
        assert_eq!(built.places[6], 0);
    }

    #[test]
    fn space_is_limited() {
        let random = |seed: u64| {
            let mut state = seed;
            let mut text = String::new();
            while text.len() < 3_000 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(&(state >> 20).to_string());
            }
            text
        };
        let rows: Vec<RowBits> = (0..400).map(|n| row(n, 0, &random(n.unsigned_abs()))).collect();
        let built = Built::new(0, rows);
        assert!(
            built.slices.len() <= 400 * MAX_ROW_BYTES + BITS,
            "{}",
            built.slices.len()
        );
    }

    /// Text of pieces that fold, escape or encode in uncommon ways.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[ -~]{0,6}",
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "\\u00e9",
                "\\n",
                "\\\"",
                "\\ud83d\\ude00",
                "\\",
                "É",
                "\u{212a}",
                "\u{130}",
                "Σς",
                "straße",
                "😀",
                "\n",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn whatever_holds_a_text_has_its_bits(
            haystack in text(),
            needle in text(),
            from in 0_usize..12,
            length in 0_usize..16,
            upper: bool,
        ) {
            let mut row = RowBits::new(0, (0, 0));
            row.add_json(&haystack);
            let unescaped = unescape(&haystack).into_owned();
            let cut = |text: &str| -> String {
                let part: String = text.chars().skip(from).take(length).collect();
                if upper { part.to_uppercase() } else { part }
            };
            for needle in [needle, cut(&haystack), cut(&unescaped)] {
                let needle = Needle::new(&needle);
                if !text_test(TextOp::Contains, TextMode::Json, Some(&haystack), &needle) {
                    continue;
                }
                each_bit(needle.folded().bytes(), |bit| {
                    assert!(row.bits.0[bit / 64] >> (bit % 64) & 1 != 0, "{haystack:?} {needle:?}");
                });
            }
        }
    }
}
