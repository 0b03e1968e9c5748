//! An aligner in a library.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Blueprint, files};
use crate::abi::{caps, method};
use crate::facts::{AlignerFacts, read};
use crate::host::HostState;
use crate::instance::{Instance, name};
use crate::outcome::broken;
use crate::sink::Outputs;
use crate::spaces;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use lab_core::{Error, Result};

/// An aligner before it is fitted.
pub(super) struct DynAligner {
    blueprint: Blueprint,
    facts: AlignerFacts,
}

impl DynAligner {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn Aligner>> {
        let facts = blueprint.instance()?.describe()?;
        Ok(Box::new(Self { blueprint, facts }))
    }
}

impl Aligner for DynAligner {
    fn files(&self) -> Vec<PathBuf> {
        files::of(&self.blueprint, &self.facts.files)
    }

    fn fit(&self, ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        matched(train)?;
        let mut instance = self.blueprint.seeded(ctx.seed())?;
        let host = HostState::new(ctx, None, None);
        let inputs = spaces::to_arrays(train)?;
        instance.run(method::TRAIN, &inputs, host, &Outputs::nothing())?;
        Ok(Box::new(DynFittedAligner {
            instance: Arc::new(instance),
        }))
    }
}

/// Rows are matched across subjects, or the request is wrong; returns how many there are.
fn matched(subjects: &[SubjectResponses]) -> Result<usize> {
    let Some(first) = subjects.first() else {
        return Err(Error::shape("subjects to align", "at least 1", 0));
    };
    let n_samples = first.values.dims2()?.0;
    for subject in subjects {
        let (rows, columns) = subject.values.dims2()?;
        if rows != n_samples {
            let what = format!("rows of subject {}", subject.id);
            return Err(Error::shape(what, n_samples, rows));
        }
        if !subject.roi.is_empty() && subject.roi.len() != columns {
            let what = format!("regions of subject {}", subject.id);
            return Err(Error::shape(what, columns, subject.roi.len()));
        }
    }
    Ok(n_samples)
}

/// A fitted aligner.
struct DynFittedAligner {
    instance: Arc<Instance>,
}

impl DynFittedAligner {
    fn qualities(&self, rows: &[SubjectResponses]) -> Result<Vec<Quality>> {
        if !self.instance.entry.can(caps::QUALITY) {
            return Ok(Vec::new());
        }
        let (inputs, outputs) = (spaces::to_arrays(rows)?, Outputs::text());
        self.instance
            .forward(method::QUALITY, &inputs, &[], &outputs)?;
        let call = name(method::QUALITY);
        let text = outputs
            .take_text()
            .ok_or_else(|| broken(self.instance.entry, call, "text 0", "none"))?;
        read(&text).map_err(|got| broken(self.instance.entry, call, "a list of qualities", got))
    }
}

impl FittedAligner for DynFittedAligner {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let n_samples = matched(responses)?;
        let outputs = Outputs::arrays(move |index, element, shape| {
            spaces::rule(n_samples, index, element, shape)
        });
        let inputs = spaces::to_arrays(responses)?;
        self.instance
            .forward(method::FORWARD, &inputs, &[], &outputs)?;
        let device = responses[0].values.device();
        spaces::from_outputs(&outputs, device)
            .map_err(|got| broken(self.instance.entry, "FORWARD", "three outputs a space", got))
    }

    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        self.qualities(test)
    }

    fn facts(&self) -> Vec<Quality> {
        // The trait has no way to say that facts are missing; a failure shows in `held_out` as well.
        self.qualities(&[]).unwrap_or_default()
    }
}
