//! A run at work: its plan, its context and the store of its stages.

use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use lab_core::context::Context;

use crate::both::both;
use crate::journal::{Journal, Watcher};
use crate::plan::Plan;
use crate::store::Store;
use crate::{Result, device};

/// Everything that the stages of a run share.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) ctx: Context,
    pub(crate) store: Arc<Store>,
    pub(crate) events: Arc<Journal>,
}

impl<'a> Session<'a> {
    pub(crate) fn open(
        plan: &'a Plan,
        runs: &Path,
        device: &Device,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self> {
        let events = Arc::new(Journal::new(watcher));
        let asked = events.clone();
        let ctx = Context::new(plan.experiment.seed)
            .with_device(device.clone())
            .with_events(events.clone())
            .with_cancellation_by(move || asked.asked_to_stop());
        Ok(Self {
            plan,
            ctx,
            store: Arc::new(Store::open(runs, device::name(device), events.clone())?),
            events,
        })
    }

    /// Does [`both`], or one after the other: on a card, which either fills alone, and where memory has no room for two.
    pub(crate) fn both<A: Send, B: Send, E: Send>(
        &self,
        first: impl FnOnce() -> Result<A, E> + Send,
        second: impl FnOnce() -> Result<B, E> + Send,
    ) -> Result<(A, B), E> {
        if self.ctx.device().is_cpu() && self.plan.has_room_for_two() {
            both(&self.events, first, second)
        } else {
            Ok((first()?, second()?))
        }
    }

    /// The same run with another plan, over the same stages.
    pub(crate) fn with<'b>(&self, plan: &'b Plan) -> Session<'b> {
        Session {
            plan,
            ctx: self.ctx.clone(),
            store: self.store.clone(),
            events: self.events.clone(),
        }
    }
}
