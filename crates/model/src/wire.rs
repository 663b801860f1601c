//! Lenient reading of wire objects.
//!
//! [`wire_object!`](crate::wire_object) declares a struct whose fields are all optional and reads it the way clients
//! expect: unknown fields are skipped, the last of two equal keys wins (serde's derive refuses the second), `null` is
//! the same as absent. The functions of this module read single fields more leniently than serde does.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use indexmap::{IndexMap, IndexSet};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Usage;

/// Most elements of a batch.
pub const MAX_BATCH: usize = 1000;

/// Most entries that all lists and maps of one body may have together, besides what stays text ([`RawJson`](crate::RawJson)).
///
/// An entry is three bytes on the wire (`{},`) and some hundred in memory, so that a body within its limit could still take
/// far more memory than there is.
pub const MAX_ENTRIES: usize = 500_000;

thread_local! {
    /// How many more entries the body that this thread reads may have; none while it reads none.
    static ENTRIES_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Reads a body of at most [`MAX_ENTRIES`] entries; `null` is `None`.
///
/// # Errors
/// Malformed JSON, a value of the wrong type, too many entries.
pub fn read_body<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<Option<T>> {
    ENTRIES_LEFT.set(Some(MAX_ENTRIES));
    let body = serde_json::from_str::<Option<T>>(text);
    ENTRIES_LEFT.set(None);
    body
}

/// Reads a list of at most [`MAX_ENTRIES`] elements by itself.
///
/// # Errors
/// Anything but an array of such elements, too many of them.
pub fn read_list<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<Vec<T>> {
    Ok(read_body::<Entries<T>>(text)?
        .map(|entries| entries.0)
        .unwrap_or_default())
}

/// Reads an object of at most [`MAX_ENTRIES`] entries by itself.
///
/// # Errors
/// Anything but an object of such values, too many of them.
pub fn read_map<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<IndexMap<String, T>> {
    Ok(read_body::<WireMap<T>>(text)?.map(|map| map.0).unwrap_or_default())
}

fn count_entry<E: Error>() -> Result<(), E> {
    if let Some(left) = ENTRIES_LEFT.get() {
        let Some(left) = left.checked_sub(1) else {
            return Err(E::custom(format_args!(
                "The lists and maps of a body may have at most {MAX_ENTRIES} entries together"
            )));
        };
        ENTRIES_LEFT.set(Some(left));
    }
    Ok(())
}

/// Reads a key and answers its position in a list of known names, without allocating.
#[derive(Clone, Copy)]
pub struct KnownKey(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KnownKey {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KnownKey {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        // `stringify!` keeps the mark of raw identifiers such as `r#type`.
        Ok(self
            .0
            .iter()
            .position(|name| name.strip_prefix("r#").unwrap_or(name) == key))
    }
}

/// Reads the next value of a map as `Option<T>`: `null` is `None`.
///
/// # Errors
/// A value of another type.
pub fn optional<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    map.next_value::<Option<T>>()
}

/// Reads text; numbers and booleans become their JSON text, as clients that are careless about types expect.
///
/// # Errors
/// Arrays and objects.
pub fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    Ok(map.next_value::<Option<LenientText>>()?.map(|text| text.0))
}

/// Reads a list.
///
/// # Errors
/// Anything but an array of such elements.
pub fn list<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<Vec<T>>, A::Error> {
    Ok(map.next_value::<Option<Entries<T>>>()?.map(|entries| entries.0))
}

/// Reads a list that a rule allows to have at most [`MAX_BATCH`] elements. Of a longer one just one more is kept, by which
/// the rule sees that it is too long; the rest is skipped.
///
/// # Errors
/// Anything but an array of such elements.
pub fn batch<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<Vec<T>>, A::Error> {
    Ok(map.next_value::<Option<Batch<T>>>()?.map(|entries| entries.0))
}

/// Reads a list of text, dropping nulls, blank elements and repeated ones.
///
/// # Errors
/// Anything but an array of scalars.
pub fn non_blank_list<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<String>>, A::Error> {
    let list = text_list(map)?;
    Ok(list.map(|list| each_once(list.into_iter().filter(|text| !text.trim().is_empty()))))
}

/// Reads a list of text; nulls become empty text so that validation can point at them.
///
/// # Errors
/// Anything but an array of scalars.
pub fn text_list<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<String>>, A::Error> {
    Ok(list::<A, LenientText>(map)?.map(texts))
}

/// Reads a list of text as [`text_list`] does, of which a rule counts the elements as in [`batch`].
///
/// # Errors
/// Anything but an array of scalars.
pub fn text_batch<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<String>>, A::Error> {
    Ok(batch::<A, LenientText>(map)?.map(texts))
}

/// Reads an object whose keys are the client's.
///
/// # Errors
/// Anything but an object of such values.
pub fn map<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<IndexMap<String, T>>, A::Error> {
    Ok(map.next_value::<Option<WireMap<T>>>()?.map(|map| map.0))
}

