//! Paths and what answers them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::headers::protect;
use super::replies::fault;
use super::shared::Shared;
use super::{operator, pictures, taking_part};
use crate::page;

/// Bytes that a request may carry.
const BODY: usize = 16 * 1024;
/// Time that a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(20);

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new();
    for file in page::FILES {
        let answer = move || async move { ([(CONTENT_TYPE, file.kind)], file.text) };
        router = router.route(file.path, get(answer));
    }
    router
        .route("/api/study", get(taking_part::study))
        .route("/api/resume", post(taking_part::resume))
        .route("/api/consent", post(taking_part::consent))
        .route("/api/comprehension", post(taking_part::comprehension))
        .route("/api/answer", post(taking_part::answer))
        .route("/api/remarks", post(taking_part::remarks))
        .route("/api/finish", post(taking_part::finish))
        .route("/api/withdraw", post(taking_part::withdraw))
        .route("/image/{name}", get(pictures::picture))
        .route("/api/operator/progress", get(operator::progress))
        .route("/api/operator/export", get(operator::export))
        .fallback(|| async { fault(404, "not-found", "There is nothing here.") })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(in_time))
        .layer(map_response(protect))
        .with_state(shared)
}

/// A client that sends its request too slowly is left.
async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(REQUEST, next.run(request)).await;
    answered.unwrap_or_else(|_| fault(408, "slow", "The request took too long.").into_response())
}
