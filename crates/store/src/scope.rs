//! Who asks, and for which tenant.

use std::sync::Arc;

use uuid::Uuid;

/// Which projects a caller may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// All projects of the workspace.
    #[default]
    Workspace,
    /// Only public projects.
    PublicOnly,
}

/// The tenant and the user of a call. There is no way to read or write a row without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Workspace that all rows of the call belong to.
    pub workspace: Uuid,
    /// User name that writes are recorded under.
    pub user: Arc<str>,
    /// Which projects are visible.
    pub access: Access,
}

impl Scope {
    /// A scope that sees the whole workspace.
    pub fn new(workspace: Uuid, user: impl Into<Arc<str>>) -> Scope {
        Scope {
            workspace,
            user: user.into(),
            access: Access::Workspace,
        }
    }
}
