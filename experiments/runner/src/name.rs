//! Names of experiments, which become folders; and what may stand in the way of such a folder.

use std::fs;
use std::path::Path;

use lab_core::config::{Experiment, Source};
use lab_core::{Error, Result};

/// Longest name of a folder that file systems take, in bytes.
const LONGEST: usize = 255;
/// Names that Windows keeps for devices; it looks at what stands before the first '.'.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
/// Names that Windows keeps for devices if one digit follows.
const PORTS: [&str; 2] = ["COM", "LPT"];

/// Name of the link to the newest run.
pub(crate) const LATEST: &str = "latest";
/// Name of the link to the newest run at toy size.
pub(crate) const LATEST_TOY: &str = "latest-toy";
/// Files that a run writes into its folder.
const FILES: [&str; 6] = [
    "run.ron",
    "record.json",
    "pictures.safetensors",
    "report.pdf",
    "summary.json",
    "manifest.json",
];
const FOLDERS: [&str; 3] = ["weights", "tables", "figures"];

/// Refuses a name that cannot be a folder's on every system, or that means something else among runs.
///
/// # Errors
/// [`Error::Config`] at the place where the name was written.
pub(super) fn check(experiment: &Experiment, source: &Source) -> Result<()> {
    let name = &experiment.name;
    let Some(wrong) = what_is_wrong(name) else {
        return Ok(());
    };
    let shown: String = name.chars().take(40).collect();
    let more = if shown.len() < name.len() { "…" } else { "" };
    Err(Error::Config {
        at: source.locate_field("name"),
        message: format!("the name '{shown}{more}' cannot be a folder's name: {wrong}"),
        hint: "use letters, digits, '-', '_', '.' and spaces between them".into(),
    })
}

fn what_is_wrong(name: &str) -> Option<String> {
    let is_known = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_uppercase();
    let is_port = |port: &&str| {
        let number = stem.strip_prefix(*port);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|c| c.is_ascii_digit()))
    };
    if name.trim().is_empty() {
        Some("it is empty".into())
    } else if let Some(other) = name.chars().find(|c| !is_known(*c)) {
        Some(format!("it holds '{}'", other.escape_default()))
    } else if name.starts_with(['.', '-', ' ']) {
        Some("it begins with '.', '-' or a space".into())
    } else if name.ends_with(['.', ' ']) {
        Some("it ends with '.' or a space".into())
    } else if name.len() > LONGEST {
        Some(format!(
            "it has {} bytes, and {LONGEST} are the most",
            name.len()
        ))
    } else if name.eq_ignore_ascii_case(LATEST) {
        Some("runs use it for the link to the newest of them".into())
    } else if DEVICES.contains(&stem.as_str()) || PORTS.iter().any(is_port) {
        Some("Windows keeps it for a device".into())
    } else {
        None
    }
}

/// Refuses what stands where a run will write only after all of its work.
///
/// # Errors
/// [`Error::File`] that names it.
pub(super) fn check_way(folder: &Path) -> Result<()> {
    let in_the_way = |path: &Path, is_wanted: fn(&fs::FileType) -> bool, wanted: &str| {
        // What cannot be looked at will say so when it is written.
        let Some(kind) = fs::symlink_metadata(path)
            .ok()
            .map(|found| found.file_type())
        else {
            return Ok(());
        };
        if is_wanted(&kind) {
            return Ok(());
        }
        let got = if kind.is_dir() {
            "a folder"
        } else {
            "something else"
        };
        Err(Error::File {
            path: path.into(),
            variable: String::new(),
            expected: wanted.into(),
            got: got.into(),
            remedy: "move it away; the run would end without its place".into(),
        })
    };
    for latest in [LATEST, LATEST_TOY].map(|name| folder.with_file_name(name)) {
        if cfg!(unix) {
            let wanted = "no more than a link to the newest run";
            in_the_way(&latest, fs::FileType::is_symlink, wanted)?;
        } else {
            let wanted = "no more than the name of the newest run";
            in_the_way(&latest, fs::FileType::is_file, wanted)?;
        }
    }
    for name in FILES {
        in_the_way(
            &folder.join(name),
            |kind| !kind.is_dir(),
            "a file that a run may replace",
        )?;
    }
    for name in FOLDERS {
        in_the_way(
            &folder.join(name),
            |kind| !kind.is_file(),
            "a folder that a run may fill",
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LATEST, LATEST_TOY, check_way, what_is_wrong};

    #[test]
    fn what_stands_where_a_link_will_be_is_told_first() {
        for name in [LATEST, LATEST_TOY] {
            let runs = tempfile::tempdir().unwrap();
            let run = runs.path().join("0123456789ab");
            check_way(&run).unwrap();
            std::fs::create_dir(runs.path().join(name)).unwrap();
            let error = check_way(&run).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains("a folder"),
                "{error}"
            );
        }
    }

    #[test]
    fn names_that_are_folders_everywhere() {
        for name in [
            "vim-1",
            "a b",
            "é_2.x",
            "console",
            "COM",
            "com10",
            "latest-2",
            &"x".repeat(255),
        ] {
            assert_eq!(what_is_wrong(name), None, "{name}");
        }
        for (name, why) in [
            ("", "empty"),
            (" ", "empty"),
            ("a ", "ends with"),
            (" a", "begins with"),
            ("a.", "ends with"),
            ("-rf", "begins with"),
            (".stages", "begins with"),
            ("..", "begins with"),
            ("a/b", "holds '/'"),
            ("a\\b", "holds '\\\\'"),
            ("a\nb", "holds '\\n'"),
            ("latest", "newest"),
            ("Latest", "newest"),
            ("CON", "Windows"),
            ("nul.txt", "Windows"),
            ("aux .x", "Windows"),
            ("lpt1", "Windows"),
            (&"x".repeat(256), "256 bytes"),
            (&"é".repeat(128), "256 bytes"),
        ] {
            let found = what_is_wrong(name).unwrap_or_else(|| panic!("'{name}' is accepted"));
            assert!(found.contains(why), "{name}: {found}");
        }
    }
}
