//! Reservations of items, so that two people do not look at the same one. They are kept in memory only, and end by
//! themselves.

use std::time::Duration;

use ferropik_model::{QueueItemLocks, QueueLocks, Timestamp};
use indexmap::IndexMap;
use parking_lot::Mutex;
use uuid::Uuid;

/// Most locks at a time. More are refused, as if others were holding the item.
const MAX_LOCKS: usize = 100_000;

/// An item of a queue of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LockedItem {
    /// Workspace.
    pub(crate) workspace: Uuid,
    /// Queue.
    pub(crate) queue: Uuid,
    /// Trace, or record of a thread.
    pub(crate) item: Uuid,
}

#[derive(Debug)]
struct Lock {
    on: LockedItem,
    user: Box<str>,
    expires: Timestamp,
}

/// The locks of all queues.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<Vec<Lock>>);

impl Locks {
    /// Reserves an item for a user until `now + ttl`, or reserves it for longer when the user holds it. A new lock is
    /// granted as long as others hold fewer than `room` locks. Answers until when; none when not granted.
    pub(crate) fn acquire(
        &self,
        on: LockedItem,
        user: &str,
        room: usize,
        now: Timestamp,
        ttl: Duration,
    ) -> Option<Timestamp> {
        let nanos = i64::try_from(ttl.as_nanos()).unwrap_or(i64::MAX);
        let expires = Timestamp::from_nanos(now.as_nanos().saturating_add(nanos));
        let mut locks = self.0.lock();
        locks.retain(|lock| lock.expires > now);
        if let Some(own) = locks.iter_mut().find(|lock| lock.on == on && *lock.user == *user) {
            own.expires = expires;
            return Some(expires);
        }
        let others = locks.iter().filter(|lock| lock.on == on).count();
        if others >= room || locks.len() >= MAX_LOCKS {
            return None;
        }
        locks.push(Lock {
            on,
            user: user.into(),
            expires,
        });
        Some(expires)
    }

    /// The locks of a queue that have not ended.
    pub(crate) fn of_queue(&self, workspace: Uuid, queue: Uuid, now: Timestamp) -> QueueLocks {
        let mut locks = self.0.lock();
        locks.retain(|lock| lock.expires > now);
        let mut by_item: IndexMap<Uuid, QueueItemLocks> = IndexMap::new();
        for lock in locks.iter() {
            if (lock.on.workspace, lock.on.queue) == (workspace, queue) {
                let item = by_item.entry(lock.on.item).or_default();
                item.active_locks += 1;
                item.locked_by.push(lock.user.to_string());
            }
        }
        QueueLocks { locks: by_item }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u128) -> LockedItem {
        LockedItem {
            workspace: Uuid::nil(),
            queue: Uuid::from_u128(1),
            item: Uuid::from_u128(number),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    const TTL: Duration = Duration::from_secs(10);

    #[test]
    fn a_lock_keeps_others_out_until_it_ends() {
        let locks = Locks::default();
        let acquire = |user: &str, seconds| locks.acquire(item(7), user, 1, at(seconds), TTL);
        assert_eq!(acquire("ann", 0), Some(at(10)));
        assert_eq!(acquire("bob", 5), None);
        // A heartbeat.
        assert_eq!(acquire("ann", 8), Some(at(18)));
        assert_eq!(acquire("bob", 12), None);
        assert_eq!(acquire("bob", 18), Some(at(28)));
        assert_eq!(acquire("ann", 19), None);
    }

    #[test]
    fn several_users_share_an_item_that_has_room() {
        let locks = Locks::default();
        assert!(locks.acquire(item(7), "ann", 2, at(0), TTL).is_some());
        assert!(locks.acquire(item(7), "bob", 2, at(1), TTL).is_some());
        assert!(locks.acquire(item(7), "eve", 2, at(2), TTL).is_none());
        assert!(locks.acquire(item(8), "eve", 1, at(2), TTL).is_some());
        assert!(locks.acquire(item(9), "eve", 0, at(2), TTL).is_none());
        let found = locks.of_queue(Uuid::nil(), Uuid::from_u128(1), at(3)).locks;
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[&item(7).item],
            QueueItemLocks {
                active_locks: 2,
                locked_by: vec!["ann".to_owned(), "bob".to_owned()],
            }
        );
        assert!(locks.of_queue(Uuid::nil(), Uuid::from_u128(2), at(3)).locks.is_empty());
        assert_eq!(locks.of_queue(Uuid::nil(), Uuid::from_u128(1), at(11)).locks.len(), 1);
    }
}
