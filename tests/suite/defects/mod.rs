//! The defect finder: planted defects are named, and sound decoders are not accused.
//!
//! Sets of reconstructions come from simulated decoders ([`decoders`]): sound ones, down to the weakest that can be told from no
//! information, and ones with a planted defect whose strength is drawn from a stated range. Thresholds were chosen on drawn letters,
//! scenes, blobs and gratings; the long test asks `lab evaluate` about other corpora, with other seeds.

mod corpora;
mod decoders;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::objective::cached_activations;
use lab_core::rng::stream;
use lab_core::testing::skip;
use lab_core::traits::{FeatureNet, FittedFeatureNet};
use lab_score::Rows;
use lab_score::binomial::clopper_pearson;
use lab_score::guards::{Defect, GuardRow, Judged, Verdict, View, guards};

use crate::arrays::npy;
use crate::lab_test::LabTest;
use corpora::{Corpus, N_PIXELS, SIZE};
use decoders::{Case, planted, sound};

/// Share of planted defects that are named at least, and of sound sets that are accused at most.
const PROMISED: (f64, f64) = (0.95, 0.05);
/// The same for so few sets that chance weighs more: no promise that is kept fails here.
const FEW: (f64, f64) = (0.88, 0.09);

/// Planted defect, if any, and what was named; what was missed or named for nothing, in words.
type Table = BTreeMap<Option<Defect>, Vec<(Vec<Defect>, String)>>;

/// The cases of a test: `n_of_each` of every defect, and `n_sound` sound ones.
fn cases(corpora: &[Corpus], (n_of_each, n_sound): (usize, usize), seed: u64) -> Vec<Case> {
    let mut all = Vec::new();
    let kinds = Defect::ALL.into_iter().map(Some).chain([None]);
    for kind in kinds {
        let usable: Vec<&Corpus> = corpora
            .iter()
            .filter(|of| of.shows_classes || kind != Some(Defect::ClassOnly))
            .collect();
        let n = if kind.is_some() { n_of_each } else { n_sound };
        for idx in 0..n {
            let corpus = usable[idx % usable.len()];
            let name = kind.map_or("sound", Defect::name);
            let mut rng = stream(seed, &format!("defects/{name}/{idx}"));
            all.push(match kind {
                Some(defect) => planted(defect, corpus, &mut rng),
                None => sound(corpus, &mut rng),
            });
        }
    }
    all
}

fn rows(images: &[Vec<f32>]) -> Rows {
    Rows {
        n_columns: N_PIXELS,
        values: images.concat(),
    }
}

fn energies(gabor: &dyn FittedFeatureNet, images: &Rows) -> Rows {
    let shape = (images.n_rows(), 1, SIZE, SIZE);
    let images = Tensor::from_slice(&images.values, shape, &Device::Cpu).unwrap();
    let layers = gabor.layers();
    let seen = cached_activations(gabor, &images, &layers).unwrap();
    let seen = seen[&layers[0]].flatten_from(1).unwrap();
    Rows {
        n_columns: seen.dim(1).unwrap(),
        values: seen.flatten_all().unwrap().to_vec1().unwrap(),
    }
}

/// The verdicts on a case, as `lab evaluate` comes to them.
fn verdicts(case: &Case, gabor: &dyn FittedFeatureNet) -> Vec<GuardRow> {
    let (originals, reconstructions) = (rows(&case.originals), rows(&case.reconstructions));
    let train = rows(&case.train);
    let judged = Judged {
        height: SIZE,
        width: SIZE,
        originals: &originals,
        reconstructions: &reconstructions,
        training: Some(&train),
        pictures: None,
        classes: Some(&case.classes),
        views: &[View {
            name: "gabor.energy",
            originals: &energies(gabor, &originals),
            reconstructions: &energies(gabor, &reconstructions),
        }],
    };
    guards(&judged, 1000, 1)
}

fn found(rows: &[GuardRow]) -> Vec<Defect> {
    let found = rows.iter().filter(|row| row.verdict == Verdict::Found);
    found.map(|row| row.defect).collect()
}

