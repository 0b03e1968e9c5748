//! Where tensors live: `--device cpu`, `cuda`, `cuda:N` or `auto`; `+tf32` behind a card reduces its precision.

use anyhow::{Context as _, Result, anyhow, bail};
use candle_core::Device;
use lab_core::nn::precision;
use lab_runner::Card;

use crate::events::warn;

/// The device of this name; the precision that it asks for holds for the whole program.
///
/// # Errors
/// Fails for an unknown name, and for a card that is not there or not built for.
pub(crate) fn device(name: &str) -> Result<Device> {
    let card = match name {
        "cpu" => return Ok(Device::Cpu),
        "auto" => return Ok(card_or_processor(Device::new_cuda(0))),
        _ => Card::named(name),
    };
    let Some(Card { ordinal, reduced }) = card else {
        bail!(
            "unknown device '{name}'\n  hint: known: cpu, cuda, cuda:N, auto; cuda+tf32 and cuda:N+tf32 for reduced precision"
        )
    };
    let ordinal: usize = ordinal
        .parse()
        .with_context(|| format!("device '{name}': expected a number behind 'cuda:'"))?;
    precision::reduce(reduced);
    Device::new_cuda(ordinal)
        .map_err(|why| anyhow!(reason(&why)))
        .with_context(|| {
            let hint = if cfg!(feature = "cuda") {
                "nvidia-smi lists the cards; the CUDA libraries must be on the library path"
            } else {
                "this lab was built without CUDA: cargo build --release --features cudnn"
            };
            format!("device '{name}' cannot be used\n  hint: {hint}")
        })
}

/// The card, or the processor where none can be used: a program that was built for cards also runs where there is none.
fn card_or_processor(card: candle_core::Result<Device>) -> Device {
    card.unwrap_or_else(|why| {
        if cfg!(feature = "cuda") {
            warn(&format!(
                "no card can be used, and the processor does the work: {}",
                reason(&why)
            ));
        }
        Device::Cpu
    })
}

/// What candle says of an error, without the functions that it went through.
fn reason(why: &candle_core::Error) -> String {
    let text = why.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::{card_or_processor, device, reason};

    #[test]
    fn the_processor_stands_in_for_a_card_that_is_not_there() {
        let missing = || candle_core::Error::Msg("no such card".into()).bt();
        assert!(card_or_processor(Err(missing())).is_cpu());
        assert!(card_or_processor(Ok(Device::Cpu)).is_cpu());
        assert_eq!(reason(&missing()), "no such card");
    }

    #[test]
    fn devices_are_known_by_name() {
        assert!(device("cpu").unwrap().is_cpu());
        let wrong = [
            ("gpu", "known: cpu"),
            ("cuda:x", "a number"),
            ("cpu+tf32", "cuda+tf32"),
            ("auto+tf32", "unknown device"),
        ];
        for (text, word) in wrong {
            let error = format!("{:#}", device(text).unwrap_err());
            assert!(error.contains(word), "{error}");
        }
        if cfg!(not(feature = "cuda")) {
            let error = format!("{:#}", device("cuda:0").unwrap_err());
            assert!(error.contains("--features cudnn"), "{error}");
            assert!(device("auto").unwrap().is_cpu());
        }
    }
}
