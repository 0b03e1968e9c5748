//! Reconstructions to take away: `reconstructions/` in the run's folder.
//!
//! | file | holds |
//! |---|---|
//! | `index.csv` | a line a test image: `row`, `image` (its name), `class`, `id` (its index in the dataset), `file` |
//! | `originals.npy` | the test images, f32 `[n_images, height, width]` in `[−1, 1]`, in the order of the rows |
//! | `FILE` | a grey PNG a test image, 0 for −1 and 255 for 1, under the name that the index gives it |
//! | `reconstructions.npy` | the same as numbers, f32, as `originals.npy` |
//! | `latents.npy` | what they were generated from, f32 `[n_images, n_latents]`; missing where a decoder predicts images |
//! | `patterns/SUBJECT.npy` | what a unit of each latent goes along with in each voxel, f32 `[n_voxels, n_latents]`, in the unit of the responses; see [`lab_score::information::carried`] |
//! | `patterns/SUBJECT_shares.npy` | share of each voxel's variance that goes along with the predictions, f32 `[n_voxels]` |
//!
//! The experiment's result stands in the folder itself; `ceiling/` and `member_0/`, `member_1/` … hold the same three of
//! the generator's ceiling and of each member, if the experiment asks for them: `export: [Decoder, Ceiling, Members]`.
//! Images of several channels have a fourth axis, and their PNG shows the first channel.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use image::GrayImage;
use lab_core::config::Export;
use lab_core::{Error, Result};
use lab_score::record::{Condition, ImageFacts};

use crate::made::Made;
use crate::record::test_images;
use crate::session::Session;
use crate::stages::regions::SubjectPatterns;
use crate::store::write_atomically;

/// Letters that a file's name keeps of an image's name.
const N_LETTERS: usize = 80;

/// Writes everything that the experiment asks for into the folder of a run.
pub(crate) fn write(session: &Session<'_>, made: &Made, run: &Path) -> Result<()> {
    let new = run.join("reconstructions");
    fs::create_dir_all(&new).map_err(Error::io("creating", &new))?;
    let images = test_images(&made.data);
    let files = file_names(&images);
    write_atomically(&new.join("index.csv"), index(&images, &files).as_bytes())?;
    array(&new.join("originals.npy"), &made.data.test_images)?;
    let asked = |part: Export| session.plan.experiment.export.contains(&part);
    let decoded = &made.decoded;
    if asked(Export::Decoder) {
        let combined = &decoded.combined;
        one(&new, &combined.images, combined.latents.as_ref(), &files)?;
    }
    if asked(Export::Ceiling) {
        let mut all = made.conditions.iter();
        let ceiling = all.find(|images| images.condition == Condition::Ceiling);
        if let Some(found) = ceiling {
            let folder = new.join(found.condition.name());
            one(&folder, &found.images, found.latents.as_ref(), &files)?;
        }
    }
    if asked(Export::Members) {
        for (member, found) in decoded.members.iter().enumerate() {
            let folder = new.join(Condition::Member(member).name());
            one(&folder, &found.images, found.latents.as_ref(), &files)?;
        }
    }
    patterns(made, &new)
}

/// The patterns of each subject, if regions were looked at.
fn patterns(made: &Made, folder: &Path) -> Result<()> {
    let folder = folder.join("patterns");
    let all = &made.views.patterns;
    if !all.is_empty() {
        fs::create_dir_all(&folder).map_err(Error::io("creating", &folder))?;
    }
    let of_subject = |(id, subject): (usize, &SubjectPatterns)| ImageFacts {
        name: subject.id.clone(),
        class: String::new(),
        id,
    };
    let subjects: Vec<ImageFacts> = all.iter().enumerate().map(of_subject).collect();
    for (subject, name) in all.iter().zip(stems(&subjects)) {
        let (patterns, shares) = (&subject.carried.patterns, &subject.carried.shares);
        let shape = (shares.len(), patterns.n_columns);
        let patterns = Tensor::from_slice(&patterns.values, shape, &Device::Cpu)?;
        let shares: Vec<f32> = shares.iter().map(|&share| share as f32).collect();
        array(&folder.join(format!("{name}.npy")), &patterns)?;
        let shares = Tensor::new(shares, &Device::Cpu)?;
        array(&folder.join(format!("{name}_shares.npy")), &shares)?;
    }
    Ok(())
}

/// Pictures and arrays of one condition.
fn one(folder: &Path, images: &Tensor, latents: Option<&Tensor>, files: &[String]) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("creating", folder))?;
    array(&folder.join("reconstructions.npy"), images)?;
    if let Some(latents) = latents {
        array(&folder.join("latents.npy"), latents)?;
    }
    for (row, file) in files.iter().enumerate() {
        let pixels = images.get(row)?.get(0)?.to_vec2::<f32>()?;
        picture(&folder.join(file), &pixels)?;
    }
    Ok(())
}

fn picture(path: &Path, rows: &[Vec<f32>]) -> Result<()> {
    let width = rows.first().map_or(0, Vec::len) as u32;
    let grey = |pixel: &f32| ((pixel + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
    let bytes: Vec<u8> = rows.iter().flatten().map(grey).collect();
    let picture = GrayImage::from_raw(width, rows.len() as u32, bytes);
    let picture =
        picture.ok_or_else(|| Error::shape("pixels of a picture", "rows of one length", width))?;
    picture.save(path).map_err(|source| Error::Io {
        action: "writing",
        path: path.to_owned(),
        source: std::io::Error::other(source),
    })
}

/// NumPy's format; one channel has no axis of its own.
fn array(path: &Path, values: &Tensor) -> Result<()> {
    let values = match *values.dims() {
        [_, 1, _, _] => values.squeeze(1)?,
        _ => values.clone(),
    };
    let header = npy_header(values.dims());
    let values = values.flatten_all()?.to_vec1::<f32>()?;
    let mut bytes = header;
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    fs::write(path, bytes).map_err(Error::io("writing", path))
}

/// What version 1.0 of the format says before the values: little-endian f32, rows first, to a multiple of 64 bytes.
fn npy_header(dims: &[usize]) -> Vec<u8> {
    const ALIGNED: usize = 64;
    let shape: Vec<String> = dims.iter().map(ToString::to_string).collect();
    let shape = shape.join(", ");
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape},), }}");
    // The magic word, the version and the length itself take ten bytes, and a line break ends the text.
    let length = (10 + text.len() + 1).next_multiple_of(ALIGNED) - 10;
    text += &" ".repeat(length - 1 - text.len());
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(text.into_bytes());
    header
}

