//! What looks at several runs share: loading data and drawing the corpora of networks takes most of a look's time, and runs of a
//! sweep often differ in neither.

use std::rc::Rc;

use lab_core::Result;
use lab_core::context::Context;

use crate::decides;
use crate::plan::Plan;
use crate::stages::keys::NetworkKeys;
use crate::stages::load::{self, Data};
use crate::store::Key;

/// The latest data and networks that were looked at, on one device.
#[derive(Default)]
pub(crate) struct Seen {
    data: Option<(String, Rc<Data>)>,
    networks: Option<(String, Networks)>,
}

/// The networks of a run, looked at.
#[derive(Clone)]
pub(super) struct Networks {
    /// Their stages, in the order in which a run makes them.
    pub(super) stages: Vec<Key>,
    pub(super) keys: NetworkKeys,
}

impl Seen {
    /// The data of a plan.
    ///
    /// # Errors
    /// As a run, where its data cannot be used.
    pub(super) fn data(&mut self, ctx: &Context, plan: &Plan) -> crate::Result<Rc<Data>> {
        let name = decides::data(plan);
        if let Some((_, data)) = self.data.iter().find(|(seen, _)| *seen == name) {
            return Ok(data.clone());
        }
        // The latest goes before the next comes: both may not fit into the memory.
        self.data = None;
        let data = Rc::new(load::load_only(ctx, plan)?);
        self.data = Some((name, data.clone()));
        Ok(data)
    }

    /// The networks of a plan, which `look` looks at if the latest are others.
    ///
    /// # Errors
    /// Fails as `look` does.
    pub(super) fn networks(
        &mut self,
        plan: &Plan,
        look: impl FnOnce() -> Result<Networks>,
    ) -> Result<Networks> {
        let name = decides::networks(plan);
        if let Some((_, networks)) = self.networks.iter().find(|(seen, _)| *seen == name) {
            return Ok(networks.clone());
        }
        let networks = look()?;
        self.networks = Some((name, networks.clone()));
        Ok(networks)
    }
}
