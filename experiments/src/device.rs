//! Where tensors live: `--device cpu`, `cuda`, `cuda:N` or `auto`.

use anyhow::{Context as _, Result, bail};
use candle_core::Device;

/// The device of this name.
///
/// # Errors
/// Fails for an unknown name, and for a card that is not there or not built for.
pub(crate) fn device(name: &str) -> Result<Device> {
    let ordinal = match name {
        "cpu" => return Ok(Device::Cpu),
        "auto" => return Ok(Device::cuda_if_available(0)?),
        "cuda" => "0",
        _ => match name.strip_prefix("cuda:") {
            Some(ordinal) => ordinal,
            None => bail!("unknown device '{name}'\n  hint: known: cpu, cuda, cuda:N, auto"),
        },
    };
    let ordinal: usize = ordinal
        .parse()
        .with_context(|| format!("device '{name}': expected a number behind 'cuda:'"))?;
    Device::new_cuda(ordinal).with_context(|| {
        let hint = if cfg!(feature = "cuda") {
            "nvidia-smi lists the cards; the CUDA libraries must be on the library path"
        } else {
            "this lab was built without CUDA: cargo build --release --features cuda"
        };
        format!("device '{name}' cannot be used\n  hint: {hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_are_known_by_name() {
        assert!(device("cpu").unwrap().is_cpu());
        for (text, word) in [("gpu", "known: cpu"), ("cuda:x", "a number")] {
            let error = format!("{:#}", device(text).unwrap_err());
            assert!(error.contains(word), "{error}");
        }
        if cfg!(not(feature = "cuda")) {
            let error = format!("{:#}", device("cuda:0").unwrap_err());
            assert!(error.contains("--features cuda"), "{error}");
            assert!(device("auto").unwrap().is_cpu());
        }
    }
}