fn index(images: &[ImageFacts], files: &[String]) -> String {
    let mut text = String::from("row,image,class,id,file\n");
    for (row, (image, file)) in images.iter().zip(files).enumerate() {
        let (name, class) = (quoted(&image.name), quoted(&image.class));
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{row},{name},{class},{},{}", image.id, quoted(file));
    }
    text
}

/// A cell of CSV: in quotes where RFC 4180 asks for them.
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A file name for each image that every system takes, and no two of which differ in case alone.
fn file_names(images: &[ImageFacts]) -> Vec<String> {
    let stems = stems(images).into_iter();
    stems.map(|stem| format!("{stem}.png")).collect()
}

/// The same without an ending.
fn stems(images: &[ImageFacts]) -> Vec<String> {
    let stems: Vec<String> = images.iter().map(stem).collect();
    let key = |stem: &str| stem.to_lowercase();
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for stem in &stems {
        if !seen.insert(key(stem)) {
            twice.insert(key(stem));
        }
    }
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(images.len());
    for (image, stem) in images.iter().zip(stems) {
        let mut name = if twice.contains(&key(&stem)) {
            format!("{stem}-{}", image.id)
        } else {
            stem
        };
        // Another image may be called so already.
        while !taken.insert(key(&name)) {
            let _ = write!(name, "-{}", image.id);
        }
        names.push(name);
    }
    names
}

/// The name of an image without its ending and without letters that a file's name cannot have; its index if it has none.
fn stem(image: &ImageFacts) -> String {
    let path = Path::new(&image.name);
    let bare = match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if is_picture(ending) => path.with_extension(""),
        _ => path.to_owned(),
    };
    let safe = |letter: char| {
        if letter.is_alphanumeric() || "-_.".contains(letter) {
            letter
        } else {
            '_'
        }
    };
    let bare: String = bare
        .to_string_lossy()
        .chars()
        .map(safe)
        .take(N_LETTERS)
        .collect();
    let bare = bare.trim_matches(['.', '-', ' ']);
    if bare.is_empty() {
        return format!("image-{:05}", image.id);
    }
    // Windows keeps these names for devices, whatever their ending.
    let device = ["con", "prn", "aux", "nul", "com", "lpt"];
    let first = bare.split('.').next().unwrap_or_default().to_lowercase();
    let letters = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if device.contains(&letters) {
        return format!("image-{bare}");
    }
    bare.to_owned()
}

/// Endings that say what a file is, and are no part of an image's name.
fn is_picture(ending: &str) -> bool {
    let known = ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp"];
    known.contains(&ending.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::{file_names, index};
    use lab_score::record::ImageFacts;

    fn images(names: &[&str]) -> Vec<ImageFacts> {
        let image = |(row, name): (usize, &&str)| ImageFacts {
            name: (*name).into(),
            class: "a, \"b\"".into(),
            id: 100 + row,
        };
        names.iter().enumerate().map(image).collect()
    }

    #[test]
    fn files_have_the_names_of_their_images() {
        let names = ["01.png", "cat.JPEG", "n01_12.5", "été", "", "a/b c.tif"];
        let expected = [
            "01.png",
            "cat.png",
            "n01_12.5.png",
            "été.png",
            "image-00104.png",
            "a_b_c.png",
        ];
        assert_eq!(file_names(&images(&names)), expected);
    }

    #[test]
    fn every_file_has_a_name_of_its_own_that_every_system_takes() {
        let long = "x".repeat(300);
        let names = [
            "a.png",
            "A.jpg",
            "a-101",
            "../../etc",
            "CON",
            "con.png",
            "com1.gif",
            "-rf",
            "..",
            " ",
            "a\u{0}b",
            &long,
            &long,
            "tab\there",
            ".hidden",
            "a:b",
            "a/b",
        ];
        let files = file_names(&images(&names));
        let mut lower: Vec<String> = files.iter().map(|file| file.to_lowercase()).collect();
        lower.sort();
        lower.dedup();
        assert_eq!(lower.len(), names.len(), "{files:?}");
        for file in &files {
            let ending = std::path::Path::new(file).extension();
            assert!(ending.is_some_and(|ending| ending == "png"), "{file}");
            assert!(file.len() < 255, "{file}");
            assert!(!file.starts_with(['.', '-']), "{file}");
            let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
            assert!(file.chars().all(plain), "{file}");
            assert!(!["con.png", "com1.png"].contains(&file.as_str()), "{file}");
        }
    }

    #[test]
    fn the_index_quotes_what_csv_must() {
        let images = images(&["x, \"y\".png", "z"]);
        let text = index(&images, &file_names(&images));
        let expected = "row,image,class,id,file\n0,\"x, \"\"y\"\".png\",\"a, \"\"b\"\"\",100,x___y_.png\n1,z,\"a, \"\"b\"\"\",101,z.png\n";
        assert_eq!(text, expected);
    }
}
