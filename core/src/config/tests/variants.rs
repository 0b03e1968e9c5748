//! Files of variants: what is read, and where mistakes stand.

use std::path::Path;

use crate::config::{Source, Variants};

const TEXT: &str = r#"// A question.
(
    about: "What does the pixel term add?",
    base: "base.ron",
    set: ["name=x"],
    variants: [
        (name: "no pixel term", set: ["losses.0.0=0"]),
        (name: "half of it", set: ["losses.0.0=5", "name=y"]),
    ],
    cross: ["dataset.snr=1,2"],
    seeds: [1, 2],
)
"#;

#[test]
fn a_base_above_its_file_is_named_without_a_detour() {
    let base = |file: &str, base: &str| {
        let text = TEXT.replace("base.ron", base);
        let found = Variants::parse(&Source::new(file, text)).unwrap();
        found.base_path().display().to_string()
    };
    assert_eq!(base("lab/grid/terms.ron", "../base.ron"), "lab/base.ron");
    assert_eq!(
        base("grid/terms.ron", "../other/base.ron"),
        "other/base.ron"
    );
    assert_eq!(base("grid/terms.ron", "../../base.ron"), "../base.ron");
    assert_eq!(base("terms.ron", "../base.ron"), "../base.ron");
    assert_eq!(base("../terms.ron", "../base.ron"), "../../base.ron");
}

#[cfg(unix)]
#[test]
fn a_base_above_a_linked_folder_is_the_one_that_the_system_finds() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    std::fs::create_dir_all(at("far/grid")).unwrap();
    std::os::unix::fs::symlink(at("far/grid"), at("grid")).unwrap();
    std::fs::write(at("far/base.ron"), "").unwrap();
    let file = at("grid/terms.ron").display().to_string();
    let text = TEXT.replace("base.ron", "../base.ron");
    let found = Variants::parse(&Source::new(&file, text)).unwrap();
    assert!(found.base_path().is_file());
}

fn read(text: &str) -> crate::Result<Variants> {
    Variants::parse(&Source::new("folder/terms.ron", text))
}

#[test]
fn everything_is_read_and_has_its_place() {
    let found = read(TEXT).unwrap();
    assert_eq!(found.base_path(), Path::new("folder/base.ron"));
    assert_eq!((found.variants.len(), &found.seeds[..]), (2, &[1, 2][..]));
    let place = |variant, set| found.place_of_set(variant, set).map(|at| at.to_string());
    assert_eq!(place(None, "name=x").unwrap(), "folder/terms.ron:5:11");
    assert_eq!(place(Some(1), "name=y").unwrap(), "folder/terms.ron:8:52");
    assert_eq!(place(Some(0), "name=y"), None);
    assert_eq!(
        found.place_of_cross(0).to_string(),
        "folder/terms.ron:10:13"
    );
    assert_eq!(found.place_of_base().to_string(), "folder/terms.ron:4:11");
    assert!(Variants::is_in(&Source::new("a", TEXT)));
    assert!(!Variants::is_in(&Source::new("a", super::TEXT)));
    // A mistake in a file of variants makes no experiment of it.
    for (from, to) in [("variants: [", "variant: ["), ("base.ron\",", "base.ron\"")] {
        let broken = Source::new("a", TEXT.replace(from, to));
        assert!(Variants::is_in(&broken), "{to}");
    }
}

#[test]
fn mistakes_are_located() {
    for (from, to, expected) in [
        (
            "seeds: [",
            "seed: [",
            "folder/terms.ron:11:5: the file of variants has no parameter 'seed'\n  hint: did you mean 'seeds'?",
        ),
        (
            "    base: \"base.ron\",\n",
            "",
            "the file of variants lacks 'base', which has no default",
        ),
        (
            "\"What does the pixel term add?\"",
            "\" \"",
            "folder/terms.ron:3:12: there is no question\n  hint: ",
        ),
        (
            "half of it",
            "no pixel term",
            "folder/terms.ron:8:16: there is a variant 'no pixel term' already\n  hint: ",
        ),
        (
            "half of it",
            "base",
            "folder/terms.ron:8:16: 'base' is the experiment without a change",
        ),
        (
            "half of it",
            " ",
            "folder/terms.ron:8:16: a variant has no name",
        ),
        (
            "[\"losses.0.0=0\"]",
            "[]",
            "folder/terms.ron:7:9: the variant 'no pixel term' changes nothing\n  hint: ",
        ),
        (
            "[1, 2]",
            "[1, 2, 1]",
            "folder/terms.ron:11:19: seed 1 stands there twice\n  hint: ",
        ),
        ("[1, 2]", "[1, -2]", "folder/terms.ron:11:"),
        (
            "\"dataset.snr=1,2\"",
            "\"seed=1,2\"",
            "folder/terms.ron:10:13: seeds are crossed by the field 'seeds'\n  hint: ",
        ),
        (
            "\"dataset.snr=1,2\"",
            "\"dataset.snr=1,2\", \"dataset=letters()\"",
            "folder/terms.ron:10:32: 'dataset' is crossed already\n  hint: ",
        ),
        (
            "losses.0.0=5",
            "dataset.snr=3",
            "folder/terms.ron:8:36: 'dataset.snr' is changed here and takes several values",
        ),
        (
            "name=x",
            "seed=3",
            "folder/terms.ron:5:11: 'seed' is changed here and takes several values",
        ),
        (
            "add?",
            "add?\\n",
            "folder/terms.ron:3:12: the question holds a character that is no letter",
        ),
    ] {
        assert_eq!(TEXT.matches(from).count(), 1, "'{from}'");
        let found = read(&TEXT.replace(from, to)).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}\nin place of\n{expected}");
    }
    let none = "(about: \"x\", base: \"b\", variants: [])";
    let found = read(none).unwrap_err().to_string();
    assert!(
        found.contains("terms.ron:1:35: there is no variant"),
        "{found}"
    );
}
