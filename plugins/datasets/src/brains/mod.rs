//! BRAINS: handwritten letters B, R, A, I, N, S and the responses of three subjects in V1 and V2.
//!
//! # Source
//! Schoenmakers, Barth, Heskes and van Gerven (2013), *Linear reconstruction of perceived images from human brain
//! activity*, doi:10.1016/j.neuroimage.2013.07.043; in the layout of the public example of Seeliger et al. (2018).
//!
//! # Shapes
//! | variable | shape | unit |
//! |---|---|---|
//! | `stimTrn`, `stimVal` | `[288, 56, 56]`, `[72, 56, 56]` | grey, 0 to 255 |
//! | `dataTrn`, `dataVal` (or `dataTrnSingleS1`, …) | `[288, n_voxels]`, `[72, n_voxels]` | BOLD, averaged over two repeats |
//!
//! Both sets are sorted by class, A B I N R S, in equal shares; the file does not name the classes.
//! An older layout has one set: `Y [n_images, 3136]`, each row an image column by column, and `X_S1 [n_images, n_voxels]`;
//! its test images are spread over the file, and it says nothing of classes.

mod params;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use lab_core::prelude::*;
use lab_core::recording::{ImageSource, Labels, MemoryImages, Split, Subject, Trial, Voxels};
use lab_core::traits::Dataset;
pub use params::{BrainsParams, BrainsResponses, BrainsSplit};

use crate::bearers;
use crate::corpus::spread_test;
use crate::provenance;
use lab_formats::container::Container;
use lab_formats::{file_error, pictures};

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Brains {
    params: BrainsParams,
}

/// Classes in the order of the file.
const CLASSES: [&str; 6] = ["A", "B", "I", "N", "R", "S"];
/// How many test images the paper's split moves to training.
const N_MOVED: usize = 2;

impl Brains {
    /// Checks that an image file is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is.
    pub fn build(params: BrainsParams, _ctx: &Context) -> Result<Self> {
        if params.images.is_empty() || params.size == Some(0) {
            return Err(Error::Data {
                what: "brains".into(),
                expected: "images: \"path/to/stim_brains.mat\", and a size of at least 1, if any"
                    .into(),
                got: format!("images: {:?}, size: {:?}", params.images, params.size),
                remedy: "say where the stimuli are".into(),
            });
        }
        Ok(Self { params })
    }

    /// Names and files of the subjects.
    fn response_files(&self) -> Result<Vec<(String, PathBuf)>> {
        Ok(match &self.params.responses {
            BrainsResponses::Absent => Vec::new(),
            BrainsResponses::Subjects(files) => bearers::named(files)?,
            BrainsResponses::Aligned(file) => vec![("aligned".into(), file.into())],
        })
    }

    fn stimuli(&self, n_stored: &mut (usize, usize)) -> Result<Stimuli> {
        let path = Path::new(&self.params.images);
        let file = Container::open(path)?;
        if file.has("Y") {
            let stimuli = one_set(path, &file, self.params.n_test)?;
            *n_stored = (stimuli.n_images(), 0);
            return Ok(stimuli);
        }
        let (train_shape, mut pixels) = file.array::<f32>("stimTrn")?.row_major();
        let (test_shape, test_pixels) = file.array::<f32>("stimVal")?.row_major();
        let ([n_train, height, width], [n_test, ..]) = (
            three(path, "stimTrn", &train_shape)?,
            three(path, "stimVal", &test_shape)?,
        );
        if test_shape[1..] != train_shape[1..] {
            let (expected, got) = (
                format!("images of {height}×{width}"),
                format!("{test_shape:?}"),
            );
            return Err(file_error(
                path,
                "stimVal",
                expected,
                got,
                "take both sets from one release",
            ));
        }
        pixels.extend(test_pixels);
        if let Some(pixel) = pixels.iter().find(|pixel| !(0.0..=255.0).contains(*pixel)) {
            return Err(file_error(
                path,
                "stimTrn",
                "grey values from 0 to 255",
                pixel.to_string(),
                "rescale the images",
            ));
        }
        for pixel in &mut pixels {
            *pixel = *pixel / 127.5 - 1.0;
        }
        *n_stored = (n_train, n_test);
        let moved = if self.params.split == BrainsSplit::Paper {
            N_MOVED.min(n_test)
        } else {
            0
        };
        let split = (0..n_train + n_test).map(|idx| {
            if idx < n_train || idx >= n_train + n_test - moved {
                Split::Train
            } else {
                Split::Test
            }
        });
        Ok(Stimuli {
            split: split.collect(),
            names: None,
            labels: labels(n_train, n_test),
            images: Arc::new(MemoryImages::new(
                ImageShape {
                    channels: 1,
                    height,
                    width,
                },
                pixels,
            )?),
            field_of_view_deg: None,
            picture_of: None,
        })
    }
}

