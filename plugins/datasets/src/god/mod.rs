//! Generic Object Decoding: photographs of ImageNet, seen and imagined.
//!
//! | file | form |
//! |---|---|
//! | `Subject1.h5` … or `.mat` | `BData`, as bdpy, MATLAB 5 or MATLAB 7.3 writes it; the content says which |
//! | `images/training/n01518878/n01518878_5958.JPEG`, `images/test/…` | the official folders, or all pictures in one |
//!
//! Columns are found by the names of their keys. `DataType` is 1 for training, 2 for the test and 3 for imagery; an id such
//! as 1518878.005958 is WordNet number and image number.
//!
//! # Source
//! Horikawa and Kamitani (2017), doi:10.1038/ncomms15037; data: figshare, doi:10.6084/m9.figshare.7387130.
//!
//! # Shapes
//! Trials as recorded: 1200 training images once, 50 test images 35 times each, imagery of their 50 categories.

mod ids;
mod images;
mod responses;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::contrast::Contrast;
use crate::missing::NanRule;
use crate::provenance;
use crate::subjects::Subjects;
pub use ids::StimulusId;
use lab_formats::bdata::BData;
use lab_formats::file_error;
use responses::{Presented, presented};

/// Which trials are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum GodTest {
    /// Test images, seen.
    #[default]
    Seen,
    /// Imagined categories, each compared with the test image of that category.
    Imagery,
}

/// What responses are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scaling {
    /// Nothing: alignments and PCA remove means themselves, as in the paper.
    #[default]
    AsStored,
    /// Each voxel is z-scored within each run, over that run's own trials, training or test.
    Run,
}

/// Parameters of `god`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GodParams {
    /// The folder that holds the subjects' files.
    pub root: String,
    /// The folder of the pictures; `images` in `root` if not given.
    pub images: Option<String>,
    /// The subjects that are loaded.
    pub subjects: Subjects,
    /// Which trials are tested.
    pub test: GodTest,
    /// The key whose columns are taken: `ROI_VC`, all of visual cortex, or any other.
    pub voxels: String,
    /// Height and width of the images, in pixels.
    pub size: usize,
    /// How grey images are brought to `[−1, 1]`.
    pub contrast: Contrast,
    /// What responses are divided by.
    pub scaling: Scaling,
    /// What becomes of missing responses.
    pub nan: NanRule,
}

impl Default for GodParams {
    /// The paper's settings.
    fn default() -> Self {
        Self {
            root: String::new(),
            images: None,
            subjects: Subjects::All,
            test: GodTest::Seen,
            voxels: "ROI_VC".into(),
            size: 64,
            contrast: Contrast::Saturate,
            scaling: Scaling::AsStored,
            nan: NanRule::DropVoxels,
        }
    }
}

impl PluginParams for GodParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs"), include_str!("../missing.rs"), include_str!("../contrast.rs"), include_str!("../subjects.rs")],
        &[
            ("size", Range::SIDE.from(8.0, "at least 8 pixels")),
        ],
    );
}

/// Width of the photographs in degrees of visual angle: Horikawa and Kamitani (2017).
const FIELD_OF_VIEW_DEG: f64 = 12.0;

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct God {
    params: GodParams,
}

impl God {
    /// Checks that a folder is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is.
    pub fn build(params: GodParams, _ctx: &Context) -> Result<Self> {
        if params.root.is_empty() || params.size < 8 {
            return Err(Error::Data {
                what: "god".into(),
                expected: "root: \"path/to/folder\" and a size of at least 8 pixels".into(),
                got: format!("root: {:?}, size: {}", params.root, params.size),
                remedy: "lab plugins explain god shows all parameters".into(),
            });
        }
        Ok(Self { params })
    }

    fn root(&self) -> &Path {
        Path::new(&self.params.root)
    }

    fn images_folder(&self) -> PathBuf {
        self.params
            .images
            .as_ref()
            .map_or_else(|| self.root().join("images"), PathBuf::from)
    }

