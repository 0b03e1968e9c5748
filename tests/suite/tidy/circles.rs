//! Files that use each other in a loop cannot be read one after the other: there are none but those listed here.
//!
//! A file may take names from the module that it is a part of; that is what a module's own file is for, and no loop.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::crates::members;

/// A module of a crate, by its path from the crate's root.
type Module = Vec<String>;

/// Circles that stay, by their files' places in `SRC`, with the reason.
const STAY: [(&str, &[&str], &str); 0] = [];

/// The modules of one crate: their texts, and the names that they hand on.
struct Crate {
    texts: BTreeMap<Module, String>,
    /// For each module, what `pub use` names in it.
    handed_on: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Crate {
    fn read(src: &Path) -> Self {
        let mut files = Vec::new();
        collect(src, &mut files);
        let texts: BTreeMap<Module, String> = files
            .iter()
            .filter_map(|file| Some((module(src, file)?, code(&fs::read_to_string(file).unwrap()))))
            .collect();
        let handed_on = texts
            .iter()
            .map(|(module, text)| {
                let names = uses(text)
                    .into_iter()
                    .filter(|(is_public, _)| *is_public)
                    .filter_map(|(_, path)| Some((path.last()?.clone(), path)));
                (module.clone(), names.collect())
            })
            .collect();
        Self { texts, handed_on }
    }

    /// The module that defines what `path` names, seen from `from`; `None` for other crates.
    fn resolve(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (mut here, rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => {
                let n_up = path.iter().take_while(|part| *part == "super").count();
                let kept = from.len().checked_sub(n_up)?;
                (from[..kept].to_vec(), &path[n_up..])
            }
            first => {
                let mut child = from.clone();
                child.push(first.to_owned());
                self.texts.get(&child)?;
                (from.clone(), path)
            }
        };
        for (at, part) in rest.iter().enumerate() {
            let mut child = here.clone();
            child.push(part.clone());
            if self.texts.contains_key(&child) {
                here = child;
                continue;
            }
            let handed_on = self.handed_on.get(&here).and_then(|names| names.get(part));
            return match handed_on {
                Some(target) if depth < 8 => {
                    let target: Vec<String> =
                        target.iter().chain(&rest[at + 1..]).cloned().collect();
                    self.resolve(&here, &target, depth + 1)
                }
                _ => Some(here),
            };
        }
        Some(here)
    }

    /// For each module, the others that it takes names from.
    fn arrows(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let targets = |module: &Module, text: &str| {
            let named = uses(text)
                .into_iter()
                .filter(|(is_public, _)| !is_public)
                .map(|(_, path)| path)
                .chain(inline_paths(text));
            named
                .filter_map(|path| self.resolve(module, &path, 0))
                .filter(|target| !module.starts_with(target))
                .collect()
        };
        self.texts
            .iter()
            .map(|(module, text)| (module, targets(module, text)))
            .collect()
    }

    /// Sets of two and more modules, each of which can be reached from each other one.
    fn circles(&self) -> BTreeSet<BTreeSet<Module>> {
        let arrows = self.arrows();
        let reached = |from: &Module| {
            let mut seen = BTreeSet::new();
            let mut open = vec![from.clone()];
            while let Some(next) = open.pop() {
                for target in arrows.get(&next).into_iter().flatten() {
                    if seen.insert(target.clone()) {
                        open.push(target.clone());
                    }
                }
            }
            seen
        };
        let all: BTreeMap<&Module, BTreeSet<Module>> = self
            .texts
            .keys()
            .map(|module| (module, reached(module)))
            .collect();
        let circle = |module: &Module| -> BTreeSet<Module> {
            let others = all[module].iter();
            others
                .filter(|other| all[*other].contains(module))
                .cloned()
                .collect()
        };
        self.texts
            .keys()
            .map(circle)
            .filter(|circle| circle.len() > 1)
            .collect()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_test = name == "tests" || name == "tests.rs";
        if path.is_dir() && !is_test {
            collect(&path, files);
        } else if name.ends_with(".rs") && !is_test {
            files.push(path);
        }
    }
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`.
fn module(src: &Path, file: &Path) -> Option<Module> {
    let inside = file.strip_prefix(src).ok()?.with_extension("");
    let mut parts: Module = inside
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let last = parts.last()?.clone();
    if last == "mod" || (parts.len() == 1 && (last == "lib" || last == "main")) {
        parts.pop();
    }
    Some(parts)
}

/// A text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path that a `use` of the text names, and whether the use hands it on.
fn uses(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("use ") {
        let before = &text[text[..at].rfind('\n').map_or(0, |line| line + 1)..at];
        let is_public = before.trim_start().starts_with("pub");
        if !(before.trim().is_empty() || is_public) {
            continue;
        }
        let tree = text[at + 4..].split(';').next().unwrap_or_default();
        let mut paths = Vec::new();
        expand(tree, &[], &mut paths);
        found.extend(paths.into_iter().map(|path| (is_public, path)));
    }
    found
}

/// The paths of a tree such as `a::{b, c::{d, e}}`.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    if let Some((head, inside)) = tree.split_once('{') {
        let mut before = before.to_vec();
        before.extend(parts(head));
        let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
        for branch in branches(inside) {
            expand(branch, &before, paths);
        }
    } else if !tree.is_empty() {
        let name = tree.split(" as ").next().unwrap_or_default();
        let mut path = before.to_vec();
        path.extend(parts(name).filter(|part| part != "self" || before.is_empty()));
        paths.push(path);
    }
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "*")
        .map(str::to_owned)
}

/// Cuts at the commas that stand in no brackets.
fn branches(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// Paths such as `crate::a::b` and `child::c` in the code itself, what `use` names apart.
fn inline_paths(text: &str) -> Vec<Vec<String>> {
    let mut code = String::new();
    for item in text.split_inclusive(';') {
        let start = item.rfind("use ").filter(|&at| {
            let line = item[..at].rsplit('\n').next().unwrap_or_default().trim();
            line.is_empty() || line.starts_with("pub")
        });
        code += &item[..start.unwrap_or(item.len())];
    }
    code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .filter(|word| word.contains("::") && !word.starts_with(':'))
        .map(|word| parts(word).collect())
        .collect()
}

#[test]
fn files_form_no_circles_but_those_that_are_listed() {
    let mut unlisted = Vec::new();
    for package in members() {
        let src = package.manifest_path.parent().unwrap().join("src");
        for circle in Crate::read(&src).circles() {
            let files: BTreeSet<String> = circle.iter().map(|module| module.join("::")).collect();
            let is_listed = STAY.iter().any(|(name, listed, _)| {
                *name == package.name && files.iter().map(String::as_str).eq(listed.iter().copied())
            });
            if !is_listed {
                unlisted.push(format!("{}: {files:?}", package.name));
            }
        }
    }
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
}

#[test]
fn circles_are_found_and_re_exports_are_seen_through() {
    let module = |path: &str| -> Module { parts(path).collect() };
    let texts = [
        (
            "",
            "mod a;\nmod b;\nmod c;\npub use a::A;\npub use c::{C};\n",
        ),
        ("a", "use crate::b::{B, other::D};\npub struct A;"),
        ("b", "fn f(a: crate::A) {}\npub struct B;"),
        ("c", "use super::{S, a, b::B};\n// use crate::c::C;\n"),
    ];
    let texts: BTreeMap<Module, String> = texts
        .iter()
        .map(|(path, text)| (module(path), code(text)))
        .collect();
    let handed_on = BTreeMap::from([(
        module(""),
        BTreeMap::from([("A".to_owned(), module("a::A"))]),
    )]);
    let circles = Crate { texts, handed_on }.circles();
    assert_eq!(
        circles,
        BTreeSet::from([BTreeSet::from([module("a"), module("b")])])
    );
}
