//! What the chart of the generator card shows.

use lab_reports::charts::SensitivityLine;
use lab_runner::card::{Card, Decoding, GeneratorCard};

/// A line for each generator of the card.
pub(super) fn lines(card: &Card) -> Vec<SensitivityLine> {
    let line = |generator: &GeneratorCard| {
        let error = match &generator.decoding {
            Decoding::Finished { error, .. } => error.as_deref(),
            Decoding::NotRun { .. } => None,
        };
        SensitivityLine {
            name: generator.label.clone(),
            pixels: generator.sensitivity.pixels.clone(),
            features: generator.sensitivity.features.clone(),
            decoder: error.map(|error| {
                let measured = [error.pixels[0].value, error.features[0].value];
                (error.angle.value, measured)
            }),
            unrelated: [
                generator.sensitivity.unrelated[0],
                generator.sensitivity.unrelated[1],
            ],
        }
    };
    card.generators.iter().map(line).collect()
}
