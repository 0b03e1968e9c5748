//! The experiments of the paper hold the paper's values, and those of its authors' code: each line of the table is one.

use std::fs;

use lab_core::config::{Experiment, Source};

use crate::lab_test::{experiment, root};

/// Every experiment of the three sets.
pub(crate) const SETS: [&str; 7] = [
    "paper/text/brains",
    "paper/text/vim1",
    "paper/text/god",
    "paper/code2017/brains",
    "paper/code2017/vim1",
    "paper/code2017/god",
    "paper/code2018/brains",
];

/// Values that hold in the experiments whose names begin so: path in the resolved experiment, and what stands there.
type Rows = &'static [(&'static str, &'static str)];

/// The same in all sets.
const EVERYWHERE: Rows = &[
    ("responses.rois", "All"),
    ("generator.latent", "50"),
    ("generator.width", "1.0"),
    ("generator.input_noise", "0.15"),
    ("generator.weights", "None"),
    ("generator.train.batch", "64"),
    ("generator.train.learning_rate", "0.0001"),
    ("generator.train.discriminator_learning_rate", "None"),
    ("generator.train.beta2", "0.999"),
    ("generator.train.decay", "Constant"),
    ("generator.train.clip_norm", "10.0"),
    ("generator.train.feature_matching.form", "Elementwise"),
    ("generator.train.feature_matching.weight", "1.0"),
    ("generator.train.average", "0.0"),
    ("features.width", "1.0"),
    ("features.hidden", "4096"),
    ("features.padding", "Valid"),
    ("features.weights", "None"),
    ("features.train.batch", "128"),
    ("features.train.learning_rate", "0.001"),
    ("features.train.momentum", "0.4"),
    ("features.train.decay", "Constant"),
    ("features.train.input_noise", "0.0"),
    ("features.train.dropout", "0.5"),
    ("losses.0.1.shrink", "0.9"),
    ("decoder.learning_rate", "0.001"),
    ("decoder.beta1", "0.9"),
    ("decoder.beta2", "0.999"),
    ("decoder.eps", "1e-8"),
    ("decoder.epochs", "300"),
    ("decoder.decay", "Constant"),
    ("decoder.initial", "He"),
    ("decoder.scale_input", "false"),
    ("overfit.hidden", "300"),
    ("overfit.scale_input", "false"),
    ("scores.n_foils", "5"),
];

