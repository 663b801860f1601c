//! Calls of the store by work that can wait.

use std::time::Duration;

use ferropik_store::{StoreError, StoreResult};
use tokio_util::sync::CancellationToken;

/// Pause before a call is made again.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a call is made.
const ATTEMPTS: u32 = 120;

/// Why work in the background ends early.
#[derive(Debug)]
pub(super) enum Halt {
    /// The server stops: the work goes on when it runs again.
    Stopped,
    /// It is of no use to go on; the text says why.
    Failed(String),
}

/// Calls the store again as long as it is busy.
///
/// # Errors
/// [`Halt`], or what `failed` makes of other errors of the store.
pub(super) async fn patiently<T, Fut>(stop: &CancellationToken, mut call: impl FnMut() -> Fut) -> Result<T, Halt>
where
    Fut: Future<Output = StoreResult<T>>,
{
    for _ in 1..ATTEMPTS {
        match call().await {
            Ok(value) => return Ok(value),
            Err(StoreError::Overloaded | StoreError::Timeout) => pause(stop).await?,
            Err(error) => return Err(halt(&error)),
        }
    }
    call().await.map_err(|error| halt(&error))
}

/// Waits a moment.
///
/// # Errors
/// [`Halt::Stopped`].
pub(super) async fn pause(stop: &CancellationToken) -> Result<(), Halt> {
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => Ok(()),
        () = stop.cancelled() => Err(Halt::Stopped),
    }
}

fn halt(error: &StoreError) -> Halt {
    match error {
        StoreError::Closed => Halt::Stopped,
        StoreError::NotFound => Halt::Failed("Dataset not found".to_owned()),
        StoreError::StorageFull => Halt::Failed("No space is left".to_owned()),
        other => {
            tracing::error!(
                error = crate::http::error::with_sources(other),
                "work in the background failed"
            );
            Halt::Failed("Internal error".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_busy_store_is_asked_again() {
        let stop = CancellationToken::new();
        let mut calls = 0;
        let answer = patiently(&stop, || {
            calls += 1;
            let answer = if calls < 3 {
                Err(StoreError::Overloaded)
            } else {
                Ok(calls)
            };
            async move { answer }
        })
        .await;
        assert_eq!(answer.unwrap(), 3);
        let never = patiently(&stop, || async { Err::<(), _>(StoreError::Timeout) }).await;
        assert!(matches!(never, Err(Halt::Failed(_))));
        let gone = patiently(&stop, || async { Err::<(), _>(StoreError::NotFound) }).await;
        assert!(matches!(gone, Err(Halt::Failed(text)) if text == "Dataset not found"));
    }

    #[tokio::test]
    async fn a_server_that_stops_does_not_wait() {
        let stop = CancellationToken::new();
        stop.cancel();
        let busy = patiently(&stop, || async { Err::<(), _>(StoreError::Overloaded) }).await;
        assert!(matches!(busy, Err(Halt::Stopped)));
    }
}
