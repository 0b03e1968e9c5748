//! The hidden side of `lab bench`: one piece of work, a unit at a time, as the lines on its input ask.

use candle_core::Device;
use lab_core::Error as CoreError;

use super::pace::Pace;
use super::{Error, Result, alignment, gemm, layers, loading, networks, works};

/// Does the work called `name` on `device` until the input ends.
///
/// # Errors
/// Fails if there is no such work, or it cannot be done.
pub fn work(name: &str, quick: bool, device: &Device) -> Result<()> {
    let pace = Pace::new(device);
    let ended = if name == gemm::NAME {
        gemm::run(&pace)
    } else if let Some(layer) = name.strip_prefix("layer.") {
        layers::run(layer, &pace)
    } else if networks::is_known(name) {
        networks::run(name, &pace)
    } else if alignment::is_known(name) {
        alignment::run(name, quick, &pace)
    } else if loading::is_known(name) {
        loading::run(name, &pace)
    } else {
        let known = works::all(quick, !device.is_cpu())
            .into_iter()
            .map(|work| work.name);
        return Err(Error::Unknown {
            name: name.to_owned(),
            known: known.collect::<Vec<_>>().join(", "),
        });
    };
    match ended {
        Ok(()) | Err(CoreError::Cancelled) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
