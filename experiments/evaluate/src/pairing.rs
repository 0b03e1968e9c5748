//! Which reconstruction belongs to which original.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Error, Result};

/// Names that an error gives before it only counts.
const MAX_NAMED: usize = 5;

/// What tells which reconstruction belongs to which original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairBy {
    /// Names without ending that are equal, or differ by what all names of a folder share.
    Name,
    /// The order: of rows, or of names as people count.
    Order,
}

/// One side of the pairing.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The folder or the array.
    pub path: &'a Path,
    /// Names of the pictures in a folder, in the order in which people count; empty for an array.
    pub names: &'a [String],
    /// How many there are.
    pub n_images: usize,
    /// Whether the letters of the names give another order.
    pub not_by_letters: bool,
}

/// Which reconstruction belongs to which original, and how that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    /// For each original, the index of its reconstruction.
    pub of: Vec<usize>,
    /// How it was found, as a sentence.
    pub note: String,
}

/// Pairs originals and reconstructions.
///
/// Pictures of two folders are paired by their names without ending: as they are, else without what all names of a folder begin
/// and end with (`recon_07` and `07`), numbers without leading zeros. Where an array is among both, its rows are paired with the order
/// of the other. `wanted` settles what the files leave open.
///
/// # Errors
/// - [`Error::Counts`] if there are more of one than of the other.
/// - [`Error::Unpaired`] if names do not fit, and [`Error::Twice`] if one stands for two pictures.
/// - [`Error::Order`] if an array meets a folder whose order is not certain.
pub fn pair(
    originals: Side<'_>,
    reconstructions: Side<'_>,
    wanted: Option<PairBy>,
) -> Result<Pairing> {
    let are_named = !originals.names.is_empty() && !reconstructions.names.is_empty();
    match wanted {
        Some(PairBy::Order) => by_order(originals, reconstructions, true),
        Some(PairBy::Name) if !are_named => Err(unpaired(
            originals,
            reconstructions,
            "rows of an array, which have no names".into(),
        )),
        None if !are_named => by_order(originals, reconstructions, false),
        _ => by_name(originals, reconstructions),
    }
}

fn by_order(originals: Side<'_>, reconstructions: Side<'_>, is_wanted: bool) -> Result<Pairing> {
    let n_images = originals.n_images;
    if reconstructions.n_images != n_images {
        return Err(Error::Counts {
            path: reconstructions.path.to_owned(),
            what: "reconstructions",
            expected: n_images,
            got: reconstructions.n_images,
        });
    }
    let uncertain = [originals, reconstructions]
        .into_iter()
        .find(|side| side.not_by_letters);
    if let Some(side) = uncertain.filter(|_| !is_wanted) {
        return Err(Error::Order {
            path: side.path.to_owned(),
        });
    }
    let order = |side: Side<'_>| {
        if side.names.is_empty() {
            "rows"
        } else {
            "names, as people count,"
        }
    };
    Ok(Pairing {
        of: (0..n_images).collect(),
        note: format!(
            "Reconstructions belong to originals by their order: the {} of '{}' and the {} of '{}'.",
            order(originals),
            originals.path.display(),
            order(reconstructions),
            reconstructions.path.display()
        ),
    })
}

fn by_name(originals: Side<'_>, reconstructions: Side<'_>) -> Result<Pairing> {
    let whole = |side: Side<'_>| side.names.iter().map(|name| stem(name)).collect();
    let (ours, theirs): (Vec<String>, Vec<String>) = (whole(originals), whole(reconstructions));
    let equal = matched(
        &index(originals, &ours)?,
        &index(reconstructions, &theirs)?,
        &ours,
    );
    if let Some(of) = equal {
        return Ok(Pairing {
            of,
            note: "Reconstructions belong to originals by their names.".into(),
        });
    }
    // `recon_07` and `07`: what all names of a folder share says nothing about one of them.
    let (our_rest, their_rest) = (differing(&ours), differing(&theirs));
    let both = index(originals, &our_rest)
        .ok()
        .zip(index(reconstructions, &their_rest).ok());
    let of = both.and_then(|(ours, theirs)| matched(&ours, &theirs, &our_rest));
    match of {
        Some(of) => Ok(Pairing {
            note: format!(
                "Reconstructions belong to originals by the part in which names of one folder differ: '{}' and '{}'.",
                originals.names[0], reconstructions.names[of[0]]
            ),
            of,
        }),
        None => Err(unpaired(
            originals,
            reconstructions,
            difference(originals, reconstructions, &ours, &theirs),
        )),
    }
}

fn unpaired(originals: Side<'_>, reconstructions: Side<'_>, got: String) -> Error {
    Error::Unpaired {
        originals: originals.path.to_owned(),
        reconstructions: reconstructions.path.to_owned(),
        got,
    }
}

/// A name without its ending.
pub(crate) fn stem(name: &str) -> String {
    let ending = name.rfind('.').filter(|&at| !name[at..].contains('/'));
    name[..ending.unwrap_or(name.len())].to_owned()
}

/// Where each name stands, if no two are equal.
fn index<'a>(side: Side<'_>, names: &'a [String]) -> Result<BTreeMap<&'a str, usize>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        if let Some(first) = places.insert(name, place) {
            return Err(Error::Twice {
                path: side.path.to_owned(),
                first: side.names[first].clone(),
                second: side.names[place].clone(),
            });
        }
    }
    Ok(places)
}

/// For each name of ours the place of the equal one of theirs, if the names of both are the same.
fn matched(
    ours: &BTreeMap<&str, usize>,
    theirs: &BTreeMap<&str, usize>,
    order: &[String],
) -> Option<Vec<usize>> {
    let is_same = ours.keys().eq(theirs.keys());
    is_same
        .then(|| {
            let of = order.iter().map(|name| theirs.get(name.as_str()).copied());
            of.collect::<Option<Vec<usize>>>()
        })
        .flatten()
}

