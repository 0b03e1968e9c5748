//! The session's cookie: its name, how long it lasts, and how it ends.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};

use super::shared::Shared;
use crate::folder::Study;

/// A header of a reply.
pub(super) type Header = [(HeaderName, String); 1];

/// Browsers give a cookie to every port of a host, so that each study has a name of its own.
fn name(study: &Study) -> String {
    format!("lab_study_{}", study.id)
}

/// The token that a browser sent.
pub(super) fn token(headers: &HeaderMap, study: &Study) -> Option<String> {
    let name = name(study);
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, token)| token.to_owned())
}

/// Keeps the session for as long after this reply as the study lets people be away; over an encrypted way alone, if it came by one.
pub(super) fn keep(shared: &Shared, is_encrypted: bool, token: &str) -> Header {
    let seconds = u64::from(shared.study.about.settings.resume.until_hours) * 3600;
    let secure = if is_encrypted { "; Secure" } else { "" };
    let name = name(&shared.study);
    header(format!(
        "{name}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}"
    ))
}

/// Ends the session.
pub(super) fn end(shared: &Shared) -> Header {
    let name = name(&shared.study);
    header(format!(
        "{name}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"
    ))
}

fn header(cookie: String) -> Header {
    [(SET_COOKIE, cookie)]
}
