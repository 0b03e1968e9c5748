//! The descent of some images' latents, together, from all their starting points.

use candle_core::{Tensor, Var};

use super::params::SearchParams;
use crate::context::Context;
use crate::invert::{adam_of, falling};
use crate::nn::optim::Adam;
use crate::objective::Objective;
use crate::weights::{self, Weights, get};
use crate::{Error, Result};

/// Steps between two checkpoints.
const KEEP_EVERY: usize = 50;

/// Where some images start from.
pub(super) struct Group {
    /// Place of the group among all.
    pub(super) idx: usize,
    /// Number of groups.
    pub(super) n_groups: usize,
    /// Index of each image's target.
    pub(super) targets: Vec<usize>,
    /// `[n_targets · n_starts, n_latents]` on the constraint.
    pub(super) starts: Tensor,
}

/// What a descent found for its images.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// `[n_targets, n_latents]`, f32, row by row.
    pub(super) latents: Vec<f32>,
    /// Loss of each image.
    pub(super) losses: Vec<f32>,
    /// Steps that were made.
    pub(super) n_steps: usize,
    /// Whether the loss fell by less than asked for.
    pub(super) stalled: bool,
    /// Share by which it fell over the last window, if there were as many steps.
    pub(super) fall: Option<f64>,
}

/// A descent at work.
struct Descent<'a> {
    objective: &'a Objective,
    params: &'a SearchParams,
    /// Index of each row's target.
    rows: Vec<usize>,
    z: Var,
    adam: Adam,
    /// The best that each row has met: its loss, and its latents.
    losses: Vec<f32>,
    latents: Vec<f32>,
    /// Mean over images of the best loss, before the first step and behind each that was looked at.
    history: Vec<f64>,
    n_steps: usize,
}

/// Descends until the loss stalls or the steps are used up; takes up the checkpoint of the same group.
pub(super) fn descend(
    ctx: &Context,
    objective: &Objective,
    params: &SearchParams,
    group: &Group,
) -> Result<Found> {
    let mut descent = Descent::new(objective, params, group)?;
    let name = format!("search-{}", group.idx);
    if let Some(bytes) = ctx.checkpoints().load(&name)? {
        descent.restore(&weights::from_bytes(&bytes, ctx.device())?)?;
    }
    loop {
        ctx.check_cancelled()?;
        let along = descent.look(ctx)?;
        if descent.is_over() {
            break;
        }
        descent.step(&along)?;
        if descent.n_steps.is_multiple_of(KEEP_EVERY) {
            let bytes = weights::to_bytes(&descent.state(ctx)?)?;
            ctx.checkpoints().save(&name, &bytes)?;
        }
        let loss = descent.history.last().copied().unwrap_or(f64::NAN);
        ctx.progress(
            group.idx * params.n_steps + descent.n_steps,
            group.n_groups * params.n_steps,
            "steps",
            &format!("loss {loss:.4}"),
        );
    }
    Ok(descent.found())
}

impl<'a> Descent<'a> {
    fn new(objective: &'a Objective, params: &'a SearchParams, group: &Group) -> Result<Self> {
        let z = Var::from_tensor(&group.starts)?;
        let n_starts = group.starts.dim(0)? / group.targets.len().max(1);
        let of_starts = |&target: &usize| std::iter::repeat_n(target, n_starts);
        let rows: Vec<usize> = group.targets.iter().flat_map(of_starts).collect();
        Ok(Self {
            objective,
            params,
            losses: vec![f32::INFINITY; rows.len()],
            latents: group.starts.flatten_all()?.to_vec1()?,
            rows,
            adam: adam_of(&z, params.learning_rate)?,
            z,
            history: Vec::new(),
            n_steps: 0,
        })
    }

    fn n_starts(&self) -> usize {
        let first = self.rows.first();
        self.rows
            .iter()
            .take_while(|&row| Some(row) == first)
            .count()
    }

    /// Share by which the loss fell over the last window.
    fn fall(&self) -> Option<f64> {
        let now = self.history.last()?;
        let before = self.history.iter().nth_back(self.params.window)?;
        let fell = before - now;
        // A loss of 0 cannot fall, and nothing is divided by it.
        Some(if fell > 0.0 { fell / before.abs() } else { 0.0 })
    }

    fn has_stalled(&self) -> bool {
        self.fall().is_some_and(|fall| fall < self.params.tolerance)
    }

