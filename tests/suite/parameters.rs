//! Every parameter is explained, and every number has a range: absurd ones are refused with a sentence, and what this
//! computer cannot finish is said before anything heavy starts.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

use lab_core::config::{Experiment, Parameter};
use lab_core::registry::{Capability, Origin, Plugin, registry};
use lab_core::testing::skip;
use lab_runner::{Plan, Written};

use crate::lab_test::LabTest;

/// What each number is set to, beside its default.
const ABSURD: [&str; 7] = [
    "0",
    "-1",
    "1000000000",
    "9223372036854775808",
    "18446744073709551615",
    "NaN",
    "inf",
];
/// How long a plan may take to read.
const LONGEST: Duration = Duration::from_secs(5);
/// Memory that a command may take beside what it takes for a sound experiment, in kilobytes.
const MOST_KB: u64 = 500_000;
/// Absurd settings that once panicked, aborted, hung or were taken, and whether they are inside their range.
const KNOWN: [(&str, bool); 17] = [
    ("dataset.stimuli.n_train=18446744073709551615", false),
    ("dataset.stimuli.n_train=1000000000", true),
    ("dataset.stimuli.size=1000000", false),
    ("dataset.voxels=[1000000000]", true),
    ("dataset.train_repeats=1000000000", true),
    ("generator.latent=1000000000000", false),
    ("generator.width=1e9", false),
    ("generator.width=1e300", false),
    ("generator.width=999.0", true),
    ("generator.train.batch=1000000000", true),
    ("generator.train.updates=9223372036854775808", false),
    ("features.hidden=1000000", true),
    ("decoder.epochs=1000000000", true),
    ("generator.latent=1000000", true),
    ("ensemble.members=1000000000", true),
    ("scores.n_permutations=1000000000", true),
    ("scores.inversion.n_starts=1000000000", true),
];

/// An experiment in which one plugin stands with these parameters.
fn experiment(capability: Capability, plugin: &str) -> String {
    let corpus = "train: (corpus: letters(size: 16, n_train: 12, n_test: 6, series: \"corpus\"))";
    let part = |of: Capability, usual: &str| {
        if of == capability {
            plugin.to_owned()
        } else {
            usual.to_owned()
        }
    };
    let stimuli = "simulated(stimuli: letters(size: 16, n_train: 12, n_test: 6), voxels: [20, 20])";
    format!(
        "(name: \"walk\", seed: 1,\n dataset: {},\n align: [{}, mean_subjects()],\n generator: {},\n features: \
         alexnet(size: 16, width: 0.0625, hidden: 8, padding: Same, {corpus}),\n losses: [(1.0, {})],\n decoder: {},\n \
         observers: [{}])",
        part(Capability::Dataset, stimuli),
        part(Capability::Aligner, "standardise()"),
        part(
            Capability::Generator,
            &format!("dcgan(size: 16, width: 0.0625, {corpus})")
        ),
        part(Capability::LossTerm, "pixel()"),
        part(Capability::Decoder, "linear(epochs: 1)"),
        part(Capability::FeatureNet, "gabor(frequencies: [1.0])"),
    )
}

/// A number of a plugin, among all that it declares.
struct Probe<'a> {
    all: &'a [Parameter],
    parameter: &'a Parameter,
}