/// The two sets that align subjects.
const ALIGNED: Rows = &[
    ("ensemble.members", "15"),
    ("losses.0.0", "10.0"),
    ("losses.1.0", "50.0"),
    ("losses.1.1.layers", r#"["conv1", "conv2"]"#),
    ("losses.1.1.negative", r#"["conv1"]"#),
    ("losses.1.1.threshold", "1.0"),
    ("losses.2.0", "1.0"),
    ("losses.2.1.layers", r#"["conv1", "conv2"]"#),
    ("losses.2.1.negative", r#"["conv1"]"#),
    ("losses.2.1.threshold", "1.0"),
    ("losses.2.1.mask", "Target"),
    ("losses.2.1.reduction", "Masked"),
];

const TEXT: Rows = &[
    ("generator.size", "64"),
    ("generator.start", "4"),
    ("generator.first_layer", "NormThenRelu"),
    ("generator.train.beta1", "0.9"),
    ("generator.train.feature_matching.layer", "First"),
    ("generator.train.initial", "Normal(sd: 0.02)"),
    ("features.size", "64"),
    ("losses.0.1.distance", "Squared"),
    ("losses.1.1.binarisation", "Sigmoid"),
    ("losses.1.1.steepness", "3.0"),
    ("losses.2.1.detached", "false"),
    ("decoder.l2", "0.01"),
    ("decoder.batch", "3"),
    ("ensemble.combine", "Mean"),
    ("align.0.by_roi", "false"),
    ("align.0.zscore_all", "false"),
    ("align.0.zscore_common", "true"),
];

const CODE: Rows = &[
    ("generator.first_layer", "ReluThenNorm"),
    ("generator.train.beta1", "0.5"),
    ("generator.train.feature_matching.layer", "Last"),
    ("generator.train.initial", "Normal(sd: 0.001)"),
    ("losses.0.1.distance", "Absolute"),
    ("decoder.l2", "0.001"),
    ("decoder.batch", "2"),
];

const CODE_2017: Rows = &[
    ("features.range", "Half"),
    ("losses.1.1.binarisation", "Detached"),
    ("losses.2.1.detached", "true"),
    ("ensemble.combine", "Median"),
];

const NATURAL: Rows = &[
    ("responses.repeats", "AverageAfter"),
    ("dataset.size", "64"),
    ("dataset.subjects", "All"),
    ("generator.size", "64"),
    ("features.size", "64"),
    ("features.range", "Half"),
    ("features.train.updates", "200000"),
    ("features.train.corpus.limit", "None"),
];

const VIM1: Rows = &[
    ("dataset.layout", "SingleTrial"),
    ("dataset.test", "First(n: 50, rest: Train)"),
    ("dataset.aperture", "Circular"),
    ("generator.mask", "Circular"),
];

const GOD: Rows = &[
    ("dataset.test", "Seen"),
    ("dataset.scaling", "AsStored"),
    ("dataset.voxels", r#""ROI_VC""#),
    ("generator.mask", "Open"),
];

const BRAINS: Rows = &[
    ("responses.repeats", "Average"),
    ("generator.mask", "Open"),
    (
        "generator.train.corpus.classes",
        r#"["A", "B", "I", "N", "R", "S"]"#,
    ),
    // No class is left out: all 36.
    ("features.train.corpus.classes", "[]"),
    ("features.train.updates", "30000"),
];

const OF_56_PIXELS: Rows = &[
    ("dataset.size", "None"),
    ("generator.size", "56"),
    ("generator.start", "2"),
    ("generator.train.updates", "37500"),
    ("generator.train.corpus.size", "56"),
    ("features.size", "56"),
    ("features.train.corpus.size", "56"),
];

const DEMEANED: Rows = &[("align.0.centre", "true"), ("align.0.scale", "false")];

/// Which experiments each list is of.
const TABLE: [(&[&str], Rows); 19] = [
    (&["paper/"], EVERYWHERE),
    (&["paper/text/", "paper/code2017/"], ALIGNED),
    (&["paper/text/"], TEXT),
    (&["paper/code2017/", "paper/code2018/"], CODE),
    (&["paper/code2017/"], CODE_2017),
    (
        &[
            "paper/text/vim1",
            "paper/text/god",
            "paper/code2017/vim1",
            "paper/code2017/god",
        ],
        NATURAL,
    ),
    (&["paper/text/vim1", "paper/code2017/vim1"], VIM1),
    (&["paper/text/god", "paper/code2017/god"], GOD),
    (
        &[
            "paper/text/brains",
            "paper/code2017/brains",
            "paper/code2018/brains",
        ],
        BRAINS,
    ),
    (
        &["paper/code2017/brains", "paper/code2018/brains"],
        OF_56_PIXELS,
    ),
    (
        &[
            "paper/code2017/brains",
            "paper/code2017/god",
            "paper/code2018/brains",
        ],
        DEMEANED,
    ),
    (
        &["paper/text/brains"],
        &[
            ("dataset.size", "64"),
            ("dataset.split", "Paper"),
            ("align.2.variance", "0.99"),
            // 300 · 15 000 / 64.
            ("generator.train.updates", "70313"),
            ("generator.train.corpus.size", "64"),
            ("features.range", "Signed"),
            ("features.train.corpus.size", "64"),
        ],
    ),
    (
        &["paper/text/vim1"],
        &[
            ("dataset.nan", "DropVoxels"),
            ("align.2.variance", "0.9"),
            ("generator.train.mask_from", "1.0"),
            // 300 · 1 500 000 / 64.
            ("generator.train.updates", "7031250"),
            ("features.train.corpus.contrast", "Saturate"),
        ],
    ),
    (
        &["paper/text/god"],
        &[
            ("dataset.nan", "DropVoxels"),
            ("dataset.contrast", "Saturate"),
            ("align.2.variance", "0.99"),
            ("generator.train.updates", "7031250"),
            ("features.train.corpus.contrast", "Saturate"),
        ],
    ),
    (
        &["paper/code2017/brains"],
        &[
            ("dataset.split", "Paper"),
            ("align.1.by_roi", "false"),
            ("align.3.variance", "0.99"),
        ],
    ),
    (
        &["paper/code2017/vim1", "paper/code2017/god"],
        &[
            ("dataset.nan", "Zero"),
            ("generator.start", "3"),
            ("features.train.corpus.contrast", "StretchBytes"),
        ],
    ),
    (
        &["paper/code2017/vim1"],
        &[
            ("align.0.by_roi", "true"),
            ("align.2.variance", "0.9"),
            ("generator.train.updates", "250000"),
            ("generator.train.mask_from", "0.0"),
        ],
    ),
    (
        &["paper/code2017/god"],
        &[
            ("dataset.contrast", "StretchBytes"),
            ("align.1.by_roi", "false"),
            ("align.3.variance", "0.99"),
            ("generator.train.updates", "500000"),
        ],
    ),
    (
        &["paper/code2018/brains"],
        &[
            (
                "dataset.responses",
                r#"Aligned("data/brains/brainsbold_aligned.mat")"#,
            ),
            ("dataset.split", "AsStored"),
            ("align.2.variance", "0.99"),
            ("features.range", "Signed"),
            ("losses.0.0", "100.0"),
            ("losses.1.0", "1.0"),
            ("losses.1.1.layers", r#"["conv1", "conv3", "conv4"]"#),
            ("losses.1.1.negative", r#"["conv1"]"#),
            ("losses.1.1.threshold", "0.16666666666666666"),
            ("losses.1.1.mask", "Target"),
            ("losses.1.1.reduction", "Masked"),
            ("losses.1.1.detached", "false"),
            ("ensemble.members", "1"),
        ],
    ),
];

#[test]
fn every_value_of_the_paper_and_of_its_code_stands_in_its_set() {
    for name in SETS {
        let resolved = resolved(name);
        for (of, rows) in TABLE {
            if of.iter().any(|of| name.starts_with(of)) {
                for (path, expected) in rows {
                    let found = at(&resolved, path).unwrap();
                    assert!(
                        same(&found, expected),
                        "{name}: {path} is {found}, not {expected}"
                    );
                }
            }
        }
    }
    // The example of 2018 has no presence term.
    let resolved = resolved("paper/code2018/brains");
    assert!(at(&resolved, "losses.2").is_none());
    assert!(!resolved.contains("feature_presence"));
}

/// A value that is a default of ours could change with it: what the table holds is written down.
#[test]
fn no_value_of_the_paper_is_inherited() {
    // These are absent where they mean the whole of something, or nothing.
    let may_be_default = [
        "generator.weights",
        "features.weights",
        "features.train.corpus.limit",
        "losses.1.1.steepness",
    ];
    for name in SETS {
        let written = fs::read_to_string(experiment(name)).unwrap();
        let written = without_comments(&written);
        for (of, rows) in TABLE {
            for (path, _) in rows {
                if of.iter().any(|of| name.starts_with(of)) && !may_be_default.contains(path) {
                    assert!(at(&written, path).is_some(), "{name}: {path} is inherited");
                }
            }
        }
    }
}

#[test]
fn every_file_of_the_folder_is_in_a_set_and_ci_reaches_it() {
    let mut found: Vec<String> = Vec::new();
    for set in fs::read_dir(root().join("experiments/paper")).unwrap() {
        let set = set.unwrap().path();
        assert!(set.is_dir(), "{} is in no set", set.display());
        for file in fs::read_dir(&set).unwrap() {
            let file = file.unwrap().path();
            let stem = |path: &std::path::Path| path.file_stem().unwrap().display().to_string();
            found.push(format!("paper/{}/{}", stem(&set), stem(&file)));
        }
    }
    found.sort();
    let mut known = SETS.map(String::from).to_vec();
    known.sort();
    assert_eq!(found, known);
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.contains("experiments/*.ron experiments/paper/*/*.ron"));
}

fn resolved(name: &str) -> String {
    let text = fs::read_to_string(experiment(name)).unwrap();
    Experiment::parse(&Source::new(name, &text))
        .unwrap()
        .resolve(false)
        .unwrap()
}

/// Whether two texts are the same value: numbers may be written in several ways.
fn same(found: &str, expected: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    found == expected
        || number(found)
            .zip(number(expected))
            .is_some_and(|(found, expected)| found.total_cmp(&expected).is_eq())
}

fn without_comments(text: &str) -> String {
    let line = |line: &str| line.split("// ").next().unwrap_or_default().to_owned();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The text of the value at a path of names and places, such as `losses.0.1.shrink`, on one line.
fn at(text: &str, path: &str) -> Option<String> {
    let mut value = text.trim();
    for step in path.split('.') {
        value = inside(value);
        let open = value.find(['(', '['])?;
        let items = items(&value[open + 1..value.len() - 1]);
        value = match step.parse::<usize>() {
            Ok(place) => items.get(place)?,
            Err(_) => items.into_iter().find_map(|item| {
                let (name, value) = item.split_once(':')?;
                (name.trim() == step).then(|| value.trim())
            })?,
        };
    }
    let words: Vec<&str> = inside(value).split_whitespace().collect();
    let line = words.join(" ");
    Some(
        line.replace("[ ", "[")
            .replace(", ]", "]")
            .replace("( ", "(")
            .replace(", )", ")"),
    )
}

/// The value itself, where it is written as an option.
fn inside(value: &str) -> &str {
    let inside = value.strip_prefix("Some(");
    inside
        .and_then(|inside| inside.strip_suffix(')'))
        .map_or(value, str::trim)
}

/// What stands between the commas of the outermost level.
fn items(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0, false, 0);
    let mut items = Vec::new();
    for (place, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    items.push(text[start..].trim());
    items.retain(|item| !item.is_empty());
    items
}
