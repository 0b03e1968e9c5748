//! Numbers are known by name and place, and their ranges are checked wherever they stand.

use serde::{Deserialize, Serialize};

use crate::config::{
    Declared, Experiment, Location, PluginParams, PluginRef, Range, Source, check_params,
    parse_params, plugin_parameters,
};
use crate::nn::optim::Decay;
use crate::traits::Dataset;

/// Numbers in every place that they may stand in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Numbers {
    /// How many.
    count: usize,
    /// Sizes
    /// of sides.
    sides: Vec<usize>,
    /// A pair.
    pair: [f64; 2],
    /// How it falls.
    decay: Decay,
    /// Trees.
    tree: Vec<Tree>,
    /// Perhaps a share.
    share: Option<f64>,
    /// Of what.
    of: PluginRef<dyn Dataset>,
}

/// A value that holds others of its kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Tree {
    /// An end.
    Leaf,
    /// Two branches.
    Fork {
        /// Its width.
        width: f64,
        /// What grows on it.
        on: Vec<Tree>,
    },
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            count: 3,
            sides: vec![4, 5],
            pair: [0.5, 1.5],
            decay: Decay::Constant,
            tree: Vec::new(),
            share: None,
            of: PluginRef::of("images()"),
        }
    }
}

impl PluginParams for Numbers {
    const DECLARED: Declared = Declared::new(
        &[include_str!("numbers.rs")],
        &[
            ("count", Range::ONE_OR_MORE),
            ("sides", Range::SIDE),
            ("pair", Range::FINITE),
            ("Tree.Fork.width", Range::ABOVE_ZERO),
            ("share", Range::BELOW_ONE),
        ],
    );

    /// Makes a mistake, as no range is checked before.
    fn smoke(&mut self) {
        self.count = 0;
    }
}

fn complaint(text: &str) -> (String, usize) {
    match parse_params::<Numbers>("numbers", text, false) {
        Err(crate::Error::Config {
            at: Location::Within { offset },
            message,
            ..
        }) => (message, offset),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_outside_its_range_is_named_with_its_place() {
    for (text, path, expected, got) in [
        ("(count: 0)", "count", "at least 1", "0"),
        ("(sides: [4, 5000])", "sides", "at most 4096", "5000"),
        ("(pair: (1.0, NaN))", "pair", "a finite number", "NaN"),
        (
            "(decay: Halfway(to: 1.5))",
            "decay.Halfway.to",
            "a fraction from 0 to 1",
            "1.5",
        ),
        (
            "(tree: [Leaf, Fork(width: 1.0, on: [Fork(width: -2.5, on: [])])])",
            "tree.Fork.on.Fork.width",
            "a number above 0",
            "-2.5",
        ),
        ("(share: Some(7.0))", "share", "from 0 to below 1", "7.0"),
        ("(share: 7)", "share", "from 0 to below 1", "7"),
        (
            "(count: 1_000_000_001)",
            "count",
            "at most 1000000000",
            "1_000_000_001",
        ),
        ("(count: 0x0)", "count", "at least 1", "0x0"),
        (
            "(count: 2.5)",
            "count",
            "a whole number, at least 1, at most 1000000000",
            "2.5",
        ),
        (
            "(count: -2)",
            "count",
            "a whole number, at least 1, at most 1000000000",
            "-2",
        ),
        (
            "(sides: [1, 2.5])",
            "sides",
            "a whole number, at least 1, at most 4096",
            "2.5",
        ),
    ] {
        let (message, at) = complaint(text);
        let wanted = format!("parameter '{path}' of numbers: expected {expected}, got {got}");
        assert_eq!(message, wanted, "{text}");
        // ron may place a mistake inside of the number.
        let start = text.rfind(got).unwrap();
        assert!((start..=start + got.len()).contains(&at), "{text}: {at}");
    }
}

#[test]
fn a_default_or_a_smoke_size_outside_its_range_is_refused_too() {
    let error = parse_params::<Numbers>("numbers", "()", true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 0: parameter 'count' of numbers: expected at least 1, got 0"
    );
    let mut numbers = Numbers::default();
    assert_eq!(check_params("numbers", &numbers), Ok(()));
    numbers.share = Some(-1.0);
    assert_eq!(
        check_params("numbers", &numbers).unwrap_err().to_string(),
        "parameter 'share' of numbers: expected from 0 to below 1, got -1"
    );
}

#[test]
fn every_parameter_is_explained() {
    let all = plugin_parameters::<Numbers>().unwrap();
    let said: Vec<String> = all
        .iter()
        .map(|of| {
            format!(
                "{}: {}; {}; {}; {}",
                of.name, of.kind, of.range, of.meaning, of.default
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "count: whole number; at least 1, at most 1000000000; How many.; 3",
            "sides: list of whole number; at least 1, at most 4096; Sizes of sides.; [4, 5]",
            "pair: list of number; a finite number; A pair.; (0.5, 1.5)",
            "decay: option; ; How it falls.; Constant",
            "decay.Halfway.to: number; a fraction from 0 to 1; Smallest fraction, in `[0, 1]`.; ",
            "tree: list of option; ; Trees.; []",
            "tree.Fork.width: number; a number above 0; Its width.; ",
            "tree.Fork.on: list of option; ; What grows on it.; ",
            "share: number, or None; from 0 to below 1; Perhaps a share.; None",
            "of: dataset; ; Of what.; images()",
        ]
    );
    let decay = all.iter().find(|of| of.name == "decay").unwrap();
    assert_eq!(decay.options[0].0, "Constant");
    assert_eq!(decay.options[0].1, "The factor is 1 at every step.");
}

#[test]
fn a_default_stands_where_the_plugin_does_that_it_is_a_default_of() {
    let text = super::TEXT;
    let experiment = Experiment::parse(&Source::new("test.ron", text)).unwrap();
    let inner = PluginRef::<dyn Dataset>::of("images(n: 0)");
    assert_eq!(
        experiment.generator.nested(&inner).location(),
        experiment.generator.location()
    );
    assert_eq!(inner.location(), Location::Within { offset: 0 });
    let seed = experiment.place("seed");
    assert_eq!(seed.to_string(), "test.ron:4:11");
}
