//! What the card leaves in its folder, and what it prints.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use lab_reports::charts::{self, SensitivityLine};

use super::measures::table;
use super::{Card, Decoding};
use crate::store::write_atomically;

impl Card {
    /// Writes `card.json`, `card.txt`, `card.csv` and the chart of sensitivities.
    pub(crate) fn write(&self, out: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)?;
        write_atomically(&out.join("card.json"), &json)?;
        write_atomically(&out.join("card.txt"), self.text().as_bytes())?;
        write_atomically(&out.join("card.csv"), table(self).csv().as_bytes())?;
        charts::write_sensitivity(&self.lines(), out)?;
        Ok(())
    }

    /// The card for people.
    pub(crate) fn text(&self) -> String {
        let judge = &self.judge;
        let mut text = String::from("The generator card\n");
        let _ = writeln!(
            text,
            "real images: {} of {}, which no generator has learned from; ceilings: its {} test images",
            self.n_real, self.dataset, self.n_test
        );
        let _ = writeln!(
            text,
            "judge: {} of {}, seed {}, which no loss has used; distances are between its ReLUs averaged over positions, {} numbers, in units of their root mean square over real images",
            judge.features,
            self.generators
                .first()
                .map_or("", |generator| &generator.label),
            judge.seed,
            judge.n_features
        );
        for generator in &self.generators {
            let name = generator.generator.split('(').next().unwrap_or_default();
            let _ = writeln!(
                text,
                "{}: {name} of {}, {} latents, seed {}, run {}; {} samples",
                generator.label,
                generator.file.display(),
                generator.n_latents,
                generator.seed,
                generator.run_hash,
                self.n_samples,
            );
        }
        for difference in &self.differences {
            let _ = writeln!(text, "! {difference}");
        }
        let _ = write!(text, "\n{}\n", table(self).text());
        for note in self.notes() {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    fn notes(&self) -> Vec<String> {
        let confidence = 100.0 * self.confidence;
        let mut notes = vec![
            format!(
                "[…] are {confidence} % intervals: KID by jackknife over both sets, shares by Wilson, the rest by bootstrap over images; – is not measured."
            ),
            "KID has no bias, but takes images as drawn independently: sets with equally many images of each class come out a little below 0."
                .to_owned(),
            "FID is biased upwards by few images: compare it at the same N only, and with the corpus beside it; of endless images, the bias of the samples is gone and that of the real images is left."
                .to_owned(),
        ];
        if let Some(generator) = self.generators.first() {
            let (n_starts, n_steps) = generator.ceiling.search;
            notes.push(format!(
                "Searches: {n_starts} starts of {n_steps} steps. Two of them end as far apart as said above: an error in z below that is none."
            ));
        }
        for generator in &self.generators {
            if let Decoding::NotRun { reason } = &generator.decoding {
                notes.push(format!("{}: not run: {reason}.", generator.label));
            }
        }
        notes
    }

    fn lines(&self) -> Vec<SensitivityLine> {
        let line = |generator: &super::GeneratorCard| {
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
        self.generators.iter().map(line).collect()
    }
}
