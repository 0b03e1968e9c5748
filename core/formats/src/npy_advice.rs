//! What to do with a file that was saved as a NumPy array and holds no array of numbers.

use super::container::{Kind, kind_of};
use super::npy_header::written;
use super::zip;

/// What a file is, and what to do.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) got: String,
    pub(super) remedy: String,
}

/// Names of an archive that are listed.
const SHOWN: usize = 8;

/// What is known of a file that begins with, or is, `bytes`; `None` if it looks like a damaged array of numbers.
pub(super) fn of(bytes: &[u8]) -> Option<Advice> {
    let advice = |got: String, remedy: &str| {
        let remedy = remedy.to_owned();
        Some(Advice { got, remedy })
    };
    match kind_of(bytes) {
        Kind::Npy => elements(bytes),
        Kind::Zip => {
            let (got, first) = archive(bytes);
            let remedy = format!(
                "save the one array that is meant: numpy.save('{first}.npy', numpy.load(…)['{first}'])"
            );
            Some(Advice { got, remedy })
        }
        Kind::Other | Kind::Text => None,
        kind => advice(kind.name().into(), "name the right file"),
    }
}

/// An archive in words, and its first array.
fn archive(bytes: &[u8]) -> (String, String) {
    let names: Vec<String> = zip::entries(bytes)
        .unwrap_or_default()
        .iter()
        .filter_map(|entry| Some(entry.name.strip_suffix(".npy")?.to_owned()))
        .collect();
    let first = names.first().cloned().unwrap_or_else(|| "S1".into());
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let got = match names.len() {
        0 => "an archive without arrays".into(),
        n if n > SHOWN => format!("an archive (.npz) of {n} arrays: {shown}, …"),
        _ => format!("an archive (.npz) of the arrays {shown}"),
    };
    (got, first)
}

/// An array whose elements are no real numbers of up to 64 bits.
fn elements(bytes: &[u8]) -> Option<Advice> {
    let written = written(bytes).ok()?;
    let descr = written.descr;
    let letter = descr
        .trim_start_matches(['<', '>', '|', '='])
        .chars()
        .next();
    let (what, remedy) = match letter {
        _ if descr.starts_with('[') => (
            "a table with named columns",
            "save its numbers as a matrix: numpy.lib.recfunctions.structured_to_unstructured(x)",
        ),
        Some('O') => (
            "Python objects",
            "rows of different length, or text among numbers, make objects of an array: save numpy.array(list(x), dtype='float32'), which must be rectangular",
        ),
        Some('c') => ("complex numbers", "save their real part or their magnitude"),
        Some('U' | 'S') => ("text", "save numbers; names belong into a table"),
        Some('f' | 'g') => ("numbers of another width", "save x.astype('float64')"),
        Some('M' | 'm') => ("dates or times", "save x.astype('float64')"),
        _ => return None,
    };
    let shown: String = descr.chars().take(80).collect();
    // A width that is read means that something else is wrong.
    if crate::elements::Dtype::parse(descr).is_some() {
        return None;
    }
    let got = format!("an array {:?} of {what} ('{shown}')", written.shape);
    let remedy = remedy.to_owned();
    Some(Advice { got, remedy })
}
