//! Frames: payload fields as they lie in the database.
//!
//! Each field of a row is one frame: a byte that says how it is stored, then the bytes. Long enough text is
//! compressed with zstd at level 3, with a dictionary trained on earlier payloads of the same field as soon as there
//! is one: payloads of one application resemble each other so much that the dictionary more than halves them.
//! Dictionaries are rows of the database and never change; a frame names its own in its zstd header.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use zstd::zstd_safe::{self, CCtx, CDict, DCtx, DDict};

/// Text shorter than this is stored as it is: a zstd frame would not be smaller.
const MIN_COMPRESSED: usize = 48;

/// Level of zstd: the best trade of size against time for these payloads.
pub(crate) const LEVEL: i32 = 3;

/// Payloads beyond this many bytes do not exist: a JSON string is limited to 100 MiB and a body to less than this.
const MAX_TEXT: usize = 2 << 30;

/// A thread keeps its buffer from payload to payload up to this size.
const MAX_KEPT_BUFFER: usize = 1 << 20;

const TAG_RAW: u8 = 0;
const TAG_ZSTD: u8 = 1;
const TAG_DICTIONARY: u8 = 2;

/// Which dictionary applies. Traces and spans share theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    /// `input`, also used for nothing else.
    Input,
    /// `output`
    Output,
    /// `metadata`
    Metadata,
    /// `error_info`
    Error,
    /// `data` of a dataset item.
    Item,
}

/// Number of fields.
pub(crate) const FIELDS: usize = Field::ALL.len();

impl Field {
    /// All fields.
    pub(crate) const ALL: [Field; 5] = [Field::Input, Field::Output, Field::Metadata, Field::Error, Field::Item];

