//! `--set path.to.key=value`: a text is changed where a path leads.
//!
//! A path goes through fields and plugin parameters by name and through lists and tuples by index:
//! `generator.latent=100`, `losses.1.0=25`, `losses.1.1.threshold=0.5`.
//! A key that is not written yet is written at the end of its brackets, so that defaults can be set too; whether it exists
//! is found out when the text is read, and the error then names the argument.
//!
//! Values are RON. A word that cannot be RON, such as `data/stim.mat`, is taken as a string, and so is any bare word that
//! takes the place of a string. `@FILE` takes the value that stands under the same path in another experiment file,
//! `@FILE#path.to.key` that under another.

mod place;
mod taken;

use super::{Location, Patch, Source, ron_options, scan};
use crate::{Error, Result};
use place::{Edit, Problem};

/// The text of `source` after the overrides in `sets`, each `path=value`; later ones see the earlier ones.
///
/// # Errors
/// [`Error::Config`] naming the argument if it has no `=`, its path is empty or leads nowhere, or its value is no RON;
/// naming the file if its brackets do not match.
pub fn apply(source: &Source, sets: &[String]) -> Result<Source> {
    sets.iter()
        .try_fold(source.clone(), |source, set| apply_one(&source, set))
}

fn apply_one(source: &Source, set: &str) -> Result<Source> {
    let argument = format!("--set {set}");
    let located = |problem: Problem| Error::Config {
        at: Location::Argument {
            argument: argument.clone(),
        },
        message: problem.message,
        hint: problem.hint,
    };
    let (path, value) = split(set).map_err(located)?;
    let from_file = value.strip_prefix('@');
    let from_file = from_file.map(|file| taken::taken(&path, file.trim()));
    let from_file = from_file.transpose().map_err(located)?;
    let value = from_file.as_deref().unwrap_or(value);
    let document = scan::document(source.text()).map_err(|broken| Error::Config {
        at: source.locate(broken.at),
        message: format!("expected {}", broken.expected),
        hint: "brackets, quotes and commas must match before a value can be set".into(),
    })?;
    let edit = place::edit(source.text(), &document, &path, value).map_err(located)?;
    let text = [
        &source.text()[..edit.start],
        &edit.text,
        &source.text()[edit.end..],
    ]
    .concat();
    Ok(source.patched(text, patches(source.patches(), &edit, &argument)))
}

fn split(set: &str) -> Result<(Vec<&str>, &str), Problem> {
    let hint = "write it as path.to.key=value, such as seed=2 or losses.0.0=25";
    let (path, value) = set
        .split_once('=')
        .ok_or_else(|| Problem::new("there is no '=' in it", hint))?;
    let path: Vec<&str> = path.trim().split('.').map(str::trim).collect();
    if path.iter().any(|segment| segment.is_empty()) {
        let what = if path.len() == 1 {
            "the path before '=' is empty"
        } else {
            "the path has an empty part"
        };
        return Err(Problem::new(what, hint));
    }
    if value.trim().is_empty() {
        return Err(Problem::new(
            "there is no value after '='",
            "write \"\" for an empty text",
        ));
    }
    Ok((path, value.trim()))
}

/// `value` as it will stand in the text, in place of `replaced`.
fn as_ron(value: &str, replaced: Option<&str>) -> Result<String, Problem> {
    let is_string =
        |text: &str| text.starts_with(['"']) || text.starts_with("r\"") || text.starts_with("r#");
    let is_option = value == "None" || value.starts_with("Some(");
    let reads = ron_options().from_str::<Box<ron::value::RawValue>>(value);
    let bare = !value.contains(['(', ')', '[', ']', '{', '}', '"', '\'', ',']);
    let takes_string = replaced.is_some_and(is_string) && !is_string(value) && !is_option;
    match reads {
        Ok(_) if !(takes_string && bare) => Ok(value.to_owned()),
        Err(error) if !bare => Err(Problem::new(
            format!("'{value}' is no value: {}", error.code),
            "values are written as in the file: 3, 0.5, \"text\", [1, 2], name(key: value)",
        )),
        _ => ron_options()
            .to_string(value)
            .map_err(|error| Problem::new(error.to_string(), "")),
    }
}

/// The patches after one more edit; a patch that it cuts keeps its ends.
fn patches(before: &[Patch], edit: &Edit, argument: &str) -> Vec<Patch> {
    let end = edit.start + edit.text.len();
    let shifted = |at: usize| at - edit.end + end;
    let mut new = Patch {
        start: edit.start,
        end,
        replaced: edit.end - edit.start,
        argument: argument.to_owned(),
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for patch in before {
        let covered = patch
            .end
            .min(edit.end)
            .saturating_sub(patch.start.max(edit.start));
        new.replaced -= covered;
        let mut replaced = patch.replaced;
        if patch.start < edit.start {
            let end = patch.end.min(edit.start);
            left.push(Patch {
                end,
                replaced: std::mem::take(&mut replaced),
                ..patch.clone()
            });
        }
        if patch.end > edit.end {
            let start = shifted(patch.start.max(edit.end));
            right.push(Patch {
                start,
                end: shifted(patch.end),
                replaced: std::mem::take(&mut replaced),
                ..patch.clone()
            });
        }
        new.replaced += replaced;
    }
    left.push(new);
    left.append(&mut right);
    left
}