/// Prints the table of confusion with intervals (Clopper and Pearson, 95 %), and checks it.
fn judge(table: &Table, (least, most): (f64, f64)) {
    let interval = |k: usize, n: usize| {
        let (low, high) = clopper_pearson(k as f64, n, 0.95).unwrap();
        format!("{k} of {n} ({:.1}–{:.1} %)", 100.0 * low, 100.0 * high)
    };
    let (mut n_planted, mut n_named) = (0, 0);
    for (kind, sets) in table {
        let count = |defect: Defect| {
            sets.iter()
                .filter(|(named, _)| named.contains(&defect))
                .count()
        };
        let cells = Defect::ALL.map(|defect| format!("{} {}", defect.name(), count(defect)));
        let name = kind.map_or("sound", Defect::name);
        eprintln!("{name:15} {} sets: {}", sets.len(), cells.join(", "));
        if let Some(defect) = kind {
            n_planted += sets.len();
            n_named += count(*defect);
            eprintln!("    named: {}", interval(count(*defect), sets.len()));
        }
        let is_wrong = |named: &[Defect]| match kind {
            Some(defect) => !named.contains(defect),
            None => !named.is_empty(),
        };
        for (named, words) in sets.iter().filter(|(named, _)| is_wrong(named)) {
            eprintln!("    {words}: {named:?}");
        }
    }
    let sound = &table[&None];
    let n_accused = sound.iter().filter(|(named, _)| !named.is_empty()).count();
    eprintln!("planted and named: {}", interval(n_named, n_planted));
    eprintln!("sound and accused: {}", interval(n_accused, sound.len()));
    assert!(n_named as f64 >= least * n_planted as f64);
    assert!(n_accused as f64 <= most * sound.len() as f64);
}

/// A few sets of each kind, on the corpora that thresholds were chosen on.
#[test]
fn planted_defects_are_named_and_sound_decoders_are_not_accused() {
    let ctx = Context::new(1);
    let gabor = PluginRef::<dyn FeatureNet>::of("gabor()")
        .build(&ctx)
        .unwrap();
    let gabor = gabor.prepare(&ctx, None).unwrap();
    let mut table = Table::new();
    for case in cases(&Corpus::of_building(), (8, 24), 3) {
        let named = found(&verdicts(&case, gabor.as_ref()));
        table
            .entry(case.planted)
            .or_default()
            .push((named, case.words));
    }
    judge(&table, FEW);
}

/// The command itself, on corpora and seeds that no threshold has seen.
#[test]
fn the_command_names_planted_defects_in_corpora_that_it_was_not_built_on() {
    if std::env::var_os("LAB_SLOW").is_none() {
        skip("LAB_SLOW=1 asks lab evaluate about 330 sets of reconstructions, which takes minutes");
        return;
    }
    let cases = cases(&Corpus::held_out(), (30, 120), 20_261_128);
    let (next, table) = (AtomicUsize::new(0), Mutex::new(Table::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let named = evaluated(case);
                    let mut table = table.lock().unwrap();
                    table
                        .entry(case.planted)
                        .or_default()
                        .push((named, case.words.clone()));
                }
            });
        }
    });
    judge(&table.into_inner().unwrap(), PROMISED);
}

/// The defects that `lab evaluate` names.
fn evaluated(case: &Case) -> Vec<Defect> {
    let lab = LabTest::new();
    for (name, images) in [
        ("originals.npy", &case.originals),
        ("reconstructions.npy", &case.reconstructions),
        ("train.npy", &case.train),
    ] {
        // The range is that of the reader: from −1 to 1 where a value is below 0.
        let mut values = images.concat();
        values[0] = values[0].min(-0.001);
        lab.write(name, npy(&[images.len(), SIZE, SIZE], &values));
    }
    let lines = case.classes.iter().enumerate();
    let lines: Vec<String> = lines
        .map(|(image, class)| format!("{image},c{class}"))
        .collect();
    lab.write(
        "classes.csv",
        format!("image,class\n{}\n", lines.join("\n")),
    );
    let ended = lab.lab_with(
        &[
            "evaluate",
            "--originals",
            "originals.npy",
            "--reconstructions",
            "reconstructions.npy",
            "--train",
            "train.npy",
            "--classes",
            "classes.csv",
            "--draws",
            "1000",
            "--format",
            "json",
        ],
        &[("RAYON_NUM_THREADS", "1")],
    );
    assert_eq!(ended.code, 0, "{}: {}", case.words, ended.stderr);
    let all: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let rows: Vec<GuardRow> = serde_json::from_value(all["guards"].clone()).unwrap();
    found(&rows)
}
