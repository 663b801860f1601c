//! Environments: the deployment names of a workspace.