impl Dataset for Brains {
    fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![PathBuf::from(&self.params.images)];
        match &self.params.responses {
            BrainsResponses::Absent => {}
            BrainsResponses::Subjects(responses) => {
                files.extend(responses.iter().map(PathBuf::from));
            }
            BrainsResponses::Aligned(file) => files.push(file.into()),
        }
        files
    }

    fn obtain(&self) -> Option<String> {
        Some(OBTAIN.into())
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let mut n_stored = (0, 0);
        let mut stimuli = self.stimuli(&mut n_stored)?;
        if let Some(size) = self.params.size {
            stimuli.images = resized(stimuli.images.as_ref(), size)?;
        }
        let mut recording = Recording::corpus("BRAINS", stimuli);
        for (id, path) in self.response_files()? {
            recording
                .subjects
                .push(subject(&id, &path, n_stored, ctx.device())?);
        }
        if n_stored.1 == 0 {
            recording.notes.push("The file has one set of images; its range of grey values, 0 to 1 or 0 to 255, was taken from its largest.".into());
        }
        if matches!(self.params.responses, BrainsResponses::Aligned(_)) {
            recording.notes.push("The responses were aligned before they were published; the alignment may have seen test images.".into());
        }
        if let Some(folder) = Path::new(&self.params.images).parent() {
            provenance::mark(&mut recording, folder)?;
        }
        Ok(recording)
    }
}

/// The same images at another size.
fn resized(images: &dyn ImageSource, size: usize) -> Result<Arc<dyn ImageSource>> {
    let ImageShape { height, width, .. } = images.shape();
    let all: Vec<usize> = (0..images.n_images()).collect();
    let mut pixels = Vec::with_capacity(all.len() * size * size);
    for image in images.read(&all)?.chunks_exact(height * width) {
        pixels.extend(pictures::square(image, height, width, size)?);
    }
    let resized = MemoryImages::new(ImageShape::grey(size), pixels)?;
    Ok(Arc::new(resized))
}

/// Images of the older layout.
fn one_set(path: &Path, file: &Container, n_test: usize) -> Result<Stimuli> {
    let (shape, values) = file.array::<f32>("Y")?.row_major();
    let (n_images, side) = match shape[..] {
        [n, n_pixels] if n > 0 && n_pixels.isqrt().pow(2) == n_pixels => (n, n_pixels.isqrt()),
        [n, height, width] if n > 0 && height == width => (n, height),
        _ => {
            let expected = "[n_images, side²], each row a square image";
            let remedy = "take the file of the letters";
            return Err(file_error(
                path,
                "Y",
                expected,
                format!("{shape:?}"),
                remedy,
            ));
        }
    };
    if let Some(pixel) = values.iter().find(|pixel| !(0.0..=255.0).contains(*pixel)) {
        let expected = "grey values from 0 to 255, or from 0 to 1";
        return Err(file_error(
            path,
            "Y",
            expected,
            pixel.to_string(),
            "rescale the images",
        ));
    }
    let white = if values.iter().all(|&pixel| pixel <= 1.0) {
        1.0
    } else {
        255.0
    };
    let mut pixels = Vec::with_capacity(values.len());
    for image in values.chunks(side * side) {
        let column_by_column = (0..side * side).map(|at| image[at % side * side + at / side]);
        pixels.extend(column_by_column.map(|pixel| 2.0 * pixel / white - 1.0));
    }
    let images = MemoryImages::new(ImageShape::grey(side), pixels)?;
    Ok(Stimuli {
        images: Arc::new(images),
        split: spread_test(n_images, n_test, "brains")?,
        names: None,
        labels: None,
        field_of_view_deg: None,
        picture_of: None,
    })
}