impl Probe<'_> {
    fn is_number(parameter: &Parameter) -> bool {
        parameter.kind.contains("number")
    }

    fn named(&self, path: &str) -> Option<&Parameter> {
        self.all.iter().find(|parameter| parameter.name == path)
    }

    /// The parameters of the plugin as RON, with this value in the place of the number.
    fn arguments(&self, value: &str) -> String {
        let keys: Vec<&str> = self.parameter.name.split('.').collect();
        self.within(&keys, 0, value)
    }

    /// What stands between the brackets behind the first `depth` keys.
    fn within(&self, keys: &[&str], depth: usize, value: &str) -> String {
        let path = keys[..=depth].join(".");
        let is_option = |key: &str| key.starts_with(char::is_uppercase);
        let is_last = depth + 1 == keys.len();
        let inner = if is_last {
            self.value(value)
        } else {
            self.within(keys, depth + 1, value)
        };
        if is_option(keys[depth]) {
            // A number that stands alone in an option has no name.
            let inner = if is_last { format!("({inner})") } else { inner };
            return format!("{}{inner}", keys[depth]);
        }
        let is_list = self
            .named(&path)
            .is_some_and(|of| of.kind.starts_with("list"));
        let inner = if is_list && !is_last {
            format!("[{inner}]")
        } else {
            inner
        };
        let others = if depth > 0 {
            self.siblings(&keys[..depth].join("."), &path)
        } else {
            String::new()
        };
        format!("({}: {inner}{others})", keys[depth])
    }

    /// The number, or the list that it stands in.
    fn value(&self, value: &str) -> String {
        if !self.parameter.kind.starts_with("list") {
            return value.to_owned();
        }
        let rest = self.parameter.default.split_once(',').map(|(_, rest)| rest);
        let open = self.parameter.default.chars().next().unwrap_or('[');
        match rest {
            Some(rest) => format!("{open}{value},{rest}"),
            // One for each channel.
            None if ["mean", "sd"].contains(&self.parameter.name.as_str()) => {
                format!("[{value}, 1, 1]")
            }
            None => format!("[{value}]"),
        }
    }

    /// What an option or a group must say beside one of its parameters.
    fn siblings(&self, option: &str, path: &str) -> String {
        let is_sibling = |name: &str| {
            let rest = name
                .strip_prefix(option)
                .and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| !rest.contains('.')) && name != path
        };
        let of = self
            .all
            .iter()
            .filter(|parameter| is_sibling(&parameter.name));
        let needed = of.filter(|parameter| !parameter.kind.ends_with("or None"));
        let written = needed.filter_map(|parameter| {
            let key = parameter.name.rsplit('.').next()?;
            let value = match parameter.options.first() {
                _ if !parameter.default.is_empty() => parameter.default.clone(),
                _ if parameter.kind.starts_with("list") => "[]".to_owned(),
                Some((name, _)) => name.clone(),
                None if Self::is_number(parameter) => "1".to_owned(),
                None => return None,
            };
            Some(format!(", {key}: {value}"))
        });
        written.collect()
    }
}

/// What a walk counts for one number: values inside of its range, and outside.
#[derive(Default)]
struct Counts {
    inside: usize,
    outside: usize,
}

/// Reads a plan in this process: whether the value is inside the range of the parameter.
fn read(lab: &LabTest, case: &Case) -> bool {
    let Case { name, text, .. } = case;
    lab.write("walk.ron", text);
    let written = Written {
        file: lab.path("walk.ron"),
        sets: case.sets.clone(),
        ..Written::default()
    };
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| {
        Plan::read(&written).map(|plan| (plan.too_long(), plan.too_large()))
    }));
    let result = result.unwrap_or_else(|_| panic!("{name} panicked: {text}"));
    let taken = started.elapsed();
    assert!(taken < LONGEST, "{name} took {taken:?}: {text}");
    let Err(error) = result else {
        return true;
    };
    let said = error.to_string();
    if said.contains(&format!("parameter '{name}' of ")) {
        let is_placed = said.contains("walk.ron:") || said.contains("--set ");
        assert!(is_placed, "{said} names no place");
        assert!(said.contains("expected") && said.contains("got"), "{said}");
        return false;
    }
    assert!(case.needs_files, "{name}: {said}\n{text}");
    true
}

fn linked() -> Vec<&'static Plugin> {
    // Plugins of these tests themselves stand in the registry too.
    let ours = |plugin: &&Plugin| plugin.origin == Origin::Linked && plugin.crate_name != "lab";
    registry().unwrap().iter().filter(ours).collect()
}

