//! Whose responses a file holds, by its name.

use std::path::{Path, PathBuf};

use lab_core::Result;
use lab_formats::file_error;

/// Subjects that are counted, S1 to S99, where nothing else names them.
const MAX_NUMBER: usize = 99;

/// For each subject, the place of its file.
///
/// Where every file bears the name of one subject, each its own, names decide. Else files stand in the order of the
/// subjects, and none of them may bear the name of another.
///
/// # Errors
/// Fails if a file bears the name of another subject than the one whose place it has, or is named twice.
pub(crate) fn tied(files: &[String], subjects: &[String]) -> Result<Vec<usize>> {
    for (at, file) in files.iter().enumerate() {
        if files[..at].contains(file) {
            let (path, expected) = (Path::new(file), "one file for each subject");
            let remedy = "give each subject a file of its own";
            return Err(file_error(path, "", expected, "this one twice", remedy));
        }
    }
    let borne = borne(files, subjects);
    let place = |subject: usize| borne.iter().position(|of| *of == [subject]);
    let by_name: Option<Vec<usize>> = (0..subjects.len()).map(place).collect();
    if let Some(by_name) = by_name.filter(|_| files.len() == subjects.len()) {
        return Ok(by_name);
    }
    refuse_others(files, &borne, subjects)?;
    Ok((0..subjects.len()).collect())
}

/// Fails if a file bears the name of a subject, but not of the one whose place it has.
fn refuse_others(files: &[String], borne: &[Vec<usize>], subjects: &[String]) -> Result<()> {
    for (at, of) in borne.iter().enumerate().take(subjects.len()) {
        if let Some(&other) = of.first().filter(|_| !of.contains(&at)) {
            let expected = format!(
                "the file of subject '{}', who stands in this place",
                subjects[at]
            );
            let got = format!("a name that bears '{}'", subjects[other]);
            let remedy =
                "put files in the order of the subjects, or let every name bear its own subject";
            return Err(file_error(Path::new(&files[at]), "", expected, got, remedy));
        }
    }
    Ok(())
}

/// Subjects S1, S2, … and their files: the numbers that all names bear, or their order if names bear none.
///
/// # Errors
/// As [`tied`]: a third file that bears the name of S1 is refused.
pub(crate) fn named(files: &[String]) -> Result<Vec<(String, PathBuf)>> {
    let known: Vec<String> = (1..=MAX_NUMBER).map(|n| format!("S{n}")).collect();
    let borne = borne(files, &known);
    let mut numbers: Vec<usize> = borne.iter().flatten().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let each_its_own = numbers.len() == files.len() && borne.iter().all(|of| of.len() == 1);
    let ids: Vec<String> = if each_its_own {
        numbers
            .iter()
            .map(|&number| known[number].clone())
            .collect()
    } else {
        refuse_others(files, &borne, &known)?;
        known[..files.len().min(known.len())].to_vec()
    };
    let places = tied(files, &ids)?;
    let named = ids.into_iter().zip(places);
    Ok(named
        .map(|(id, place)| (id, PathBuf::from(&files[place])))
        .collect())
}

/// Whether no file bears the name of a subject, so that their order alone ties them.
pub(crate) fn bear_none(files: &[String], subjects: &[String]) -> bool {
    borne(files, subjects).iter().all(Vec::is_empty)
}

/// For each file, the subjects whose names stand in its name or, where no file has one and folders differ, in that of its
/// folder. Capital letters, zeros before a number and a fraction of zeros behind it make no difference: `sub-01` is the
/// subject `1`, which a spreadsheet wrote `1.0`. They do where subjects would be one without them.
fn borne(files: &[String], subjects: &[String]) -> Vec<Vec<usize>> {
    let alike: Vec<String> = subjects.iter().map(|name| plain(whole(name))).collect();
    let are_told_apart = (1..alike.len()).all(|at| !alike[..at].contains(&alike[at]));
    let plain_part = |part: String| if are_told_apart { plain(&part) } else { part };
    let subjects = if are_told_apart { &alike[..] } else { subjects };
    let parts: Vec<(String, String)> = files
        .iter()
        .map(|file| stem_and_folder(file))
        .map(|(stem, folder)| (plain_part(stem), plain_part(folder)))
        .collect();
    let in_part = |part: &String| -> Vec<usize> {
        let subjects = subjects.iter().enumerate();
        let named = subjects.filter(|(_, subject)| stands_in(part, subject));
        named.map(|(at, _)| at).collect()
    };
    let by_stem: Vec<Vec<usize>> = parts.iter().map(|(stem, _)| in_part(stem)).collect();
    let one_folder = parts.iter().all(|(_, folder)| *folder == parts[0].1);
    if one_folder || by_stem.iter().any(|of| !of.is_empty()) {
        return by_stem;
    }
    parts.iter().map(|(_, folder)| in_part(folder)).collect()
}

fn stem_and_folder(file: &str) -> (String, String) {
    let file = file.replace('\\', "/");
    let mut parts = file.rsplit('/');
    let name = parts.next().unwrap_or("");
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (stem.to_owned(), parts.next().unwrap_or("").to_owned())
}

/// The number that a spreadsheet wrote as `1.0`; any other name as it is.
fn whole(name: &str) -> &str {
    let parts = name.split_once('.');
    let is_zeros = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit == b'0');
    match parts {
        Some((number, fraction))
            if number.bytes().all(|b| b.is_ascii_digit()) && is_zeros(fraction) =>
        {
            number
        }
        _ => name,
    }
}

