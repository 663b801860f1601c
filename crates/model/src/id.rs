//! Identifiers. Everything that a client may name itself is a UUID of version 7, whose first 48 bits are the
//! milliseconds since the epoch, so ids sort by time.

use uuid::Uuid;

use crate::Timestamp;

/// The id of the workspace `default`, and of the project and the feedback definition of a fresh install.
pub const DEFAULT_WORKSPACE_ID: Uuid = Uuid::from_u128(0x0190_babc_62a0_71d2_832a_0fef_fa46_76eb);

/// A new id, later than all ids that this process made before.
pub fn new() -> Uuid {
    Uuid::now_v7()
}

/// A new id whose time part is the one of `earliest`, for records that are ordered with the events they came from.
pub fn new_at_time_of(earliest: Uuid) -> Uuid {
    let mut bytes = *new().as_bytes();
    bytes[..6].copy_from_slice(&earliest.as_bytes()[..6]);
    Uuid::from_bytes(bytes)
}

/// Whether the id is of version 7.
pub fn is_v7(id: Uuid) -> bool {
    id.get_version_num() == 7
}

/// Milliseconds since the epoch in the id's time part.
pub fn millis(id: Uuid) -> i64 {
    let bytes = id.as_bytes();
    let mut wide = [0_u8; 8];
    wide[2..].copy_from_slice(&bytes[..6]);
    i64::from_be_bytes(wide)
}

/// The instant in the id's time part.
pub fn time(id: Uuid) -> Timestamp {
    Timestamp::from_millis(millis(id))
}

/// The smallest id (of any version) whose time part is `millis`.
pub fn lowest_at(millis: i64) -> Uuid {
    let mut bytes = [0_u8; 16];
    bytes[..6].copy_from_slice(&clamp_millis(millis).to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// The greatest id (of any version) whose time part is `millis`.
pub fn highest_at(millis: i64) -> Uuid {
    let mut bytes = [0xff_u8; 16];
    bytes[..6].copy_from_slice(&clamp_millis(millis).to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

fn clamp_millis(millis: i64) -> i64 {
    millis.clamp(0, (1 << 48) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_part_round_trips() {
        let id = new();
        assert!(is_v7(id));
        assert!(lowest_at(millis(id)) <= id && id <= highest_at(millis(id)));
        let derived = new_at_time_of(id);
        assert!(is_v7(derived));
        assert_eq!(millis(derived), millis(id));
    }
}
