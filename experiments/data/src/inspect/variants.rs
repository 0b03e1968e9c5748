//! Which public file this is, and what is wrong with it.

use std::collections::HashSet;

use lab_core::Result;

use super::Inspection;
use lab_formats::array::Array;
use lab_formats::container::Container;

/// Says what a file of MATLAB variables is.
pub(super) fn describe(container: &Container, found: &mut Inspection) -> Result<()> {
    vim1_responses(found);
    images(container, found)?;
    brains_responses(found);
    if found.variable("X").is_some() && found.variable("labels").is_some() {
        found.known_as = Some("characters: handwrittencharacters.mat of the authors".into());
        found.usage = Some(format!("characters(path: \"{}\")", found.path.display()));
        found
            .facts
            .push("Each row is an image, column by column.".into());
    }
    if found.known_as.is_none()
        && found
            .variables
            .iter()
            .any(|v| v.name.starts_with("kaymask"))
    {
        found.known_as = Some("vim-1: the circular mask of the authors".into());
        let path = found.path.display();
        found.usage = Some(format!("vim1(aperture: File(\"{path}\"), …)"));
    }
    Ok(())
}

fn names_like(found: &Inspection, start: &str) -> Vec<String> {
    let names = found.variables.iter().map(|variable| &variable.name);
    names
        .filter(|name| name.starts_with(start))
        .cloned()
        .collect()
}

/// Training and validation images of every release.
const VIM1_IMAGES: [usize; 2] = [1750, 120];

fn vim1_responses(found: &mut Inspection) {
    let estimated: Vec<String> = ["dataTrnS", "dataValS"]
        .iter()
        .flat_map(|start| names_like(found, start))
        .filter(|name| !name.contains("Single"))
        .collect();
    let single: Vec<String> = ["dataTrnSingle", "dataValSingle"]
        .iter()
        .flat_map(|start| names_like(found, start))
        .collect();
    for name in estimated.iter().chain(&single) {
        let Some(variable) = found.variable(name) else {
            continue;
        };
        let shape = variable.shape.clone();
        let images = VIM1_IMAGES[usize::from(name.starts_with("dataVal"))];
        let is_single = single.contains(name);
        if shape.first() == Some(&images) && shape.len() == 2 && shape[1] != images {
            found.warnings.push(format!(
                "{name} is {shape:?}: transposed; MATLAB's vim-1 has voxels first, [n_voxels, {images}]"
            ));
        } else if is_single && shape.len() == 2 && shape[1] == images {
            found.warnings.push(format!(
                "{name} is {shape:?}: one response an image, averaged already, although it is called single"
            ));
        }
        let has_regions = !names_like(found, "roiS").is_empty();
        if shape.contains(&images) || has_regions {
            found.known_as = Some(if is_single {
                "vim-1: single trials as the authors supplied them".into()
            } else {
                "vim-1: EstimatedResponses.mat of CRCNS".into()
            });
        }
    }
    if found.known_as.is_none() {
        return;
    }
    let folder = found.path.parent().unwrap_or(&found.path).display();
    found.usage = Some(format!("vim1(root: \"{folder}\")"));
    for name in names_like(found, "roiS") {
        if let Some(variable) = found.variable(&name) {
            let text: Vec<String> = variable
                .codes
                .iter()
                .map(|(code, n)| format!("{} {n}", region(*code)))
                .collect();
            found.facts.push(format!("{name}: {}", text.join(", ")));
        }
    }
    for name in estimated {
        let Some(variable) = found.variable(&name) else {
            continue;
        };
        if let Some(n @ 1..) = variable.n_missing {
            found.facts.push(format!(
                "{name}: {n} responses are missing; a voxel that lacks any, in training or validation, is left out"
            ));
        }
    }
}

fn region(code: f64) -> String {
    const REGIONS: [&str; 8] = ["other", "V1", "V2", "V3", "V3A", "V3B", "V4", "LatOcc"];
    REGIONS
        .get(code as usize)
        .map_or_else(|| format!("unknown code {code}"), |name| (*name).to_owned())
}

