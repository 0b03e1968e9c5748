//! Who asks: the address, whether the way is encrypted, and the session's token.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::cookie;
use super::replies::{Fault, fault};
use super::shared::Shared;

/// The other end of the connection.
#[derive(Clone, Copy)]
pub(super) struct Socket(pub(super) SocketAddr);

/// The person whose request this is.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) is_encrypted: bool,
    /// The token of the session, if the browser sent one.
    pub(super) token: Option<String>,
    /// The browser's name.
    pub(super) browser: Option<String>,
}

impl FromRequestParts<Arc<Shared>> for Peer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Fault> {
        let forwarded = |name: &str| {
            shared
                .is_behind_proxy
                .then(|| text(&parts.headers, name))
                .flatten()
        };
        let socket = parts.extensions.get::<Socket>().map(|socket| socket.0.ip());
        // The last address is the one that our own proxy saw; those before it may be made up.
        let last = forwarded("x-forwarded-for")
            .and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let Some(address) = last.or(socket) else {
            return Err(fault(400, "no-peer", "The server cannot tell who asks."));
        };
        if parts.method == Method::POST && !is_own_origin(&parts.headers) {
            return Err(fault(
                403,
                "foreign-origin",
                "Another site sent this request.",
            ));
        }
        if shared.wrong.is_over(address) {
            return Err(fault(
                429,
                "too-many",
                "Too many wrong attempts. Wait a minute.",
            ));
        }
        Ok(Self {
            address,
            is_encrypted: forwarded("x-forwarded-proto").is_some_and(|scheme| scheme == "https"),
            token: cookie::token(&parts.headers, &shared.study),
            browser: text(&parts.headers, "user-agent").map(str::to_owned),
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Browsers name the page that sends a request; it must be ours. Programs that name none are not browsers with cookies.
fn is_own_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, of)| Some(of) == host)
}
