//! What every handler has at hand.

use std::sync::Arc;

use ferropik_store::SharedStore;

use crate::annotation_queues::Locks;
use crate::attachments::Files;
use crate::datasets::Wake;
use crate::http::budget::BodyBudget;
use crate::http::rate_limit::RateLimiter;
use crate::{Prices, Settings};

/// What every handler has at hand. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Rows.
    pub store: SharedStore,
    /// Bytes of attachments.
    pub files: Files,
    /// Prices of spans.
    pub prices: Prices,
    /// Limits and switches.
    pub settings: Arc<Settings>,
    pub(crate) bodies: BodyBudget,
    pub(crate) limiter: Arc<RateLimiter>,
    /// Who has reserved which item of an annotation queue.
    pub(crate) locks: Arc<Locks>,
    pub(crate) wake: Wake,
}

impl AppState {
    /// Puts the parts together.
    pub fn new(store: SharedStore, files: Files, prices: Prices, settings: Settings) -> AppState {
        let bodies = BodyBudget::new(settings.body_budget_bytes);
        AppState {
            store,
            files,
            prices,
            settings: Arc::new(settings),
            bodies,
            limiter: Arc::default(),
            locks: Arc::default(),
            wake: Wake::default(),
        }
    }
}
