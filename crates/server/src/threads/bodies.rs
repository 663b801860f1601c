//! Bodies of thread calls and their rules.

use ferropik_model::{ThreadUpdate, wire, wire_object};
use uuid::Uuid;

use crate::http::{ApiResult, Violations};
use crate::records::project::NamedProject;
use crate::records::rules::{self, Place};

/// What a retrieval without a project is told.
pub(super) const NO_PROJECT_TO_READ: &str = "The request body must provide either a project_name or a project_id";

/// What a change without a project is told.
pub(super) const NO_PROJECT: &str = "Either 'projectName' or 'projectId' must be provided.";

wire_object! {
    /// One thread.
    pub struct ThreadIdentifier {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// The thread's text id; required, not blank.
        pub thread_id: Option<String> = wire::text,
        /// Whether messages are cut to their first bytes; for reads only.
        pub truncate: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// One thread or many.
    pub struct ThreadBatchIdentifier {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// One text id.
        pub thread_id: Option<String> = wire::text,
        /// 1 to 1000 text ids, not together with `thread_id`.
        pub thread_ids: Option<Vec<String>> = wire::text_batch,
    }
}

wire_object! {
    /// Threads to delete.
    pub struct ThreadDeletion {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// 1 to 1000 text ids; unknown ones are skipped.
        pub thread_ids: Option<Vec<String>> = wire::text_batch,
    }
}

wire_object! {
    /// One change of many threads.
    pub struct ThreadBatchUpdate {
        /// 1 to 1000 ids of thread records; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// The change.
        pub update: Option<ThreadUpdate> = wire::optional,
        /// Whether `tags` of the change is added to the stored tags instead of replacing them.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

/// Threads of a project.
pub(super) struct NamedThreads<T> {
    pub(super) project: NamedProject,
    pub(super) threads: T,
}

impl ThreadIdentifier {
    /// # Errors
    /// 422.
    pub(super) fn check(self, without_project: &str) -> ApiResult<NamedThreads<String>> {
        let mut found = Violations::new();
        found.not_blank(self.thread_id.as_deref(), "threadId");
        let project = NamedProject::of(self.project_id, self.project_name.as_deref());
        complete(project, without_project, self.thread_id.unwrap_or_default(), found)
    }
}

impl ThreadBatchIdentifier {
    /// # Errors
    /// 422.
    pub(super) fn check(self) -> ApiResult<NamedThreads<Vec<String>>> {
        let mut found = Violations::new();
        let threads = match (self.thread_id.filter(|id| !id.trim().is_empty()), self.thread_ids) {
            (Some(_), Some(_)) => {
                found.add_sentence(
                    "Cannot provide both 'threadId' and 'threadIds'. Use 'threadId' for single operations or 'threadIds' \
                     for batch operations.",
                );
                Vec::new()
            }
            (Some(id), None) => vec![id],
            (None, Some(ids)) => {
                found.size(ids.len(), 1, rules::MAX_BATCH, "threadIds");
                for id in &ids {
                    found.not_blank(Some(id), "threadIds[].<iterable element>");
                }
                ids
            }
            (None, None) => {
                found.add_sentence("Either 'threadId' or 'threadIds' must be provided.");
                Vec::new()
            }
        };
        let project = NamedProject::of(self.project_id, self.project_name.as_deref());
        complete(project, NO_PROJECT, threads, found)
    }
}

impl ThreadDeletion {
    /// # Errors
    /// 422.
    pub(super) fn check(self) -> ApiResult<NamedThreads<Vec<String>>> {
        let mut found = Violations::new();
        found.null_or_not_blank(self.project_name.as_deref(), "projectName");
        for (index, id) in rules::batch(self.thread_ids.as_deref(), "threadIds", &mut found)
            .iter()
            .enumerate()
        {
            found.not_blank(Some(id), format_args!("threadIds[{index}].<list element>"));
        }
        let project = NamedProject::of(self.project_id, self.project_name.as_deref());
        complete(project, NO_PROJECT, self.thread_ids.unwrap_or_default(), found)
    }
}

fn complete<T>(
    project: Option<NamedProject>,
    no_project: &str,
    threads: T,
    mut found: Violations,
) -> ApiResult<NamedThreads<T>> {
    let Some(project) = project else {
        found.add_sentence(no_project);
        return Err(found
            .finish()
            .err()
            .unwrap_or_else(|| crate::http::ApiError::bad_request(no_project)));
    };
    found.finish()?;
    Ok(NamedThreads { project, threads })
}

/// A change of one thread.
///
/// # Errors
/// 422.
pub(super) fn check_update(update: &ThreadUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    changes(update, Place::Top, &mut found);
    found.finish()
}

/// A change of many threads.
///
/// # Errors
/// 422.
pub(super) fn check_batch_update(body: &ThreadBatchUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    rules::batch(body.ids.as_deref(), "ids", &mut found);
    found.not_null(body.update.as_ref(), "update");
    if let Some(update) = &body.update {
        changes(update, Place::Within("update"), &mut found);
    }
    found.finish()
}

fn changes(update: &ThreadUpdate, place: Place, found: &mut Violations) {
    let ThreadUpdate {
        tags,
        tags_to_add,
        tags_to_remove,
    } = update;
    rules::tag_lists(
        tags.as_deref(),
        tags_to_add.as_deref(),
        tags_to_remove.as_deref(),
        place,
        found,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors<T>(result: ApiResult<T>) -> Vec<String> {
        let Err(error) = result else {
            return Vec::new();
        };
        assert_eq!(error.status(), 422);
        let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
        serde_json::from_value(body["errors"].clone()).unwrap()
    }

    #[test]
    fn one_thread_needs_a_project() {
        let check = |text: &str| {
            errors(
                serde_json::from_str::<ThreadIdentifier>(text)
                    .unwrap()
                    .check(NO_PROJECT),
            )
        };
        assert_eq!(check(r#"{"thread_id":"a"}"#), [NO_PROJECT]);
        assert_eq!(
            check(r#"{"project_name":"p","thread_id":" "}"#),
            ["threadId must not be blank"]
        );
        assert!(check(r#"{"project_name":"p","thread_id":"a"}"#).is_empty());
    }

    #[test]
    fn one_or_many_threads_but_not_both() {
        let check = |text: &str| errors(serde_json::from_str::<ThreadBatchIdentifier>(text).unwrap().check());
        assert_eq!(
            check("{}"),
            [
                "Either 'threadId' or 'threadIds' must be provided.",
                "Either 'projectName' or 'projectId' must be provided."
            ]
        );
        assert_eq!(
            check(r#"{"project_name":"p","thread_id":"a","thread_ids":["b"]}"#),
            [
                "Cannot provide both 'threadId' and 'threadIds'. Use 'threadId' for single operations or 'threadIds' for \
              batch operations."
            ]
        );
        assert_eq!(
            check(r#"{"project_name":"p","thread_ids":[]}"#),
            ["threadIds size must be between 1 and 1000"]
        );
        assert!(check(r#"{"project_name":"p","thread_ids":["a"]}"#).is_empty());
    }

    #[test]
    fn deletions_name_the_blank_element() {
        let check = |text: &str| errors(serde_json::from_str::<ThreadDeletion>(text).unwrap().check());
        assert_eq!(
            check(r#"{"project_name":"p","thread_ids":["a"," "]}"#),
            ["threadIds[1].<list element> must not be blank"]
        );
        assert_eq!(check(r#"{"thread_ids":["a"]}"#), [NO_PROJECT]);
        assert_eq!(check(r#"{"project_name":"p"}"#), ["threadIds must not be null"]);
    }
}