fn three(path: &Path, variable: &str, shape: &[usize]) -> Result<[usize; 3]> {
    shape.try_into().map_err(|_| {
        file_error(
            path,
            variable,
            "[n_images, height, width]",
            format!("{shape:?}"),
            "take the file of the public example",
        )
    })
}

/// Equal shares in the order of the file; no labels if the numbers do not divide.
fn labels(n_train: usize, n_test: usize) -> Option<Labels> {
    let n_classes = CLASSES.len();
    if !n_train.is_multiple_of(n_classes) || !n_test.is_multiple_of(n_classes) {
        return None;
    }
    let classes = |n: usize| (0..n).map(move |idx| (idx * n_classes / n) as u32);
    Some(Labels {
        names: CLASSES.map(str::to_owned).to_vec(),
        of: classes(n_train).chain(classes(n_test)).collect(),
    })
}

fn subject(
    id: &str,
    path: &Path,
    (n_train, n_test): (usize, usize),
    device: &Device,
) -> Result<Subject> {
    let file = Container::open(path)?;
    let mut values = Vec::new();
    let mut n_voxels = None;
    let older = ["X".to_owned(), format!("X_{id}")];
    let sets: &[(&str, usize)] = if n_test == 0 {
        &[("all", n_train)]
    } else {
        &[("Trn", n_train), ("Val", n_test)]
    };
    for &(set, n_images) in sets {
        let names = [
            format!("data{set}"),
            format!("data{set}Single{id}"),
            format!("data{set}SingleSHyper"),
            format!("data{set}{id}"),
        ];
        let names: Vec<&str> = if n_test == 0 {
            older.iter().map(String::as_str).collect()
        } else {
            names.iter().map(String::as_str).collect()
        };
        let variable = file.any_of(&names)?;
        let (shape, rows) = file.array::<f32>(variable)?.row_major();
        let [n_rows, n_columns] = shape[..] else {
            return Err(file_error(
                path,
                variable,
                "[n_images, n_voxels]",
                format!("{shape:?}"),
                "name the right file",
            ));
        };
        if n_rows != n_images || n_voxels.is_some_and(|n_voxels| n_voxels != n_columns) {
            let turned = if n_columns == n_images {
                "transpose it: images are rows"
            } else {
                "use responses to these stimuli"
            };
            let expected = n_voxels.map_or(format!("[{n_images}, n_voxels]"), |n| {
                format!("[{n_images}, {n}]")
            });
            return Err(file_error(
                path,
                variable,
                expected,
                format!("{shape:?}"),
                turned,
            ));
        }
        n_voxels = Some(n_columns);
        values.extend(rows);
    }
    let (n_images, n_voxels) = (n_train + n_test, n_voxels.unwrap_or(0));
    Ok(Subject {
        id: id.to_owned(),
        responses: Tensor::from_vec(values, (n_images, n_voxels), device)?,
        trials: (0..n_images)
            .map(|image_idx| Trial {
                image_idx,
                run: 0,
                repeat: 0,
            })
            .collect(),
        voxels: Voxels {
            roi_names: vec!["V1+V2".into()],
            roi: vec![vec![0]; n_voxels],
            xyz: None,
            noise_ceiling: None,
            noiseless: None,
        },
    })
}

const OBTAIN: &str = "the letters are in the authors' public example (https://github.com/artcogsys/ganrecon, data/stim_brains.mat, \
350 kB, no licence stated; its authors ask to be cited and told); the subjects' responses were never published. Without them: \
lab data simulate brains DIR writes simulated data in the same format";

lab_core::register! {
    Dataset "brains" => Brains, BrainsParams;
    summary: "Handwritten letters B, R, A, I, N, S and the responses of three subjects in V1 and V2",
    equation: "pixel = grey / 127.5 − 1",
    source: "Schoenmakers et al. (2013), NeuroImage 83:951–961, doi:10.1016/j.neuroimage.2013.07.043",
    parity: "scipy.io.loadmat",
}
