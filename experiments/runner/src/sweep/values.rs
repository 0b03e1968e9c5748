//! What is swept: `--set decoder.l2=0.001,0.01 --set seed=1..5` becomes combinations of values.
//!
//! Values stand between commas that no bracket and no quote encloses, so that `align=[pca(), single()]` is one value.
//! `1..5` stands for 1, 2, 3, 4 and 5: both ends belong to it.

use crate::{Error, Result};

/// Most combinations of a sweep; whoever asks for more has probably mistyped.
const MOST: usize = 10_000;

/// A setting and the values that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// The path to the setting, such as `decoder.l2`.
    pub path: String,
    /// Values of the setting, as they are written.
    pub values: Vec<String>,
}

impl Swept {
    /// Reads one `PATH=VALUE,VALUE`. What has no `=` is left to whoever reads the experiment.
    ///
    /// # Errors
    /// [`Error::Sweep`] for a range that runs backwards, and for a place between commas that is empty.
    pub fn read(set: &str) -> Result<Self> {
        let (path, text) = set.split_once('=').unwrap_or((set, ""));
        let mut values = Vec::new();
        for value in split(text).into_iter().map(str::trim) {
            if value.is_empty() && text.contains(',') {
                let remedy = "take the comma away, or write \"\" for an empty text";
                return Err(wrong(set, "a value beside each comma", "none", remedy));
            }
            match range(value) {
                Some((first, last)) => values.extend(numbers(set, first, last)?),
                None => values.push(value.to_owned()),
            }
        }
        let path = path.trim().to_owned();
        Ok(Self { path, values })
    }

    /// One of its values as an override.
    fn set(&self, value: &str) -> String {
        if value.is_empty() {
            self.path.clone()
        } else {
            format!("{}={value}", self.path)
        }
    }
}

/// Every combination, each with a value for each setting: the last setting changes fastest. With `zip`, the first values of
/// all lists belong together, then the second ones; a setting of one value belongs to each.
///
/// # Errors
/// [`Error::Sweep`] if lists to be zipped differ in length, and for more than 10 000 combinations.
pub fn combinations(swept: &[Swept], zip: bool) -> Result<Vec<Vec<String>>> {
    if zip { zipped(swept) } else { product(swept) }
}

/// A combination as overrides of the experiment.
pub(crate) fn sets(swept: &[Swept], values: &[String]) -> Vec<String> {
    let pairs = swept.iter().zip(values);
    pairs.map(|(of, value)| of.set(value)).collect()
}

fn product(swept: &[Swept]) -> Result<Vec<Vec<String>>> {
    let lengths = swept.iter().map(|of| of.values.len());
    let n_all = lengths.fold(1_usize, usize::saturating_mul);
    if n_all > MOST {
        let expected = format!("at most {MOST} combinations");
        return Err(wrong(
            "--set",
            &expected,
            &n_all.to_string(),
            "sweep fewer values at a time",
        ));
    }
    let mut all = vec![Vec::new()];
    for of in swept {
        let longer = all.iter().flat_map(|begun: &Vec<String>| {
            let with = |value: &String| [begun.as_slice(), std::slice::from_ref(value)].concat();
            of.values.iter().map(with)
        });
        all = longer.collect();
    }
    Ok(all)
}

fn zipped(swept: &[Swept]) -> Result<Vec<Vec<String>>> {
    let lists = || swept.iter().filter(|of| of.values.len() > 1);
    let n_all = lists().map(|of| of.values.len()).max().unwrap_or(1);
    if let Some(short) = lists().find(|of| of.values.len() != n_all) {
        let longest = lists().find(|of| of.values.len() == n_all);
        let longest = longest.map_or("", |of| of.path.as_str());
        let expected = format!("{n_all} values, as many as {longest} has");
        let got = short.values.len().to_string();
        let remedy = "give both lists the same length, or leave --zip out for every combination";
        return Err(wrong(
            &format!("--zip: {}", short.path),
            &expected,
            &got,
            remedy,
        ));
    }
    let nth = |idx: usize| {
        let value = |of: &Swept| {
            of.values
                .get(idx)
                .or(of.values.first())
                .cloned()
                .unwrap_or_default()
        };
        swept.iter().map(value).collect()
    };
    Ok((0..n_all).map(nth).collect())
}

