//! Connections: how many, for how long, and how they end.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::peer::Socket;
use super::routes::router;
use super::shared::Shared;

/// Connections at a time.
const CONNECTIONS: usize = 2048;
/// Time that a client has for the head of a request; an idle connection ends after it.
const HEAD: Duration = Duration::from_secs(20);
/// How often it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Time that open requests have when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Takes connections until `stop` becomes true, and lets open requests end.
pub(super) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: &AtomicBool,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = router(shared);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(false);
    while !stop.load(Ordering::Relaxed) {
        let connection = tokio::select! {
            connection = listener.accept() => connection,
            () = sleep(LOOK) => continue,
        };
        let Ok((stream, peer)) = connection else {
            // Too many open files: wait until some are closed.
            sleep(LOOK).await;
            continue;
        };
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let (router, stopped) = (router.clone(), stopped.clone());
            tokio::spawn(async move {
                converse(stream, peer, router, stopped).await;
                drop(place);
            });
        }
    }
    let _ = stopping.send(true);
    let all = timeout(GRACE, places.acquire_many(CONNECTIONS as u32));
    let _ = all.await;
    Ok(())
}

/// One connection, until the client leaves, is too slow, or the server stops.
async fn converse(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // An answer is small: it leaves at once.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router.layer(Extension(Socket(peer))));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(16 * 1024)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended: Result<(), Infallible> = tokio::select! {
        // A connection that broke is the client's affair: it asks again.
        _ = connection.as_mut() => Ok(()),
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(GRACE, connection).await;
            Ok(())
        }
    };
    let Ok(()) = ended;
}
