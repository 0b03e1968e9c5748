//! Files that are no MATLAB or HDF5 files: NumPy arrays and archives, pickles, volumes, pictures.

use std::path::Path;

use lab_core::Result;

use super::values::Summary;
use super::{Inspection, VariableFacts};
use lab_formats::container::Kind;
use lab_formats::in_file::Array;
use lab_formats::nifti::Nifti;
use lab_formats::npz::Npz;
use lab_formats::pickle::Pickle;
use lab_formats::{npy, pictures};

/// Says what such a file holds.
pub(super) fn describe(path: &Path, kind: Kind, found: &mut Inspection) -> Result<()> {
    match kind {
        Kind::Npy => numpy(path, found),
        Kind::Zip => archive(path, found),
        Kind::Pickle => pickle(path, found),
        Kind::Nifti | Kind::Gzip => volumes(path, found),
        Kind::Png | Kind::Jpeg => {
            let (height, width) = pictures::shape(path)?;
            found.variables.push(VariableFacts {
                name: String::new(),
                shape: vec![height, width],
                kind: "picture".into(),
                n_missing: None,
                range: None,
                codes: Vec::new(),
            });
            let folder = path.parent().unwrap_or(path).display();
            found.usage = Some(format!("folder(path: \"{folder}\")"));
            Ok(())
        }
        Kind::Hdf5 | Kind::Other => Ok(()),
    }
}

fn of_array(name: &str, array: &Array) -> VariableFacts {
    let summary = Summary::of(&array.f64().1);
    VariableFacts {
        name: name.to_owned(),
        shape: array.shape.clone(),
        kind: array.dtype.to_string(),
        n_missing: Some(summary.n_missing),
        range: summary.range,
        codes: summary.codes,
    }
}

fn unread(name: &str, kind: &str) -> VariableFacts {
    VariableFacts {
        name: name.to_owned(),
        shape: Vec::new(),
        kind: kind.to_owned(),
        n_missing: None,
        range: None,
        codes: Vec::new(),
    }
}

fn numpy(path: &Path, found: &mut Inspection) -> Result<()> {
    let array = npy::open(path)?;
    found.variables.push(of_array("", &array));
    let sidecar = path.with_extension("ron");
    match array.shape[..] {
        [n, height, width] if height == width && sidecar.exists() => {
            found.known_as = Some(format!("{n} packed images of {height} × {width}"));
            found.usage = Some(format!("packed(path: \"{}\")", path.display()));
        }
        [_, height, width] if height == width => {
            found.usage = Some(format!("arrays(images: \"{}\", …)", path.display()));
        }
        [n_rows, n_columns] => {
            found.usage = Some(format!("arrays(responses: [\"{}\"], …)", path.display()));
            if n_columns < n_rows && n_columns < 2000 {
                found.warnings.push(format!(
                    "{n_rows} rows of {n_columns} columns: if these are responses, trials are rows; more rows than columns may mean that it is transposed"
                ));
            }
        }
        _ => {}
    }
    Ok(())
}

fn archive(path: &Path, found: &mut Inspection) -> Result<()> {
    let archive = Npz::open(path)?;
    for member in archive.members() {
        found.variables.push(match &member.header {
            Ok(_) => of_array(&member.name, &archive.array(&member.name)?),
            Err(reason) => unread(&member.name, reason),
        });
    }
    imagenet(path, found);
    course(path, &archive, found);
    Ok(())
}

/// vim-1 as the Neuromatch course gives it.
fn course(path: &Path, archive: &Npz, found: &mut Inspection) {
    let (Some(responses), Some(_), Some(roi)) = (
        found.variable("responses"),
        found.variable("stimuli"),
        found.variable("roi"),
    ) else {
        return;
    };
    let Ok(names) = archive.words("roi_names") else {
        return;
    };
    let counts: Vec<String> = roi
        .codes
        .iter()
        .map(|(code, n)| match names.get(*code as usize) {
            Some(name) => format!("{name} {n}"),
            None => format!("unknown code {code} {n}"),
        })
        .collect();
    let shape = responses.shape.clone();
    found.known_as = Some("vim-1: the archive of the Neuromatch course, subject 1".into());
    let folder = path.parent().unwrap_or(path).display();
    found.usage = Some(format!("vim1(root: \"{folder}\", layout: Course)"));
    found.facts.push(format!("roi: {}", counts.join(", ")));
    if let [n_rows, n_voxels] = shape[..]
        && n_voxels == 1750
        && n_rows != n_voxels
    {
        found.warnings.push(format!(
            "responses is {shape:?}: transposed; images are rows"
        ));
    }
}

fn pickle(path: &Path, found: &mut Inspection) -> Result<()> {
    let pickle = Pickle::open(path)?;
    for key in pickle.keys(pickle.root()) {
        let Some(id) = pickle.get(pickle.root(), &key) else {
            continue;
        };
        found.variables.push(match pickle.array(id, &key) {
            Ok(array) => of_array(&key, &array),
            Err(_) => match pickle.ints(id, &key) {
                Ok(numbers) => {
                    let values: Vec<f64> = numbers.iter().map(|&x| x as f64).collect();
                    let summary = Summary::of(&values);
                    VariableFacts {
                        shape: vec![values.len()],
                        n_missing: Some(summary.n_missing),
                        range: summary.range,
                        codes: summary.codes,
                        ..unread(&key, "list of whole numbers")
                    }
                }
                Err(_) => unread(&key, pickle.kind(id)),
            },
        });
    }
    found
        .facts
        .push("A pickle may hold programs; nothing in it was run.".into());
    imagenet(path, found);
    Ok(())
}

/// Batches of downsampled `ImageNet`.
fn imagenet(path: &Path, found: &mut Inspection) {
    let (Some(data), Some(_)) = (found.variable("data"), found.variable("labels")) else {
        return;
    };
    let [n, n_values] = data.shape[..] else {
        return;
    };
    let side = (n_values / 3).isqrt();
    if side * side * 3 == n_values {
        found.known_as = Some(format!(
            "downsampled ImageNet: {n} images of {side} × {side}, planes of red, green, blue"
        ));
        let folder = path.parent().unwrap_or(path).display();
        found.usage = Some(format!("imagenet64(path: \"{folder}\")"));
        found
            .facts
            .push("Labels count from 1, in the order of map_clsloc.txt.".into());
    }
}

fn volumes(path: &Path, found: &mut Inspection) -> Result<()> {
    let file = Nifti::open(path)?;
    let first = file.volumes(0..1.min(file.n_volumes()))?;
    let values: Vec<f64> = first.iter().map(|&value| f64::from(value)).collect();
    let summary = Summary::of(&values);
    found.variables.push(VariableFacts {
        name: String::new(),
        shape: file.shape.clone(),
        kind: file.dtype.to_string(),
        n_missing: Some(summary.n_missing),
        range: summary.range,
        codes: Vec::new(),
    });
    found.container = "NIfTI".into();
    found.facts.push(format!(
        "{} volumes of {:?}; missing numbers and range are those of the first",
        file.n_volumes(),
        file.volume_shape()
    ));
    let (slope, intercept) = file.scaling;
    if (slope - 1.0).abs() > f64::EPSILON || intercept.abs() > f64::EPSILON {
        found.facts.push(format!(
            "stored numbers are multiplied by {slope}, plus {intercept}"
        ));
    }
    Ok(())
}
