//! Text source: an order-1 word Markov chain over the prose in `bench/corpus`.
//!
//! Nouns from a word list, reference codes and numbers are mixed in, because a chain over 25 KB of
//! prose alone repeats itself more than real prompts do and would flatter every compressor.

use crate::draw::Draw;
use std::collections::HashMap;
use std::io::Write as _;

const PROSE: [&str; 5] = [
    include_str!("../corpus/operations.txt"),
    include_str!("../corpus/models.txt"),
    include_str!("../corpus/systems.txt"),
    include_str!("../corpus/nature.txt"),
    include_str!("../corpus/everyday.txt"),
];
const NOUNS: &str = include_str!("../corpus/words.txt");

/// Of 65 536 words, how many are followed by an inserted noun, code or number.
const NOUN_SHARE: u32 = 4_400;
const CODE_SHARE: u32 = NOUN_SHARE + 1_300;
const NUMBER_SHARE: u32 = CODE_SHARE + 1_300;
const QUOTE_SHARE: u32 = NUMBER_SHARE + 300;

/// A word that occurs in no corpus text; the generator plants it in 0.1 % of the trace inputs.
pub(crate) const RARE_WORD: &str = "needlewright";

/// A noun of the word list that text searches use as the frequent needle.
pub(crate) const COMMON_WORD: &str = "sextant";

/// The chain: distinct words and, per word, the words seen after it.
pub(crate) struct Corpus {
    words: Vec<&'static str>,
    /// `successors[first[w]..first[w + 1]]` follow word `w`.
    first: Vec<u32>,
    successors: Vec<u32>,
    sentence_starts: Vec<u32>,
    nouns: Vec<&'static str>,
}

impl Corpus {
    /// Builds the chain from the texts compiled into the binary.
    pub(crate) fn new() -> Self {
        let mut ids: HashMap<&'static str, u32> = HashMap::new();
        let mut words: Vec<&'static str> = Vec::new();
        let mut sequence: Vec<u32> = Vec::new();
        for word in PROSE.iter().flat_map(|text| text.split_whitespace()) {
            let id = *ids.entry(word).or_insert_with(|| {
                words.push(word);
                (words.len() - 1) as u32
            });
            sequence.push(id);
        }
        // The end is linked to the beginning so that every word has a successor.
        let mut following: Vec<Vec<u32>> = vec![Vec::new(); words.len()];
        let next_words = sequence.iter().skip(1).chain(sequence.first());
        for (word, next) in sequence.iter().zip(next_words) {
            following[*word as usize].push(*next);
        }
        let sentence_starts = sequence
            .windows(2)
            .filter(|pair| words[pair[0] as usize].ends_with('.'))
            .map(|pair| pair[1])
            .collect();
        let mut first = vec![0];
        let mut successors = Vec::with_capacity(sequence.len());
        for list in following {
            successors.extend(list);
            first.push(successors.len() as u32);
        }
        Self {
            words,
            first,
            successors,
            sentence_starts,
            nouns: NOUNS.split_whitespace().collect(),
        }
    }

    /// Appends about `length` bytes of text (at least that many, at most one word more), already
    /// escaped for use inside a JSON string. The text ends with a full stop.
    pub(crate) fn write_text(&self, draw: &mut Draw, length: usize, out: &mut Vec<u8>) {
        let goal = out.len() + length.saturating_sub(1);
        let mut word = self.sentence_start(draw);
        loop {
            let text = self.words[word as usize];
            out.extend_from_slice(text.as_bytes());
            if out.len() >= goal {
                break;
            }
            let bits = draw.bits();
            let (choice, mix) = (bits >> 16, bits & 0xffff);
            if text.ends_with('.') && choice & 7 == 0 {
                out.extend_from_slice(b"\\n\\n");
                word = self.sentence_start(draw);
                continue;
            }
            out.push(b' ');
            if mix < QUOTE_SHARE {
                self.write_insertion(draw, mix, out);
            }
            let (from, to) = (self.first[word as usize], self.first[word as usize + 1]);
            let index = from + ((choice * (to - from)) >> 16);
            word = self.successors[index as usize];
        }
        if out.last() != Some(&b'.') {
            out.push(b'.');
        }
    }

    /// A noun of the word list.
    pub(crate) fn noun(&self, draw: &mut Draw) -> &'static str {
        self.nouns[draw.below(self.nouns.len() as u64) as usize]
    }

    fn sentence_start(&self, draw: &mut Draw) -> u32 {
        self.sentence_starts[draw.below(self.sentence_starts.len() as u64) as usize]
    }

    fn write_insertion(&self, draw: &mut Draw, mix: u32, out: &mut Vec<u8>) {
        let number = draw.bits();
        let written = match mix {
            0..NOUN_SHARE => write!(out, "{} ", self.noun(draw)),
            NOUN_SHARE..CODE_SHARE => write!(out, "{:x}-{:06} ", number >> 20, number & 0xf_ffff),
            CODE_SHARE..NUMBER_SHARE => write!(out, "{} ", number >> (12 + number % 16)),
            _ => write!(out, "\\\"{}\\\" ", self.noun(draw)),
        };
        written.expect("writing to a vector cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Stream;

    #[test]
    fn corpus_is_large_enough_and_free_of_the_rare_word() {
        let bytes = PROSE.iter().map(|text| text.len()).sum::<usize>() + NOUNS.len();
        assert!((30_000..60_000).contains(&bytes), "{bytes} bytes");
        assert!(!PROSE.iter().any(|text| text.contains(RARE_WORD)) && !NOUNS.contains(RARE_WORD));
        assert!(NOUNS.split_whitespace().any(|word| word == COMMON_WORD));
        assert!(
            !PROSE.iter().any(|text| text.contains(['"', '\\'])),
            "prose must need no escapes"
        );
    }

    #[test]
    fn text_has_the_asked_length_and_is_a_valid_json_string() {
        let corpus = Corpus::new();
        for (row, length) in [(1, 1), (2, 40), (3, 900), (4, 20_000)] {
            let mut text = vec![b'"'];
            corpus.write_text(&mut Draw::new(1, 0, Stream::Text, row), length, &mut text);
            text.push(b'"');
            let written = text.len() - 2;
            assert!((length..length + 40).contains(&written), "{written} bytes for {length}");
            let decoded: String = serde_json::from_slice(&text).expect("valid JSON string");
            assert!(decoded.ends_with('.'));
        }
    }

    #[test]
    fn text_varies_between_rows() {
        let corpus = Corpus::new();
        let text = |row| {
            let mut out = Vec::new();
            corpus.write_text(&mut Draw::new(1, 0, Stream::Text, row), 200, &mut out);
            out
        };
        assert_eq!(text(5), text(5));
        assert_ne!(text(5), text(6));
    }
}
