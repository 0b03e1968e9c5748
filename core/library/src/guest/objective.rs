//! The host's objective, seen from inside a library: its terms and its generator, with gradients.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};

use super::link::{Link, shape};
use crate::abi;
use crate::arrays::{on_cpu, slice};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::objective::{Objective, TermValues, TermWeight};
use lab_core::traits::{Constraint, FittedFeatureNet, FittedGenerator, LatentSpace, Prior};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

use super::link::failed;

/// The objective that the host lends, on its targets.
pub(super) fn objective(link: &Arc<Link>, targets: Tensor) -> Result<Objective> {
    // SAFETY: null or valid while the table is.
    let Some(lent) = (unsafe { link.host()?.objective.as_ref() }) else {
        return Err(failed("lab_host.objective", "it is NULL".into()));
    };
    let n_terms = lent.n_terms as usize;
    // SAFETY: the arrays hold one entry a term.
    let (names, weights) = unsafe {
        (
            slice(lent.term_names, n_terms),
            slice(lent.term_weights, n_terms),
        )
    };
    let terms: Vec<TermWeight> = names
        .iter()
        .zip(weights)
        .map(|(&name, &weight)| {
            // SAFETY: names are readable while the table is valid.
            let name = unsafe { name.read() }.unwrap_or_default().to_owned();
            TermWeight { name, weight }
        })
        .collect();
    let generator = HostGenerator {
        link: link.clone(),
        space: space(lent.latents),
        shape: shape(lent.image),
    };
    let values = HostTerms {
        link: link.clone(),
        n_latents: generator.space.n_latents,
        n_terms,
    };
    Ok(Objective::of(
        Arc::new(generator),
        terms,
        targets,
        Arc::new(values),
    ))
}

fn space(latents: abi::Latents) -> LatentSpace {
    LatentSpace {
        n_latents: latents.n_latents as usize,
        prior: if latents.prior == 0 {
            Prior::UniformCube
        } else {
            Prior::Normal
        },
        constraint: if latents.constraint == 0 {
            Constraint::None
        } else {
            Constraint::UnitSphere
        },
    }
}

/// Terms that the host computes, on the targets that it has.
struct HostTerms {
    link: Arc<Link>,
    n_latents: usize,
    n_terms: usize,
}

impl TermValues for HostTerms {
    /// The host's own context counts.
    fn values(&self, _: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Vec<Tensor>> {
        let n = rows(z, self.n_latents)?;
        if target_idx.len() != n {
            return Err(Error::shape("targets of the latents", n, target_idx.len()));
        }
        let targets: Vec<u64> = target_idx.iter().map(|&idx| idx as u64).collect();
        let all = evaluate(&self.link, abi::TERMS, z, &targets, self.n_terms * n)?;
        (0..self.n_terms)
            .map(|term| Ok(all.narrow(0, term * n, n)?))
            .collect()
    }

    fn with_targets(&self, _: &Tensor) -> Result<Arc<dyn TermValues>> {
        Err(Error::Data {
            what: "objective inside a shared library".into(),
            expected: "a request for loss, values or images of latents".into(),
            got: "other targets".into(),
            remedy: "use Objective::loss, Objective::values or its generator".into(),
        })
    }

    fn features(&self) -> Option<&dyn FittedFeatureNet> {
        None
    }

    fn layers(&self) -> &[String] {
        &[]
    }

    fn selected_shares(&self) -> Result<Vec<(String, String, f64)>> {
        Ok(Vec::new())
    }
}

/// The frozen generator of the objective; its weights stay with the host.
struct HostGenerator {
    link: Arc<Link>,
    space: LatentSpace,
    shape: ImageShape,
}

impl FittedGenerator for HostGenerator {
    fn latent_space(&self) -> LatentSpace {
        self.space
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        let n = rows(z, self.space.n_latents)?;
        let size = n * self.shape.n_pixels();
        let pixels = evaluate(&self.link, abi::IMAGES, z, &[], size)?;
        Ok(pixels.reshape(&self.shape.batch(n)[..])?)
    }