    fn is_over(&self) -> bool {
        self.n_steps >= self.params.n_steps || self.has_stalled()
    }

    /// Remembers the rows that are better than all before them.
    fn remember(&mut self, z: &Tensor, losses: &Tensor) -> Result<()> {
        let n_latents = z.dim(1)?;
        let (z, losses) = (z.flatten_all()?.to_vec1::<f32>()?, losses.to_vec1::<f32>()?);
        for (row, loss) in losses.into_iter().enumerate() {
            // A loss that is no number is never better.
            if loss < self.losses[row] {
                self.losses[row] = loss;
                let place = row * n_latents..(row + 1) * n_latents;
                self.latents[place.clone()].copy_from_slice(&z[place]);
            }
        }
        let images = self.losses.chunks(self.n_starts().max(1));
        let best = images.map(|starts| starts.iter().copied().fold(f32::INFINITY, f32::min));
        let sum: f64 = best.map(f64::from).sum();
        let mean = sum / (self.rows.len() / self.n_starts().max(1)).max(1) as f64;
        if !mean.is_finite() {
            return Err(Error::Data {
                what: "the search for the generator's best images".into(),
                expected: "a loss that is a finite number, from at least one start of each image".into(),
                got: "NaN or infinity".into(),
                remedy: "check the generator and the loss terms: their weights, or an epsilon that is missing".into(),
            });
        }
        self.history.push(mean);
        Ok(())
    }

    /// Looks at where the latents stand; of the scalar that it returns the gradient is that of all losses.
    fn look(&mut self, ctx: &Context) -> Result<Tensor> {
        let z = self.constrained()?;
        let slope = self.objective.slope(ctx, &z, &self.rows)?;
        self.remember(&z, &slope.losses)?;
        Ok((z * slope.gradient)?.sum_all()?)
    }

    /// One step downhill from where the latents were looked at.
    fn step(&mut self, along: &Tensor) -> Result<()> {
        let (params, n_steps) = (self.params, self.history.len() - 1);
        self.adam
            .set_learning_rate(falling(params.learning_rate, n_steps, params.n_steps));
        let stepped = self.adam.step(&along.backward()?);
        stepped.map_err(|error| {
            let whose = format!("the inversion at step {n_steps}");
            let remedy = "lower scores.inversion.learning_rate";
            crate::Error::from(error).not_finite_of(&whose, remedy)
        })?;
        self.n_steps += 1;
        Ok(())
    }

    fn constrained(&self) -> Result<Tensor> {
        self.objective.latent_space().constrain(self.z.as_tensor())
    }

    fn found(self) -> Found {
        let n_starts = self.n_starts().max(1);
        let n_latents = self.latents.len() / self.rows.len().max(1);
        let mut found = Found {
            latents: Vec::new(),
            losses: Vec::new(),
            n_steps: self.n_steps,
            stalled: self.has_stalled(),
            fall: self.fall(),
        };
        for (image, losses) in self.losses.chunks(n_starts).enumerate() {
            let best = (0..losses.len())
                .min_by(|&a, &b| losses[a].total_cmp(&losses[b]))
                .unwrap_or(0);
            let row = image * n_starts + best;
            found.losses.push(losses[best]);
            found
                .latents
                .extend(&self.latents[row * n_latents..(row + 1) * n_latents]);
        }
        found
    }

    /// Everything that a descent needs to go on.
    fn state(&self, ctx: &Context) -> Result<Weights> {
        let device = ctx.device();
        let mut state = self.adam.state();
        state.insert("z".into(), self.z.as_tensor().detach());
        let shape = self.z.dims();
        state.insert(
            "best".into(),
            Tensor::from_slice(&self.latents, shape, device)?,
        );
        state.insert(
            "losses".into(),
            Tensor::new(self.losses.as_slice(), device)?,
        );
        state.insert(
            "history".into(),
            Tensor::new(self.history.as_slice(), device)?,
        );
        Ok(state)
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.adam.restore(state)?;
        self.z.set(get(state, "z")?)?;
        self.latents = get(state, "best")?.flatten_all()?.to_vec1()?;
        self.losses = get(state, "losses")?.to_vec1()?;
        self.history = get(state, "history")?.to_vec1()?;
        self.n_steps = self.history.len();
        Ok(())
    }
}
