//! How much memory the bodies of all requests may take together.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{ApiError, ApiResult};

/// Unit of the accounts. Memory is counted in whole steps of it.
const STEP_BYTES: usize = 16 * 1024;

/// How long a request waits for others to give memory back.
const WAIT: Duration = Duration::from_secs(5);

/// Memory for bodies in flight, shared by all requests.
#[derive(Debug, Clone)]
pub struct BodyBudget(Arc<Semaphore>);

impl BodyBudget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> BodyBudget {
        let steps = (bytes / STEP_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        BodyBudget(Arc::new(Semaphore::new(steps)))
    }

    /// An account that holds nothing yet.
    pub fn nothing(&self) -> Reserved {
        Reserved {
            budget: self.clone(),
            permit: None,
        }
    }

    /// Bytes that nobody holds.
    pub fn free_bytes(&self) -> usize {
        self.0.available_permits() * STEP_BYTES
    }
}

/// Memory that one request holds until this is dropped.
#[derive(Debug)]
pub struct Reserved {
    budget: BodyBudget,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reserved {
    /// Reserves `bytes` in all, waiting a moment for memory that others hold.
    ///
    /// # Errors
    /// 429 when it does not become free in time.
    pub async fn grow_to(&mut self, bytes: usize) -> ApiResult<()> {
        let missing = self.missing_steps(bytes);
        if missing == 0 {
            return Ok(());
        }
        let waiting = Arc::clone(&self.budget.0).acquire_many_owned(missing);
        let permit = tokio::time::timeout(WAIT, waiting)
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(exhausted)?;
        self.add(permit);
        Ok(())
    }

    /// Reserves `bytes` in all without waiting.
    ///
    /// # Errors
    /// 429 when the memory is not free.
    pub fn grow_now(&mut self, bytes: usize) -> ApiResult<()> {
        let missing = self.missing_steps(bytes);
        if missing == 0 {
            return Ok(());
        }
        let permit = Arc::clone(&self.budget.0)
            .try_acquire_many_owned(missing)
            .map_err(|_| exhausted())?;
        self.add(permit);
        Ok(())
    }

    fn missing_steps(&self, bytes: usize) -> u32 {
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = bytes.div_ceil(STEP_BYTES);
        u32::try_from(wanted.saturating_sub(held)).unwrap_or(u32::MAX)
    }

    fn add(&mut self, permit: OwnedSemaphorePermit) {
        match &mut self.permit {
            Some(held) => held.merge(permit),
            None => self.permit = Some(permit),
        }
    }
}

fn exhausted() -> ApiError {
    ApiError::overloaded("Too Many Requests: too many request bodies are in flight")
}

/// Keeps the memory of a body reserved until its request has been answered. The outermost layer puts one into the
/// extensions of each request.
#[derive(Debug, Clone, Default)]
pub struct BodyLease(Arc<Mutex<Vec<Reserved>>>);

impl BodyLease {
    /// Holds the memory from now on.
    pub fn keep(&self, reserved: Reserved) {
        self.0.lock().push(reserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_dropped_can_be_reserved_again() {
        let budget = BodyBudget::new(4 * STEP_BYTES);
        let mut first = budget.nothing();
        first.grow_to(1).await.unwrap();
        first.grow_to(3 * STEP_BYTES).await.unwrap();
        assert_eq!(budget.free_bytes(), STEP_BYTES);
        let mut second = budget.nothing();
        assert_eq!(second.grow_now(2 * STEP_BYTES).unwrap_err().status(), 429);
        let lease = BodyLease::default();
        lease.keep(first);
        drop(lease);
        second.grow_now(2 * STEP_BYTES).unwrap();
        assert_eq!(budget.free_bytes(), 2 * STEP_BYTES);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends() {
        let budget = BodyBudget::new(STEP_BYTES);
        let mut first = budget.nothing();
        first.grow_to(1).await.unwrap();
        let error = budget.nothing().grow_to(1).await.unwrap_err();
        assert_eq!(error.status(), 429);
    }
}
