//! Which image a cell of the trial table means: an index from 0, or the name of a picture.
//!
//! A name is a path from the folder on, the end of one, or a path that ends in one, with `/` or `\` and with or without the
//! ending. What could mean two images is refused.

use std::path::Path;

use lab_core::Result;
use lab_formats::file_error;

/// The names of images, if they have any, and how many images there are.
#[derive(Debug)]
pub(super) struct Names {
    /// Paths from the folder on, with `/`; empty for images of an array.
    pub(super) names: Vec<String>,
    pub(super) n_images: usize,
    /// What else lay in the folder, if anything, in words.
    pub(super) skipped: Option<String>,
}

/// A cell, and where it stands.
pub(super) struct Cell<'a> {
    pub(super) path: &'a Path,
    pub(super) line: usize,
    pub(super) text: &'a str,
}

impl Cell<'_> {
    fn refused(&self, expected: String, got: String, remedy: &str) -> lab_core::Error {
        let variable = format!("image, line {}", self.line);
        file_error(self.path, &variable, expected, got, remedy)
    }
}

impl Names {
    /// The index of the image that a cell means.
    ///
    /// # Errors
    /// Fails if it means none or could mean two, with both.
    pub(super) fn find(&self, cell: &Cell<'_>) -> Result<usize> {
        let named = self.named(cell)?;
        let index = index(cell.text).filter(|&idx| idx < self.n_images);
        match (named, index) {
            (Some(named), Some(index)) if named != index => {
                let expected = "a cell that means one image".into();
                let got = format!(
                    "'{}', which is the name of '{}' and the index of '{}'",
                    cell.text, self.names[named], self.names[index]
                );
                let remedy = "write names of pictures with their ending";
                Err(cell.refused(expected, got, remedy))
            }
            (Some(named), _) => Ok(named),
            (None, Some(index)) => {
                self.refuse_unsure_index(cell)?;
                Ok(index)
            }
            (None, None) => {
                let remedy = if self.has_marks_apart() != has_marks_apart(cell.text)
                    && !cell.text.is_ascii()
                {
                    "letters with marks can be written in two ways that look the same, and the names of these files are \
                     written in the other: copy the names from a list of the folder"
                } else {
                    "correct this cell"
                };
                Err(cell.refused(self.known(), format!("'{}'", cell.text), remedy))
            }
        }
    }

    /// Whether a file's name writes a letter and its mark apart, as some systems do.
    fn has_marks_apart(&self) -> bool {
        self.names.iter().any(|name| has_marks_apart(name))
    }

    fn known(&self) -> String {
        let below = format!("an index below {}", self.n_images);
        match self.names.first() {
            Some(name) => format!("{below} or the name of a picture such as '{name}'"),
            None => below,
        }
    }

    /// An index counts files: where some were skipped, it may have counted those as well; where names are numbers, it may
    /// count from another number.
    fn refuse_unsure_index(&self, cell: &Cell<'_>) -> Result<()> {
        if let Some(skipped) = &self.skipped {
            let expected = "the name of a picture, as the folder holds more than pictures".into();
            let got = format!("the index '{}', beside {skipped}", cell.text);
            let remedy = "name the pictures, or move what is none out of the folder";
            return Err(cell.refused(expected, got, remedy));
        }
        let index = index(cell.text).unwrap_or(0);
        let number = |place: usize| -> Option<usize> {
            without_ending(self.names[place].rsplit('/').next()?)
                .parse()
                .ok()
        };
        let shifted = |place: usize| {
            let number = number(place);
            number.is_some_and(|number| number < self.n_images && number != place)
        };
        if self.names.is_empty()
            || number(index) == Some(index)
            || !(0..self.names.len()).any(shifted)
        {
            return Ok(());
        }
        let expected =
            "the name of a picture, as pictures are called by other numbers than their places"
                .into();
        let got = format!(
            "'{}', the index of '{}'; no picture has this name",
            cell.text, self.names[index]
        );
        let remedy = "write names of pictures with their ending";
        Err(cell.refused(expected, got, remedy))
    }