/// Names without the beginning and the end that all of them share, in small letters; numbers without leading zeros.
fn differing(names: &[String]) -> Vec<String> {
    let names: Vec<Vec<char>> = names
        .iter()
        .map(|name| name.to_lowercase().chars().collect())
        .collect();
    let shortest = names.iter().map(Vec::len).min().unwrap_or(0);
    let shared = |at: &dyn Fn(&[char], usize) -> char| {
        (0..shortest)
            .take_while(|&place| {
                let first = at(&names[0], place);
                // A digit may be the beginning of another number.
                !first.is_ascii_digit() && names.iter().all(|name| at(name, place) == first)
            })
            .count()
    };
    let before = shared(&|name, place| name[place]);
    let behind = shared(&|name, place| name[name.len() - 1 - place]);
    let rest = |name: &Vec<char>| -> String {
        let end = (name.len() - behind).max(before);
        let rest: String = name[before..end].iter().collect();
        let is_number = !rest.is_empty() && rest.chars().all(|digit| digit.is_ascii_digit());
        let number = rest.trim_start_matches('0');
        match (is_number, number.is_empty()) {
            (true, true) => "0".into(),
            (true, false) => number.into(),
            (false, _) => rest,
        }
    };
    names.iter().map(rest).collect()
}

/// How the names of both sides differ, in words.
fn difference(
    originals: Side<'_>,
    reconstructions: Side<'_>,
    ours: &[String],
    theirs: &[String],
) -> String {
    let only = |side: Side<'_>, names: &[String], others: &[String]| -> Vec<String> {
        let is_alone = |(name, _): &(&String, &String)| !others.contains(name);
        let alone = names.iter().zip(side.names).filter(is_alone);
        alone.map(|(_, name)| format!("'{name}'")).collect()
    };
    let mut parts = Vec::new();
    for (what, without, alone) in [
        (
            "original",
            "without a reconstruction",
            only(originals, ours, theirs),
        ),
        (
            "reconstruction",
            "without an original",
            only(reconstructions, theirs, ours),
        ),
    ] {
        if !alone.is_empty() {
            let plural = if alone.len() == 1 { "" } else { "s" };
            parts.push(format!(
                "{} {what}{plural} {without} ({})",
                alone.len(),
                lab_core::listed(&alone, MAX_NAMED)
            ));
        }
    }
    parts.join(" and ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{PairBy, Pairing, Side, pair};

    fn paired(
        originals: &[&str],
        reconstructions: &[&str],
        wanted: Option<PairBy>,
    ) -> Result<Pairing, String> {
        let owned =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.into()).collect() };
        let (ours, theirs) = (owned(originals), owned(reconstructions));
        let side = |path: &'static str, names| Side {
            path: Path::new(path),
            names,
            n_images: 3,
            not_by_letters: true,
        };
        let found = pair(side("o", &ours), side("r", &theirs), wanted);
        found.map_err(|error| error.to_string())
    }

    #[test]
    fn names_pair_pictures_whatever_their_ending_and_order() {
        let found = paired(
            &["a.png", "b.png", "d/c.jpg"],
            &["b.tif", "d/c.png", "a.webp"],
            None,
        );
        assert_eq!(found.unwrap().of, [2, 0, 1]);
    }

    #[test]
    fn what_all_names_share_is_left_out() {
        let found = paired(
            &["1.png", "2.png", "10.png"],
            &["Recon_001_a.png", "Recon_002_a.png", "Recon_010_a.png"],
            None,
        );
        let found = found.unwrap();
        assert_eq!(found.of, [0, 1, 2]);
        assert!(
            found.note.contains("'1.png' and 'Recon_001_a.png'"),
            "{}",
            found.note
        );
        // Numbers that begin alike are no shared beginning.
        let found = paired(
            &["11.png", "12.png", "13.png"],
            &["x13.png", "x11.png", "x12.png"],
            None,
        );
        assert_eq!(found.unwrap().of, [1, 2, 0]);
    }

    /// One set counts from 0 and the other from 1: nobody can know which is meant.
    #[test]
    fn a_doubt_is_an_error_until_somebody_settles_it() {
        let names = (["0.png", "1.png", "2.png"], ["r1.png", "r2.png", "r3.png"]);
        let error = paired(&names.0, &names.1, None).unwrap_err();
        assert!(
            error.contains("3 originals without a reconstruction ('0.png', '1.png', '2.png')"),
            "{error}"
        );
        assert!(error.contains("--pair order"), "{error}");
        let settled = paired(&names.0, &names.1, Some(PairBy::Order)).unwrap();
        assert_eq!(settled.of, [0, 1, 2]);
        assert!(settled.note.contains("by their order"));
    }

    #[test]
    fn two_pictures_of_one_name_are_told() {
        let error = paired(
            &["a.png", "b.png", "c.png"],
            &["a.png", "a.jpg", "c.png"],
            None,
        );
        assert!(
            error
                .unwrap_err()
                .contains("got 'a.png' and 'a.jpg'; remove or rename one")
        );
    }

    #[test]
    fn rows_are_paired_with_names_only_if_their_order_is_certain() {
        let error = paired(&["1.png", "2.png", "10.png"], &[], None).unwrap_err();
        assert!(error.contains("10 before 2"), "{error}");
        let error = paired(&["a.png"], &[], Some(PairBy::Name)).unwrap_err();
        assert!(error.contains("which have no names"), "{error}");
        let settled = paired(&["1.png", "2.png", "10.png"], &[], Some(PairBy::Order));
        assert_eq!(settled.unwrap().of, [0, 1, 2]);
    }
}
