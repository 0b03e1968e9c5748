//! Complaints name what the user wrote; each plugin of an experiment is built once; what was resolved runs again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lab_core::config::{Experiment, NoParams, PluginParams, PluginRef, Source};
use lab_core::context::Context;
use lab_core::events::Silent;
use lab_core::recording::{Recording, Stimuli};
use lab_core::traits::{Aligner, Dataset, FittedAligner, LossTerm, View};
use lab_core::{Error, Result};
use lab_runner::{Plan, RunSettings, Written};
use serde::{Deserialize, Serialize};

use crate::lab_test::{LabTest, experiment, root};

/// The numbers of the plugins that were built, and the sizes that they were built at.
static BUILT: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());
/// One test at a time counts.
static COUNTING: Mutex<()> = Mutex::new(());

/// Parameters of the plugins that are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CountedParams {
    id: u64,
    size: u64,
    of: Option<PluginRef<dyn Dataset>>,
}

impl Default for CountedParams {
    fn default() -> Self {
        Self {
            id: 0,
            size: 100,
            of: None,
        }
    }
}

impl PluginParams for CountedParams {
    fn smoke(&mut self) {
        self.size /= 10;
    }
}

impl CountedParams {
    fn count(&self) {
        BUILT.lock().unwrap().push((self.id, self.size));
    }
}

struct CountedDataset;

impl CountedDataset {
    fn build(params: CountedParams, ctx: &Context) -> Result<Self> {
        params.count();
        if let Some(of) = params.of {
            of.build(ctx)?;
        }
        Ok(Self)
    }
}

impl Dataset for CountedDataset {
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        let stimuli = Stimuli::from_pixels(lab_core::dims::ImageShape::grey(1), vec![0.0])?;
        Ok(Recording::corpus("counted", stimuli))
    }
}

struct CountedTerm(Box<dyn LossTerm>);

impl CountedTerm {
    fn build(params: CountedParams, ctx: &Context) -> Result<Self> {
        params.count();
        Ok(Self(PluginRef::of("pixel(shrink: 0.9)").build(ctx)?))
    }
}

impl LossTerm for CountedTerm {
    fn layers(&self) -> Vec<String> {
        self.0.layers()
    }

    fn evaluate(
        &self,
        ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<candle_core::Tensor> {
        self.0.evaluate(ctx, target, reconstruction)
    }
}

struct Unbuildable;

impl Unbuildable {
    fn build(_params: NoParams, _ctx: &Context) -> Result<Self> {
        Err(Error::Config {
            at: lab_core::config::Location::Within { offset: 1 },
            message: "it is never right".into(),
            hint: String::new(),
        })
    }
}

impl Aligner for Unbuildable {
    fn fit(
        &self,
        _ctx: &Context,
        _train: &[lab_core::recording::SubjectResponses],
    ) -> Result<Box<dyn FittedAligner>> {
        Err(Error::Cancelled)
    }
}

lab_core::register! { Dataset "counted" => CountedDataset, CountedParams; summary: "", equation: "", source: "", parity: "" }
lab_core::register! { LossTerm "counted" => CountedTerm, CountedParams; summary: "", equation: "", source: "", parity: "" }
lab_core::register! { Aligner "unbuildable" => Unbuildable, NoParams; summary: "", equation: "", source: "", parity: "" }

fn plan(file: &Path, sets: &[&str], smoke: bool) -> lab_runner::Result<Plan> {
    Plan::read(&Written {
        file: file.to_owned(),
        sets: sets.iter().map(|&set| set.to_owned()).collect(),
        plugins: Vec::new(),
        smoke,
        ..Written::default()
    })
}

fn complaint(file: &Path, sets: &[&str], smoke: bool) -> String {
    plan(file, sets, smoke)
        .err()
        .map_or("no complaint".into(), |error| error.to_string())
}

/// The quickstart, with one piece of text replaced, and where a text stands in it.
fn changed(lab: &LabTest, from: &str, to: &str, place_of: &str) -> (PathBuf, String) {
    let text = fs::read_to_string(experiment("quickstart")).unwrap();
    assert_eq!(text.matches(from).count(), 1, "'{from}' stands there once");
    let text = text.replace(from, to);
    let file = lab.path("mine.ron");
    fs::write(&file, &text).unwrap();
    let at = text.find(place_of).unwrap();
    let place = Source::new(file.to_string_lossy(), &text).locate(at);
    (file, place.to_string())
}

#[test]
fn a_mistake_is_placed_where_the_user_wrote_it() {
    let lab = LabTest::new();
    let cases = [
        // In a corpus, two references deep; in the name of one; in what a plugin itself refuses.
        (
            "9000",
            "9000, sise: 3",
            "sise: 3",
            "letters has no parameter 'sise'",
        ),
        (
            "letters(n_train: 9000",
            "leters(n_train: 9000",
            "leters(",
            "unknown dataset 'leters'",
        ),
        ("n_train: 576", "n_train: many", "many", "letters: "),
        (
            "standardise()",
            "unbuildable()",
            "), hyper",
            "it is never right",
        ),
        (
            "gabor()",
            "gabour()",
            "gabour()",
            "unknown feature network 'gabour'",
        ),
        (
            "corpus: letters(n_train: 6000, n_test: 0, size: 32, series: \"observer\")",
            "corpus: union(parts: [letters(), letters(snr: 2)])",
            "snr: 2)])",
            "letters has no parameter 'snr'",
        ),
    ];
    for (from, to, place_of, message) in cases {
        let (file, place) = changed(&lab, from, to, place_of);
        for smoke in [false, true] {
            let found = complaint(&file, &[], smoke);
            let expected = format!("{place}: {message}");
            assert!(
                found.starts_with(&expected),
                "got: {found}\nwant: {expected}"
            );
        }
    }
}

#[test]
fn a_mistake_in_an_argument_names_the_argument() {
    let quickstart = PathBuf::from(experiment("quickstart"));
    for (set, message) in [
        (
            "generator.train.corpus.sise=3",
            "letters has no parameter 'sise'",
        ),
        ("features.train.corpus=leters()", "unknown dataset 'leters'"),
        (
            "observers.0.train.corpus=union(parts: [letters(snr: 2)])",
            "letters has no parameter 'snr'",
        ),
    ] {
        for smoke in [false, true] {
            let found = complaint(&quickstart, &[set], smoke);
            let expected = format!("--set {set}: {message}");
            assert!(
                found.starts_with(&expected),
                "got: {found}\nwant: {expected}"
            );
        }
    }
}

#[test]
fn what_loading_finds_out_is_placed_too() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let run = |file: &str, set: &str, words: &[&str]| {
        lab.complains(&["run", file, "--smoke", "--set", set], words)
    };
    let said = run(
        &quickstart,
        "dataset=letters()",
        &["--set dataset=letters(): 'drawn letters' holds images but no subjects"],
    );
    assert!(!said.contains("run.ron"), "{said}");
    let (file, place) = changed(
        &lab,
        "n_test: 72, size: 32",
        "n_test: 72, size: 56",
        "simulated(",
    );
    let said = run(
        &file.to_string_lossy(),
        "seed=3",
        &[&place, "1×56×56", "1×32×32"],
    );
    assert!(!said.contains("run.ron"), "{said}");
}