/// A text in small letters, its numbers without zeros before them.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut in_number = false;
    while let Some(letter) = letters.next() {
        let goes_on = letters.peek().is_some_and(char::is_ascii_digit);
        if letter == '0' && !in_number && goes_on {
            continue;
        }
        in_number = letter.is_ascii_digit();
        plain.extend(letter.to_lowercase());
    }
    plain
}

/// Whether a name stands in a text as a whole: "S1" stands in "`bold_S1_v2`", not in "S10" or "VS1".
fn stands_in(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let goes_on = |inside: Option<char>, outside: Option<char>| match (inside, outside) {
        (Some(a), Some(b)) => {
            a.is_ascii_digit() && b.is_ascii_digit() || a.is_alphabetic() && b.is_alphabetic()
        }
        _ => false,
    };
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !goes_on(name.chars().next(), before) && !goes_on(name.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tied_to(files: &[&str], subjects: &[&str]) -> std::result::Result<Vec<usize>, String> {
        let owned =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.into()).collect() };
        tied(&owned(files), &owned(subjects)).map_err(|error| error.to_string())
    }

    #[test]
    fn files_belong_to_the_subjects_that_they_name() {
        assert_eq!(
            tied_to(&["d/S1.npy", "d/S2.npy"], &["S2", "S1"]),
            Ok(vec![1, 0])
        );
        assert_eq!(
            tied_to(&["S10_bold.npy", "S1_bold.npy"], &["S1", "S10"]),
            Ok(vec![1, 0])
        );
        assert_eq!(
            tied_to(&["S1/bold.npy", "S2/bold.npy"], &["S2", "S1"]),
            Ok(vec![1, 0])
        );
        assert_eq!(
            tied_to(&["sub-2.npy", "sub-1.npy"], &["1", "2"]),
            Ok(vec![1, 0])
        );
        assert_eq!(tied_to(&["a.npy", "b.npy"], &["S2", "S1"]), Ok(vec![0, 1]));
        assert_eq!(
            tied_to(&["first.npy", "S2.npy"], &["S1", "S2"]),
            Ok(vec![0, 1])
        );
    }

    #[test]
    fn capitals_zeros_and_fractions_make_no_difference() {
        for subjects in [["2", "1"], ["2.0", "1.0"], ["02", "01"], ["002", "1"]] {
            assert_eq!(
                tied_to(&["sub-01.npy", "sub-02.npy"], &subjects),
                Ok(vec![1, 0]),
                "{subjects:?}"
            );
        }
        assert_eq!(
            tied_to(&["S1.npy", "S2.npy"], &["s2", "s1"]),
            Ok(vec![1, 0])
        );
        assert_eq!(
            tied_to(&["Anna.npy", "BERT.npy"], &["bert", "anna"]),
            Ok(vec![1, 0])
        );
        assert_eq!(
            tied_to(&["S10.npy", "S01.npy"], &["S1", "S10"]),
            Ok(vec![1, 0])
        );
        // Where subjects differ in nothing else, nothing is overlooked.
        assert_eq!(tied_to(&["a.npy", "A.npy"], &["A", "a"]), Ok(vec![1, 0]));
        assert_eq!(
            tied_to(&["S01.npy", "S1.npy"], &["S1", "S01"]),
            Ok(vec![1, 0])
        );
        assert!(tied_to(&["S2.npy", "rest.npy"], &["s1", "s2"]).is_err());
    }

    #[test]
    fn files_without_names_are_known() {
        let none = |files: &[&str], subjects: &[&str]| {
            let owned =
                |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.into()).collect() };
            bear_none(&owned(files), &owned(subjects))
        };
        assert!(none(&["anna.npy", "bert.npy"], &["S2", "S1"]));
        assert!(!none(&["anna.npy", "S1.npy"], &["S2", "S1"]));
    }

    #[test]
    fn counted_subjects_are_those_of_the_names() {
        let named = |files: &[&str]| {
            let files: Vec<String> = files.iter().map(|&file| file.into()).collect();
            let found = named(&files).map_err(|error| error.to_string())?;
            let text = found
                .iter()
                .map(|(id, file)| format!("{id} {}", file.display()));
            Ok::<_, String>(text.collect::<Vec<_>>().join(", "))
        };
        assert_eq!(
            named(&["b_S2.mat", "b_S1.mat"]).unwrap(),
            "S1 b_S1.mat, S2 b_S2.mat"
        );
        assert_eq!(named(&["b_S3.mat"]).unwrap(), "S3 b_S3.mat");
        assert_eq!(named(&["x.mat", "y.mat"]).unwrap(), "S1 x.mat, S2 y.mat");
        assert!(named(&["S2.mat", "y.mat"]).unwrap_err().contains("'S2'"));
        assert!(named(&["S1.mat", "S1b.mat", "S1_c.mat"]).is_err());
    }

    #[test]
    fn a_file_of_another_subject_is_refused() {
        let error = tied_to(&["S2.npy", "rest.npy"], &["S1", "S2"]).unwrap_err();
        assert!(
            error.contains("S2.npy") && error.contains("'S1'") && error.contains("'S2'"),
            "{error}"
        );
        let error = tied_to(&["S1.npy", "S1_again.npy"], &["S1", "S2"]).unwrap_err();
        assert!(error.contains("S1_again.npy"), "{error}");
        assert!(tied_to(&["a.npy", "a.npy"], &["S1", "S2"]).is_err());
    }
}