    fn named(&self, cell: &Cell<'_>) -> Result<Option<usize>> {
        let wanted = cell.text.replace('\\', "/");
        let wanted = wanted.trim_start_matches("./").trim_start_matches('/');
        if wanted.is_empty() {
            return Ok(None);
        }
        let ends = |whole: &str, end: &str| {
            let before = whole.strip_suffix(end);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        if let Some(whole) = self.names.iter().position(|name| name == wanted) {
            return Ok(Some(whole));
        }
        let rules: [&dyn Fn(&str) -> bool; 2] =
            [&|name| ends(name, wanted) || ends(wanted, name), &|name| {
                let name = without_ending(name);
                ends(name, wanted) || ends(wanted, name)
            }];
        for rule in rules {
            let mut found = (0..self.names.len()).filter(|&idx| rule(&self.names[idx]));
            if let Some(first) = found.next() {
                if let Some(second) = found.next() {
                    let expected = "a cell that means one picture".into();
                    let got = format!(
                        "'{}', which may be '{}' or '{}'",
                        cell.text, self.names[first], self.names[second]
                    );
                    let remedy = "write the path from the folder on, with the ending";
                    return Err(cell.refused(expected, got, remedy));
                }
                return Ok(Some(first));
            }
        }
        Ok(None)
    }
}

/// Whether a mark, such as the dots of ä, stands in a text as a character of its own.
fn has_marks_apart(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{300}'..='\u{36f}').contains(&letter))
}

/// An index; `3.0` is 3, as some programs write whole numbers so. `1.000` may be a thousand, and is none.
fn index(text: &str) -> Option<usize> {
    let whole = match text.split_once(['.', ',']) {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.len() != 3 => {
            let zeros = fraction.bytes().all(|byte| byte == b'0');
            zeros.then_some(whole)?
        }
        _ => text,
    };
    whole.parse().ok()
}

fn without_ending(name: &str) -> &str {
    let stem = name.rsplit_once('.').map(|(stem, _)| stem);
    stem.filter(|stem| !stem.is_empty() && !stem.ends_with('/'))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str], text: &str) -> std::result::Result<usize, String> {
        let names = Names {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            n_images: names.len(),
            skipped: None,
        };
        let cell = Cell {
            path: Path::new("trials.csv"),
            line: 7,
            text,
        };
        names.find(&cell).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_found_by_any_end_of_their_path_and_with_either_slash() {
        let names = ["train/p00.png", "train/p01.png", "test/p02.png"];
        for text in [
            "train/p01.png",
            "train\\p01.png",
            "p01.png",
            "p01",
            "images/train/p01.png",
            "C:\\data\\images\\train\\p01.png",
            "./train/p01",
            "1",
            "1.0",
        ] {
            assert_eq!(find(&names, text), Ok(1), "{text}");
        }
        let error = find(&names, "01.png").unwrap_err();
        assert!(
            error.contains("line 7") && error.contains("such as 'train/p00.png'"),
            "{error}"
        );
        assert!(find(&names, "3").is_err() && find(&names, "").is_err());
    }

    #[test]
    fn letters_that_only_look_the_same_are_explained() {
        let error = find(&["Ba\u{308}ume.png"], "B\u{e4}ume.png").unwrap_err();
        assert!(error.contains("two ways that look the same"), "{error}");
        let error = find(&["B\u{e4}ume.png"], "Ba\u{308}ume.png").unwrap_err();
        assert!(error.contains("two ways that look the same"), "{error}");
        let error = find(&["B\u{e4}ume.png"], "B\u{e4}che.png").unwrap_err();
        assert!(error.contains("correct this cell"), "{error}");
    }

    #[test]
    fn what_could_mean_two_images_is_refused_with_both() {
        let numbered = ["1.png", "2.png", "3.png"];
        let error = find(&numbered, "1").unwrap_err();
        assert!(
            error.contains("name of '1.png'") && error.contains("index of '2.png'"),
            "{error}"
        );
        let error = find(&numbered, "0").unwrap_err();
        assert!(error.contains("index of '1.png'"), "{error}");
        assert_eq!(find(&numbered, "1.png"), Ok(0));
        assert_eq!(find(&["000.png", "001.png"], "1"), Ok(1));
        // Numbers beyond the number of pictures are no indices.
        assert_eq!(find(&["4711.png", "4712.png"], "1"), Ok(1));
        assert!(find(&["0.png", "1.png", "3.png", "4.png"], "2").is_err());
        assert_eq!(find(&["000.png", "001.png"], "001"), Ok(1));
        let error = find(&["a.png", "a.jpg"], "a").unwrap_err();
        assert!(error.contains("'a.png' or 'a.jpg'"), "{error}");
        assert_eq!(find(&["a.png", "a.jpg"], "a.jpg"), Ok(1));
        let error = find(&["x/a.png", "y/a.png"], "a.png").unwrap_err();
        assert!(error.contains("'x/a.png' or 'y/a.png'"), "{error}");
        assert_eq!(find(&["a.png", "y/a.png"], "a.png"), Ok(0));
    }
}
