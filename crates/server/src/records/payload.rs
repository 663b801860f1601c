//! What happens to payloads between the store and the wire.

use ferropik_model::json::inject_first;
use ferropik_model::{AttachmentEntity, RawJson, Span, Trace};
use ferropik_store::{AttachmentOwner, ExcludedFields, Scope, ViewField};

use crate::AppState;
use crate::attachments::service::{Payloads, Reinjection};
use crate::http::ApiResult;

/// Rows beyond this number are finished on a blocking thread.
const INLINE_ROWS: usize = 32;

/// A row as the store returns it, to be finished for the wire.
pub(crate) trait StoredRow: Send + 'static {
    /// What its attachments are recorded under.
    fn owner(&self) -> AttachmentOwner;

    /// The payloads.
    fn payloads(&mut self) -> Payloads<'_>;

    /// Writes who served its models into the metadata, and leaves out what only that needed.
    fn add_provider(&mut self, exclude: ExcludedFields);
}

impl StoredRow for Trace {
    fn owner(&self) -> AttachmentOwner {
        AttachmentOwner {
            entity: AttachmentEntity::Trace,
            id: self.id,
        }
    }

    fn payloads(&mut self) -> Payloads<'_> {
        Payloads {
            input: &mut self.input,
            output: &mut self.output,
            metadata: &mut self.metadata,
        }
    }

    fn add_provider(&mut self, _exclude: ExcludedFields) {
        if self.providers.is_empty() {
            return;
        }
        inject(&mut self.metadata, "providers", &self.providers);
    }
}

impl StoredRow for Span {
    fn owner(&self) -> AttachmentOwner {
        AttachmentOwner {
            entity: AttachmentEntity::Span,
            id: self.id,
        }
    }

    fn payloads(&mut self) -> Payloads<'_> {
        Payloads {
            input: &mut self.input,
            output: &mut self.output,
            metadata: &mut self.metadata,
        }
    }

    fn add_provider(&mut self, exclude: ExcludedFields) {
        if let Some(provider) = self.provider.as_ref().filter(|provider| !provider.trim().is_empty()) {
            inject(&mut self.metadata, "provider", provider);
        }
        if exclude.contains(ViewField::Provider) {
            self.provider = None;
        }
    }
}

fn inject<T: serde::Serialize + ?Sized>(metadata: &mut Option<RawJson>, key: &str, value: &T) {
    let Ok(value) = RawJson::from_serialize(value) else {
        return;
    };
    let injected = inject_first(metadata.as_ref().map(RawJson::as_str), key, value.as_str());
    *metadata = Some(RawJson::from_stored(&injected));
}

/// The fields of a view that the store may leave out: the provider is needed for the metadata.
pub(crate) fn excluded_from_store(known: &[(&str, ViewField)], wanted: ExcludedFields) -> ExcludedFields {
    known
        .iter()
        .map(|(_, field)| *field)
        .filter(|field| wanted.contains(*field) && !matches!(field, ViewField::Provider | ViewField::Providers))
        .fold(ExcludedFields::NONE, ExcludedFields::with)
}

/// Finishes rows for the wire: files go back into the payloads unless `strip_attachments`, providers into the metadata.
///
/// # Errors
/// Those of reading files.
pub(crate) async fn finish<R: StoredRow>(
    state: &AppState,
    scope: &Scope,
    mut rows: Vec<R>,
    exclude: ExcludedFields,
    strip_attachments: bool,
) -> ApiResult<Vec<R>> {
    if !strip_attachments {
        let mut reinjection = Reinjection::new(state, scope);
        for row in &mut rows {
            let owner = row.owner();
            reinjection.apply(owner, row.payloads()).await?;
            // Payloads without files are searched without any waiting, so let others have a turn.
            tokio::task::consume_budget().await;
        }
    }
    let add_providers = move |mut rows: Vec<R>| {
        rows.iter_mut().for_each(|row| row.add_provider(exclude));
        rows
    };
    if rows.len() <= INLINE_ROWS {
        return Ok(add_providers(rows));
    }
    Ok(tokio::task::spawn_blocking(move || add_providers(rows)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Option<RawJson> {
        Some(RawJson::from_stored(text))
    }

    #[test]
    fn providers_come_first_in_the_metadata_of_a_trace() {
        let mut trace = Trace {
            providers: vec!["openai".to_owned()],
            ..Trace::default()
        };
        trace.add_provider(ExcludedFields::NONE);
        assert_eq!(trace.metadata, json(r#"{"providers":["openai"]}"#));
        trace.metadata = json(r#"{"a":1,"providers":"mine"}"#);
        trace.add_provider(ExcludedFields::NONE);
        assert_eq!(trace.metadata, json(r#"{"providers":"mine","a":1}"#));
        let mut bare = Trace {
            metadata: json("[1]"),
            ..Trace::default()
        };
        bare.add_provider(ExcludedFields::NONE);
        assert_eq!(bare.metadata, json("[1]"));
    }

    #[test]
    fn the_provider_of_a_span_is_in_its_metadata_even_when_it_is_left_out() {
        let exclude = ExcludedFields::NONE.with(ViewField::Provider).with(ViewField::Metadata);
        assert_eq!(
            excluded_from_store(ViewField::OF_SPANS, exclude),
            ExcludedFields::NONE.with(ViewField::Metadata)
        );
        let mut span = Span {
            provider: Some("anthropic".to_owned()),
            ..Span::default()
        };
        span.add_provider(exclude);
        assert_eq!(
            (span.provider, span.metadata),
            (None, json(r#"{"provider":"anthropic"}"#))
        );
    }
}