    /// Names and files of the subjects.
    fn subject_files(&self) -> Result<Vec<(String, PathBuf)>> {
        let files_of = |n: usize| -> Vec<PathBuf> {
            let path = |ending| self.root().join(format!("Subject{n}.{ending}"));
            let mut files = ["h5", "mat"].map(path).to_vec();
            files.retain(|path| path.exists());
            files
        };
        let wanted: Vec<usize> = match &self.params.subjects {
            Subjects::All => (1..=5).filter(|&n| !files_of(n).is_empty()).collect(),
            Subjects::Only(ids) => ids
                .iter()
                .map(|id| {
                    let number = id.strip_prefix('S').and_then(|number| number.parse().ok());
                    number.ok_or_else(|| Error::Data {
                        what: "god, subjects".into(),
                        expected: "names such as S1".into(),
                        got: format!("'{id}'"),
                        remedy: "count subjects from S1 to S5".into(),
                    })
                })
                .collect::<Result<_>>()?,
        };
        let missing = |n: usize| {
            let expected = format!("Subject{n}.h5 or Subject{n}.mat");
            file_error(self.root(), "", expected, "no such file", OBTAIN)
        };
        if wanted.is_empty() {
            return Err(missing(1));
        }
        wanted
            .into_iter()
            .map(|n| match files_of(n).as_slice() {
                [] => Err(missing(n)),
                [file] => Ok((format!("S{n}"), file.clone())),
                [file, other, ..] => {
                    let expected = format!("one file of subject S{n}");
                    let got = format!("'{}' beside it", other.display());
                    Err(file_error(
                        file,
                        "",
                        expected,
                        got,
                        "move one of the two away",
                    ))
                }
            })
            .collect()
    }
}

impl Dataset for God {
    fn files(&self) -> Vec<PathBuf> {
        let Ok(subjects) = self.subject_files() else {
            return vec![self.root().join("Subject1.h5")];
        };
        let mark = self.root().join(provenance::MARK);
        let mark = mark.exists().then_some(mark);
        subjects
            .into_iter()
            .map(|(_, path)| path)
            .chain([self.images_folder()])
            .chain(mark)
            .collect()
    }

    fn obtain(&self) -> Option<String> {
        Some(OBTAIN.into())
    }

    fn reads_headers(&self) -> bool {
        true
    }

    /// Rows of imagery stand for images that nobody saw: they are tested, and nothing may be fitted on them.
    fn fixed_split(&self) -> Option<String> {
        (self.params.test == GodTest::Imagery).then(|| {
            "test rows of imagined categories (test: Imagery), which no training set may hold"
                .into()
        })
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let opened: Vec<(String, BData)> = self
            .subject_files()?
            .into_iter()
            .map(|(id, path)| Ok((id, BData::open(&path)?)))
            .collect::<Result<_>>()?;
        let presented: Vec<Presented> = opened
            .iter()
            .map(|(_, file)| presented(file, self.params.test))
            .collect::<Result<_>>()?;
        // Images by their ids: subjects saw them in different orders.
        let mut wanted: BTreeMap<StimulusId, Split> = BTreeMap::new();
        for (id, split) in presented.iter().flat_map(Presented::images) {
            if wanted
                .insert(id, split)
                .is_some_and(|before| before != split)
            {
                let expected = "each picture in training or in the test";
                let got = format!("{} in both", id.name());
                let remedy = "take the files of one release";
                return Err(file_error(self.root(), "DataType", expected, got, remedy));
            }
        }
        let (stimuli, order) = images::read(&self.images_folder(), &wanted, &self.params, ctx)?;
        let mut recording = Recording::corpus("Generic Object Decoding", stimuli);
        recording.stimuli.field_of_view_deg = Some(FIELD_OF_VIEW_DEG);
        for ((id, file), presented) in opened.iter().zip(&presented) {
            ctx.check_cancelled()?;
            let (subject, note) = responses::read(id, file, presented, &order, &self.params, ctx)?;
            recording.subjects.push(subject);
            recording.notes.extend(note);
        }
        recording.notes.push(match self.params.test {
            GodTest::Seen => "Test trials are of seen images; imagery is left out.".into(),
            GodTest::Imagery => {
                "Test trials are of imagined categories, compared with the test image of that category; no image was seen.".into()
            }
        });
        provenance::mark(&mut recording, self.root())?;
        Ok(recording)
    }
}

const OBTAIN: &str = "responses are at figshare (doi:10.6084/m9.figshare.7387130, CC BY 4.0): Subject1.h5 … Subject5.h5, into one \
folder: dataset.root. The pictures are ImageNet's (https://image-net.org, for research, on request): \
images/training/<synset>/*.JPEG (1200) and images/test/<synset>/*.JPEG (50), as the authors' scripts lay them out, or flat: \
dataset.images. Without them: lab data simulate god DIR writes simulated data in the same format; then --set dataset.root=DIR";

lab_core::register! {
    Dataset "god" => God, GodParams;
    summary: "Photographs of objects, seen by five subjects, and their categories imagined",
    equation: "id = synset + image/10⁶;  grey = 0.299 R + 0.587 G + 0.114 B, averaged to size first, then contrast",
    source: "Horikawa & Kamitani (2017), doi:10.1038/ncomms15037",
    parity: "bdpy, scipy, h5py",
}
