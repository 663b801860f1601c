//! Interned strings: names, models, providers, tags, users and the like are stored once and referred to by number.

use std::sync::Arc;

use parking_lot::RwLock;
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

/// Entries after which a cache starts anew.
const CACHE_LIMIT: usize = 200_000;

/// The writer's view: text to number, adding what is new.
#[derive(Default)]
pub(crate) struct Interner {
    numbers: FxHashMap<Box<str>, i64>,
}

impl Interner {
    /// The number of a text, stored when new.
    pub(crate) fn intern(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let number = match find(connection, text)? {
            Some(number) => number,
            None => {
                connection
                    .prepare_cached("INSERT INTO string (text) VALUES (?1)")?
                    .execute([text])?;
                connection.last_insert_rowid()
            }
        };
        if self.numbers.len() >= CACHE_LIMIT {
            self.numbers.clear();
        }
        self.numbers.insert(text.into(), number);
        Ok(number)
    }

    /// The same for text that may be missing; blank text counts as missing.
    pub(crate) fn intern_optional(
        &mut self,
        connection: &Connection,
        text: Option<&str>,
    ) -> rusqlite::Result<Option<i64>> {
        match text {
            Some(text) if !text.trim().is_empty() => self.intern(connection, text).map(Some),
            _ => Ok(None),
        }
    }

    /// Forgets everything; needed when the transaction that added numbers is rolled back.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
    }
}

/// The number of a text, if it was ever stored.
pub(crate) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM string WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()
}

/// The readers' view: number to text. Shared by all threads; numbers never change their meaning once committed.
#[derive(Default)]
pub(crate) struct Strings {
    texts: RwLock<FxHashMap<i64, Arc<str>>>,
}

impl Strings {
    /// The text of a number; empty when the number is unknown.
    pub(crate) fn text(&self, connection: &Connection, number: i64) -> rusqlite::Result<Arc<str>> {
        if let Some(text) = self.texts.read().get(&number) {
            return Ok(Arc::clone(text));
        }
        let text: Option<String> = connection
            .prepare_cached("SELECT text FROM string WHERE key = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let Some(text) = text else { return Ok(Arc::from("")) };
        let text: Arc<str> = text.into();
        let mut texts = self.texts.write();
        if texts.len() >= CACHE_LIMIT {
            texts.clear();
        }
        texts.insert(number, Arc::clone(&text));
        Ok(text)
    }

    /// The same for a number that may be missing.
    pub(crate) fn optional(&self, connection: &Connection, number: Option<i64>) -> rusqlite::Result<Option<String>> {
        number
            .map(|number| self.text(connection, number).map(|text| text.to_string()))
            .transpose()
    }
}
