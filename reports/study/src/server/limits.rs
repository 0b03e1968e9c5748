//! How often one peer may do something within a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Peers that are counted at most; beyond, the counts begin anew.
const MOST_PEERS: usize = 10_000;

/// Counts by peer, in windows of time. Held in memory alone.
pub(super) struct Limits {
    most: u32,
    window: Duration,
    counts: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Limits {
    pub(super) fn new(most: u32, window: Duration) -> Self {
        Self {
            most,
            window,
            counts: Mutex::default(),
        }
    }

    /// Counts once more, and says whether that is still allowed.
    pub(super) fn count(&self, peer: IpAddr) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_PEERS {
            counts.clear();
        }
        let entry = counts.entry(peer).or_insert((Instant::now(), 0));
        if entry.0.elapsed() > self.window {
            *entry = (Instant::now(), 0);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1 <= self.most
    }

    /// Whether the peer has used up what is allowed.
    pub(super) fn is_over(&self, peer: IpAddr) -> bool {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .get(&peer)
            .is_some_and(|(since, n)| *n > self.most && since.elapsed() <= self.window)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::Limits;

    #[test]
    fn a_peer_is_limited_and_another_is_not() {
        let (one, other) = (
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        );
        let limits = Limits::new(2, Duration::from_millis(50));
        assert!(limits.count(one) && limits.count(one) && !limits.count(one));
        assert!(limits.is_over(one) && !limits.is_over(other) && limits.count(other));
        std::thread::sleep(Duration::from_millis(60));
        assert!(!limits.is_over(one) && limits.count(one));
    }
}