fn images(container: &Container, found: &mut Inspection) -> Result<()> {
    let shape_of = |found: &Inspection, name: &str| found.variable(name).map(|v| v.shape.clone());
    let (train, test) = (shape_of(found, "stimTrn"), shape_of(found, "stimVal"));
    let Some(shape) = train.clone().or(test.clone()) else {
        return Ok(());
    };
    match shape.as_slice() {
        [_, 56, 56] => {
            found.known_as = Some("BRAINS: stimuli of the public example".into());
            found.usage = Some(format!("brains(images: \"{}\")", found.path.display()));
        }
        [_, 128, 128] => {
            found.known_as = Some("vim-1: Stimuli.mat of CRCNS".into());
        }
        [_, 500, 500] => {
            found.known_as = Some("vim-1: stimuli in full resolution".into());
        }
        [_, 3, 500, 500] => {
            found.known_as = Some(
                "Generic Object Decoding: stimuli as the authors of the method kept them".into(),
            );
        }
        [56 | 128 | 500, .., n] if *n > 1 => found.warnings.push(format!(
            "stimuli are {shape:?}: transposed; the index of the image comes first in MATLAB"
        )),
        _ => {}
    }
    if found.usage.is_none()
        && found
            .known_as
            .as_deref()
            .is_some_and(|known| known.starts_with("vim-1"))
    {
        let folder = found.path.parent().unwrap_or(&found.path).display();
        found.usage = Some(format!("vim1(root: \"{folder}\")"));
    }
    if let (Some(train), Some(test)) = (train, test) {
        duplicates(container, &train, &test, found)?;
    }
    Ok(())
}

/// Pictures that stand in both sets.
fn duplicates(
    container: &Container,
    train: &[usize],
    test: &[usize],
    found: &mut Inspection,
) -> Result<()> {
    if train.len() != test.len() || train.len() < 3 || train[1..] != test[1..] {
        return Ok(());
    }
    let hashes = |name: &str| -> Result<Vec<blake3::Hash>> {
        let array: Array<f32> = container.array(name)?;
        let hash = |image: usize| {
            let bytes: Vec<u8> = array
                .entry(image)
                .iter()
                .flat_map(|pixel| pixel.to_le_bytes())
                .collect();
            blake3::hash(&bytes)
        };
        Ok((0..array.shape[0]).map(hash).collect())
    };
    let seen: HashSet<blake3::Hash> = hashes("stimTrn")?.into_iter().collect();
    let twice: Vec<usize> = hashes("stimVal")?
        .iter()
        .enumerate()
        .filter_map(|(idx, hash)| seen.contains(hash).then_some(idx))
        .collect();
    if let Some(first) = twice.first() {
        found.warnings.push(format!(
            "{} of {} test images are training images too, the first at index {first}: scores would be too good",
            twice.len(),
            test[0]
        ));
    }
    Ok(())
}

fn brains_responses(found: &mut Inspection) {
    let is_brains = |shape: &[usize]| matches!(shape, [288 | 290 | 72 | 70, _]);
    let names: Vec<String> = ["dataTrn", "dataVal"]
        .iter()
        .flat_map(|start| names_like(found, start))
        .collect();
    let shapes: Vec<Vec<usize>> = names
        .iter()
        .filter_map(|name| found.variable(name))
        .map(|variable| variable.shape.clone())
        .collect();
    if found.known_as.is_some() || shapes.is_empty() {
        return;
    }
    let path = found.path.display().to_string();
    if shapes.iter().all(|shape| is_brains(shape)) {
        let aligned = names
            .iter()
            .any(|name| name == "dataTrn" || name.contains("Hyper"));
        let form = if aligned {
            format!("Aligned(\"{path}\")")
        } else {
            format!("Subjects([\"{path}\"])")
        };
        found.known_as = Some("BRAINS: responses, images as rows".into());
        found.usage = Some(format!(
            "brains(images: \"stim_brains.mat\", responses: {form})"
        ));
    } else if shapes
        .iter()
        .any(|shape| matches!(shape.as_slice(), [_, 288 | 290 | 72 | 70]))
    {
        found.warnings.push(format!(
            "responses are {:?}: transposed; in BRAINS images are rows",
            shapes[0]
        ));
    }
}
