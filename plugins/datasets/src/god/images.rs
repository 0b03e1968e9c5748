//! The photographs, found by their ids.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages, Split, Stimuli};
use lab_core::{Error, Result, all_done};
use rayon::prelude::*;

use super::GodParams;
use super::ids::StimulusId;
use lab_formats::{file_error, pictures};

/// Endings of picture files, as the sources spell them; those of a line are one file where capital letters do not count.
const ENDINGS: [&[&str]; 3] = [&["JPEG", "jpeg"], &["jpg", "JPG"], &["png"]];

/// The images of the ids, in ascending order of ids within each set, and the index of each.
///
/// # Errors
/// Fails if a picture is missing, with how many are.
pub(super) fn read(
    folder: &Path,
    wanted: &BTreeMap<StimulusId, Split>,
    params: &GodParams,
    ctx: &Context,
) -> Result<(Stimuli, BTreeMap<StimulusId, usize>)> {
    ctx.check_cancelled()?;
    let mut ids: Vec<(StimulusId, Split)> =
        wanted.iter().map(|(&id, &split)| (id, split)).collect();
    ids.sort_by_key(|&(id, split)| (split == Split::Test, id));
    let files: Vec<Option<PathBuf>> = ids
        .iter()
        .map(|&(id, _)| find(folder, id))
        .collect::<Result<_>>()?;
    let missing: Vec<String> = ids
        .iter()
        .zip(&files)
        .filter(|(_, file)| file.is_none())
        .map(|((id, _), _)| format!("{}.JPEG", id.name()))
        .collect();
    if let Some(first) = missing.first() {
        let expected = format!(
            "{} pictures in training/<synset>/, test/<synset>/ or in the folder itself",
            ids.len()
        );
        let got = format!("{} missing, the first {first}", missing.len());
        return Err(file_error(folder, "", expected, got, super::OBTAIN));
    }
    // Where headers alone are asked for, it is enough that the pictures are there.
    let read = if ctx.headers_only() {
        &[]
    } else {
        files.as_slice()
    };
    let image = |file: &PathBuf| {
        let mut image = pictures::read_averaged(file, params.size)?;
        params.contrast.apply(&mut image);
        Ok(image)
    };
    let images: Vec<Vec<f32>> = all_done(read.par_iter().flatten().map(image).collect())?;
    let shape = ImageShape::grey(params.size);
    let images: Arc<dyn ImageSource> = if ctx.headers_only() {
        let n_images = ids.len();
        Arc::new(BlankImages { n_images, shape })
    } else {
        Arc::new(MemoryImages::new(shape, images.concat())?)
    };
    let stimuli = Stimuli {
        images,
        split: ids.iter().map(|&(_, split)| split).collect(),
        names: Some(ids.iter().map(|(id, _)| id.name()).collect()),
        labels: Some(labels(&ids)),
        field_of_view_deg: None,
        picture_of: None,
    };
    let order = ids.iter().enumerate().map(|(idx, &(id, _))| (id, idx));
    Ok((stimuli, order.collect()))
}

/// The file of a picture; `None` if there is none.
///
/// # Errors
/// Fails if there are two that differ.
fn find(folder: &Path, id: StimulusId) -> Result<Option<PathBuf>> {
    let (synset, name) = (id.synset_name(), id.name());
    let folders = ["training", "test", ""].map(|set| folder.join(set));
    let places = folders
        .iter()
        .flat_map(|folder| [folder.join(&synset), folder.clone()]);
    let mut found = places.flat_map(|folder| {
        let name = &name;
        ENDINGS.into_iter().filter_map(move |spellings| {
            let path = |ending: &&str| folder.join(format!("{name}.{ending}"));
            spellings.iter().map(path).find(|path| path.exists())
        })
    });
    let Some(first) = found.next() else {
        return Ok(None);
    };
    let bytes = |path: &Path| fs::read(path).map_err(Error::io("reading", path));
    for other in found {
        if bytes(&first)? != bytes(&other)? {
            let expected = "one picture of this name";
            let got = format!("another at '{}'", other.display());
            return Err(file_error(
                &first,
                "",
                expected,
                got,
                "remove one of the two",
            ));
        }
    }
    Ok(Some(first))
}

/// Categories are the synsets.
fn labels(ids: &[(StimulusId, Split)]) -> Labels {
    let mut names: Vec<String> = ids.iter().map(|(id, _)| id.synset_name()).collect();
    names.sort();
    names.dedup();
    let of = ids
        .iter()
        .map(|(id, _)| names.binary_search(&id.synset_name()).unwrap_or(0) as u32);
    Labels {
        of: of.collect(),
        names,
    }
}
