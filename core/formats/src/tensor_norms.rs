//! Weights that were saved in parts, with a norm beside them, put together again as PyTorch does before it uses them.
//!
//! ```text
//! spectral norm   weight = orig / σ,  σ = uᵀ W v, where W has the axis of the outputs as rows and all others as columns
//! weight norm     weight = g · v / ‖v‖, the norm over all axes along which g has one entry
//! ```
//! Source: Miyato et al. (2018), arXiv:1802.05957; Salimans and Kingma (2016), arXiv:1602.07868; PyTorch,
//! `torch/nn/utils/{spectral_norm,weight_norm,parametrizations}.py`.

use std::collections::BTreeMap;

/// Which tensors are the parts of one weight, as places in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    /// Name of the weight.
    pub(super) name: String,
    pub(super) norm: Norm,
}

/// The parts of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Norm {
    /// Spectral norm; files of PyTorch before 0.4.1 have no `v`.
    Spectral {
        orig: usize,
        u: usize,
        v: Option<usize>,
    },
    /// Weight normalisation of PyTorch: the weight is `g · v / ‖v‖`; places of both in the file.
    Weight { g: usize, v: usize },
}

impl Norm {
    /// The part that has the shape of the weight.
    pub(super) fn main(self) -> usize {
        match self {
            Self::Spectral { orig, .. } => orig,
            Self::Weight { v, .. } => v,
        }
    }

    pub(super) fn parts(self) -> Vec<usize> {
        match self {
            Self::Spectral { orig, u, v } => [vec![orig, u], v.into_iter().collect()].concat(),
            Self::Weight { g, v } => vec![g, v],
        }
    }
}

/// Ends of the names of parts: `orig`, `u` and `v` of a spectral norm, old and new.
const SPECTRAL: [[&str; 3]; 2] = [["_orig", "_u", "_v"], [".original", ".0._u", ".0._v"]];
/// The same of a weight norm: `g` and `v`.
const WEIGHT: [[&str; 2]; 2] = [["_g", "_v"], [".original0", ".original1"]];
/// What stands before the name of a weight in the new form.
const NEW: &str = "parametrizations.";

/// Every weight that these tensors hold in parts.
pub(super) fn folds<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Fold> {
    let places: BTreeMap<String, usize> = names
        .enumerate()
        .map(|(place, name)| (name.replace('/', "."), place))
        .collect();
    let at = |stem: &str, end: &str| places.get(&format!("{stem}{end}")).copied();
    let mut folds = Vec::new();
    for name in places.keys() {
        for [orig, u, v] in SPECTRAL {
            if let Some(stem) = name.strip_suffix(orig)
                && let (Some(main), Some(left)) = (at(stem, orig), at(stem, u))
            {
                let norm = Norm::Spectral {
                    orig: main,
                    u: left,
                    v: at(stem, v),
                };
                folds.push(fold(stem, norm));
            }
        }
        for [g, v] in WEIGHT {
            // `weight_v` beside `weight_orig` belongs to a spectral norm.
            if let Some(stem) = name.strip_suffix(g)
                && let (Some(scale), Some(direction)) = (at(stem, g), at(stem, v))
            {
                let norm = Norm::Weight {
                    g: scale,
                    v: direction,
                };
                folds.push(fold(stem, norm));
            }
        }
    }
    folds
}

fn fold(stem: &str, norm: Norm) -> Fold {
    Fold {
        name: stem.replace(NEW, ""),
        norm,
    }
}

/// How well `u` fits to `W v` for an axis of outputs to be told from another, and how badly the other.
const FITS: (f64, f64) = (0.9, 0.7);

/// Axes that can be that of the outputs: 0, or 1 for transposed convolutions.
fn axes(shape: &[usize], n_u: usize) -> Vec<usize> {
    let axes = (0..shape.len().min(2)).filter(|&axis| shape[axis] == n_u);
    axes.collect()
}

