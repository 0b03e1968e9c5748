//! The pictures of a study's trials, as model observers see them.

use rayon::prelude::*;

use crate::matrix::Similarities;
use crate::study::Observed;
use crate::{Error, Result, Rows};

/// Most reconstructions of which all pairs are looked at, so that choices can be permuted; of more, only the pairs that were
/// shown are.
pub const MOST_IMAGES: usize = 256;

/// Pictures of one set, one condition and one brain, with the pairs that are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Stimuli {
    /// Name of the dataset that the images belong to.
    pub set: String,
    /// What made the reconstructions.
    pub condition: String,
    /// Whose brain the reconstructions are of; empty for the mean of aligned subjects.
    pub subject: String,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// Names of the originals, in the order of their rows.
    pub originals: Vec<String>,
    /// Names of the images that the reconstructions are of, in the order of their rows.
    pub reconstructions: Vec<String>,
    /// The originals, pixels in `[−1, 1]`: `[n_originals, height · width]`.
    pub of_originals: Rows,
    /// The reconstructions, pixels in `[−1, 1]`: `[n_reconstructions, height · width]`.
    pub of_reconstructions: Rows,
    /// The original and the foil's reconstruction of each trial, as indices of rows.
    pub shown: Vec<(usize, usize)>,
}

/// What is asked about one original.
struct Question {
    original: usize,
    own: usize,
    foils: Vec<usize>,
}

impl Stimuli {
    /// What an observer makes of the pairs: of all pairs of images, or of those that were shown if there are more than
    /// [`MOST_IMAGES`] reconstructions.
    ///
    /// # Shapes
    /// `originals: [n_originals, n_columns]`, `reconstructions: [n_reconstructions, n_columns]`: pixels, or activations of a
    /// layer. `compare` gives a similarity for each pair of rows.
    ///
    /// # Errors
    /// [`Error::Shape`] if the rows are not those of the pictures, if a number is not finite, or if an original that is shown
    /// has no reconstruction.
    pub fn observed(
        &self,
        observer: &str,
        (originals, reconstructions): (&Rows, &Rows),
        compare: impl Fn(&Rows, &Rows) -> Similarities + Sync,
    ) -> Result<Vec<Observed>> {
        check(observer, originals, self.originals.len())?;
        check(observer, reconstructions, self.reconstructions.len())?;
        if originals.n_columns != reconstructions.n_columns {
            return Err(Error::Shape {
                what: format!("pictures for observer '{observer}'"),
                expected: format!("{} columns", originals.n_columns),
                got: reconstructions.n_columns.to_string(),
            });
        }
        let questions = self.questions()?;
        let whole = self.are_few().then(|| compare(originals, reconstructions));
        let answers: Vec<Vec<Observed>> = questions
            .into_par_iter()
            .map(|question| {
                let margins = match &whole {
                    Some(all) => question.margins(all),
                    None => question.alone(originals, reconstructions, &compare),
                };
                let foils = question.foils.iter().zip(margins);
                foils
                    .map(|(&foil, margin)| self.row(observer, question.original, foil, margin))
                    .collect()
            })
            .collect();
        Ok(answers.into_iter().flatten().collect())
    }

    fn are_few(&self) -> bool {
        self.reconstructions.len() <= MOST_IMAGES
    }

    fn row(&self, observer: &str, original: usize, foil: usize, margin: f64) -> Observed {
        Observed {
            observer: observer.to_owned(),
            set: self.set.clone(),
            condition: self.condition.clone(),
            subject: self.subject.clone(),
            image: self.originals[original].clone(),
            distractor: self.reconstructions[foil].clone(),
            margin,
        }
    }

    fn questions(&self) -> Result<Vec<Question>> {
        let mut questions = Vec::new();
        for (original, name) in self.originals.iter().enumerate() {
            let own = self.reconstructions.iter().position(|of| of == name);
            let own = own.ok_or_else(|| Error::Shape {
                what: format!("reconstructions of set '{}'", self.set),
                expected: format!("one of '{name}', which was shown"),
                got: "none".into(),
            })?;
            let foils: Vec<usize> = if self.are_few() {
                (0..self.reconstructions.len())
                    .filter(|&foil| foil != own)
                    .collect()
            } else {
                let shown = self.shown.iter().filter(|(of, _)| *of == original);
                let foils: std::collections::BTreeSet<usize> =
                    shown.map(|(_, foil)| *foil).collect();
                foils.into_iter().collect()
            };
            questions.push(Question {
                original,
                own,
                foils,
            });
        }
        Ok(questions)
    }
}

impl Question {
    /// Margins from the similarities of all pairs.
    fn margins(&self, all: &Similarities) -> Vec<f64> {
        let own = all.at(self.original, self.own);
        let foils = self.foils.iter();
        foils
            .map(|&foil| own - all.at(self.original, foil))
            .collect()
    }

    /// Margins from the similarities of this original alone.
    fn alone(
        &self,
        originals: &Rows,
        reconstructions: &Rows,
        compare: &impl Fn(&Rows, &Rows) -> Similarities,
    ) -> Vec<f64> {
        let own_first = std::iter::once(self.own).chain(self.foils.iter().copied());
        let of = compare(
            &taken(originals, std::iter::once(self.original)),
            &taken(reconstructions, own_first),
        );
        let foils = 1..of.n_columns;
        foils.map(|foil| of.at(0, 0) - of.at(0, foil)).collect()
    }
}

fn check(observer: &str, rows: &Rows, n_rows: usize) -> Result<()> {
    let wrong = |expected: String, got: String| Error::Shape {
        what: format!("pictures for observer '{observer}'"),
        expected,
        got,
    };
    if rows.n_columns == 0 || rows.values.len() != n_rows * rows.n_columns {
        return Err(wrong(
            format!("{n_rows} rows of {} numbers", rows.n_columns),
            format!("{} numbers", rows.values.len()),
        ));
    }
    match rows.values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(wrong("finite numbers".into(), value.to_string())),
        None => Ok(()),
    }
}

fn taken(rows: &Rows, which: impl Iterator<Item = usize>) -> Rows {
    let n = rows.n_columns;
    Rows {
        n_columns: n,
        values: which
            .flat_map(|row| rows.values[row * n..(row + 1) * n].iter().copied())
            .collect(),
    }
}