/// Reads a list for `#[serde(deserialize_with)]`; `null` is an empty one.
///
/// # Errors
/// Anything but an array of such elements.
pub fn list_or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let entries = Option::<Entries<T>>::deserialize(deserializer)?;
    Ok(entries.map(|entries| entries.0).unwrap_or_default())
}

/// The texts in their order, each once.
pub fn each_once(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    texts.into_iter().collect::<IndexSet<String>>().into_iter().collect()
}

fn texts(list: Vec<LenientText>) -> Vec<String> {
    list.into_iter().map(|text| text.0).collect()
}

/// Reads a double; text that holds a number (also `NaN`) is read too.
///
/// # Errors
/// Anything else.
pub fn double<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<f64>, A::Error> {
    let Some(raw) = map.next_value::<Option<&RawValue>>()? else {
        return Ok(None);
    };
    let text = raw.get().trim_matches('"');
    text.parse::<f64>()
        .map(Some)
        .map_err(|_| A::Error::custom(format_args!("Cannot deserialize value of type `double` from {text}")))
}

/// Reads token usage: an object of integers. Null values are dropped, decimals are cut to their integer part.
///
/// # Errors
/// Values that are no numbers or do not fit in 64 bits.
pub fn usage<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Usage>, A::Error> {
    Ok(map.next_value::<Option<WireUsage>>()?.map(|usage| usage.0))
}

/// Reads a decimal number.
///
/// # Errors
/// Anything that is no number.
pub fn decimal<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<rust_decimal::Decimal>, A::Error> {
    Ok(map
        .next_value::<Option<crate::decimal::WireDecimal>>()?
        .map(|value| value.0))
}

/// Reads any JSON value; an explicit `null` is `None`.
///
/// # Errors
/// Malformed JSON.
pub fn json<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<crate::RawJson>, A::Error> {
    map.next_value::<Option<crate::RawJson>>()
}

/// The elements of a list.
type Entries<T> = FirstEntries<T, { usize::MAX }>;

/// The elements of a list that a rule counts.
type Batch<T> = FirstEntries<T, { MAX_BATCH + 1 }>;

/// The first `MOST` elements of a list.
struct FirstEntries<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for FirstEntries<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
            type Value = FirstEntries<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while list.len() < MOST {
                    let Some(entry) = seq.next_element()? else {
                        return Ok(FirstEntries(list));
                    };
                    count_entry()?;
                    list.push(entry);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(FirstEntries(list))
            }
        }
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

/// An object whose keys are the client's.
struct WireMap<T>(IndexMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for WireMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for MapVisitor<T> {
            type Value = WireMap<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = IndexMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    count_entry()?;
                    entries.insert(key, value);
                }
                Ok(WireMap(entries))
            }
        }
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

/// Text, also that of numbers and booleans; `null` is empty.
struct LenientText(String);