    /// The number under which the dictionaries of the field are stored.
    pub(crate) fn number(self) -> i64 {
        match self {
            Field::Input => 0,
            Field::Output => 1,
            Field::Metadata => 2,
            Field::Error => 3,
            Field::Item => 4,
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// A stored frame cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The frame has no bytes or an unknown first byte.
    #[error("payload frame is malformed")]
    Malformed,
    /// The dictionary that the frame names is not in the database.
    #[error("payload dictionary {0} is missing")]
    UnknownDictionary(u32),
    /// zstd refuses the bytes, or they are no text.
    #[error("payload frame is corrupt: {0}")]
    Corrupt(&'static str),
}

struct Encoder {
    dictionary: CDict<'static>,
}

/// Compresses and inflates frames. Shared by all threads.
pub(crate) struct Codec {
    current: RwLock<[Option<Arc<Encoder>>; FIELDS]>,
    decoders: RwLock<HashMap<u32, Arc<DDict<'static>>>>,
}

thread_local! {
    static COMPRESSOR: RefCell<(CCtx<'static>, Vec<u8>)> = RefCell::new((CCtx::create(), Vec::new()));
    static INFLATER: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

impl Codec {
    /// A codec without dictionaries.
    pub(crate) fn new() -> Codec {
        Codec {
            current: RwLock::new([const { None }; FIELDS]),
            decoders: RwLock::new(HashMap::new()),
        }
    }

    /// Makes a stored dictionary known; the last one of a field is used for new frames.
    pub(crate) fn add_dictionary(&self, field: Field, bytes: &[u8]) {
        let Some(id) = zstd_safe::get_dict_id_from_dict(bytes) else {
            return;
        };
        self.decoders.write().insert(id.get(), Arc::new(DDict::create(bytes)));
        let encoder = Encoder {
            dictionary: CDict::create(bytes, LEVEL),
        };
        self.current.write()[field.index()] = Some(Arc::new(encoder));
    }

    /// The frame of a text.
    pub(crate) fn encode(&self, field: Field, text: &str) -> Vec<u8> {
        if text.len() < MIN_COMPRESSED {
            return raw_frame(text);
        }
        let encoder = self.current.read()[field.index()].clone();
        COMPRESSOR.with_borrow_mut(|(compressor, body)| {
            body.clear();
            body.reserve(zstd_safe::compress_bound(text.len()));
            let written = match &encoder {
                Some(encoder) => compressor.compress_using_cdict(body, text.as_bytes(), &encoder.dictionary),
                None => compressor.compress(body, text.as_bytes(), LEVEL),
            };
            let frame = match written {
                Ok(_) if body.len() < text.len() => {
                    let tag = if encoder.is_some() { TAG_DICTIONARY } else { TAG_ZSTD };
                    let mut frame = Vec::with_capacity(1 + body.len());
                    frame.push(tag);
                    frame.extend_from_slice(body);
                    frame
                }
                _ => raw_frame(text),
            };
            if body.capacity() > MAX_KEPT_BUFFER {
                *body = Vec::new();
            }
            frame
        })
    }

    /// The text of a frame.
    pub(crate) fn decode(&self, frame: &[u8]) -> Result<String, FrameError> {
        let mut text = Vec::new();
        self.decode_into(frame, &mut text)?;
        String::from_utf8(text).map_err(|_| FrameError::Corrupt("not utf-8"))
    }

    /// The text of a frame, written over the content of `text`, which may be reused from frame to frame.
    pub(crate) fn decode_into(&self, frame: &[u8], text: &mut Vec<u8>) -> Result<(), FrameError> {
        text.clear();
        let (&tag, body) = frame.split_first().ok_or(FrameError::Malformed)?;
        if tag == TAG_RAW {
            text.extend_from_slice(body);
            return Ok(());
        }
        let size = zstd_safe::get_frame_content_size(body)
            .ok()
            .flatten()
            .ok_or(FrameError::Malformed)?;
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size <= MAX_TEXT)
            .ok_or(FrameError::Malformed)?;
        text.reserve(size);
        let inflated = match tag {
            TAG_ZSTD => INFLATER.with_borrow_mut(|inflater| inflater.decompress(text, body)),
            TAG_DICTIONARY => {
                let id = zstd_safe::get_dict_id_from_frame(body).map_or(0, std::num::NonZero::get);
                let decoder = self
                    .decoders
                    .read()
                    .get(&id)
                    .cloned()
                    .ok_or(FrameError::UnknownDictionary(id))?;
                INFLATER.with_borrow_mut(|inflater| inflater.decompress_using_ddict(text, body, &decoder))
            }
            _ => return Err(FrameError::Malformed),
        };
        inflated
            .map(|_| ())
            .map_err(|code| FrameError::Corrupt(zstd_safe::get_error_name(code)))
    }
}

fn raw_frame(text: &str) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 1);
    frame.push(TAG_RAW);
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: usize) -> String {
        format!(
            "{{\"messages\":[{{\"role\":\"user\",\"content\":\"what is the state of order {n} of customer {}\"}}],\"temperature\":0.{n}}}",
            n * 7
        )
    }

    #[test]
    fn frames_round_trip_with_and_without_dictionary() {
        let codec = Codec::new();
        let early = codec.encode(Field::Input, &sample(1));
        let samples: Vec<String> = (0..2_000).map(sample).collect();
        let dictionary = zstd::dict::from_samples(&samples, 16 * 1024).unwrap();
        codec.add_dictionary(Field::Input, &dictionary);
        let late = codec.encode(Field::Input, &sample(3));
        assert!(late.len() * 2 < early.len(), "{} against {}", late.len(), early.len());
        assert_eq!(codec.decode(&early).unwrap(), sample(1));
        assert_eq!(codec.decode(&late).unwrap(), sample(3));
        assert!(matches!(
            Codec::new().decode(&late),
            Err(FrameError::UnknownDictionary(_))
        ));
    }

    #[test]
    fn short_text_stays_as_it_is_and_damage_is_an_error() {
        let codec = Codec::new();
        assert_eq!(codec.decode(&codec.encode(Field::Output, "{}")).unwrap(), "{}");
        assert!(codec.decode(&[]).is_err());
        assert!(codec.decode(&[9, 1, 2]).is_err());
        let mut frame = codec.encode(Field::Output, &sample(5).repeat(10));
        frame.truncate(frame.len() - 3);
        assert!(codec.decode(&frame).is_err());
    }
}
