//! The second reading of a text gives what ron gives, and knows where each plugin is named.

use std::collections::BTreeMap;
use std::path::Path;

use rand::Rng as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::TEXT;
use super::plugins::{GeneratorParams, ImagesParams, LossParams, SubjectsParams};
use crate::config::{Experiment, PluginRef, one_line, places, ron_options, to_ron};
use crate::rng::stream;
use crate::traits::{Dataset, LossTerm};

/// A value of every shape that parameters may have.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Everything {
    number: i64,
    single: f32,
    truth: bool,
    letter: char,
    unit: (),
    nothing: Nothing,
    wrapped: Wrapped,
    pair: Pair,
    shapes: Vec<Shape>,
    map: BTreeMap<String, (u8, PluginRef<dyn Dataset>)>,
    #[expect(
        clippy::option_option,
        reason = "RON can say both, and both must be read"
    )]
    maybe: Option<Option<PluginRef<dyn LossTerm>>>,
    #[serde(default)]
    left_out: Option<String>,
    span: std::ops::Range<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wrapped(PluginRef<dyn Dataset>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pair(String, PluginRef<dyn Dataset>);

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Shape {
    Empty,
    One(PluginRef<dyn Dataset>),
    Two(u8, PluginRef<dyn Dataset>),
    Named { of: Vec<PluginRef<dyn Dataset>> },
}

#[expect(
    clippy::needless_raw_string_hashes,
    reason = "the text holds a raw string of its own"
)]
const EVERYTHING: &str = r##"( // A comment with (brackets.
    number: -0x1F, single: 0.1, truth: true, letter: '\'', unit: (), nothing: Nothing,
    wrapped: images(path: "a) /* b"), pair: ("ü\u{e9}\n", /* ( */ images /* ) */ (n: 2)),
    shapes: [Empty, One(images()), Two(3, images(n: [1, 2])), Named(of: [a(), b(c: d(e: 1)), ])],
    map: {"k": (1, images()), r#"l""#: (2, other)},
    maybe: Some(Some(loss(form: Soft(slope: 1.0)))), span: (start: 1, end: 3),
)"##;

/// Whether ron accepts a text; then the second reading must give the same, with every reference at its place.
fn agrees<T: DeserializeOwned + Serialize>(text: &str) -> bool {
    let Ok(by_ron) = ron_options().from_str::<T>(text) else {
        return false;
    };
    let (placed, found) =
        places::read::<T>(text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    let written = |value: &T| one_line(&to_ron(value).unwrap());
    assert_eq!(written(&placed), written(&by_ron), "{text}");
    let mut end = 0;
    for reference in found.references {
        assert!(reference.range.start >= end, "{reference:?} in\n{text}");
        end = reference.range.end;
    }
    true
}

/// Letters that are put in.
const SIGNS: &[u8] = b"()[]{},:.\"'/*#-_ \n\t0e1axSr!";
/// Places of a text that are changed.
const N_PLACES: usize = 150;

/// The text, and the same with a letter less or more in many places.
fn agrees_under_changes<T: DeserializeOwned + Serialize>(text: &str, seed: u64) {
    assert!(agrees::<T>(text), "{text}");
    let mut rng = stream(seed, "changes");
    let mut n_accepted = 0;
    let step = text.chars().count().div_ceil(N_PLACES);
    for (at, letter) in text.char_indices().step_by(step) {
        let shorter = [&text[..at], &text[at + letter.len_utf8()..]].concat();
        n_accepted += usize::from(agrees::<T>(&shorter));
        let sign = char::from(SIGNS[rng.random_range(0..SIGNS.len())]);
        let longer = format!("{}{sign}{}", &text[..at], &text[at..]);
        n_accepted += usize::from(agrees::<T>(&longer));
    }
    assert!(
        n_accepted > 10,
        "only {n_accepted} changes were accepted in\n{text}"
    );
}

#[test]
fn every_shape_is_read_as_ron_reads_it() {
    agrees_under_changes::<Everything>(EVERYTHING, 1);
    agrees_under_changes::<Experiment>(TEXT, 2);
    agrees_under_changes::<ImagesParams>("(path: \"x\", mask: Some(\"y\"), n: 3)", 3);
    agrees_under_changes::<SubjectsParams>("(stimuli: test_images(n: 2), snr: 1e-3)", 4);
    agrees_under_changes::<GeneratorParams>("(latent: 2, train: (corpus: test_images()))", 5);
    agrees_under_changes::<LossParams>("(layers: [\"a\"], form: Soft(slope: 3.0))", 6);
}

#[test]
fn every_experiment_is_read_as_ron_reads_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments");
    let mut n_files = 0;
    let sets = ["text", "code2017", "code2018"].map(|set| root.join("paper").join(set));
    for folder in std::iter::once(root.clone()).chain(sets) {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "ron") {
                n_files += 1;
                agrees_under_changes::<Experiment>(
                    &std::fs::read_to_string(&path).unwrap(),
                    n_files,
                );
            }
        }
    }
    assert!(n_files >= 10, "{n_files} experiments in {}", root.display());
}

#[test]
fn references_stand_where_they_are_written() {
    let (everything, found) = places::read::<Everything>(EVERYTHING).unwrap();
    let references = found.references;
    let texts: Vec<&str> = references
        .iter()
        .map(|reference| &EVERYTHING[reference.range.clone()])
        .collect();
    let expected = [
        "images(path: \"a) /* b\")",
        "images /* ) */ (n: 2)",
        "images()",
        "images(n: [1, 2])",
        "a()",
        "b(c: d(e: 1))",
        "images()",
        "other",
        "loss(form: Soft(slope: 1.0))",
    ];
    assert_eq!(texts, expected);
    let start = EVERYTHING.find("images /*").unwrap();
    assert_eq!(
        everything.pair.1.location().to_string(),
        format!("byte {start}")
    );
    assert_eq!(everything.pair.1.name(), "images");
}

#[test]
fn spellings_that_only_ron_knows_are_accepted() {
    let text = "#![enable(unwrap_variant_newtypes)] (layers: [r#\"a\"#], form: Soft(slope: 3.0))";
    assert!(ron_options().from_str::<LossParams>(text).is_ok());
    let raw = "(r#path: \"x\")";
    assert!(places::read::<ImagesParams>(raw).is_err());
    assert!(crate::config::parse_params::<ImagesParams>("images", raw, false).is_ok());
}

#[test]
fn places_lead_into_lists_and_to_the_innermost_value_that_is_written() -> crate::Result<()> {
    let experiment = Experiment::parse(&super::source(TEXT))?;
    for (path, place) in [
        ("seed", "4:11"),
        ("losses.1", "12:9"),
        ("losses.1.0", "12:10"),
        ("losses.7.0", "10:13"),
        ("decoder.hidden", "14:35"),
        ("decoder.depth", "14:14"),
        ("ensemble.members", "2:1"),
    ] {
        let found = experiment.place(path).to_string();
        assert_eq!(found, format!("test.ron:{place}"), "{path}");
    }
    Ok(())
}
