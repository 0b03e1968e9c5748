//! Where pictures come from: originals, and reconstructions of them.

use std::collections::BTreeSet;

use crate::{Error, Result};

/// Pictures of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// 1 (gray) or 3 (red, green, blue).
    pub n_channels: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// `[n_images, channels, height, width]`, row-major, 0 is black.
    pub values: Vec<u8>,
}

impl Pictures {
    /// Numbers of one picture.
    pub fn n_values(&self) -> usize {
        self.n_channels * self.height * self.width
    }

    /// How many pictures these are.
    pub fn n_images(&self) -> usize {
        self.values.len() / self.n_values().max(1)
    }

    /// One picture, as `[channels, height, width]`.
    pub fn picture(&self, image_idx: usize) -> &[u8] {
        let n = self.n_values();
        &self.values[image_idx * n..(image_idx + 1) * n]
    }
}

/// Reconstructions of one origin, with their originals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Label of what made the reconstructions: becomes the column `condition`.
    pub label: String,
    /// Dataset of the images: becomes the column `set`. Sources of one set must hold the same images.
    pub set: String,
    /// Whose brain; empty for the aligned mean.
    pub subject: String,
    /// The run's folder or name, for the record.
    pub run: String,
    /// The run's hash, for the record.
    pub hash: String,
    /// Why the reconstructions are no result, if the run is of toy size.
    pub toy: Option<String>,
    /// How the brain's responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// Names of the images.
    pub images: Vec<String>,
    /// The originals, in the order of `images`.
    pub originals: Pictures,
    /// The reconstructions, in the same order.
    pub reconstructions: Pictures,
    /// Originals that are in no trial, for practice and attention checks: names and pictures.
    pub spares: Option<(Vec<String>, Pictures)>,
}

impl Source {
    /// Refuses pictures that do not fit each other.
    pub(crate) fn check(&self) -> Result<()> {
        let n_images = self.images.len();
        if n_images < 2 {
            return Err(self.misfit(
                "two images or more",
                &n_images.to_string(),
                "take a larger test set",
            ));
        }
        let names: BTreeSet<&String> = self.images.iter().collect();
        if names.len() != n_images {
            return Err(self.misfit(
                "a different name for each image",
                "a name twice",
                "rename images",
            ));
        }
        let mut sets = vec![
            ("originals", &self.originals, n_images),
            ("reconstructions", &self.reconstructions, n_images),
        ];
        if let Some((names, pictures)) = &self.spares {
            sets.push(("spare originals", pictures, names.len()));
        }
        for (what, pictures, n) in sets {
            let expected = n * pictures.n_values();
            if !matches!(pictures.n_channels, 1 | 3)
                || pictures.values.len() != expected
                || pictures.n_values() == 0
            {
                let expected = format!("{what} [{n}, 1 or 3, height, width]");
                let got = format!(
                    "{} channels and {} numbers",
                    pictures.n_channels,
                    pictures.values.len()
                );
                return Err(self.misfit(&expected, &got, "hand over pictures of one size"));
            }
        }
        let n_spares = self
            .spares
            .iter()
            .flat_map(|(spares, _)| spares)
            .filter(|&name| names.contains(name))
            .count();
        if n_spares > 0 {
            return Err(self.misfit(
                "spare originals that are in no trial",
                &format!("{n_spares} that are"),
                "leave them out",
            ));
        }
        Ok(())
    }

    pub(crate) fn misfit(&self, expected: &str, got: &str, remedy: &str) -> Error {
        Error::Source {
            label: self.label.clone(),
            expected: expected.into(),
            got: got.into(),
            remedy: remedy.into(),
        }
    }
}