impl<'de> Deserialize<'de> for LenientText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = LenientText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_unit<E: Error>(self) -> Result<LenientText, E> {
                Ok(LenientText(String::new()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<LenientText, E> {
                Ok(LenientText(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<LenientText, E> {
                Ok(LenientText(text))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

struct WireUsage(Usage);

impl<'de> Deserialize<'de> for WireUsage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UsageVisitor;
        impl<'de> Visitor<'de> for UsageVisitor {
            type Value = WireUsage;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of integers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireUsage, A::Error> {
                let mut usage = Usage::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(key) = map.next_key::<String>()? {
                    let Some(raw) = map.next_value::<Option<&RawValue>>()? else {
                        continue;
                    };
                    count_entry()?;
                    usage.insert(key, integer(raw.get()).map_err(A::Error::custom)?);
                }
                Ok(WireUsage(usage))
            }
        }
        deserializer.deserialize_map(UsageVisitor)
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let text = text.trim_matches('"');
    if let Ok(value) = text.parse::<i64>() {
        return Ok(value);
    }
    crate::decimal::parse(text)
        .map(|value| value.trunc())
        .and_then(|value| i64::try_from(value).ok())
        .ok_or_else(|| format!("Cannot deserialize value of type `int` from {text}"))
}

/// Reads a whole wire object, see [`wire_object!`](crate::wire_object).
pub trait WireObject: Default {
    /// The property names, in the order of the declaration.
    const NAMES: &'static [&'static str];

    /// Reads the value of the property at `index` of [`WireObject::NAMES`].
    ///
    /// # Errors
    /// A value of the wrong type.
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a [`WireObject`] from a deserializer.
///
/// # Errors
/// Anything but an object, or a property of the wrong type.
pub fn read_object<'de, T: WireObject, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct ObjectVisitor<T>(PhantomData<T>);
    impl<'de, T: WireObject> Visitor<'de> for ObjectVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
            let mut object = T::default();
            while let Some(key) = map.next_key_seed(KnownKey(T::NAMES))? {
                match key {
                    Some(index) => object.read(index, &mut map)?,
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
            Ok(object)
        }
    }
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// Declares a struct that is read from a JSON object: every field is an `Option` read by the function after `=`
/// (a path into [`wire`](crate::wire) or of the same shape). The property has the field's name.
#[macro_export]
macro_rules! wire_object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* pub $field:ident : $type:ty = $read:path ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, ::utoipa::ToSchema)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $crate::wire::WireObject for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read<'de, A: ::serde::de::MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error> {
                let mut position = 0_usize;
                $(
                    if index == position {
                        self.$field = $read(map)?;
                        return Ok(());
                    }
                    position += 1;
                )*
                debug_assert!(position <= index, "the reader knows the names");
                Ok(())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::read_object(deserializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    wire_object! {
        /// For the tests below.
        #[expect(unreachable_pub, reason = "the macro declares public objects")]
        pub struct Sample {
            /// Text.
            pub name: Option<String> = text,
            /// Double.
            pub ttft: Option<f64> = double,
            /// Usage.
            #[schema(value_type = Object)]
            pub usage: Option<Usage> = usage,
            /// Tags.
            pub tags: Option<Vec<String>> = non_blank_list,
        }
    }

    #[test]
    fn last_key_wins_null_is_absent_unknown_is_ignored() {
        let sample: Sample =
            serde_json::from_str(r#"{"name":"a","x":[{}],"name":"b","ttft":null,"tags":["x"," ",null,"x"]}"#).unwrap();
        assert_eq!(sample.name.as_deref(), Some("b"));
        assert_eq!(sample.ttft, None);
        assert_eq!(sample.tags, Some(vec!["x".to_owned()]));
    }

    wire_object! {
        /// For the tests of lists.
        #[expect(unreachable_pub, reason = "the macro declares public objects")]
        pub struct Lists {
            /// Counted by a rule.
            pub batch: Option<Vec<Sample>> = batch,
            /// Counted by a rule.
            pub names: Option<Vec<String>> = text_batch,
            /// Any number.
            pub list: Option<Vec<Sample>> = list,
            /// Any number.
            #[schema(value_type = Object)]
            pub map: Option<IndexMap<String, i64>> = map,
        }
    }

    fn elements(element: &str, number: usize) -> String {
        vec![element; number].join(",")
    }

    #[test]
    fn of_a_batch_one_element_too_many_is_kept() {
        let read = |number| {
            let (objects, names) = (elements("{}", number), elements("null", number));
            let text = format!(r#"{{"batch":[{objects}],"names":[{names}]}}"#);
            let lists: Lists = serde_json::from_str(&text).unwrap();
            (lists.batch.unwrap().len(), lists.names.unwrap().len())
        };
        for (sent, kept) in [(0, 0), (1000, 1000), (1001, 1001), (5000, 1001)] {
            assert_eq!(read(sent), (kept, kept));
        }
        let long = format!(r#"{{"batch":[{},{{"name":[]}}]}}"#, elements("{}", 1001));
        assert!(serde_json::from_str::<Lists>(&long).is_ok(), "the rest is skipped");
        assert!(serde_json::from_str::<Lists>(r#"{"batch":[{}"#).is_err());
    }

    #[test]
    fn bodies_have_a_limit_of_entries() {
        let half = elements(r#"{"usage":{"a":1}}"#, MAX_ENTRIES / 2);
        let full = format!(r#"{{"list":[{half}],"unknown":[{{}}]}}"#);
        assert!(read_body::<Lists>(&full).is_ok());
        let over = [
            format!(r#"{{"list":[{half}],"map":{{"a":1}}}}"#),
            format!(r#"{{"list":[{half},{{}}]}}"#),
            format!(r#"{{"list":[{half}],"names":[""]}}"#),
        ];
        for text in over {
            let error = read_body::<Lists>(&text).unwrap_err();
            assert!(error.to_string().contains("at most 500000 entries"), "{error}");
        }
        assert!(read_body::<Lists>(&full).is_ok(), "each body is counted by itself");
    }

    #[test]
    fn raw_identifiers_are_read_by_their_name() {
        let span: crate::SpanWrite = serde_json::from_str(r#"{"type":"LLM"}"#).unwrap();
        assert_eq!(span.r#type, Some(crate::SpanType::Llm));
    }

    #[test]
    fn numbers_are_read_leniently() {
        let sample: Sample =
            serde_json::from_str(r#"{"name":5,"ttft":"1.5","usage":{"a":1.9,"b":null,"c":9000000000,"d":"7"}}"#)
                .unwrap();
        assert_eq!(sample.name.as_deref(), Some("5"));
        assert_eq!(sample.ttft, Some(1.5));
        let usage = sample.usage.unwrap();
        assert_eq!(
            usage.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(),
            [("a", 1), ("c", 9_000_000_000), ("d", 7)]
        );
        assert!(serde_json::from_str::<Sample>(r#"{"usage":{"a":[]}}"#).is_err());
        assert!(serde_json::from_str::<Sample>(r#"{"name":{}}"#).is_err());
    }
}
