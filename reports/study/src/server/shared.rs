//! What all connections share.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Options;
use super::limits::Limits;
use crate::folder::Study;
use crate::secret;
use crate::store::{Desk, Person};

/// Wrong tokens that a peer may show within a minute.
const WRONG_TOKENS: u32 = 20;

/// Who a token belongs to.
#[derive(Clone, Copy)]
pub(super) struct Known {
    person: i64,
    pub(super) list: u32,
}

pub(super) struct Shared {
    pub(super) study: Arc<Study>,
    pub(super) desk: Desk,
    pub(super) is_behind_proxy: bool,
    pub(super) operator_token: String,
    /// Wrong tokens by peer.
    pub(super) wrong: Limits,
    /// Arrivals by peer.
    pub(super) arrivals: Limits,
    /// The list that each picture belongs to.
    owners: HashMap<String, u32>,
    sessions: RwLock<HashMap<[u8; 32], Known>>,
}

impl Shared {
    pub(super) fn new(
        study: Arc<Study>,
        desk: Desk,
        options: &Options,
        operator_token: &str,
    ) -> Self {
        let lists = study.lists.iter().zip(1..);
        let owners = lists
            .flat_map(|(list, number)| list.images().map(move |name| (name.to_owned(), number)));
        Self {
            owners: owners.collect(),
            study,
            desk,
            is_behind_proxy: options.behind_proxy,
            operator_token: operator_token.into(),
            wrong: Limits::new(WRONG_TOKENS, Duration::from_mins(1)),
            arrivals: Limits::new(options.arrivals_per_peer, Duration::from_mins(10)),
            sessions: RwLock::default(),
        }
    }

    /// The list of a picture.
    pub(super) fn owner(&self, image: &str) -> Option<u32> {
        self.owners.get(image).copied()
    }

    /// Who a token belongs to, if that is known without asking the database.
    pub(super) fn known(&self, token: &str) -> Option<Known> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&secret::hash(token)).copied()
    }

    /// From now on the person has this token alone.
    pub(super) fn remember(&self, token: &str, person: &Person) {
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, known| known.person != person.id);
        sessions.insert(
            secret::hash(token),
            Known {
                person: person.id,
                list: person.list,
            },
        );
    }

    /// The person is gone.
    pub(super) fn forget(&self, person: &Person) {
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, known| known.person != person.id);
    }
}
