//! The pictures of a study for model observers: what was shown, joined with the key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use lab_score::Rows;
use lab_score::study::observers::Stimuli;

use crate::design::Side;
use crate::folder::{KeyRow, Kind, Shown, Study};
use crate::{Error, Result};

/// Weights of red, green and blue in grey (ITU-R BT.601).
const GREY: [f32; 3] = [0.299, 0.587, 0.114];

/// A picture as grey values in `[−1, 1]`.
#[derive(Debug, Clone, PartialEq)]
struct Picture {
    height: usize,
    width: usize,
    pixels: Vec<f32>,
}

/// What a study shows of one set under one condition and of one brain.
#[derive(Default)]
struct Album {
    originals: BTreeMap<String, Picture>,
    reconstructions: BTreeMap<String, Picture>,
    shown: BTreeSet<(String, String)>,
}

/// The pictures of all trials, by set, condition and brain, in the order of their names; practice and attention checks are left
/// out, and each picture is read once, under whatever name a list has it.
///
/// # Errors
/// - [`Error::Io`] or [`Error::Damaged`] if a picture cannot be read.
/// - [`Error::Source`] if pictures of one set are not of one size.
pub fn stimuli(study: &Study) -> Result<Vec<Stimuli>> {
    let mut albums: BTreeMap<(&str, &str, &str), Album> = BTreeMap::new();
    for key in study.key.iter().filter(|key| key.kind == Kind::Trial) {
        let Some(shown) = shown(study, key) else {
            continue;
        };
        let group = (
            key.set.as_str(),
            key.condition.as_str(),
            key.subject.as_str(),
        );
        let album = albums.entry(group).or_default();
        let (right, foil) = match key.side {
            Side::Left => (&shown.left, &shown.right),
            Side::Right => (&shown.right, &shown.left),
        };
        add(study, &mut album.originals, &key.image, &shown.original)?;
        add(study, &mut album.reconstructions, &key.image, right)?;
        add(study, &mut album.reconstructions, &key.distractor, foil)?;
        let pair = (key.image.clone(), key.distractor.clone());
        album.shown.insert(pair);
    }
    let albums = albums.into_iter();
    albums.map(|(group, album)| album.stimuli(group)).collect()
}

/// What the list shows at the place of a key's row.
fn shown<'a>(study: &'a Study, key: &KeyRow) -> Option<&'a Shown> {
    let list = study.list(key.list)?;
    let place = (key.trial as usize).checked_sub(1)?;
    list.practice.iter().chain(&list.trials).nth(place)
}

fn add(
    study: &Study,
    known: &mut BTreeMap<String, Picture>,
    image: &str,
    file: &str,
) -> Result<()> {
    if !known.contains_key(image) {
        let path = study.folder.join("images").join(format!("{file}.png"));
        known.insert(image.to_owned(), read(&path)?);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Picture> {
    let bytes = fs::read(path).map_err(Error::io("reading", path))?;
    let read = image::load_from_memory(&bytes).map_err(|error| Error::Damaged {
        path: path.to_owned(),
        problem: error.to_string(),
    })?;
    let signed = |value: f32| value / 127.5 - 1.0;
    let pixels = if read.color().has_color() {
        let grey = |pixel: &image::Rgb<u8>| -> f32 {
            let parts = pixel.0.iter().zip(GREY);
            parts
                .map(|(&value, weight)| f32::from(value) * weight)
                .sum()
        };
        let pixels = read.to_rgb8();
        pixels.pixels().map(|pixel| signed(grey(pixel))).collect()
    } else {
        let pixels = read.to_luma8();
        let pixels = pixels.pixels();
        pixels.map(|pixel| signed(f32::from(pixel.0[0]))).collect()
    };
    Ok(Picture {
        height: read.height() as usize,
        width: read.width() as usize,
        pixels,
    })
}

impl Album {
    fn stimuli(self, (set, condition, subject): (&str, &str, &str)) -> Result<Stimuli> {
        let (height, width) = self.size(condition)?;
        let rows = |pictures: &BTreeMap<String, Picture>| Rows {
            n_columns: height * width,
            values: pictures
                .values()
                .flat_map(|picture| picture.pixels.iter().copied())
                .collect(),
        };
        let names = |pictures: &BTreeMap<String, Picture>| -> Vec<String> {
            pictures.keys().cloned().collect()
        };
        let (originals, reconstructions) = (names(&self.originals), names(&self.reconstructions));
        let place = |names: &[String], name: &String| names.binary_search(name).ok();
        let shown = self.shown.iter().filter_map(|(image, foil)| {
            Some((place(&originals, image)?, place(&reconstructions, foil)?))
        });
        Ok(Stimuli {
            set: set.to_owned(),
            condition: condition.to_owned(),
            subject: subject.to_owned(),
            height,
            width,
            shown: shown.collect(),
            of_originals: rows(&self.originals),
            of_reconstructions: rows(&self.reconstructions),
            originals,
            reconstructions,
        })
    }

    /// The size of all pictures.
    fn size(&self, condition: &str) -> Result<(usize, usize)> {
        let pictures = self.originals.values().chain(self.reconstructions.values());
        let mut sizes = pictures.map(|picture| (picture.height, picture.width));
        let size = sizes.next().unwrap_or_default();
        match sizes.find(|other| *other != size) {
            None => Ok(size),
            Some((height, width)) => Err(Error::Source {
                label: condition.to_owned(),
                expected: format!("pictures of {} × {} pixels", size.0, size.1),
                got: format!("one of {height} × {width}"),
                remedy: "model observers compare pictures of one size; build the study from such"
                    .into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::stimuli;
    use crate::folder::Kind;
    use crate::settings::{Settings, Size};
    use crate::testing::{source, study};

    #[test]
    fn observers_see_what_participants_see() {
        let settings = Settings {
            size: Size::Participants(10),
            ..Settings::default()
        };
        let (_temp, study) = study(10, &settings);
        let found = stimuli(&study).unwrap();
        assert_eq!(found.len(), 1);
        let one = &found[0];
        let source = source("dcgan", "vim-1", 10);
        assert_eq!(
            (one.set.as_str(), one.condition.as_str()),
            ("vim-1", "dcgan")
        );
        assert_eq!((one.height, one.width), (12, 12));
        // A pair that stands in several lists is there once.
        let trials = study.key.iter().filter(|row| row.kind == Kind::Trial);
        let pairs: BTreeSet<_> = trials.map(|row| (&row.image, &row.distractor)).collect();
        assert_eq!(one.shown.len(), pairs.len());
        for (row, name) in one.originals.iter().enumerate() {
            let place = |names: &[String]| names.iter().position(|of| of == name).unwrap();
            let (image, own) = (place(&source.images), place(&one.reconstructions));
            for (pictures, rows, row) in [
                (&source.originals, &one.of_originals, row),
                (&source.reconstructions, &one.of_reconstructions, own),
            ] {
                let seen = &rows.values[row * 144..(row + 1) * 144];
                for (value, byte) in seen.iter().zip(pictures.picture(image)) {
                    assert!((value - (f32::from(*byte) / 127.5 - 1.0)).abs() < 1e-6);
                }
            }
        }
    }
}
