//! README's table of plugins is the registry's.

use std::fmt::Write as _;
use std::fs;

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
    for page in [
        "README.md",
        "core/ARCHITECTURE.md",
        ".github/CONTRIBUTING.md",
    ] {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if !target.starts_with("http") {
                let file = path.parent().unwrap().join(target);
                assert!(file.exists(), "{page} points to {target}");
            }
        }
    }
}