    fn weights(&self) -> Weights {
        Weights::new()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

fn rows(z: &Tensor, n_latents: usize) -> Result<usize> {
    match z.dims() {
        &[n, found] if found == n_latents && n > 0 => Ok(n),
        got => Err(Error::shape("latents", ("batch", n_latents), got)),
    }
}

/// What the host makes of latents, `[size]`, in the graph if `z` is.
fn evaluate(
    link: &Arc<Link>,
    what: u32,
    z: &Tensor,
    targets: &[u64],
    size: usize,
) -> Result<Tensor> {
    let latents: Vec<f32> = on_cpu(z)?.flatten_all()?.to_vec1()?;
    let n = z.dims()[0] as u64;
    let mut out = vec![0.0_f32; size];
    let mut tape: *mut c_void = std::ptr::null_mut();
    let place = if z.track_op() {
        &raw mut tape
    } else {
        std::ptr::null_mut()
    };
    link.ask("evaluate", |host, err| {
        let (z, idx, out) = (latents.as_ptr(), targets.as_ptr(), out.as_mut_ptr());
        // SAFETY: latents, targets, room for the outputs, place and buffer are valid for the call.
        Some(unsafe { host.evaluate?(host.ctx, what, z, idx, n, out, place, err) })
    })?;
    if !z.track_op() {
        return Ok(Tensor::from_vec(out, size, z.device())?);
    }
    let op = HostOp {
        tape: HostTape {
            link: link.clone(),
            tape,
        },
        out: Mutex::new(out),
    };
    Ok(z.contiguous()?.apply_op1(op)?)
}

/// A tape of the host, dropped exactly once.
struct HostTape {
    link: Arc<Link>,
    tape: *mut c_void,
}

// SAFETY: the interface allows the host's functions, and so its tapes, on any thread.
unsafe impl Send for HostTape {}
// SAFETY: as above.
unsafe impl Sync for HostTape {}

impl Drop for HostTape {
    fn drop(&mut self) {
        if let Ok(host) = self.link.host()
            && let Some(drop_tape) = host.drop_tape
        {
            // SAFETY: the tape came from the host and is dropped once.
            unsafe { drop_tape(host.ctx, self.tape) }
        }
    }
}

/// An evaluation by the host, waiting for its gradient.
struct HostOp {
    tape: HostTape,
    /// The outputs, until the graph takes them.
    out: Mutex<Vec<f32>>,
}

impl HostOp {
    fn gradient(&self, z: &Tensor, given: &Tensor) -> Result<Tensor> {
        let given: Vec<f32> = on_cpu(given)?.to_vec1()?;
        let mut gradient = vec![0.0_f32; z.elem_count()];
        self.tape.link.ask("evaluate_vjp", |host, err| {
            let (given, out) = (given.as_ptr(), gradient.as_mut_ptr());
            // SAFETY: the tape is alive; gradients and buffer are valid for the call.
            Some(unsafe { host.evaluate_vjp?(host.ctx, self.tape.tape, given, out, err) })
        })?;
        Ok(Tensor::from_vec(gradient, z.dims(), z.device())?)
    }
}

impl CustomOp1 for HostOp {
    fn name(&self) -> &'static str {
        "host"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let values = std::mem::take(&mut *out);
        let n = values.len();
        Ok((CpuStorage::F32(values), Shape::from(n)))
    }

    fn bwd(&self, z: &Tensor, _: &Tensor, given: &Tensor) -> candle_core::Result<Option<Tensor>> {
        match self.gradient(z, given) {
            Ok(gradient) => Ok(Some(gradient)),
            Err(Error::Tensor(error)) => Err(error),
            Err(error) => Err(candle_core::Error::wrap(error)),
        }
    }
}
