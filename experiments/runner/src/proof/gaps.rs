//! What is missing for a proof of a run, a rule each: what a reader could not look up, or make again.

use super::inputs::Inputs;
use super::program::Program;

/// Most files that a sentence names; the others are only counted.
const NAMED: usize = 3;
/// Hexadecimal digits by which a commit is known.
const COMMIT: usize = 12;

/// Everything about a run that decides what is missing for a proof.
pub(crate) struct Asked<'a> {
    pub(crate) program: &'a Program,
    pub(crate) inputs: &'a Inputs,
    /// Inputs that changed while the run was at work.
    pub(crate) changed: Vec<String>,
    /// Libraries that cannot name the files that they read.
    pub(crate) silent_libraries: Vec<String>,
}

/// Everything that is missing, in sentences.
pub(crate) fn gaps(asked: &Asked<'_>) -> Vec<String> {
    [
        commit(asked.program),
        binary(asked.program),
        unread(asked.inputs),
        changed(&asked.changed),
        silent(&asked.silent_libraries),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn commit(program: &Program) -> Option<String> {
    match &program.commit {
        None => Some(
            "the program was built outside of a git repository: no commit names its sources; build it from a clone".into(),
        ),
        Some(commit) if !program.is_clean => Some(format!(
            "the program was built from sources that differ from commit {}: nobody can get them by their commit; commit, then build again",
            &commit[..COMMIT.min(commit.len())]
        )),
        Some(_) => None,
    }
}

fn binary(program: &Program) -> Option<String> {
    program.binary.is_none().then(|| {
        "the program could not read its own file: its hash is unknown; give it the right to".into()
    })
}

fn unread(inputs: &Inputs) -> Option<String> {
    let unread = inputs.all().filter(|file| file.blake3.is_none());
    let unread: Vec<&str> = unread.map(|file| file.path.as_str()).collect();
    let names = named(&unread)?;
    Some(format!(
        "no hash could be taken of {names}: nobody can know whether another run reads the same; make it a regular file that may be read"
    ))
}

fn changed(changed: &[String]) -> Option<String> {
    let names = named(&changed.iter().map(String::as_str).collect::<Vec<_>>())?;
    Some(format!(
        "{names} changed while the run was at work: the manifest names what it held at the start; run again"
    ))
}

fn silent(libraries: &[String]) -> Option<String> {
    let names = named(&libraries.iter().map(String::as_str).collect::<Vec<_>>())?;
    Some(format!(
        "{names} cannot name the files that it reads: they have no hash; build it against the interface of this version"
    ))
}

/// The first few of many; nothing of none.
fn named(all: &[&str]) -> Option<String> {
    let quoted: Vec<String> = all.iter().map(|name| format!("'{name}'")).collect();
    (!all.is_empty()).then(|| lab_core::listed(&quoted, NAMED))
}

#[cfg(test)]
mod tests {
    use super::{Asked, gaps};
    use crate::proof::inputs::{InputFile, Inputs};
    use crate::proof::program::Program;

    fn program() -> Program {
        Program {
            sources: "s".into(),
            compiler: "c".into(),
            commit: Some("0123456789abcdef".into()),
            is_clean: true,
            binary: Some("b".into()),
        }
    }

    fn of(program: &Program, inputs: &Inputs, changed: &[&str], silent: &[&str]) -> Vec<String> {
        let owned = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        gaps(&Asked {
            program,
            inputs,
            changed: owned(changed),
            silent_libraries: owned(silent),
        })
    }

    #[test]
    fn nothing_is_missing_of_a_clean_build_with_known_inputs() {
        let inputs = Inputs {
            data: vec![file("x", Some("h"))],
            ..Inputs::default()
        };
        assert_eq!(of(&program(), &inputs, &[], &[]), [""; 0]);
    }

    fn file(path: &str, blake3: Option<&str>) -> InputFile {
        InputFile {
            path: path.into(),
            bytes: 1,
            blake3: blake3.map(str::to_owned),
        }
    }

    #[test]
    fn each_rule_has_its_sentence() {
        let none = Inputs::default();
        let said = |found: Vec<String>, words: &str| {
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(words), "{}", found[0]);
        };
        let changed = |change: &dyn Fn(&mut Program)| {
            let mut program = program();
            change(&mut program);
            of(&program, &none, &[], &[])
        };
        said(
            changed(&|program| program.commit = None),
            "outside of a git",
        );
        said(
            changed(&|program| program.is_clean = false),
            "differ from commit 0123456789ab:",
        );
        said(changed(&|program| program.binary = None), "its own file");
        let inputs = Inputs {
            weights: vec![file("a", None), file("b", Some("h"))],
            data: ["c", "d", "e"].map(|path| file(path, None)).into(),
            ..Inputs::default()
        };
        said(
            of(&program(), &inputs, &[], &[]),
            "taken of 'c', 'd', 'e' and 1 more:",
        );
        said(
            of(&program(), &none, &["data/x.h5"], &[]),
            "'data/x.h5' changed while",
        );
        said(of(&program(), &none, &[], &["a.so"]), "'a.so' cannot name");
    }
}
