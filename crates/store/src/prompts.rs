//! Prompts and their versions.

use async_trait::async_trait;
use ferropik_model::{
    Prompt, PromptType, PromptUpdate, PromptVersion, PromptVersionKind, PromptVersionRef, RawJson, TemplateStructure,
};
use uuid::Uuid;

use crate::{Listed, Listing, Scope, StoreResult};

/// A prompt to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrompt {
    /// UUID of version 7.
    pub id: Uuid,
    /// Where it belongs; `None` for the workspace as a whole.
    pub project: Option<Uuid>,
    /// Unique in the project regardless of case.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// How its templates are built.
    pub structure: TemplateStructure,
    /// Each once.
    pub tags: Vec<String>,
}

/// A version to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPromptVersion {
    /// UUID of version 7.
    pub id: Uuid,
    /// Unique in the prompt; made from the id when `None`.
    pub commit: Option<String>,
    /// The template.
    pub template: String,
    /// Any JSON.
    pub metadata: Option<RawJson>,
    /// The language of the template.
    pub template_type: PromptType,
    /// What it is for.
    pub kind: PromptVersionKind,
    /// What it changes.
    pub change_description: Option<String>,
    /// Each once.
    pub tags: Vec<String>,
    /// Environments that use it from now on; created when missing. Not for masks.
    pub environments: Vec<String>,
}

/// Why a version is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionConflict {
    /// A version has that id, or one of the prompt that commit.
    Exists,
    /// Other versions of the prompt have these environments.
    EnvironmentsTaken(Vec<String>),
}

/// Why the environments of a version do not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentConflict {
    /// The version is a mask.
    Mask,
    /// The workspace has no environments of these names.
    Unknown(Vec<String>),
}

/// Where a prompt of a name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptPlace {
    /// Anywhere in the workspace; of several the most recently created one counts.
    Workspace,
    /// In this project, else among the prompts without a project.
    Project(Uuid),
}

/// Which version of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionSelector {
    /// The one with the greatest id that is no mask.
    Latest,
    /// The one of a commit, also a mask.
    Commit(String),
    /// The one of a number from 1.
    Number(u32),
    /// The one that an environment uses.
    Environment(String),
    /// A mask by id.
    Mask(Uuid),
}

/// What a commit leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum CommitMatch {
    /// No version has it.
    None,
    /// Versions of several prompts have it.
    Ambiguous,
    /// A prompt, with the version as the requested one.
    One(Box<Prompt>),
}

/// Reads and writes prompts. Names and commits are compared without case.
#[async_trait]
pub trait PromptStore {
    /// Creates a prompt, and with `version` a first version, which must not be a mask.
    ///
    /// # Errors
    /// [`Conflict::Exists`](crate::Conflict::Exists), [`Conflict::NameTaken`](crate::Conflict::NameTaken),
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn create_prompt(
        &self,
        scope: &Scope,
        prompt: NewPrompt,
        version: Option<NewPromptVersion>,
    ) -> StoreResult<()>;

    /// One page of prompts, without versions.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompts(&self, scope: &Scope, listing: Listing) -> StoreResult<Listed<Prompt>>;

    /// A prompt with its latest version.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Prompt>>;

    /// The prompt of a name.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt_by_name(&self, scope: &Scope, name: &str, place: PromptPlace) -> StoreResult<Option<Prompt>>;

    /// Changes a prompt: the description is replaced, tags stay when there are none in the update. Its name must be
    /// there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound), [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn update_prompt(&self, scope: &Scope, id: Uuid, update: PromptUpdate) -> StoreResult<()>;

    /// Deletes prompts with their versions. Answers how many there were.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_prompts(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<usize>;

    /// Adds a version to the prompt of that name, which is created like `prompt` when it is missing: looked for in the
    /// project of `prompt` and among the prompts without one, or everywhere when `prompt` has none.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound), [`Conflict::Exists`](crate::Conflict::Exists)
    /// when a version of another prompt has the id.
    async fn add_prompt_version(
        &self,
        scope: &Scope,
        prompt: NewPrompt,
        version: NewPromptVersion,
    ) -> StoreResult<Result<PromptVersion, VersionConflict>>;

    /// Adds a version with the content of another one of the prompt. `None` when the prompt has no such version.
    ///
    /// # Errors
    /// Only technical ones.
    async fn restore_prompt_version(
        &self,
        scope: &Scope,
        prompt: Uuid,
        version: Uuid,
        new_id: Uuid,
    ) -> StoreResult<Option<PromptVersion>>;

    /// One page of the versions of a prompt, without masks; with `search` those that have it in the template or the
    /// change description. The name and the project of the listing do not count.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt_versions(
        &self,
        scope: &Scope,
        prompt: Uuid,
        search: Option<String>,
        listing: Listing,
    ) -> StoreResult<Listed<PromptVersion>>;

    /// Versions by id, greatest id first; unknown ones are left out.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt_versions_by_id(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<Vec<PromptVersion>>;

    /// One version of a prompt.
    ///
    /// # Errors
    /// Only technical ones.
    async fn select_prompt_version(
        &self,
        scope: &Scope,
        prompt: Uuid,
        selector: VersionSelector,
    ) -> StoreResult<Option<PromptVersion>>;

    /// The prompt that a commit belongs to.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt_by_commit(&self, scope: &Scope, commit: &str) -> StoreResult<CommitMatch>;

    /// What commits stand for, in their order; of several versions of a commit the newest counts.
    ///
    /// # Errors
    /// Only technical ones.
    async fn prompt_commits(&self, scope: &Scope, commits: Vec<String>) -> StoreResult<Vec<PromptVersionRef>>;

    /// Replaces the tags of versions, or adds to them with `merge`. Unknown ids are skipped.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit).
    async fn tag_prompt_versions(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        tags: Vec<String>,
        merge: bool,
    ) -> StoreResult<()>;

    /// Lets exactly these environments use a version. Other versions of its prompt lose them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn set_prompt_version_environments(
        &self,
        scope: &Scope,
        version: Uuid,
        environments: Vec<String>,
    ) -> StoreResult<Result<(), EnvironmentConflict>>;
}
