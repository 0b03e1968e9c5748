//! README's table of plugins is the registry's, links lead somewhere, and every crate of plugins says how it is used.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use lab_core::config::{Experiment, Source};

// The linker drops plugins that nothing names.
use lab_all as _;

use crate::lab_test::{LabTest, root};

const BEGIN: &str = "<!-- plugins: begin -->\n";
const END: &str = "<!-- plugins: end -->\n";

#[test]
fn the_table_of_plugins_is_current() {
    let plugins = LabTest::new().json(&["plugins", "list", "--format", "json"]);
    let mut table = String::from(
        "| plugin | is a | what it does | source | compared with |\n|---|---|---|---|---|\n",
    );
    for plugin in plugins.as_array().unwrap() {
        let cell = |key: &str| {
            plugin[key]
                .as_str()
                .unwrap()
                .trim()
                .replace('|', "\\|")
                .replace('\n', " ")
        };
        let parity = if cell("parity").is_empty() {
            "—".to_owned()
        } else {
            cell("parity")
        };
        writeln!(
            table,
            "| `{}` | {} | {} | {} | {parity} |",
            cell("name"),
            cell("capability"),
            cell("summary"),
            cell("source")
        )
        .unwrap();
    }
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let current = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("LAB_UPDATE").is_some() {
        fs::write(&path, &current).unwrap();
        return;
    }
    assert!(
        readme == current,
        "LAB_UPDATE=1 rewrites the table in README.md"
    );
}

#[test]
fn the_two_commands_stand_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for command in [
        "cargo run --release -- run experiments/quickstart.ron",
        "cargo test --release --workspace",
    ] {
        assert!(readme.contains(command), "{command}");
    }
}

#[test]
fn links_lead_somewhere() {
    let pages = [
        "README.md",
        "core/ARCHITECTURE.md",
        ".github/CONTRIBUTING.md",
    ];
    let pages = pages.map(|page| root().join(page));
    let of_crates = crates_of_plugins()
        .into_iter()
        .map(|crate_| crate_.join("README.md"));
    for path in pages.into_iter().chain(of_crates) {
        let (page, text) = (path.display(), fs::read_to_string(&path).unwrap());
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if !target.starts_with("http") {
                let file = path.parent().unwrap().join(target);
                assert!(file.exists(), "{page} points to {target}");
            }
        }
    }
}

fn crates_of_plugins() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("plugins")).unwrap();
    folders.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_crate_of_plugins_has_a_page_and_an_example_that_it_names() {
    for folder in crates_of_plugins() {
        let page = folder.join("README.md");
        let text = fs::read_to_string(&page).unwrap_or_default();
        assert!(text.starts_with("# "), "{} has no title", page.display());
        // The readers are no plugin.
        if folder.ends_with("formats") {
            continue;
        }
        let examples = fs::read_dir(folder.join("examples")).unwrap();
        let names: Vec<String> = examples
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert!(!names.is_empty(), "{} has no example", folder.display());
        for name in names {
            let command = format!("--example {name}\n");
            assert!(
                text.contains(&command),
                "{} does not name {name}",
                page.display()
            );
        }
    }
}

/// What an experiment needs at least; a snippet replaces the lines of its own fields.
const FIELDS: [(&str, &str); 7] = [
    ("name", "\"snippet\""),
    ("seed", "1"),
    ("dataset", "letters()"),
    ("align", "[standardise()]"),
    ("generator", "dcgan()"),
    ("losses", "[(1.0, pixel())]"),
    ("decoder", "linear()"),
];

#[test]
fn snippets_of_experiments_resolve() {
    let mut n_snippets = 0;
    for folder in crates_of_plugins() {
        let page = folder.join("README.md").display().to_string();
        let text = fs::read_to_string(&page).unwrap();
        for block in text.split("```ron\n").skip(1) {
            let snippet = block.split("```").next().unwrap();
            let says = |field: &str| {
                snippet
                    .lines()
                    .any(|line| line.starts_with(&format!("{field}:")))
            };
            let missing: Vec<String> = FIELDS
                .iter()
                .filter(|(field, _)| !says(field))
                .map(|(field, value)| format!("{field}: {value},\n"))
                .collect();
            let missing = missing.concat();
            let source = Source::new(&page, format!("({missing}{snippet})"));
            let resolved =
                Experiment::parse(&source).and_then(|experiment| experiment.resolve(false));
            assert!(
                resolved.is_ok(),
                "{page}: {}\n{snippet}",
                resolved.unwrap_err()
            );
            n_snippets += 1;
        }
    }
    assert!(n_snippets >= 10, "only {n_snippets} snippets were found");
}

/// An invariant that names no test, or one that is gone, is only a wish.
#[test]
fn every_test_that_the_architecture_names_exists() {
    let text = fs::read_to_string(root().join("core/ARCHITECTURE.md")).unwrap();
    let names = text.split('`').skip(1).step_by(2).filter(|name| {
        ["tidy::", "command::"]
            .iter()
            .any(|room| name.starts_with(room))
    });
    let mut n_named = 0;
    for name in names {
        let parts: Vec<&str> = name.split("::").collect();
        let (function, modules) = parts.split_last().unwrap();
        let file = root()
            .join("tests/suite")
            .join(modules.join("/"))
            .with_extension("rs");
        let code = fs::read_to_string(&file).unwrap();
        assert!(code.contains(&format!("fn {function}()")), "{name}");
        n_named += 1;
    }
    assert!(n_named > 7, "{n_named}");
}
