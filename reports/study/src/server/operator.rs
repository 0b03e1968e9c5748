//! The operator's page: progress, people marked by the rule of exclusion, and the export.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::peer::Peer;
use super::replies::{Fault, fault};
use super::shared::Shared;
use crate::exclusion::{Standing, standings};
use crate::export;
use crate::store::Everything;
use crate::zip;

/// Whoever shows the operator's token passes; wrong ones are counted.
fn check(shared: &Shared, peer: &Peer, headers: &HeaderMap) -> Result<(), Fault> {
    let shown = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if crate::secret::is_same(shown.unwrap_or_default(), &shared.operator_token) {
        return Ok(());
    }
    shared.wrong.count(peer.address);
    Err(fault(
        401,
        "wrong-token",
        "This is not the operator's token.",
    ))
}

async fn everything(shared: &Shared) -> Result<Everything, Fault> {
    let read = shared.desk.alone(|store| store.everything()).await?;
    read.map_err(|_| fault(500, "unreadable", "The answers cannot be read."))
}

/// How far the study is.
pub(super) async fn progress(
    State(shared): State<Arc<Shared>>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    check(&shared, &peer, &headers)?;
    let all = everything(&shared).await?;
    let of_state = |state: &str| {
        all.people
            .iter()
            .filter(|person| person.state == state)
            .count()
    };
    let person = |standing: Standing| {
        json!({
            "pseudonym": standing.pseudonym, "list": standing.list, "state": standing.state, "answered": standing.n_answered,
            "trials": standing.n_trials, "failed_checks": standing.n_failed_checks, "median_rt_ms": standing.median_rt_ms,
            "reasons": standing.reasons,
        })
    };
    Ok(Json(json!({
        "title": shared.study.about.settings.title, "lists": shared.study.lists.len(), "open": of_state("open"),
        "finished": of_state("finished"), "expired": of_state("expired"), "answers": all.answers.len(),
        "people": standings(&shared.study, &all).into_iter().map(person).collect::<Vec<_>>(),
    })))
}

/// The export as a ZIP file: without platform names.
pub(super) async fn export(
    State(shared): State<Arc<Shared>>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    check(&shared, &peer, &headers)?;
    let files = export::files(&shared.study, &everything(&shared).await?);
    let disposition = format!("attachment; filename=\"study-{}.zip\"", shared.study.id);
    Ok((
        [
            (CONTENT_TYPE, "application/zip".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        zip::archive(&files),
    )
        .into_response())
}
