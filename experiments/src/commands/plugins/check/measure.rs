//! Checks that are the same for every kind: gradients, state, repeats, threads, speed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use candle_core::{Tensor, Var};
use lab_core::rng::{self, stream};
use lab_core::testing::gradient_agreement;
use lab_core::{Result, weights};

use super::events::{Outcome, Said};
use super::kinds::Probe;

/// Relative tolerance of gradients: networks with kinks are allowed.
const TOLERANCE: f64 = 0.05;
/// Rows of most checks.
const BATCH: usize = 3;
/// Batches whose time is taken.
const BATCHES: [usize; 2] = [3, 64];
/// Threads that call at once, and calls of each.
const N_THREADS: usize = 4;
const N_CALLS: usize = 4;
/// Time for one measurement of speed, and calls at most.
const BUDGET: Duration = Duration::from_millis(300);
const MOST_CALLS: usize = 200;

/// Gradients with respect to every input against central differences.
pub(super) fn gradients(probe: &dyn Probe) -> Said {
    let inputs = probe.inputs(BATCH)?;
    if inputs.is_empty() {
        return Ok((Outcome::Skipped, "this kind has no gradients".into()));
    }
    let (mut said, mut n_compared) = (Vec::new(), 0);
    for idx in 0..inputs.len() {
        let (is_compared, words) = gradient_by(probe, &inputs, idx)?;
        n_compared += usize::from(is_compared);
        said.push(words);
    }
    let outcome = match n_compared {
        0 if probe.may_lack_gradients() => Outcome::Skipped,
        0 => Outcome::Failed,
        _ => Outcome::Passed,
    };
    Ok((
        outcome,
        format!(
            "{} ({:.0} % are allowed)",
            said.join("; "),
            100.0 * TOLERANCE
        ),
    ))
}

/// The gradient with respect to one input: whether there was one to compare, and what came out.
fn gradient_by(
    probe: &dyn Probe,
    inputs: &[(String, Tensor)],
    idx: usize,
) -> Result<(bool, String)> {
    let values: Vec<Tensor> = inputs.iter().map(|(_, value)| value.clone()).collect();
    let (name, x) = &inputs[idx];
    let f = |x: &Tensor| {
        let mut moved = values.clone();
        moved[idx] = x.clone();
        weighed(&probe.call(BATCH, &moved)?)
    };
    if bits(&[f(x)?])? == bits(&[f(&x.affine(0.9, 0.05)?)?])? {
        return Ok((false, format!("nothing depends on {name}")));
    }
    if probe.may_lack_gradients() && gradient_of(x, &f)?.is_none() {
        let words = format!("no gradient by {name}, which this kind need not give");
        return Ok((false, words));
    }
    let agreement = gradient_agreement(name, x, TOLERANCE, &f)?;
    let words = format!(
        "by {name}: worst of {} directions {:.2} % off central differences",
        agreement.n_directions,
        100.0 * agreement.worst
    );
    Ok((true, words))
}

/// The gradient of `f` at `x`, unless it is missing or zero.
fn gradient_of(x: &Tensor, f: &dyn Fn(&Tensor) -> Result<Tensor>) -> Result<Option<Tensor>> {
    let var = Var::from_tensor(x)?;
    // A plugin without vjp refuses a call whose gradient will be needed.
    let Ok(y) = f(var.as_tensor()) else {
        return Ok(None);
    };
    let gradient = y.backward()?.get(&var).cloned();
    Ok(match gradient {
        Some(gradient) if gradient.abs()?.sum_all()?.to_scalar::<f32>()? > 0.0 => Some(gradient),
        _ => None,
    })
}

/// Outputs as one number: a sum with fixed random weights.
fn weighed(outputs: &[Tensor]) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    for (idx, output) in outputs.iter().enumerate() {
        let mut draws = stream(0, &format!("check/weigh-{idx}"));
        let weights = rng::normal(&mut draws, 1.0, output.dims(), output.device())?;
        let part = output.mul(&weights.to_dtype(output.dtype())?)?.sum_all()?;
        sum = Some(match sum {
            None => part,
            Some(sum) => (sum + part)?,
        });
    }
    sum.ok_or_else(|| lab_core::Error::shape("outputs", "one at least", 0))
}

/// What is saved rebuilds the same outputs, byte for byte.
pub(super) fn state(probe: &dyn Probe) -> Said {
    let Some(restored) = probe.restored()? else {
        return Ok((Outcome::Skipped, "this kind has no state".into()));
    };
    let saved = match probe.weights() {
        weights if weights.is_empty() => "nothing is saved, and another instance".to_owned(),
        weights => format!(
            "what {} saved bytes rebuild",
            weights::to_bytes(&weights)?.len()
        ),
    };
    let same = outputs(probe, BATCH)? == outputs(restored.as_ref(), BATCH)?;
    Ok(if same {
        (Outcome::Passed, format!("{saved} gives the same outputs"))
    } else {
        (Outcome::Failed, format!("{saved} gives other outputs"))
    })
}