fn parameters(plugin: &Plugin) -> Vec<Parameter> {
    (plugin.parameters)().unwrap().unwrap()
}

#[test]
fn every_parameter_has_a_meaning_and_every_number_a_range() {
    let mut missing = Vec::new();
    let own = Experiment::parameters().unwrap();
    let of_plugins = linked()
        .into_iter()
        .map(|plugin| (plugin.name, parameters(plugin)));
    for (of, parameters) in of_plugins.chain([("experiment", own)]) {
        for parameter in parameters {
            let Parameter {
                name,
                meaning,
                range,
                options,
                ..
            } = &parameter;
            if meaning.is_empty() {
                missing.push(format!("{of}, {name}: no doc comment"));
            }
            // A link leads a reader of the source on, and nobody else.
            let texts = options.iter().map(|(_, meaning)| meaning).chain([meaning]);
            if texts.into_iter().any(|text| text.contains("[`")) {
                missing.push(format!("{of}, {name}: a link of the source's"));
            }
            if Probe::is_number(&parameter) && range.is_empty() {
                missing.push(format!("{of}, {name}: no range"));
            }
            let silent = options.iter().filter(|(_, meaning)| meaning.is_empty());
            missing.extend(
                silent.map(|(option, _)| format!("{of}, {name}, {option}: no doc comment")),
            );
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// One number set to one value: the parameter, whose it is, the experiment, and an override.
struct Case {
    name: String,
    of: String,
    text: String,
    sets: Vec<String>,
    needs_files: bool,
}

/// Settings that a run chooses among.
const TUNED: &str = r#"tune=(values: ["decoder.l2=0.1,0.2"])"#;

/// Every number of every plugin and of the experiment, at every value.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for plugin in linked() {
        let all = parameters(plugin);
        for parameter in all.iter().filter(|of| Probe::is_number(of)) {
            let probe = Probe {
                all: &all,
                parameter,
            };
            let default = parameter.default.trim_start_matches(['[', '(']);
            let default = default.split([',', ']', ')']).next().unwrap_or("");
            let is_number = default.parse::<f64>().is_ok();
            let usual = if is_number { default } else { "1" };
            for value in ABSURD.into_iter().chain([usual]) {
                let part = format!("{}{}", plugin.name, probe.arguments(value));
                cases.push(Case {
                    name: parameter.name.clone(),
                    of: format!("{}, {}", plugin.name, parameter.name),
                    text: experiment(plugin.capability, &part),
                    sets: Vec::new(),
                    needs_files: true,
                });
            }
        }
    }
    let own = Experiment::parameters().unwrap();
    for Parameter { name, .. } in own.iter().filter(|of| Probe::is_number(of)) {
        for value in ABSURD.into_iter().chain(["0.9", "3"]) {
            let set = match name.split_once('.') {
                None if name == "losses" => format!("losses.0.0={value}"),
                Some(("criteria", option)) => format!("criteria=[{option}(\"x\", {value})]"),
                _ => format!("{name}={value}"),
            };
            cases.push(Case {
                name: name.clone(),
                of: format!("experiment, {name}"),
                text: experiment(Capability::Aligner, "standardise()"),
                // No pass is larger than the ensemble.
                sets: match name.as_str() {
                    "ensemble.per_pass" => vec![set, format!("ensemble.members={value}")],
                    // Nothing is chosen without values to choose from.
                    of if of.starts_with("tune.") => vec![TUNED.to_owned(), set],
                    _ => vec![set],
                },
                needs_files: false,
            });
        }
    }
    cases
}

/// Walks all cases, and demands both outcomes of each number.
fn walk(mut is_inside: impl FnMut(&Case) -> bool) {
    let mut counted: BTreeMap<String, Counts> = BTreeMap::new();
    for case in cases() {
        let counts = counted.entry(case.of.clone()).or_default();
        if is_inside(&case) {
            counts.inside += 1;
        } else {
            counts.outside += 1;
        }
    }
    let (inside, outside): (usize, usize) = counted
        .values()
        .fold((0, 0), |sum, one| (sum.0 + one.inside, sum.1 + one.outside));
    eprintln!(
        "{} numbers: {inside} values inside their ranges, {outside} refused",
        counted.len()
    );
    let one_sided: Vec<&String> = counted
        .iter()
        .filter(|(_, counts)| counts.inside == 0 || counts.outside == 0)
        .map(|(name, _)| name)
        .collect();
    assert!(one_sided.is_empty(), "only one outcome: {one_sided:?}");
    assert!(counted.len() > 100, "{} numbers", counted.len());
}

#[test]
fn every_number_is_inside_its_range_or_refused_with_a_sentence() {
    let lab = LabTest::new();
    walk(|case| read(&lab, case));
}

#[test]
fn the_command_says_the_same_of_every_number() {
    if std::env::var_os("LAB_SLOW").is_none() {
        skip("LAB_SLOW=1 walks every number through the command");
        return;
    }
    let lab = LabTest::new();
    lab.write("walk.ron", experiment(Capability::Aligner, "standardise()"));
    let limit = usual_kb(&lab) + MOST_KB;
    walk(|case| {
        lab.write("walk.ron", &case.text);
        let mut arguments = vec!["check", "walk.ron"];
        for set in &case.sets {
            arguments.extend(["--set", set]);
        }
        let started = Instant::now();
        let (code, said) = bounded(&lab, limit, &arguments);
        assert!(started.elapsed() < LONGEST, "{arguments:?}\n{}", case.text);
        assert!(!said.contains("panicked"), "{said}\n{}", case.text);
        let is_refused = said.contains(&format!("parameter '{}' of ", case.name));
        let is_sound = code == 0 || (code == 2 && (is_refused || case.needs_files));
        assert!(is_sound, "{code}: {said}\n{}", case.text);
        !is_refused
    });
}

/// Runs `lab` with a bound on its address space.
fn bounded(lab: &LabTest, kilobytes: u64, arguments: &[&str]) -> (i32, String) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_lab"))
        .args(arguments)
        .current_dir(lab.path(""))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), said)
}