/// Cuts a text at commas that stand outside of brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn range(value: &str) -> Option<(i64, i64)> {
    let (first, last) = value.split_once("..")?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn numbers(set: &str, first: i64, last: i64) -> Result<Vec<String>> {
    let n_all = last
        .checked_sub(first)
        .map_or(i64::MAX, |n| n.saturating_add(1));
    if n_all < 1 {
        let got = format!("{first}..{last}, which holds none");
        let remedy = format!("both ends belong to a range: {last}..{first}");
        return Err(wrong(
            set,
            "a range that ends behind its beginning",
            &got,
            &remedy,
        ));
    }
    if n_all > MOST as i64 {
        let expected = format!("a range of at most {MOST} values");
        return Err(wrong(
            set,
            &expected,
            &n_all.to_string(),
            "sweep fewer values at a time",
        ));
    }
    Ok((first..=last).map(|n| n.to_string()).collect())
}

fn wrong(argument: &str, expected: &str, got: &str, remedy: &str) -> Error {
    Error::Sweep {
        argument: argument.to_owned(),
        expected: expected.to_owned(),
        got: got.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Swept, combinations};

    fn values(set: &str) -> Vec<String> {
        Swept::read(set).unwrap().values
    }

    fn complaint(set: &str) -> String {
        Swept::read(set).unwrap_err().to_string()
    }

    #[test]
    fn values_stand_between_commas_outside_of_brackets_and_quotes() {
        assert_eq!(values("decoder.l2=0.001, 0.01"), ["0.001", "0.01"]);
        assert_eq!(values("seed=1..3,7"), ["1", "2", "3", "7"]);
        assert_eq!(values("seed=-1..1"), ["-1", "0", "1"]);
        assert_eq!(values("a=[1, 2],[3]"), ["[1, 2]", "[3]"]);
        assert_eq!(
            values("a=f(x: 1, y: [2, 3]),g()"),
            ["f(x: 1, y: [2, 3])", "g()"]
        );
        assert_eq!(values(r#"a="x,y","\",z""#), [r#""x,y""#, r#""\",z""#]);
        assert_eq!(values("path=../a,../b"), ["../a", "../b"]);
        assert_eq!(values("path=a=1,b"), ["a=1", "b"]);
        // What is no list is left to whoever reads the experiment.
        assert_eq!(values("seed"), [""]);
    }

    #[test]
    fn what_is_no_list_is_said() {
        assert!(complaint("a=1,,2").contains("a value beside each comma"));
        assert!(complaint("a=1,").contains("a value beside each comma"));
        assert!(complaint("seed=5..1").contains("1..5"));
        assert!(complaint("seed=0..9999999999").contains("at most 10000"));
    }

    #[test]
    fn settings_are_multiplied_or_zipped() {
        let read = |sets: &[&str]| -> Vec<Swept> {
            sets.iter().map(|set| Swept::read(set).unwrap()).collect()
        };
        let joined = |sets: &[&str], zip| -> Vec<String> {
            let all = combinations(&read(sets), zip).unwrap();
            all.iter().map(|values| values.join(" ")).collect()
        };
        assert_eq!(
            joined(&["a=1,2", "b=x,y,z"], false),
            ["1 x", "1 y", "1 z", "2 x", "2 y", "2 z"]
        );
        assert_eq!(joined(&["a=1,2", "b=x,y", "c=5"], true), ["1 x 5", "2 y 5"]);
        assert_eq!(joined(&[], false), [""]);
        let error = combinations(&read(&["a=1,2", "b=x,y,z"]), true)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("expected 3 values, as many as b has") && error.contains("got 2"),
            "{error}"
        );
        let error = combinations(&read(&["a=1..200", "b=1..200"]), false)
            .unwrap_err()
            .to_string();
        assert!(error.contains("40000"), "{error}");
    }
}
