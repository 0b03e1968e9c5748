//! Pictures: each person gets those of the own list.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::peer::Peer;
use super::replies::{Fault, fault};
use super::shared::Shared;

/// Serves a picture by its name; a name that is none of the study's is never made into a path.
pub(super) async fn picture(
    State(shared): State<Arc<Shared>>,
    peer: Peer,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    let missing = || fault(404, "not-found", "There is nothing here.");
    let list = list_of(&shared, &peer).await?;
    let name = name.strip_suffix(".png").unwrap_or(&name).to_owned();
    if shared.owner(&name) != Some(list) {
        return Err(missing());
    }
    let path = shared
        .study
        .folder
        .join("images")
        .join(format!("{name}.png"));
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    let bytes = read.ok().and_then(Result::ok).ok_or_else(missing)?;
    Ok(([(CONTENT_TYPE, "image/png")], bytes).into_response())
}

async fn list_of(shared: &Shared, peer: &Peer) -> Result<u32, Fault> {
    let token = peer.token.clone().unwrap_or_default();
    if let Some(known) = shared.known(&token) {
        return Ok(known.list);
    }
    let asked = token.clone();
    let person = shared.desk.ask(move |store| store.person(&asked)).await?;
    // A page whose session ended asks for each of its pictures: that is no attempt to guess one.
    let person = person.map_err(Fault::from)?;
    shared.remember(&token, &person);
    Ok(person.list)
}
