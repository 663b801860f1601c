//! All resources as one service.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderName;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::{Frame, framed, metrics, rate_limit};
use crate::web::{FindFile, Web};
use crate::{
    AppState, agent_configs, annotation_queues, attachments, comments, comparison, dashboards, datasets, docs,
    environments, experiments, feedback_definitions, feedback_scores, guardrails, health, optimizations, otel,
    project_metrics, projects, prompts, reports, retention, spans, threads, traces, usage, workspaces,
};

/// Answers requests to the whole API. Cheap to clone.
#[derive(Clone)]
pub struct App(BoxCloneSyncService<Request, Response, Infallible>);

impl App {
    /// Puts all resources, the web interface and what is around them together. Where the interface was not built,
    /// `find` finds nothing.
    pub fn new(state: AppState, find: FindFile) -> App {
        let settings = state.settings.clone();
        let (routes, document) = parts(state);
        let web = Web::new(find, settings.base_path.clone());
        let routes = routes
            .merge(docs::router(&document))
            .fallback(async move |request: Request| web.answer(&request));
        let frame = Frame::new(routes, settings.clone());
        if settings.cors {
            return App(BoxCloneSyncService::new(
                ServiceBuilder::new().layer(cors()).service(frame),
            ));
        }
        App(BoxCloneSyncService::new(frame))
    }
}

impl Service<Request> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.0.call(request)
    }
}

/// The document that describes the API, as JSON for people.
///
/// # Errors
/// It cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    resources().split_for_parts().1.to_pretty_json()
}

/// All resources, without their state.
fn resources() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(docs::outline())
        .routes(routes!(metrics::render))
        .merge(health::router())
        .merge(workspaces::router())
        .merge(projects::router())
        .merge(traces::router())
        .merge(spans::router())
        .merge(threads::router())
        .merge(feedback_scores::router())
        .merge(comments::router())
        .merge(guardrails::router())
        .merge(otel::router())
        .merge(attachments::router())
        .merge(datasets::router())
        .merge(experiments::router())
        .merge(comparison::router())
        .merge(optimizations::router())
        .merge(prompts::router())
        .merge(agent_configs::router())
        .merge(feedback_definitions::router())
        .merge(annotation_queues::router())
        .merge(dashboards::router())
        .merge(retention::router())
        .merge(reports::router())
        .merge(usage::router())
        .merge(project_metrics::router())
        .merge(environments::router())
}

/// The routes, and the document that describes them.
fn parts(state: AppState) -> (Router, OpenApi) {
    let (router, document) = resources().split_for_parts();
    let router = router.layer(from_fn_with_state(state.clone(), rate_limit::limit));
    (framed(router).with_state(state), document)
}

/// Any page may call, with credentials, and read the headers that clients look at.
fn cors() -> CorsLayer {
    const EXPOSED: [&str; 4] = [
        "location",
        "x-opik-actual-model",
        "x-opik-provider",
        "x-opik-deprecation",
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(true)
        .expose_headers(EXPOSED.map(HeaderName::from_static))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_document_is_consistent() {
        let document = resources().split_for_parts().1;
        let json: serde_json::Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
        let mut ids = HashSet::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            assert!(
                !path.ends_with('/'),
                "{path}: slashes at the end are taken off before routing"
            );
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                assert!(ids.insert(id), "{method} {path}: the id is not unique");
                assert!(
                    operation["summary"].is_string() && operation["tags"][0].is_string(),
                    "{method} {path}"
                );
            }
        }
        let text = json.to_string();
        let schemas = json["components"]["schemas"].as_object().unwrap();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "schema {name} is missing");
        }
    }
}