/// Address space that `lab check` takes for the sound experiment, in kilobytes: threads and libraries map more than they
/// use.
fn usual_kb(lab: &LabTest) -> u64 {
    let sizes = (1..=16).map(|n| n * 250_000);
    let mut enough = sizes.filter(|kb| bounded(lab, *kb, &["check", "walk.ron", "--smoke"]).0 == 0);
    enough.next().unwrap()
}

#[test]
fn the_command_says_the_same_in_seconds_and_little_memory() {
    let lab = LabTest::new();
    lab.write("walk.ron", experiment(Capability::Aligner, "standardise()"));
    let limit = usual_kb(&lab) + MOST_KB;
    let (mut inside, mut outside) = (0, 0);
    for (set, is_inside) in KNOWN {
        let started = Instant::now();
        let (code, said) = bounded(&lab, limit, &["check", "walk.ron", "--set", set]);
        assert!(
            started.elapsed() < LONGEST,
            "{set} took {:?}",
            started.elapsed()
        );
        assert!(!said.contains("panicked"), "{set}: {said}");
        assert_eq!(code, if is_inside { 0 } else { 2 }, "{set}: {said}");
        if is_inside {
            inside += 1;
            assert!(
                said.contains("cannot be finished") || set.starts_with("generator.latent"),
                "{set}: {said}"
            );
        } else {
            outside += 1;
            let path = set.split('=').next().unwrap();
            let key = path.rsplit('.').next().unwrap();
            assert!(
                said.contains(&format!("{key}' of ")) && said.contains("--set"),
                "{set}: {said}"
            );
        }
    }
    eprintln!("{inside} settings inside their ranges, {outside} refused");
}

