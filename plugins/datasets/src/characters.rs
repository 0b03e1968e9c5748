//! Handwritten characters in the authors' file: the corpus for the letters of BRAINS.
//!
//! Each row of `X` is one square image, column by column, ink 1 on ground 0. How many there are, how large, and which
//! classes `labels` names is all taken from the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::{Labels, MemoryImages};
use lab_core::traits::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::corpus::{natural, spread_test};
use crate::missing_class;
use lab_formats::container::Container;
use lab_formats::{MAX_NAMED, file_error, pictures};

/// Parameters of `characters`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CharactersParams {
    /// The `.mat` file with `X` and `labels`.
    pub path: String,
    /// Height and width that images get, in pixels; `None` for those of the file.
    pub size: Option<usize>,
    /// Names of the classes that are kept; empty for all.
    pub classes: Vec<String>,
    /// How many characters are for testing, spread evenly over the file.
    pub n_test: usize,
}

impl PluginParams for CharactersParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("characters.rs")],
        &[
            ("size", Range::SIDE),
            ("n_test", Range::COUNT),
        ],
    );
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Characters {
    params: CharactersParams,
}

impl Characters {
    /// Checks that a file is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is, or the size is 0.
    pub fn build(params: CharactersParams, _ctx: &Context) -> Result<Self> {
        if params.path.is_empty() || params.size == Some(0) {
            return Err(Error::Data {
                what: "characters".into(),
                expected: "path: \"handwrittencharacters.mat\", and a size of at least 1, if any"
                    .into(),
                got: format!("path: {:?}, size: {:?}", params.path, params.size),
                remedy: "say where the characters are".into(),
            });
        }
        Ok(Self { params })
    }

    /// Which rows are kept, and their classes. A row without a class is kept where no classes are asked for.
    fn kept(&self, labels: Option<Vec<String>>, n: usize) -> Result<(Vec<usize>, Option<Labels>)> {
        let path = Path::new(&self.params.path);
        let Some(labels) = labels else {
            if self.params.classes.is_empty() {
                return Ok(((0..n).collect(), None));
            }
            let (expected, remedy) = ("names of classes", "leave out the parameter 'classes'");
            return Err(file_error(path, "labels", expected, "none", remedy));
        };
        let mut names = labels.clone();
        names.retain(|name| !missing_class::is_missing(name));
        names.sort_by(|a, b| natural(a, b));
        names.dedup();
        let wanted = &self.params.classes;
        if let Some(class) = wanted.iter().find(|class| !names.contains(class)) {
            let got = lab_core::listed(&names, MAX_NAMED);
            let expected = format!("class '{class}' among others");
            return Err(file_error(
                path,
                "labels",
                expected,
                got,
                "name classes of the file",
            ));
        }
        if !wanted.is_empty() {
            names.retain(|name| wanted.contains(name));
        }
        let class = |label: &String| {
            let found = names.iter().position(|name| name == label);
            let kept = wanted.is_empty().then_some(Labels::NONE);
            found.map(|class| class as u32).or(kept)
        };
        let found = labels
            .iter()
            .enumerate()
            .filter_map(|(row, label)| Some((row, class(label)?)));
        let (rows, of) = found.unzip();
        Ok((rows, Some(Labels { names, of })))
    }
}

impl Dataset for Characters {
    fn files(&self) -> Vec<PathBuf> {
        vec![PathBuf::from(&self.params.path)]
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        let path = Path::new(&self.params.path);
        let Stored {
            ink,
            n,
            side,
            labels,
        } = read(path)?;
        let (rows, labels) = self.kept(labels, n)?;
        let size = self.params.size.unwrap_or(side);
        let image = |&row: &usize| {
            let columns = &ink[row * side * side..(row + 1) * side * side];
            let pixel = |place: usize| {
                let (y, x) = (place / side, place % side);
                2.0 * columns[x * side + y] - 1.0
            };
            let image: Vec<f32> = (0..side * side).map(pixel).collect();
            pictures::square(&image, side, side, size)
        };
        let images: Vec<Vec<f32>> = lab_core::all_done(rows.par_iter().map(image).collect())?;
        let stimuli = Stimuli {
            images: Arc::new(MemoryImages::new(ImageShape::grey(size), images.concat())?),
            split: spread_test(rows.len(), self.params.n_test, "characters")?,
            names: None,
            labels,
            field_of_view_deg: None,
            picture_of: None,
        };
        let labels = stimuli.labels.as_ref();
        let n_unlabelled = labels.map_or(0, Labels::n_unlabelled);
        let note = missing_class::note(n_unlabelled, stimuli.n_images(), &[]);
        let mut recording = Recording::corpus("handwritten characters", stimuli);
        recording.notes.extend(note);
        Ok(recording)
    }
}

