//! Which tensors of a file of weights belong to which layer of a network.
//!
//! A key of the file is a group and a last word: `main.0.weight`, `link_4/W`. Words of PyTorch, Chainer and this project
//! are known:
//!
//! | here | PyTorch | Chainer | ours |
//! |---|---|---|---|
//! | weight | `weight` | `W` | `weight`, `kernel` |
//! | bias | `bias` | `b` | `bias` |
//! | scale, shift of a batch norm | `weight`, `bias` | `gamma`, `beta` | `scale`, `shift` |
//! | its mean, variance | `running_mean`, `running_var` | `avg_mean`, `avg_var` | `mean`, `variance` |
//! | put aside | `num_batches_tracked` | `N` | |
//!
//! Rules, in this order:
//! 1. Of a Chainer trainer's snapshot, only `updater/model:main/…` is looked at; keys whose first word begins with `optim`
//!    are put aside.
//! 2. The first rule of the experiment that matches a key renames it, or puts it aside ([`rules`]).
//! 3. If every layer's name is the last word of exactly one group, layers and groups belong together by name.
//! 4. Otherwise they belong together by order: each layer takes the next group that has its kind and shapes. If that leaves
//!    something over, each takes the first that has its kind, shapes and bias and is not taken yet, so that layers of one
//!    shape keep the order of the file: a module may compute first what it declares last. Where the
//!    container has no order of its own, groups are sorted by name; if that does not fit, those of one first word
//!    (`classifier`, `features`) may stand before those of another, provided that exactly one such order fits.
//!
//! No parameter may be missing, and no tensor left over: the error lists both, with shapes.
//!
//! # Shapes
//! Those of PyTorch and Chainer, which agree: linear `[n_out, n_in]`, convolution `[c_out, c_in/groups, k, k]`, transposed
//! convolution `[c_in, c_out/groups, k, k]`, and `[c]` for everything else.

mod groups;
mod order;
mod report;
pub mod rules;
#[cfg(test)]
mod tests;

use lab_core::Result;

use crate::tensors::Tensors;
use groups::{Group, Role, groups};
use report::Report;
pub use rules::Rule;

/// What kind of parameters a layer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A weight and perhaps a bias.
    Weighted,
    /// A batch norm: mean and variance, and perhaps scale and shift.
    Norm,
}

/// Whether a layer has a bias, or a batch norm scale and shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// The layer has a bias.
    Required,
    /// The layer may have a bias.
    Optional,
    /// The layer has no bias.
    Absent,
}

/// A layer that parameters are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Name of the layer.
    pub layer: String,
    /// What kind of parameters it has.
    pub kind: Kind,
    /// Shapes that its weight or its statistics may have.
    pub shapes: Vec<Vec<usize>>,
    /// Numbers of its bias.
    pub n_out: usize,
    /// Whether it has a bias, or scale and shift.
    pub bias: Bias,
}

/// The parameters of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// The shape that was found.
    pub shape: Vec<usize>,
    /// Weight, or scale of a batch norm; empty for one without.
    pub weight: Vec<f32>,
    /// Bias, or shift of a batch norm; empty for one without.
    pub bias: Vec<f32>,
    /// Mean of a batch norm.
    pub mean: Vec<f32>,
    /// Variance of a batch norm.
    pub variance: Vec<f32>,
    /// What its writer adds to a variance: Chainer 2·10⁻⁵, others 10⁻⁵, unless the file says.
    pub eps: f64,
}

/// Parameters of all layers, in their order.
///
/// # Errors
/// Fails if a parameter is missing, a tensor is left over, or its numbers are damaged.
pub fn find(tensors: &Tensors, wanted: &[Wanted], rules: &[Rule]) -> Result<Vec<Parameters>> {
    let groups = groups(tensors, rules)?;
    let pairs = by_name(wanted, &groups)
        .unwrap_or_else(|| order::by_order(wanted, &groups, tensors.is_ordered()));
    let mut report = Report::default();
    for (layer, place) in wanted.iter().zip(&pairs) {
        report.compare(layer, place.map(|place| &groups[place]));
    }
    let left = (0..groups.len()).filter(|place| !pairs.contains(&Some(*place)));
    left.for_each(|place| report.left_over(&groups[place]));
    report.finish(tensors.path())?;
    let pairs = wanted.iter().zip(pairs);
    pairs
        .filter_map(|(layer, place)| Some((layer, &groups[place?])))
        .map(|(layer, group)| read(tensors, layer, group))
        .collect()
}

/// The group of each layer, if each has exactly one of its name.
fn by_name(wanted: &[Wanted], groups: &[Group<'_>]) -> Option<Vec<Option<usize>>> {
    let place = |layer: &Wanted| {
        let mut found = (0..groups.len()).filter(|&place| groups[place].is_called(&layer.layer));
        let first = found.next()?;
        found.next().is_none().then_some(Some(first))
    };
    wanted.iter().map(place).collect()
}

fn read(tensors: &Tensors, layer: &Wanted, group: &Group<'_>) -> Result<Parameters> {
    let values = |role: Role| match group.entry(role) {
        Some(entry) => tensors.values(entry),
        None => Ok(Vec::new()),
    };
    let (weight, bias, main) = match layer.kind {
        Kind::Weighted => (Role::Weight, Role::Bias, Role::Weight),
        Kind::Norm => (Role::Scale, Role::Shift, Role::Mean),
    };
    let own = values(Role::Eps)?.first().map(|&eps| f64::from(eps));
    Ok(Parameters {
        shape: group.shape(main).unwrap_or_default().to_vec(),
        weight: values(weight)?,
        bias: values(bias)?,
        mean: values(Role::Mean)?,
        variance: values(Role::Variance)?,
        eps: own.unwrap_or(if group.is_chainers { 2e-5 } else { 1e-5 }),
    })
}