#[test]
fn a_run_is_refused_with_both_numbers_and_what_to_lower() {
    let lab = LabTest::new();
    lab.write("walk.ron", experiment(Capability::Aligner, "standardise()"));
    // How many pictures a folder holds is no parameter, so that an empty one does.
    std::fs::create_dir(lab.path("pictures")).unwrap();
    let pictures = r#"dataset.stimuli=folder(path: "pictures", n_test: 1, crops: 2)"#;
    let crops = r#"dataset.stimuli=folder(path: "pictures", n_test: 1, crops: 1000000000)"#;
    let corpus = r#"generator.train.corpus=folder(path: "pictures", crops: 1000000000)"#;
    let voxels = "dataset.voxels=[1000000000]";
    let (dataset, generator) = ("2:11: the dataset", "4:13: the generator's corpus");
    for (sets, what, lower) in [
        (&[voxels][..], dataset, "lower voxels"),
        (&[pictures, voxels], dataset, "lower voxels"),
        (&[crops], dataset, "lower crops"),
        (&[corpus], generator, "lower crops"),
    ] {
        let needs = format!("{what} cannot be finished: it needs at least");
        let words = [needs.as_str(), "of memory, and there are", lower];
        let sets = sets.iter().flat_map(|set| ["--set", *set]);
        let arguments: Vec<&str> = ["walk.ron"].into_iter().chain(sets).collect();
        lab.complains(&[&["run"], &arguments[..]].concat(), &words);
        let checked = lab.lab(&[&["check"], &arguments[..]].concat());
        assert_eq!(checked.code, 0, "{}", checked.stderr);
        for word in words {
            assert!(checked.stderr.contains(word), "{}", checked.stderr);
        }
    }
}

#[test]
fn ranges_of_the_experiment_name_the_line() {
    let lab = LabTest::new();
    let text = experiment(Capability::Aligner, "pca(variance: 99)");
    let cases = [
        (
            text.clone(),
            "walk.ron:3:24: parameter 'variance' of pca: expected a fraction above 0 and up to 1, got 99",
        ),
        (
            text.replace("variance: 99", "")
                .replace("(1.0, pixel", "(-1.0, pixel"),
            "walk.ron:6:12: parameter 'losses' of the experiment: expected a weight of 0 or above, got -1.0",
        ),
        (
            text.replace("variance: 99", "")
                .replace("seed: 1", "ensemble: (members: 0), seed: 1"),
            "walk.ron:1:36: parameter 'ensemble.members' of the experiment: expected at least 1, got 0",
        ),
        (
            text.replace("variance: 99", "")
                .replace("seed: 1", "scores: (confidence: 1.0), seed: 1"),
            "walk.ron:1:37: parameter 'scores.confidence' of the experiment: expected a number from 0.5 to below 1, got 1.0",
        ),
        (
            text.replace("variance: 99", "")
                .replace("[(1.0, pixel())]", "[]"),
            "walk.ron:6:10: there is no loss term",
        ),
    ];
    for (text, words) in cases {
        lab.write("walk.ron", text);
        lab.complains(&["check", "walk.ron"], &[words]);
    }
}

#[test]
fn a_number_of_the_wrong_kind_is_named_with_what_it_should_be() {
    let lab = LabTest::new();
    lab.write("walk.ron", experiment(Capability::Aligner, "standardise()"));
    for (set, words) in [
        (
            "seed=1.5",
            "--set seed=1.5: parameter 'seed' of the experiment: expected a whole number, 0 or above, got 1.5",
        ),
        (
            "seed=-1",
            "parameter 'seed' of the experiment: expected a whole number, 0 or above, got -1",
        ),
        (
            "generator.train.batch=2.5",
            "parameter 'train.batch' of dcgan: expected a whole number, at least 2",
        ),
        (
            "seed=18446744073709551616",
            "parameter 'seed' of the experiment: expected a whole number",
        ),
    ] {
        lab.complains(&["check", "walk.ron", "--set", set], &[words]);
    }
}
