//! Ids of traces and spans, which are UUIDs of version 7, from those of OpenTelemetry, which are random bytes.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The id for `bytes` at a time: the same for the same arguments, so that what arrives twice, or refers to something that
/// arrives later, meets.
///
/// `millis` is cut to the 48 bits that the time of an id has.
pub(crate) fn derive(bytes: &[u8], millis: u64) -> Uuid {
    let hash = Sha256::digest(bytes);
    let mut id = [0_u8; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id[6..].copy_from_slice(&hash[..10]);
    id[6] = id[6] & 0x0f | 0x70;
    id[8] = id[8] & 0x3f | 0x80;
    Uuid::from_bytes(id)
}

/// Whether an id of OpenTelemetry says that there is none.
pub(crate) fn is_none(id: &[u8]) -> bool {
    id.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use ferropik_model::id;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_of_opentelemetry_become_those_that_opik_makes_of_them() {
        let derived = |bytes: u128, len: usize| derive(&bytes.to_be_bytes()[16 - len..], 1_700_000_000_000).to_string();
        assert_eq!(
            derived(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 16),
            "018bcfe5-6800-7334-bd2a-4b7838de7d6e"
        );
        assert_eq!(
            derived(0xb7ad_6b71_6920_3331, 8),
            "018bcfe5-6800-70e1-9794-9816e49a8761"
        );
    }

    #[test]
    fn empty_and_zero_ids_are_none() {
        assert!(is_none(&[]) && is_none(&[0; 8]) && !is_none(&[0, 1]));
    }

    proptest! {
        #[test]
        fn derived_ids_are_of_version_7_and_keep_their_time(bytes: Vec<u8>, millis in 0_u64..1 << 48) {
            let derived = derive(&bytes, millis);
            prop_assert!(id::is_v7(derived));
            prop_assert_eq!(derived.get_variant(), uuid::Variant::RFC4122);
            prop_assert_eq!(u64::try_from(id::millis(derived)).unwrap(), millis);
        }
    }
}