/// A hash of what was learned, of outputs and of gradients; two calls must agree.
pub(super) fn fingerprint(probe: &dyn Probe) -> Said {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&weights::to_bytes(&probe.weights())?);
    for batch in BATCHES {
        // Outputs alone as well: what changes with every second call would not show in pairs of calls.
        let same = outputs(probe, batch)? == outputs(probe, batch)?;
        let (first, second) = (everything(probe, batch)?, everything(probe, batch)?);
        if !same || first != second {
            return Ok((
                Outcome::Failed,
                format!("two equal calls with batch {batch} gave other bytes"),
            ));
        }
        hasher.update(&first);
    }
    Ok((Outcome::Passed, hasher.finalize().to_hex()[..12].to_owned()))
}

/// The same calls from several threads at once.
pub(super) fn threads(probe: &dyn Probe) -> Said {
    let expected = everything(probe, BATCH)?;
    let calls = || -> Result<bool> {
        for _ in 0..N_CALLS {
            if everything(probe, BATCH)? != expected {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let same = std::thread::scope(|scope| -> Result<bool> {
        let threads: Vec<_> = (0..N_THREADS).map(|_| scope.spawn(calls)).collect();
        let mut all = true;
        for thread in threads {
            // A panic of ours in a thread is one of this process.
            all &= thread.join().unwrap_or(Ok(false))?;
        }
        Ok(all)
    })?;
    let what = format!("{N_THREADS} threads with {N_CALLS} calls each");
    Ok(if same {
        (
            Outcome::Passed,
            format!("{what}: the same bytes as from one"),
        )
    } else {
        (
            Outcome::Failed,
            format!("{what}: other bytes than from one"),
        )
    })
}

/// Time of a call and of its gradient, beside that of copying the same numbers.
pub(super) fn speed(probe: &dyn Probe) -> Said {
    let mut said = Vec::new();
    for batch in BATCHES {
        let inputs: Vec<Tensor> = probe
            .inputs(batch)?
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        let made = probe.call(batch, &inputs)?;
        let forward = time(|| probe.call(batch, &inputs).map(drop))?;
        let copying = time(|| copy(inputs.iter().chain(&made)))?;
        let vars: Vec<Tensor> = inputs
            .iter()
            .map(|input| Ok(Var::from_tensor(input)?.as_tensor().clone()))
            .collect::<Result<_>>()?;
        let sum = probe
            .call(batch, &vars)
            .and_then(|outputs| weighed(&outputs));
        let vjp = match sum {
            Ok(sum) if !vars.is_empty() => Some(time(|| {
                black_box(sum.backward()?);
                Ok(())
            })?),
            _ => None,
        };
        let vjp = vjp.map_or(String::new(), |vjp| format!(", vjp {}", shown(vjp)));
        said.push(format!(
            "batch {batch}: forward {}{vjp}, copying alone {}",
            shown(forward),
            shown(copying)
        ));
    }
    Ok((Outcome::Passed, said.join("; ")))
}

/// What every call costs at least: numbers go in and out once.
fn copy<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Result<()> {
    for tensor in tensors {
        let values = tensor.flatten_all()?;
        black_box(Tensor::copy(&values)?);
    }
    Ok(())
}

/// The median time of a call.
fn time(mut call: impl FnMut() -> Result<()>) -> Result<Duration> {
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || (start.elapsed() < BUDGET && times.len() < MOST_CALLS) {
        let begin = Instant::now();
        call()?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1e3 => format!("{micros:.1} µs"),
        1e3..1e6 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// Outputs of a call.
fn outputs(probe: &dyn Probe, batch: usize) -> Result<Vec<u8>> {
    let inputs: Vec<Tensor> = probe
        .inputs(batch)?
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    bits(&probe.call(batch, &inputs)?)
}

/// Outputs and, where there are any, gradients of a call.
fn everything(probe: &dyn Probe, batch: usize) -> Result<Vec<u8>> {
    let inputs = probe.inputs(batch)?;
    let mut bytes = outputs(probe, batch)?;
    let vars: Vec<Tensor> = inputs
        .iter()
        .map(|(_, input)| Ok(Var::from_tensor(input)?.as_tensor().clone()))
        .collect::<Result<_>>()?;
    let made = probe.call(batch, &vars);
    if vars.is_empty() || (made.is_err() && probe.may_lack_gradients()) {
        return Ok(bytes);
    }
    let gradients = weighed(&made?)?.backward()?;
    let found: Vec<Tensor> = vars
        .iter()
        .filter_map(|var| gradients.get(var).cloned())
        .collect();
    bytes.extend(bits(&found)?);
    Ok(bytes)
}

/// All bytes of tensors.
fn bits(tensors: &[Tensor]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for tensor in tensors {
        let values: Vec<f64> = tensor
            .flatten_all()?
            .to_dtype(candle_core::DType::F64)?
            .to_vec1()?;
        bytes.extend(
            values
                .iter()
                .flat_map(|value| value.to_bits().to_le_bytes()),
        );
    }
    Ok(bytes)
}
