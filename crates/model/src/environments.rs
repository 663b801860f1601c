//! Environments: the deployment names of a workspace.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

wire_object! {
    /// Body of an environment create or update. An update keeps what is absent.
    pub struct EnvironmentWrite {
        /// UUID of version 7, of a create only; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Letters, digits, `_` and `-`, at most 150; unique in the workspace regardless of case. A create requires it.
        pub name: Option<String> = wire::text,
        /// At most 500 characters.
        pub description: Option<String> = wire::text,
        /// At most 20 characters; follows from the name when blank.
        pub color: Option<String> = wire::text,
        /// Place in a list, 0 when absent.
        pub position: Option<i32> = wire::optional,
    }
}

/// A deployment name that traces and prompt versions carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Environment {
    /// UUID of version 7.
    pub id: Uuid,
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How to show it, such as `#8b5cf6`.
    pub color: String,
    /// Place in a list.
    pub position: i32,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}

impl Environment {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 150;

    /// Most environments of a workspace.
    pub const MAX_PER_WORKSPACE: usize = 100;

    /// Whether a text can be the name of an environment.
    pub fn is_valid_name(name: &str) -> bool {
        Environment::has_valid_letters(name) && name.len() <= Environment::MAX_NAME
    }

    /// Whether a text consists of letters, digits, `_` and `-`, at least one.
    pub fn has_valid_letters(name: &str) -> bool {
        let is_valid = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter == b'-';
        !name.is_empty() && name.bytes().all(is_valid)
    }

    /// The color of a name that nobody has chosen one for. The same name always gets the same one.
    pub fn color_of(name: &str) -> &'static str {
        const PALETTE: [&str; 10] = [
            "#64748b", "#8b5cf6", "#bf399e", "#f43f5e", "#ef4444", "#f97316", "#eab308", "#10b981", "#06b6d4",
            "#3b82f6",
        ];
        let hash = name
            .encode_utf16()
            .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
        usize::try_from(hash.rem_euclid(10))
            .ok()
            .and_then(|index| PALETTE.get(index))
            .copied()
            .unwrap_or(PALETTE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_follow_from_names() {
        // 'a' is 97, "ab" is 97 * 31 + 98 = 3105.
        assert_eq!(Environment::color_of(""), "#64748b");
        assert_eq!(Environment::color_of("a"), "#10b981");
        assert_eq!(Environment::color_of("ab"), "#f97316");
        assert_eq!(Environment::color_of("zzzzzzz"), "#06b6d4");
        assert_eq!(Environment::color_of("production"), "#f43f5e");
        // The hash of this one is -2103491274.
        assert_eq!(Environment::color_of("long-environment-name"), "#eab308");
    }

    #[test]
    fn names_are_plain() {
        assert!(Environment::is_valid_name("eu-west_1"));
        assert!(Environment::is_valid_name(&"a".repeat(150)));
        for name in ["", " ", "a b", "ä", "a.b", &"a".repeat(151)] {
            assert!(!Environment::is_valid_name(name), "{name}");
        }
    }
}
