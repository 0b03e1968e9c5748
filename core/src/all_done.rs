//! What many pieces of work came to that were done side by side.

use std::fmt::Write;
use std::path::Path;

use crate::{Error, Result, listed};

/// Files that an error names beside the first one.
const N_NAMED: usize = 5;

/// The results of pieces of work, in their order, if all were done. Side by side they fail in any order; what is said of failures
/// depends on the order of the work alone.
///
/// # Errors
/// The first error. If a file does not hold what it should ([`Error::File`]), its remedy names the other files that fail.
/// [`Error::Cancelled`] goes before all others.
pub fn all_done<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    let (mut done, mut failed) = (Vec::with_capacity(results.len()), Vec::new());
    for result in results {
        match result {
            Ok(one) => done.push(one),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => failed.push(error),
        }
    }
    let mut failed = failed.into_iter();
    let Some(mut first) = failed.next() else {
        return Ok(done);
    };
    if let Error::File { path, remedy, .. } = &mut first {
        let others: Vec<String> = failed
            .filter_map(|error| Some(file(&error)?.to_owned()))
            .filter(|other| other != path)
            .map(|path| format!("'{}'", path.display()))
            .collect();
        let named = listed(&others, N_NAMED);
        // Writing into a text never fails.
        let _ = match others.len() {
            0 => Ok(()),
            1 => write!(remedy, "; another file fails: {named}"),
            n => write!(remedy, "; {n} more files fail: {named}"),
        };
    }
    Err(first)
}

/// The file that fails, if it is one.
fn file(error: &Error) -> Option<&Path> {
    match error {
        Error::File { path, .. } | Error::Io { path, .. } => Some(path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::all_done;
    use crate::{Error, Result};

    fn broken(name: &str) -> Result<u32> {
        Err(Error::File {
            path: name.into(),
            variable: String::new(),
            expected: "a picture".into(),
            got: "an empty file".into(),
            remedy: "copy it again".into(),
        })
    }

    fn shape() -> Result<u32> {
        Err(Error::shape("a latent", [3], [4]))
    }

    #[test]
    fn results_keep_their_order() {
        assert_eq!(all_done(vec![Ok(3), Ok(1)]).unwrap(), [3, 1]);
        assert!(all_done::<u32>(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn the_first_failure_names_the_other_files() {
        let said = |results| all_done(results).unwrap_err().to_string();
        let alone = "'a': expected a picture, got an empty file; copy it again";
        assert_eq!(said(vec![Ok(1), broken("a"), shape()]), alone);
        assert_eq!(said(vec![broken("a"), broken("a")]), alone);
        assert_eq!(
            said(vec![broken("a"), Ok(1), shape(), broken("b"), broken("c")]),
            format!("{alone}; 2 more files fail: 'b', 'c'")
        );
        assert_eq!(
            said(vec![broken("a"), broken("b")]),
            format!("{alone}; another file fails: 'b'")
        );
        let closed = || {
            Err(Error::io("reading", "d")(
                ErrorKind::PermissionDenied.into(),
            ))
        };
        assert_eq!(
            said(vec![broken("a"), closed()]),
            format!("{alone}; another file fails: 'd'")
        );
        let first = shape().unwrap_err().to_string();
        assert_eq!(said(vec![shape(), broken("a")]), first);
    }

    #[test]
    fn what_was_cancelled_did_not_fail() {
        let found = all_done(vec![broken("a"), Err(Error::Cancelled)]);
        assert!(matches!(found, Err(Error::Cancelled)));
    }
}