/// What the file holds.
struct Stored {
    /// `[n, side · side]`, column by column.
    ink: Vec<f32>,
    n: usize,
    side: usize,
    /// The class of each, if the file says so.
    labels: Option<Vec<String>>,
}

fn read(path: &Path) -> Result<Stored> {
    let file = Container::open(path)?;
    let (shape, ink) = file.array::<f32>("X")?.row_major();
    let fail = |variable: &str, expected: &str, got: String| {
        let remedy = "name the file of handwritten characters";
        file_error(path, variable, expected, got, remedy)
    };
    let (n, side) = match shape[..] {
        [n, n_pixels] if n_pixels.isqrt().pow(2) == n_pixels && n * n_pixels > 0 => {
            (n, n_pixels.isqrt())
        }
        _ => {
            return Err(fail(
                "X",
                "one row for each square image",
                format!("{shape:?}"),
            ));
        }
    };
    if let Some(value) = ink.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        return Err(fail("X", "ink from 0 to 1", value.to_string()));
    }
    let mut stored = Stored {
        ink,
        n,
        side,
        labels: None,
    };
    if !file.has("labels") {
        return Ok(stored);
    }
    let labels: Vec<String> = if let Ok(labels) = file.strings(path, "labels") {
        labels.iter().map(|label| label.trim().to_owned()).collect()
    } else {
        // Classes may be numbers.
        let numbers = file.array::<f32>("labels")?.values;
        numbers.iter().map(f32::to_string).collect()
    };
    if labels.len() != n {
        let got = labels.len().to_string();
        return Err(fail(
            "labels",
            &format!("{n} names, one for each image"),
            got,
        ));
    }
    stored.labels = Some(labels);
    Ok(stored)
}

lab_core::register! {
    Dataset "characters" => Characters, CharactersParams;
    summary: "Handwritten letters and digits of the authors’ file, as a corpus",
    equation: "pixel(y, x) = 2 X[row, side·x + y] − 1",
    source: "van der Maaten (2009), TiCC TR 2009-002; layout as in Seeliger et al. (2018)",
    parity: "numpy, scipy",
}

#[cfg(test)]
mod tests {
    use lab_core::testing::check_dataset;

    use super::*;
    use crate::tests::fixture;
    use lab_formats::npy;

    fn load(name: &str, change: impl Fn(&mut CharactersParams)) -> Result<Stimuli> {
        let ctx = Context::new(1);
        let mut params = CharactersParams {
            path: fixture(name).to_string_lossy().into_owned(),
            ..CharactersParams::default()
        };
        change(&mut params);
        let dataset = Characters::build(params, &ctx)?;
        Ok(check_dataset(&ctx, &dataset)?
            .map(|recording| recording.stimuli)
            .unwrap())
    }

    #[test]
    fn images_stand_upright_with_their_classes() -> Result<()> {
        let (_, upright) = npy::read(&fixture("characters.npy"))?;
        for name in ["characters.mat", "characters_text.mat"] {
            let stimuli = load(name, |_| ())?;
            let found = stimuli.images.read(&[0, 1, 2, 3, 4, 5])?;
            for (found, expected) in found.iter().zip(&upright) {
                assert!((found - (2.0 * expected - 1.0)).abs() < 1e-6, "{name}");
            }
            let labels = stimuli.labels.unwrap();
            assert_eq!(labels.names, ["7", "A", "B"], "{name}");
            assert_eq!(labels.of, [1, 2, 0, 1, 0, 2], "{name}");
        }
        Ok(())
    }

    #[test]
    fn classes_sizes_and_tests_are_chosen() -> Result<()> {
        let stimuli = load("characters.mat", |params| {
            params.classes = vec!["B".into(), "A".into()];
            params.size = Some(4);
            params.n_test = 1;
        })?;
        assert_eq!(
            (stimuli.n_images(), stimuli.shape()),
            (4, ImageShape::grey(4))
        );
        assert_eq!(stimuli.labels.as_ref().unwrap().of, [0, 1, 0, 1]);
        let none = load("characters.mat", |params| params.classes = vec!["Q".into()]);
        let error = none.unwrap_err().to_string();
        assert!(
            error.contains("class 'Q'") && error.contains("7, A, B"),
            "{error}"
        );
        let error = load("plain.mat", |_| ()).unwrap_err().to_string();
        assert!(error.contains("variable 'X'"), "{error}");
        Ok(())
    }
}