/// A weight without its spectral norm's scale. `usual` is the axis of the outputs of other weights of the file, if they agree.
///
/// # Errors
/// Fails with what was found if the parts do not fit, or the axis of the outputs cannot be told.
pub(super) fn spectral(
    weight: &[f32],
    shape: &[usize],
    u: &[f32],
    v: Option<&[f32]>,
    usual: Option<usize>,
) -> Result<Vec<f32>, String> {
    let known = axes(shape, u.len());
    let scales: Vec<(usize, f64, f64)> = known
        .iter()
        .filter_map(|&axis| {
            let (scale, fit) = scale(weight, shape, axis, u, v)?;
            Some((axis, scale, fit))
        })
        .collect();
    let chosen = match scales[..] {
        [] => {
            return Err(format!(
                "a spectral norm's u of {} and v of {:?} numbers for {shape:?}",
                u.len(),
                v.map(<[f32]>::len)
            ));
        }
        [only] => only,
        [first, second] if first.2 >= FITS.0 && second.2 < FITS.1 => first,
        [first, second] if second.2 >= FITS.0 && first.2 < FITS.1 => second,
        _ => {
            let found = scales.iter().find(|(axis, ..)| Some(*axis) == usual);
            *found.ok_or_else(|| {
                format!("a spectral norm of {shape:?}, whose axis of outputs cannot be told: save the folded weight")
            })?
        }
    };
    let scale = chosen.1;
    if scale.abs() < f64::MIN_POSITIVE || !scale.is_finite() {
        return Err(format!("a spectral norm of {scale}"));
    }
    Ok(weight
        .iter()
        .map(|&value| (f64::from(value) / scale) as f32)
        .collect())
}

/// The axis of the outputs, where the shapes alone tell it.
pub(super) fn certain_axis(shape: &[usize], n_u: usize) -> Option<usize> {
    match axes(shape, n_u)[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// `uᵀ W v`, and the cosine of `u` and `W v`; `None` if the sizes do not fit.
fn scale(
    weight: &[f32],
    shape: &[usize],
    axis: usize,
    u: &[f32],
    v: Option<&[f32]>,
) -> Option<(f64, f64)> {
    let n_rows = shape[axis];
    let n_columns = weight.len().checked_div(n_rows)?;
    let inner: usize = shape[axis + 1..].iter().product();
    // Columns are the other axes in their order.
    let row_and_column = |at: usize| {
        let (outer, rest) = (at / (n_rows * inner), at % (n_rows * inner));
        (rest / inner, outer * inner + rest % inner)
    };
    let v: Vec<f64> = if let Some(v) = v {
        v.iter().map(|&x| f64::from(x)).collect()
    } else {
        let mut v = vec![0.0; n_columns];
        for (at, &value) in weight.iter().enumerate() {
            let (row, column) = row_and_column(at);
            v[column] += f64::from(value) * f64::from(u[row]);
        }
        let norm = norm(&v);
        v.iter().map(|x| x / norm).collect()
    };
    if v.len() != n_columns || inner == 0 {
        return None;
    }
    let mut product = vec![0.0; n_rows];
    for (at, &value) in weight.iter().enumerate() {
        let (row, column) = row_and_column(at);
        product[row] += f64::from(value) * v[column];
    }
    let u: Vec<f64> = u.iter().map(|&x| f64::from(x)).collect();
    let scale: f64 = u.iter().zip(&product).map(|(u, x)| u * x).sum();
    Some((scale, scale.abs() / (norm(&u) * norm(&product))))
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A weight from its lengths and directions.
///
/// # Errors
/// Fails with what was found if the shapes do not fit.
pub(super) fn weight(g: (&[f32], &[usize]), v: (&[f32], &[usize])) -> Result<Vec<f32>, String> {
    let ((g, g_shape), (v, shape)) = (g, v);
    let fits = |axis: usize| g_shape[axis] == 1 || g_shape[axis] == shape[axis];
    let is_one = g.len() == 1;
    if !is_one && (g_shape.len() != shape.len() || !(0..shape.len()).all(fits)) {
        return Err(format!("a weight norm's g of {g_shape:?} for {shape:?}"));
    }
    // The place in g of each number of v.
    let group = |at: usize| {
        if is_one {
            return 0;
        }
        let (mut rest, mut place, mut step) = (at, 0, 1);
        for axis in (0..shape.len()).rev() {
            let index = rest % shape[axis];
            rest /= shape[axis];
            if g_shape[axis] > 1 {
                place += index * step;
                step *= g_shape[axis];
            }
        }
        place
    };
    let mut squares = vec![0.0; g.len()];
    for (at, &value) in v.iter().enumerate() {
        squares[group(at)] += f64::from(value).powi(2);
    }
    let scaled = v.iter().enumerate().map(|(at, &value)| {
        let place = group(at);
        (f64::from(g[place]) * f64::from(value) / squares[place].sqrt()) as f32
    });
    Ok(scaled.collect())
}
