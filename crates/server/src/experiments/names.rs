//! Names for experiments and optimizations that clients leave nameless.

use ferropik_model::id;

const ADJECTIVES: [&str; 32] = [
    "amber", "brave", "bright", "calm", "clever", "cosmic", "crisp", "daring", "eager", "fancy", "gentle", "golden",
    "happy", "honest", "jolly", "keen", "lively", "lucky", "mellow", "nimble", "noble", "patient", "polite", "proud",
    "quick", "quiet", "silver", "steady", "sunny", "swift", "vivid", "witty",
];

const NOUNS: [&str; 32] = [
    "acorn", "badger", "beacon", "birch", "brook", "canyon", "cedar", "comet", "coral", "falcon", "fjord", "garnet",
    "harbor", "heron", "island", "lantern", "maple", "meadow", "meteor", "orchid", "otter", "pebble", "prairie",
    "quartz", "raven", "reef", "river", "sparrow", "summit", "thicket", "tundra", "willow",
];

/// A name such as `brave_otter_4711`.
pub(crate) fn generated() -> String {
    let random = id::new().as_u128();
    let pick = |shift: u32, len: usize| usize::try_from((random >> shift) % len as u128).unwrap_or(0);
    format!(
        "{}_{}_{}",
        ADJECTIVES[pick(0, ADJECTIVES.len())],
        NOUNS[pick(16, NOUNS.len())],
        pick(32, 10_000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_three_parts() {
        let name = generated();
        let parts: Vec<&str> = name.split('_').collect();
        assert_eq!(parts.len(), 3, "{name}");
        assert!(ADJECTIVES.contains(&parts[0]) && NOUNS.contains(&parts[1]));
        assert!(parts[2].parse::<u32>().unwrap() < 10_000);
    }
}
