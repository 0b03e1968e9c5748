//! Which files a folder of vim-1 holds.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::{Error, Result};

use super::{Aperture, Layout, Vim1Params};
use crate::provenance;
use crate::subjects::Subjects;
use lab_formats::file_error;

/// The archive of the Neuromatch course: images, responses and regions of one subject.
const COURSE: &str = "kay_images.npz";
/// The release's responses of both subjects.
const ESTIMATED: &str = "EstimatedResponses.mat";
/// Training and validation images in every file of MATLAB's.
const MATLAB: [&str; 2] = ["stimTrn", "stimVal"];
/// Subjects that any release has.
pub(super) const KNOWN: [&str; 3] = ["S1", "S2", "S3"];

/// The files that are read.
pub(super) struct Files {
    pub(super) layout: Layout,
    pub(super) subjects: Vec<SubjectFiles>,
    pub(super) images: ImageFiles,
}

/// Where one subject's responses are.
pub(super) struct SubjectFiles {
    pub(super) id: String,
    pub(super) train: PathBuf,
    pub(super) validation: PathBuf,
    /// The file that holds the regions of the voxels.
    pub(super) regions: PathBuf,
    pub(super) layout: Layout,
}

/// Where images are: files of training images in order, and one of validation images.
pub(super) struct ImageFiles {
    /// Variables of training and of validation images.
    pub(super) variables: [&'static str; 2],
    pub(super) train: Vec<PathBuf>,
    pub(super) validation: PathBuf,
}

impl Files {
    /// Looks for the files of a layout.
    ///
    /// # Errors
    /// Fails if the folder or one of the files is missing.
    pub(super) fn find(root: &Path, params: &Vim1Params) -> Result<Self> {
        let names = names(root)?;
        let has_trials = KNOWN
            .iter()
            .any(|id| trial_file(&names, id, "trn").is_some());
        let has = |name: &str| names.iter().any(|known| known == name);
        let layout = match params.layout {
            Layout::Auto if has_trials => Layout::SingleTrial,
            Layout::Auto if has(COURSE) && !has(ESTIMATED) => Layout::Course,
            Layout::Auto => Layout::Estimated,
            layout => layout,
        };
        let wanted: Vec<String> = match &params.subjects {
            Subjects::Only(ids) => ids.clone(),
            Subjects::All if layout == Layout::SingleTrial => KNOWN
                .iter()
                .filter(|id| trial_file(&names, id, "trn").is_some())
                .map(|&id| id.to_owned())
                .collect(),
            Subjects::All if layout == Layout::Course => vec![KNOWN[0].to_owned()],
            Subjects::All => KNOWN[..2].iter().map(|&id| id.to_owned()).collect(),
        };
        if wanted.is_empty() {
            let remedy = "say subjects: All, or name one: subjects: Only([\"S1\"])";
            return Err(file_error(
                root,
                "",
                "files of at least one subject",
                "none",
                remedy,
            ));
        }
        let subjects = wanted
            .into_iter()
            .map(|id| subject(root, &names, id, layout))
            .collect::<Result<_>>()?;
        Ok(Self {
            layout,
            subjects,
            images: if layout == Layout::Course {
                ImageFiles {
                    variables: ["stimuli", "stimuli_test"],
                    train: vec![root.join(COURSE)],
                    validation: root.join(COURSE),
                }
            } else {
                images(root, &names)?
            },
        })
    }

    /// Every file that is read.
    pub(super) fn all(&self, root: &Path, params: &Vim1Params) -> Vec<PathBuf> {
        let mut all = self.images.train.clone();
        all.push(self.images.validation.clone());
        for subject in &self.subjects {
            all.extend([&subject.train, &subject.validation, &subject.regions].map(Clone::clone));
        }
        if let Aperture::File(path) = &params.aperture {
            all.push(path.into());
        }
        let mark = root.join(provenance::MARK);
        if mark.exists() {
            all.push(mark);
        }
        all.sort();
        all.dedup();
        all
    }
}

fn names(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root).map_err(Error::io("reading", root))? {
        let entry = entry.map_err(Error::io("reading", root))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// `S1data_trn_singletrial.mat`, or a copy of it with something appended such as `_v6`.
fn trial_file<'a>(names: &'a [String], id: &str, set: &str) -> Option<&'a str> {
    trial_files(names, id, set).next()
}

fn trial_files<'a>(names: &'a [String], id: &str, set: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("{id}data_{set}_singletrial");
    let names = names.iter().map(String::as_str);
    names.filter(move |name| name.starts_with(&start) && has_ending(name, "mat"))
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn subject(root: &Path, names: &[String], id: String, layout: Layout) -> Result<SubjectFiles> {
    let missing = |name: String| {
        let got = format!("no such file among {} files", names.len());
        file_error(root, "", format!("a file {name}"), got, super::OBTAIN)
    };
    if layout == Layout::Course && id != KNOWN[0] {
        let (expected, remedy) = ("subject S1, the only one", "say subjects: All");
        return Err(file_error(&root.join(COURSE), "", expected, id, remedy));
    }
    if layout != Layout::SingleTrial {
        let name = if layout == Layout::Course {
            COURSE
        } else {
            ESTIMATED
        };
        if !names.iter().any(|known| known == name) {
            return Err(missing(name.into()));
        }
        let path = root.join(name);
        return Ok(SubjectFiles {
            id,
            train: path.clone(),
            validation: path.clone(),
            regions: path,
            layout,
        });
    }
    let of = |set: &str| {
        let found: Vec<&str> = trial_files(names, &id, set).collect();
        match found.as_slice() {
            [] => Err(missing(format!("{id}data_{set}_singletrial.mat"))),
            [name] => Ok(root.join(name)),
            several => {
                let expected = format!("one file of {id}'s single trials of '{set}'");
                let remedy = "move all but one away";
                Err(file_error(root, "", expected, several.join(", "), remedy))
            }
        }
    };
    let regions = root.join(format!("{id}aux.mat"));
    if !regions.exists() {
        return Err(missing(format!("{id}aux.mat")));
    }
    Ok(SubjectFiles {
        train: of("trn")?,
        validation: of("val")?,
        regions,
        id,
        layout,
    })
}

fn images(root: &Path, names: &[String]) -> Result<ImageFiles> {
    let whole = root.join("Stimuli.mat");
    if whole.exists() {
        return Ok(ImageFiles {
            variables: MATLAB,
            train: vec![whole.clone()],
            validation: whole,
        });
    }
    let mut parts: Vec<&String> = names
        .iter()
        .filter(|name| name.starts_with("Stimuli_Trn_FullRes") && has_ending(name, "mat"))
        .collect();
    // A user's copy may count 1, 2, … 10 without zeros.
    parts.sort_by_key(|name| (number(name), name.as_str()));
    let validation = root.join("Stimuli_Val_FullRes.mat");
    if parts.is_empty() || !validation.exists() {
        let expected = "Stimuli.mat, or Stimuli_Trn_FullRes_01.mat … and Stimuli_Val_FullRes.mat";
        let got = format!("{} parts of training images", parts.len());
        return Err(file_error(root, "", expected, got, super::OBTAIN));
    }
    Ok(ImageFiles {
        variables: MATLAB,
        train: parts.into_iter().map(|name| root.join(name)).collect(),
        validation,
    })
}

fn number(name: &str) -> u64 {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
