//! NumPy arrays and archives, and pickles.

use std::path::Path;

use lab_core::Result;

use super::{Inspection, VariableFacts, weights};
use lab_formats::in_file::Array;
use lab_formats::npz::Npz;
use lab_formats::pickle::Pickle;
use lab_formats::{file_error, npy};

fn of_array(name: &str, array: &Array) -> VariableFacts {
    let kind = array.dtype.to_string();
    VariableFacts::of(name, &kind, &array.shape, &array.f64().1)
}

/// Looks into a `.npy` file: one array, and the sidecar that `lab data pack` writes beside it.
pub(super) fn numpy(path: &Path, found: &mut Inspection) -> Result<()> {
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

/// An archive of arrays.
pub(super) fn archive(path: &Path, found: &mut Inspection) -> Result<()> {
    let archive = Npz::open(path)?;
    for member in archive.members() {
        let facts = match &member.header {
            Ok(_) => match archive.array(&member.name) {
                Ok(array) => of_array(&member.name, &array),
                Err(error) => {
                    found.fail(&error);
                    VariableFacts::unread(&member.name, "unreadable")
                }
            },
            Err(reason) => VariableFacts::unread(&member.name, reason),
        };
        found.variables.push(facts);
    }
    found.container = "NumPy archive".into();
    if found.variables.is_empty() {
        let got = "an archive without arrays";
        let remedy = "name another file, or unpack this one";
        return Err(file_error(
            path,
            "",
            "an archive that is known",
            got,
            remedy,
        ));
    }
    chainer(path, found);
    imagenet(path, found);
    course(path, &archive, found);
    Ok(())
}

/// Weights as Chainer's serialisers name them.
fn chainer(path: &Path, found: &mut Inspection) {
    let ends = |end: &str| {
        found
            .variables
            .iter()
            .any(|variable| variable.name.ends_with(end))
    };
    if ends("/W") || ends("/gamma") && ends("/avg_var") {
        found.known_as = Some("weights of a network of Chainer's".into());
        found.usage = Some(weights::usage(path));
    }
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

/// A pickle, of which nothing is run.
pub(super) fn pickle(path: &Path, found: &mut Inspection) -> Result<()> {
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
                    VariableFacts::of(&key, "list of whole numbers", &[values.len()], &values)
                }
                Err(_) => VariableFacts::unread(&key, pickle.kind(id)),
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