/// The experiment of the tests below: every counted plugin has a number of its own.
fn counted(lab: &LabTest) -> PathBuf {
    let of = "corpus: letters(n_train: 9000, n_test: 0, size: 32, series: \"corpus\")";
    changed(
        lab,
        of,
        "corpus: counted(id: 2, of: counted(id: 3))",
        "counted(id: 2",
    )
    .0
}

fn built_by(work: impl FnOnce()) -> Vec<(u64, u64)> {
    BUILT.lock().unwrap().clear();
    work();
    let mut built = std::mem::take(&mut *BUILT.lock().unwrap());
    built.sort_unstable();
    built
}

#[test]
fn a_plan_builds_each_plugin_once_at_the_size_that_it_runs_at() {
    let _one = COUNTING.lock().unwrap();
    let lab = LabTest::new();
    let sets = ["dataset=counted(id: 1)", "losses.0.1=counted(id: 4)"];
    for (smoke, size) in [(false, 100), (true, 10)] {
        let built = built_by(|| drop(plan(&counted(&lab), &sets, smoke).unwrap()));
        assert_eq!(built, [(1, size), (2, size), (3, size), (4, size)]);
        let resolved = plan(&counted(&lab), &sets, smoke).unwrap().resolved;
        assert!(
            resolved.contains(&format!(
                "counted(id: 2, size: {size}, of: counted(id: 3, size: {size}, of: None))"
            )),
            "{resolved}"
        );
    }
}

#[test]
fn a_run_builds_no_loss_term_again() {
    let _one = COUNTING.lock().unwrap();
    let lab = LabTest::new();
    let quickstart = PathBuf::from(experiment("quickstart"));
    let built = built_by(|| {
        let plan = plan(&quickstart, &["losses.0.1=counted(id: 7)"], true).unwrap();
        let settings = RunSettings {
            runs: lab.path("runs"),
            device: candle_core::Device::Cpu,
            command: "a test".into(),
            watcher: Arc::new(Silent),
        };
        lab_runner::run(&plan, &settings).unwrap();
    });
    assert_eq!(built, [(7, 10)]);
}

#[test]
fn a_resolved_experiment_is_read_again_as_it_is() {
    let lab = LabTest::new();
    for name in ["quickstart", "scenes", "r3gan", "scenes_r3gan"] {
        for smoke in [false, true] {
            let first = plan(Path::new(&experiment(name)), &[], smoke).unwrap();
            let file = lab.path("resolved.ron");
            fs::write(&file, &first.resolved).unwrap();
            let again = plan(&file, &[], false).unwrap();
            assert_eq!(again.resolved, first.resolved, "{name}");
            // A toy run is told apart from the same text at full size.
            assert_eq!(again.run_hash == first.run_hash, !smoke, "{name}");
            assert_eq!(again.files, first.files, "{name}");
        }
    }
    for folder in [
        "experiments",
        "experiments/paper/text",
        "experiments/paper/code2017",
        "experiments/paper/code2018",
    ] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "ron") {
                let text = fs::read_to_string(&path).unwrap();
                let read = |text: &str| Experiment::parse(&Source::new("x.ron", text)).unwrap();
                let once = read(&text).resolve(false).unwrap();
                assert_eq!(
                    read(&once).resolve(false).unwrap(),
                    once,
                    "{}",
                    path.display()
                );
            }
        }
    }
}
